"""The list of the week on a phone, and the form for what was found at each line."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, select

from serving import outcomes
from serving.access import Person, Role
from serving.api.callers import TheSession, Visitor
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.entering import channel_of
from serving.events import Event
from serving.given import OutcomeRefused
from serving.issued import Issue
from serving.line import Line, OfficerList
from serving.list_files import list_contents
from serving.outcomes import Answer, Keep, Status
from serving.pages.drawn import Drawn, drawn, with_forms
from serving.pages.entering import decide, enter, fits_peace, line_at
from serving.pages.found import Filled, filled, form, given_in, new_id, refilled
from serving.pages.peace import at_peace
from serving.pages.rendering import PAGES
from serving.pages.sent import Done, Sent, field, on, said
from serving.pages.signing import signer
from serving.pages.site import moment, one_list, only, own_list, show, tongue
from serving.sessions import Session
from serving.settings import Settings
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
    with shared.store.read() as connection:
        found = _drawn(connection, request, shared, person, one_list(connection, person, list_id))
    return _page(request, shared, person, session, found, done)


@router.get("/lists/{list_id}/file/{kind}")
def a_file(shared: TheServed, person: Visitor, list_id: str, kind: str) -> Response:
    """A list as a file, as it was issued."""
    if kind not in FILES:
        raise not_found()
    with shared.store.read() as connection:
        issue, page = one_list(connection, person, list_id)
    content = list_contents(page, Settings(**issue.settings))[f"{list_id}.{kind}"]
    shared.record(person, Event.LIST_EXPORTED, list_id, format=kind, lines=len(page.lines))
    headers = {
        "Content-Disposition": f'attachment; filename="{page.printed_id}.{kind}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, media_type=FILES[kind])


@router.get("/lists/{list_id}/{place}")
def ask(request: Request, shared: TheServed, person: Visitor, list_id: str, place: int) -> Response:
    """The form for one line."""
    now = moment(shared)
    with shared.store.read() as connection:
        _, page = one_list(connection, person, list_id)
        line = line_at(page, place)
        standing = _standing(connection, person, page, line)
    shared.record(person, Event.CLIENT_VIEWED, client=line.client_id, numbers=False)
    kind = "call" if page.is_desk else "meeting" if line.meeting_on else "visit"
    given = filled(standing, kind, now.today)
    return _form(request, shared, person, page, line, given, based_on=standing.outcome_id if standing else "")


@router.post("/lists/{list_id}/{place}")
def keep(request: Request, shared: TheServed, person: Visitor, list_id: str, place: int, sent: Sent) -> Response:
    """Keep what was found at a line."""
    language = tongue(request, shared, person)
    with shared.store.read() as connection:
        _, page = one_list(connection, person, list_id)
        line = line_at(page, place)
        peace = at_peace(connection, page, moment(shared).today, language).get(line.client_id)
    try:
        given = given_in(sent, line.client_id)
        wrong = "" if fits_peace(given, peace) else language.text("Only what was found before that day can be entered.")
        kept = None if wrong else enter(shared, person, page, given, channel_of(person))
    except OutcomeRefused as refused:
        wrong, kept = language.text(refused.why.message), None
    if kept is None:
        return _form(
            request, shared, person, page, line, refilled(sent), field(sent, "based_on"), wrong=wrong, status=422
        )
    done = "conflict" if kept.status is Answer.CONFLICT or kept.other is not None else "kept"
    return on(_address(person, list_id), done, f"line-{place}")


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
    made = drawn(connection, request, shared, person, tongue(request, shared, person), page)
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


def _form(
    request: Request,
    shared: Served,
    person: Person,
    page: OfficerList,
    line: Line,
    given: Filled,
    based_on: str,
    wrong: str = "",
    status: int = 200,
) -> Response:
    language = tongue(request, shared, person)
    now = moment(shared)
    with shared.store.read() as connection:
        peace = at_peace(connection, page, now.today, language).get(line.client_id)
    last = now.today if peace is None or based_on else min(now.today, peace.from_on)
    asked = form(
        language,
        str(person.scope.role),
        person.csrf or "",
        given,
        outcome_id=new_id(),
        based_on=based_on,
        as_of=page.as_of,
        last=last,
    )
    card = line.card
    return show(
        request,
        shared,
        person,
        "found.html",
        status,
        name=card.name or line.client_id,
        where=[part for part in (line.client_id, card.group, card.village) if part],
        peace=peace,
        wrong=wrong,
        form=asked,
        action=f"/lists/{page.list_id}/{line.place}",
        back=f"{_address(person, page.list_id)}#line-{line.place}",
    )


def _standing(connection: Connection, person: Person, page: OfficerList, line: Line) -> outcomes.Outcome | None:
    """The outcome of a line that holds, as this person may read it."""
    entered = outcomes.of_list(connection, page.list_id)
    mine = (each for each in entered if each.client_id == line.client_id and each.status is Status.ACCEPTED)
    return next((each.seen_by(str(person.scope.role)) for each in mine), None)


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
