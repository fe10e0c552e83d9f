"""What a form sends, and what is said after it was taken."""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from serving.api.errors import refusal
from serving.languages import Language
from serving.pages.rendering import HEADERS

_MOST_FIELDS = 2000
#: Stands in no text, and some databases refuse it.
_NOWHERE = "\x00"


async def _form(request: Request) -> AsyncIterator[FormData]:
    """The fields of a form. A file is no field, and a field holds nothing that no text holds."""
    try:
        sent = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    except HTTPException:
        raise refusal(422) from None
    try:
        if any(not isinstance(value, str) or _NOWHERE in value for value in sent.values()):
            raise refusal(422)
        yield sent
    finally:
        await sent.close()


Sent = Annotated[FormData, Depends(_form)]
#: Which of `said` a page says; anything else says nothing.
Done = Annotated[str, Query(max_length=20)]


def field(sent: FormData, name: str) -> str:
    """One field as text; empty where it was not sent, or is a file."""
    value = sent.get(name)
    return value.strip() if isinstance(value, str) else ""


def on(address: str, done: str = "", anchor: str = "") -> RedirectResponse:
    """Go on to another page, so that loading it again sends nothing twice."""
    more = f"?done={done}" if done else ""
    return RedirectResponse(f"{address}{more}{anchor and '#' + anchor}", status_code=303, headers=dict(HEADERS))


def back_with(address: str, **asked: str) -> RedirectResponse:
    """Go on to a page that is asked for something, such as a client."""
    return on(f"{address}?{urlencode({name: value for name, value in asked.items() if value})}")


def said(done: str, language: Language) -> str:
    """What is said after something was done; nothing for what nobody does."""
    match done:
        case "kept":
            return language.text("Kept. Thank you.")
        case "conflict":
            return language.text("Somebody has entered something different for this line. Which entry holds?")
        case "settled":
            return language.text("Decided.")
        case "password":
            return language.text("The password is changed. Other phones and browsers have been signed out.")
        case "language":
            return language.text("The language is changed.")
        case "handed":
            return language.text("Handed over to the branch.")
        case "taken":
            return language.text("Marked as dealt with.")
        case "held":
            return language.text("The client is left in peace from today.")
        case "lifted":
            return language.text("The hold is lifted from today.")
        case "added":
            return language.text("The account is made.")
        case "disabled":
            return language.text("The account is closed and signed out everywhere.")
        case "enabled":
            return language.text("The account is open again.")
        case "unlocked":
            return language.text("The account is unlocked.")
        case "reset":
            return language.text("The password is set. Tell it to its owner in person.")
        case "corrected":
            return language.text("Kept; lines show it from now on.")
        case "objected":
            return language.text("The client is left out from today.")
        case "erased":
            return language.text("Erased.")
        case "left":
            return language.text("You are signed out.")
    return ""
