"""Coded checks: ways in which a backtest can look better than life will be, each with a code and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import numpy as np

from features.errors import CheckFailed
from models.rows import Flags, Floats, Rows
from training.measuring import ALL, REACH
from training.metrics import Figure, auc
from training.recipe import Recipe
from training.replay import MODEL, Replay

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "L01": "a feature uses rows entered after as_of",
        "L02": "outcome windows of training and test overlap",
        "L03": "the same client and date stand in training and test",
        "L04": "one feature, or the model, separates who leaves too well",
        "L05": "a column was restated after the fact",
        "L06": "the model's skill lives only in loans that have not ended",
        "L07": "the share who leave has shifted",
        "L08": "a table begins or ends midway",
    }
)

#: AUC above which a feature, or the model, is too good to be true; `domain.md` 3.2.
TOO_GOOD = 0.95
#: Model AUC on clients whose loan has ended below which there is no skill to speak of, if it is high overall.
NO_SKILL, SOME_SKILL = 0.55, 0.70
#: Rows a single feature is judged on at most.
_JUDGED_ROWS = 100_000
#: Ratio of shares who left beyond which a shift is spoken of, and standard errors it must be away from none.
_SHIFT, _SHIFT_ERRORS = 1.5, 4.0
#: Share of clients a feature is known for: a jump from below the first to above the second is a table that begins.
_ABSENT, _PRESENT = 0.05, 0.5


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes
    ----------
    code
        L01, L02, ...
    found
        What was found, in counts, names of columns and dates; never a client.
    todo
        What to do about it.
    stops
        Whether it stops the run unless the recipe accepts it.
    accepted
        The recipe's reason for letting it stand.
    """

    code: str
    found: str
    todo: str
    stops: bool
    accepted: str = ""

    @property
    def title(self) -> str:
        """What the check is about."""
        return TITLES[self.code]

    def __str__(self) -> str:
        tail = f" Accepted: {self.accepted}" if self.accepted else ""
        return f"{self.code} {self.title}: {self.found}. {self.todo}.{tail}"


def settle(findings: Sequence[Finding], recipe: Recipe) -> tuple[Finding, ...]:
    """The findings with the recipe's reasons.

    Raises
    ------
    CheckFailed
        A finding that stops the run is not accepted by its code.
    """
    told = tuple(replace(one, accepted=recipe.accept.get(one.code, "")) for one in findings)
    open_ones = [one for one in told if one.stops and not one.accepted]
    if open_ones:
        how = ", ".join(f'{code} = "why"' for code in sorted({one.code for one in open_ones}))
        raise CheckFailed(
            " ".join(str(one) for one in open_ones) + f" To go on all the same, put under [accept] in the recipe: {how}"
        )
    return told


def overlapping_windows(training: Rows, origin: date, recipe: Recipe) -> list[Finding]:
    """L02: an outcome window or its grace period reaches beyond the origin of the test."""
    late = 0
    for place, days in enumerate(training.horizons):
        ends = training.day + days + recipe.exit.maturity_days
        late += int(np.sum(training.matured[:, place] & (ends > origin.toordinal())))
    if not late:
        return []
    return [
        Finding(
            "L02",
            f"{late} training outcomes are known only after the test begins on {origin}",
            "Train only on dates whose outcome window and grace period have ended by then",
            stops=True,
        )
    ]


def shared_rows(training: Rows, test: Rows) -> list[Finding]:
    """L03: a client-date in both."""
    days = set(test.day.tolist()) & set(training.day.tolist())
    shared = sum(
        len(set(training.client_id[training.day == day].tolist()) & set(test.client_id[test.day == day].tolist()))
        for day in days
    )
    if not shared:
        return []
    return [
        Finding(
            "L03", f"{shared} client-dates are in training and in test", "Split by date, with an embargo", stops=True
        )
    ]


def too_good(training: Rows, recipe: Recipe) -> list[Finding]:
    """L04: a single feature whose AUC is above `TOO_GOOD`, whichever way it points; a missing figure is a place too."""
    place = training.at(recipe.horizon)
    known = np.flatnonzero(training.matured[:, place])
    if len(known) > _JUDGED_ROWS:
        known = known[np.linspace(0, len(known) - 1, _JUDGED_ROWS).astype(np.int64)]
    left = training.choice[known, place]
    if not left.any() or left.all():
        return []
    found = []
    for name in training.features:
        power = strength(left, training.X[name].to_numpy()[known])
        if power > TOO_GOOD:
            found.append(
                Finding(
                    "L04",
                    f"feature {name!r} alone has an AUC of {power:.3f}",
                    "Look at what it is made of: something in it may be known only after the client has left",
                    stops=True,
                )
            )
    return found


