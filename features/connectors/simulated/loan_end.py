"""How a loan comes to its end: arrears, paying ahead, a troubled group, rescheduling, write-off.

A loan's weekly state is (arrears, group in trouble, paying ahead). The chain runs while the loan is open; the loan
ends in the first week on or after its last due week in which nothing is overdue, or up to `EARLY_WEEKS` before it when
the client pays ahead. `end_kernel` gives, for every state and every number of weeks still to go, the exact probability
that the loan ends in week 1, 2, ... 26 from now in each state: what the truth is built on.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Arrears: nothing overdue; overdue; caught up not long ago; overdue for long; caught up after long arrears.
CLEAN, LATE, CAUGHT_UP, DEEP, MENDED = range(5)
ARREARS_STATES = 5
JOINT_STATES = ARREARS_STATES * 2 * 2
#: Weekly chance of falling into arrears from a clean state, by hidden class of payer (good, middling, weak).
PAYER_ENTRY = (0.001, 0.003, 0.015)
PAYER_SHARES = (0.45, 0.37, 0.18)
#: A group in trouble multiplies that chance; so does having been late not long ago.
GROUP_FACTOR, RECENT_FACTOR = 2.5, 1.6
#: From late: to caught up, to deep. From deep: mended, rescheduled (and mended), written off. Weekly.
CURE, WORSEN = 0.20, 0.025
MEND, RESCHEDULE, WRITE_OFF = 0.055, 0.02, 0.025
#: The memory of arrears fades slowly: within a loan it mostly lasts.
FADE = 0.006
#: A group falls into trouble and gets over it; a client begins and stops paying ahead. Weekly.
TROUBLE = (0.0045, 0.03)
AHEAD = (0.0045, 0.02)
#: A rescheduled loan runs on by this many weeks.
RESCHEDULED_WEEKS = 8
#: A client who pays ahead may close the loan in its last weeks; loans shorter than `EARLY_TERM` cannot be closed
#: early. No loan that decides therefore lasts less than 26 weeks, and two decision points never fall in 26 weeks.
EARLY_WEEKS, EARLY_CHANCE, EARLY_TERM = 8, 0.13, 34
#: The MFI lends no more to part of those who were in arrears (pushed out), by arrears state at the end.
PUSH_OUT = np.array([0.0, 0.0, 0.02, 0.0, 0.35])

HORIZON = 26
#: Weeks to go from which no loan can end within the horizon.
FAR = HORIZON + EARLY_WEEKS + 1
_REM = FAR + 3 * RESCHEDULED_WEEKS + 1


def joint(arrears: NDArray[np.int64], trouble: NDArray[np.int64], ahead: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the joint state."""
    return (arrears * 2 + trouble) * 2 + ahead


def arrears_steps(payer: int, trouble: int) -> Floats:
    """Weekly arrears moves, shape (5, 7): to the five states, rescheduled, written off. Rows sum to 1."""
    entry = PAYER_ENTRY[payer] * (GROUP_FACTOR if trouble else 1.0)
    again = entry * RECENT_FACTOR
    steps = np.zeros((ARREARS_STATES, ARREARS_STATES + 2))
    steps[CLEAN, LATE] = entry
    steps[LATE, CAUGHT_UP], steps[LATE, DEEP] = CURE, WORSEN
    steps[CAUGHT_UP, CLEAN], steps[CAUGHT_UP, LATE] = FADE, again
    steps[DEEP, MENDED], steps[DEEP, 5], steps[DEEP, 6] = MEND, RESCHEDULE, WRITE_OFF
    steps[MENDED, CLEAN], steps[MENDED, LATE] = FADE / 2, again
    for state in range(ARREARS_STATES):
        steps[state, state] = 1.0 - steps[state].sum()
    return steps


def two_states(enter: float, leave: float) -> Floats:
    """Weekly moves of a two-state chain, shape (2, 2)."""
    return np.array([[1 - enter, enter], [leave, 1 - leave]])


def _joint_steps(payer: int, *, group: bool) -> tuple[Floats, Floats]:
    stay, moved = np.zeros((JOINT_STATES, JOINT_STATES)), np.zeros((JOINT_STATES, JOINT_STATES))
    trouble = two_states(*TROUBLE) if group else np.eye(2)
    ahead = two_states(*AHEAD)
    for g_to in range(2):
        steps = arrears_steps(payer, g_to)
        for a in range(ARREARS_STATES):
            for g in range(2):
                for p in range(2):
                    source = (a * 2 + g) * 2 + p
                    for p_to in range(2):
                        weight = trouble[g, g_to] * ahead[p, p_to]
                        for a_to in range(ARREARS_STATES):
                            stay[source, (a_to * 2 + g_to) * 2 + p_to] += weight * steps[a, a_to]
                        moved[source, (MENDED * 2 + g_to) * 2 + p_to] += weight * steps[a, 5]
    return stay, moved


def _end_chance(*, early: bool) -> Floats:
    chance = np.zeros((_REM, JOINT_STATES))
    for a in (CLEAN, CAUGHT_UP, MENDED):
        for g in range(2):
            for p in range(2):
                state = (a * 2 + g) * 2 + p
                chance[0, state] = 1.0
                if early and p:
                    chance[1 : EARLY_WEEKS + 1, state] = EARLY_CHANCE
    return chance


@lru_cache(maxsize=4)
def end_kernel(lost_per_week: float) -> NDArray[np.float64]:
    """Exact distribution of the loan's end.

    Parameters
    ----------
    lost_per_week
        Chance that an open loan's client dies or is transferred in a week.

    Returns
    -------
    Array of float, shape (3 payers, 2 lending, 2 early, FAR weeks to go, 20 states, 26 weeks, 20 end states)
        P(the loan ends in that week from now in that state); what is missing to 1 is a loan still open, written off or
        lost. Lending 0 is group, 1 individual. Weeks to go 0 means due this week or overdue.
    """
    kernel = np.zeros((3, 2, 2, FAR, JOINT_STATES, HORIZON, JOINT_STATES))
    for payer in range(3):
        for lending in range(2):
            stay, moved = _joint_steps(payer, group=lending == 0)
            for early in range(2):
                kernel[payer, lending, early] = _one_kernel(stay, moved, _end_chance(early=bool(early)), lost_per_week)
    kernel.setflags(write=False)
    return kernel


def _one_kernel(stay: Floats, moved: Floats, ends: Floats, lost: float) -> Floats:
    # Backward: after n rounds, after[rem, state] is the end distribution over weeks 1 to n of a loan with `rem` to go.
    after = np.zeros((_REM, JOINT_STATES, 0, JOINT_STATES))
    rem_to = np.maximum(np.arange(_REM) - 1, 0)
    rem_moved = np.minimum(rem_to + RESCHEDULED_WEEKS, _REM - 1)
    deep = np.flatnonzero(moved.any(axis=1))
    for weeks in range(1, HORIZON + 1):
        # Worth of standing at (rem, state) after the week's move: the loan ends now, or goes on and weeks shift by one.
        now = (ends[:, :, None] * np.eye(JOINT_STATES))[:, :, None, :]
        later = (1 - ends)[:, :, None, None] * after
        worth = np.concatenate([now, later], axis=2).reshape(_REM, JOINT_STATES, -1)
        moves = np.matmul(stay, worth[rem_to])
        moves[:, deep] += np.matmul(moved[deep], worth[rem_moved])
        after = ((1 - lost) * moves).reshape(_REM, JOINT_STATES, weeks, JOINT_STATES)
    return after[:FAR]
