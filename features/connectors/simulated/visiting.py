"""Contacts that lists ask for: whoever makes the lists says on a Sunday whom to contact in the coming week.

A client who is met is in the same state as after any other retention visit, and it fades as that does.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.connectors.simulated.ledger import BORROWS, RESTS
from features.connectors.simulated.life import World
from features.errors import UsageError

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Contacts:
    """Whom a policy contacts in the week after a Sunday; one entry per client.

    Parameters
    ----------
    client
        Numbers within the piece, each once.
    met
        Whether the visit meets the client; one that does not leaves a trace and has no effect.
    list_id
        The list that asked for the contact; None where none did.
    """

    client: Ints
    met: Mask
    list_id: NDArray[np.object_]

    @classmethod
    def nobody(cls) -> "Contacts":
        """No contact at all."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=bool), np.empty(0, dtype=object))


#: Sees the state of a piece on a Sunday and that week's number, and says who is contacted in the coming week. It draws
#: from its own randomness, so that lists that ask for nobody change nothing.
Policy = Callable[[World, int], Contacts]


def within_reach(world: World, week: int, rest_weeks: int = 2) -> Mask:
    """Clients whom a visit may find: a loan is open, or ended so many weeks ago at most."""
    rests = (world.phase == RESTS) & (week - world.ended <= rest_weeks)
    reach: Mask = (world.phase == BORROWS) | rests
    return reach


def contact(world: World, week: int, policy: Policy) -> None:
    """Let a policy contact clients in the week after the Sunday of `week`.

    Raises
    ------
    UsageError
        The policy names a client who is not there, or one twice.
    """
    asked = policy(world, week)
    client = np.asarray(asked.client, dtype=np.int64)
    there = (client >= 0) & (client < world.people.count)
    if not there.all() or len(np.unique(client)) < len(client):
        raise UsageError(
            f"the policy contacts {len(client)} clients of {world.people.count} in week {week}, "
            f"{int((~there).sum())} of them not there and {len(client) - len(np.unique(client))} named twice. "
            "Name each client once, by a number from 0."
        )
    world.visited[client[asked.met]] = 1
    world.book.contacts.append(
        {"client": client, "week": np.full(len(client), week + 1), "met": asked.met, "list_id": asked.list_id}
    )
