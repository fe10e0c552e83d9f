"""Rows carried from one kind of database to another, and lines that are not rows."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from filled import ROWS, fill
from sqlalchemy import insert, select

from features.errors import StorageError
from serving.store.database import Store, open_store
from serving.store.portable import as_lines, load, row_count, tables_of
from serving.store.tables import facts, issues, metadata

Dump = dict[str, list[bytes]]


def dumped(store: Store) -> Dump:
    with store.read() as connection:
        return {table.name: list(as_lines(connection, table)) for table in tables_of(connection)}


def loaded(store: Store, dump: Dump) -> None:
    with store.write() as connection:
        for table in tables_of(connection):
            load(connection, table, dump[table.name])


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> Iterator[Store]:
    """A second database, of each kind in turn."""
    if request.param == "postgresql":
        opened = open_store(request.getfixturevalue("postgres").fresh())
    else:
        (tmp_path / "other.db").write_bytes(migrated.read_bytes())
        opened = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    yield opened
    opened.close()


def test_every_row_of_every_table_comes_out_of_either_database_as_it_went_in(store: Store, other: Store) -> None:
    with store.write() as connection:
        fill(connection)

    dump = dumped(store)
    loaded(other, dump)

    assert {name: len(lines) - 1 for name, lines in dump.items()} == dict.fromkeys(metadata.tables, ROWS)
    assert dumped(other) == dump
    with store.read() as here, other.read() as there:
        for table in metadata.sorted_tables:
            every = select(table).order_by(*table.primary_key.columns)
            assert here.execute(every).all() == there.execute(every).all()


def test_rows_added_after_loading_are_numbered_on(store: Store, other: Store) -> None:
    with store.write() as connection:
        fill(connection)
    loaded(other, dumped(store))

    with other.write() as connection:
        row = dict(connection.execute(select(issues).where(issues.c.issue_id == 1)).one()._mapping)
        del row["issue_id"]
        added = connection.execute(insert(issues).values(row | {"week": "2030-W01"})).inserted_primary_key

    assert added is not None
    assert added[0] == ROWS + 1


def test_an_empty_table_is_its_columns_alone(store: Store) -> None:
    with store.read() as connection:
        table = next(table for table in tables_of(connection) if table.name == "facts")
        lines = list(as_lines(connection, table))
        assert row_count(connection, table) == 0

    assert lines == [b'["name","value"]\n']


DAMAGES: list[tuple[str, Callable[[list[bytes]], list[bytes]]]] = [
    ("facts", lambda lines: []),
    ("facts", lambda lines: [b'["name"]\n', *lines[1:]]),
    ("facts", lambda lines: [b'["name","value","value"]\n', *lines[1:]]),
    ("facts", lambda lines: [b'["name","salary"]\n', *lines[1:]]),
    ("facts", lambda lines: [*lines, b'["only one"]\n']),
    ("facts", lambda lines: [*lines, b'["a",1]\n']),
    ("facts", lambda lines: [*lines, b'["a",["b"]]\n']),
    ("facts", lambda lines: [*lines, b'{"name":"a"}\n']),
    ("facts", lambda lines: [*lines, b"\xff\n"]),
    ("facts", lambda lines: [*lines, b"[" * 200_000 + b"\n"]),
    ("accounts", lambda lines: [row.replace(b"true", b"1") for row in lines]),
    ("audit", lambda lines: [row.replace(b"08:30:15", b"25:00:00") for row in lines]),
    ("audit", lambda lines: [row.replace(b'15.123456"', b'15.123456+03:00"') for row in lines]),
    ("tokens", lambda lines: [row.replace(b"2024-07-01", b"yesterday") for row in lines]),
]


def test_what_is_no_row_of_the_table_is_refused_and_nothing_is_kept(store: Store, migrated: Path) -> None:
    source = open_store(f"sqlite:///{migrated}")
    with source.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        fill(connection)
        dump = {table.name: list(as_lines(connection, table)) for table in tables_of(connection)}
        connection.rollback()
    source.close()

    for name, change in DAMAGES:
        damaged = change(dump[name])
        assert damaged != dump[name]
        with pytest.raises(StorageError, match=f"table {name}.*damaged"):
            loaded(store, dump | {name: damaged})
        assert {len(lines) for lines in dumped(store).values()} == {1}


def test_moments_and_days_are_written_as_iso_and_text_as_ascii(store: Store) -> None:
    with store.write() as connection:
        fill(connection)
        connection.execute(insert(facts).values(name="z", value="हि"))

    dump = dumped(store)

    token = dict(zip(json.loads(dump["tokens"][0]), json.loads(dump["tokens"][1]), strict=True))
    assert date.fromisoformat(token["expires_on"]) == date(2024, 7, 1)
    assert datetime.fromisoformat(token["created_at"]) == datetime(2024, 7, 1, 8, 30, 15, 123456, tzinfo=UTC).replace(
        tzinfo=None
    )
    assert dump["facts"][-1].isascii()
