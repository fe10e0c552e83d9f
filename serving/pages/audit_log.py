"""The audit log as a page: the newest rows, as far as they fit what is asked for, and whether the chain is whole."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import select

from serving import audit as log
from serving.access import Person
from serving.api.callers import Visitor
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.audit import Verified
from serving.events import Event
from serving.pages.rendering import PAGES
from serving.pages.sent import Sent
from serving.pages.site import show
from serving.store.tables import audit

router = APIRouter(**PAGES)

#: Rows shown at a time; whoever needs all of them exports the log by command.
_SHOWN = 200
#: Larger numbers than a row can have, some databases cannot compare with.
_LAST = 2**31 - 1


def _reader(person: Visitor) -> Person:
    if not person.scope.reads_audit:
        raise not_found()
    return person


Reader = Annotated[Person, Depends(_reader)]


@dataclass(frozen=True)
class Row:
    """One row as it is read."""

    seq: int
    at: str
    actor: str
    role: str
    event: str
    subject: str
    detail: str


@router.get("/audit")
def read(
    request: Request,
    shared: TheServed,
    person: Reader,
    actor: Annotated[str, Query(max_length=120)] = "",
    event: Annotated[str, Query(max_length=40)] = "",
    subject: Annotated[str, Query(max_length=300)] = "",
    client: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[int, Query(ge=0, le=_LAST)] = 0,
) -> Response:
    """The newest rows."""
    return _page(
        request, shared, person, {"actor": actor, "event": event, "subject": subject, "client": client}, before
    )


@router.post("/audit/verify")
def verify(request: Request, shared: TheServed, person: Reader, sent: Sent) -> Response:  # noqa: ARG001
    """Go through the whole chain."""
    with shared.store.read() as connection:
        found = log.verify(connection)
    return _page(request, shared, person, dict.fromkeys(("actor", "event", "subject", "client"), ""), 0, found)


def _page(
    request: Request, shared: Served, person: Person, asked: dict[str, str], before: int, found: Verified | None = None
) -> Response:
    asked = {name: text.strip() for name, text in asked.items()}
    query = select(audit).order_by(audit.c.seq.desc()).limit(_SHOWN + 1)
    if before:
        query = query.where(audit.c.seq < before)
    if asked["actor"]:
        query = query.where(audit.c.actor == asked["actor"])
    if asked["event"] in set(Event):
        query = query.where(audit.c.event == asked["event"])
    with shared.store.write() as connection:  # the first pseudonym makes its key
        about = log.pseudonym(connection, asked["client"]) if asked["client"] else asked["subject"]
        if about:
            query = query.where(audit.c.subject == about)
        zone = ZoneInfo(shared.settings.timezone)
        rows = [
            Row(
                row.seq,
                f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                row.actor,
                row.role,
                row.event,
                row.subject,
                row.detail,
            )
            for row in connection.execute(query)
        ]
    shown, more = rows[:_SHOWN], len(rows) > _SHOWN
    shared.record(person, Event.AUDIT_VIEWED, rows=len(shown))
    return show(
        request,
        shared,
        person,
        "audit.html",
        asked=asked,
        rows=shown,
        older=urlencode(asked | {"before": shown[-1].seq}) if more else "",
        events=[event.value for event in Event],
        found=found,
    )
