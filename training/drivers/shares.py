"""Shares of many cells with their intervals, and which cells may be shown."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from features.measures.suppression import SMALLEST_SHOWN
from models.rows import Flags, Floats

#: Fewer clients than this in a cell are not shown: too few to say anything of, and one might recognise them.
SMALLEST_CELL = SMALLEST_SHOWN


def wilson(left: NDArray[np.int64], clients: NDArray[np.int64], level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of shares, which stays between 0 and 1 where nobody or everybody left.

    Parameters
    ----------
    left, clients
        Shape (n,): how many left, of how many. The bounds are NaN where there are no clients.

    References
    ----------
    Wilson 1927, JASA 22(158), 209-212.

    Examples
    --------
    >>> low, high = wilson(np.array([10]), np.array([100]))
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0552], [0.1744])
    """
    z = NormalDist().inv_cdf(0.5 + level / 2)
    n = np.where(clients > 0, clients, np.nan)
    share = left / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.clip(middle - half, 0, share), np.clip(middle + half, share, 1)


def hidden(clients: NDArray[np.int64], smallest: int = SMALLEST_CELL) -> Flags:
    """Cells of one table that may not be shown.

    Those of fewer than `smallest` clients, and, where their sum could be had from the total, the smallest others until
    what is hidden holds `smallest` clients in at least two cells. An empty cell gives nothing away.

    >>> hidden(np.array([50, 7, 30, 0])).tolist()
    [False, True, True, False]
    """
    flags: Flags = (clients > 0) & (clients < smallest)
    if flags.any():
        for cell in np.argsort(clients, kind="stable"):
            if int(flags.sum()) >= 2 and int(clients[flags].sum()) >= smallest:
                break
            flags[cell] |= clients[cell] > 0
    return flags
