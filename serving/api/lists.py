"""Lists of a week, as far as the caller may see them."""

from fastapi import APIRouter
from sqlalchemy import Connection

from serving import issued
from serving.access import Person, Role, Scope
from serving.api.answers import ListLine, OneList, WeekLists
from serving.api.callers import ScoresPerson
from serving.api.errors import DOCUMENTED, not_found
from serving.api.served import Served, TheServed
from serving.corrected import corrected
from serving.corrections import corrections_of
from serving.events import Event
from serving.home import is_week
from serving.languages import Language, language
from serving.line import DESK, OfficerList
from serving.peace import Peace, at_peace
from serving.spoken_line import SpokenLine, spoken

router = APIRouter(prefix="/v1/lists", tags=["lists"], responses=DOCUMENTED)


@router.get("/current")
def current(shared: TheServed, asking: ScoresPerson) -> WeekLists:
    """Lists of the newest week."""
    return _lists(shared, asking, None)


@router.get("/{week}")
def of_week(week: str, shared: TheServed, asking: ScoresPerson) -> WeekLists:
    """Lists of an ISO week such as 2024-W27."""
    if not is_week(week):
        raise not_found()
    return _lists(shared, asking, week)


def _lists(shared: Served, asking: Person, week: str | None) -> WeekLists:
    scope = asking.scope
    with shared.store.read() as connection:
        found = issued.newest(connection, week)
        if found is None:
            raise not_found()
        own, branch = _narrowed(scope)
        pages = issued.sheets(connection, found, officer_id=own, branch_id=branch)
        seen = [page for page in pages if scope.sees_list(page.officer_id, page.branch_id, is_desk=page.is_desk)]
        told = [_list(connection, page, scope, shared) for page in seen]
    lines = sum(len(page.lines) for page in seen)
    shared.record(asking, Event.LISTS_VIEWED, found.week, scope=scope.text, lists=len(seen), lines=lines)
    return WeekLists(week=found.week, as_of=found.as_of, lists=told)


def _narrowed(scope: Scope) -> tuple[str | None, str | None]:
    """Officer and branch whose lists are worth reading from the database at all; None where all are."""
    match scope.role:
        case Role.OFFICER:
            return scope.of, None
        case Role.MANAGER:
            return None, scope.of
        case Role.DESK:
            return DESK, None
    return None, None


def _list(connection: Connection, drawn: OfficerList, scope: Scope, shared: Served) -> OneList:
    """A list with what has come since it was drawn: what clients put right, and who is to be left in peace."""
    tongue: Language = language(drawn.language)
    today = shared.today()
    right = corrections_of(connection, [line.client_id for line in drawn.lines]) if drawn.current(today) else {}
    page = corrected(drawn, right)
    peace = at_peace(connection, page, today, tongue, shared.settings)
    by_rank = sorted(page.lines, key=lambda line: line.rank)
    return OneList(
        list_id=page.list_id,
        check=page.check,
        officer_id=page.officer_id,
        officer_name=page.officer_name if scope.sees_names else "",
        branch_id=page.branch_id,
        branch_name=page.branch_name,
        language=page.language,
        lines=[_line(spoken(line, tongue), peace.get(line.client_id), named=scope.sees_names) for line in by_rank],
    )


def _line(said: SpokenLine, peace: Peace | None, *, named: bool) -> ListLine:
    line, card = said.line, said.line.card
    return ListLine(
        rank=line.rank,
        place=line.place,
        client_id=line.client_id,
        name=card.name if named else "",
        group=card.group if named else "",
        village=card.village if named else "",
        phone=card.phone if named and peace is None else "",
        phone_works=card.phone_works,
        band=line.band,
        drivers=[each.driver for each in line.reasons],
        reasons=list(said.reasons),
        action=said.action,
        avoid=said.avoid,
        last_contact_on=line.last_contact_on,
        last_contact_result=line.last_contact_result or None,
        loan_ends_on=line.loan_ends_on,
        meeting_on=line.meeting_on,
        carried_over=line.carried_over,
        why_now=said.why_now or None,
        flags=list(said.flags),
        peace=None if peace is None else peace.sentence,
    )
