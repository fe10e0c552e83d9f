"""Who is asking: bearer tokens, sessions, forged requests, and what the audit log keeps of each answer."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from features.errors import StorageError
from serving import accounts, audit, sessions
from serving.access import OPERATOR, Scope
from serving.api.callers import COOKIE, CSRF_HEADER, give_cookie, safe_next, take_cookie
from serving.api.served import Served
from serving.app import create_app
from serving.sessions import LONGEST
from serving.settings import Settings

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Site:
    """An application over a copy of the home of all, somebody signed in, and the log since then."""

    app: FastAPI
    clock: Clock
    client: Any
    tokens: dict[str, str]
    cookie: str
    csrf: str
    seen: int

    @property
    def shared(self) -> Served:
        found: Served = self.app.state.served
        return found

    def by_cookie(self, path: str, method: str = "GET", cookie: str = "", **more: Any) -> httpx.Response:
        headers = {"Cookie": f"{COOKIE}={cookie or self.cookie}"} | more.pop("headers", {})
        answer: httpx.Response = self.client.request(method, path, headers=headers, **more)
        return answer

    def by_token(self, scope: str, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[scope]}"} | more.pop("headers", {})
        answer: httpx.Response = self.client.request(method, path, headers=headers, **more)
        return answer

    def logged(self) -> list[tuple[str, str, str, str, dict[str, Any]]]:
        with self.shared.store.read() as connection:
            return [
                (row.actor, row.role, row.event, row.subject, json.loads(row.detail))
                for row in audit.entries(connection)
                if row.seq > self.seen
            ]


@pytest.fixture(scope="module")
def application(lived: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, Clock]]:
    home = tmp_path_factory.mktemp("callers") / "home"
    shutil.copytree(lived.home.path, home)
    clock = Clock()
    app = create_app(home, now=clock)
    store = app.state.served.store
    with store.write() as connection:
        accounts.add(connection, "amina", Scope.of_text("officer:o0"), OPERATOR, NOW, language="sw")
        accounts.add(connection, "ann", Scope.of_text("analyst"), OPERATOR, NOW)
    yield app, clock
    store.close()


@pytest.fixture
def site(lived: Any, application: tuple[FastAPI, Clock], client_of: Callable[[FastAPI], Any]) -> Site:
    return signed_in(lived, application, client_of, "amina")


@pytest.fixture
def analyst(lived: Any, application: tuple[FastAPI, Clock], client_of: Callable[[FastAPI], Any]) -> Site:
    return signed_in(lived, application, client_of, "ann")


def signed_in(
    lived: Any, application: tuple[FastAPI, Clock], client_of: Callable[[FastAPI], Any], username: str
) -> Site:
    app, clock = application
    clock.at = NOW
    with app.state.served.store.write() as connection:
        cookie, session = sessions.begin(connection, accounts.existing(connection, username), NOW, 12)
        seen = audit.head(connection).seq
    return Site(app, clock, client_of(app), lived.tokens, cookie, session.csrf, seen)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_session_sees_what_a_token_of_the_same_scope_sees(site: Site) -> None:
    for path in ("/v1/lists/current", "/v1/lists/2024-W26", "/v1/clients/c000/risk", "/v1/clients/c001/risk"):
        by_cookie, by_token = site.by_cookie(path), site.by_token("officer:o0", path)

        assert (by_cookie.status_code, by_cookie.json()) == (by_token.status_code, by_token.json())


def test_a_session_ends_when_it_is_not_used(site: Site) -> None:
    hours = site.shared.settings.session_hours
    site.clock.at = NOW + timedelta(hours=hours, seconds=-1)
    assert site.by_cookie("/v1/lists/current").status_code == 200
    site.clock.at = NOW + timedelta(hours=2 * hours, seconds=-2)
    assert site.by_cookie("/v1/lists/current").status_code == 200
    site.clock.at += timedelta(hours=hours)
    assert code(site.by_cookie("/v1/lists/current")) == (401, "no_access")


def test_another_cookie_is_nobody(site: Site) -> None:
    for cookie in ("x", site.cookie + "x", site.cookie[:-1], '""'):
        assert code(site.by_cookie("/v1/lists/current", cookie=cookie)) == (401, "no_access")


def test_whatever_changes_something_must_come_from_a_page_of_this_server(analyst: Site, posted: Any) -> None:
    """The browser sends the cookie along with another site's form; it cannot know what the page must send back."""
    body = posted("c000")
    for headers in ({}, {CSRF_HEADER: ""}, {CSRF_HEADER: "x"}, {CSRF_HEADER: analyst.csrf[:-1]}, {CSRF_HEADER: "é"}):
        sent = {name: value.encode() for name, value in headers.items()}
        assert code(analyst.by_cookie("/v1/score", "POST", json=body, headers=sent)) == (403, "forged")

    assert analyst.by_cookie("/v1/score", "POST", json=body, headers={CSRF_HEADER: analyst.csrf}).status_code == 200
    assert analyst.by_token("analyst", "/v1/score", "POST", json=body).status_code == 200


