"""One shape for every error: ``{"error": {"code", "message", "hint"}}``. It never repeats what was sent."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from features.errors import Busy, DataError, ExitwatchError, ModelError, NoModel, StorageError, UsageError
from features.schema import TABLES


class ErrorDetail(BaseModel):
    """What went wrong and what to do."""

    code: str = Field(description="Short, stable name of the kind of error.")
    message: str = Field(description="What was found.")
    hint: str = Field(description="What to do.")


class Error(BaseModel):
    """The only shape an error has."""

    error: ErrorDetail


class Refused(Exception):
    """A request that gets an error for an answer."""

    def __init__(self, status: int, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.status = status
        self.detail = ErrorDetail(code=code, message=message, hint=hint)


class SignInFirst(Exception):
    """A page was asked for by nobody who is signed in; the answer is the way to the sign-in page.

    Parameters
    ----------
    back_to
        The page to go on to afterwards; empty for none.
    """

    def __init__(self, back_to: str) -> None:
        super().__init__("sign in first")
        self.back_to = back_to


def not_found() -> Refused:
    """The one answer for what does not exist and for what is not yours to see."""
    return Refused(404, "not_found", "there is nothing here for you", "Check the address and the id.")


_SAID: Mapping[int, tuple[str, str, str]] = {
    400: ("bad_request", "the request cannot be understood", "Check it against /v1/openapi.json."),
    401: ("no_access", "a valid access token is needed", "Send it as 'Authorization: Bearer <token>'."),
    403: ("not_allowed", "this token may not do that", "Ask whoever runs exitwatch for another scope."),
    404: ("not_found", "there is nothing here for you", "Check the address and the id."),
    405: ("wrong_method", "this address does not take that method", "See /v1/openapi.json for what it takes."),
    413: ("too_large", "the request is larger than the server reads", "Send fewer clients at a time."),
    422: ("not_usable", "the request does not have the shape that was asked for", "See /v1/openapi.json."),
    500: ("internal", "something went wrong in the server", "Try again; if it stays, tell whoever runs exitwatch."),
    503: ("not_ready", "the server cannot answer that yet", "Run `exitwatch weekly`, then try again."),
}

#: Answers every route may give besides its own, for the OpenAPI document.
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"model": Error, "description": said[1].capitalize()} for status, said in _SAID.items() if status != 400
}


def refusal(status: int) -> Refused:
    """The usual refusal with a status."""
    return Refused(status, *_SAID.get(status, _SAID[400]))


def add_error_handlers(app: FastAPI) -> None:
    """Give every error of an app the one shape."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        return _answer(error.status, error.detail, headers)

    @app.exception_handler(SignInFirst)
    async def sign_in_first(_request: Request, error: SignInFirst) -> RedirectResponse:
        more = f"?next={quote(error.back_to, safe='')}" if error.back_to else ""
        return RedirectResponse(f"/login{more}", status_code=303)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        return _answer(error.status_code, refusal(error.status_code).detail, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        said = refusal(422).detail
        return _answer(422, said.model_copy(update={"message": f"{_place(first['loc'])}: {first['msg'][:200]}"}))

    @app.exception_handler(ExitwatchError)
    async def ours(_request: Request, error: ExitwatchError) -> JSONResponse:
        status, code, hint = _kind(error)
        return _answer(status, ErrorDetail(code=code, message=str(error), hint=hint))

    @app.exception_handler(Exception)
    async def unforeseen(_request: Request, _error: Exception) -> JSONResponse:
        return _answer(500, refusal(500).detail)


def _place(loc: Sequence[object]) -> str:
    """Where in a request something is wrong; a name of the sender's own making is not repeated."""
    match tuple(loc):
        case ("body", "tables", str(table), int(row), str(column), *_) if column in _columns(table):
            return f"row {row + 1} of table {table!r}, column {column!r}"
        case ("body", "tables", str(table), int(row), *_) if table in TABLES:
            return f"row {row + 1} of table {table!r}"
        case ("body", "tables", str(table), *_) if table not in TABLES:
            return "a table that is not part of the canonical book"
    return ".".join(str(part) for part in loc).encode("ascii", "replace").decode()


def _columns(table: str) -> Collection[str]:
    return TABLES[table].columns if table in TABLES else ()


def _kind(error: ExitwatchError) -> tuple[int, str, str]:
    if isinstance(error, Busy):
        return 503, "busy", "Try again in a few seconds."
    if isinstance(error, NoModel):
        return 503, "no_model", "Train and promote a model with `exitwatch train`."
    if isinstance(error, ModelError):
        return 503, "model_not_usable", "Train again, or restore the bundle."
    if isinstance(error, StorageError):
        return 503, "storage", "Tell whoever runs exitwatch."
    if isinstance(error, DataError):
        return 422, "data_not_usable", "Compare the rows with the canonical book in docs/book.md."
    if isinstance(error, UsageError):
        return 422, "not_usable", "See /v1/openapi.json."
    return refusal(500).status, "internal", refusal(500).detail.hint


def _answer(status: int, detail: ErrorDetail, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(Error(error=detail).model_dump(), status_code=status, headers=dict(headers or {}))
