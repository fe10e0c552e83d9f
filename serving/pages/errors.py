"""Errors as a person reads them: on a page and in words, with the status the interface would give."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from features.errors import Busy, ExitwatchError, StorageError
from serving.api.errors import Refused
from serving.api.served import Served
from serving.languages import Language
from serving.pages.site import show, tongue

#: Addresses that machines ask; whatever goes wrong there is told in the interface's one shape.
_MACHINES = ("/v1/", "/healthz", "/readyz", "/metrics", "/pages/")

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]


def add_error_pages(app: FastAPI, shared: Served) -> None:
    """Answer people with pages where machines get the one shape of an error.

    Goes after `serving.api.errors.add_error_handlers`, whose answers machines still get.
    """
    for kind in (Refused, HTTPException, RequestValidationError, ExitwatchError, Exception):
        app.add_exception_handler(kind, _pages_or(app.exception_handlers[kind], shared))


def _pages_or(machines: Handler, shared: Served) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        if not _is_for_people(request):
            answer = machines(request, error)
            return await answer if isinstance(answer, Awaitable) else answer
        return error_page(request, shared, _status(error))

    return handle


def error_page(request: Request, shared: Served, status: int) -> Response:
    """The page for a status. It names nothing of what was asked for, and is the same for everybody."""
    language = tongue(request, shared, None)
    title, message = _said(status, language)
    return show(request, shared, None, "error.html", status, title=title, message=message)


def _is_for_people(request: Request) -> bool:
    path = request.url.path
    return not path.startswith(_MACHINES) and "text/html" in request.headers.get("accept", "")


def _status(error: Exception) -> int:
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, RequestValidationError):
        # An address such as /lists/x/y names nothing; only a form can be wrong in itself.
        in_path = all(found["loc"][:1] == ("path",) for found in error.errors())
        return HTTPStatus.NOT_FOUND if in_path else HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, Busy | StorageError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error, ExitwatchError) else HTTPStatus.INTERNAL_SERVER_ERROR


def _said(status: int, language: Language) -> tuple[str, str]:
    match status:
        case 403:
            return (
                language.text("That was not sent from a page of this server"),
                language.text("Go back, load the page again and repeat it. Nothing was changed."),
            )
        case 404 | 405:
            return language.text("There is nothing here for you"), language.text("Check the address.")
        case 413 | 422 | 400:
            return (
                language.text("That cannot be read"),
                language.text("Go back and look at what was filled in. Nothing was changed."),
            )
        case 503:
            return (
                language.text("That cannot be done at this moment"),
                language.text("Try again in a few seconds. If it stays, tell whoever runs exitwatch."),
            )
    return (
        language.text("Something went wrong in the server"),
        language.text("Try again; if it stays, tell whoever runs exitwatch."),
    )
