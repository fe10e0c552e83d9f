"""Pictures of every page for the manual, from a made-up institution: ``python -m tests.serving.pages.screenshots``.

They are made by hand and looked at, not by the tests: another version of Chromium draws letters a little otherwise.
"""

import io
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
sys.path.insert(0, str(Path(__file__).parent / "reference"))

from chromium import browser, kept_for_later, serving, settled
from kept import falling_risks, keep_scores
from office import AS_OF, INSTITUTION, NOW, PEOPLE, TIMEZONE, TUESDAY, issue, lists, settings_file, settle_in
from playwright.sync_api import Browser, BrowserContext, Page
from quick_hashes import quick

from serving import accounts, handovers, holds, issued, outcomes, sessions
from serving.api.callers import COOKIE
from serving.app import create_app
from serving.given import Given, Sheet
from serving.holds import Hold, Reach
from serving.home import Home
from serving.outcomes import By
from serving.pages.rendering import LANGUAGE_COOKIE
from serving.store.database import Store, migrate

INTO = Path(__file__).parents[3] / "docs" / "images" / "pages"
LANGUAGES = ("en", "fr")
PHONE, SMALL, DESK = 390, 320, 1280
#: Points; longer pages are cut where a reader has seen enough.
LONGEST = {PHONE: 1500, SMALL: 1300, DESK: 1100}
COLOURS = 96
LIST = "2024-W27-o1"


def lived_in(store: Store, home: Home) -> None:
    """Everything that can be seen on a page has happened."""
    settle_in(store, quick())
    issue(store, AS_OF - timedelta(days=7))
    issue(store)
    listed = [line.client_id for page in lists() for line in page.lines]
    people = dict.fromkeys(listed, "") | {f"K-{n}": "b1" for n in range(9)} | {"K-20222": "b1"}
    keep_scores(home, AS_OF, people, {"K-1": (12.0, 0.0), "K-2": (40.0, 0.0)})
    falling_risks(home, AS_OF, listed)
    with store.write() as connection:
        newest = issued.newest(connection)
        assert newest
        pages = {page.officer_id: page for page in issued.sheets(connection, newest)}

        def enter(owner: str, place: int, code: str, by: str, **more: Any) -> None:
            line = pages[owner].lines[place - 1]
            given = Given.of(
                outcome_id=str(uuid5(NAMESPACE_OID, f"{owner} {place} {by}")),
                client_id=line.client_id,
                happened_on=AS_OF + timedelta(days=1),
                code=code,
                kind=more.pop("kind", "meeting"),
                **more,
            )
            role = PEOPLE[by].split(":")[0]
            channel = "phone" if role == "officer" else "desk"
            sheet = Sheet.of(pages[owner])
            outcomes.record(connection, sheet, given, By(by, role, channel), NOW - timedelta(hours=2), TUESDAY)

        enter("o1", 1, "S", "amina")
        enter("o1", 2, "R", "amina", promised_on="2024-09-02")
        enter("o1", 3, "N", "amina", kind="visit")
        enter("o1", 3, "W", "beatrice", kind="call")
        enter("o3", 1, "T", "joyce")
        desk = Sheet.of(pages["desk"])
        handovers.hand(
            connection,
            desk,
            "K-20222",
            "b1",
            handover_id="5b2f8a50-2a52-4d39-8d35-6a59a8d0a001",
            note="Please look for the receipt of 12 June.",
            actor="dorcas",
            at=NOW,
        )
        holds.add(connection, Hold.DO_NOT_CONTACT, Reach.CLIENT, "K-20888", TUESDAY, None, actor="dorcas", at=NOW)
        until = TUESDAY + timedelta(days=30)
        holds.add(connection, Hold.DISASTER, Reach.VILLAGE, "Nyalenda", TUESDAY, until, actor="dorcas", at=NOW)


