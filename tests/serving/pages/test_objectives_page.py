"""Objectives and findings as analysts read them, and let a finding go its way, by the rules of every other way."""

import csv
import html
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from surveyed import find, want

from serving import audit, findings
from serving.events import Event
from serving.findings import Stage
from serving.objectives.objective import FILE


@pytest.fixture
def wanting(site: Any) -> Iterator[Any]:
    """An institution with objectives, and with a finding that waits."""
    want(site.home, site.store)
    find(site.store)
    yield site
    (site.home.path / FILE).unlink()


@pytest.fixture
def analyst(wanting: Any) -> Any:
    return wanting.entered("ann")


def shown(page: str) -> str:
    """A page as it is read."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


def test_each_objective_is_told_with_its_course_and_what_is_not_known_is_not_zero(analyst: Any) -> None:
    page = shown(analyst.get("/analysis/objectives").text)

    assert "Clients come back retention_rate everybody 60.0 % 71.0 % 70.1 % 80.0 % 2024-12-31" in page
    assert (
        "The newest figure, of 2024-06-30, is 71.0 % (66.0 % to 76.0 %): on the way, too close to the mark to be sure."
        in page
    )
    assert "Nothing was measured since the baseline" in page
    assert "Money comes in time <b>" in page
    assert "<b>" not in analyst.get("/analysis/objectives").text


def test_page_and_interface_tell_the_same(wanting: Any, analyst: Any) -> None:
    told = analyst.get("/v1/objectives", headers={"Accept": "application/json"}).json()["objectives"]
    page = shown(analyst.get("/analysis/objectives").text)

    assert [each["status"] for each in told] == ["on_the_way", "not_known"]
    for each in told:
        if each["value"] is not None:
            assert f"{100 * each['value']:.1f} % {100 * each['expected']:.1f} %" in page


def test_drawing_and_file_of_a_course_hold_the_same_figures(analyst: Any) -> None:
    drawn = html.unescape(analyst.get("/analysis/objectives/chart/objective-1/640").text)
    text = analyst.get("/analysis/objectives/table/objective-1").text.removeprefix("\ufeff")
    file = list(csv.DictReader(io.StringIO(text)))

    marks = re.findall(r'aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="point"', drawn)
    assert [(row["day"], row["series"]) for row in file] == [
        ("2023-12-31", "asked for"),
        ("2024-07-02", "asked for"),
        ("2024-12-31", "asked for"),
        ("2024-03-31", "measured"),
        ("2024-06-30", "measured"),
    ]
    assert sorted(marks) == sorted(
        f"{row['day']}, {row['series']} ({row['what']}): {100 * float(row['value']):.1f} %" for row in file
    )
    assert "today" in drawn


@pytest.mark.parametrize(
    "address",
    ["objectives/chart/objective-3/300", "objectives/chart/objective-1/301", "objectives/table/x", "findings/x"],
)
def test_what_there_is_not_is_not_found(analyst: Any, address: str) -> None:
    assert analyst.get(f"/analysis/{address}").status_code == 404


def test_a_file_of_objectives_that_cannot_be_read_is_said_to_be(wanting: Any, analyst: Any) -> None:
    (wanting.home.path / FILE).write_text("objective =", encoding="utf-8")

    page = analyst.get("/analysis/objectives")

    assert page.status_code == 200
    assert "No objective can be read" in page.text
    assert "Feedback loop" in page.text


def entered(site: Any) -> list[Any]:
    with site.store.read() as connection:
        return findings.every(connection)


def test_a_finding_goes_from_its_entry_to_its_effect_on_pages_alone(wanting: Any, analyst: Any) -> None:
    answer = analyst.post(
        "/analysis/findings",
        {"finding": "Meetings <i>weekly</i> cost too much time", "owner": "Operations", "stage": "report"},
    )
    place = answer.headers["location"].split("?")[0]
    steps: list[dict[str, str]] = [
        {"to": "decide", "decision": "Every second week in two branches", "due_on": "2024-08-01"},
        {"to": "implement", "change": "A product with fortnightly instalments"},
        {"to": "communicate", "told": "Clients at meetings, staff by letter"},
        {"to": "remeasure", "what": "retention_rate", "before": "0.71", "before_low": "0.67", "before_high": "0.75"}
        | {"after": "0.77", "after_low": "0.73", "after_high": "0.81"},
    ]
    assert (answer.status_code, "Meetings &lt;i&gt;weekly" in analyst.get(place).text) == (303, True)
    for step in steps:
        assert "Next step" in analyst.get(place).text
        assert analyst.post(place, {"note": "done"} | step).status_code == 303

    page = shown(analyst.get(place).text)
    assert "retention_rate: 71.0 % before, 77.0 % after, +6.0 points (+0.3 to +11.7)" in page
    assert "Effect, an association" in page
    assert "Next step" not in page
    done = next(each for each in entered(wanting) if each.ended)
    assert [step.stage for step in done.moves] == ["report", "decide", "implement", "communicate", "remeasure"]
    with wanting.store.read() as connection:
        assert {e.actor for e in audit.entries(connection, event=Event.FINDING_MOVED)} == {"ann"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"to": "implement", "change": "x"}, "after report comes decide"),
        ({"to": "decide"}, "before decide, say what was decided"),
        ({"to": "decide", "decision": "x", "note": " "}, "the note needs words"),
        ({"to": "decide", "decision": "x", "on": "2024-07-03"}, "and today"),
        ({"to": "decide", "decision": "x", "on": "yesterday"}, "write the day as 2024-06-30"),
        ({"to": "decide", "decision": "x", "due_on": "0001-01-01"}, "write the day as 2024-06-30"),
        ({"to": "decide", "decision": "x", "what": "r", "before": "a", "after": "1"}, "as a plain number"),
        ({"to": "decide", "decision": "x", "what": "r", "before": "inf", "after": "1"}, "as a plain number"),
        ({"to": "decide", "decision": "x", "what": "r", "before": "1"}, "one before and one after"),
        (
            {"to": "decide", "decision": "x", "what": "r", "before": "1", "before_low": "2", "before_high": "3"}
            | {"after": "1"},
            "the figure lies between them",
        ),
        ({"to": "handed_on"}, "say who follows it up"),
        ({"to": "dropped"}, "say what was decided and why nothing is changed"),
        ({"to": "closed"}, "choose what became of it"),
    ],
)
def test_a_step_that_cannot_be_is_refused_and_what_was_typed_stays(
    wanting: Any, analyst: Any, more: Mapping[str, str], said: str
) -> None:
    (before,) = entered(wanting)

    page = analyst.post(f"/analysis/findings/{before.finding_id}", {"note": "met the branches"} | more)

    assert page.status_code == 422
    assert said.lower() in shown(page.text).lower()
    assert more.get("note", "met the branches").strip() in page.text
    assert entered(wanting) == [before]


@pytest.mark.parametrize(
    ("end", "stage"),
    [
        ({"to": "dropped", "decision": "Too dear for what it brings"}, Stage.DROPPED),
        ({"to": "handed_on", "told": "Complaints desk"}, Stage.HANDED_ON),
    ],
)
def test_a_finding_may_end_outside_of_the_loop(wanting: Any, analyst: Any, end: dict[str, str], stage: Stage) -> None:
    (before,) = entered(wanting)
    place = f"/analysis/findings/{before.finding_id}"

    analyst.post(place, {"note": "met"} | end)

    (after,) = entered(wanting)
    assert (after.stage, after.ended, before.overdue(after.since_on), after.overdue(after.since_on)) == (
        stage,
        True,
        True,
        False,
    )
    assert analyst.post(place, {"note": "x", "to": "decide", "decision": "x"}).status_code == 422


def test_a_finding_without_words_or_owner_is_not_entered(wanting: Any, analyst: Any) -> None:
    for sent in ({"finding": "x"}, {"owner": "x"}, {"finding": "x", "owner": "y", "stage": "remeasure"}):
        page = analyst.post("/analysis/findings", {"stage": "collect"} | sent)
        assert page.status_code == 422
    assert len(entered(wanting)) == 1
