"""Rows of the operational database as lines of JSON, which belong to no kind of database and to no version of it.

Tables are taken as they are found, so the rows of an older version can be carried too.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Column, Connection, Date, DateTime, Integer, MetaData, Table, func, select, text
from sqlalchemy.types import TypeEngine

from features.errors import StorageError

_VERSION_TABLE = "alembic_version"
_ROWS_AT_ONCE = 1_000


def tables_of(connection: Connection) -> Sequence[Table]:
    """Every table there is, those first that others refer to; not the one that names the version."""
    found = MetaData()
    found.reflect(bind=connection)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return [table for table in found.sorted_tables if table.name != _VERSION_TABLE]


def row_count(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def as_lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """A table: the names of its columns, then its rows by key, one line each."""
    yield _line([column.name for column in table.columns])
    rows = connection.execute(
        select(table).order_by(*table.primary_key.columns), execution_options={"yield_per": _ROWS_AT_ONCE}
    )
    for part in rows.partitions():
        for row in part:
            yield _line([_plain(value) for value in row])


def load(connection: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Put rows that `as_lines` gave into an empty table.

    Returns
    -------
    How many.

    Raises
    ------
    StorageError
        They are not rows of this table.
    """
    left = iter(lines)
    names = _read(next(left, b"null"), table)
    if names != [name for name in names if name in table.columns] or len(set(names)) != len(table.columns):
        raise StorageError(f"the rows of table {table.name} have other columns than the table; the backup is damaged")
    columns = [table.columns[name] for name in names]
    loaded = 0
    while batch := [_row(_read(line, table), columns, table) for line in islice(left, _ROWS_AT_ONCE)]:
        connection.execute(table.insert(), batch)
        loaded += len(batch)
    _count_on(connection, table)
    return loaded


def _count_on(connection: Connection, table: Table) -> None:
    """Let new rows be numbered after those that were put in with their numbers."""
    key = list(table.primary_key.columns)
    if connection.dialect.name == "postgresql" and len(key) == 1 and isinstance(key[0].type, Integer):
        number, name = key[0].name, table.name
        connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{name}', '{number}'), max({number})) FROM {name} "
                f"HAVING pg_get_serial_sequence('{name}', '{number}') IS NOT NULL AND max({number}) IS NOT NULL"
            )
        )


def _line(values: Sequence[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _read(line: bytes, table: Table) -> list[Any]:
    try:
        values = json.loads(line)
        if not isinstance(values, list):
            raise TypeError("no row")
    except (ValueError, TypeError, RecursionError) as error:
        raise StorageError(f"a row of table {table.name} cannot be read; the backup is damaged") from error
    return values


def _row(values: list[Any], columns: Sequence[Column[Any]], table: Table) -> dict[str, Any]:
    try:
        pairs = zip(columns, values, strict=True)
        return {column.name: None if value is None else _typed(value, column.type) for column, value in pairs}
    except (ValueError, TypeError) as error:
        raise StorageError(f"a row of table {table.name} does not fit it; the backup is damaged") from error


def _typed(value: Any, kind: TypeEngine[Any]) -> Any:
    if isinstance(kind, JSON):
        return value
    if isinstance(kind, DateTime | Date) and isinstance(value, str):
        moment = datetime.fromisoformat(value) if isinstance(kind, DateTime) else date.fromisoformat(value)
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            raise ValueError("a moment is kept in UTC, without a zone")
        return moment
    if type(value) is not kind.python_type:
        raise TypeError("of another kind")
    return value
