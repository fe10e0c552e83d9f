"""The three proofs, over every feature there is: truncation, later rows, slow against fast."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

import pandas as pd
import pytest
import rich_books
import slow_engine
from hypothesis import given, settings
from hypothesis import strategies as st
from later_rows import with_later_rows
from undone import undone

from features import book as book_module
from features import snapshot as snapshot_module
from features.book import Book
from features.catalogue import FAMILIES, FEATURES, names
from features.exit import ExitDefinition, Rule
from features.schema import TABLES
from features.snapshot import Snapshot, snapshot

#: The figures of the proofs are made once and read by every test, so all of them run in one process.
pytestmark = pytest.mark.xdist_group("proofs")

DEFINITIONS = (
    ExitDefinition(),
    ExitDefinition(grace_days=400),
    ExitDefinition(rule=Rule.DORMANCY, active_days=200),
)
SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
CLIENTS = st.integers(min_value=1, max_value=14)
RULES = st.sampled_from(DEFINITIONS)
few = settings(max_examples=4, deadline=None, derandomize=True)

#: Books on which each feature by itself is proved; enough of them for every feature to take several values.
BOOKS = 4


def taken(tables: dict[str, pd.DataFrame], as_of: date, rule: ExitDefinition) -> Snapshot:
    with Book.of(tables).known(as_of) as known:
        return snapshot(known, rule)


def differing(left: Snapshot, right: Snapshot) -> list[str]:
    """Features whose figures are not the same bits, or the population if that is another."""
    if not left.population.equals(right.population):
        return ["population"]
    return [name for name in names() if left.table[name].to_numpy().tobytes() != right.table[name].to_numpy().tobytes()]


@dataclass
class Proof:
    """What the proofs found: feature to the seeds of the books it failed on, and all its figures."""

    copied: dict[str, list[int]]
    later: dict[str, list[int]]
    slow: dict[str, list[int]]
    figures: pd.DataFrame


@pytest.fixture(scope="module")
def proof() -> Proof:
    copied, later, slow = ({name: [] for name in names()} for _ in range(3))
    figures = []
    for seed in range(BOOKS):
        tables, as_of = rich_books.draw(seed, 50)
        rule = DEFINITIONS[seed % len(DEFINITIONS)]
        full = taken(tables, as_of, rule)
        figures.append(full.table)
        for name in differing(full, taken(undone(tables, as_of), as_of, rule)):
            copied[name].append(seed)
        for name in differing(full, taken(with_later_rows(tables, as_of, seed), as_of, rule)):
            later[name].append(seed)
        plain = slow_engine.snapshot(tables, as_of, list(full.table.index))
        for name in names():
            agree = (plain[name] - full.table[name]).abs() <= 1e-9 * plain[name].abs().clip(lower=1)
            if not (agree | (plain[name].isna() & full.table[name].isna())).all():
                slow[name].append(seed)
    return Proof(copied, later, slow, pd.concat(figures))


@pytest.mark.parametrize("name", FEATURES)
def test_a_book_copied_on_the_date_gives_the_same_bits(name: str, proof: Proof) -> None:
    assert proof.copied[name] == []


@pytest.mark.parametrize("name", FEATURES)
def test_what_is_entered_later_changes_nothing(name: str, proof: Proof) -> None:
    assert proof.later[name] == []


@pytest.mark.parametrize("name", FEATURES)
def test_the_slow_form_written_from_the_sentence_agrees(name: str, proof: Proof) -> None:
    assert callable(slow_engine.slow(name))
    assert proof.slow[name] == []


@pytest.mark.parametrize("name", FEATURES)
def test_the_books_of_the_proofs_give_the_feature_several_values(name: str, proof: Proof) -> None:
    known = proof.figures[name].dropna()

    assert known.nunique() >= 2
    assert len(known) >= 10


@few
@given(SEEDS, CLIENTS, RULES)
def test_features_equal_those_of_a_book_copied_on_the_date(seed: int, clients: int, rule: ExitDefinition) -> None:
    tables, as_of = rich_books.draw(seed, clients)

    assert differing(taken(tables, as_of, rule), taken(undone(tables, as_of), as_of, rule)) == []


@few
@given(SEEDS, CLIENTS, RULES, SEEDS)
def test_later_backdated_reversed_and_corrected_rows_change_nothing(
    seed: int, clients: int, rule: ExitDefinition, later: int
) -> None:
    tables, as_of = rich_books.draw(seed, clients)

    assert differing(taken(tables, as_of, rule), taken(with_later_rows(tables, as_of, later), as_of, rule)) == []


@few
@given(SEEDS, CLIENTS, RULES)
def test_the_slow_engine_agrees_also_where_tables_and_columns_are_missing(
    seed: int, clients: int, rule: ExitDefinition
) -> None:
    tables, as_of = rich_books.draw(seed, clients, lacking=True)

    fast = taken(tables, as_of, rule).table
    slow = slow_engine.snapshot(tables, as_of, list(fast.index))

    pd.testing.assert_frame_equal(fast, slow, check_names=False, rtol=1e-9, atol=1e-9)


DATED = [name for name, table in TABLES.items() if table.about is not None]


@pytest.mark.parametrize("table", DATED)
def test_a_view_that_forgets_when_rows_were_entered_is_found_out(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    view: Callable[..., str] = book_module._view
    entered = re.compile(r"(?<!loan\.)(\bknown_on|\bchild\.known_on|coalesce\(child\.known_on, \S+\)) <= DATE \S+ AND ")

    def forgetful(name: str, *rest: object) -> str:
        sql = view(name, *rest)
        assert name != table or entered.search(sql)
        return entered.sub("", sql) if name == table else sql

    def caught(seed: int) -> bool:
        tables, as_of = rich_books.draw(seed, 50)
        changed = (undone(tables, as_of), with_later_rows(tables, as_of, seed))
        rule = DEFINITIONS[seed % len(DEFINITIONS)]
        full = taken(tables, as_of, rule)
        return any(differing(full, taken(data, as_of, rule)) for data in changed)

    monkeypatch.setattr(book_module, "_view", forgetful)

    assert any(caught(seed) for seed in (1, 2, 3))


@pytest.fixture(scope="module")
def found_out(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the truncation proof names when every family's first feature counts a raw table, past the guard."""
    folder = tmp_path_factory.mktemp("planted") / "sql"
    shutil.copytree(snapshot_module.FOLDER, folder)
    for family, content in FAMILIES.items():
        file = folder / f"{family}.sql"
        name = content.features[0].name
        clean = file.read_text(encoding="utf-8")
        sql = clean.replace(
            "SELECT at_risk.client_id,", "SELECT at_risk.client_id, (SELECT count(*) FROM raw.loans) AS x,"
        )
        assert sql != clean
        file.write_text(f"SELECT * EXCLUDE (x) REPLACE (x AS {name}) FROM ({sql}) AS planted", encoding="utf-8")
    tables, as_of = rich_books.draw(1, 50)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot_module, "FOLDER", folder)
        patch.setattr(snapshot_module, "refuse_leak", lambda *_: None)
        return differing(*(taken(data, as_of, DEFINITIONS[0]) for data in (tables, undone(tables, as_of))))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_leak_planted_in_a_family_past_the_guard_is_found_out(family: str, found_out: list[str]) -> None:
    assert FAMILIES[family].features[0].name in found_out


