"""The list of the week on a phone, and the form for what was found at each line."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, select

from serving.access import Person, Role
from serving.api.callers import TheSession, Visitor
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.entering import channel_of
from serving.events import Event
from serving.given import Given, OutcomeRefused
from serving.issued import Issue, newest
from serving.line import OfficerList
from serving.list_files import list_contents, settings_of
from serving.outcomes import Keep, Recorded
from serving.pages import found_page
from serving.pages.drawn import Drawn, drawn, with_forms
from serving.pages.entering import decide, enter, line_at
from serving.pages.found_page import At
from serving.pages.rendering import PAGES
from serving.pages.sent import Done, Sent, field, on, said
from serving.pages.signing import signer
from serving.pages.site import Check, looking, moment, one_list, only, own_list, show, tongue
from serving.peace import at_peace
from serving.sessions import Session
from serving.store.tables import lists

router = APIRouter(**PAGES)

#: Kind of file to its media type.
FILES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


@router.get("/lists")
def this_week(request: Request, shared: TheServed, person: Visitor, session: TheSession, done: Done = "") -> Response:
    """An officer's own list of the newest week."""
    only(person, Role.OFFICER)
    with shared.store.read() as connection:
        own = own_list(connection, person)
        found = None if own is None else _drawn(connection, request, shared, person, own)
    if found is None:
        return show(request, shared, person, "none.html")
    return _page(request, shared, person, session, found, done)


@router.get("/lists/{list_id}")
def a_list(
    request: Request, shared: TheServed, person: Visitor, session: TheSession, list_id: str, done: Done = ""
) -> Response:
    """A list of any week, for its officer, their manager, or the desk."""
    with looking(shared, person) as connection:
        found = _drawn(connection, request, shared, person, one_list(connection, person, list_id))
    return _page(request, shared, person, session, found, done)


@router.get("/lists/{list_id}/file/{kind}")
def a_file(request: Request, shared: TheServed, person: Visitor, list_id: str, kind: str) -> Response:
    """A list as a file: as it was issued, but for lines of clients who are to be left in peace since."""
    if kind not in FILES:
        raise not_found()
    language, today = tongue(request, shared, person), moment(shared).today
    with looking(shared, person) as connection:
        issue, page = one_list(connection, person, list_id)
        peace = at_peace(connection, page, today, language, shared.settings)
    page = replace(page, lines=tuple(line for line in page.lines if line.client_id not in peace))
    content = list_contents(page, settings_of(issue.settings))[f"{list_id}.{kind}"]
    shared.record(person, Event.LIST_EXPORTED, list_id, format=kind, lines=len(page.lines))
    headers = {
        "Content-Disposition": f'attachment; filename="{page.printed_id}.{kind}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, media_type=FILES[kind])


@router.get("/lists/{list_id}/{place}")
def ask(request: Request, shared: TheServed, person: Visitor, list_id: str, place: int, check: Check = "") -> Response:
    """The form for one line."""
    return found_page.asked(request, shared, person, _at(shared, person, list_id, place, check))


@router.post("/lists/{list_id}/{place}")
def keep(request: Request, shared: TheServed, person: Visitor, list_id: str, place: int, sent: Sent) -> Response:
    """Keep what was found at a line."""
    at = _at(shared, person, list_id, place, field(sent, "check"))

    def enters(given: Given) -> Recorded:
        return enter(shared, person, at.page, given, channel_of(person))

    return found_page.taken(request, shared, person, at, sent, enters)


@router.post("/settle/{outcome_id}")
def settle(request: Request, shared: TheServed, person: Visitor, outcome_id: str, sent: Sent) -> Response:
    """Decide which of two entries of a line holds."""
    choice = field(sent, "keep")
    if choice not in set(Keep):
        raise not_found()
    try:
        held = decide(shared, person, outcome_id, Keep(choice))
    except OutcomeRefused as refused:
        language = tongue(request, shared, person)
        return show(
            request,
            shared,
            person,
            "error.html",
            status=409,
            title=language.text("That could not be decided"),
            message=language.text(refused.why.message),
        )
    return on(_address(person, held.list_id), "settled", f"line-{held.place}")


def _drawn(
    connection: Connection, request: Request, shared: Served, person: Person, found: tuple[Issue, OfficerList]
) -> tuple[Drawn, str]:
    """A list, and last week's of the same officer."""
    issue, page = found
    own = person.scope.role is Role.OFFICER and issue == newest(connection)
    language = tongue(request, shared, person)
    made = drawn(connection, request, shared, person, language, page, planned=issue if own else None)
    return made, _earlier(connection, issue, page)


def _page(
    request: Request, shared: Served, person: Person, session: Session | None, found: tuple[Drawn, str], done: str
) -> Response:
    made, earlier = found
    language = tongue(request, shared, person)
    shared.record(person, Event.LIST_VIEWED, made.view.show.list_id, lines=made.view.total)
    offline = person.scope.role is Role.OFFICER and request.url.path == "/lists"
    return show(
        request,
        shared,
        person,
        "list.html",
        said=said(done, language),
        list=made.view,
        inner=with_forms(made, person, language),
        earlier=earlier,
        session="" if session is None else session.created_at.isoformat(),
        key=signer(shared.store).public if offline else "",
        document=made.kept.digest if offline else "",
    )


def _at(shared: Served, person: Person, list_id: str, place: int, check: str) -> At:
    """A line of a list somebody may see, of the draw it was read on; the same answer for another's and for none."""
    with looking(shared, person) as connection:
        _, page = one_list(connection, person, list_id, check)
    return At(page, line_at(page, place), f"/lists/{list_id}/{place}", _address(person, list_id), f"line-{place}")


def _address(person: Person, list_id: str) -> str:
    """Where somebody reads a list."""
    return "/desk" if person.scope.role is Role.DESK else f"/lists/{list_id}"


def _earlier(connection: Connection, issue: Issue, page: OfficerList) -> str:
    """Last week's list of the same officer; empty if there is none."""
    if not issue.last_week or not page.list_id.startswith(issue.week):
        return ""
    number = issue.last_week + page.list_id.removeprefix(issue.week)
    there = select(lists.c.list_id).where(lists.c.officer_id == page.officer_id, lists.c.list_id == number).limit(1)
    return str(connection.execute(there).scalar() or "")
