"""A piece's lives written down: weekly matrices, loans, decisions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.connectors.simulated.causes import Causes
from features.connectors.simulated.ledger import NEVER, RUNS
from features.connectors.simulated.life import World
from features.connectors.simulated.people import People
from features.connectors.simulated.settings import SimulationSettings
from features.connectors.simulated.visiting import Policy, contact

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Columns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Life:
    """Everything that happened in a piece. Matrices have shape (weeks, clients) and hold the Sunday's state.

    `chains` holds the states of the drivers by code; `loan` is the open loan or -1; `due` its last due week;
    `ended` the week the last loan ended (-`NEVER` if none); `decision` the row of `decisions` that belongs to it or -1.
    `world` is the last Sunday's. `loans` and `decisions` are columns; `reasons` is what each driver added at each of
    the decisions. `contacts` are the columns of those a policy made, None without one; those asked for on a Sunday
    do not stand in that Sunday's `visited` yet.
    """

    phase: Bytes
    arrears: Bytes
    ahead: Bytes
    visited: Bytes
    trouble: Bytes
    chains: dict[str, Bytes]
    loan: NDArray[np.int32]
    due: NDArray[np.int16]
    ended: NDArray[np.int16]
    decision: NDArray[np.int32]
    loans: dict[str, NDArray[np.generic]]
    decisions: dict[str, NDArray[np.generic]]
    reasons: NDArray[np.float32]
    weights: Floats
    rescheduled: Ints
    world: World
    contacts: Columns | None = None


def live(
    settings: SimulationSettings,
    causes: Causes,
    people: People,
    rng: np.random.Generator,
    policy: Policy | None = None,
) -> Life:
    """Let a piece live through the window.

    Parameters
    ----------
    policy
        Who is contacted by lists; asked every Sunday but the last, whose week is beyond the window.
    """
    world = World(settings, causes, people, rng)
    weeks, n = settings.weeks, people.count
    kept: dict[str, Any] = {name: np.empty((weeks, n), dtype=kind) for name, kind in _KEPT.items()}
    chains = {code: np.empty((weeks, n), dtype=np.uint8) for code in causes.chains}
    trouble = np.empty((weeks, len(world.trouble)), dtype=np.uint8)
    for week in range(weeks):
        world.week(week)
        for name in _KEPT:
            kept[name][week] = getattr(world, name)
        for code, state in world.chains.items():
            chains[code][week] = state
        trouble[week] = world.trouble
        if policy is not None and week + 1 < weeks:
            contact(world, week, policy)
    book = world.book
    loans = _joined(book.begun)
    ends = _joined(book.closed)
    count = book.loan_count
    loans["end"], loans["how"] = np.full(count, NEVER), np.full(count, RUNS)
    loans["end"][ends["row"]], loans["how"][ends["row"]] = ends["end"], ends["how"]
    return Life(
        **kept,
        trouble=trouble,
        chains=chains,
        loans=loans,
        decisions=_joined(book.decisions),
        reasons=np.concatenate(book.reasons),
        weights=np.concatenate(book.weights),
        rescheduled=np.concatenate([*book.rescheduled, np.empty((0, 2), dtype=np.int64)]),
        world=world,
        contacts=None if policy is None else _joined(book.contacts),
    )


_KEPT: dict[str, type] = {
    "phase": np.uint8,
    "arrears": np.uint8,
    "ahead": np.uint8,
    "visited": np.uint8,
    "loan": np.int32,
    "due": np.int16,
    "ended": np.int16,
    "decision": np.int32,
}


def _joined(rows: list[Columns]) -> Columns:
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
