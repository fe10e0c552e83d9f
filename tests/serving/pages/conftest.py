"""A running application over a made-up institution, and people who sign in to it."""

import asyncio
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).parent / "reference"))
sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))

from chromium import browser, serving
from office import AS_OF, NOW, PASSWORD, PEOPLE, TIMEZONE, issue, settings_file, settle_in
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext
from quick_hashes import quick
from surveyed import ask, draw

from serving import accounts, sessions
from serving.api.callers import COOKIE
from serving.app import create_app
from serving.home import Home
from serving.store.database import Store, migrate, open_store

#: A secure address, as a phone has it.
ADDRESS = "https://exitwatch.example"


@dataclass
class Clock:
    """The time the application goes by."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


class Browser:
    """Somebody's browser without a script: keeps cookies, follows nothing by itself."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.cookies = httpx.Cookies()
        self.csrf = ""

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Accept": "text/html", "Accept-Language": "en"} | more.pop("headers", {})

        async def one() -> httpx.Response:
            door = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=door, base_url=ADDRESS, cookies=self.cookies, trust_env=False
            ) as client:
                answer = await client.request(method, path, headers=headers, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(one())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, sent: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send a form, with what proves that it comes from a page."""
        return self.ask("POST", path, data={"csrf": self.csrf} | (sent or {}), **more)

    def sign_in(self, username: str) -> "Browser":
        answer = self.post("/login", {"username": username, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/account").text)
        assert found
        self.csrf = found[1]
        return self


@dataclass
class Site:
    """An application, its store and its clock."""

    app: FastAPI
    home: Home
    store: Store
    clock: Clock
    cookies: dict[str, str] = field(default_factory=dict)
    _signed_in: dict[str, Browser] = field(default_factory=dict)

    def anybody(self) -> Browser:
        return Browser(self.app)

    def as_(self, username: str) -> Browser:
        """Somebody who is signed in."""
        if username not in self._signed_in:
            self._signed_in[username] = Browser(self.app).sign_in(username)
        return self._signed_in[username]

    def entered(self, username: str) -> Browser:
        """Somebody who signed in this morning."""
        if username not in self._signed_in:
            browser = self._signed_in[username] = Browser(self.app)
            browser.cookies.set(COOKIE, self.cookies[username], domain="exitwatch.example")
            with self.store.read() as connection:
                found = sessions.find(connection, self.cookies[username], self.clock())
            browser.csrf = found.csrf if found else ""
        return self._signed_in[username]


@pytest.fixture(scope="session")
def cookies(furnished: Path) -> dict[str, str]:
    """Username to the cookie of a session that began in the morning."""
    with closing(open_store(f"sqlite:///{furnished}")) as store, store.write() as connection:
        return {
            name: sessions.begin(connection, accounts.existing(connection, name), NOW - timedelta(hours=1), 12)[0]
            for name in PEOPLE
        }


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> FastAPI:
    """One application for all tests of pages; each test gives it a store of its own."""
    home = Home(tmp_path_factory.mktemp("pages") / "home").create()
    settings_file(home)
    shutil.copyfile(furnished, home.path / "exitwatch.db")
    made = create_app(home.path)
    made.state.served.store.close()
    made.state.served.passwords = quick()
    return made


def over(app: FastAPI, url: str) -> Iterator[Site]:
    """The application over one database, at the time of the made-up institution."""
    shared, clock = app.state.served, Clock()
    with closing(open_store(url)) as store:
        shared.store, shared.now = store, clock
        yield Site(app, shared.home, store, clock)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with accounts for everybody and the lists of two weeks."""
    file = tmp_path_factory.mktemp("office") / "exitwatch.db"
    migrate(f"sqlite:///{file}")
    with closing(open_store(f"sqlite:///{file}")) as store:
        settle_in(store, quick())
        issue(store, AS_OF - timedelta(days=7))
        issue(store)
    return file


@pytest.fixture(scope="session")
def surveyed(tmp_path_factory: pytest.TempPathFactory, furnished: Path, cookies: dict[str, str]) -> Path:
    """The same, once a sample of leavers was drawn and most of it has answered."""
    assert cookies
    file = tmp_path_factory.mktemp("surveyed") / "exitwatch.db"
    shutil.copyfile(furnished, file)
    with closing(open_store(f"sqlite:///{file}")) as store:
        draw(store)
        ask(store)
    return file


@pytest.fixture(scope="session")
def begun(furnished: Path) -> Path:
    """The file each test begins with; a module may have another."""
    return furnished


@pytest.fixture
def site(app: FastAPI, tmp_path: Path, begun: Path, cookies: dict[str, str]) -> Iterator[Site]:
    """The institution on SQLite, with a session of everybody."""
    shutil.copyfile(begun, tmp_path / "office.db")
    for made in over(app, f"sqlite:///{tmp_path / 'office.db'}"):
        made.cookies = cookies
        yield made


@pytest.fixture
def stored_site(app: FastAPI, database: str) -> Iterator[Site]:
    """The same on each kind of database in turn."""
    with closing(open_store(database)) as store:
        settle_in(store, quick())
        issue(store, AS_OF - timedelta(days=7))
        issue(store)
    yield from over(app, database)


@pytest.fixture
def amina(site: Site) -> Browser:
    """The officer of the first list."""
    return site.entered("amina")


@pytest.fixture
def people() -> dict[str, str]:
    """Username to scope, of everybody."""
    return dict(PEOPLE)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def address(app: Any) -> Iterator[str]:
    with serving(app) as found:
        yield found


@pytest.fixture
def phone(
    chromium: Chromium, address: str, site: Any, cookies: dict[str, str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a new phone, on which somebody has signed in."""
    made = []

    def new(width: int = 390, username: str = "amina", **more: Any) -> BrowserContext:
        context = chromium.new_context(
            base_url=address,
            viewport={"width": width, "height": 800},
            timezone_id=TIMEZONE,
            locale=more.pop("locale", "en-GB"),
            **more,
        )
        context.set_default_timeout(8_000)
        context.clock.set_fixed_time(site.clock.at)
        if username:
            context.add_cookies([{"name": COOKIE, "value": cookies[username], "url": address, "httpOnly": True}])
        made.append(context)
        return context

    yield new
    for context in made:
        context.close()
