"""Intervals of shares, and whether a segment differs from the rest, seen that one looks at many."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import norm

#: Of all intervals, two-sided.
LEVEL = 0.95
Z = float(ndtri((1 + LEVEL) / 2))


def wilson(part: int, whole: int) -> tuple[float, float]:
    """95 % score interval of a share (Wilson 1927); it stays inside [0, 1] and holds with small counts.

    >>> [round(end, 3) for end in wilson(81, 263)]
    [0.255, 0.366]
    """
    if whole == 0:
        return 0.0, 1.0
    share, spread = part / whole, Z * Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = Z * np.sqrt(share * (1 - share) / whole + spread / (4 * whole)) / (1 + spread)
    # The ends are 0 and 1 by algebra where nobody or everybody is counted; rounding must not pass them.
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def newcombe(part: int, whole: int, part_of_rest: int, rest: int) -> tuple[float, float]:
    """95 % interval of the difference of two shares (Newcombe 1998, method 10, from two Wilson intervals).

    >>> [round(end, 4) for end in newcombe(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    first, second = part / whole, part_of_rest / rest
    low, high = wilson(part, whole)
    low_rest, high_rest = wilson(part_of_rest, rest)
    below = np.hypot(first - low, high_rest - second)
    above = np.hypot(high - first, second - low_rest)
    return float(first - second - below), float(first - second + above)


def chance_of_no_difference(part: int, whole: int, part_of_rest: int, rest: int) -> float:
    """Two-sided p-value of the score test that two shares are the same; 1 where nobody or everybody is counted."""
    pooled = (part + part_of_rest) / (whole + rest)
    spread = pooled * (1 - pooled) * (1 / whole + 1 / rest)
    if spread <= 0:
        return 1.0
    return float(2 * norm.sf(abs(part / whole - part_of_rest / rest) / np.sqrt(spread)))


def holm(chances: Sequence[float]) -> NDArray[np.float64]:
    """p-values corrected for that many looks (Holm 1979): the chance of even one false alarm stays at the level.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(chances, dtype=float)
    order = np.argsort(given, kind="stable")
    stepped = np.maximum.accumulate(given[order] * (len(given) - np.arange(len(given))))
    corrected = np.empty_like(given)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected
