"""How long clients last: Kaplan-Meier, and Aalen-Johansen by the way they left, from counts of whole days.

Clients still there are censored, clients first seen later enter late; both count for as long as they are watched and no
longer. Everything is a sum over days, so that a million clients cost what a thousand do once they are counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import DataError
from features.intervals import LEVEL, Z

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spells:
    """Times of a group of clients, in whole days since each one's own beginning.

    Parameters
    ----------
    until
        Day she left, or was last watched; shape (clients,), 1 or more.
    event
        Number of the way she left, from 1; 0 where she was still there. Shape (clients,).
    since
        Day from which she was watched: 0 where from her beginning. Shape (clients,).

    Raises
    ------
    DataError
        There is nobody, or a client was not watched for a day.
    """

    until: Ints
    event: Ints
    since: Ints

    def __post_init__(self) -> None:
        if not len(self.until):
            raise DataError("nobody was watched for a day; take a later --as-of or another group of clients")
        if (self.until <= self.since).any() or (self.since < 0).any():
            raise DataError("a client must be watched for a day at least; leave out those who were not")


@dataclass(frozen=True)
class Curve:
    """An estimate by day, with its pointwise 95 % interval; arrays of shape (days + 1,)."""

    value: Floats
    low: Floats
    high: Floats

    def at(self, days: Sequence[int]) -> pd.DataFrame:
        """The curve on some days.

        Returns
        -------
        DataFrame of value, low, high, indexed by days
        """
        where = list(days)
        shown = {"value": self.value[where], "low": self.low[where], "high": self.high[where]}
        return pd.DataFrame(shown, index=pd.Index(where, name="days"))


@dataclass(frozen=True)
class Counted:
    """Clients at risk, and leaving, by day.

    Parameters
    ----------
    at_risk
        Shape (days + 1,): watched on the day and not gone before it.
    leaving
        Shape (ways, days + 1): gone on the day, by way; the first way is number 1.
    """

    at_risk: Ints
    leaving: Ints

    @property
    def last_day(self) -> int:
        """Last day on which somebody was watched; beyond it nothing is known."""
        return int(np.flatnonzero(self.at_risk)[-1])


def counted(spells: Spells, ways: int, days: int) -> Counted:
    """Count, for days 0 to `days`."""
    longest = max(days, int(spells.until.max())) + 1
    ends = np.bincount(spells.until, minlength=longest + 1)
    entries = np.bincount(spells.since, minlength=longest + 1)
    # At risk on day t: entered before t and not ended before t.
    entered = np.concatenate([[0], np.cumsum(entries)[:-1]])
    ended = np.concatenate([[0], np.cumsum(ends)[:-1]])
    leaving = [np.bincount(spells.until[spells.event == way], minlength=longest + 1) for way in range(1, ways + 1)]
    shown = slice(0, days + 1)
    return Counted((entered - ended)[shown], np.array(leaving)[:, shown])


def kaplan_meier(counts: Counted) -> Curve:
    """Share of clients still there (Kaplan and Meier 1958), interval by Greenwood on the log(-log) scale.

    Where nobody has left yet the interval is the exact one of those still watched. Not known (NaN) beyond the last day
    on which somebody was watched. Assumes that who is censored would have left like the others.
    """
    at_risk, gone = counts.at_risk.astype(float), counts.leaving.sum(axis=0).astype(float)
    alive: Floats = np.cumprod(1 - ratio(gone, at_risk), dtype=np.float64)
    spread = np.sqrt(np.cumsum(ratio(gone, at_risk * (at_risk - gone))))
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = Z * spread / np.abs(np.log(alive))
    low, high = log_log(alive, reach)
    return _cut(Curve(alive, np.where(alive < 1, low, 1 - _at_most(at_risk)), high), counts)


def aalen_johansen(counts: Counted, way: int) -> Curve:
    """Share of clients who have left in one way, others competing (Aalen and Johansen 1978).

    The variance is the delta-method one (Dinse and Larson 1986); the interval stands on the log(-log) scale, and is the
    exact one where nobody has left in this way yet. Not known (NaN) beyond the last day on which somebody was watched.

    Parameters
    ----------
    way
        Number of the way, from 1.
    """
    at_risk, gone = counts.at_risk.astype(float), counts.leaving.sum(axis=0).astype(float)
    mine = counts.leaving[way - 1].astype(float)
    before = np.concatenate([[1.0], np.cumprod(1 - ratio(gone, at_risk))[:-1]])
    came: Floats = np.cumsum(before * ratio(mine, at_risk), dtype=np.float64)
    # sum over u <= t of (F(t) - F(u))^2 a(u), multiplied out so that one pass over the days is enough.
    greenwood = ratio(gone, at_risk * (at_risk - gone))
    first = came**2 * np.cumsum(greenwood) - 2 * came * np.cumsum(came * greenwood) + np.cumsum(came**2 * greenwood)
    second = np.cumsum(before**2 * ratio(mine * (at_risk - mine), at_risk**3))
    cross = before * ratio(mine, at_risk**2)
    third = came * np.cumsum(cross) - np.cumsum(came * cross)
    spread = np.sqrt(np.maximum(first + second - 2 * third, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = Z * spread / (came * np.abs(np.log(came)))
    low, high = log_log(came, reach)
    return _cut(Curve(came, low, np.where(came > 0, high, _at_most(at_risk))), counts)


def _at_most(at_risk: Floats) -> Floats:
    """Largest share that may have gone where nobody did (Clopper and Pearson 1934): what was not seen can still be."""
    return 1 - ((1 - LEVEL) / 2) ** (1 / np.maximum(at_risk, 1))


def log_log(value: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """Ends of an interval of a share that reaches so far to both sides on the log(-log) scale."""
    inside = (value > 0) & (value < 1) & np.isfinite(reach)
    stretch = np.exp(np.where(inside, np.minimum(reach, 700), 0.0))
    base = np.where(inside, value, 0.5)
    return np.where(inside, base**stretch, value), np.where(inside, base ** (1 / stretch), value)


def ratio(part: Floats, whole: Floats) -> Floats:
    """Quotient, 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _cut(curve: Curve, counts: Counted) -> Curve:
    beyond = np.arange(len(counts.at_risk)) > counts.last_day
    return Curve(*(np.where(beyond, np.nan, each) for each in (curve.value, curve.low, curve.high)))
