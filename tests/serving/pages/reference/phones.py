"""What somebody does with a phone in their hand."""

import re
from pathlib import Path
from typing import Any

import axe_core_python
from chromium import settled
from office import PASSWORD, TUESDAY
from playwright.sync_api import BrowserContext, Page, expect

from serving import handovers, holds, issued, outcomes
from serving.given import Given, Sheet
from serving.holds import Hold, Reach
from serving.outcomes import By

LIST = "2024-W27-o1"
NEW_ID = "0b8c1b4e-6f0e-4c55-9a3e-7a3a6f0e4c55"
WIDTHS = (320, 390, 1280)
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")


def opened(context: BrowserContext, path: str = "/") -> Page:
    """A page, once its script has done what it begins with."""
    page = context.new_page()
    page.goto(path)
    settled(page)
    return page


def sign_in(context: BrowserContext, username: str = "amina") -> Page:
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"/(lists|branch|desk|rights|accounts|account)$"))
    settled(page)
    return page


def card(page: Page, name: str) -> Any:
    return page.locator("li.line", has=page.get_by_role("heading", name=name))


def enter(page: Page, name: str, code: str = "S", **more: str) -> None:
    here = card(page, name)
    here.get_by_role("link", name=re.compile("What was found|Correct it")).click()
    form = here.locator("form.found")
    form.get_by_label("What was found").select_option(code)
    for label, value in more.items():
        form.get_by_label(label).fill(value)
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)


def on_another_phone(site: Any) -> None:
    """The same officer enters something on a phone borrowed from somebody."""
    given = Given.of(outcome_id=NEW_ID, client_id="K-19002", happened_on=TUESDAY, code="S", kind="visit")
    with site.store.write() as connection:
        found = issued.sheet(connection, LIST)
        assert found
        by = By("amina", "officer", "phone")
        outcomes.record(connection, Sheet.of(found[1]), given, by, site.clock.at, TUESDAY)


def every_list(connection: Any) -> list[Any]:
    newest = issued.newest(connection)
    assert newest
    return issued.sheets(connection, newest)


def wait_at_the_branch(site: Any) -> None:
    """The desk hands a line over, and a client asks for peace."""
    with site.store.write() as connection:
        desk = Sheet.of(next(page for page in every_list(connection) if page.is_desk))
        note = "ask about the receipt"
        at = site.clock.at
        handovers.hand(connection, desk, "K-20222", "b1", handover_id=NEW_ID, note=note, actor="dorcas", at=at)
        holds.add(connection, Hold.DISASTER, Reach.VILLAGE, "Manyatta", TUESDAY, TUESDAY, actor="dorcas", at=at)
        holds.add(connection, Hold.OPT_OUT, Reach.CLIENT, "K-20417", TUESDAY, None, actor="dorcas", at=at)


def entered(site: Any) -> list[Any]:
    with site.store.read() as connection:
        return outcomes.of_list(connection, LIST)
