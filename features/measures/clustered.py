"""Intervals of the curves where clients leave together, as those of an officer do whose post stays vacant.

What one client adds to a curve is its derivative by her weight (the infinitesimal jackknife). Sums of it over clusters
vary as the curve does, whatever those of a cluster share (Ying and Wei 1994); with each client by herself they come to
Greenwood's variance. Few clusters tell little about how much they vary, so the quantile is Student's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import t as student

from features.intervals import LEVEL
from features.measures.survival import Counted, Curve, Floats, Ints, Spells, log_log, ratio

#: What clusters may be made of, the coarsest first, and a client who is counted for herself.
LEVELS = ("branch", "officer", "group")
ALONE = "client"
#: Clusters, counted as if all were as large, below which a finer level is taken: with fewer the variance is a guess
#: and Student's quantile more than a fifth above the normal one.
FEWEST = 8
#: In place of the number of those whose level is not known.
UNKNOWN = -1


@dataclass(frozen=True)
class Clusters:
    """Which clients may leave together.

    Parameters
    ----------
    number
        Cluster of each client, from 0; shape (clients,).
    level
        What most clients are put together by: one of `LEVELS` or `ALONE`.
    alone
        Clients who are counted each for herself.
    """

    number: Ints
    level: str
    alone: int

    @cached_property
    def as_equal(self) -> float:
        """How many clusters of one size would tell as much: clients squared / sum of squared sizes (Kish 1965)."""
        sizes = np.bincount(self.number).astype(float)
        return float(sizes.sum() ** 2 / (sizes**2).sum())

    @classmethod
    def each_alone(cls, clients: int) -> "Clusters":
        """Every client for herself."""
        return cls(np.arange(clients), ALONE, clients)

    @classmethod
    def coarsest(cls, known: Mapping[str, Ints], clients: int) -> "Clusters":
        """By the coarsest level of which there are enough; a client of whom it is not known, by the next finer one.

        Parameters
        ----------
        known
            Number of each client's branch, officer and group, from 0, or `UNKNOWN`; levels that are left out are not
            known of anybody.
        """
        given = [(name, known[name]) for name in LEVELS if name in known and (known[name] != UNKNOWN).any()]
        for coarser in range(len(given)):
            made = cls._by(given[coarser:], clients)
            if made.as_equal >= FEWEST and made.level != ALONE:
                return made
        return cls.each_alone(clients)

    @classmethod
    def _by(cls, levels: Sequence[tuple[str, Ints]], clients: int) -> "Clusters":
        number, kind, first = np.arange(clients), np.full(clients, len(levels)), clients
        for place in reversed(range(len(levels))):
            own = levels[place][1]
            number, kind = np.where(own != UNKNOWN, first + own, number), np.where(own != UNKNOWN, place, kind)
            first += int(own.max()) + 1
        of_kind = np.bincount(kind, minlength=len(levels) + 1)
        names = [*(name for name, _ in levels), ALONE]
        return cls(pd.factorize(number)[0], names[int(of_kind.argmax())], int(of_kind[-1]))


def influence(spells: Spells, counts: Counted, days: Sequence[int], way: int | None = None) -> Floats:
    """What one more client like her adds to the share who have left, by day and client.

    Parameters
    ----------
    way
        Number of the way to leave, from 1; None for any, the share still there turned round.

    Returns
    -------
    Array of shape (days, clients); over all clients it sums to 0
    """
    at_risk, gone = counts.at_risk.astype(float), counts.leaving.sum(axis=0).astype(float)
    mine = gone if way is None else counts.leaving[way - 1].astype(float)
    before = np.concatenate([[1.0], np.cumprod(1 - ratio(gone, at_risk))[:-1]])
    share = np.cumsum(before * ratio(mine, at_risk))
    # Of a client at risk each day adds something, summed here from day 0 on; of one who leaves, her last day does.
    hazard = ratio(gone, at_risk * (at_risk - gone))
    watched, late = np.cumsum(hazard), np.cumsum(share * hazard + before * ratio(mine, at_risk**2))
    stays, leaves = ratio(np.ones_like(gone), at_risk - gone), ratio(before, at_risk)
    left = spells.event > 0
    in_this_way = left if way is None else spells.event == way
    answer = np.empty((len(days), len(spells.until)))
    for row, day in enumerate(days):
        first, last = np.minimum(spells.since, day), np.minimum(spells.until, day)
        by_then = spells.until <= day
        answer[row] = share[day] * (watched[last] - watched[first]) - (late[last] - late[first])
        answer[row] -= (left & by_then) * ((share[day] - share) * stays)[last]
        answer[row] += (in_this_way & by_then) * leaves[last]
    return answer


def standard_errors(
    spells: Spells, counts: Counted, clusters: Clusters, days: Sequence[int], way: int | None = None
) -> Floats:
    """Standard error of a curve on some days, robust to what clients of a cluster share; shape (days,).

    Clusters come to G / (G - 1) times the plain sum of squares, G being `Clusters.as_equal`.
    """
    sums = [np.bincount(clusters.number, added) for added in influence(spells, counts, days, way)]
    squares = np.array([each @ each for each in sums])
    return np.sqrt(squares * clusters.as_equal / (clusters.as_equal - 1))


def widened(
    curve: Curve, spells: Spells, counts: Counted, clusters: Clusters, days: Sequence[int], way: int | None = None
) -> pd.DataFrame:
    """A curve on some days with the wider of two intervals: its own, of clients who leave each by herself, and the
    robust one on the same scale.

    Returns
    -------
    DataFrame of value, low, high, indexed by days
    """
    shown = curve.at(days)
    if clusters.level == ALONE:
        return shown
    value = shown["value"].to_numpy()
    quantile = float(student.ppf((1 + LEVEL) / 2, clusters.as_equal - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = quantile * standard_errors(spells, counts, clusters, days, way) / (value * np.abs(np.log(value)))
    low, high = log_log(value, reach)
    return shown.assign(low=np.minimum(shown["low"], low), high=np.maximum(shown["high"], high))
