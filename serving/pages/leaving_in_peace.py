"""Peace for clients: the holds there are of one client or of many, placing one, and lifting it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from features.errors import UsageError
from serving import holds
from serving.access import Person, Role
from serving.api.callers import Visitor
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.audit import pseudonym, record
from serving.events import Event
from serving.holds import OWN_WISH, Held, Hold, Reach
from serving.languages import Language
from serving.pages.rendering import PAGES
from serving.pages.sent import Done, Sent, back_with, field, said
from serving.pages.site import moment, only, show, tongue
from serving.pages.whereabouts import branch_of, branches, known

router = APIRouter(**PAGES)

_ROLES = (Role.DESK, Role.MANAGER, Role.DPO)


#: Whom somebody of a branch may speak for; groups and villages may reach beyond it.
_OF_BRANCH = (Reach.CLIENT, Reach.BRANCH)


@dataclass(frozen=True)
class Shown:
    """A hold in words.

    Parameters
    ----------
    ends
        Whether the reader may let it end.
    """

    hold_id: str
    kind: str
    whom: str
    target: str
    days: str
    note: str
    ends: bool


@router.get("/holds")
def ask(
    request: Request,
    shared: TheServed,
    person: Visitor,
    client: Annotated[str, Query(max_length=200)] = "",
    done: Done = "",
) -> Response:
    """Holds of one client, by id, and those of many at once."""
    only(person, *_ROLES)
    return _page(request, shared, person, client.strip(), told=said(done, tongue(request, shared, person)))


@router.post("/holds")
def place(request: Request, shared: TheServed, person: Visitor, sent: Sent) -> Response:
    """Leave a client, a group, a village or a branch in peace from today."""
    only(person, *_ROLES)
    language, client = tongue(request, shared, person), field(sent, "client")
    try:
        kind, reach = Hold(field(sent, "kind")), Reach(field(sent, "reach"))
        until = date.fromisoformat(field(sent, "until")) if field(sent, "until") else None
    except ValueError:
        return _page(request, shared, person, client, language.text("Choose for what and until when."))
    target = client if reach is Reach.CLIENT else field(sent, "target")
    today = moment(shared).today
    try:
        with shared.store.write() as connection:
            _only_theirs(person, kind, reach, target, theirs=_theirs(connection, shared, person, target))
            held = holds.add(
                connection,
                kind,
                reach,
                target,
                today,
                until or holds.usual_end(kind, today, shared.settings),
                actor=person.actor,
                at=shared.now(),
                note=field(sent, "note"),
            )
            _write_down(connection, shared, person, Event.HOLD_PLACED, held)
    except UsageError:
        wrong = language.text("That cannot be: a wish of one's own is for one client, and no hold ends before today.")
        return _page(request, shared, person, client, wrong)
    return back_with("/holds", client=client, done="held")


@router.post("/holds/{hold_id}/lift")
def lift(shared: TheServed, person: Visitor, hold_id: str, sent: Sent) -> Response:
    """Let a hold end today."""
    only(person, *_ROLES)
    target = field(sent, "target")
    with shared.store.write() as connection:
        there = (each for each in holds.every(connection, target) if each.hold_id == hold_id and each.lifted_on is None)
        found = next(there, None)
        theirs = _theirs(connection, shared, person, target)
        if found is None:
            raise not_found()
        _only_theirs(person, found.kind, found.reach, target, theirs=theirs)
        lifted = holds.lift(connection, hold_id, moment(shared).today, actor=person.actor, at=shared.now())
        _write_down(connection, shared, person, Event.HOLD_LIFTED, lifted)
    client = target if found.reach is Reach.CLIENT else ""
    return back_with("/holds", client=client, done="lifted")


def _page(request: Request, shared: Served, person: Person, client: str, wrong: str = "", told: str = "") -> Response:
    language, today = tongue(request, shared, person), moment(shared).today
    with shared.store.read() as connection:
        theirs = bool(client) and _theirs(connection, shared, person, client)
        own = holds.every(connection, client) if theirs else []
        many = _of_many(connection, person, today)
        there = branches(connection)
    shared.record(person, Event.HOLDS_VIEWED, holds=len(many))
    if client:
        if theirs:
            shared.record(person, Event.CLIENT_VIEWED, client=client, numbers=False)
        else:
            shared.record(person, Event.CLIENT_REFUSED, client=client)
    own = [each for each in own if each.reach is Reach.CLIENT and (each.lifted_on is None or each.lifted_on > today)]
    return show(
        request,
        shared,
        person,
        "holds.html",
        422 if wrong else 404 if client and not theirs else 200,
        told,
        client=client,
        theirs=theirs,
        own=[_shown(each, person, language) for each in own],
        many=[_shown(each, person, language) for each in many],
        kinds=[(kind.value, _kind(kind, language)) for kind in Hold if _may(person, kind)],
        kinds_of_many=[(kind.value, _kind(kind, language)) for kind in Hold if kind not in OWN_WISH],
        reaches=[(reach.value, _reach(reach, language)) for reach in _reaches(person)],
        branches=[branch for branch in there if person.scope.may_hold(branch[0])],
        today=today.isoformat(),
        wrong=wrong,
    )


def _of_many(connection: Connection, person: Person, today: date) -> list[Held]:
    """Holds of more than one client that somebody may see."""
    found = [each for each in holds.in_force(connection, today) if each.reach is not Reach.CLIENT]
    return [each for each in found if person.scope.may_hold(each.target if each.reach is Reach.BRANCH else None)]


def _theirs(connection: Connection, shared: Served, person: Person, client: str) -> bool:
    """Whether there is such a client, and whether somebody may speak for them."""
    if person.scope.role is not Role.MANAGER:
        return known(connection, shared, client)
    return person.scope.may_hold(branch_of(connection, shared, client))


def _only_theirs(person: Person, kind: Hold, reach: Reach, target: str, *, theirs: bool) -> None:
    """The same answer for whom somebody may not speak for, and for whom there is not.

    Parameters
    ----------
    theirs
        Whether the target is a client of theirs; asked for every target, so that no answer takes longer than another.
    """
    if reach is Reach.CLIENT:
        fine = _may(person, kind) and theirs
    else:
        fine = person.scope.may_hold(target if reach is Reach.BRANCH else None)
    if not fine:
        raise not_found()


def _may(person: Person, kind: Hold) -> bool:
    """An objection to being scored at all goes through whoever serves clients' rights."""
    return kind is not Hold.OBJECTION or person.scope.serves_subjects


