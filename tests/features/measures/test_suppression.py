"""No number under 20 stands in what is given out, and a solver that knows all of it cannot work one out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array

from features.exit import ExitDefinition
from features.measures import figures, suppression
from features.measures.episodes import Span
from features.measures.flows import EVERYBODY, MOVES, by_period
from features.measures.periods import By
from features.measures.suppression import FAMILIES, SMALLEST_SHOWN, Block, Hidden, blocks

SPAN = Span(begins=date(2022, 6, 1), settled=date(2024, 12, 31), lag_days=0)
AS_OF = date(2024, 12, 31)
RULE = ExitDefinition(grace_days=30)
#: Counts of one segment in one month of which all others are sums.
PARTS = ("came", "renewed", "gone", "besides", "paid_off", "follow_on")


def world(seed: int, clients: int, branches: int) -> pd.DataFrame:
    """What happened to clients, month by month: area and product follow from the branch in part, kind from nothing."""
    rng = np.random.default_rng(seed)
    branch = rng.choice(branches, clients, p=rng.dirichlet(np.full(branches, 0.7)))
    people = {
        "branch": np.array([f"b{n}" for n in range(branches)])[branch],
        "area": np.where(branch < branches // 2, "rural", "urban"),
        "kind": rng.choice(["x", "y", "z"], clients, p=[0.8, 0.17, 0.03]),
    }
    rows = []
    for month in range(-6, 12):
        for part, share in zip(PARTS, (0.12, 0.2, 0.05, 0.03, 0.2, 0.2), strict=True):
            size = share * (3 if month < 0 and part == "came" else 1)
            rows += [(who, month, part) for who in np.flatnonzero(rng.random(clients) < size)]
    told = pd.DataFrame(rows, columns=["who", "month", "part"])
    return pd.concat([told, *(pd.Series(v[told["who"]], name=k) for k, v in people.items())], axis=1)


def tables_of(told: pd.DataFrame) -> dict[str, pd.DataFrame]:
    answer = {}
    for name in (EVERYBODY, "branch", "area", "kind"):
        value = pd.Series(EVERYBODY, index=told.index) if name == EVERYBODY else told[name]
        month = pd.to_datetime([f"{2023 + n // 12}-{n % 12 + 1:02d}-01" for n in range(-6, 12)])[told["month"] + 6]
        counted = told.assign(value=value, month=month, n=1)
        wide = counted.pivot_table(index=["value", "month"], columns="part", values="n", aggfunc="sum", fill_value=0)
        wide = wide.reindex(columns=list(PARTS), fill_value=0)
        wide["out"], wide["deciders"] = wide["gone"] + wide["besides"], wide["renewed"] + wide["gone"]
        wide["loans"], wide["open"] = wide["came"] + wide["follow_on"], 0
        parts = [by_period(wide[list(MOVES)], by, SPAN, RULE, AS_OF) for by in By]
        table = figures.counted(pd.concat(parts, ignore_index=True))
        answer[name] = table[pd.to_datetime(table["first"]).dt.year == 2023].reset_index(drop=True)
    return answer


def same_clients(told: pd.DataFrame) -> dict[str, list[Block]]:
    pairs = {
        (one, two): list(told[[one, two]].drop_duplicates().itertuples(index=False, name=None))
        for one, two in (("branch", "area"), ("branch", "kind"), ("area", "kind"))
    }
    return blocks(pairs)


def hidden_of(tables: Mapping[str, pd.DataFrame], same: Mapping[str, list[Block]]) -> Hidden:
    """As the measures are given out."""
    cut = {name: table for name, table in tables.items() if name != EVERYBODY}
    whole = figures.hidden_of_everybody(tables[EVERYBODY])
    hide = suppression.hidden(cut, same)
    for (name, family, by), values in list(hide.items()):
        if whole[EVERYBODY, family, by]:
            hide[name, family, by] = values | frozenset(tables[name]["value"])
    return hide | whole


@dataclass
class Solver:
    """Everything somebody knows who holds all that was given out, as equations; every count is at least 0."""

    values: Mapping[str, list[str]]
    place: dict[tuple[str, str, int, str], int] = field(default_factory=dict)
    rows: list[dict[int, float]] = field(default_factory=list)
    right: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, values in self.values.items():
            for value in values:
                self.place[name, value, -1, "begin"] = len(self.place)
                for month in range(12):
                    for part in PARTS:
                        self.place[name, value, month, part] = len(self.place)

    def cell(self, name: str, value: str, months: range, what: str) -> dict[int, float]:
        """A count as a sum of variables."""
        at = self.place
        match what:
            case "begin" | "end":
                until = months.start if what == "begin" else months.stop
                out = {at[name, value, -1, "begin"]: 1.0}
                for month in range(until):
                    out[at[name, value, month, "came"]] = 1.0
                    out[at[name, value, month, "gone"]] = out[at[name, value, month, "besides"]] = -1.0
                return out
            case "out":
                parts: tuple[str, ...] = ("gone", "besides")
            case "deciders":
                parts = ("renewed", "gone")
            case _:
                parts = (what,)
        return {at[name, value, month, part]: 1.0 for month in months for part in parts}

    def know(self, terms: dict[int, float], number: float) -> None:
        self.rows.append(terms)
        self.right.append(number)

    @cached_property
    def known(self) -> csr_array:
        """All equations as one matrix."""
        at = [(row, column, factor) for row, each in enumerate(self.rows) for column, factor in each.items()]
        row, column, factor = (np.array(each) for each in zip(*at, strict=True))
        return coo_array((factor, (row, column)), shape=(len(self.rows), len(self.place))).tocsr()

    def most(self, terms: dict[int, float]) -> float:
        """The largest a count can be."""
        cost = np.zeros(len(self.place))
        for at, factor in terms.items():
            cost[at] = -factor
        found = linprog(cost, A_eq=self.known, b_eq=self.right)
        return np.inf if found.status == 3 else float(-found.fun)


def months_of(first: object, last: object) -> range:
    return range(pd.Timestamp(str(first)).month - 1, pd.Timestamp(str(last)).month)


def attack(
    tables: Mapping[str, pd.DataFrame], same: Mapping[str, list[Block]], hide: Hidden, most_tried: int = 12
) -> list[tuple[object, ...]]:
    """Hidden counts under 20 that cannot be 20 or more, for all that anybody can know.

    What is gone without a decision follows for the whole institution, large or small; where it is small there, no table
    speaks of it, and its parts are not looked for.
    """
    solver = Solver({name: sorted(set(table["value"])) for name, table in tables.items()})
    small = []
    for name, table in tables.items():
        for row in table.to_dict("records"):
            months, by = months_of(row["first"], row["last"]), By(row["by"])
            for family, cells in FAMILIES.items():
                is_hidden = row["value"] in hide[name, family, by]
                for cell in cells:
                    terms = solver.cell(name, row["value"], months, cell)
                    if not is_hidden:
                        if cell != "besides":
                            solver.know(terms, row[cell])
                    elif row[cell] < SMALLEST_SHOWN and not (cell == "besides" and hide.get((EVERYBODY, cell, by))):
                        small.append((name, row["value"], row["period"], cell, terms))
    every = [(part, month) for month in range(12) for part in PARTS] + [("begin", -1)]
    for part, month in every:
        for name, values in solver.values.items():
            terms = {solver.place[name, value, month, part]: 1.0 for value in values}
            terms[solver.place[EVERYBODY, EVERYBODY, month, part]] = -1.0
            if name != EVERYBODY:
                solver.know(terms, 0.0)
            for block in same.get(name, ()):
                both = {solver.place[name, value, month, part]: 1.0 for value in block.values}
                solver.know(both | {solver.place[block.other, v, month, part]: -1.0 for v in block.others}, 0.0)
    rng = np.random.default_rng(0)
    tried = [small[n] for n in rng.permutation(len(small))[:most_tried]]
    return [found[:-1] for found in tried if solver.most(found[-1]) < SMALLEST_SHOWN - 1e-6]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.sampled_from([300, 900]), st.integers(2, 6))
def test_a_solver_that_knows_every_table_cannot_tell_that_a_hidden_count_is_under_20(
    seed: int, clients: int, branches: int
) -> None:
    told = world(seed, clients, branches)
    tables, same = tables_of(told), same_clients(told)

    assert attack(tables, same, hidden_of(tables, same)) == []


def test_the_solver_would_find_what_hiding_small_counts_alone_leaves_open() -> None:
    told = world(3, 900, 5)
    tables, same = tables_of(told), same_clients(told)
    alone: Hidden = {
        (name, family, by): frozenset(
            value
            for value, rows in table[table["by"] == by.value].groupby("value")
            if (rows[list(cells)] < SMALLEST_SHOWN).to_numpy().any()
        )
        for name, table in tables.items()
        for family, cells in FAMILIES.items()
        for by in By
    }

    assert attack(tables, same, alone)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([300, 900]), st.integers(2, 6))
def test_no_small_count_is_shown_nor_a_rate_of_one(seed: int, clients: int, branches: int) -> None:
    told = world(seed, clients, branches)
    tables = tables_of(told)
    hide = hidden_of(tables, same_clients(told))

    for name, table in tables.items():
        shown = figures.shown(table, name, hide)
        for count in figures.COUNTS:
            assert not (shown[count] < SMALLEST_SHOWN).any(), (name, count)
        small = (table["gone"] < SMALLEST_SHOWN) | (table["renewed"] < SMALLEST_SHOWN)
        assert shown.loc[small, ["f5_exit", "f5_low", "f5_high"]].isna().all(axis=None)
        assert shown.loc[table["out"] < SMALLEST_SHOWN, ["f1_dropout", "f2_dropout"]].isna().all(axis=None)


def test_a_large_institution_is_shown_in_full() -> None:
    told = world(1, 12_000, 2)
    tables = tables_of(told[told["kind"] != "z"])
    hide = hidden_of(tables, same_clients(told[told["kind"] != "z"]))

    assert not any(values for (_, family, _), values in hide.items() if family != "besides")


def one(*counts: tuple[str, int]) -> pd.DataFrame:
    """A table of one year with a count per value."""
    return pd.DataFrame([{"value": value, "by": "year", "period": "2023", "n": n} for value, n in counts])


def hide_years(
    tables: Mapping[str, pd.DataFrame], same: Mapping[str, list[Block]], **more: Hidden
) -> dict[str, set[str]]:
    found = suppression.hidden(tables, same, {"one": ("n",)}, **more)
    return {name: set(values) for (name, _, by), values in found.items() if by is By.YEAR}


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([("a", 20), ("b", 20)], set()),
        ([("a", 19), ("b", 25), ("c", 400)], {"a", "b"}),  # a alone would follow from the total
        ([("a", 9), ("b", 10), ("c", 400)], {"a", "b", "c"}),  # together they are 19
        ([("a", 0), ("b", 30), ("c", 400)], {"a", "b"}),  # that nobody is there is told by nobody
        ([("a", 12), ("b", 12), ("c", 400)], {"a", "b"}),
    ],
)
def test_what_is_hidden_beside_a_small_count(counts: list[tuple[str, int]], hidden: set[str]) -> None:
    assert hide_years({"t": one(*counts)}, {})["t"] == hidden


def test_a_branch_cannot_be_worked_out_from_its_area() -> None:
    branches = one(("b1", 90), ("b2", 10), ("b3", 80), ("b4", 8))
    areas = one(("rural", 100), ("urban", 88))
    same = blocks({("branch", "area"): [("b1", "rural"), ("b2", "rural"), ("b3", "urban"), ("b4", "urban")]})

    found = hide_years({"branch": branches, "area": areas}, same)

    # b2 and b4 hide each other in the whole table, but rural - b1 = b2.
    assert found == {"branch": {"b1", "b2", "b3", "b4"}, "area": set()}


def test_a_later_table_hides_itself_where_it_would_open_what_is_out_already() -> None:
    branches = one(("b1", 90), ("b2", 10), ("b3", 80), ("b4", 12))
    first = suppression.hidden({"branch": branches}, {}, {"one": ("n",)})
    same = blocks({("branch", "target"): [("b1", "yes"), ("b2", "yes"), ("b3", "no"), ("b4", "no")]})
    target = one(("yes", 100), ("no", 92))

    found = suppression.hidden({"branch": branches, "target": target}, same, {"one": ("n",)}, first)

    assert found["branch", "one", By.YEAR] == first["branch", "one", By.YEAR] == {"b2", "b4"}
    assert found["target", "one", By.YEAR] == {"yes", "no"}
