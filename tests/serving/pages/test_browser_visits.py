"""The plan of the week in a real browser: the desk moves the slider and takes the file; on small screens, by axe."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import kept_for_later, program, settled
from kept import keep_risks
from office import AS_OF, lists
from phones import AXE, WIDTHS, card, enter, opened
from playwright.sync_api import BrowserContext, ConsoleMessage, expect

from serving.delimited import read_table

pytestmark = [
    pytest.mark.skipif(program() is None, reason="Chromium is not installed: no chromium in the path"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def planned(site: Any) -> Iterator[Any]:
    """Everybody on the week's lists has a risk."""
    keep_risks(site.home, AS_OF, [line.client_id for page in lists() for line in page.lines])
    yield site
    shutil.rmtree(site.home.scores)


def test_the_desk_opens_the_plan_moves_the_slider_and_takes_the_file(
    planned: Any, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone(1280, username="dorcas"), "/desk")
    page.get_by_role("link", name="Plan", exact=True).click()
    settled(page)
    page.get_by_role("link", name="What if there were more hours, or fewer?").click()
    slider = page.get_by_role("slider", name="Hours a day")
    told = page.locator("#expected")

    expect(slider).to_have_attribute("aria-valuetext", "3")
    expect(told).to_contain_text("These are the hours there are.")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0.75")
    expect(told).to_contain_text("With 0.75 hours a day")
    expect(page.locator("#by-hours tr.chosen th")).to_have_text("0.75")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Table (CSV)").click()

    rows = read_table(Path(taken.value.path()).read_bytes())
    assert taken.value.suggested_filename == "visits-2024-W27.csv"
    assert {row["client_id"] for row in rows} == {"N-30011", "K-20222", "N-30555", "K-20601"}
    with page.expect_download() as figures:
        page.get_by_role("link", name="These figures as CSV").click()
    assert read_table(Path(figures.value.path()).read_bytes())[0]["hours"] == "0.75"


def test_without_a_script_the_hours_are_chosen_from_a_list(planned: Any, phone: Callable[..., BrowserContext]) -> None:
    page = phone(320, username="beatrice", java_script_enabled=False).new_page()
    page.goto("/visits")

    expect(page.get_by_role("slider")).to_have_count(0)
    page.get_by_role("combobox", name="Hours a day").select_option("0.5")
    page.get_by_role("button", name="Show").click()

    expect(page.locator("#expected")).to_contain_text("With 0.5 hours a day")
    expect(page.locator("#by-hours tr.chosen th")).to_have_text("0.5")


@pytest.mark.parametrize("username", ["amina", "beatrice", "dorcas"])
def test_no_page_is_too_wide_its_picture_is_there_and_axe_finds_nothing(
    planned: Any, phone: Callable[..., BrowserContext], username: str
) -> None:
    page = phone(username=username).new_page()
    told: list[ConsoleMessage] = []
    page.on("console", lambda message: told.append(message))
    page.goto("/visits")
    settled(page)
    page.evaluate(AXE)

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        for picture in page.locator("img.chart").all():
            picture.scroll_into_view_if_needed()
            expect(picture).to_have_js_property("complete", value=True)
            assert picture.evaluate("(it) => it.naturalWidth") > 0
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        assert [(width, each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert [message.text for message in told if message.type in ("error", "warning")] == []


def test_the_plan_goes_along_on_the_phone_and_leads_to_each_card_without_a_network(
    planned: Any, phone: Callable[..., BrowserContext]
) -> None:
    context = phone(320)
    page = opened(context)
    kept_for_later(page)
    context.set_offline(True)
    page.reload()
    proposal = page.locator("details.proposal")

    expect(page.get_by_text("No network.")).to_be_visible()
    expect(proposal).not_to_have_attribute("open", "")
    expect(page.locator("li.line .rank")).to_have_text([str(place) for place in range(1, 9)])
    proposal.locator("summary").click()
    expect(proposal.get_by_role("heading", name="Mon 1 Jul")).to_be_visible()
    expect(proposal).to_contain_text("At the meeting of Amani")
    expect(proposal).to_contain_text("Moved: others are met in this village on that day.")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    proposal.get_by_role("link", name="Esther Moraa").click()
    expect(card(page, "Esther Moraa")).to_be_in_viewport()
    enter(page, "Esther Moraa", "S")
    expect(proposal.locator("li", has_text="Esther Moraa").get_by_text("done")).to_be_visible()
    expect(proposal.locator(".flag:visible")).to_have_count(1)
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


def test_on_paper_the_plan_stands_alone(planned: Any, phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone(1280, username="beatrice"), "/visits")

    page.emulate_media(media="print")

    expect(page.locator(".day").first).to_be_visible()
    expect(page.locator(".hours")).to_be_hidden()
    expect(page.get_by_role("navigation")).to_be_hidden()
