"""Signing in and out, one's own account, and the language of the pages."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from features.errors import UsageError
from serving import accounts, devices
from serving.access import Person
from serving.api.callers import (
    DEVICE,
    TheSession,
    Visitor,
    from_this_site,
    give_cookie,
    give_device,
    safe_next,
    secure,
    take_cookie,
)
from serving.api.served import Served, TheServed
from serving.languages import LANGUAGES
from serving.pages.openid import WAY_IN
from serving.pages.rendering import LANGUAGE_COOKIE, PAGES
from serving.pages.sent import Done, Sent, field, on, said
from serving.pages.site import first_page, role_name, show, tongue
from serving.sessions import LONGEST
from serving.signing_in import knows_password, sign_in, sign_out

router = APIRouter(**PAGES)

_LONGEST_PASSWORD = 1000
_SAME_SITE = [Depends(from_this_site)]


@router.get("/")
def first(person: Visitor) -> Response:
    """Where somebody begins, by role."""
    return on(first_page(person))


@router.get("/login")
def ask(
    request: Request,
    shared: TheServed,
    session: TheSession,
    next: Annotated[str, Query(max_length=500)] = "",  # noqa: A002 - as addresses have it
    done: Done = "",
) -> Response:
    """The form to sign in with. Public."""
    if session is not None:
        return on(safe_next(next))
    return _form(request, shared, next, said(done, tongue(request, shared, None)))


@router.post("/login", dependencies=_SAME_SITE)
def enter(request: Request, shared: TheServed, sent: Sent) -> Response:
    """Sign in. Public. A wrong name and a wrong password get the same answer."""
    password = sent.get("password")
    typed = password if isinstance(password, str) else ""
    found = None
    if len(typed) <= _LONGEST_PASSWORD:
        name, device = field(sent, "username"), _device(request)
        found = sign_in(shared.store, shared.passwords, name, typed, shared.now(), shared.settings, device)
    if found is None:
        wrong = tongue(request, shared, None).text(
            "The name or the password is not right, or there were too many tries. Wait a while and try again."
        )
        return _form(request, shared, field(sent, "next"), "", wrong, field(sent, "username"), 401)
    response = on(safe_next(field(sent, "next")))
    give_cookie(response, request, shared.settings, found.cookie)
    give_device(response, request, shared.settings, found.device)
    language = found.session.person.language
    if language in LANGUAGES:
        _keep_language(response, request, shared, language)
    return response


@router.post("/logout")
def leave(request: Request, shared: TheServed, _person: Visitor, session: TheSession) -> Response:
    """Sign out."""
    if session is not None:
        with shared.store.write() as connection:
            sign_out(connection, session, shared.now())
    response = on("/login", "left")
    take_cookie(response, request, shared.settings)
    return response


@router.get("/account")
def account(request: Request, shared: TheServed, person: Visitor, done: Done = "") -> Response:
    """One's own account."""
    return _account(request, shared, person, said(done, tongue(request, shared, person)))


@router.post("/account/password")
def new_password(request: Request, shared: TheServed, person: Visitor, session: TheSession, sent: Sent) -> Response:
    """Change one's own password; whoever sits at somebody's open page cannot, without the old one."""
    language = tongue(request, shared, person)
    old, new, again = (sent.get(name) for name in ("old", "new", "again"))
    if not (isinstance(old, str) and isinstance(new, str) and new == again and len(old) <= _LONGEST_PASSWORD):
        return _account(request, shared, person, wrong=language.text("The two new passwords differ."))
    # Counted as a sign-in, so that whoever guesses is locked out.
    device, now = _device(request), shared.now()
    if not knows_password(shared.store, shared.passwords, person.actor, old, now, shared.settings, device):
        return _account(request, shared, person, wrong=language.text("The old password is not right."))
    try:
        hashed = accounts.hashed(shared.passwords, new, person.actor, shared.settings.password_length)
    except UsageError:
        wrong = language.plural(
            "The new password has to have at least {n} character, and must not be one that anybody would try.",
            "The new password has to have at least {n} characters, and must not be one that anybody would try.",
            shared.settings.password_length,
        )
        return _account(request, shared, person, wrong=wrong)
    with shared.store.write() as connection:
        digest = None if session is None else session.digest
        accounts.set_password(connection, person.actor, hashed, person.by, now, keep=digest)
        device = devices.remember(connection, device, person.actor, now)
    response = on("/account", "password")
    give_device(response, request, shared.settings, device)
    return response


@router.post("/language", dependencies=_SAME_SITE)
def speak(request: Request, shared: TheServed, session: TheSession, sent: Sent) -> Response:
    """Read the pages in another language; kept in the account of whoever is signed in, and on this phone. Public."""
    wanted = field(sent, "language")
    response = on(safe_next(field(sent, "back")))
    if wanted in LANGUAGES:
        if session is not None:
            with shared.store.write() as connection:
                accounts.change(connection, session.account.username, session.person.by, shared.now(), language=wanted)
        _keep_language(response, request, shared, wanted)
    return response


def _device(request: Request) -> str:
    return request.cookies.get(DEVICE, "")


def _form(
    request: Request, shared: Served, next_page: str, told: str, wrong: str = "", username: str = "", status: int = 200
) -> Response:
    openid = WAY_IN if shared.settings.oidc_issuer else ""
    if openid and next_page:
        openid = f"{openid}?{urlencode({'next': next_page})}"
    values = {"next": next_page, "wrong": wrong, "username": username, "openid": openid}
    return show(request, shared, None, "login.html", status, told, **values)


def _account(request: Request, shared: Served, person: Person, told: str = "", wrong: str = "") -> Response:
    with shared.store.read() as connection:
        own = accounts.find(connection, person.actor)
    return show(
        request,
        shared,
        person,
        "account.html",
        422 if wrong else 200,
        told,
        account=own,
        role=role_name(person.scope.role, tongue(request, shared, person)),
        fewest=shared.settings.password_length,
        wrong=wrong,
    )


def _keep_language(response: Response, request: Request, shared: Served, language: str) -> None:
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure(request, shared.settings),
    )
