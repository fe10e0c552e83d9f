"""Signing in with the account of one's organisation: the way to the provider, and the way back."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from serving.api.callers import give_cookie, safe_next, secure
from serving.api.errors import not_found
from serving.api.served import TheServed
from serving.oidc import STATE_LASTS, Entered, OpenID, Why
from serving.pages.rendering import PAGES
from serving.pages.sent import on
from serving.pages.site import show, tongue

router = APIRouter(**PAGES)

WAY_IN, WAY_BACK = "/login/openid", "/login/openid/back"
_STATE = "exitwatch_openid"
_LONGEST = 500


def _openid(request: Request) -> OpenID:
    """Where the settings name a provider; else there is no such page."""
    found: OpenID = request.app.state.openid
    if not found.offered:
        raise not_found()
    return found


@router.get(WAY_IN)
def go(request: Request, shared: TheServed, next: str = "") -> Response:  # noqa: A002 - as addresses have it
    """Send somebody to the provider. Public."""
    here = urlsplit(str(request.base_url))
    way_back = f"{here.scheme}://{here.netloc}{WAY_BACK}"
    begun = _openid(request).begin(shared.store, shared.now(), way_back, safe_next(next[:_LONGEST]))
    response = RedirectResponse(begun.url, status_code=303, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        _STATE,
        begun.state,
        max_age=int(STATE_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure(request, shared.settings),
        path=WAY_BACK,
    )
    return response


@router.get(WAY_BACK)
def come(request: Request, shared: TheServed) -> Response:
    """Let somebody in whom the provider sent back. Public."""
    found = _openid(request).finish(shared.store, shared.now(), request.cookies.get(_STATE), dict(request.query_params))
    if isinstance(found, Entered):
        response: Response = on(safe_next(found.back_to))
        give_cookie(response, request, shared.settings, found.signed_in.cookie)
    else:
        wrong = _said(request, shared, found)
        values = {"next": "", "wrong": wrong, "username": "", "openid": WAY_IN}
        response = show(request, shared, None, "login.html", 401, **values)
    response.delete_cookie(_STATE, path=WAY_BACK)
    return response


def _said(request: Request, shared: TheServed, why: Why) -> str:
    language = tongue(request, shared, None)
    match why:
        case Why.ROLE:
            return language.text("Your organisation has not said what you may do here. Ask whoever runs exitwatch.")
        case Why.TAKEN:
            return language.text("There is an account of your name that signs in with a password.")
        case Why.DISABLED:
            return language.text("Your account here is closed.")
        case Why.ANSWER:
            return language.text("That did not work. Try again from the beginning.")
