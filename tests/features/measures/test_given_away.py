"""Nobody who holds all tables of all weeks can tell of a count under 20 that it is: a solver tries.

The worlds are drawn month by month. The tables are cut and hidden by the code that gives them out.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.exit import ExitDefinition
from features.measures import figures, suppressed_periods
from features.measures.edges import Edges
from features.measures.episodes import Span
from features.measures.flows import EVERYBODY, MOVES, by_period
from features.measures.institution import leaver_types_shown
from features.measures.periods import By, Maturity, Period
from features.measures.published import hidden_of_tables
from features.measures.suppressed_periods import FAMILIES, Hidden, final
from features.measures.suppression import SMALLEST_SHOWN, Block, blocks
from tests.features.measures.attacker import DECIDED, PARTS, TYPES, WENT, Attacker, Derived, derived

RULE = ExitDefinition(grace_days=30)
MONTHS = pd.date_range("2023-01-01", periods=18, freq="MS")
BEFORE = 6
SHARES = {"came": 0.09, "renewed": 0.2, "gone": 0.05, "besides": 0.04, "paid_off": 0.2, "follow_on": 0.2}
UNDECIDED = ("DIED", "WO", "XFER")
SEGMENTS = ("branch", "area", "kind", "product")
Tables = dict[str, pd.DataFrame]


def world(seed: int, clients: int, branches: int) -> pd.DataFrame:
    """What happened: area follows from the branch, kind in part, product from the loan alone."""
    rng = np.random.default_rng(seed)
    branch = rng.choice(branches, clients, p=rng.dirichlet(np.full(branches, 0.7)))
    people = {
        "branch": np.array([f"b{n}" for n in range(branches)])[branch],
        "area": np.where(branch < branches // 2, "rural", "urban"),
        "kind": np.where(branch == 0, "z", rng.choice(["x", "y", "z"], clients, p=[0.8, 0.17, 0.03])),
    }
    rows = []
    for month in range(-BEFORE, len(MONTHS)):
        busy = rng.uniform(0.5, 1.5)
        for part, share in SHARES.items():
            size = share * (4 if month < 0 and part == "came" else busy)
            rows += [(who, month, part) for who in np.flatnonzero(rng.random(clients) < size)]
    told = pd.DataFrame(rows, columns=["who", "month", "part"])
    told["product"] = rng.choice(["P1", "P2", "P3", "P4"], len(told), p=[0.6, 0.25, 0.1, 0.05])
    ways = (
        rng.choice([*UNDECIDED], len(told), p=[0.3, 0.6, 0.1]),
        rng.choice(["VOL", "MOVED"], len(told), p=[0.85, 0.15]),
    )
    told["way"] = np.where(told["part"] == "besides", *ways)
    return pd.concat([told, *(pd.Series(v[told["who"]], name=k) for k, v in people.items())], axis=1)


def cut(told: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table of complete periods, all of them final."""
    value = pd.Series(EVERYBODY, index=told.index) if name == EVERYBODY else told["way" if name == TYPES else name]
    month = pd.date_range(MONTHS[0] - pd.DateOffset(months=BEFORE), periods=BEFORE + len(MONTHS), freq="MS")
    counted = told.assign(value=value, month=month[told["month"] + BEFORE], n=1)
    if name == TYPES:
        counted = counted[counted["part"].isin(["gone", "besides"])]
    wide = counted.pivot_table(index=["value", "month"], columns="part", values="n", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=list(PARTS), fill_value=0)
    wide["out"], wide["deciders"] = wide["gone"] + wide["besides"], wide["renewed"] + wide["gone"]
    wide["loans"], wide["open"] = wide["came"] + wide["follow_on"], 0
    span = Span(begins=date(2022, 11, 1), settled=date(2024, 12, 31), lag_days=0)
    parts = [by_period(wide[list(MOVES)], by, span, RULE, date(2024, 12, 31)) for by in By]
    return final(figures.counted(pd.concat(parts, ignore_index=True)))


def tables_of(told: pd.DataFrame) -> Tables:
    found = {name: cut(told, name) for name in (EVERYBODY, *SEGMENTS)}
    keep = ["value", "period", "by", "first", "last", "maturity", "final_from", "deciders", *DECIDED]
    found["product"] = found["product"][keep]
    types = cut(told, TYPES)
    return found | {TYPES: types[["value", "period", "by", "first", "last", "maturity", "out"]]}


