"""Who looked at a client's record, or at a list she stood on at that time, and when, as the audit log tells."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from serving import audit, handovers, issued
from serving.access import Role, Scope
from serving.audit import Entry
from serving.events import Event
from serving.issued import Issue
from serving.line import DESK
from serving.store.tables import issues, lists

_OF_A_LIST = frozenset({Event.LIST_VIEWED, Event.LIST_EXPORTED, Event.LIST_REPLAYED})


@dataclass(frozen=True)
class Look:
    """One time somebody looked.

    Parameters
    ----------
    list_id
        The list she stood on; empty where it was herself who was asked for.
    """

    entry: Entry
    list_id: str = ""


@dataclass(frozen=True)
class _Stood:
    """A list she stood on, in one draw of its week."""

    drawn: Issue
    list_id: str
    officer_id: str
    branch_id: str

    @property
    def is_desk(self) -> bool:
        return self.officer_id == DESK


def looks(connection: Connection, client_id: str) -> list[Look]:
    """Everything the log holds of a client, oldest first.

    A look at all lists of a week, or at the week of a branch, counts where she stood on one of those that were in force
    at that moment and that whoever looked may see; so does one at a branch at which a line of hers waited.

    Parameters
    ----------
    connection
        Of `Store.read`; the key of pseudonyms has to be there.
    """
    stood = _stood(connection, client_id)
    found = [Look(entry) for entry in audit.entries(connection, subject=audit.pseudonym(connection, client_id))]
    for list_id in sorted({each.list_id for each in stood}):
        rows = audit.entries(connection, subject=list_id)
        found += [Look(entry, list_id) for entry in rows if entry.event in _OF_A_LIST]
    found += _at_weeks(connection, stood)
    found += _at_branches(connection, stood, client_id)
    return sorted(found, key=lambda look: (look.entry.seq, look.list_id))


def _stood(connection: Connection, client_id: str) -> list[_Stood]:
    found = []
    for drawn, list_id, _ in issued.where_listed(connection, client_id):
        whose = select(lists.c.officer_id, lists.c.branch_id)
        row = connection.execute(whose.where(lists.c.issue_id == drawn.issue_id, lists.c.list_id == list_id)).one()
        found.append(_Stood(drawn, list_id, row.officer_id, row.branch_id))
    return found


def _at_weeks(connection: Connection, stood: Iterable[_Stood]) -> Iterator[Look]:
    for week in sorted({each.drawn.week for each in stood}):
        for entry in audit.entries(connection, event=Event.LISTS_VIEWED, subject=week):
            number = _in_force(connection, entry.at, week)
            shown = (each for each in stood if each.drawn.issue_id == number and _saw(entry, each))
            yield from (Look(entry, each.list_id) for each in shown)


def _at_branches(connection: Connection, stood: Iterable[_Stood], client_id: str) -> Iterator[Look]:
    handed = handovers.of_client(connection, client_id)
    there = {each.branch_id for each in stood if not each.is_desk} | {each.branch_id for each in handed}
    for branch_id in sorted(there - {""}):
        for entry in audit.entries(connection, event=Event.FIGURES_VIEWED, subject=branch_id):
            number = _in_force(connection, entry.at)
            shown = {
                each.list_id
                for each in stood
                if each.drawn.issue_id == number and each.branch_id == branch_id and not each.is_desk
            }
            shown |= {
                each.list_id
                for each in handed
                if each.branch_id == branch_id
                and each.handed_at <= entry.at
                and (each.done_at is None or entry.at <= each.done_at)
            }
            yield from (Look(entry, list_id) for list_id in shown)


def _in_force(connection: Connection, at: datetime, week: str | None = None) -> int | None:
    """The draw that was in force at a moment, of a week or of the newest there was; None before the first."""
    query = select(issues.c.issue_id).where(issues.c.issued_at <= at)
    query = query.order_by(issues.c.week.desc(), issues.c.revision.desc()).limit(1)
    found = connection.execute(query if week is None else query.where(issues.c.week == week)).scalar()
    return None if found is None else int(found)


def _saw(entry: Entry, stood: _Stood) -> bool:
    """Whether a list was among those a look at a whole week showed; of a row that does not say, whether it may have."""
    text = json.loads(entry.detail).get("scope")
    if text is None and entry.role not in (Role.DESK, Role.ANALYST, Role.ADMIN):
        return not stood.is_desk
    scope = Scope.of_text(str(text or entry.role))
    return scope.sees_list(stood.officer_id, stood.branch_id, is_desk=stood.is_desk)
