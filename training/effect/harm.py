"""The harm alarm: lists of a segment stop where contact seems to make more clients leave.

At every weekly look, with all looks and all segments together, an alarm that should not have been rings with a chance
of at most 5 %. An alarm that has rung stays; only a person lifts it, with a reason, and counting then begins anew.
Verdicts are made from the log as it is now, so whoever stops lists keeps the stop: a later correction is no lift.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd

from features.errors import UsageError
from training.drivers.finding import Finding
from training.effect.saying import counted, plain
from training.effect.sequence import ALPHA, FEWEST_HELD_OUT, FEWEST_OF_A_KIND, TIGHTEST_AFTER, Looks, looks, margin

#: Name of the part that is everybody.
ALL = "all"
#: Share to be held out when lists begin again after an alarm: half, so that harm would show soonest.
SHARE_AFTER_LIFT = 0.5


class State(StrEnum):
    """What a look says of a segment's lists."""

    STOP = "stop"
    GO_ON = "go on"
    TOO_EARLY = "too early"


@dataclass(frozen=True)
class Verdict:
    """What becomes of a segment's lists.

    Attributes
    ----------
    segment, value
        A column's name and one of its values; `ALL` and "" are everybody.
    state
        stop, go on, or too early to say.
    since
        Last day of the week in which the alarm rang first.
    clients, held_out
        Clients, and units held out, whose outcomes are final.
    effect, low
        Listed less held-out at that look (now, where there is no alarm), and the lower bound, corrected for all parts.
    said, todo
        What was found and what to do, each a sentence or two.
    """

    segment: str
    value: str
    state: State
    since: date | None
    clients: int
    held_out: int
    effect: float
    low: float
    said: str
    todo: str


@dataclass(frozen=True)
class Lift:
    """A person's decision that a stopped segment may be listed again.

    Attributes
    ----------
    segment, value
        As in the verdict.
    decided_by
        Who answers for it.
    changed
        What is done otherwise now.
    on
        From when lists run again; only draws from this day on count.
    share
        To be held out from then on.
    """

    segment: str
    value: str
    decided_by: str
    changed: str
    on: date
    share: float = SHARE_AFTER_LIFT


def lift(verdict: Verdict, decided_by: str, changed: str, on: date) -> Lift:
    """Let a stopped segment be listed again; nothing but a person's call comes here.

    Raises
    ------
    UsageError
        The segment is not stopped, nobody answers for it, nothing was changed, or the day lies before the alarm.
    """
    named = f"{verdict.segment} {verdict.value}".strip()
    if verdict.state is not State.STOP or verdict.since is None:
        raise UsageError(f"the lists of {named} are not stopped; there is nothing to lift")
    if not decided_by.strip() or not changed.strip():
        raise UsageError(f"say who lets {named} be listed again and what is done otherwise now; a lift needs both")
    if on <= verdict.since:
        raise UsageError(f"on={on} is not after the alarm of {verdict.since}; lists begin again on a later day")
    return Lift(verdict.segment, verdict.value, decided_by.strip(), changed.strip(), on)


def watch(
    rows: pd.DataFrame,
    segments: Sequence[str],
    lifts: Sequence[Lift] = (),
    parts: int | None = None,
    alpha: float = ALPHA,
) -> tuple[list[Verdict], Finding]:
    """Verdicts on everybody and on every part of every segment.

    Parameters
    ----------
    rows
        As `training.effect.scores.scored` gives them.
    segments
        Columns known on as_of.
    lifts
        Decisions so far.
    parts
        How many parts are watched in all; counted where not given. Fix it beforehand where parts may come later.
    alpha
        Chance that any alarm rings without harm.

    Returns
    -------
    verdicts and Finding
        The table has one row per verdict, stopped ones first.
    """
    values = {column: rows[column].astype("str").fillna("not known") for column in segments}
    places = [(ALL, "")] + [(column, name) for column in segments for name in sorted(values[column].unique())]
    each = alpha / max(len(places), parts or 0)
    verdicts = []
    for segment, value in places:
        own = rows if segment == ALL else rows[values[segment] == value]
        again = max((step.on for step in lifts if (step.segment, step.value) == (segment, value)), default=None)
        if again is not None:
            own = own[own["as_of"] >= pd.Timestamp(again)]
        verdicts.append(_verdict(segment, value, looks(own, each, one_sided=True), again))
    verdicts.sort(key=lambda verdict: verdict.state is not State.STOP)
    table = pd.DataFrame([{**vars(verdict), "state": verdict.state.value} for verdict in verdicts])
    stopped = [verdict for verdict in verdicts if verdict.state is State.STOP]
    said = (
        " ".join(verdict.said for verdict in stopped)
        if stopped
        else f"No alarm: in none of {len(places)} parts looked at does being listed make more clients leave by more "
        "than chance."
    )
    return verdicts, Finding(table, said)


