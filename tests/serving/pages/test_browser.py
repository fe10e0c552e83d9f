"""Tried in a real browser: the week goes on without a network, and nothing that was entered is lost or doubled."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from chromium import kept_for_later, program, settled
from office import AS_OF, NOW, PASSWORD, TUESDAY, issue
from phones import LIST, WIDTHS, card, enter, entered, on_another_phone, opened, sign_in
from playwright.sync_api import BrowserContext, Route, expect
from sqlalchemy import delete

from serving.outcomes import Status
from serving.store.tables import facts

pytestmark = [
    pytest.mark.skipif(program() is None, reason="Chromium is not installed: no chromium in the path"),
    pytest.mark.xdist_group("browser"),
]


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
