"""What happened to whom and when: officers who handed over their clients, and changes from a file of dates."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import numpy as np
import pandas as pd

from features.book import NEVER, Book
from features.engines import literal
from features.errors import DataError, UsageError
from models.rows import Floats

#: Days within which the clients of an officer who goes are handed over.
HANDED_WITHIN = 28
#: Part of an officer's clients, and how many at least, who must go together for it to be the officer who changed.
#: Single clients change officers for reasons of their own: one who has left is put under another name to tidy a book.
LEAST_PART, LEAST_CLIENTS = 0.5, 5

_COLUMNS = ("happened_on", "kind", "unit")


class Kind(StrEnum):
    """Whose clients an event touches."""

    OFFICER = "officer"
    BRANCH = "branch"
    PRODUCT = "product"


@dataclass(frozen=True, order=True)
class Event:
    """Something that happened to all clients of a unit on a day.

    Parameters
    ----------
    happened_on
        First day on which it was so.
    unit
        Id of the officer, branch or product.
    """

    happened_on: date
    unit: str


@dataclass(frozen=True)
class Events:
    """Events of one kind.

    Attributes
    ----------
    events
        By day and unit.
    alone
        Officer changes only: how many clients changed officers by themselves, and are not taken for events.
    """

    kind: Kind
    events: tuple[Event, ...]
    alone: int = 0


def officer_changes(book: Book, as_of: date) -> Events:
    """Officers who handed over their clients, as known on a date.

    An officer changed on a day when at least half of those served until then, and five, ceased to be served by the
    same officer within four weeks. Clients who changed officers singly are counted and left out.

    Raises
    ------
    DataError
        The book does not say who was served by whom.
    """
    if not book.has("assignments"):
        raise DataError(
            "table 'assignments' is not in the book, so nobody knows when officers changed; supply it, or give a file "
            "of dates"
        )
    with book.known(as_of) as known:
        spells = known.frame(
            f"SELECT officer_id, from_on, coalesce(to_on, {literal(NEVER)}) AS to_on FROM assignments "
            "WHERE officer_id IS NOT NULL ORDER BY officer_id"
        )
    found, alone = [], 0
    for officer, own in spells.groupby("officer_id", sort=True):
        began = np.sort(_days(own["from_on"]))
        gone = np.sort(_days(own["to_on"]) + 1)
        gone = gone[gone < _number(NEVER)]
        days = _handed_over(began, gone)
        found += [Event(date.fromordinal(day), str(officer)) for day in days]
        within = [(gone >= day) & (gone < day + HANDED_WITHIN) for day in days]
        alone += int(len(gone) - sum(int(flags.sum()) for flags in within))
    return Events(Kind.OFFICER, tuple(sorted(found)), alone)


def _handed_over(began: Floats, gone: Floats) -> list[int]:
    """Days on which a portfolio was handed over, from the days its clients came and went."""
    days: list[int] = []
    for day in np.unique(gone):
        if days and day < days[-1] + HANDED_WITHIN:
            continue
        served = int(np.searchsorted(began, day) - np.searchsorted(gone, day))
        going = int(np.searchsorted(gone, day + HANDED_WITHIN) - np.searchsorted(gone, day))
        if going >= LEAST_CLIENTS and going >= LEAST_PART * served:
            days.append(int(day))
    return days


def _days(column: pd.Series) -> Floats:
    return np.array([_number(value) for value in column], dtype=np.float64)


def _number(value: date) -> int:
    return value.toordinal()


def read_events(file: Path) -> Events:
    """Events from a CSV file with the columns happened_on (as 2024-06-30), kind (officer, branch, product) and unit.

    Raises
    ------
    UsageError
        The file cannot be read, lacks a column, mixes kinds, or has a date that is none.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{file.name} cannot be read; give a CSV file with the columns {', '.join(_COLUMNS)}"
        ) from error
    lacking = [name for name in _COLUMNS if not rows or name not in rows[0]]
    if lacking:
        raise UsageError(f"{file.name} has no row with a {lacking[0]!r}; its columns are {', '.join(_COLUMNS)}")
    events = [_event(file.name, line, row) for line, row in enumerate(rows, start=2)]
    kinds = {str(row["kind"]) for row in rows}
    if len(kinds) != 1 or not kinds <= set(Kind):
        raise UsageError(
            f"{file.name} has the kinds {', '.join(sorted(kinds))}; one file holds one kind: {', '.join(Kind)}"
        )
    return Events(Kind(kinds.pop()), tuple(sorted(set(events))))


def _event(file: str, line: int, row: dict[str, str]) -> Event:
    try:
        day = date.fromisoformat((row["happened_on"] or "").strip())
    except ValueError as error:
        raise UsageError(f"{file} line {line}: happened_on is not a date; write it as 2024-06-30") from error
    unit = (row["unit"] or "").strip()
    if not unit:
        raise UsageError(f"{file} line {line}: unit is empty; give the id of the {row['kind'] or 'unit'}")
    return Event(day, unit)


def touched(events: Sequence[Event], first: date, last: date) -> frozenset[str]:
    """Units to which something happened from `first` up to, not including, `last`."""
    return frozenset(event.unit for event in events if first <= event.happened_on < last)