def _verdict(segment: str, value: str, found: Looks, again: date | None) -> Verdict:
    table = found.finding.table
    whose = "all lists" if segment == ALL else f"the lists of {segment} {value}"
    rung = table[table["low"] > 0]
    if len(rung):
        row = rung.iloc[0]
        said = (
            f"Alarm since {row['looked_on']}: of 100 clients on {whose} {plain(100 * row['effect'])} more left than "
            f"of those left out by lot (at least {plain(100 * row['low'])}, all looks and parts allowed for)."
        )
        todo = (
            f"Stop {whose}; usual service goes on. Find out with officers and clients what the visits did, and change "
            "it. A person decides when lists begin again, with half held out."
        )
        return _of(segment, value, State.STOP, row, said, todo)
    if table.empty or not np.isfinite(table["low"].iloc[-1]):
        since = "" if again is None else f" since they began again on {again}"
        held = 0 if table.empty else int(table["held_out"].iloc[-1])
        clients = 0 if table.empty else int(table["clients"].iloc[-1])
        said = (
            f"Too early for {whose}: {counted(held)} held out by lot are final{since}, and {FEWEST_HELD_OUT} are "
            f"needed, {FEWEST_OF_A_KIND} of whom have left."
        )
        nothing = float("nan")
        return Verdict(
            segment, value, State.TOO_EARLY, None, clients, held, nothing, nothing, said, "Go on; look again next week."
        )
    said = f"No sign that {whose} make more clients leave by more than chance."
    return _of(segment, value, State.GO_ON, table.iloc[-1], said, "Go on; look again next week.")


def _of(segment: str, value: str, state: State, row: pd.Series, said: str, todo: str) -> Verdict:
    since = row["looked_on"] if state is State.STOP else None
    figures = int(row["clients"]), int(row["held_out"]), float(row["effect"]), float(row["low"])
    return Verdict(segment, value, state, since, *figures, said, todo)


def weeks_until_alarm(
    harm: float, base: float, per_week: float, share: float, matures_after: int, parts: int, certain: float = 0.9
) -> int | None:
    """Weeks from the first draw until the alarm rings, for harm of a given size.

    Parameters
    ----------
    harm
        By how much more of the listed leave, as a share.
    base
        Share of the held-out who leave.
    per_week
        Clients of the segment drawn a week, each a unit of her own.
    share
        Of them held out.
    matures_after
        Days from a draw to its final outcome.
    parts
        Parts watched in all, everybody included.
    certain
        Chance that it has rung by then.

    Returns
    -------
    int or None
        None where it takes more than ten years.

    >>> weeks_until_alarm(0.10, 0.2, 100, 0.1, 181, parts=5)
    67
    """
    listed = min(base + harm, 1.0)
    spread = sqrt(base * (1 - base) / share + listed * (1 - listed) / (1 - share))
    more = NormalDist().inv_cdf(certain)
    for week in range(1, 521):
        t = per_week * week
        least = max(FEWEST_HELD_OUT, FEWEST_OF_A_KIND / base) / share
        half = float(margin(np.array([t]), ALPHA / parts, TIGHTEST_AFTER, one_sided=True)[0])
        if t >= least and harm >= spread * (half + more / sqrt(t)):
            return week + ceil(matures_after / 7)
    return None