#: What people find out comes back as rows of these.
RETURNED = ("contacts", "departures")


@few
@given(SEEDS, CLIENTS, RULES, st.randoms(use_true_random=False))
def test_rows_that_are_joined_to_a_book_count_as_if_they_had_always_stood_in_it(
    seed: int, clients: int, rule: ExitDefinition, dice: Random
) -> None:
    tables, as_of = rich_books.draw(seed, clients)
    joined = {name: tables[name].loc[[row for row in tables[name].index if dice.random() < 0.5]] for name in RETURNED}
    own = {name: data.drop(joined[name].index) if name in joined else data for name, data in tables.items()}

    with Book.of(own).with_rows(joined).known(as_of) as known:
        assert differing(taken(tables, as_of, rule), snapshot(known, rule)) == []


@few
@given(SEEDS, CLIENTS, RULES, SEEDS)
def test_rows_that_are_joined_later_or_undone_later_change_nothing(
    seed: int, clients: int, rule: ExitDefinition, later: int
) -> None:
    tables, as_of = rich_books.draw(seed, clients)
    seen_later = with_later_rows(tables, as_of, later)
    own = {name: data.iloc[:0] if name in RETURNED else data for name, data in tables.items()}
    joined = {name: seen_later[name] for name in RETURNED}

    with Book.of(own).with_rows(joined).known(as_of) as known:
        assert differing(taken(tables, as_of, rule), snapshot(known, rule)) == []