def on(tables: Tables, day: date) -> Tables:
    """What is final of them on a day: a month when its quarter is."""
    last = {
        name: [
            Period.of(By.QUARTER, first).last if by == By.MONTH else last
            for by, first, last in zip(table["by"], table["first"], table["last"], strict=True)
        ]
        for name, table in tables.items()
    }
    return {name: table[[each <= day for each in last[name]]] for name, table in tables.items()}


def same_clients(told: pd.DataFrame) -> dict[str, list[Block]]:
    pairs = {
        (one, two): list(told[[one, two]].drop_duplicates().itertuples(index=False, name=None))
        for at, one in enumerate(SEGMENTS)
        for two in SEGMENTS[at + 1 :]
    }
    return blocks(pairs)


def given_out(tables: Tables, same: Mapping[str, list[Block]]) -> Tables:
    """As the measures are given out."""
    cuts = {name: table for name, table in tables.items() if name not in (EVERYBODY, TYPES)}
    return with_rule(tables, hidden_of_tables(tables[EVERYBODY], cuts, dict(same)))


def with_rule(tables: Tables, hide: Hidden) -> Tables:
    found = {name: figures.shown(table, name, hide) for name, table in tables.items() if name != TYPES}
    return found | {TYPES: leaver_types_shown(tables[TYPES], hide, RULE)}


def small_ones_alone(tables: Tables) -> Hidden:
    """The rule one thinks of first: hide what is small, and nothing else."""
    return {
        (name, family, By(row["by"]), row["period"]): frozenset(
            each["value"]
            for each in rows.to_dict("records")
            if any(each[cell] < SMALLEST_SHOWN for cell in cells if cell in each and cell != "besides")
        )
        for name, table in tables.items()
        if name != TYPES
        for family, cells in FAMILIES.items()
        if cells[0] in table
        for _, rows in table.groupby(["by", "period"])
        for row in [rows.iloc[0].to_dict()]
    }


def always_or_never(tables: Tables) -> Hidden:
    """Hide a value at a length of period if it was ever small at that length."""
    hide = small_ones_alone(tables)
    ever = {
        key[:3]: frozenset().union(*(values for other, values in hide.items() if other[:3] == key[:3])) for key in hide
    }
    return {key: ever[key[:3]] for key in hide}


def attack(
    truth: Tables, same: Mapping[str, list[Block]], *published: Tables, most_tried: int | None = None, by: str = ""
) -> list[Derived]:
    parts = dict.fromkeys(truth, PARTS) | {"product": DECIDED, TYPES: WENT}
    values = {name: sorted(set(table["value"])) for name, table in truth.items()}
    attacker = Attacker(values, parts, MONTHS)
    for tables in published:
        for name, table in tables.items():
            if name == TYPES:
                attacker.read(TYPES, table.rename(columns={"out": "went"}), WENT)
            else:
                attacker.read(name, table, [count for count in figures.COUNTS if count in table])
    attacker.add_up(same)
    attacker.types_add_up(UNDECIDED)
    asked = truth | {TYPES: truth[TYPES].rename(columns={"out": "went"})}
    return derived(attacker, asked, most_tried, by)


