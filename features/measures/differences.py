"""Whether a segment differs from the rest."""

import numpy as np
from scipy.stats import norm

from features.intervals import of_difference, wilson


def newcombe(part: int, whole: int, part_of_rest: int, rest: int) -> tuple[float, float]:
    """95 % interval of the difference of two shares (Newcombe 1998, method 10, from two Wilson intervals).

    >>> [round(end, 4) for end in newcombe(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    first, second = part / whole, part_of_rest / rest
    return of_difference(first, wilson(part, whole), second, wilson(part_of_rest, rest))


def chance_of_no_difference(part: int, whole: int, part_of_rest: int, rest: int) -> float:
    """Two-sided p-value of the score test that two shares are the same; 1 where nobody or everybody is counted."""
    pooled = (part + part_of_rest) / (whole + rest)
    spread = pooled * (1 - pooled) * (1 / whole + 1 / rest)
    if spread <= 0:
        return 1.0
    return float(2 * norm.sf(abs(part / whole - part_of_rest / rest) / np.sqrt(spread)))