class Camera:
    """Takes pictures of pages as somebody sees them."""

    def __init__(self, started: Browser, address: str, cookies: dict[str, str], language: str) -> None:
        self.browser, self.address, self.cookies, self.language = started, address, cookies, language

    def context(self, username: str, width: int) -> BrowserContext:
        context = self.browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": 800},
            timezone_id=TIMEZONE,
            locale={"en": "en-GB"}.get(self.language, self.language),
        )
        context.clock.set_fixed_time(NOW)
        mine = [{"name": LANGUAGE_COOKIE, "value": self.language, "url": self.address}]
        if username:
            mine.append({"name": COOKIE, "value": self.cookies[username], "url": self.address})
        context.add_cookies(mine)  # type: ignore[arg-type]
        return context

    def take(
        self, name: str, username: str, path: str, width: int, act: Callable[[BrowserContext, Page], None] | None = None
    ) -> None:
        """Take one picture, after something was done on the page."""
        context = self.context(username, width)
        page = context.new_page()
        page.goto(path)
        if username:
            settled(page)
        if act is not None:
            act(context, page)
        raw = page.screenshot(full_page=True)
        context.close()
        with Image.open(io.BytesIO(raw)) as picture:
            seen = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, LONGEST[width])))
            few = seen.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            few.save(INTO / f"{name}-{width}-{self.language}.png", optimize=True)


def without_network(context: BrowserContext, page: Page) -> None:
    """Two entries wait on the phone."""
    kept_for_later(page)
    context.set_offline(True)
    page.reload()
    settled(page)
    for place, code in ((4, "S"), (6, "T")):
        card = page.locator(f"#line-{place}")
        card.locator("a.enter").click()
        card.locator("#code").select_option(code)
        card.locator("button.main").click()
        card.locator(".here.waiting").wait_for()


def form_open(_context: BrowserContext, page: Page) -> None:
    """The form under a card, for somebody who leaves."""
    page.locator("#line-4 a.enter").click()
    page.locator("form.found #code").select_option("L")
    page.locator("form.found #reason-0").select_option("WAIT-1")
    page.locator("#line-4").scroll_into_view_if_needed()
    page.evaluate(
        "() => { for (const it of document.querySelectorAll('section.meeting:not(:has(#line-4))')) it.remove() }"
    )


def search(_context: BrowserContext, page: Page) -> None:
    page.locator("#search").fill("upendo")


def plan_open(_context: BrowserContext, page: Page) -> None:
    page.locator("details.proposal summary").click()


def verify(_context: BrowserContext, page: Page) -> None:
    page.locator("form[action='/audit/verify'] button").click()
    page.locator(".said").wait_for()


def pictures(camera: Camera, printed: str) -> None:
    """Every page, on the screen it is mostly read on."""
    for width in (PHONE, DESK):
        camera.take("login", "", "/login", width)
        camera.take("list", "amina", "/lists", width)
        camera.take("desk", "dorcas", "/desk", width)
        camera.take("branch", "beatrice", "/branch", width)
    camera.take("list", "amina", "/lists", SMALL)
    camera.take("list-offline", "amina", "/lists", PHONE, without_network)
    camera.take("list-search", "amina", "/lists", PHONE, search)
    camera.take("list-form", "amina", "/lists", PHONE, form_open)
    camera.take("list-plan", "amina", "/lists", PHONE, plan_open)
    camera.take("found", "amina", f"/lists/{LIST}/4", SMALL)
    camera.take("account", "amina", "/account", PHONE)
    camera.take("hand-over", "dorcas", "/desk/hand-over/2024-W27-desk/3", PHONE)
    camera.take("paper", "beatrice", "/branch/paper", PHONE)
    camera.take("paper-list", "beatrice", f"/branch/paper?printed={printed}", DESK)
    camera.take("peace", "dorcas", "/holds?client=K-20888", PHONE)
    camera.take("rights", "paula", "/rights?client=K-20417", DESK)
    camera.take("audit", "paula", "/audit", DESK, verify)
    camera.take("accounts", "adam", "/accounts", DESK)
    camera.take("nothing", "", "/nothing-here", PHONE)


def main() -> None:
    """Make all pictures anew."""
    INTO.mkdir(parents=True, exist_ok=True)
    for old in INTO.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home").create()
        settings_file(home)
        migrate(f"sqlite:///{home.path / 'exitwatch.db'}")
        app = create_app(home.path, now=lambda: NOW)
        store: Store = app.state.served.store
        lived_in(store, home)
        with store.write() as connection:
            cookies = {
                name: sessions.begin(connection, accounts.existing(connection, name), NOW, 12)[0] for name in PEOPLE
            }
            found = issued.sheet(connection, LIST)
            assert found
        with browser() as started, serving(app) as address:
            for language in LANGUAGES:
                pictures(Camera(started, address, cookies, language), found[1].printed_id)
        store.close()
    size = sum(file.stat().st_size for file in INTO.glob("*.png"))
    sys.stdout.write(f"{len(list(INTO.glob('*.png')))} pictures of {INSTITUTION}, {size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()