WORLDS = (st.integers(0, 10_000), st.sampled_from([400, 900, 2_500]), st.integers(2, 6))
#: Days on which a quarter has just become final, and one in the middle of the next.
DAYS = (*(date(2023 + n // 12, n % 12 + 1, 28) for n in range(3, 18, 3)), date(2024, 6, 30))


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(*WORLDS)
def test_no_count_under_20_can_be_told_from_all_tables_of_all_weeks(seed: int, clients: int, branches: int) -> None:
    told = world(seed, clients, branches)
    tables, same = on(tables_of(told), DAYS[-1]), same_clients(told)

    weeks = [given_out(on(tables, day), same) for day in DAYS]

    assert attack(tables, same, *weeks, most_tried=12) == []


def test_no_small_count_is_shown_nor_a_rate_of_one() -> None:
    told = world(5, 900, 4)
    tables = on(tables_of(told), DAYS[-1])
    assert (tables["branch"]["gone"] < SMALLEST_SHOWN).any()

    for name, shown in given_out(tables, same_clients(told)).items():
        counts = ["out"] if name == TYPES else [count for count in figures.COUNTS if count in shown]
        assert not (shown[counts] < SMALLEST_SHOWN).any(axis=None), name
        if name != TYPES:
            truth = tables[name].reset_index(drop=True)
            small = (truth["gone"] < SMALLEST_SHOWN) | (truth["renewed"] < SMALLEST_SHOWN)
            assert shown.loc[small, ["f5_exit", "f5_low", "f5_high"]].isna().all(axis=None), name


def test_a_large_institution_is_shown_in_full() -> None:
    told = world(1, 9_000, 2)
    told = told[(told["kind"] != "z") | (told["branch"] == "b0")]
    tables = {name: on(tables_of(told), DAYS[-1])[name] for name in (EVERYBODY, "area", TYPES)}
    tables = {name: table[table["by"] != By.MONTH] for name, table in tables.items()}

    for name, shown in given_out(tables, {}).items():
        assert shown["out"].notna().mean() > 0.6, name


# Rules that are weaker than the one in force: the same attacker, who finds nothing against that one, wins against each.


def test_the_attacker_wins_where_small_counts_alone_are_hidden() -> None:
    tables, same = drawn(3, 2_500, 4)

    found = attack(tables, same, with_rule(tables, small_ones_alone(tables)), most_tried=10)

    assert any(each.exactly for each in found)


def test_the_attacker_wins_where_areas_are_not_known_to_be_made_of_branches() -> None:
    tables, same = drawn(4, 2_500, 6)

    assert attack(tables, same, given_out(tables, {}), most_tried=30)


def test_the_attacker_wins_where_a_year_is_shown_beside_its_quarters(monkeypatch: pytest.MonkeyPatch) -> None:
    tables, same = drawn(8, 2_500, 4)
    monkeypatch.setattr(suppressed_periods, "_given_away", lambda *_, **__: frozenset())

    found = attack(tables, same, given_out(tables, same), most_tried=30, by=By.QUARTER)

    assert any(each.exactly for each in found)


def test_the_attacker_wins_where_every_week_hides_anew_what_was_ever_small() -> None:
    """A value shown by month always or never: what was shown last week and the new quarter tell the newest month."""
    tables, same = drawn(6, 6_000, 4)

    weeks = [with_rule(on(tables, day), always_or_never(on(tables, day))) for day in DAYS]

    assert any(each.exactly for each in attack(tables, same, *weeks, most_tried=10))


def test_the_attacker_wins_where_the_end_of_one_quarter_and_the_begin_of_the_next_hide_other_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables, same = drawn(31, 2_500, 6)

    def told() -> list[Derived]:
        return attack(tables, same, *(given_out(on(tables, day), same) for day in DAYS), most_tried=40)

    assert told() == []
    monkeypatch.setattr(Edges, "lacking", lambda *_: {})
    assert any(each.count == "end" and each.exactly for each in told())


def drawn(seed: int, clients: int, branches: int) -> tuple[Tables, Mapping[str, list[Block]]]:
    told = world(seed, clients, branches)
    return on(tables_of(told), DAYS[-1]), same_clients(told)


@pytest.mark.parametrize(("besides", "shown"), [(0, True), (7, False), (25, True)])
def test_head_counts_are_hidden_where_few_went_without_a_decision_and_not_where_no_register_tells_of_any(
    besides: int, shown: bool
) -> None:
    count = {"begin": 500, "came": 60, "out": 50 + besides, "end": 510 - besides, "deciders": 90, "renewed": 40}
    more = {"gone": 50, "paid_off": 90, "follow_on": 40, "loans": 90, "besides": besides}
    when = {"value": EVERYBODY, "by": "quarter", "period": "2024-Q1", "first": date(2024, 1, 1)}
    until = {"last": date(2024, 3, 31), "maturity": Maturity.FINAL.value, "final_from": date(2024, 7, 1)}
    everybody = pd.DataFrame([when | until | count | more])

    found = figures.shown(everybody, EVERYBODY, hidden_of_tables(everybody, {}, {})).iloc[0]

    assert pd.notna(found["f1_dropout"]) == shown
    assert pd.notna(found["f5_exit"])
