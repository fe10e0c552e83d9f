"""Officers who come and go: posts, spells in them, vacancies, and how their clients live the change."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.connectors.simulated.causes import (
    FILLED,
    HAND_OVER_LATE,
    HAND_OVER_PLANNED,
    HANDED_OVER,
    NOT_HANDED_OVER,
    PLANNED,
    SETTLED,
    SETTLES,
    VACANT,
)

Ints = NDArray[np.int64]

#: Officers in their posts when the window opens came up to this many weeks before.
LONGEST_SERVICE = 260
NOBODY = -1
#: What happened to a post in a week.
NOTHING, LEFT_VACANT, REPLACED, TAKEN_UP = range(4)


@dataclass
class Posts:
    """The posts of a piece, week by week.

    `spells` holds (post, first week, last week or None, officer or `NOBODY` while vacant); weeks before the window are
    negative.
    """

    holder: Ints
    first_week: Ints
    turnover_per_week: float
    spells: list[tuple[int, int, int | None, int]] = field(default_factory=list)
    officers: int = 0

    @classmethod
    def filled(cls, count: int, turnover_per_year: float, rng: np.random.Generator) -> "Posts":
        """All posts filled as the window opens."""
        came = -rng.integers(4, LONGEST_SERVICE, count)
        return cls(np.arange(count), came, turnover_per_year / 52, officers=count)

    def step(self, week: int, rng: np.random.Generator) -> Ints:
        """Move one week on; what happened to each post."""
        draw, second = rng.random(len(self.holder)), rng.random(len(self.holder))
        vacant = self.holder == NOBODY
        leaves = ~vacant & (draw < self.turnover_per_week)
        happened = np.where(leaves, np.where(second < PLANNED, REPLACED, LEFT_VACANT), NOTHING)
        happened = np.where(vacant & (draw < FILLED), TAKEN_UP, happened)
        for post in np.flatnonzero(happened):
            self._close(int(post), week)
            if happened[post] == LEFT_VACANT:
                self.holder[post] = NOBODY
            else:
                self.holder[post] = self.officers
                self.officers += 1
        return happened

    def _close(self, post: int, week: int) -> None:
        self.spells.append((post, int(self.first_week[post]), week - 1, int(self.holder[post])))
        self.first_week[post] = week

    def all_spells(self) -> list[tuple[int, int, int | None, int]]:
        """Every spell, those that last included, by post and time."""
        lasting: list[tuple[int, int, int | None, int]] = [
            (post, int(self.first_week[post]), None, int(self.holder[post])) for post in range(len(self.holder))
        ]
        return sorted(self.spells + lasting, key=lambda spell: (spell[0], spell[1]))


def lived(state: NDArray[np.uint8], happened: Ints, draw: NDArray[np.float32]) -> NDArray[np.uint8]:
    """State of each client's relation to the officer after a week; `happened` is per client, one draw per client.

    The same moves as `Causes.officer_steps`, seen from one client.
    """
    new = state.copy()
    fresh = (state == HANDED_OVER) | (state == NOT_HANDED_OVER)
    new[(happened == NOTHING) & fresh & (draw < SETTLES)] = SETTLED
    new[happened == LEFT_VACANT] = VACANT
    for event, chance in ((REPLACED, HAND_OVER_PLANNED), (TAKEN_UP, HAND_OVER_LATE)):
        hit = happened == event
        new[hit] = np.where(draw[hit] < chance, HANDED_OVER, NOT_HANDED_OVER)
    return new
