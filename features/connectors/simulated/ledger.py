"""What is written down while a piece lives: loans begun and ended, decisions, reschedulings, contacts by lists."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Where a client stands.
NOT_YET, BORROWS, RESTS, LEFT, LOST = range(5)
#: How a loan ended.
RUNS, REPAID, WRITTEN_OFF, DIED, TRANSFERRED = range(5)
#: How a client decided.
STAYED, WENT, PUSHED_OUT = range(3)
#: A week that never comes.
NEVER = 30_000


class Ledger:
    """Rows of loans begun and ended, of decisions, reschedulings and contacts by lists as they come."""

    def __init__(self) -> None:
        self.begun: list[dict[str, NDArray[np.generic]]] = []
        self.closed: list[dict[str, NDArray[np.generic]]] = []
        self.decisions: list[dict[str, NDArray[np.generic]]] = []
        self.reasons: list[NDArray[np.float32]] = []
        self.weights: list[Floats] = []
        self.rescheduled: list[Ints] = []
        self.contacts: list[dict[str, NDArray[Any]]] = []
        self.loan_count = 0
        self.decision_count = 0


def lost_rows(who: Ints, week: int, kind: Ints) -> dict[str, NDArray[np.generic]]:
    """Rows of decisions for resting clients who died or were transferred."""
    zero = np.zeros(len(who), dtype=np.int64)
    return {"client": who, "week": np.full(len(who), week), "how": zero - 1, "leave": np.zeros(len(who)), "scale": zero,
            "asked": zero - 1, "gap": zero + NEVER, "last_amount": np.zeros(len(who)), "lost": kind}  # fmt: skip
