"""From numpy to Arrow columns: dates, money, ids and words, without a Python loop over rows."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MONEY = pa.decimal128(18, 2)
#: Stands for an empty date in arrays of days.
NO_DAY = -10_000_000


class Calendar:
    """Weeks and weekdays of the window as days since 1970."""

    def __init__(self, end_on: date, weeks: int) -> None:
        self.weeks = weeks
        self.end = (end_on - date(1970, 1, 1)).days
        self.monday = self.end - 7 * weeks + 1

    def day(self, week: Ints, weekday: Ints | int) -> Ints:
        """The day in a week of the window, weekday 0 = Monday; weeks before the window are negative."""
        day: Ints = self.monday + 7 * week + weekday
        return day

    def first(self) -> date:
        """First day of the window, a Monday."""
        return date(1970, 1, 1) + timedelta(days=self.monday)

    def sunday(self, week: int) -> date:
        """Last day of a week."""
        return date(1970, 1, 1) + timedelta(days=self.monday + 7 * week + 6)


def dates(days: Ints, empty: Mask | None = None) -> pa.Array:
    """Column of dates; empty where `empty` or where the day is `NO_DAY`."""
    blank = days <= NO_DAY
    if empty is not None:
        blank = blank | empty
    return pa.array(np.where(blank, 0, days).astype(np.int32), mask=blank if blank.any() else None).cast(pa.date32())


def money(cents: Ints, empty: Mask | None = None) -> pa.Array:
    """Column of DECIMAL(18, 2) from whole cents."""
    wide = np.empty((len(cents), 2), dtype=np.int64)
    wide[:, 0] = cents
    wide[:, 1] = cents >> 63
    valid = None
    if empty is not None and empty.any():
        valid = pa.array(~empty).buffers()[1]
    return pa.Array.from_buffers(MONEY, len(cents), [valid, pa.py_buffer(wide)])


def words(codes: Ints, choices: Sequence[str] | pa.Array, empty: Mask | None = None) -> pa.Array:
    """Column of words chosen from a list; empty where `empty` or where the code is negative."""
    blank = codes < 0
    if empty is not None:
        blank = blank | empty
    index = pa.array(np.where(blank, 0, codes).astype(np.int32), mask=blank if blank.any() else None)
    known = choices if isinstance(choices, pa.Array) else pa.array(list(choices), pa.string())
    return pa.DictionaryArray.from_arrays(index, known)


def whole(values: NDArray[np.generic], empty: Mask | None = None) -> pa.Array:
    """Column of integers."""
    return pa.array(values.astype(np.int32), mask=empty if empty is not None and empty.any() else None)


def truths(values: Mask, empty: Mask | None = None) -> pa.Array:
    """Column of booleans."""
    return pa.array(values.astype(bool), mask=empty if empty is not None and empty.any() else None)


def ids(prefix: str, numbers: Ints | range, width: int) -> pa.Array:
    """Ids such as C0000042."""
    return pa.array([f"{prefix}{number:0{width}d}" for number in numbers], pa.string())


def expand(counts: Ints) -> tuple[Ints, Ints]:
    """For rows that repeat: the row each copy belongs to, and the number of the copy within it.

    >>> expand(np.array([2, 0, 1]))[0].tolist(), expand(np.array([2, 0, 1]))[1].tolist()
    ([0, 0, 2], [0, 1, 0])
    """
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
