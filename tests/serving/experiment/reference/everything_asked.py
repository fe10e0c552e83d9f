"""Every request that whoever acts on lists can send: from the application's own table of routes."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import product
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from fastapi.routing import APIRoute
from quick_hashes import quick
from starlette.routing import BaseRoute, Route

from serving import accounts, sessions, tokens
from serving.access import OPERATOR, Scope
from serving.api.callers import COOKIE
from serving.app import create_app
from serving.home import Home
from serving.installation import set_fact
from serving.settings import Settings

#: Whoever sees lists in order to act on them.
ACTING = ("officer:o0", "officer:o1", "officer:o2", "manager:b0", "manager:b1", "desk")
#: Would end the session of whoever asks, or is asked before there is one.
LEFT_ALONE = frozenset({"/logout", "/account/password", "/login", "/login/openid", "/login/openid/back"})
KEY = (
    ec.derive_private_key(7, ec.SECP256R1())
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)
UUID = "6c2f8a50-2a52-4d39-8d35-6a59a8d0a00{}"

Values = Mapping[str, Sequence[str]]


def named(client: str, lists: Sequence[str], printed: Sequence[str]) -> dict[str, Sequence[str]]:
    """What a part of an address, or of a question, can be: by its name."""
    return {
        "client_id": [client],
        "client": [client],
        "list_id": lists,
        "place": ["1", "4"],
        "week": ["2024-W26", "2024-W27"],
        "month": ["2024-06"],
        "kind": ["csv", "ics"],
        "feature": ["loans_taken"],
        "name": ["exits-month", "style.css"],
        "width": ["300"],
        "digest": ["0"],
        "outcome_id": [UUID.format(1)],
        "finding_id": [UUID.format(2)],
        "handover_id": [UUID.format(3)],
        "hold_id": [UUID.format(4)],
        "username": ["officer-o0"],
        "what": ["unlock"],
        "printed": printed,
        "check": [""],
        "done": [""],
        "next": ["/"],
        "by": ["month"],
        "branch": ["b0"],
        "segment": ["branch"],
        "driver": ["OFF-1"],
        "sample": [""],
        "year": [""],
        "link": [""],
        "actor": [""],
        "event": [""],
        "subject": [""],
        "before": [""],
        "hours": ["2"],
    }


def bodies(client: str, list_id: str, printed: str) -> Iterator[dict[str, Any]]:
    """What is sent: each thing that can be entered about a client, all names of fields at once."""
    form = {
        "client": client,
        "client_id": client,
        "target": client,
        "reach": "client",
        "kind": "visit",
        "code": "S",
        "happened_on": "2024-07-01",
        "outcome_id": UUID.format(1),
        "list_id": list_id,
        "printed": printed,
        "printed_id": printed,
    }
    yield form
    yield {**form, "kind": "opt_out"}
    yield {
        "outcomes": [
            {name: form[name] for name in ("outcome_id", "list_id", "client_id", "happened_on", "kind", "code")}
        ]
    }
    yield {"printed_id": printed, "happened_on": "2024-07-01", "lines": [{"place": 1, "code": "S", "kind": "visit"}]}
    yield {"keep": "this"}


@dataclass
class Asker:
    """The application over an installation, and everybody who acts there."""

    app: FastAPI
    bearer: dict[str, str] = field(default_factory=dict)
    cookie: dict[str, str] = field(default_factory=dict)
    csrf: dict[str, str] = field(default_factory=dict)

    @classmethod
    def over(cls, home: Home, settings: Settings, now: datetime, today: date) -> "Asker":
        """With an account and a token for each."""
        asker = cls(create_app(home.path, now=lambda: now))
        hashed = quick().hash("a long password of theirs")
        with closing(home.store(settings)) as store, store.write() as connection:
            for who in ACTING:
                name, scope = who.replace(":", "-"), Scope.of_text(who)
                accounts.add(connection, name, scope, OPERATOR, now, password_hash=hashed, display_name=name)
                asker.cookie[who], session = sessions.begin(connection, accounts.existing(connection, name), now, 12)
                asker.csrf[who] = session.csrf
                # One key for all, so that the same list has the same signature.
                set_fact(connection, "list_key", KEY)
                asker.bearer[who] = tokens.add(connection, name, scope, now, today, 30)
        return asker

    def ask(self, who: str, route: Route, path: str, sent: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        """All that an answer says, without what differs between any two installations."""
        method = next(iter((route.methods or set()) - {"HEAD"}))
        pages = "pages" in (getattr(route, "tags", None) or ())
        headers = {"Accept": "text/html"} if pages else {"Authorization": f"Bearer {self.bearer[who]}"}
        cookies = {COOKIE: self.cookie[who]} if pages else {}
        body = {} if sent is None else {"data": {"csrf": self.csrf[who]} | dict(sent)} if pages else {"json": sent}

        async def one() -> httpx.Response:
            door = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=door, base_url="https://exitwatch", cookies=cookies) as client:
                return await client.request(method, path, headers=headers, **body)

        answer = asyncio.run(one())
        kept = {name: self._plain(value) for name, value in answer.headers.items() if name != "content-length"}
        return answer.status_code, kept, self._plain(answer.text)

    def _plain(self, text: str) -> str:
        for secret in (*self.csrf.values(), *self.cookie.values()):
            text = text.replace(secret, "secret")
        return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "new", text)


def routes_of(routes: Sequence[BaseRoute]) -> Iterator[Route]:
    """Every route, also those of routers that were included."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner.routes)
        elif isinstance(route, Route) and route.path not in LEFT_ALONE:
            yield route


def unnamed(route: Route, values: Values) -> set[str]:
    """Parts of a route's address and questions for which there is no value here."""
    return _parts(route) - set(values)


def _parts(route: Route) -> set[str]:
    asked = route.dependant.query_params if isinstance(route, APIRoute) else ()
    return set(route.param_convertors) | {each.name for each in asked}


def addresses(route: Route, values: Values) -> Iterator[str]:
    """Every address of a route, with each question asked by itself."""
    names = sorted(route.param_convertors)
    for chosen in product(*(values[name] for name in names)):
        path = route.path
        for name, value in zip(names, chosen, strict=True):
            path = re.sub(r"\{" + name + r"(:[^}]*)?\}", value, path)
        yield path
        for name in sorted(_parts(route) - set(names)):
            yield from (f"{path}?{name}={value}" for value in values[name])
