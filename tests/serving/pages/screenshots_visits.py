"""Pictures of the week's plan for the manual: ``python -m tests.serving.pages.screenshots_visits [FOLDER]``.

FOLDER is what `exitwatch demo --clients 2000 --dir FOLDER` made; without one it is made, which takes some minutes. They
are made by hand and looked at, in colours and in grey, not by the tests.
"""

import io
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent / "reference"))

from chromium import browser, serving, settled
from playwright.sync_api import Browser

from serving import accounts, issued, sessions
from serving.access import Actor, Scope
from serving.api.callers import COOKIE
from serving.app import create_app
from serving.home import Home
from serving.store.database import Store
from tests.serving.pages.screenshots_analysis import COLOURS, demonstration

INTO = Path(__file__).parents[3] / "docs" / "images" / "visits"
PHONE, DESK = 320, 1280
#: Points; longer pages are cut where a reader has seen enough.
LONGEST = {PHONE: 1600, DESK: 1400}
BY = Actor("ann", "admin")
#: So little that not every line has a day.
SCARCE = "\nvisit_hours_a_day = 0.25\ndesk_hours_a_day = 0.5\n"


def signed_in(store: Store, now: datetime) -> dict[str, str]:
    """Cookies of an officer, of the officer's manager and of the desk."""
    with store.write() as connection:
        newest = issued.newest(connection)
        assert newest
        page = max(issued.sheets(connection, newest), key=lambda page: (not page.is_desk, len(page.lines)))
        scopes = {"officer": f"officer:{page.officer_id}", "manager": f"manager:{page.branch_id}", "desk": "desk"}
        for name, scope in scopes.items():
            accounts.add(connection, name, Scope.of_text(scope), BY, now, oidc_subject=name)
        return {name: sessions.begin(connection, accounts.existing(connection, name), now, 12)[0] for name in scopes}


def take(started: Browser, address: str, cookies: dict[str, str], name: str, username: str, at: str = "") -> None:
    """The plan of somebody on a phone and on a desk, from a place on the page."""
    for width in (PHONE, DESK):
        context = started.new_context(base_url=address, viewport={"width": width, "height": 800})
        context.add_cookies([{"name": COOKIE, "value": cookies[username], "url": address}])
        page = context.new_page()
        answer = page.goto("/visits")
        assert answer
        assert answer.status == 200
        settled(page)
        for picture in page.locator("img.chart").all():
            picture.scroll_into_view_if_needed()
            page.wait_for_function("(it) => it.complete && it.naturalWidth > 0", arg=picture.element_handle())
        page.evaluate("() => scrollTo(0, 0)")
        top = int(page.locator(at).bounding_box()["y"]) - 10 if at else 0  # type: ignore[index]
        raw = page.screenshot(full_page=True)
        context.close()
        with Image.open(io.BytesIO(raw)) as taken:
            seen = taken.convert("RGB").crop((0, top, taken.width, min(taken.height, top + LONGEST[width])))
            few = seen.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            few.save(INTO / f"{name}-{width}.png", optimize=True)


def main(folder: Path | None) -> None:
    """Make all pictures anew."""
    INTO.mkdir(parents=True, exist_ok=True)
    for old in INTO.glob("*.png"):
        old.unlink()
    with demonstration(folder) as demo:
        home = Home(demo / "home")
        with home.settings_file.open("a") as settings:
            settings.write(SCARCE)
        now = datetime.combine(home.scored_dates()[-1] + timedelta(days=2), time(8), UTC)
        app = create_app(home.path, now=lambda: now)
        store: Store = app.state.served.store
        cookies = signed_in(store, now)
        with browser() as started, serving(app) as address:
            for username in cookies:
                take(started, address, cookies, username, username)
            for username in ("manager", "desk"):
                take(started, address, cookies, f"{username}-hours", username, "#hours")
        store.close()
    size = sum(file.stat().st_size for file in INTO.glob("*.png"))
    sys.stdout.write(f"{len(list(INTO.glob('*.png')))} pictures, {size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
