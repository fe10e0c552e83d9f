"""Intervals of shares and of their differences, and what many looks cost."""

from collections.abc import Sequence
from math import hypot, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

#: Of all intervals, two-sided.
LEVEL = 0.95
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)

Ends = tuple[float, float]


def wilson(hits: float, of: float) -> Ends:
    """95 % score interval of a share (Wilson 1927); it stays inside [0, 1] and holds with small counts.

    >>> [round(end, 3) for end in wilson(81, 263)]
    [0.255, 0.366]
    """
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    # By algebra the share lies between the ends, and is one of them where nobody or everybody is counted; rounding must
    # not pass it.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


def of_difference(first: float, ends: Ends, second: float, other_ends: Ends) -> Ends:
    """95 % interval of first - second from the intervals of both (Newcombe 1998, square and add).

    >>> [round(end, 4) for end in of_difference(56 / 70, wilson(56, 70), 48 / 80, wilson(48, 80))]
    [0.0524, 0.3339]
    """
    difference = first - second
    below = hypot(first - ends[0], other_ends[1] - second)
    above = hypot(ends[1] - first, second - other_ends[0])
    return difference - below, difference + above


def holm(chances: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """p-values corrected for that many looks (Holm 1979): the chance of even one false alarm stays at the level.

    NaN (not tested) stays NaN and does not count as a look.

    >>> holm([0.01, 0.04, float("nan"), 0.03]).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    p = np.asarray(chances, dtype=np.float64)
    answer = np.full(len(p), np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    answer[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1.0)
    return answer
