"""The retention desk's page: whom to call and why, and handing a line over to a branch."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from serving import handovers
from serving.access import Person, Role
from serving.api.callers import TheSession, Visitor
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.audit import pseudonym, record
from serving.events import Event
from serving.given import OutcomeRefused, Sheet
from serving.line import Line, OfficerList
from serving.pages.drawn import drawn, with_forms
from serving.pages.entering import line_at
from serving.pages.found import new_id
from serving.pages.list_view import NOT_FOR_BRANCHES
from serving.pages.rendering import PAGES
from serving.pages.sent import Done, Sent, field, on, said
from serving.pages.site import Check, looking, one_list, only, own_list, show, tongue
from serving.pages.whereabouts import branch_of, branches, kept_from_branches

router = APIRouter(**PAGES)


@router.get("/desk")
def desk(request: Request, shared: TheServed, person: Visitor, session: TheSession, done: Done = "") -> Response:
    """Lines routed to the desk this week."""
    only(person, Role.DESK)
    language = tongue(request, shared, person)
    with shared.store.read() as connection:
        own = own_list(connection, person)
        made = None if own is None else drawn(connection, request, shared, person, language, own[1])
        handed = [] if own is None else handovers.of_list(connection, own[1].list_id)
        named = dict(branches(connection))
    if made is None:
        return show(request, shared, person, "none.html")
    shared.record(person, Event.LIST_VIEWED, made.view.show.list_id, lines=made.view.total)
    return show(
        request,
        shared,
        person,
        "desk.html",
        said=said(done, language),
        list=made.view,
        inner=with_forms(made, person, language),
        earlier="",
        session="" if session is None else session.created_at.isoformat(),
        key="",
        document="",
        handed=[
            (each.place, named.get(each.branch_id) or each.branch_id, each.note, each.done_at is not None)
            for each in handed
        ],
    )


@router.get("/desk/hand-over/{list_id}/{place}")
def ask(request: Request, shared: TheServed, person: Visitor, list_id: str, place: int, check: Check = "") -> Response:
    """The form to give a line to a branch."""
    with looking(shared, person) as connection:
        page, line = _line(connection, person, list_id, place, check)
    return _form(request, shared, person, page, line)


@router.post("/desk/hand-over/{list_id}/{place}")
def hand(request: Request, shared: TheServed, person: Visitor, list_id: str, place: int, sent: Sent) -> Response:
    """Give a line to a branch."""
    check = field(sent, "check")
    with looking(shared, person) as connection:
        page, line = _line(connection, person, list_id, place, check)
    try:
        with shared.store.write() as connection:
            page, line = _line(connection, person, list_id, place, check)
            number = field(sent, "handover_id")
            known = handovers.of(connection, number)
            given = handovers.hand(
                connection,
                Sheet.of(page),
                line.client_id,
                field(sent, "branch_id"),
                handover_id=number,
                note=field(sent, "note"),
                actor=person.actor,
                at=shared.now(),
            )
            if known is None and given.handover_id == number:
                by, subject = person.by, pseudonym(connection, line.client_id)
                detail = {"list": list_id, "branch": given.branch_id}
                record(connection, shared.now(), by.name, by.role, Event.LINE_HANDED_OVER, subject, **detail)
    except OutcomeRefused as refused:
        wrong = tongue(request, shared, person).text(refused.why.message)
        return _form(request, shared, person, page, line, wrong)
    return on("/desk", "handed", f"line-{place}")


def _line(connection: Connection, person: Person, list_id: str, place: int, check: str) -> tuple[OfficerList, Line]:
    """A line of the desk that a branch may be given; the same answer for any other."""
    only(person, Role.DESK)
    _, page = one_list(connection, person, list_id, check)
    line = line_at(page, place)
    if NOT_FOR_BRANCHES in line.routed or kept_from_branches(connection, list_id, line.client_id):
        raise not_found()
    return page, line


def _form(request: Request, shared: Served, person: Person, page: OfficerList, line: Line, wrong: str = "") -> Response:
    shared.record(person, Event.CLIENT_VIEWED, client=line.client_id, numbers=False)
    with shared.store.read() as connection:
        there = branches(connection)
        own = branch_of(connection, shared, line.client_id)
    return show(
        request,
        shared,
        person,
        "hand_over.html",
        422 if wrong else 200,
        name=line.card.name or line.client_id,
        where=[part for part in (line.client_id, line.card.group, line.card.village) if part],
        action=f"/desk/hand-over/{page.list_id}/{line.place}",
        branches=there,
        own=own,
        handover_id=new_id(),
        check=page.check,
        wrong=wrong,
    )
