"""What a phone keeps, so that the week goes on without a network: the dress of the pages, and the signed list."""

import json

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from serving.access import Role
from serving.api.callers import ThePerson
from serving.api.errors import not_found
from serving.api.served import TheServed
from serving.events import Event
from serving.pages import rendering
from serving.pages.assets import assets
from serving.pages.drawn import drawn
from serving.pages.rendering import HEADERS, PAGES, environment
from serving.pages.signing import signer
from serving.pages.site import only, own_list, show, tongue

router = APIRouter(**PAGES)

_A_YEAR = "public, max-age=31536000, immutable"


@router.get("/static/{digest}/{name}")
def static(request: Request, digest: str, name: str) -> Response:
    """Style, script or picture. Public: there is nothing of anybody in it."""
    found = assets().find(digest, name)
    if found is None:
        raise not_found()
    headers = {"Cache-Control": _A_YEAR, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if found.packed and rendering.unpacks(request):
        return Response(found.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=found.media)
    return Response(found.content, headers=headers, media_type=found.media)


@router.get("/service-worker.js")
def service_worker() -> Response:
    """The part of the script that answers where there is no network. Public."""
    made = environment("en").get_template("service-worker.js")
    text = made.render(digest=assets().digest, files=[Markup(each) for each in assets().kept_by_phones])  # noqa: S704
    headers = {**HEADERS, "Cache-Control": "no-cache"}
    return Response(text, headers=headers, media_type="text/javascript; charset=utf-8")


@router.get("/manifest.webmanifest")
def manifest() -> Response:
    """How a phone installs the pages. Public."""
    icons = [
        {"src": assets().address(f"icon-{size}{kind}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        | ({"purpose": "maskable"} if kind else {})
        for size in (192, 512)
        for kind in ("", "-maskable")
    ]
    content = {
        "name": "exitwatch",
        "short_name": "exitwatch",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f5f7",
        "theme_color": "#0b5d3b",
        "icons": icons,
    }
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(json.dumps(content), headers=headers, media_type="application/manifest+json")


@router.get("/offline")
def offline(request: Request, shared: TheServed) -> Response:
    """The page a phone shows without a network. Public: the list is put into it on the phone."""
    return show(request, shared, None, "offline.html")


@router.get("/pages/me.json")
def me(person: ThePerson) -> Response:
    """Who is signed in, and what their phone must send along with an entry."""
    return _json({"account": person.actor, "csrf": person.csrf})


@router.get("/pages/list.json")
def kept_list(request: Request, shared: TheServed, person: ThePerson) -> Response:
    """An officer's own list of the newest week, signed, for the phone to keep."""
    only(person, Role.OFFICER)
    key = signer(shared.store)
    language = tongue(request, shared, person)
    with shared.store.read() as connection:
        found = own_list(connection, person)
        if found is None:
            raise not_found()
        kept = drawn(connection, request, shared, person, language, found[1], planned=found[0]).kept
    shared.record(person, Event.LIST_EXPORTED, found[1].list_id, format="phone", lines=len(found[1].lines))
    content = {"document": kept.content, "signature": key.sign(kept.content.encode()), "digest": kept.digest}
    return rendering.packed(request, json.dumps(content, ensure_ascii=False).encode(), "application/json")


def _json(content: dict[str, str | None]) -> Response:
    return Response(json.dumps(content), headers=dict(HEADERS), media_type="application/json")
