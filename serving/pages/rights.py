"""The data-protection officer's page: what is kept about a client, what she says is wrong, and whether it may stay."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from features.errors import UsageError
from serving import corrections, holds, issued, outcomes, rights
from serving.access import Person, Role
from serving.api.callers import Visitor
from serving.api.served import Served, TheServed
from serving.corrections import CORRECTABLE, OTHER
from serving.erasure import ErasureRefused
from serving.events import Event
from serving.holds import Reach
from serving.languages import LANGUAGES, Language, language
from serving.pages.rendering import HEADERS, PAGES
from serving.pages.sent import Done, Sent, back_with, field, said
from serving.pages.site import moment, only, show, tongue

router = APIRouter(**PAGES)

_ADDRESS = "/rights"
_ARCHIVE = "what-is-kept.zip"


@router.get("/rights")
def ask(
    request: Request,
    shared: TheServed,
    person: Visitor,
    client: Annotated[str, Query(max_length=200)] = "",
    done: Done = "",
) -> Response:
    """Counts of what is kept about one client, found by id; what it is stands in the file she is given."""
    only(person, Role.DPO)
    return _page(request, shared, person, client.strip(), told=said(done, tongue(request, shared, person)))


@router.post("/rights/export")
def export(request: Request, shared: TheServed, person: Visitor, sent: Sent) -> Response:
    """Everything that is kept about a client, as a page in her language and for machines."""
    only(person, Role.DPO)
    client, code = field(sent, "client"), field(sent, "language")
    hers = language(code) if code in LANGUAGES else tongue(request, shared, person)
    now, today = shared.now(), moment(shared).today
    try:
        made = rights.export(
            shared.store, shared.home, shared.settings, client, hers, now, today, person.by, way="page"
        )
    except UsageError:
        return _page(request, shared, person, client)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{_ARCHIVE}"'}
    return Response(made.as_zip(), headers=headers, media_type="application/zip")


@router.post("/rights/correct")
def correct(request: Request, shared: TheServed, person: Visitor, sent: Sent) -> Response:
    """Keep what a client says is right; her lines show it at once."""
    only(person, Role.DPO)
    client = field(sent, "client")
    try:
        rights.correct(shared.store, client, field(sent, "what"), field(sent, "value"), shared.now(), person.by)
    except UsageError:
        wrong = tongue(request, shared, person).text("That cannot be kept: look at what is chosen and what is written.")
        return _page(request, shared, person, client, wrong)
    return back_with(_ADDRESS, client=client, done="corrected")


@router.post("/rights/object")
def object_to(request: Request, shared: TheServed, person: Visitor, sent: Sent) -> Response:
    """Leave a client out from today."""
    only(person, Role.DPO)
    client = field(sent, "client")
    try:
        rights.object_to(shared.store, client, shared.now(), moment(shared).today, person.by, note=field(sent, "note"))
    except UsageError:
        return _page(request, shared, person, client, tongue(request, shared, person).text("The note cannot be kept."))
    return back_with(_ADDRESS, client=client, done="objected")


@router.post("/rights/erase")
def erase(request: Request, shared: TheServed, person: Visitor, sent: Sent) -> Response:
    """Erase what is kept about a client, for good; her number has to be written once more."""
    only(person, Role.DPO)
    client, said_in = field(sent, "client"), tongue(request, shared, person)
    if field(sent, "again") != client:
        wrong = said_in.text("Nothing was erased: the number written once more is another one.")
        return _page(request, shared, person, client, wrong)
    now, today = shared.now(), moment(shared).today
    try:
        rights.erase(shared.store, shared.home, shared.settings, client, now, today, person.by)
    except ErasureRefused as refused:
        day = said_in.full_day(refused.until)
        wrong = said_in.text(
            "A law obliges to keep this until {day}. An objection leaves the client in peace.", day=day
        )
        return _page(request, shared, person, client, wrong)
    except UsageError:
        return _page(request, shared, person, client)
    return back_with(_ADDRESS, done="erased")


def _page(request: Request, shared: Served, person: Person, client: str, wrong: str = "", told: str = "") -> Response:
    said_in, there = tongue(request, shared, person), bool(client)
    if client:
        try:
            rights.show(shared.store, shared.home, client, shared.now(), person.by)
        except UsageError:
            there = False
            shared.record(person, Event.CLIENT_REFUSED, client=client)
    with shared.store.read() as connection:
        listed = len(issued.where_listed(connection, client)) if there else 0
        entered = len(outcomes.of_client(connection, client)) if there else 0
        of_client = holds.every(connection, client) if there else []
        corrected = corrections.corrections_of(connection, [client]).get(client, ()) if there else ()
    today = moment(shared).today
    held = sum(each.reach is Reach.CLIENT and each.holds_on(today) for each in of_client)
    return show(
        request,
        shared,
        person,
        "rights.html",
        422 if wrong else 404 if client and not there else 200,
        told,
        client=client,
        there=there,
        counts=(listed, entered, held),
        corrected=[(what_name(each.what, said_in), each.value) for each in corrected],
        correctable=[(what, what_name(what, said_in)) for what in CORRECTABLE],
        wrong=wrong,
    )


def what_name(what: str, said_in: Language) -> str:
    """What is corrected, in words."""
    names = {
        "name": said_in.text("Name"),
        "phone": said_in.text("Phone"),
        "reach_by": said_in.text("How to be reached: meeting, visit, call or message"),
        "hours_from": said_in.text("Not before this hour, as 09:00"),
        "hours_until": said_in.text("Not after this hour, as 17:00"),
        "safe_to_call": said_in.text("Safe to call: yes or no"),
        "visitor": said_in.text("Visitor: woman, man or any"),
        "language": said_in.text("Language"),
        "village": said_in.text("Village"),
        "group_id": said_in.text("Group"),
        "meeting_weekday": said_in.text("Day of the meeting: 1 is Monday"),
        OTHER: said_in.text("Something else"),
    }
    return names[what]
