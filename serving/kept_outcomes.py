"""Outcomes as they are stored, and as far as each role may read them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from serving.line import DESK as LIST_OF_DESK
from serving.outcome_codes import CODES, DESK, KEPT_BACK, NOT_SAID, Need
from serving.store.tables import outcomes

#: What is typed in from paper is the word of whoever filled the paper in.
WRITTEN = frozenset({"paper", "file"})
_READS_ALL, _ANALYST = frozenset({DESK, "dpo"}), "analyst"
#: Passing a line over for want of time leaves it for the next week.
_NO_ANSWER = frozenset({"no_time"})


class Status(StrEnum):
    """How a stored outcome stands."""

    ACCEPTED = "accepted"
    CONFLICT = "conflict"
    REPLACED = "replaced"
    SET_ASIDE = "set_aside"


_SAID = frozenset({Status.ACCEPTED, Status.CONFLICT})


@dataclass(frozen=True)
class Outcome:
    """A stored outcome; columns of the table, and what `Given` says of the fields of the same name.

    Parameters
    ----------
    recorded_on
        The day it was entered.
    accepted_on
        The first day on which it held; None if it never did. Later than recorded_on where it was in conflict first.
    replaced_on
        The day it ceased to hold; None while it holds.
    """

    outcome_id: str
    list_id: str
    place: int
    client_id: str
    officer_id: str
    branch_id: str
    status: Status
    replaces: str | None
    entered_by: str
    entered_role: str
    channel: str
    recorded_at: datetime
    recorded_on: date
    happened_on: date
    kind: str
    code: str
    reasons: tuple[str, ...]
    promised_on: date | None
    do_not_contact: bool
    wrong: bool
    override: str
    note: str
    accepted_on: date | None
    replaced_at: datetime | None
    replaced_on: date | None
    settled_by: str | None
    settled_at: datetime | None

    @property
    def is_desk(self) -> bool:
        """Whether it was entered for the desk's list."""
        return self.officer_id == LIST_OF_DESK

    def seen_by(self, role: str) -> "Outcome":
        """As a role may read it.

        Officers, managers and administrators read no reason about staff or private matters, nor what the desk noted for
        itself or beside such a reason; a client whose every reason is kept back did not say any. Analysts count reasons
        and read neither notes nor names.
        """
        if role in _READS_ALL:
            return self
        if role == _ANALYST:
            return replace(self, note="", entered_by="")
        hidden = self.keeps_back_from(role) or (self.entered_role == DESK and self.channel not in WRITTEN)
        told = tuple(reason for reason in self.reasons if reason not in KEPT_BACK)
        if self.reasons and not told and Need.REASON in CODES[self.code].needs:
            told = (NOT_SAID,)
        return replace(self, reasons=told, note="" if hidden else self.note)

    def keeps_back_from(self, role: str) -> bool:
        """Whether it holds a reason that a role may not read."""
        return role not in _READS_ALL | {_ANALYST} and not KEPT_BACK.isdisjoint(self.reasons)


def one(connection: Connection, outcome_id: str) -> Outcome | None:
    """An outcome by its id."""
    found = _where(connection, outcomes.c.outcome_id == outcome_id)
    return found[0] if found else None


def of_list(connection: Connection, list_id: str) -> list[Outcome]:
    """Everything entered for a list, oldest first, whatever became of it."""
    return _where(connection, outcomes.c.list_id == list_id)


def of_client(connection: Connection, client_id: str) -> list[Outcome]:
    """Everything entered about a client on any list, oldest first, whatever became of it."""
    return _where(connection, outcomes.c.client_id == client_id)


def of_week(connection: Connection, week: str) -> list[Outcome]:
    """Everything entered for the lists of an ISO week, oldest first, whatever became of it."""
    return _where(connection, outcomes.c.list_id.startswith(f"{week}-", autoescape=True))


def answered(connection: Connection, week: str, on: date | None = None) -> frozenset[str]:
    """Clients whose line of a week's lists had an answer. A line for which there was no time had none.

    Parameters
    ----------
    on
        As it was known at the end of that day; None is everything known by now.
    """
    return frozenset(client for _, client in answers(connection, week, on))


def answers(connection: Connection, week: str, on: date | None = None) -> frozenset[tuple[str, str]]:
    """As `answered`: each list and its client."""
    rows = [row for row in of_week(connection, week) if on is None or row.recorded_on <= on]
    then = [row for row in rows if row.status in _SAID or (on and row.replaced_on and row.replaced_on > on)]
    return frozenset((row.list_id, row.client_id) for row in then if row.override not in _NO_ANSWER)


def waiting_conflicts(
    connection: Connection, *, list_id: str | None = None, branch_id: str | None = None
) -> list[tuple[Outcome, Outcome | None]]:
    """Outcomes that wait for a person, oldest first, each with the one that stands; of one list or branch if given."""
    chosen = [outcomes.c.status == Status.CONFLICT]
    if list_id is not None:
        chosen.append(outcomes.c.list_id == list_id)
    if branch_id is not None:
        chosen.append(outcomes.c.branch_id == branch_id)
    waiting = _where(connection, *chosen)
    return [(each, standing(connection, each.list_id, each.client_id)) for each in waiting]


def standing(connection: Connection, list_id: str, client_id: str) -> Outcome | None:
    """The outcome of a client's line that holds; None if there is none."""
    found = _where(
        connection,
        outcomes.c.list_id == list_id,
        outcomes.c.client_id == client_id,
        outcomes.c.status == Status.ACCEPTED,
    )
    return found[0] if found else None


def _where(connection: Connection, *conditions: ColumnElement[bool]) -> list[Outcome]:
    chosen = select(outcomes).where(*conditions).order_by(outcomes.c.recorded_at, outcomes.c.outcome_id)
    return [_outcome(row) for row in connection.execute(chosen)]


def _outcome(row: Row[Any]) -> Outcome:
    plain = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
    reasons: Sequence[str] = plain["reasons"].split(";") if plain["reasons"] else ()
    return Outcome(**plain | {"reasons": tuple(reasons), "status": Status(plain["status"])})