def test_a_form_may_carry_it_as_a_field(site: Site) -> None:
    forged: list[dict[str, Any]] = [
        {"data": {"csrf": "x"}},
        {"data": {}},
        {"files": {"csrf": ("csrf.txt", site.csrf.encode())}},
        {"content": b"csrf=" + site.csrf.encode(), "headers": {"Content-Type": "text/plain"}},
        {"content": b"\xff", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}},
    ]
    for sent in forged:
        assert site.by_cookie("/logout", "POST", **sent).status_code == 403, sent
        assert site.by_cookie("/v1/lists/current").status_code == 200

    assert site.by_cookie("/logout", "POST", data={"csrf": site.csrf}).status_code == 303
    assert site.by_cookie("/v1/lists/current").status_code == 401


def test_a_token_that_was_sent_counts_and_no_cookie_beside_it(site: Site) -> None:
    both = {"Authorization": f"Bearer {site.tokens['officer:o1']}"}
    (mine,) = site.by_cookie("/v1/lists/current", headers=both).json()["lists"]
    assert mine["officer_id"] == "o1"

    for wrong in ("Bearer wrong", "Bearer", "Basic abc", ""):
        assert site.by_cookie("/v1/lists/current", headers={"Authorization": wrong}).status_code == 401, wrong


def test_nobody_is_shown_the_way_to_sign_in_and_then_back(site: Site) -> None:
    for path, to in (
        ("/", "/login"),
        ("/account", "/login?next=%2Faccount"),
        ("/lists/x?a=1&b=2", "/login?next=%2Flists%2Fx%3Fa%3D1%26b%3D2"),
    ):
        answer = site.client.request("GET", path)
        assert (answer.status_code, answer.headers["location"]) == (303, to)
    answer = site.client.request("POST", "/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_use_is_written_down_every_few_minutes_and_not_each_time(site: Site) -> None:
    def seen_at() -> datetime | None:
        with site.shared.store.read() as connection:
            found = sessions.find(connection, site.cookie, site.clock.at)
        return None if found is None else found.seen_at

    for minutes, seen in ((1, 0), (4, 0), (6, 6), (9, 6), (11, 11)):
        site.clock.at = NOW + timedelta(minutes=minutes)
        site.by_cookie("/v1/openapi.json")
        assert seen_at() == NOW + timedelta(minutes=seen)


def test_who_saw_a_list_a_client_and_a_score_is_written_down(site: Site, posted: Any) -> None:
    with site.shared.store.write() as connection:
        mine, others = (audit.pseudonym(connection, client) for client in ("c000", "c001"))
    lines = sum(len(one["lines"]) for one in site.by_cookie("/v1/lists/current").json()["lists"])
    site.by_cookie("/v1/clients/c000/risk")
    site.by_cookie("/v1/clients/c001/risk")
    site.by_token("analyst", "/v1/clients/c001/risk")
    site.by_token("analyst", "/v1/score", "POST", json=posted("c000", "c001"))

    assert site.logged() == [
        ("amina", "officer", "lists_viewed", "2024-W27", {"scope": "officer:o0", "lists": 1, "lines": lines}),
        ("amina", "officer", "client_viewed", mine, {"numbers": False}),
        ("amina", "officer", "client_refused", others, {}),
        ("token:analyst", "analyst", "client_viewed", others, {"numbers": True}),
        ("token:analyst", "analyst", "clients_scored", "", {"clients": 2, "context": "stored"}),
    ]


def test_what_cannot_be_written_down_is_not_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr("serving.api.served.audit.record", full)
    for path in ("/v1/lists/current", "/v1/clients/c000/risk", "/v1/clients/nobody/risk"):
        answer = site.by_cookie(path)
        assert code(answer) == (503, "storage")
        assert "c0" not in answer.text


def test_a_request_asks_the_database_once_who_it_is(site: Site) -> None:
    asked: list[str] = []

    def watch(*given: Any) -> None:
        asked.append(given[2].split("\nWHERE")[0])

    event.listen(site.shared.store.engine, "before_cursor_execute", watch)
    site.by_token("officer:o0", "/v1/openapi.json")
    site.by_cookie("/v1/openapi.json")
    event.remove(site.shared.store.engine, "before_cursor_execute", watch)

    assert [step.split()[0] for step in asked if not step.startswith("BEGIN")] == ["SELECT", "SELECT"]


def request_to(url: str) -> Request:
    scheme, _, host = url.partition("://")
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": scheme,
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", host.encode())],
            "server": (host, 80),
        }
    )


