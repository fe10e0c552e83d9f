"""From contributions to words: why a client is listed, and what is new since last week.

Reasons are associations in the data, not causes. Each is spoken with the client's own figure, and only with one.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pandas as pd

from features.catalogue import FEATURES
from features.drivers import DRIVERS, Driver
from features.feature import Feature, Unit
from models.changed import Change, beside, in_english
from models.explanation import FLOOR, Explainable, Explanations, NotExplained, contributions
from models.telling import Telling

#: Sensitive or survey-only codes never reach anybody; conduct of staff goes to the complaints desk alone.
DESK_ONLY = frozenset({"OFF-3"})
NO_LAST_WEEK = "last week's figures are not available"
NEW = "new among the clients at risk"
UNCHANGED = "no reason shown here has grown since last week"
FAILED = "reasons could not be computed"
CHANGES = 2  # drivers spoken of in `changes`

_FIGURE = r"(less than )?(-?\d[\d,]*(?:\.\d+)?)(?: days?| %| percentage points?)?"


class Kind(StrEnum):
    """Whether something can be done about a reason."""

    ACT = "act"
    CONTEXT = "context"


@dataclass(frozen=True)
class Reason:
    """One driver, spoken.

    Attributes
    ----------
    driver, name
        Its code, and what it is called.
    sentence
        What the data shows of this client, with her own figure.
    kind
        Whether something can be done about it.
    feature, value
        Whose figure it is, unrounded.
    contribution
        What the driver adds to the margin, log-odds, above 0.
    """

    driver: str
    name: str
    sentence: str
    kind: Kind
    feature: str
    value: float
    contribution: float


class Note(StrEnum):
    """Why there is no change to tell; `NONE` where there is one."""

    NONE = ""
    NEW = "new"
    UNCHANGED = "unchanged"
    NO_LAST_WEEK = "no_last_week"
    FAILED = "failed"


#: What is said where there is no change to tell.
NOTES: Mapping[Note, str] = MappingProxyType(
    {Note.NEW: NEW, Note.UNCHANGED: UNCHANGED, Note.NO_LAST_WEEK: NO_LAST_WEEK, Note.FAILED: FAILED}
)


@dataclass(frozen=True)
class Changes:
    """What changed of one client, strongest first, and why there is nothing where there is nothing."""

    changes: tuple[Change, ...] = ()
    note: Note = Note.NONE


def may_be_shown(*, for_desk: bool, drivers: Mapping[str, Driver] = DRIVERS) -> frozenset[str]:
    """Codes an officer's list may name, or the complaints desk's, which also learns of the conduct of staff."""
    officers = frozenset(code for code, driver in drivers.items() if driver.shown)
    return officers | DESK_ONLY if for_desk else officers - DESK_ONLY


def reasons(
    explanations: Explanations,
    X: pd.DataFrame,
    *,
    features: Mapping[str, Feature] = FEATURES,
    drivers: Mapping[str, Driver] = DRIVERS,
) -> dict[str, tuple[Reason, ...]]:
    """Up to three reasons of each client, strongest first.

    Parameters
    ----------
    explanations
        Of exactly the rows of `X`; `by_driver(..., shown=may_be_shown(for_desk=...))` says who will read them.
    X
        The features they were computed from.

    Returns
    -------
    Client to reasons. Without reasons if none stands out, and for everybody if `explanations.failure` says why they
    could not be computed.
    """
    if not explanations.clients.equals(X.index):
        raise ValueError("the explanations are not those of these rows")
    values = X.to_numpy(dtype=np.float64)
    answer: dict[str, tuple[Reason, ...]] = {}
    for row, client in enumerate(X.index):
        found = []
        for place, position in zip(explanations.top[row], explanations.feature[row], strict=True):
            if place < 0:
                continue
            driver, name = drivers[explanations.drivers[place]], explanations.features[position]
            value = float(values[row, position])
            found.append(
                Reason(
                    driver=driver.code,
                    name=driver.name,
                    sentence=features[name].say(value),
                    kind=Kind.ACT if driver.actionable else Kind.CONTEXT,
                    feature=name,
                    value=value,
                    contribution=float(explanations.by_driver[row, place]),
                )
            )
        answer[str(client)] = tuple(found)
    return answer


def why_now(
    model: Explainable,
    now: pd.DataFrame,
    before: pd.DataFrame | None,
    *,
    shown: Collection[str] | None = None,
    features: Mapping[str, Feature] = FEATURES,
    drivers: Mapping[str, Driver] = DRIVERS,
    floor: float = FLOOR,
) -> dict[str, str]:
    """What changed since last week, in English: the `changes` of each client as one clause.

    Returns
    -------
    Client to a clause such as ``"no contact for 40 days (last week 33 days)"``, or that the client is new among those
    at risk, that nothing shown has grown, that last week is not available, or that it could not be computed.
    """
    found = changes(model, now, before, shown=shown, features=features, drivers=drivers, floor=floor)
    return {
        client: "; ".join(in_english(features[c.feature], c.new, c.old) for c in one.changes) or NOTES[one.note]
        for client, one in found.items()
    }


def changes(
    model: Explainable,
    now: pd.DataFrame,
    before: pd.DataFrame | None,
    *,
    shown: Collection[str] | None = None,
    features: Mapping[str, Feature] = FEATURES,
    drivers: Mapping[str, Driver] = DRIVERS,
    floor: float = FLOOR,
) -> dict[str, Changes]:
    """What changed since last week, for each client: the drivers that grew most, by the same model on both weeks.

    Parameters
    ----------
    now
        Features of the clients, indexed by client.
    before
        Features of last week's clients at risk, as they were known then; None if there is no such snapshot.
    shown
        Codes that may be named; those the catalogue shows where absent.
    floor
        Log-odds by which a driver must have grown.

    Returns
    -------
    Client to at most one change of each of the `CHANGES` drivers that grew most, or to the reason why there is none.
    Figures that are spoken alike are no change.
    """
    if before is None:
        return {str(client): Changes(note=Note.NO_LAST_WEEK) for client in now.index}
    both = now.index[now.index.isin(before.index)]
    answer = {str(client): Changes(note=Note.NEW) for client in now.index}
    if not len(both):
        return answer
    allowed = frozenset(c for c, driver in drivers.items() if driver.shown) if shown is None else frozenset(shown)
    this, last = now.loc[both], before.loc[both]
    try:
        rise = contributions(model, this)[0].to_numpy() - contributions(model, last)[0].to_numpy()
    except NotExplained:
        return answer | {str(client): Changes(note=Note.FAILED) for client in both}
    owners = [features[name].driver for name in model.features]
    codes = [code for code in drivers if code in allowed and code in owners]
    members = {code: [i for i, owner in enumerate(owners) if owner == code] for code in codes}
    new, old = this.to_numpy(dtype=np.float64), last.to_numpy(dtype=np.float64)
    telling = Telling.of(model.features, features)
    sayable = telling.worth_saying(new)
    for row, client in enumerate(both):
        grown = {code: round(float(rise[row, members[code]].sum()), 4) for code in codes}
        found: list[Change] = []
        for code in sorted(codes, key=lambda code: -grown[code]):
            if grown[code] < floor or len(found) == CHANGES:
                break
            raised = [i for i in members[code] if rise[row, i] > 0 and sayable[row, i]]
            for i in sorted(raised, key=lambda i: -rise[row, i]):
                place = int(telling.place[i])
                known = not np.isnan(old[row, place])
                change = Change(
                    model.features[place], float(new[row, place]), float(old[row, place]) if known else None
                )
                if beside(features[change.feature], change.new, change.old) is not None:
                    found.append(change)
                    break
        answer[str(client)] = Changes(tuple(found), Note.NONE if found else Note.UNCHANGED)
    return answer


def figure_in(sentence: str, feature: Feature) -> float:
    """The client's figure as a sentence of a feature states it, in the feature's own unit.

    Returns
    -------
    The figure; 0 or 1 for a sentence without one (a feature's words for 0 or 1, a yes or no), and 0 for one that only
    says that the figure is less than the smallest that is spoken.

    Raises
    ------
    ValueError
        The sentence is not one of this feature's.

    Examples
    --------
    >>> gap = Feature("gap", "contact", "OFF-2", Unit.DAYS, 1, "m", "no contact for {value} in the last 91 days")
    >>> figure_in("no contact for 40 days in the last 91 days", gap)
    40.0
    """
    if feature.zero and sentence == feature.zero:
        return 0.0
    if (feature.one and sentence == feature.one) or (feature.unit is Unit.FLAG and sentence == feature.spoken):
        return 1.0
    for words, sign in ((feature.spoken, 1.0), (feature.below, -1.0)):
        before, hole, after = words.partition("{value}")
        found = re.fullmatch(f"{re.escape(before)}{_FIGURE}{re.escape(after)}", sentence) if hole else None
        if found is not None:
            figure = 0.0 if found[1] else sign * float(found[2].replace(",", ""))
            return figure / 100 if feature.unit in (Unit.SHARE, Unit.POINTS) else figure
    raise ValueError(f"not a sentence of {feature.name}")


def states(sentence: str, feature: Feature, value: float) -> bool:
    """Whether a sentence states this client's figure, rounded as the feature's unit says and no further."""
    try:
        figure = figure_in(sentence, feature)
    except ValueError:
        return False
    points = 0.0005 if abs(value) < 0.1 else 0.005
    half = {Unit.SHARE: 0.005, Unit.POINTS: points, Unit.CURRENCY: 0.5, Unit.RATIO: 0.005, Unit.INDEX: 0.005}
    whole = 0.0 if value == int(value) else 0.05
    return abs(figure - value) <= half.get(feature.unit, whole) + 1e-9 * max(1.0, abs(value))
