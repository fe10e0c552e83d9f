"""Lines handed over to a branch, for its manager: what was found there is told, or they are marked as dealt with."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from serving import handovers, issued
from serving.access import Person, Role
from serving.api.callers import Visitor
from serving.api.errors import not_found
from serving.api.served import TheServed
from serving.entering import channel_of, enter_handed, mark_done
from serving.given import Given, Sheet
from serving.handovers import Handover
from serving.outcomes import Recorded
from serving.pages import found_page
from serving.pages.found_page import At
from serving.pages.rendering import PAGES
from serving.pages.sent import Sent, on
from serving.pages.site import only
from serving.pages.whereabouts import kept_from_branches

router = APIRouter(**PAGES)


@router.get("/branch/handed/{handover_id}/found")
def ask(request: Request, shared: TheServed, person: Visitor, handover_id: str) -> Response:
    """The form for a line that was handed over."""
    with shared.store.read() as connection:
        _, at = _line(connection, person, handover_id)
    return found_page.asked(request, shared, person, at)


@router.post("/branch/handed/{handover_id}/found")
def keep(request: Request, shared: TheServed, person: Visitor, handover_id: str, sent: Sent) -> Response:
    """Keep what was found; with that the line is dealt with."""
    with shared.store.read() as connection:
        _, at = _line(connection, person, handover_id)

    def enters(given: Given) -> Recorded:
        with shared.store.write() as connection:
            handed, there = _line(connection, person, handover_id)
            sheet, now, today = Sheet.of(there.page), shared.now(), shared.today()
            return enter_handed(connection, person, sheet, handed, given, channel_of(person), now, today)

    return found_page.taken(request, shared, person, at, sent, enters)


@router.post("/branch/handed/{handover_id}")
def dealt_with(shared: TheServed, person: Visitor, handover_id: str, sent: Sent) -> Response:  # noqa: ARG001
    """Mark a line that was handed over as dealt with."""
    with shared.store.write() as connection:
        mark_done(connection, person, _own(connection, person, handover_id), shared.now())
    return on("/branch", "taken", "handed")


def _own(connection: Connection, person: Person, handover_id: str) -> Handover:
    """What was handed to a manager's branch; the same answer for another's and for none."""
    only(person, Role.MANAGER)
    found = handovers.of(connection, handover_id)
    if found is None or found.branch_id != person.scope.of:
        raise not_found()
    return found


def _line(connection: Connection, person: Person, handover_id: str) -> tuple[Handover, At]:
    """A line that was handed over and that the branch may still see."""
    handed = _own(connection, person, handover_id)
    if kept_from_branches(connection, handed.list_id, handed.client_id):
        raise not_found()
    found = issued.sheet(connection, handed.list_id)
    line = None if found is None else next((one for one in found[1].lines if one.client_id == handed.client_id), None)
    if found is None or line is None:
        raise not_found()
    return handed, At(found[1], line, f"/branch/handed/{handover_id}/found", "/branch", "handed")
