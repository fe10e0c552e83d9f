"""Which cells of a table, and which shares, may be shown."""

import numpy as np
from numpy.typing import NDArray

from features.measures.suppression import SMALLEST_SHOWN, hidden_of
from models.rows import Flags

#: Fewer clients than this in a cell are not shown: too few to say anything of, and one might recognise them.
SMALLEST_CELL = SMALLEST_SHOWN


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
