"""Between two loans: who comes back when, and what silence tells about a client who has not come back yet.

At a decision point a client leaves or stays. Whoever stays takes the next loan 0 to 12 weeks later, always inside the
grace of 90 days: promptly, after a slow disbursement, or after a rest. Nobody sees which it is: while the client rests
the chance of having left grows as Bayes' rule says, from the same tables that draw the returns.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Weeks after which a return is no longer inside the grace of 90 days (13 x 7 = 91).
GRACE_WEEKS = 13
PROMPT, SLOW, REST = range(3)
#: Part of the leavers who ask for a loan, in week 0, 1 or 2 after the end, and withdraw two weeks later.
WITHDRAWS, WITHDRAWN_AFTER, ASKING_WEEKS = 0.08, 2, 3
NOT_ASKED = -1


def stays() -> Floats:
    """P(asks in week a, is paid in week g) by kind of stay, shape (3, 13, 13), each summing to 1."""
    table = np.zeros((3, GRACE_WEEKS, GRACE_WEEKS))
    table[PROMPT, 0, :3] = 0.55, 0.30, 0.15
    table[SLOW, 0, 3:7] = 0.4, 0.3, 0.2, 0.1
    back = np.array([0, 0, 1, 2, 3, 4, 5, 5, 4, 4, 3, 2, 1], dtype=float)
    back /= back.sum()
    for week in range(2, GRACE_WEEKS):
        table[REST, week - 1, week] = 0.6 * back[week]
        table[REST, week, week] = 0.4 * back[week]
    return table


def kind_weights(rest_pressure: Floats, rester: Ints, slow_branch: Ints) -> Floats:
    """Chances of the three kinds of stay, shape (clients, 3), from season, habit and branch."""
    rest = 0.07 + 0.22 * np.minimum(rest_pressure, 1.2) + 0.18 * rester
    slow = (1 - rest) * np.where(slow_branch == 1, 0.30, 0.10)
    return np.stack([1 - rest - slow, slow, rest], axis=1)


def draw_return(weights: Floats, kind_draw: Floats, week_draw: Floats) -> tuple[Ints, Ints, Ints]:
    """Kind of stay, week of asking and week of the next loan, counted from the loan's end."""
    kind = (kind_draw > weights[:, 0]).astype(np.int64) + (kind_draw > weights[:, 0] + weights[:, 1])
    cumulative = np.cumsum(stays().reshape(3, -1), axis=1)
    cell = np.zeros(len(kind), dtype=np.int64)
    for number in range(3):
        chosen = kind == number
        cell[chosen] = np.searchsorted(cumulative[number], week_draw[chosen] * cumulative[number, -1], side="right")
    return kind, cell // GRACE_WEEKS, cell % GRACE_WEEKS


def chance_left(leave: Floats, weights: Floats, rested: Ints, asked: Ints) -> Floats:
    """Chance that a resting client has left for good.

    Parameters
    ----------
    leave
        Chance of leaving as it stood at the decision point.
    weights
        Chances of the kinds of stay at the decision point, shape (clients, 3).
    rested
        Full weeks since the loan's end without a new loan, 0 to 12.
    asked
        Week of a pending application counted from the loan's end, `NOT_ASKED` where there is none.

    Returns
    -------
    Array of float, shape (clients,)
        Between 0 and 1; 1 once every return inside the grace has become impossible.
    """
    silent, pending = _silent_and_pending()
    stay = np.where(
        asked == NOT_ASKED,
        np.einsum("nk,kn->n", weights, silent[:, rested]),
        np.einsum("nk,kn->n", weights, pending[:, np.maximum(asked, 0), rested]),
    )
    gone_silent = 1 - WITHDRAWS * np.minimum(rested + 1, ASKING_WEEKS) / ASKING_WEEKS
    gone_pending = np.where(rested < asked + WITHDRAWN_AFTER, WITHDRAWS / ASKING_WEEKS, 0.0)
    gone = np.where(asked == NOT_ASKED, gone_silent, gone_pending * (asked < ASKING_WEEKS))
    top = leave * gone
    below = top + (1 - leave) * stay
    return np.where(below > 0, top / np.where(below > 0, below, 1.0), 1.0)


def _silent_and_pending() -> tuple[Floats, Floats]:
    table = stays()
    silent, pending = np.zeros((3, GRACE_WEEKS)), np.zeros((3, GRACE_WEEKS, GRACE_WEEKS))
    for week in range(GRACE_WEEKS):
        silent[:, week] = table[:, week + 1 :, :].sum(axis=(1, 2))
        pending[:, : week + 1, week] = table[:, : week + 1, week + 1 :].sum(axis=2)
    return silent, pending