def strength(left: Flags, values: Floats) -> float:
    """AUC of one feature, whichever way it points, with the missing ones at the better end; 0.5 or more."""
    known = np.isfinite(values)
    if not known.any():
        return 0.5
    best = 0.5
    for end in (-1e300, 1e300) if not known.all() else (0.0,):
        power = auc(left, np.where(known, values, end))
        best = max(best, power, 1.0 - power)
    return best


def too_good_model(pooled: Mapping[str, Mapping[str, Mapping[str, Figure]]]) -> list[Finding]:
    """L04: the model's own AUC on days it never saw, where its whole interval lies above `TOO_GOOD`.

    Judged for all at risk, and again without those who have rested for long: whether they have left is nearly decided,
    which lifts an honest figure. A small book may lie above the limit by chance; then its interval reaches below it.
    """
    return [
        Finding(
            "L04",
            f"the model's AUC is {pooled[scope][MODEL]['auc']} {where}",
            "Honest figures lie between 0.65 and 0.95; look for a column that knows the future",
            stops=True,
        )
        for scope, where in ((ALL, "over all at risk"), (REACH, "over those within reach of a visit"))
        if pooled[scope][MODEL]["auc"].low > TOO_GOOD
    ]


def unsettled_skill(replays: Sequence[Replay], recipe: Recipe) -> list[Finding]:
    """L06: skill among all, none among clients who rest or whose loan ended inside the horizon.

    Such a model only tells whose loan has not ended yet, or reads a column that is not final while a loan runs.
    Features of which the same is true are named without stopping the run.
    """
    left, score, settled = _together(replays, recipe)
    overall, ended = auc(left, score), auc(left[settled], score[settled])
    found = []
    if overall > SOME_SKILL and ended < NO_SKILL:
        found.append(
            Finding(
                "L06",
                f"the model's AUC is {overall:.3f} for all and {ended:.3f} for those whose loan has ended",
                "Judge it on those with a decision point; look for columns that are filled only while a loan runs",
                stops=True,
            )
        )
    strongest = replays[-1].model.importance().sort_values(ascending=False, kind="stable").head(10)
    hollow = []
    for name in strongest.index:
        values = np.concatenate([one.rows.X[name].to_numpy() for one in replays])
        if strength(left, values) > SOME_SKILL and strength(left[settled], values[settled]) < 0.52:
            hollow.append(name)
    if hollow:
        found.append(
            Finding(
                "L06",
                f"{', '.join(repr(name) for name in hollow)} tell apart only clients whose loan has not ended",
                "Fine for features of the loan's own end; any other may be filled in later",
                stops=False,
            )
        )
    return found


def _together(replays: Sequence[Replay], recipe: Recipe) -> tuple[Flags, Floats, Flags]:
    left = np.concatenate([one.left(recipe.horizon) for one in replays])
    score = np.concatenate([one.scores[MODEL] for one in replays])
    settled = np.concatenate(
        [one.decides(recipe.horizon) | (one.about["state"].to_numpy() == "resting") for one in replays]
    )
    return left, score, settled


def shifted(training: Rows) -> list[Finding]:
    """L07: the share who leave within the shortest horizon on the newest dates, against the dates before."""
    known = training.matured[:, 0]
    days = np.unique(training.day[known])
    if len(days) < 4:
        return []
    edge = days[-max(1, len(days) // 4)]
    late, early = known & (training.day >= edge), known & (training.day < edge)
    now, before = float(training.choice[late, 0].mean()), float(training.choice[early, 0].mean())
    if not before or not now:
        return []
    # Clients, not rows, are independent; their number bounds the information.
    size = len(np.unique(training.client_id[late].astype(str)))
    errors = abs(now - before) / np.sqrt(max(before * (1 - before), 1e-9) / max(1, size))
    if max(now / before, before / now) < _SHIFT or errors < _SHIFT_ERRORS:
        return []
    return [
        Finding(
            "L07",
            f"{now:.1%} left within {training.horizons[0]} days on dates from {date.fromordinal(int(edge))}, "
            f"{before:.1%} before",
            "Ranks hold better than probabilities: train again soon, or give recent dates more weight (half_life_days)",
            stops=False,
        )
    ]


def coverage(training: Rows) -> list[Finding]:
    """L08: features known for nobody at first and for most at last, or the other way round."""
    days = np.unique(training.day)
    if len(days) < 2:
        return []
    first, last = (training.X[training.day == day].notna().mean() for day in (days[0], days[-1]))
    begins = [n for n in training.features if first[n] < _ABSENT and last[n] > _PRESENT]
    ends = [n for n in training.features if last[n] < _ABSENT and first[n] > _PRESENT]
    return [
        Finding(
            "L08",
            f"{len(names)} features {what}, such as {names[0]!r}",
            "See whether a table was filled for part of the time; begin training later, or leave those features out",
            stops=False,
        )
        for names, what in ((begins, "become known midway"), (ends, "are no longer known"))
        if names
    ]
