"""Names, numbers and wishes of clients. All invented; nothing that happens to a client depends on them."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.connectors.simulated import columns, vocabulary
from features.connectors.simulated.people import RURAL, People, Piece

Ints = NDArray[np.int64]

#: Part of the clients who live with another client of their branch, two by two.
IN_HOUSEHOLDS = 0.16
#: +999 is a country code that was given to nobody.
COUNTRY_CODE = "+999"
HOURS_FROM, HOURS_UNTIL = ("08:00", "10:00", "12:30", "16:00"), ("12:00", "15:30", "17:00", "19:00")
#: Which of the hours above go together; a farmer's morning, a trader's noon, an evening.
_HOURS = np.array([(0, 0), (1, 2), (2, 1), (3, 3), (1, 1)])


def directory_table(people: People, piece: Piece, client_ids: pa.Array, rng: np.random.Generator) -> pa.Table:
    """Canonical directory. `rng` is the directory's own, so that no other table depends on it."""
    n = people.count
    household = _households(people, rng)
    family = rng.integers(0, len(vocabulary.LAST_NAMES), n)
    together = household >= 0
    family[together] = rng.integers(0, len(vocabulary.LAST_NAMES), n)[household[together]]
    hours = _HOURS[rng.integers(0, len(_HOURS), n)]
    no_hours = rng.random(n) >= 0.25
    way = np.where(people.group >= 0, rng.choice(4, n, p=[0.6, 0.2, 0.15, 0.05]), rng.choice([1, 2, 3], n))
    danger = rng.random(n)
    return pa.table(
        {
            "client_id": columns.words(np.arange(n), client_ids),
            "name": _names(people, family, rng),
            "phone": _phones(n, rng),
            "household_id": columns.words(household, columns.ids(f"H{piece.number:03d}", range(n), 5)),
            "reach_by": columns.words(way, ("meeting", "visit", "call", "message"), rng.random(n) < 0.3),
            "hours_from": columns.words(hours[:, 0], HOURS_FROM, no_hours),
            "hours_until": columns.words(hours[:, 1], HOURS_UNTIL, no_hours),
            "safe_to_call": columns.truths(danger >= 0.03, danger >= 0.5),
            "visitor": columns.words(
                rng.choice(3, n, p=[0.25, 0.05, 0.7]), ("woman", "man", "anyone"), rng.random(n) < 0.6
            ),
        }
    )


def _households(people: People, rng: np.random.Generator) -> Ints:
    """Number of each client's household within the piece, -1 for those who live with no other client."""
    household = np.full(people.count, -1, dtype=np.int64)
    shuffled = rng.permutation(people.count)
    by_branch = shuffled[np.argsort(people.branch[shuffled], kind="stable")]
    first, second = by_branch[0:-1:2], by_branch[1::2]
    pairs = np.flatnonzero((rng.random(len(first)) < IN_HOUSEHOLDS) & (people.branch[first] == people.branch[second]))
    household[first[pairs]] = pairs
    household[second[pairs]] = pairs
    return household


def _names(people: People, family: Ints, rng: np.random.Generator) -> pa.Array:
    """Given and family name; the given names of villages and of towns are two lists."""
    half = len(vocabulary.FIRST_NAMES) // 2
    given = rng.integers(0, half, people.count) + np.where(people.area == RURAL, 0, half)
    names = [f"{a} {b}" for a in vocabulary.FIRST_NAMES for b in vocabulary.LAST_NAMES]
    return columns.words(given * len(vocabulary.LAST_NAMES) + family, names)


def _phones(n: int, rng: np.random.Generator) -> pa.Array:
    numbers, none = rng.integers(0, 10**9, n), rng.random(n) < 0.06
    return pa.array(
        [None if empty else f"{COUNTRY_CODE}{number:09d}" for number, empty in zip(numbers, none, strict=True)],
        pa.string(),
    )
