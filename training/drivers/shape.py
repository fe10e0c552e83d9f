"""Whether a row of rates rises, falls, bends or is flat, decided by tests and said in words.

The rates themselves are looked at, not their log-odds: a parabola is fitted to the rates of the bins, weighted by
their clients, with the variance each rate has as a share of its own bin.
"""

from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from models.rows import Flags, Floats

Ints = NDArray[np.int64]

#: Level of every test, after the correction for many features.
LEVEL = 0.05


class Shape(StrEnum):
    """What a row of rates looks like, in words."""

    RISES = "rises"
    FALLS = "falls"
    U = "U-shaped: highest at both ends"
    HUMP = "highest in the middle"
    BENDS = "bends, without a clear turn"
    FLAT = "flat: no trend was found"
    TOO_FEW = "too few clients to say"


@dataclass(frozen=True)
class Tested:
    """Tests of one row of rates.

    Attributes
    ----------
    trend, curve
        Change of the rate from the first bin to the last by the straight part, and by how much the ends lie above the
        middle; shares, NaN where they cannot be fitted.
    trend_p, curve_p
        Two-sided p-values that they are 0, uncorrected.
    turns
        Whether the rates, cut at the parabola's turn, go one way before it and the other way after it, each side
        significant by itself (Simonsohn 2018: a parabola alone calls many a bend a U).
    """

    trend: float
    trend_p: float
    curve: float
    curve_p: float
    turns: bool

    def shape(self, trend_p: float, curve_p: float) -> Shape:
        """The shape, from p-values corrected for all features that were looked at."""
        if np.isnan(self.trend):
            return Shape.TOO_FEW
        bent = curve_p < LEVEL
        if bent and self.turns:
            return Shape.U if self.curve > 0 else Shape.HUMP
        if trend_p < LEVEL:
            return Shape.RISES if self.trend > 0 else Shape.FALLS
        return Shape.BENDS if bent else Shape.FLAT


def fitted(left: Ints, clients: Ints) -> Tested:
    """Trend and curvature of the rates of bins in order.

    Parameters
    ----------
    left, clients
        Shape (bins,), the bin of "not known" left out.

    References
    ----------
    Simonsohn 2018, Two lines, Advances in Methods and Practices in Psychological Science 1(4), 538-555.
    """
    there = clients > 0
    left, clients = left[there], clients[there]
    nothing = float("nan")
    if len(clients) < 2 or not 0 < left.sum() < clients.sum():
        return Tested(nothing, nothing, nothing, nothing, turns=False)
    x = (np.cumsum(clients) - clients / 2) / clients.sum()
    straight, straight_p = _last(x, left, clients, degree=1)
    if len(clients) < 3:
        return Tested(straight, straight_p, nothing, nothing, turns=False)
    curve, curve_p = _last(x, left, clients, degree=2)
    a, b, _ = np.polyfit(x, left / clients, 2, w=np.sqrt(clients))
    turn = -b / (2 * a) if a else nothing
    # From the turn to either end a parabola of leading coefficient c rises by c / 4 over half the range.
    return Tested(straight, straight_p, curve / 4, curve_p, turns=_turns(x, left, clients, turn))


def _turns(x: Floats, left: Ints, clients: Ints, turn: float) -> bool:
    sides: tuple[Flags, Flags] = (x <= turn, x >= turn)
    if not all(side.sum() >= 2 for side in sides):
        return False
    slopes = [_last(x[side], left[side], clients[side], degree=1) for side in sides]
    return slopes[0][0] * slopes[1][0] < 0 and all(p < LEVEL for _, p in slopes)


def _last(x: Floats, left: Ints, clients: Ints, degree: int) -> tuple[float, float]:
    """Highest coefficient of a polynomial through the rates, and its two-sided p-value."""
    design = np.vander(x, degree + 1, increasing=True)
    weighted = design * clients[:, None]
    onto = np.linalg.solve(design.T @ weighted, weighted.T)[-1]
    # One half of an exit and of a stay are added so that a bin in which nobody left has a variance too.
    share = (left + 0.5) / (clients + 1)
    spread = float(np.sqrt(np.sum(onto**2 * share * (1 - share) / clients)))
    value = float(onto @ (left / clients))
    return value, 2 * NormalDist().cdf(-abs(value) / spread)
