"""The snapshot: its shape, what it refuses, one client against the whole book, and what others' figures leave out."""

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rich_books
from hypothesis import given, settings
from hypothesis import strategies as st

from features import snapshot as snapshot_module
from features.book import Book
from features.catalogue import FAMILIES, FEATURES, names
from features.errors import DataError, UnreadableFile
from features.exit import ExitDefinition, Rule
from features.facts import COUNTED, KEYS, Facts
from features.schema import TABLES
from features.snapshot import LeakyQuery, Snapshot, snapshot, unknown_features

RULE = ExitDefinition()
ABOUT_OTHERS = [name for name, feature in FEATURES.items() if FAMILIES[feature.family].about_others]


def taken(
    tables: dict[str, pd.DataFrame], as_of: date, others: Facts | None = None, rule: ExitDefinition = RULE
) -> Snapshot:
    with Book.of(tables).known(as_of) as known:
        return snapshot(known, rule, others)


def same_bits(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    return left.to_numpy().tobytes() == right.to_numpy().tobytes() and left.index.equals(right.index)


def test_one_client_read_by_hand(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        clients="""
        client_id | joined_on
        ama       | 2023-12-01
        """,
        loans="""
        loan_id | client_id | disbursed_on | amount | due_on     | closed_on
        1       | ama       | 2024-01-01   | 100    | 2024-02-01 | 2024-01-25
        2       | ama       | 2024-02-01   | 150    | 2024-04-01 |
        """,
        instalments="""
        loan_id | due_on     | amount_due
        2       | 2024-03-01 | 80
        2       | 2024-04-01 | 80
        """,
        repayments="""
        loan_id | paid_on    | amount
        1       | 2024-01-25 | 110
        2       | 2024-03-05 | 50
        """,
    )

    with book.known(date(2024, 3, 11)) as known:
        found = snapshot(known, RULE).table.loc["ama"]

    expected = {
        "loans_taken": 2,
        "tenure_days": 70,
        "member_days": 101,
        "silence_days": 39,
        "gap_mean_days": 31,
        "loan_amount_step": 1.5,
        "last_loan_ended_early_days": 7,
        "days_to_loan_end": 21,
        "days_past_due": 10,
        "late_share_last3": 1,
        "paid_ahead_share": -30 / 160,
        "days_since_payment": 6,
        "rest_last_days": 7,
        "resting_days": 0,
    }
    assert {name: found[name] for name in expected} == expected
    assert np.isnan(found[["savings_balance", "days_since_contact", "group_size", "withdrawals_91d"]]).all()


def test_the_table_has_the_catalogues_columns_in_order_and_clients_in_order() -> None:
    tables, as_of = rich_books.draw(3, 20)

    found = taken(tables, as_of)

    assert tuple(found.table.columns) == names()
    assert (found.table.dtypes == np.float64).all()
    assert list(found.table.index) == sorted(found.table.index) == list(found.population["client_id"])
    assert not np.isinf(found.table.to_numpy()).any()
    assert found.as_of == as_of


@settings(max_examples=3, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_changes_no_bit(seed: int) -> None:
    tables, as_of = rich_books.draw(seed, 20)

    assert same_bits(taken(tables, as_of).table, taken(rich_books.shuffled(tables, seed), as_of).table)


def test_nobody_at_risk_gives_an_empty_table() -> None:
    tables, as_of = rich_books.draw(3, 5)

    found = taken(tables, as_of - timedelta(days=3000))

    assert found.table.shape == (0, len(names()))
    assert (found.table.dtypes == np.float64).all()


NEEDS = sorted({need for feature in FEATURES.values() for need in feature.needs})


@pytest.mark.parametrize("table", sorted({need.partition(".")[0] for need in NEEDS} - {"loans"}))
def test_what_a_missing_table_would_tell_is_not_known_and_never_nought(
    table: str, whole: tuple[dict[str, pd.DataFrame], date]
) -> None:
    tables, as_of = whole
    without = {name: data for name, data in tables.items() if name != table}

    found = taken(without, as_of).table

    lacking = [n for n, feature in FEATURES.items() if table in {need.partition(".")[0] for need in feature.needs}]
    assert lacking
    assert found[lacking].isna().all(axis=None)
    assert set(lacking) == set(unknown_features({name: frozenset(data.columns) for name, data in without.items()}))


def test_what_a_missing_column_would_tell_is_not_known_and_never_nought(
    whole: tuple[dict[str, pd.DataFrame], date],
) -> None:
    tables, as_of = whole
    columns = [need.split(".") for need in NEEDS if "." in need]
    without = {name: data.drop(columns=[c for t, c in columns if t == name]) for name, data in tables.items()}

    found = taken(without, as_of).table

    lacking = [n for n, feature in FEATURES.items() if any("." in need for need in feature.needs)]
    assert found[lacking].isna().all(axis=None)
    assert set(lacking) == set(unknown_features({name: frozenset(data.columns) for name, data in without.items()}))
    assert found["withdrawals_91d"].notna().all()


@pytest.fixture(scope="module")
def whole() -> tuple[dict[str, pd.DataFrame], date]:
    return rich_books.draw(7, 25)


def test_loans_alone_are_enough(whole: tuple[dict[str, pd.DataFrame], date]) -> None:
    tables, as_of = whole

    found = taken({name: tables[name] for name in ("clients", "loans")}, as_of).table

    assert found["silence_days"].notna().all()
    assert found.isna().all().sum() >= 60


def own_rows(tables: dict[str, pd.DataFrame], client: str) -> dict[str, pd.DataFrame]:
    """What would be posted for one client: her rows in every table that has any, and no reference table."""
    loans = set(tables["loans"].loc[tables["loans"]["client_id"] == client, "loan_id"])
    mine = {}
    for name, data in tables.items():
        if "client_id" in data.columns:
            kept = data[data["client_id"] == client]
        elif "loan_id" in data.columns:
            kept = data[data["loan_id"].isin(loans)]
        else:
            continue
        if len(kept) or name in ("clients", "loans"):
            mine[name] = kept.reset_index(drop=True)
    return mine


@settings(max_examples=3, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.booleans())
def test_one_clients_own_rows_and_stored_facts_give_the_bits_of_the_whole_book(seed: int, lacking: bool) -> None:
    tables, as_of = rich_books.draw(seed, 25, lacking=lacking)
    full = taken(tables, as_of)

    for client in random.Random(seed).sample(list(full.table.index), min(3, len(full.table))):
        alone = taken(full.facts.complete(own_rows(tables, client)), as_of, others=full.facts)

        assert same_bits(alone.table, full.table.loc[[client]])


def test_posted_rows_take_the_place_of_the_stored_ones(whole: tuple[dict[str, pd.DataFrame], date]) -> None:
    tables, as_of = whole
    full = taken(tables, as_of)
    client = full.table.index[0]
    before = {name: data.copy() for name, data in tables.items()}
    before["loans"].loc[before["loans"]["client_id"] == client, "product_id"] = None
    earlier = taken(before, as_of).facts

    alone = taken(full.facts.complete(own_rows(tables, client)), as_of, others=earlier)

    assert same_bits(alone.table, full.table.loc[[client]])


def test_facts_come_back_from_disk_as_they_were(tmp_path: Path, whole: tuple[dict[str, pd.DataFrame], date]) -> None:
    tables, as_of = whole
    full = taken(tables, as_of)
    full.facts.save(tmp_path / "facts.parquet")

    back = Facts.load(tmp_path / "facts.parquet")
    client = full.table.index[-1]
    alone = taken(back.complete(own_rows(tables, client)), as_of, others=back)

    assert back.as_of == as_of
    assert back.present == full.facts.present
    assert same_bits(alone.table, full.table.loc[[client]])


def test_facts_hold_keys_and_whole_numbers_and_no_money(whole: tuple[dict[str, pd.DataFrame], date]) -> None:
    facts = taken(*whole).facts.table

    assert list(facts.columns) == ["client_id", *KEYS, *COUNTED]
    assert (facts[list(COUNTED)].dtypes == np.int64).all()
    assert facts["client_id"].is_monotonic_increasing


def test_facts_of_another_date_or_a_damaged_file_are_refused(
    tmp_path: Path, whole: tuple[dict[str, pd.DataFrame], date]
) -> None:
    tables, as_of = whole
    facts = taken(tables, as_of).facts
    facts.save(tmp_path / "facts.parquet")
    content = (tmp_path / "facts.parquet").read_bytes()
    (tmp_path / "facts.parquet").write_bytes(content[: len(content) // 2])

    with pytest.raises(DataError, match="cannot serve"):
        taken(tables, as_of, others=replace(facts, as_of=as_of - timedelta(days=1)))
    with pytest.raises(UnreadableFile, match=r"facts\.parquet cannot be read as facts"):
        Facts.load(tmp_path / "facts.parquet")
    with pytest.raises(UnreadableFile, match="cannot be read as facts"):
        Facts.load(tmp_path / "missing.parquet")


@pytest.mark.parametrize("seed", range(4))
def test_no_row_of_her_own_changes_what_is_said_of_others(seed: int) -> None:
    tables, as_of = rich_books.draw(seed, 20)
    full = taken(tables, as_of).table
    client = random.Random(seed).choice(list(full.index))
    loans = tables["loans"]
    newest = loans[loans["client_id"] == client].sort_values(["disbursed_on", "loan_id"])["product_id"].iloc[-1]
    other, _ = rich_books.draw(seed + 1000, 20)
    changed = {}
    for name, data in tables.items():
        mine = own_rows(tables, client).get(name, data.iloc[:0])
        kept = data[~data.apply(tuple, axis=1).isin(mine.apply(tuple, axis=1))] if len(mine) else data
        donor = (
            own_rows(other, "c00").get(name, data.iloc[:0]).assign(client_id=client)[list(data.columns)]
            if "client_id" in data
            else None
        )
        keys = name in ("clients", "assignments", "memberships")
        changed[name] = data if keys or donor is None else pd.concat([kept, donor], ignore_index=True)
    changed["loans"].loc[changed["loans"]["client_id"] == client, "product_id"] = newest
    changed["loans"].loc[changed["loans"]["client_id"] == client, "closed_on"] = None
    changed["loans"].loc[changed["loans"]["client_id"] == client, "known_on"] = None
    changed["loans"].loc[changed["loans"]["client_id"] == client, "disbursed_on"] = as_of.isoformat()

    found = taken(changed, as_of).table

    assert found.loc[client, "silence_days"] == 0
    pd.testing.assert_series_equal(found.loc[client, ABOUT_OTHERS], full.loc[client, ABOUT_OTHERS], check_exact=True)


LEAKS = {
    "a raw table": "(SELECT count(*) FROM raw.loans)",
    "a table of the main schema": "(SELECT count(*) FROM main.given_loans)",
    "a table that is no view": "(SELECT count(*) FROM given_loans)",
    "a table behind its own name": "(WITH given_loans AS (FROM given_loans) SELECT count(*) FROM given_loans)",
    "a catalogue": "(SELECT count(*) FROM information_schema.tables)",
    "a table function": "(SELECT count(*) FROM read_csv('x.csv'))",
    "a file": "(SELECT count(*) FROM 'x.parquet')",
    "a query in text": "(SELECT count(*) FROM query('SELECT 1'))",
    "today": "current_date",
    "now": "now()",
    "chance": "random()",
    "the machine": "getenv('HOME')",
}


@pytest.fixture(scope="module")
def small() -> Book:
    return Book.of({name: data for name, data in rich_books.draw(3, 4)[0].items() if name in ("clients", "loans")})


def planted(folder: Path, family: str, leak: str) -> None:
    shutil.copytree(snapshot_module.FOLDER, folder)
    file = folder / f"{family}.sql"
    sql = file.read_text(encoding="utf-8")
    assert "SELECT at_risk.client_id," in sql
    file.write_text(
        sql.replace("SELECT at_risk.client_id,", f"SELECT at_risk.client_id, {leak} AS x,"), encoding="utf-8"
    )


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_a_leak_is_refused_before_the_query_runs(
    leak: str, small: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path / "sql", "borrowing", leak)
    monkeypatch.setattr(snapshot_module, "FOLDER", tmp_path / "sql")

    with small.known(date(2024, 6, 1)) as known, pytest.raises(LeakyQuery, match="borrowing"):
        snapshot(known, RULE)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_may_read_a_raw_table(
    family: str, small: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path / "sql", family, "(SELECT count(*) FROM raw.loans)")
    monkeypatch.setattr(snapshot_module, "FOLDER", tmp_path / "sql")

    with small.known(date(2024, 6, 1)) as known, pytest.raises(LeakyQuery, match=r"reads raw\.loans"):
        snapshot(known, RULE)


@pytest.mark.parametrize("family", [name for name, content in FAMILIES.items() if content.about_others])
@pytest.mark.parametrize("table", ["loans", "lent", "clients"])
def test_a_family_about_others_sees_sums_and_nobodys_rows(
    family: str, table: str, small: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path / "sql", family, f"(SELECT count(*) FROM {table})")
    monkeypatch.setattr(snapshot_module, "FOLDER", tmp_path / "sql")

    with small.known(date(2024, 6, 1)) as known, pytest.raises(LeakyQuery, match=f"reads {table}"):
        snapshot(known, RULE)


@pytest.mark.parametrize("family", [name for name, content in FAMILIES.items() if not content.about_others])
def test_a_family_about_the_client_sees_no_sums_over_others(
    family: str, small: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path / "sql", family, "(SELECT count(*) FROM around)")
    monkeypatch.setattr(snapshot_module, "FOLDER", tmp_path / "sql")

    with small.known(date(2024, 6, 1)) as known, pytest.raises(LeakyQuery, match="reads around"):
        snapshot(known, RULE)


@pytest.mark.parametrize(
    "name", [name for name, feature in FEATURES.items() if not FAMILIES[feature.family].about_others]
)
def test_another_clients_rows_change_nothing_of_her_own(name: str, alone: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    full, without_others = alone

    assert full[name].to_numpy().tobytes() == without_others[name].to_numpy().tobytes()


@pytest.fixture(scope="module")
def alone() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Own features of four clients from the whole book, and from books that know nobody else."""
    tables, as_of = rich_books.draw(11, 25)
    full = taken(tables, as_of)
    chosen = list(full.table.index)[:4]
    single = [taken(full.facts.complete(own_rows(tables, client)), as_of).table for client in chosen]
    return full.table.loc[chosen], pd.concat(single)


def test_the_dormancy_rule_has_the_same_columns() -> None:
    tables, as_of = rich_books.draw(3, 20)

    found = taken(tables, as_of, rule=ExitDefinition(rule=Rule.DORMANCY, active_days=120))

    assert tuple(found.table.columns) == names()
    assert (found.table["silence_days"] < 120).all()


def test_one_client_with_ten_thousand_loans_is_read_in_time() -> None:
    days = [(date(1997, 1, 1) + timedelta(days=n)).isoformat() for n in range(10_000)]
    loans = pd.DataFrame(
        {"loan_id": range(10_000), "client_id": "ama", "disbursed_on": days, "amount": "10", "closed_on": days}
    )

    found = taken(
        {"clients": pd.DataFrame({"client_id": ["ama"], "joined_on": ["1997-01-01"]}), "loans": loans},
        date(2024, 5, 18),
    )

    assert found.table.loc["ama", "loans_taken"] == 10_000
    assert found.table.loc["ama", "gap_mean_days"] == 1
    assert len(TABLES) >= 12
