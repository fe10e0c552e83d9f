"""Confidence sequences: intervals that may be looked at every week, and acted on at any look.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024 (Annals of Statistics 52(6),
2613-2640; theorem 2.2 two-sided, the one-sided bound in its appendix): Robbins's normal mixture with the estimated
variance. With chance 95 % it holds the mean effect of those seen so far at every look at once. Holding so many of each
stratum out makes the lot more even than independent draws, and the bound the safer.
"""

from dataclasses import dataclass
from math import log

import numpy as np
import pandas as pd

from models.rows import Floats
from training.drivers.finding import Finding
from training.effect.saying import both_ways, counted, plain

ALPHA = 0.05
#: Units after which the bound is closest; chosen beforehand, it costs little to be wrong by a factor of ten.
TIGHTEST_AFTER = 1_000
#: Before so many units held out are final, and somebody has left, and stayed, in so many of them, the normal law is
#: too far away, and the bound says nothing.
FEWEST_HELD_OUT, FEWEST_OF_A_KIND = 40, 10


def mixing(tightest_after: float, alpha: float) -> float:
    """rho², with which the bound is closest after so many units."""
    return (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / tightest_after


def margin(
    t: Floats, alpha: float = ALPHA, tightest_after: float = TIGHTEST_AFTER, *, one_sided: bool = False
) -> Floats:
    """Half width for scores of variance 1.

    Parameters
    ----------
    t
        Units so far.
    alpha
        Chance of ever being wrong.
    tightest_after
        Units after which the bound is closest.
    one_sided
        Whether only one end is looked at.

    >>> margin(np.array([1000.0])).round(4).tolist(), margin(np.array([1000.0]), one_sided=True).round(4).tolist()
    ([0.096], [0.0879])
    """
    rho2 = mixing(tightest_after, min(2 * alpha, 0.5) if one_sided else alpha)
    root = np.sqrt(t * rho2 + 1)
    cost = np.log(1 + root / (2 * alpha)) if one_sided else np.log(root / alpha)
    answer: Floats = np.sqrt(2 * (t * rho2 + 1) / (t**2 * rho2) * cost)
    return answer


@dataclass(frozen=True)
class Looks:
    """A confidence sequence at every week.

    Attributes
    ----------
    finding
        One row per look: looked_on, units, clients, held_out (units), effect, low, high; no bounds before
        `FEWEST_HELD_OUT` units held out are final and somebody has left, and stayed, in `FEWEST_OF_A_KIND` of them.
    """

    finding: Finding

    @property
    def last(self) -> pd.Series | None:
        """The latest look."""
        table = self.finding.table
        return table.iloc[-1] if len(table) else None


def looks(
    rows: pd.DataFrame,
    alpha: float = ALPHA,
    tightest_after: float = TIGHTEST_AFTER,
    *,
    one_sided: bool = False,
) -> Looks:
    """The mean effect so far, at the end of every week.

    Parameters
    ----------
    rows
        As `training.effect.scores.scored` gives them, all or those of a segment.
    alpha
        Chance of any bound ever being wrong.
    one_sided
        low alone is used; high is then infinite.
    """
    unit = rows.groupby(["look", "looked_on", "unit_id", "draw"], sort=True)
    sums = unit.agg(
        score=("score", "sum"),
        variance=("variance", "sum"),
        clients=("score", "size"),
        listed=("listed", "first"),
        left=("left", "max"),
        stayed=("left", "min"),
    ).reset_index()
    t = np.arange(1, len(sums) + 1, dtype=np.float64)
    size, score = sums["clients"].to_numpy(dtype=np.float64), sums["score"].to_numpy(dtype=np.float64)
    out = 1 - sums["listed"].to_numpy(dtype=np.float64)
    clients, held = size.cumsum(), out.cumsum()
    gone = (out * sums["left"].to_numpy(dtype=np.float64)).cumsum()
    stayed = (out * (1 - sums["stayed"].to_numpy(dtype=np.float64))).cumsum()
    few = np.minimum(gone, stayed) < FEWEST_OF_A_KIND
    effect = score.cumsum() / clients
    half = _deviation(score, size, sums["variance"].to_numpy(dtype=np.float64), held) * margin(
        t, alpha, tightest_after, one_sided=one_sided
    )
    half[(held < FEWEST_HELD_OUT) | few] = np.nan
    table = pd.DataFrame(
        {
            "looked_on": sums["looked_on"].dt.date,
            "units": t.astype(np.int64),
            "clients": clients.astype(np.int64),
            "held_out": held.astype(np.int64),
            "effect": effect,
            "low": effect - half,
            "high": np.where(np.isnan(half), np.nan, np.inf) if one_sided else effect + half,
        }
    )
    table = table[(sums["look"] != sums["look"].shift(-1)).to_numpy()].reset_index(drop=True)
    return Looks(Finding(table, _said(table)))


def _deviation(score: Floats, size: Floats, expected: Floats, held: Floats) -> Floats:
    """Standard deviation of a unit's score, per client: the larger of what is seen and what the predictions say.

    While few held-out have left, what is seen is too small just when the effect looks worst.
    """
    t, clients, mean = np.arange(1, len(score) + 1), size.cumsum(), score.cumsum() / size.cumsum()
    seen = (score**2).cumsum() - 2 * mean * (score * size).cumsum() + mean**2 * (size**2).cumsum()
    few = np.maximum(held, 2) / (np.maximum(held, 2) - 1)
    answer: Floats = np.sqrt(np.maximum(seen * few, expected.cumsum()) / t) / (clients / t)
    return answer


def _said(table: pd.DataFrame) -> str:
    if table.empty or not np.isfinite(table["low"].iloc[-1]):
        held = 0 if table.empty else int(table["held_out"].iloc[-1])
        return (
            f"Weekly looks begin when {FEWEST_HELD_OUT} held out by lot are final and {FEWEST_OF_A_KIND} of them have "
            f"left; {counted(held)} are final."
        )
    last = table.iloc[-1]
    low, high = -100 * last["high"], -100 * last["low"]
    words = (
        both_ways(low, high) if low < 0 < high else f"{plain(low)} to {plain(high)} {'more' if low > 0 else 'fewer'}"
    )
    return (
        f"Whoever looks every week and may stop at any look should read this wider interval: of 100 clients on lists "
        f"{words} stayed, after {last['clients']:,} clients."
    )
