"""Lines given to a branch: by the desk from its own list, or by an officer who hands a line to the manager."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, insert, select, update

from serving.given import OutcomeRefused, Sheet, Why, as_id, one_line, printable, refuse_if
from serving.store.tables import handovers, lists


@dataclass(frozen=True)
class Handover:
    """A line somebody gave to a branch.

    Parameters
    ----------
    handover_id
        A UUID made where it was entered; of a line an officer handed on, the id of that outcome.
    note
        At most 500 characters.
    done_by, done_at
        Empty until somebody of the branch has dealt with it.
    """

    handover_id: str
    list_id: str
    place: int
    client_id: str
    branch_id: str
    note: str
    handed_by: str
    handed_at: datetime
    done_by: str | None = None
    done_at: datetime | None = None


def hand(
    connection: Connection,
    sheet: Sheet,
    client_id: str,
    branch_id: str,
    *,
    handover_id: str,
    note: str,
    actor: str,
    at: datetime,
) -> Handover:
    """Give a line to a branch. A line that waits there already is not given twice.

    Raises
    ------
    OutcomeRefused
        The client is not on the list, no list was ever made for the branch, or the note cannot be kept.
    """
    refuse_if(client_id not in sheet.clients, Why.NOT_FOUND)
    known = select(exists().where(lists.c.branch_id == branch_id))
    refuse_if(not branch_id or not printable(branch_id) or not connection.execute(known).scalar(), Why.BRANCH)
    number, text = as_id(handover_id), one_line(note)
    given = Handover(number, sheet.list_id, sheet.clients[client_id], client_id, branch_id, text, actor, at)
    return keep(connection, given)


def keep(connection: Connection, given: Handover) -> Handover:
    """Store a handover, unless the same line waits at the same branch already.

    Returns
    -------
    The one that waits.
    """
    again = of(connection, given.handover_id)
    if again is not None:
        refuse_if((again.list_id, again.client_id) != (given.list_id, given.client_id), Why.ID_TAKEN)
        return again
    there = _where(
        connection,
        handovers.c.list_id == given.list_id,
        handovers.c.client_id == given.client_id,
        handovers.c.branch_id == given.branch_id,
        handovers.c.done_at.is_(None),
    )
    if there:
        return there[0]
    connection.execute(insert(handovers).values({field.name: getattr(given, field.name) for field in fields(given)}))
    return given


def take_back(connection: Connection, handover_id: str) -> None:
    """Undo a handover nobody has dealt with yet; one that was dealt with stays."""
    connection.execute(delete(handovers).where(handovers.c.handover_id == handover_id, handovers.c.done_at.is_(None)))


def done(connection: Connection, handover_id: str, actor: str, at: datetime) -> Handover:
    """Mark a line as dealt with. Who was first stays written down.

    Raises
    ------
    OutcomeRefused
        There is none of this id.
    """
    found = of(connection, handover_id)
    if found is None:
        raise OutcomeRefused(Why.NOT_FOUND)
    if found.done_at is not None:
        return found
    connection.execute(
        update(handovers).where(handovers.c.handover_id == handover_id).values(done_by=actor, done_at=at)
    )
    return replace(found, done_by=actor, done_at=at)


def of(connection: Connection, handover_id: str) -> Handover | None:
    """A handover by its id."""
    found = _where(connection, handovers.c.handover_id == handover_id)
    return found[0] if found else None


def of_branch(connection: Connection, branch_id: str, *, waiting: bool = True) -> list[Handover]:
    """Lines given to a branch, oldest first; by default those that wait."""
    chosen = [handovers.c.branch_id == branch_id]
    return _where(connection, *chosen, *([handovers.c.done_at.is_(None)] if waiting else []))


def of_list(connection: Connection, list_id: str) -> list[Handover]:
    """Lines of a list that were given to branches, oldest first."""
    return _where(connection, handovers.c.list_id == list_id)


def of_client(connection: Connection, client_id: str) -> list[Handover]:
    """Every time a line of a client was given to a branch, oldest first."""
    return _where(connection, handovers.c.client_id == client_id)


def _where(connection: Connection, *conditions: ColumnElement[bool]) -> list[Handover]:
    chosen = select(handovers).where(*conditions).order_by(handovers.c.handed_at, handovers.c.handover_id)
    return [_handover(row) for row in connection.execute(chosen)]


def _handover(row: Row[Any]) -> Handover:
    return Handover(**dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's own name for it
