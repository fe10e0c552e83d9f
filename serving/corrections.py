"""What a client says is wrong about her: kept beside the book until the institution's own system says the same.

A correction changes no feature and no score. It is shown on her lines, and handed to whoever keeps the book's source.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from types import MappingProxyType
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from features.book import Book
from features.errors import UsageError
from features.schema import TABLES
from serving.access import Actor
from serving.delimited import as_csv
from serving.given import printable
from serving.store.tables import corrections

_LONGEST = 500
_LONGEST_ID = 200
_MOST_AT_ONCE = 500

#: What may be corrected, and the column of the book it is; "other" is said in words, and belongs to no column.
OTHER = "other"
CORRECTABLE: Mapping[str, str] = MappingProxyType(
    {
        "name": "directory.name",
        "phone": "directory.phone",
        "reach_by": "directory.reach_by",
        "hours_from": "directory.hours_from",
        "hours_until": "directory.hours_until",
        "safe_to_call": "directory.safe_to_call",
        "visitor": "directory.visitor",
        "language": "clients.language",
        "village": "clients.village",
        "group_id": "clients.group_id",
        "meeting_weekday": "clients.meeting_weekday",
        OTHER: "",
    }
)


@dataclass(frozen=True)
class Correction:
    """One thing a client said is wrong, and what is right.

    Parameters
    ----------
    what
        A key of `CORRECTABLE`.
    value
        What is right, in her words.
    """

    correction_id: str
    client_id: str
    what: str
    value: str
    entered_by: str
    entered_at: datetime

    @property
    def column(self) -> str:
        """The column of the book, as ``table.column``; empty where there is none."""
        return CORRECTABLE[self.what]


def correct(connection: Connection, client_id: str, what: str, value: str, *, by: Actor, at: datetime) -> Correction:
    """Keep a correction; a newer one of the same thing takes the place of an older.

    Parameters
    ----------
    connection
        Of `Store.write`.

    Raises
    ------
    UsageError
        It is nothing that can be corrected, or the value cannot be.
    """
    if what not in CORRECTABLE:
        raise UsageError(f"what={what!r} cannot be corrected; there are {', '.join(CORRECTABLE)}")
    text = value.strip()
    if not client_id or len(client_id) > _LONGEST_ID or not printable(client_id):
        raise UsageError(f"a client's id has at most {_LONGEST_ID} signs that can be printed")
    if not text or len(text) > _LONGEST or not printable(text):
        raise UsageError(f"what is right has at most {_LONGEST} signs, on one line")
    _refuse_unfit(what, text)
    if what != OTHER:
        connection.execute(delete(corrections).where(corrections.c.client_id == client_id, corrections.c.what == what))
    key = "\n".join((client_id, what, text, at.isoformat()))
    new = Correction(str(uuid5(NAMESPACE_OID, key)), client_id, what, text, by.name, at)
    connection.execute(delete(corrections).where(corrections.c.correction_id == new.correction_id))
    connection.execute(insert(corrections).values({field.name: getattr(new, field.name) for field in fields(new)}))
    return new


def corrections_of(connection: Connection, client_ids: Iterable[str]) -> dict[str, tuple[Correction, ...]]:
    """Corrections of some clients, oldest first; who has none is not among the answer."""
    asked = sorted(set(client_ids))
    found: dict[str, tuple[Correction, ...]] = {}
    for start in range(0, len(asked), _MOST_AT_ONCE):
        here = corrections.c.client_id.in_(asked[start : start + _MOST_AT_ONCE])
        for each in _where(connection, here):
            found[each.client_id] = (*found.get(each.client_id, ()), each)
    return found


def every(connection: Connection) -> list[Correction]:
    """Every correction that waits for the institution's own system, oldest first."""
    return _where(connection)


def waiting(found: Iterable[Correction], known: Mapping[str, Mapping[str, object]]) -> list[Correction]:
    """Those the institution's own system does not say yet.

    Parameters
    ----------
    known
        client_id to the values of her columns, by the names of `CORRECTABLE`.
    """
    return [each for each in found if not _says(known.get(each.client_id, {}).get(each.what), each.value)]


def forget_met(connection: Connection, known: Mapping[str, Mapping[str, object]]) -> int:
    """Let go of corrections the institution's own system has taken over.

    Returns
    -------
    How many.
    """
    found = every(connection)
    left = {each.correction_id for each in waiting(found, known)}
    met = [each.correction_id for each in found if each.correction_id not in left]
    for correction_id in met:
        connection.execute(delete(corrections).where(corrections.c.correction_id == correction_id))
    return len(met)


def _refuse_unfit(what: str, text: str) -> None:
    table, _, name = CORRECTABLE[what].partition(".")
    if not table:
        return
    column = TABLES[table].columns[name]
    if column.one_of and text not in column.one_of:
        raise UsageError(f"{what}={text!r} is not one of {', '.join(map(str, column.one_of))}")
    if column.kind == "boolean" and text not in ("yes", "no"):
        raise UsageError(f"{what}={text!r} is neither yes nor no")


def _says(value: object, right: str) -> bool:
    """Whether a value of the book is what was said to be right, however it is spelled."""
    if value is None or value != value:
        return False
    if str(value) in ("True", "False"):
        return right == {"True": "yes", "False": "no"}[str(value)]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()).casefold() == " ".join(right.split()).casefold()


def _where(connection: Connection, *conditions: ColumnElement[bool]) -> list[Correction]:
    chosen = select(corrections).where(*conditions).order_by(corrections.c.entered_at, corrections.c.correction_id)
    return [_correction(row) for row in connection.execute(chosen)]


def _correction(row: Row[tuple[object, ...]]) -> Correction:
    return Correction(**row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it


def said_by(book: Book) -> dict[str, dict[str, object]]:
    """What the institution's own system says by now of what can be corrected, by client."""
    said: dict[str, dict[str, object]] = {}
    for table, rows in (("clients", book.current_clients()), ("directory", book.reference("directory"))):
        columns = {what: name for what, name in CORRECTABLE.items() if name.startswith(f"{table}.") and book.has(name)}
        for row in rows.to_dict("records"):
            values = {what: row[name.partition(".")[2]] for what, name in columns.items()}
            said.setdefault(str(row["client_id"]), {}).update(values)
    return said


def as_table(found: Iterable[Correction]) -> bytes:
    """Corrections as CSV, for whoever keeps the book's source; nothing in it is run by a spreadsheet."""
    rows = ([each.client_id, each.column or OTHER, each.value, each.entered_at.date()] for each in found)
    return as_csv(("client_id", "column", "value", "said_on"), rows)
