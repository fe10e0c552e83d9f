"""Tried in a real browser: by keyboard, on small screens, without script, on a bad line, and by what axe looks for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from chromium import program, settled
from office import NOW, PASSWORD
from phones import AXE, LIST, WIDTHS, card, entered, every_list, on_another_phone, opened, wait_at_the_branch
from playwright.sync_api import BrowserContext, expect

pytestmark = [
    pytest.mark.skipif(program() is None, reason="Chromium is not installed: no chromium in the path"),
    pytest.mark.xdist_group("browser"),
]


def test_a_search_finds_by_name_number_or_group(phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone())
    search = page.get_by_label("Search by name, number or group")
    for wanted, names in (
        ("upendo", ["Halima Abdi", "Grace Auma"]),
        ("K-20533", ["Achieng’ Odhiambo"]),
        ("KAMAU wanjiru", ["Wanjiru Kamau"]),
        ("nobody", []),
    ):
        search.fill(wanted)
        expect(page.locator("li.line:visible h3")).to_have_text(names)
        expect(page.get_by_text(f"Lines shown: {len(names)}")).to_be_visible()
    search.fill("")
    expect(page.locator("li.line:visible")).to_have_count(8)


def test_a_page_left_open_until_the_evening_calls_nobody(phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone())
    page.clock.set_fixed_time(NOW + timedelta(hours=9))

    card(page, "Wanjiru Kamau").locator("a.tel").click()

    expect(page.get_by_text("Not now: only from 09:00 to 18:00")).to_be_visible()


def test_the_whole_week_goes_by_keyboard_alone(site: Any, phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone(1280))
    page.reload()
    settled(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    link = card(page, "Wanjiru Kamau").get_by_role("link", name="What was found")
    for _ in range(10):
        page.keyboard.press("Tab")
        if link.evaluate("(it) => it === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("form.found #code")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("form.found")).to_have_count(0)
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("form.found #code")).to_be_focused()
    page.keyboard.type("S")
    for _ in range(15):
        page.keyboard.press("Tab")
        if page.get_by_role("button", name="Save").evaluate("(it) => it === document.activeElement"):
            break
    page.keyboard.press("Enter")

    expect(page.locator("#progress")).to_have_text("1 of 8 done")
    expect(card(page, "Wanjiru Kamau").get_by_role("link", name="Correct it")).to_be_focused()
    expect(card(page, "Wanjiru Kamau").locator(".here.sent")).to_be_visible()
    assert [each.code for each in entered(site)] == ["S"]


def test_without_script_the_form_is_a_page_of_its_own(site: Any, phone: Callable[..., BrowserContext]) -> None:
    context = phone(username="", java_script_enabled=False)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("User name").fill("amina")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    card(page, "Mary Njeri").get_by_role("link", name="What was found").click()
    page.get_by_label("What was found").select_option("T")
    page.get_by_label("Visit").check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("1 of 8 done")).to_be_visible()
    assert [(each.code, each.kind) for each in entered(site)] == [("T", "visit")]


def test_the_first_page_is_small(phone: Callable[..., BrowserContext]) -> None:
    context = phone(service_workers="block")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, int] = {}
    session.on("Network.loadingFinished", lambda it: sizes.update({it["requestId"]: it["encodedDataLength"]}))
    page.goto("/lists")
    settled(page)

    total = sum(sizes.values())
    assert 5_000 < total < 60_000, f"{total} bytes"


#: Every page somebody of a role can open.
PAGES = {
    "": ["/login", "/nothing-here", "/offline"],
    "amina": ["/lists", "/lists/2024-W26-o1", "/lists/2024-W27-o1/4", "/account"],
    "dorcas": ["/desk", "/desk/hand-over/2024-W27-desk/2", "/desk/paper", "/holds", "/lists/2024-W27-desk/1"],
    "beatrice": [
        "/branch",
        "/branch/paper?printed={printed}",
        "/branch/paper?printed=nothing",
        "/holds?client=K-20417",
    ],
    "paula": ["/rights", "/rights?client=K-20417", "/audit", "/holds"],
    "adam": ["/accounts", "/audit?actor=amina"],
    "ann": ["/account"],
}


NOTHING = ("/nothing-here", "/branch/paper?printed=nothing")


@pytest.mark.parametrize("username", PAGES)
def test_no_page_is_too_wide_and_axe_finds_nothing(
    site: Any, phone: Callable[..., BrowserContext], username: str
) -> None:
    on_another_phone(site)
    wait_at_the_branch(site)
    with site.store.read() as connection:
        printed = next(page.printed_id for page in every_list(connection) if page.list_id == LIST)
    page = phone(username=username).new_page()
    for path in PAGES[username]:
        answer = page.goto(path.format(printed=printed))
        assert answer
        assert answer.status == (404 if path in NOTHING else 200)
        if username:
            settled(page)
        page.evaluate(AXE)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} wide at {width}"
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        assert [(path, each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


def test_the_form_under_a_card_is_fit_for_everybody_too(phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone(320))
    card(page, "Mary Njeri").get_by_role("link", name="What was found").click()
    page.locator("form.found #code").select_option("L")
    page.evaluate(AXE)

    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")

    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
