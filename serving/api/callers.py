"""Who is asking: a machine with a bearer token, or somebody signed in with a session's cookie."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from serving import sessions, tokens
from serving.access import Person, Scope
from serving.api.errors import Refused, SignInFirst, refusal
from serving.api.served import Served, TheServed
from serving.devices import KNOWN_FOR
from serving.sessions import LONGEST, Session
from serving.settings import Settings

#: The browser keeps the cookie so long; the server decides earlier whether it is still good.
COOKIE = "exitwatch_session"
#: By it a browser is known on which somebody signed in before; it proves nobody.
DEVICE = "exitwatch_device"
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_BEARER = HTTPBearer(auto_error=False, description="A token made by `exitwatch users add-token`.")
_SESSION = APIKeyCookie(
    name=COOKIE, auto_error=False, description=f"A session; whatever is not only read needs {CSRF_HEADER} besides."
)


async def _csrf(request: Request, header: Annotated[str | None, Header(alias=CSRF_HEADER)] = None) -> str | None:
    """What was sent against forged requests: a header, or a field of the form."""
    if header is not None or request.method in _SAFE:
        return header
    if not request.headers.get("content-type", "").lower().startswith(_FORMS):
        return None
    try:
        form = await request.form()
    except HTTPException:  # a form that cannot be read proves nothing
        return None
    sent = form.get(CSRF_FIELD)
    if isinstance(sent, str):
        return sent
    await form.close()
    return None


def _session(shared: TheServed, cookie: Annotated[str | None, Depends(_SESSION)]) -> Session | None:
    """Who is signed in, and that they still are."""
    if cookie is None:
        return None
    now = shared.now()
    with shared.store.read() as connection:
        found = sessions.find(connection, cookie, now)
    if found is not None and found.to_be_touched(now):
        with shared.store.write() as connection:
            sessions.touch(connection, found, now, shared.settings.session_hours)
    return found


TheSession = Annotated[Session | None, Depends(_session)]
_Csrf = Annotated[str | None, Depends(_csrf)]


def _meant(request: Request, session: Session, csrf: str | None) -> Person:
    """Whoever is signed in, once it is sure that it was them who sent this and no other site in their browser."""
    if request.method not in _SAFE and not hmac.compare_digest((csrf or "").encode(), session.csrf.encode()):
        raise Refused(
            403, "forged", "the request did not come from a page of this server", "Load the page again and repeat it."
        )
    return session.person


def the_person(
    request: Request,
    shared: TheServed,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    session: TheSession,
    csrf: _Csrf,
) -> Person:
    """Whoever asks; nobody else gets an answer. A token that was sent counts, and no cookie beside it."""
    if request.headers.get("authorization") is not None:
        found = _of_token(shared, sent)
        if found is None:
            raise refusal(401)
        return found
    if session is None:
        raise refusal(401)
    return _meant(request, session, csrf)


async def visitor(request: Request, session: TheSession, csrf: _Csrf) -> Person:
    """Whoever is signed in, for pages; everybody else is shown the way to the sign-in page."""
    if session is None:
        back_to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SignInFirst(back_to if request.method in _SAFE and request.url.path != "/" else "")
    return _meant(request, session, csrf)


ThePerson = Annotated[Person, Depends(the_person)]
Visitor = Annotated[Person, Depends(visitor)]


async def caller(person: ThePerson) -> Scope:
    """What whoever asks may see."""
    return person.scope


def only(
    may: Callable[[Scope], bool], asking: Callable[..., Person | Awaitable[Person]] = the_person
) -> Callable[..., Awaitable[Person]]:
    """A dependency that refuses everybody who may not.

    Parameters
    ----------
    asking
        `the_person` for the interface, `visitor` for pages.

    Examples
    --------
    >>> Accounts = Annotated[Person, Depends(only(lambda scope: scope.keeps_accounts, visitor))]
    """

    async def allowed(person: Annotated[Person, Depends(asking)]) -> Person:
        if not may(person.scope):
            raise refusal(403)
        return person

    return allowed


Caller = Annotated[Scope, Depends(caller)]
#: For whatever was scored: nobody who decides on credit, and no protection officer.
ScoresPerson = Annotated[Person, Depends(only(lambda scope: scope.sees_scores))]
#: For analysts and administrators.
NumbersPerson = Annotated[Person, Depends(only(lambda scope: scope.sees_numbers))]


async def from_this_site(
    request: Request,
    origin: Annotated[str | None, Header(include_in_schema=False)] = None,
    site: Annotated[str | None, Header(alias="Sec-Fetch-Site", include_in_schema=False)] = None,
) -> None:
    """Refuse a form that another site sends, where there is no session yet: for the sign-in page."""
    # A page that sends no referrer sends the origin null, so what the browser says of the site goes first.
    foreign = site is None and origin is not None and _host_of(origin) != request.headers.get("host", "")
    if foreign or site not in (None, "same-origin", "none"):
        raise Refused(403, "forged", "the form did not come from a page of this server", "Load the page and repeat it.")


def safe_next(text: str) -> str:
    """A page of this server to go on to after signing in; whatever leads elsewhere becomes the first page.

    >>> safe_next("/lists?week=2024-W27"), safe_next("//evil.example"), safe_next("https://evil.example")
    ('/lists?week=2024-W27', '/', '/')
    """
    own = text.isprintable() and text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if own and _host_of(text) == "" else "/"


def give_cookie(response: Response, request: Request, settings: Settings, cookie: str) -> None:
    """Let the browser keep a session's cookie: out of reach of scripts and of forms on other sites."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure(request, settings),
        path="/",
    )


def give_device(response: Response, request: Request, settings: Settings, device: str) -> None:
    """Let the browser keep by what it is known from an earlier sign-in."""
    response.set_cookie(
        DEVICE,
        device,
        max_age=int(KNOWN_FOR.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure(request, settings),
        path="/",
    )


def take_cookie(response: Response, request: Request, settings: Settings) -> None:
    """Let the browser forget it."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=secure(request, settings))


def secure(request: Request, settings: Settings) -> bool:
    """Whether a cookie is for HTTPS alone, as `cookie_secure` says; `auto` makes an exception of this very machine."""
    if settings.cookie_secure == "auto":
        return request.url.hostname not in LOOPBACK
    return settings.cookie_secure == "always"


def _host_of(address: str) -> str | None:
    """The host an address names, empty where it names none; None where it cannot be read."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None


def _of_token(shared: Served, sent: HTTPAuthorizationCredentials | None) -> Person | None:
    if sent is None:
        return None
    with shared.store.read() as connection:
        found = tokens.who(connection, sent.credentials, shared.today())
    return None if found is None else Person(f"token:{found.name}", found.scope)
