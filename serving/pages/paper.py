"""What came back on paper, typed in: the list by the id printed on it, then its lines."""

import re
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData

from serving import outcomes
from serving.access import Person, Role
from serving.api.callers import Visitor
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.documents.content import Keys, keys
from serving.events import Event
from serving.given import Given, OutcomeRefused
from serving.languages import Language
from serving.line import Line, OfficerList
from serving.outcome_codes import KINDS, OVERRIDES
from serving.outcomes import Answer, Status
from serving.pages.entering import enter_typed
from serving.pages.found import new_id
from serving.pages.rendering import PAGES
from serving.pages.sent import Sent, field
from serving.pages.site import moment, only, printed_list, show, tongue

router = APIRouter(**PAGES)

_PRINTED = re.compile(r"(?P<list_id>[0-9]{4}-W[0-9]{2}-[A-Za-z0-9_-]+)-(?P<check>[a-z]{3})", re.IGNORECASE)
_LETTERS = {kind.letter: kind.kind for kind in KINDS.values()}
#: Whose page it is, by role.
_PAGE = {Role.DESK: "/desk/paper", Role.MANAGER: "/branch/paper"}


@dataclass(frozen=True)
class Typed:
    """One line of the paper as it is typed in, and what became of it.

    Parameters
    ----------
    before
        Code of the outcome that holds already; empty if none.
    wrong, done
        Why it was not taken, or what became of it.
    """

    place: int
    name: str
    outcome_id: str
    code: str = ""
    kind: str = ""
    happened_on: str = ""
    promised_on: str = ""
    reasons: str = ""
    override: str = ""
    note: str = ""
    do_not_contact: bool = False
    wrong_line: bool = False
    before: str = ""
    wrong: str = ""
    done: str = ""


@router.get("/desk/paper")
@router.get("/branch/paper")
def ask(
    request: Request, shared: TheServed, person: Visitor, printed: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Ask for the id printed on the paper, or show the lines of that list to type in."""
    own = _own(request, person)
    if not printed.strip():
        return _ask(request, shared, person, own, "")
    page = _printed(shared, person, printed)
    if page is None:
        return _ask(request, shared, person, own, printed, wrong=True)
    return _sheet(request, shared, person, own, page, _fresh(shared, page))


@router.post("/desk/paper")
@router.post("/branch/paper")
def take(request: Request, shared: TheServed, person: Visitor, sent: Sent) -> Response:
    """Keep every line that was filled in. A line with a mistake is shown again; the others are kept all the same."""
    own = _own(request, person)
    page = _printed(shared, person, field(sent, "printed"))
    if page is None:
        raise not_found()
    language = tongue(request, shared, person)
    taken = {}
    for line in page.lines:
        typed = _typed(sent, line)
        if typed.code:
            taken[line.place] = _taken(shared, person, page, line, typed, language)
    page = _printed(shared, person, page.printed_id)
    if page is None:
        raise not_found()
    shown = [_after(new, taken.get(new.place)) for new in _fresh(shared, page)]
    bad = any(row.wrong for row in shown)
    kept = sum(bool(row.done) for row in shown)
    return _sheet(request, shared, person, own, page, shown, kept, 422 if bad else 200)


def _after(new: Typed, taken: Typed | None) -> Typed:
    """The row that is shown after a line was taken, or was not; with a new id where another entry would begin."""
    if taken is None:
        return new
    return taken if taken.wrong else replace(new, done=taken.done)


def _own(request: Request, person: Person) -> str:
    """The page's address, for those whose page it is."""
    only(person, *_PAGE)
    own = _PAGE[person.scope.role]
    if request.url.path != own:
        raise not_found()
    return own


def _printed(shared: Served, person: Person, printed: str) -> OfficerList | None:
    """The list that bears an id; None where the letters do not fit it, and alike where it is another's."""
    asked = _PRINTED.fullmatch("".join(printed.split()))
    page = None
    if asked is not None:
        with shared.store.read() as connection:
            page = printed_list(connection, person, asked["list_id"], asked["check"])
    if page is None:
        shared.record(person, Event.LIST_REFUSED)
    return page


def _fresh(shared: Served, page: OfficerList) -> list[Typed]:
    """Empty rows, with what is known already."""
    today = moment(shared).today
    with shared.store.read() as connection:
        entered = outcomes.of_list(connection, page.list_id)
    held = {each.client_id: each.code for each in entered if each.status is Status.ACCEPTED}
    return [
        Typed(
            place=line.place,
            name=line.card.name or line.client_id,
            outcome_id=new_id(),
            happened_on=min(line.meeting_on or today, today).isoformat(),
            before=held.get(line.client_id, ""),
        )
        for line in page.lines
    ]


def _typed(sent: FormData, line: Line) -> Typed:
    def text(name: str) -> str:
        return field(sent, f"{name}-{line.place}")

    return Typed(
        place=line.place,
        name=line.card.name or line.client_id,
        outcome_id=text("outcome_id"),
        code=text("code"),
        kind=text("kind"),
        happened_on=text("happened_on"),
        promised_on=text("promised_on"),
        reasons=text("reasons"),
        override=text("override"),
        note=text("note"),
        do_not_contact=bool(text("do_not_contact")),
        wrong_line=bool(text("wrong")),
    )


def _taken(shared: Served, person: Person, page: OfficerList, line: Line, typed: Typed, language: Language) -> Typed:
    try:
        given = Given.of(
            outcome_id=typed.outcome_id,
            client_id=line.client_id,
            happened_on=typed.happened_on,
            code=typed.code,
            kind=_LETTERS.get(typed.kind.upper(), typed.kind),
            reasons=typed.reasons.replace(",", " ").replace(";", " ").split(),
            promised_on=typed.promised_on or None,
            do_not_contact=typed.do_not_contact,
            wrong=typed.wrong_line,
            override=typed.override,
            note=typed.note,
        )
        kept = enter_typed(shared, person, page, given, "paper")
    except OutcomeRefused as refused:
        return replace(typed, wrong=language.text(refused.why.message))
    if kept.status is Answer.CONFLICT or kept.other is not None:
        return replace(typed, done=language.text("kept beside another entry; somebody has to decide"))
    return replace(typed, done=language.text("kept"))


def _ask(request: Request, shared: Served, person: Person, own: str, printed: str, *, wrong: bool = False) -> Response:
    return show(request, shared, person, "paper.html", 404 if wrong else 200, own=own, printed=printed, wrong=wrong)


def _sheet(
    request: Request,
    shared: Served,
    person: Person,
    own: str,
    page: OfficerList,
    rows: list[Typed],
    kept: int = 0,
    status: int = 200,
) -> Response:
    shared.record(person, Event.LIST_VIEWED, page.list_id, lines=len(page.lines))
    language = tongue(request, shared, person)
    legend: Keys = keys(str(person.scope.role), language)
    said = language.plural("{n} line kept.", "{n} lines kept.", kept) if kept else ""
    return show(
        request,
        shared,
        person,
        "paper_list.html",
        status,
        said,
        own=own,
        page=page,
        rows=rows,
        legend=legend,
        overrides=[(code, language.text(name)) for code, name in OVERRIDES.items()],
        last=moment(shared).today.isoformat(),
    )
