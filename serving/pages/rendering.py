"""How a page is made: a template in one language, with the headers that keep it to itself."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from serving.api.errors import not_found
from serving.languages import LANGUAGES, Language, language
from serving.pages.assets import assets

LANGUAGE_COOKIE = "exitwatch_language"


def _readable(request: Request) -> None:
    """Refuse an address with a sign that stands in no text: nothing is under it, and some databases choke on it."""
    if "\x00" in request.scope["path"] or any("\x00" in value for value in request.query_params.values()):
        raise not_found()


#: What the routes of pages are made with: they are for people, so they stand in no description of the interface.
PAGES: dict[str, Any] = {
    "include_in_schema": False,
    "tags": ["pages"],
    "default_response_class": HTMLResponse,
    "dependencies": [Depends(_readable)],
}

#: Nothing from elsewhere, nothing written into the page itself, and no other page around it.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "private, no-store",
    }
)

_TEMPLATES = Path(__file__).with_name("templates")
#: Smaller answers do not gain by being packed.
_WORTH_PACKING = 600
_LEVEL = 5


@dataclass(frozen=True)
class Reader:
    """Who reads a page, as far as the page itself must know it.

    Parameters
    ----------
    name
        Shown at the foot of the page.
    csrf
        What a form must send back.
    places
        Address and title of each page there is for the reader.
    """

    name: str
    role: str
    csrf: str
    places: tuple[tuple[str, str], ...]


def page(
    request: Request, template: str, tongue: Language, reader: Reader | None, status: int = 200, **values: object
) -> Response:
    """A page as it is sent."""
    return written(request, rendered(template, tongue, reader=reader, here=_here(request), **values), tongue, status)


def rendered(template: str, tongue: Language, **values: object) -> str:
    """A template filled in, in a language."""
    return environment(tongue.code).get_template(template).render(**values)


def written(request: Request, html: str, tongue: Language, status: int = 200) -> Response:
    """HTML as it is sent: packed where the browser can unpack it."""
    answer = packed(request, html.encode(), "text/html; charset=utf-8", status)
    answer.headers["Content-Language"] = tongue.code
    return answer


def packed(request: Request, content: bytes, media: str, status: int = 200) -> Response:
    """An answer with every header of a page, packed where the browser can unpack it."""
    headers = dict(HEADERS) | {"Vary": "Accept-Encoding"}
    if len(content) >= _WORTH_PACKING and unpacks(request):
        content = gzip.compress(content, _LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, status, headers, media)


def unpacks(request: Request) -> bool:
    """Whether whoever asks can unpack gzip."""
    named = request.headers.get("accept-encoding", "").split(",")
    return any(name.split(";")[0].strip() == "gzip" and "q=0" not in name.replace(" ", "") for name in named)


@cache
def environment(code: str) -> Environment:
    """The templates in one language, read and compiled once."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["assets"] = assets()
    made.globals["languages"] = LANGUAGES
    return language(code).speak_in(made)


def chosen(request: Request, asked: str, usual: str) -> Language:
    """The language of a page.

    Parameters
    ----------
    asked
        The account's own; empty where nobody is signed in or none was chosen.
    usual
        The institution's.
    """
    wanted = [asked, request.cookies.get(LANGUAGE_COOKIE, ""), *_accepted(request.headers.get("accept-language", ""))]
    return language(next((code for code in wanted if code in LANGUAGES), usual))


def _accepted(header: str) -> list[str]:
    """Codes a browser asks for, the one it likes best first.

    >>> _accepted("sw;q=0.5, fr-FR, en;q=0.8")
    ['fr-FR', 'fr', 'en', 'sw']
    """
    weighed = []
    for place, part in enumerate(header[:500].split(",")):
        code, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), place, code.strip()))
        except ValueError:
            continue
    return [each for _, _, code in sorted(weighed) for each in dict.fromkeys((code, code.split("-")[0])) if each]


def _here(request: Request) -> str:
    return request.url.path
