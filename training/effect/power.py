"""How small an effect can be seen now, and how many weeks until one of a given size can.

An effect is seen when the 95 % interval leaves 0 out; the figures say when that happens four times in five.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import DataError
from features.intervals import Z
from training.drivers.finding import Finding, per_cent
from training.effect.allocations import Arm, checked
from training.effect.itt import Itt

#: How often an effect that is there must be seen.
POWER = 0.8
_REACH = Z + NormalDist().inv_cdf(POWER)
#: The latest weeks from which the flow of allocations is taken.
FLOW_WEEKS = 13
#: Longer than this nobody waits, and no book stays the same.
LONGEST_WEEKS = 260
#: Shares of hold-out and effects, in points, that are set side by side.
SHARES, POINTS = (0.1, 0.2, 0.3, 0.5), (1, 2, 3, 5, 10)
#: A trial that takes longer than this is told what else could be done.
PATIENCE_WEEKS = 104


@dataclass(frozen=True)
class Flow:
    """How fast outcomes become final.

    Attributes
    ----------
    per_week
        Allocations a week, lately.
    share
        Share of them held out.
    settled
        Allocations with a final outcome.
    waiting
        Weeks from now after which each of the others will have one.
    delay
        Weeks from a draw to its final outcome.
    """

    per_week: float
    share: float
    settled: int
    waiting: NDArray[np.int64]
    delay: int

    @classmethod
    def of(cls, allocations: pd.DataFrame, on: date, matures_after: int) -> "Flow":
        """The flow of a log on a day.

        Raises
        ------
        DataError
            Nothing was drawn by that day.
        """
        rows = checked(allocations)
        rows = rows[rows["as_of"] <= pd.Timestamp(on)]
        if rows.empty:
            raise DataError(f"nobody was drawn by {on}; run the weekly lists with a hold-out first")
        running = min(FLOW_WEEKS, (pd.Timestamp(on) - rows["as_of"].min()).days // 7 + 1)
        recent = rows[rows["as_of"] > pd.Timestamp(on - timedelta(weeks=running))]
        days = (rows["as_of"] - pd.Timestamp(on)).dt.days.to_numpy(dtype=np.int64) + matures_after
        held = rows if recent.empty else recent
        share = float((held["arm"] == Arm.HOLD_OUT.value).mean()) or float(held["propensity"].mean())
        waiting: NDArray[np.int64] = np.ceil(days[days > 0] / 7).astype(np.int64)
        return cls(len(recent) / running, share, int((days <= 0).sum()), waiting, ceil(matures_after / 7))

    def settled_in(self, weeks: int) -> tuple[float, float]:
        """Allocations with a final outcome in that many weeks: already drawn by now, and drawn from now on."""
        return self.settled + float((self.waiting <= weeks).sum()), self.per_week * max(0, weeks - self.delay)


def information(lines: float, base: float, effect: float, share: float, inflation: float = 1.0) -> float:
    """One over the variance of the effect that so many allocations measure.

    Parameters
    ----------
    lines
        Allocations of both arms.
    base
        Share of the held-out who leave.
    effect
        Listed less held-out, as a share.
    share
        Of the allocations held out.
    inflation
        Variance against that of two plain shares: below 1 what adjustment gains, above 1 what clusters cost.
    """
    listed = min(max(base + effect, 0.0), 1.0)
    each = base * (1 - base) / share + listed * (1 - listed) / (1 - share)
    return lines / (inflation * each) if each > 0 else float("inf")


def inflation(found: Itt) -> float:
    """Variance of an effect against that of two plain shares of as many clients."""
    p0, p1 = found.held_out_rate, found.listed_rate
    simple = p0 * (1 - p0) / found.held_out + p1 * (1 - p1) / found.listed
    return found.adjusted.se**2 / simple if simple > 0 and np.isfinite(found.adjusted.se) else 1.0


def detectable(lines: float, base: float, share: float, inflation: float = 1.0) -> float:
    """The smallest effect, as a share, that is seen four times in five.

    >>> round(detectable(4_000, 0.2, 0.1), 3)
    0.059
    """
    known = information(lines, base, 0.0, share, inflation)
    return _REACH / sqrt(known) if known > 0 else float("inf")


def weeks_until(
    effect: float, base: float, flow: Flow, share: float | None = None, inflation: float = 1.0
) -> int | None:
    """Weeks from now until an effect is seen four times in five; None where that takes more than five years.

    Parameters
    ----------
    effect
        Listed less held-out, as a share; its sign tells less or more leaving.
    base
        Share of the held-out who leave.
    flow
        What is drawn and will be.
    share
        To be held out from now on; as until now where not given.
    """
    needed = (_REACH / effect) ** 2
    ahead = flow.share if share is None else share
    for weeks in range(LONGEST_WEEKS + 1):
        drawn, coming = flow.settled_in(weeks)
        old = information(drawn, base, effect, flow.share, inflation)
        if old + information(coming, base, effect, ahead, inflation) >= needed:
            return weeks
    return None


def power(flow: Flow, found: Itt, sought: float = 0.03, points: Sequence[int] = POINTS) -> Finding:
    """As `foreseen`, once there is an effect to tell how precise it is."""
    return foreseen(flow, found.held_out_rate, inflation(found), sought, points)


def foreseen(
    flow: Flow, base: float, inflation: float = 1.0, sought: float = 0.03, points: Sequence[int] = POINTS
) -> Finding:
    """What can be seen now and when, by effect and by share held out.

    Parameters
    ----------
    base
        Share of the held-out who leave; their mean risk while nobody knows.
    inflation
        As in `information`.
    sought
        The effect that the sentence speaks of, as a share.

    Returns
    -------
    Finding
        One row per share and effect: share, points, weeks (missing: more than five years), not_listed (clients a week).
    """
    shares = sorted({round(flow.share, 2), *SHARES})
    rows = [
        {
            "share": share,
            "points": size,
            "weeks": weeks_until(-size / 100, base, flow, None if share == round(flow.share, 2) else share, inflation),
            "not_listed": share * flow.per_week,
        }
        for share in shares
        for size in points
    ]
    table = pd.DataFrame(rows).astype({"weeks": "float64"})
    return Finding(table, _said(flow, base, inflation, sought))


def _said(flow: Flow, base: float, worth: float, sought: float) -> str:
    smallest = detectable(flow.settled, base, flow.share, worth)
    weeks = weeks_until(-sought, base, flow, None, worth)
    size = f"{100 * sought:.0f} points"
    parts = []
    if smallest < 1:
        least = ceil(1000 * smallest) / 10
        parts.append(f"With what is settled, a difference of {least:.1f} points or more is seen 4 times in 5.")
    if weeks == 0:
        parts.append(f"That is enough to see {size}.")
    elif weeks is not None:
        parts.append(f"It needs {weeks} more weeks to see {size}, at {flow.per_week:,.0f} clients drawn a week.")
    else:
        parts.append(f"To see {size} would take more than five years at {flow.per_week:,.0f} clients drawn a week.")
    if weeks is None or weeks > PATIENCE_WEEKS:
        half = weeks_until(-sought, base, flow, 0.5, worth)
        sooner = "still more than five years" if half is None else f"{half} weeks"
        parts.append(
            f"What a small MFI can do: hold out a larger share (half: {sooner}; now {per_cent(flow.share)}), look only "
            "for larger effects, or start the lists branch by branch in an order drawn by lot."
        )
    return " ".join(parts)
