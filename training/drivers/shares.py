"""Shares of many cells with their intervals, and which cells may be shown."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from features.measures.suppression import SMALLEST_SHOWN, hidden_of
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


def hidden(clients: NDArray[np.int64]) -> Flags:
    """Cells of one table that may not be shown, by `features.measures.suppression.hidden_of`.

    An empty cell gives nothing away.

    >>> hidden(np.array([50, 7, 30, 0])).tolist()
    [False, True, True, False]
    """
    flags: Flags = np.zeros(len(clients), dtype=bool)
    flags[[int(cell) for cell in hidden_of({str(n): int(clients[n]) for n in np.flatnonzero(clients > 0)})]] = True
    return flags


def hidden_shares(part: NDArray[np.int64], clients: NDArray[np.int64], *, total_known: bool = True) -> Flags:
    """Cells whose share may not be shown: times the clients it would tell how few are counted, or how few are not.

    Parameters
    ----------
    part, clients
        How many are counted, of how many.
    total_known
        Whether the same share is shown of all cells together.

    >>> hidden_shares(np.array([30, 5, 40]), np.array([90, 80, 100])).tolist()
    [True, True, False]
    """
    least = np.minimum(part, clients - part)
    small: Flags = least < SMALLEST_CELL
    return hidden(np.maximum(least, 1)) if total_known and len(least) > 1 else small
