"""Tried in a real browser: the week goes on without a network, and nothing that was entered is lost or doubled."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from chromium import browser, kept_for_later, program, serving, settled
from office import AS_OF, NOW, PASSWORD, TIMEZONE, TUESDAY, issue
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import delete

from serving import handovers, holds, issued, outcomes
from serving.api.callers import COOKIE
from serving.given import Given, Sheet
from serving.holds import Hold, Reach
from serving.outcomes import By, Status
from serving.store.tables import facts

pytestmark = pytest.mark.skipif(program() is None, reason="Chromium is not installed: no chromium in the path")

LIST = "2024-W27-o1"
NEW_ID = "0b8c1b4e-6f0e-4c55-9a3e-7a3a6f0e4c55"
WIDTHS = (320, 390, 1280)
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def address(app: Any) -> Iterator[str]:
    with serving(app) as found:
        yield found


@pytest.fixture
def phone(
    chromium: Browser, address: str, site: Any, cookies: dict[str, str]
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


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_found_without_a_network_arrives_once_when_it_is_back(
    site: Any, phone: Callable[..., BrowserContext], width: int
) -> None:
    context = phone(width, username="")
    page = sign_in(context)
    expect(page.locator("li.line")).to_have_count(8)
    kept_for_later(page)

    context.set_offline(True)
    page.reload()
    expect(page.get_by_text("No network.")).to_be_visible()
    expect(page.locator("li.line")).to_have_count(8)
    enter(page, "Wanjiru Kamau", "S")
    enter(page, "Mary Njeri", "N")
    enter(page, "Esther Moraa", "T", Note="asks for the dates")
    expect(page.locator("#queue")).to_contain_text("Not sent yet: 3")
    expect(page.locator("#progress")).to_have_text("3 of 8 done")
    assert entered(site) == []

    context.set_offline(False)
    expect(page.locator("#progress")).to_have_text("3 of 8 done")
    expect(page.locator("li.line.done")).to_have_count(3)
    expect(page.locator("#queue")).to_be_hidden()
    assert sorted((each.client_id, each.code, each.status) for each in entered(site)) == [
        ("K-19002", "N", Status.ACCEPTED),
        ("K-20417", "S", Status.ACCEPTED),
        ("K-21004", "T", Status.ACCEPTED),
    ]
    expect(page.get_by_text("asks for the dates")).to_be_visible()


def test_an_entry_whose_answer_was_lost_is_sent_again_and_kept_once(
    site: Any, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone())

    def lost(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route("**/v1/outcomes", lost)
    enter(page, "Mary Njeri", "N")
    expect(page.locator("#queue")).to_contain_text("Not sent yet: 1")
    assert [each.code for each in entered(site)] == ["N"]
    page.unroute("**/v1/outcomes")
    page.get_by_role("button", name="Send now").click()

    expect(page.locator("#queue")).to_be_hidden()
    assert [(each.code, each.status) for each in entered(site)] == [("N", Status.ACCEPTED)]


def test_what_waits_is_sent_when_the_page_is_opened_again(site: Any, phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    page = opened(context)
    kept_for_later(page)
    context.set_offline(True)
    enter(page, "Mary Njeri", "N")
    page.close()
    context.set_offline(False)

    page = context.new_page()
    page.goto("/")

    expect(page.locator("#progress")).to_have_text("1 of 8 done")
    settled(page)
    assert [each.code for each in entered(site)] == ["N"]


def test_a_correction_made_before_the_first_entry_was_sent_replaces_it(
    site: Any, phone: Callable[..., BrowserContext]
) -> None:
    context = phone()
    page = opened(context)
    kept_for_later(page)
    context.set_offline(True)
    enter(page, "Mary Njeri", "N")
    enter(page, "Mary Njeri", "S")
    context.set_offline(False)

    expect(card(page, "Mary Njeri").locator(".here.sent")).to_have_text(re.compile("Stays, will borrow again"))
    assert {each.code: each.status for each in entered(site)} == {"N": Status.REPLACED, "S": Status.ACCEPTED}


def test_what_somebody_else_entered_meanwhile_is_shown_and_a_person_decides(
    site: Any, phone: Callable[..., BrowserContext]
) -> None:
    context = phone()
    page = opened(context)
    kept_for_later(page)
    context.set_offline(True)
    enter(page, "Mary Njeri", "N", Note="nobody at home")
    on_another_phone(site)
    context.set_offline(False)

    here = card(page, "Mary Njeri")
    expect(here.get_by_text("Which entry holds?").first).to_be_visible()
    expect(here.get_by_text("Stays, will borrow again").first).to_be_visible()
    expect(here.get_by_text("nobody at home").first).to_be_visible()
    page.reload()
    settled(page)
    expect(here.locator(".conflict")).to_have_count(1)
    assert {each.code: each.status for each in entered(site)} == {"S": Status.ACCEPTED, "N": Status.CONFLICT}
    here.get_by_role("button", name="This one holds").click()
    page.wait_for_url("**/lists/2024-W27-o1?done=settled*")
    assert {each.code: each.status for each in entered(site)} == {"S": Status.REPLACED, "N": Status.ACCEPTED}


def test_a_person_decides_on_the_phone_at_once(site: Any, phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone())
    on_another_phone(site)
    enter(page, "Mary Njeri", "N")
    here = card(page, "Mary Njeri")
    here.get_by_role("button", name="Mine holds").click()

    expect(page.get_by_text("Which entry holds?")).to_have_count(0)
    assert {each.code: each.status for each in entered(site)} == {"S": Status.REPLACED, "N": Status.ACCEPTED}


def test_an_entry_the_server_refuses_stays_until_it_is_mended_or_discarded(
    site: Any, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone())
    page.clock.set_fixed_time(NOW + timedelta(days=3))  # a phone whose clock is wrong
    enter(page, "Mary Njeri", "N")
    here = card(page, "Mary Njeri")
    expect(here.get_by_text("The server did not take this entry: The day lies after today.")).to_be_visible()
    here.get_by_role("button", name="Mend it").click()
    here.locator("form.found").get_by_label("Day").fill(str(TUESDAY))
    here.locator("form.found").get_by_role("button", name="Save").click()

    expect(here.locator(".here.sent")).to_be_visible()
    expect(here.get_by_text("The server did not take this entry")).to_have_count(0)
    assert [(each.code, each.happened_on) for each in entered(site)] == [("N", TUESDAY)]


def test_what_was_refused_of_an_earlier_list_is_not_lost_from_sight(
    site: Any, phone: Callable[..., BrowserContext]
) -> None:
    context = phone()
    page = opened(context)
    page.clock.set_fixed_time(NOW + timedelta(days=3))
    enter(page, "Mary Njeri", "N")
    expect(card(page, "Mary Njeri").locator(".here.refused")).to_be_visible()
    issue(site.store, AS_OF + timedelta(days=7))
    page.goto("/lists")
    settled(page)
    expect(page.locator("#queue")).to_contain_text("An entry for another list needs a decision:")
    page.locator("#queue").get_by_role("link", name=LIST).click()

    expect(card(page, "Mary Njeri").get_by_text("The server did not take this entry")).to_be_visible()


def test_a_list_that_was_changed_on_the_phone_is_not_shown(phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    page = opened(context)
    kept_for_later(page)
    page.evaluate(
        """async () => {
            const open = indexedDB.open("exitwatch:amina", 1);
            await new Promise((done) => (open.onsuccess = done));
            const store = open.result.transaction("list", "readwrite").objectStore("list");
            const got = store.get("current");
            await new Promise((done) => (got.onsuccess = done));
            const list = got.result;
            list.document = list.document.replace("Mary Njeri", "Mary Forged");
            const put = store.put(list, "current");
            await new Promise((done) => (put.onsuccess = done));
        }"""
    )
    context.set_offline(True)
    page.reload()

    expect(page.get_by_text("is not as the server signed it")).to_be_visible()
    expect(page.locator("li.line")).to_have_count(0)


def test_a_server_that_signs_with_another_key_gets_no_list_onto_the_phone(
    site: Any, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone())
    with site.store.write() as connection:
        connection.execute(delete(facts).where(facts.c.name == "list_key"))

    page.reload()

    expect(page.get_by_text("The server signs with another key")).to_be_visible()


def test_the_list_can_be_read_for_a_week_after_its_own_and_then_goes(phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    page = opened(context)
    kept_for_later(page)
    context.set_offline(True)
    context.clock.set_fixed_time(NOW + timedelta(days=12))
    page.reload()
    expect(page.locator("li.line")).to_have_count(8)
    context.clock.set_fixed_time(NOW + timedelta(days=13))
    page.reload()

    expect(page.get_by_text("too old and has been removed")).to_be_visible()
    expect(page.locator("li.line")).to_have_count(0)


def test_a_session_that_ended_leaves_the_list_readable_and_asks_to_sign_in_for_sending(
    site: Any, phone: Callable[..., BrowserContext]
) -> None:
    context = phone()
    page = opened(context)
    kept_for_later(page)
    context.set_offline(True)
    enter(page, "Mary Njeri", "N")
    site.clock.at = NOW + timedelta(hours=13)
    context.set_offline(False)
    expect(page.locator("#queue")).to_contain_text("You have been signed out. Sign in again")
    page.locator("#queue").get_by_role("link", name="Sign in").click()
    page.get_by_label("User name").fill("amina")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.locator("#progress")).to_have_text("1 of 8 done")
    settled(page)
    assert [each.code for each in entered(site)] == ["N"]


def test_signing_out_with_unsent_entries_warns_and_the_next_person_sees_nothing_of_them(
    site: Any, phone: Callable[..., BrowserContext]
) -> None:
    context = phone()
    page = opened(context)
    kept_for_later(page)
    page.route("**/v1/outcomes", lambda route: route.abort())
    enter(page, "Mary Njeri", "N")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Not everything has been sent.")).to_be_visible()
    page.get_by_role("button", name="Sign out all the same").click()
    page.wait_for_url("**/login*")
    page.unroute("**/v1/outcomes")

    page = sign_in(context, "kofi")
    kept_for_later(page)
    expect(page.locator("li.line")).to_have_count(3)
    context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name="Abena Owusu")).to_be_visible()
    expect(page.get_by_text("Mary Njeri")).to_have_count(0)
    expect(page.locator("#queue")).to_be_hidden()
    assert entered(site) == []
    context.set_offline(False)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login*")

    page = sign_in(context)
    expect(page.locator("#progress")).to_have_text("1 of 8 done")
    settled(page)
    assert [each.code for each in entered(site)] == ["N"]


def test_signing_out_without_a_network_holds_when_it_is_back(phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    page = opened(context)
    kept_for_later(page)
    context.set_offline(True)
    page.goto("/account")

    expect(page.get_by_role("heading", name="Wanjiru Kamau")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out on this phone")).to_be_visible()
    page.get_by_role("button", name="Sign out on this phone").click()
    expect(page.get_by_text("Signed out on this phone.")).to_be_visible()
    expect(page.locator("li.line")).to_have_count(0)
    context.set_offline(False)

    page.wait_for_url("**/login*")
    page.goto("/lists")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_takes_the_list_off_the_phone(phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    page = opened(context)
    kept_for_later(page)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login*")
    assert page.evaluate("async () => (await indexedDB.databases()).map((one) => one.name)") == ["exitwatch"]
    context.set_offline(True)
    page.goto("/lists")

    expect(page.get_by_text("There is no list on this phone.")).to_be_visible()
    expect(page.locator("li.line")).to_have_count(0)


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
