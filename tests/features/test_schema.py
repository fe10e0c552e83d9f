"""The canonical schema is complete, agrees with itself, and is what the manual says."""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from features.connectors.files import Layout
from features.connectors.grammar import OPERATORS, ColumnRule, Files, TableRule, Take
from features.connectors.mapping import load_mapping, parse_mapping
from features.schema import SQL_TYPES, TABLES, manual

ROOT = Path(__file__).resolve().parents[2]
MAPPINGS = sorted(path for path in (ROOT / "docs/books").glob("*.toml") if not path.name.endswith(".recipe.toml"))
COLUMNS = [(table, column) for table, spec in TABLES.items() for column in spec.columns]


def test_the_manual_page_is_made_from_the_schema() -> None:
    page = (ROOT / "docs/book.md").read_text(encoding="utf-8")
    assert page == manual(), "docs/book.md is stale; run `make docs`"


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_every_column_has_a_kind_and_a_sentence(table: str, column: str) -> None:
    spec = TABLES[table].columns[column]
    assert spec.kind in SQL_TYPES
    assert re.fullmatch(r"[A-Z].*\.", spec.meaning)
    assert not (spec.kind == "money" and not spec.unit), "money needs a unit"
    assert not (spec.one_of and spec.kind != "text")
    assert re.fullmatch(r"[a-z_]+", column)


@pytest.mark.parametrize("table", TABLES)
def test_keys_dates_and_parents_are_columns_there_are(table: str) -> None:
    spec = TABLES[table]
    assert all(spec.columns[key].required for key in spec.key)
    assert spec.about is None or spec.columns[spec.about].kind == "date"
    assert (spec.about is None) == ("known_on" not in spec.columns)
    for column, (parent, key) in spec.parents.items():
        assert spec.columns[column].required
        assert TABLES[parent].key == (key,)


def test_only_clients_and_loans_are_required() -> None:
    assert [name for name, spec in TABLES.items() if spec.required] == ["clients", "loans"]


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_the_mappings_that_are_shipped_can_be_read(path: Path) -> None:
    mapping = load_mapping(path)
    assert mapping.name == path.stem
    assert {"clients", "loans"} <= set(mapping.tables)


def test_the_mapping_shown_in_the_manual_can_be_read() -> None:
    page = (ROOT / "docs/book-mapping.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    first = parse_mapping(tomllib.loads(blocks[0]), "manual")
    assert (first.name, sorted(first.tables)) == ("north", ["clients", "loans"])
    assert all(tomllib.loads(block) for block in blocks)


def test_the_manual_of_the_mapping_names_every_key_of_the_grammar() -> None:
    page = (ROOT / "docs/book-mapping.md").read_text(encoding="utf-8")
    fields = {each.name for part in (Files, Layout, TableRule, ColumnRule) for each in dataclasses.fields(part)}
    words = (fields - {"layout", "sources"}) | {"from", *OPERATORS, *get_args(Take)}
    assert sorted(word for word in words if not re.search(rf"\b{word}\b", page)) == []
