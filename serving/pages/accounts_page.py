"""The administrator's page: people's accounts, made, closed, opened, unlocked, and given a new password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from features.errors import UsageError
from serving import accounts
from serving.access import Person, Role, Scope
from serving.api.callers import Visitor
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.events import Event
from serving.pages.rendering import PAGES
from serving.pages.sent import Done, Sent, field, on, said
from serving.pages.site import role_name, show, tongue

router = APIRouter(**PAGES)


def _keeper(person: Visitor) -> Person:
    if not person.scope.keeps_accounts:
        raise not_found()
    return person


Keeper = Annotated[Person, Depends(_keeper)]


@router.get("/accounts")
def every(request: Request, shared: TheServed, person: Keeper, done: Done = "") -> Response:
    """All accounts."""
    return _page(request, shared, person, said(done, tongue(request, shared, person)))


@router.post("/accounts")
def add(request: Request, shared: TheServed, person: Keeper, sent: Sent) -> Response:
    """Make an account. Its owner changes the first password."""
    role, of = field(sent, "role"), field(sent, "of")
    try:
        scope = Scope.of_text(f"{role}:{of}" if of else role)
        username = field(sent, "username")
        hashed = accounts.hashed(shared.passwords, _password(sent), username, shared.settings.password_length)
        with shared.store.write() as connection:
            accounts.add(
                connection,
                username,
                scope,
                person.by,
                shared.now(),
                password_hash=hashed,
                display_name=field(sent, "display_name"),
            )
    except UsageError as error:
        return _page(request, shared, person, wrong=str(error))
    return on("/accounts", "added")


@router.post("/accounts/{username}/{what}")
def change(request: Request, shared: TheServed, person: Keeper, username: str, what: str, sent: Sent) -> Response:
    """Close, open or unlock an account, or set a new password for it."""
    by, now = person.by, shared.now()
    try:
        if what == "disable" and accounts.normalised(username) == person.actor:
            own = tongue(request, shared, person).text("Nobody closes the own account: somebody has to open it again.")
            return _page(request, shared, person, wrong=own)
        hashed = ""
        if what == "reset":
            hashed = accounts.hashed(shared.passwords, _password(sent), username, shared.settings.password_length)
        with shared.store.write() as connection:
            match what:
                case "disable":
                    accounts.disable(connection, username, by, now)
                case "enable":
                    accounts.enable(connection, username, by, now)
                case "unlock":
                    accounts.unlock(connection, username, by, now)
                case "reset":
                    accounts.set_password(connection, username, hashed, by, now)
                case _:
                    raise not_found()
    except UsageError as error:
        return _page(request, shared, person, wrong=str(error))
    return on("/accounts", _DONE[what])


_DONE = {"disable": "disabled", "enable": "enabled", "unlock": "unlocked", "reset": "reset"}


def _password(sent: Sent) -> str:
    value = sent.get("password")
    return value if isinstance(value, str) else ""


def _page(request: Request, shared: Served, person: Person, told: str = "", wrong: str = "") -> Response:
    language = tongue(request, shared, person)
    with shared.store.read() as connection:
        found = accounts.every(connection)
    shared.record(person, Event.ACCOUNTS_VIEWED, accounts=len(found))
    now = shared.now()
    return show(
        request,
        shared,
        person,
        "accounts.html",
        422 if wrong else 200,
        told,
        accounts=[
            (one, role_name(one.role, language), one.locked_until is not None and one.locked_until > now)
            for one in found
        ],
        roles=[(role.value, role_name(role, language)) for role in Role],
        fewest=shared.settings.password_length,
        wrong=wrong,
    )