def _reaches(person: Person) -> list[Reach]:
    own = _OF_BRANCH if person.scope.role is Role.MANAGER else tuple(Reach)
    return [reach for reach in own if reach is not Reach.CLIENT]


def _write_down(connection: Connection, shared: Served, person: Person, event: Event, held: Held) -> None:
    subject = pseudonym(connection, held.target) if held.reach is Reach.CLIENT else f"{held.reach}:{held.target}"
    detail: dict[str, str | None] = {"kind": str(held.kind), "reach": str(held.reach)}
    if event is Event.HOLD_PLACED:
        detail["until"] = held.until_on.isoformat() if held.until_on else None
    record(connection, shared.now(), person.by.name, person.by.role, event, subject, **detail)


def _shown(held: Held, person: Person, language: Language) -> Shown:
    first = language.full_day(held.from_on)
    if held.until_on is None:
        days = language.text("since {day}", day=first)
    else:
        days = language.text("{first} to {last}", first=first, last=language.full_day(held.until_on))
    whom = "" if held.reach is Reach.CLIENT else f"{_reach(held.reach, language)} {held.target}"
    return Shown(
        held.hold_id, _kind(held.kind, language), whom, held.target, days, held.note, ends=_may(person, held.kind)
    )


def _kind(kind: Hold, language: Language) -> str:
    match kind:
        case Hold.OBJECTION:
            return language.text("Objects to being scored")
        case Hold.OPT_OUT:
            return language.text("Wants to stand on no list")
        case Hold.DO_NOT_CONTACT:
            return language.text("Does not want to be contacted")
        case Hold.BEREAVEMENT:
            return language.text("Bereavement")
        case Hold.DISASTER:
            return language.text("Disaster")
        case Hold.UNSAFE:
            return language.text("A contact would not be safe")


def _reach(reach: Reach, language: Language) -> str:
    match reach:
        case Reach.CLIENT:
            return language.text("Client")
        case Reach.HOUSEHOLD:
            return language.text("Household")
        case Reach.GROUP:
            return language.text("Group")
        case Reach.VILLAGE:
            return language.text("Village")
        case Reach.BRANCH:
            return language.text("Branch")
