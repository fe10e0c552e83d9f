"""What was found returns as data: outcomes and exit interviews as contacts and departures of the canonical book."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Row, select

from features.book import Book
from serving.line import DESK
from serving.outcome_codes import CODES, KEPT_BACK
from serving.store.database import Store
from serving.store.tables import NOBODY, outcomes
from serving.survey.leavings import leavings

#: Contacts that came from here bear ids that begin so, also in the MFI's own system.
PREFIX = "ew-"

_CONTACTS = pa.schema(
    [
        ("contact_id", pa.string()),
        ("client_id", pa.string()),
        ("happened_on", pa.date32()),
        ("kind", pa.string()),
        ("direction", pa.string()),
        ("officer_id", pa.string()),
        ("result", pa.string()),
        ("topic", pa.string()),
        ("list_id", pa.string()),
        ("known_on", pa.date32()),
        ("reversed_on", pa.date32()),
    ]
)
_DEPARTURES = pa.schema(
    [
        ("client_id", pa.string()),
        ("left_on", pa.date32()),
        ("leaver_type", pa.string()),
        ("reasons", pa.string()),
        ("known_on", pa.date32()),
        ("reversed_on", pa.date32()),
    ]
)


@dataclass(frozen=True)
class Returned:
    """Outcomes as rows of the canonical book, ordered by their ids.

    Parameters
    ----------
    contacts
        One row for each outcome by which somebody was contacted, or tried to be.
    departures
        One row for each outcome that says how a client left, or that the client rests; then one for each exit
        interview.
    """

    contacts: pa.Table
    departures: pa.Table

    def of(self, client_ids: Iterable[str]) -> "Returned":
        """The rows of some clients."""
        wanted = pa.array(sorted(set(client_ids)), pa.string())
        return Returned(*(t.filter(pa.compute.is_in(t["client_id"], wanted)) for t in (self.contacts, self.departures)))


@dataclass(frozen=True)
class Joined:
    """A book that holds what was found.

    Parameters
    ----------
    said
        What whoever runs a command has to be told about it, in sentences.
    """

    book: Book
    said: tuple[str, ...]


def with_outcomes(book: Book, store: Store) -> Joined:
    """A book and everything that was found, as the weekly run, scoring and training read them."""
    with store.read() as connection:
        rows = returned(connection)
    return Joined(joined(book, rows), told(book, rows))


def returned(connection: Connection) -> Returned:
    """Every outcome that holds or ever held, as rows of the book.

    A row is known from the day its outcome began to hold, and reversed on the day another took its place; what never
    held is no row. Reasons about staff or private matters go into no row.
    """
    about_somebody = outcomes.c.client_id.not_like(f"{NOBODY}%")
    chosen = select(outcomes).where(outcomes.c.accepted_on.is_not(None), about_somebody)
    contacts: list[dict[str, Any]] = []
    departures: list[dict[str, Any]] = []
    for row in connection.execute(chosen.order_by(outcomes.c.outcome_id)):
        if CODES[row.code].contact:
            contacts.append(_contact(row))
        if CODES[row.code].leaver_type:
            departures.append(_departure(row))
    departures += leavings(connection)
    return Returned(
        pa.Table.from_pylist(contacts, schema=_CONTACTS), pa.Table.from_pylist(departures, schema=_DEPARTURES)
    )


def joined(book: Book, rows: Returned) -> Book:
    """The book with what was found joined to it; without any row the book itself.

    A contact that the MFI's own system carries already is not doubled: ours of the same id, which knows its list and
    since when it holds, takes its place. A departure has no id, and one told twice counts once wherever departures are
    read. Rows of clients the book does not have are left out.
    """
    clients = {client for table in (rows.contacts, rows.departures) for client in table["client_id"].to_pylist()}
    known = rows.of(book.known_clients(clients))
    return book.with_rows({"contacts": known.contacts, "departures": known.departures})


def told(book: Book, rows: Returned) -> tuple[str, ...]:
    """What a weekly run says of what was joined: how much, and what it cannot stand for."""
    if not len(rows.contacts) + len(rows.departures):
        return ()
    said = [
        f"joined to the book, as found at lists: contacts {len(rows.contacts):,}, leavings {len(rows.departures):,}."
    ]
    if len(rows.contacts) and not book.has("contacts"):
        said.append(
            "contacts are not in the book itself: those found at lists keep the cool-off and the limit of contacts, "
            "and how often clients are met otherwise stays not known."
        )
    return tuple(said)


def _contact(row: Row[Any]) -> dict[str, Any]:
    return {
        "contact_id": f"{PREFIX}{row.outcome_id}",
        "client_id": row.client_id,
        "happened_on": row.happened_on,
        "kind": row.kind,
        "direction": "out",
        "officer_id": None if row.officer_id == DESK else row.officer_id,
        "result": CODES[row.code].contact,
        "topic": next(iter(_reasons(row)), None),
        "list_id": row.list_id,
        "known_on": row.accepted_on,
        "reversed_on": row.replaced_on,
    }


def _departure(row: Row[Any]) -> dict[str, Any]:
    kind = CODES[row.code].leaver_type
    return {
        "client_id": row.client_id,
        "left_on": row.happened_on,
        "leaver_type": None if kind is None else kind.value,
        "reasons": ";".join(_reasons(row)) or None,
        "known_on": row.accepted_on,
        "reversed_on": row.replaced_on,
    }


def _reasons(row: Row[Any]) -> list[str]:
    return [code for code in row.reasons.split(";") if code and code not in KEPT_BACK]
