"""Rows in every table of the operational database, each column with a value of its own, and with none where it may."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Date, ForeignKey, Integer, insert

from serving import audit
from serving.events import Event
from serving.store.tables import Moment, Number, metadata

ROWS = 3
NOW = datetime(2024, 7, 1, 8, 30, 15, 123456, tzinfo=UTC)
#: What databases and files are prone to get wrong.
_AWKWARD = ("a, \"b\" 'c'", "हिन्दी ✓\n", "")


def fill(connection: Connection) -> None:
    """Put rows into every table; the audit log's own way is used for it, so that its chain is whole."""
    for table in metadata.sorted_tables:
        if table.name == "audit":
            for place in range(ROWS):
                audit.record(
                    connection, NOW + timedelta(seconds=place), "ama", "officer", Event.SIGNED_OUT, f"s{place}"
                )
            continue
        connection.execute(
            insert(table), [{column.name: _value(column, place) for column in table.columns} for place in range(ROWS)]
        )


def _value(column: Column[Any], place: int) -> Any:
    if column.nullable and place == 2 and not column.foreign_keys:
        return None
    if any(isinstance(key, ForeignKey) for key in column.foreign_keys):
        parent = next(iter(column.foreign_keys)).column
        return _value(parent, place)
    match column.type:
        case Moment():
            return NOW + timedelta(hours=place)
        case Date():
            return date(2024, 7, 1) + timedelta(days=place)
        case Number():
            return 0.1 + place
        case Boolean():
            return place == 1
        case Integer():
            return place + 1
        case JSON():
            return {"b": [1, 0.1, None, "é"], "a": {"place": place, "yes": True}}
    limit = getattr(column.type, "length", None) or 40
    if column.primary_key or column.unique or column.name in ("client_id", "list_id"):
        return f"{column.name}-{place}"[-limit:]
    return _AWKWARD[place][:limit]
