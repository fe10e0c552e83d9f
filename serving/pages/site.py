"""What every page needs: who reads it, in which language, at which hour, and the one answer for what is not theirs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response
from sqlalchemy import Connection

from serving import issued
from serving.access import Person, Role
from serving.api.errors import Refused, not_found
from serving.api.served import Served
from serving.entering import may_enter
from serving.events import Event
from serving.given import printable
from serving.issued import Issue
from serving.languages import Language
from serving.line import DESK, OfficerList, Owner
from serving.pages import rendering
from serving.pages.rendering import Reader
from serving.pages.state import Moment

#: Where somebody of a role begins.
FIRST: Mapping[Role, str] = MappingProxyType(
    {
        Role.OFFICER: "/lists",
        Role.MANAGER: "/branch",
        Role.DESK: "/desk",
        Role.DPO: "/rights",
        Role.ADMIN: "/accounts",
    }
)
#: The letters behind a list's id, as a page is asked for them.
Check = Annotated[str, Query(max_length=40)]
#: Where everybody else begins, and what everybody has.
ACCOUNT = "/account"

_NOTHING_HERE = 404


def moment(shared: Served) -> Moment:
    """Now, where the institution is."""
    return Moment(shared.now().astimezone(ZoneInfo(shared.settings.timezone)))


def tongue(request: Request, shared: Served, person: Person | None) -> Language:
    """The language a page is read in."""
    return rendering.chosen(request, person.language if person else "", shared.settings.language)


def show(
    request: Request,
    shared: Served,
    person: Person | None,
    template: str,
    status: int = 200,
    said: str = "",
    **values: object,
) -> Response:
    """A page for somebody.

    Parameters
    ----------
    said
        What has just been done.
    """
    language = tongue(request, shared, person)
    return rendering.page(request, template, language, reader(person, language), status, said=said, **values)


def reader(person: Person | None, language: Language) -> Reader | None:
    """Whoever reads, as a page must know them; None where nobody is signed in."""
    if person is None:
        return None
    return Reader(person.actor, str(person.scope.role), person.csrf or "", _places(person, language))


def only(person: Person, *roles: Role) -> None:
    """Answer everybody else as if there were no such page."""
    if person.scope.role not in roles:
        raise not_found()


def one_list(connection: Connection, person: Person, list_id: str, check: str = "") -> tuple[Issue, OfficerList]:
    """A list somebody may see on a page, and its issue; the same answer for one that is another's and for none.

    Parameters
    ----------
    check
        The letters of the draw it was read on: a week that was drawn again has others in the same places. Without them
        it is the draw in force.
    """
    named = printable(list_id + check)
    found = issued.sheet(connection, list_id, check or None, lambda owner: seen(person, owner)) if named else None
    if found is None:
        raise not_found()
    return found


@contextmanager
def looking(shared: Served, person: Person) -> Iterator[Connection]:
    """A connection to look with for a list somebody named. If there is none they may see, it is written down."""
    try:
        with shared.store.read() as connection:
            yield connection
    except Refused as refused:
        if refused.status == _NOTHING_HERE:
            shared.record(person, Event.LIST_REFUSED)
        raise


def printed_list(connection: Connection, person: Person, list_id: str, check: str) -> OfficerList | None:
    """A list by the id and letters on its paper, for somebody who may type it in; None for another's and for none."""

    def mine(owner: Owner) -> bool:
        return may_enter(person, owner.officer_id, owner.branch_id, is_desk=owner.is_desk, on_paper=True)

    found = issued.sheet(connection, list_id, check, mine)
    return None if found is None else found[1]


def own_list(connection: Connection, person: Person) -> tuple[Issue, OfficerList] | None:
    """An officer's, or the desk's, own list of the newest week; None if there is none."""
    newest = issued.newest(connection)
    if newest is None:
        return None
    owner = DESK if person.scope.role is Role.DESK else person.scope.of
    found = issued.sheets(connection, newest, officer_id=owner)
    return (newest, found[0]) if found and seen(person, found[0]) else None


def seen(person: Person, page: OfficerList | Owner) -> bool:
    """Whether somebody may see a list with its names on a page: officers, their managers, and the desk its own."""
    return may_enter(person, page.officer_id, page.branch_id, is_desk=page.is_desk)


def role_name(role: Role, language: Language) -> str:
    """What somebody does, in words."""
    match role:
        case Role.OFFICER:
            return language.text("Credit officer")
        case Role.MANAGER:
            return language.text("Branch manager")
        case Role.DESK:
            return language.text("Retention desk")
        case Role.ANALYST:
            return language.text("Analyst")
        case Role.DPO:
            return language.text("Data-protection officer")
        case Role.ADMIN:
            return language.text("Administrator")
        case Role.CREDIT:
            return language.text("Credit-decision system")


def first_page(person: Person) -> str:
    """Where somebody begins."""
    return FIRST.get(person.scope.role, ACCOUNT)


def _places(person: Person, language: Language) -> tuple[tuple[str, str], ...]:
    scope = person.scope
    places = []
    match scope.role:
        case Role.OFFICER:
            places += [("/lists", language.text("This week")), ("/visits", language.text("Plan"))]
        case Role.DESK:
            places += [
                ("/desk", language.text("Desk")),
                ("/visits", language.text("Plan")),
                ("/desk/paper", language.text("Type in paper")),
                ("/holds", language.text("Peace")),
            ]
        case Role.MANAGER:
            places += [
                ("/branch", language.text("Branch")),
                ("/visits", language.text("Plan")),
                ("/branch/paper", language.text("Type in paper")),
                ("/holds", language.text("Peace")),
            ]
    if scope.sees_numbers:
        places.append(("/analysis", language.text("Analysis")))
    if scope.serves_subjects:
        places += [("/rights", language.text("Rights of clients")), ("/holds", language.text("Peace"))]
    if scope.keeps_accounts:
        places.append(("/accounts", language.text("Accounts")))
    if scope.reads_audit:
        places.append(("/audit", language.text("Audit log")))
    return (*places, (ACCOUNT, language.text("My account")))
