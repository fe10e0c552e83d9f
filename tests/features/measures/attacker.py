"""Somebody who holds everything that was given out, and a solver: what is the most a hidden count can be?

All that is known becomes equations over whole numbers that are 0 or more: for every table, value and month one number
for each thing that can happen, and who was there when the first month began. Quarters and years are sums of months,
who is there is who came less who went, tables are parts of the whole institution, and what two tables count under other
names is the same. A published figure is one more equation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from features.measures.flows import EVERYBODY
from features.measures.suppressed_periods import FAMILIES
from features.measures.suppression import SMALLEST_SHOWN, Block

#: What can happen in a month; every count of a table is a sum of these.
DECIDED = ("renewed", "gone")
PARTS = (*DECIDED, "came", "besides", "paid_off", "follow_on")
WENT = ("went",)
#: Table to what is counted in it; segments of loans count decisions alone.
Parts = Mapping[str, Sequence[str]]
TYPES = "leaver types"
Terms = dict[int, float]
#: Table, value, period, first and last day, count, and how many.
Small = tuple[str, str, str, object, object, str, float]
_BIG = 1e6


@dataclass(frozen=True)
class Derived:
    """A count under 20 of which it can be told that it is."""

    table: str
    value: str
    period: str
    count: str
    truth: float
    least: float
    most: float

    @property
    def exactly(self) -> bool:
        """Whether it is known."""
        return self.least == self.most


@dataclass
class Attacker:
    """What somebody knows.

    Parameters
    ----------
    values
        Table to its values, the whole institution among them.
    parts
        Table to what happens in it.
    months
        First days, in order.
    """

    values: Mapping[str, Sequence[str]]
    parts: Parts
    months: pd.DatetimeIndex
    rows: list[Terms] = field(default_factory=list)
    right: list[float] = field(default_factory=list)

    @cached_property
    def place(self) -> dict[tuple[str, str, int, str], int]:
        """Number of each unknown."""
        keys = [(name, value, -1, "begin") for name, values in self.values.items() for value in values]
        for name, values in self.values.items():
            keys += [
                (name, value, n, part) for value in values for n in range(len(self.months)) for part in self.parts[name]
            ]
        return {key: at for at, key in enumerate(keys)}

    def of(self, name: str, value: str, first: object, last: object, count: str) -> Terms | None:
        """A count of a period as a sum of unknowns; None where the table does not count it."""
        span = range(
            self.months.searchsorted(pd.Timestamp(str(first))), self.months.searchsorted(pd.Timestamp(str(last)))
        )
        parts = self.parts[name]
        if count in ("begin", "end"):
            if "came" not in parts:
                return None
            terms = {self.place[name, value, -1, "begin"]: 1.0}
            for month in range(span.start if count == "begin" else span.stop):
                terms[self.place[name, value, month, "came"]] = 1.0
                terms |= {self.place[name, value, month, part]: -1.0 for part in ("gone", "besides")}
            return terms
        summed = {"out": ("gone", "besides"), "deciders": DECIDED}.get(count, (count,))
        if not set(summed) <= set(parts):
            return None
        return {self.place[name, value, month, part]: 1.0 for month in span for part in summed}

    def know(self, terms: Terms, number: float) -> None:
        """One more equation."""
        self.rows.append(terms)
        self.right.append(number)

    def read(self, name: str, published: pd.DataFrame, counts: Sequence[str]) -> None:
        """Know every figure of a published table."""
        for row in published.to_dict("records"):
            for count in counts:
                terms = self.of(name, str(row["value"]), row["first"], row["last"], count)
                if terms is not None and not pd.isna(row[count]):
                    self.know(terms, float(row[count]))

    def add_up(self, same: Mapping[str, Sequence[Block]]) -> None:
        """Know that tables are parts of the whole, and what two of them count under other names."""
        for name, values in self.values.items():
            if name in (EVERYBODY, TYPES):
                continue
            for part in self.parts[name]:
                self._same(name, values, EVERYBODY, [EVERYBODY], part)
                for block in same.get(name, ()):
                    if block.other in self.values and part in self.parts[block.other]:
                        self._same(name, sorted(block.values), block.other, sorted(block.others), part)
        if "came" in self.parts[EVERYBODY]:
            for name, values in self.values.items():
                if "came" in self.parts[name] and name != EVERYBODY:
                    begin = {self.place[name, value, -1, "begin"]: 1.0 for value in values}
                    self.know(begin | {self.place[EVERYBODY, EVERYBODY, -1, "begin"]: -1.0}, 0.0)

    def types_add_up(self, undecided: Sequence[str]) -> None:
        """Know which leaver types are exits by decision and which are not."""
        for part, own in (
            ("besides", [value for value in self.values[TYPES] if value in undecided]),
            ("gone", [value for value in self.values[TYPES] if value not in undecided]),
        ):
            for month in range(len(self.months)):
                terms = {self.place[TYPES, value, month, "went"]: 1.0 for value in own}
                self.know(terms | {self.place[EVERYBODY, EVERYBODY, month, part]: -1.0}, 0.0)

    def _same(self, one: str, ones: Sequence[str], two: str, twos: Sequence[str], part: str) -> None:
        for month in range(len(self.months)):
            left = {self.place[one, value, month, part]: 1.0 for value in ones}
            self.know(left | {self.place[two, value, month, part]: -1.0 for value in twos}, 0.0)

    def least(self, terms: Terms) -> float:
        """The least a count can be."""
        cost = np.zeros(len(self.place))
        for at, factor in terms.items():
            cost[at] = factor
        return self._solved(cost)

    def most(self, terms: Terms) -> float:
        """The most a count can be."""
        return -self.least({at: -factor for at, factor in terms.items()})

    def _solved(self, cost: np.ndarray) -> float:
        found = milp(
            cost,
            constraints=LinearConstraint(self._matrix, self._numbers, self._numbers),
            bounds=Bounds(0, _BIG),
            integrality=np.ones(len(cost)),
            options={"mip_rel_gap": 0.0, "time_limit": 240.0},
        )
        if found.fun is None:
            raise AssertionError(f"it was not solved, or what was given out contradicts itself: {found.message}")
        return float(found.fun)

    @cached_property
    def _matrix(self) -> csr_array:
        at = [(row, column, factor) for row, each in enumerate(self.rows) for column, factor in each.items()]
        row, column, factor = (np.array(each) for each in zip(*at, strict=True))
        return coo_array((factor, (row, column)), shape=(len(self.rows), len(self.place))).tocsr()

    @cached_property
    def _numbers(self) -> np.ndarray:
        return np.array(self.right)


def small_counts(truth: Mapping[str, pd.DataFrame], by: str = "") -> list[Small]:
    """Every count under 20 of a length of period, or of all."""
    found = []
    for name, table in truth.items():
        asked = [cell for cells in FAMILIES.values() for cell in cells] if name != TYPES else ["went"]
        for row in table[table["by"] == by].to_dict("records") if by else table.to_dict("records"):
            for cell in asked:
                if cell in row and not pd.isna(row[cell]) and row[cell] < SMALLEST_SHOWN:
                    where = str(row["value"]), str(row["period"]), row["first"], row["last"]
                    found.append((name, *where, cell, float(row[cell])))
    return found


def derived(
    attacker: Attacker,
    truth: Mapping[str, pd.DataFrame],
    most_tried: int | None = None,
    by: str = "",
    seed: int = 0,
) -> list[Derived]:
    """Counts under 20 that cannot be 20 or more, of all that there are or of some drawn by chance."""
    small = small_counts(truth, by)
    chosen = np.random.default_rng(seed).permutation(len(small))[:most_tried]
    found = []
    for name, value, period, first, last, cell, number in (small[n] for n in chosen):
        terms = attacker.of(name, value, first, last, cell)
        if terms is None:
            continue
        most = attacker.most(terms)
        if most < SMALLEST_SHOWN - 1e-6:
            found.append(Derived(name, value, period, cell, number, round(attacker.least(terms)), round(most)))
    return found
