"""Clients cut into tenths by one figure, equal figures always together."""

import numpy as np
from numpy.typing import NDArray

from models.rows import Floats

#: Stands for "not known".
NOT_KNOWN = -1


def tenths(values: Floats, most: int = 10) -> NDArray[np.int64]:
    """Bin of each value, numbered from 0 without gaps; `NOT_KNOWN` for NaN.

    A value's bin follows from the middle of the ranks its equals take up, so that equal values share a bin and a value
    that very many clients have gets one of its own. There are fewer bins than `most` where values are tied.

    Examples
    --------
    >>> tenths(np.array([3.0, 1.0, np.nan, 2.0, 1.0]), most=3).tolist()
    [2, 0, -1, 1, 0]
    """
    answer = np.full(len(values), NOT_KNOWN, dtype=np.int64)
    there = np.flatnonzero(np.isfinite(values))
    if not len(there):
        return answer
    _, place, count = np.unique(values[there], return_inverse=True, return_counts=True)
    through = np.cumsum(count)
    middle = (through - count / 2) / len(there)
    bin_of = np.minimum((middle * most).astype(np.int64), most - 1)
    answer[there] = np.unique(bin_of, return_inverse=True)[1][place]
    return answer