@pytest.mark.parametrize(
    ("url", "setting", "secure"),
    [
        ("https://exitwatch.example", "auto", True),
        ("http://exitwatch.example", "auto", True),
        ("http://127.0.0.1:8000", "auto", False),
        ("http://localhost", "auto", False),
        ("http://localhost.example", "auto", True),
        ("http://10.0.0.5", "never", False),
        ("http://localhost", "always", True),
    ],
)
def test_a_cookie_is_out_of_reach_of_scripts_and_of_lines_others_read(url: str, setting: Any, secure: bool) -> None:
    settings, request = Settings(cookie_secure=setting), request_to(url)
    given, taken = Response(), Response()
    give_cookie(given, request, settings, "abc")
    take_cookie(taken, request, settings)
    for response in (given, taken):
        parts = {part.strip().split("=")[0].lower() for part in response.headers["set-cookie"].split(";")}
        assert {"httponly", "samesite", "path", "max-age"} <= parts
        assert ("secure" in parts) == secure
        assert "samesite=lax" in response.headers["set-cookie"].lower()


def test_the_browser_keeps_a_session_as_long_as_it_may_last() -> None:
    response = Response()
    give_cookie(response, request_to("https://x.example"), Settings(), "abc")

    assert f"Max-Age={int(LONGEST.total_seconds())}" in response.headers["set-cookie"]
    assert response.headers["set-cookie"].startswith(f"{COOKIE}=abc;")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Origin": "http://exitwatch"}, 401),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 401),
        ({"Sec-Fetch-Site": "none"}, 401),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "http://exitwatch.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://exitwatch"}, 403),
    ],
)
def test_the_sign_in_form_of_another_site_is_refused(site: Site, headers: dict[str, str], status: int) -> None:
    """Else a page could sign its reader in to the account of whoever wrote it."""
    sent = {"username": "nobody", "password": "three goats by the well"}

    assert site.client.request("POST", "/login", data=sent, headers=headers).status_code == status


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lists",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/lists",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\n//evil.example",
        "http:/lists",
        "/x\\y",
        "//[",
        "//a]/lists",
        "//[::1",
    ],
)
def test_after_signing_in_nobody_is_led_elsewhere(text: str) -> None:
    assert safe_next(text) == "/"


@given(st.text(max_size=40))
def test_a_page_to_go_on_to_is_always_one_of_this_server(text: str) -> None:
    from urllib.parse import urljoin, urlsplit

    assert urlsplit(urljoin("https://exitwatch.example/login", safe_next(text))).netloc == "exitwatch.example"
