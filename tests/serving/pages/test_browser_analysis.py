"""The analysts' pages tried in a real browser: on small screens, by keyboard, without script, by what axe looks for."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import program, settled
from kept import keep_measures, keep_scores, keep_trial
from office import AS_OF
from phones import AXE, WIDTHS, opened
from playwright.sync_api import BrowserContext, ConsoleMessage, expect
from surveyed import ASKED, SAMPLE, find, want

from serving.objectives.objective import FILE
from serving.pages.analysis_page import PLACES
from serving.survey import kept

pytestmark = [
    pytest.mark.skipif(program() is None, reason="Chromium is not installed: no chromium in the path"),
    pytest.mark.xdist_group("browser"),
]

#: Every page of an analyst, {finding} standing for one that was found.
ADDRESSES = (
    *(f"/analysis{address}" for address, _ in PLACES),
    f"/analysis/survey?sample={SAMPLE}",
    f"/analysis/survey/agreement?sample={SAMPLE}",
    f"/analysis/survey/answer?sample={SAMPLE}",
    "/analysis/findings",
    "/analysis/findings/{finding}",
)


@pytest.fixture(scope="module")
def begun(surveyed: Path) -> Path:
    """Each test begins where leavers were asked."""
    return surveyed


@pytest.fixture
def busy(site: Any) -> Iterator[Any]:
    """An institution that measures, asks, wants something and has found something."""
    keep_measures(site.home)
    keep_scores(site.home, AS_OF, {"K-1": "b1"}, {})
    keep_trial(site.home, AS_OF)
    want(site.home, site.store)
    site.finding = find(site.store).finding_id
    yield site
    shutil.rmtree(site.home.scores)
    (site.home.path / FILE).unlink()


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_page_is_too_wide_its_pictures_are_there_and_axe_finds_nothing(
    busy: Any, phone: Callable[..., BrowserContext], path: str
) -> None:
    page = phone(username="ann").new_page()
    told: list[ConsoleMessage] = []
    page.on("console", lambda message: told.append(message))

    answer = page.goto(path.replace("{finding}", busy.finding))

    assert answer
    assert answer.status == 200
    settled(page)
    page.evaluate("() => document.querySelectorAll('details').forEach((it) => { it.open = true })")
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


def test_an_answer_is_entered_by_keyboard_alone_from_field_to_field(
    busy: Any, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone(320, username="ann"), f"/analysis/survey/answer?sample={SAMPLE}")

    page.get_by_label("Client's number").focus()
    page.keyboard.type(ASKED[-1])
    for label, keys in (
        ("Day of the interview", ""),
        ("Who asked", "rose"),
        ("Who that is", "Somebody"),
        ("Yes", "Space"),
        ("How the client left", "By her"),
        ("Day of leaving; empty is the day of the sample", ""),
        ("1. What it began with", "Illness"),
        ("2. What came then", "Business"),
    ):
        for _ in range(4):  # a day has three parts, each a stop
            page.keyboard.press("Tab")
            field = page.get_by_label(label, exact=True)
            if field.evaluate("(it) => it === document.activeElement"):
                break
        expect(field).to_be_focused()
        if keys == "Space":
            page.keyboard.press(keys)
        else:
            page.keyboard.type(keys)
    agreed = page.get_by_label("The client agreed besides")
    agreed.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Kept. Thank you.")).to_be_visible()
    with busy.store.read() as connection:
        (only,) = kept.of_client(connection, ASKED[-1])
    assert (only.answer.reasons, only.answer.interviewer_role) == (("HLT-1", "BUS-1"), "outside")


def test_whoever_did_not_agree_is_asked_for_nothing_more(busy: Any, phone: Callable[..., BrowserContext]) -> None:
    context = phone(320, username="ann", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/analysis/survey/answer?sample={SAMPLE}")
    private = page.get_by_label("The client agreed besides")

    expect(private).to_be_hidden()
    page.get_by_label("1. What it began with").select_option("FAM-1")
    expect(private).to_be_visible()
    page.get_by_label("No; nothing else is kept").check()
    expect(page.get_by_label("1. What it began with")).to_be_hidden()
    page.get_by_label("Client's number").fill(ASKED[-1])
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Kept. Thank you.")).to_be_visible()
    with busy.store.read() as connection:
        (only,) = kept.of_client(connection, ASKED[-1])
    assert (only.answer.consent, only.answer.reasons) == (False, ())


def test_a_finding_goes_on_on_a_small_phone_without_script(busy: Any, phone: Callable[..., BrowserContext]) -> None:
    page = phone(320, username="ann", java_script_enabled=False).new_page()
    page.goto("/analysis/objectives")
    page.get_by_role("link", name="New clients wait three weeks").click()
    page.get_by_label("What was decided", exact=True).fill("Decide within a week")
    page.get_by_label("What was done").first.fill("Met the branch")
    page.get_by_role("button", name="Keep this step").click()

    expect(page.get_by_role("heading", name="Next step: carried out")).to_be_visible()
    expect(page.get_by_role("cell", name="Met the branch")).to_be_visible()
