"""The plan of the week as officers, managers and the desk read it, and what other hours would change."""

import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import openpyxl
import pytest
from kept import keep_risks
from office import AS_OF, issue, lists

from serving import audit, holds, issued, outcomes
from serving.delimited import read_table
from serving.events import Event
from serving.given import Given, Sheet
from serving.holds import Hold, Reach
from serving.outcomes import By

OUTCOME = "6c2f8a50-2a52-4d39-8d35-6a59a8d0a002"


@pytest.fixture
def planned(site: Any) -> Iterator[Any]:
    """Everybody on the week's lists has a risk."""
    keep_risks(site.home, AS_OF, [line.client_id for page in lists() for line in page.lines])
    yield site
    shutil.rmtree(site.home.scores)


def read(site: Any, username: str, address: str = "/visits") -> str:
    answer = site.entered(username).get(address)
    assert answer.status_code == 200
    return unescape(answer.text)


def tables(page: str) -> list[tuple[str, list[list[str]]]]:
    """Each table: its caption, and of each row the cells."""
    found = []
    for table in re.findall(r"<table class=\"folds day\">(.*?)</table>", page, re.DOTALL):
        caption = re.search("<caption>(.*?)</caption>", table)
        rows = re.findall("<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
        cells = [
            [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in re.findall("<t[dh].*?>(.*?)</t[dh]>", row)]
            for row in rows
        ]
        assert caption
        found.append((caption[1], cells))
    return found


def test_an_officer_reads_the_own_week_day_by_day_and_why_a_line_stands_elsewhere(planned: Any) -> None:
    page = read(planned, "amina")

    days = [(day, [cells[1].split(" K-")[0] for cells in rows]) for day, rows in tables(page)]
    assert days == [
        ("Mon 1 Jul", ["Wanjiru Kamau", "Mary Njeri carried over from last week",
                       "Joseph Otieno Ouma-Nyar-Gem wa Mtaa wa Kati", "Achieng’ Odhiambo"]),
        ("Tue 2 Jul", ["Halima Abdi do not call", "Grace Auma", "Esther Moraa"]),
        ("Thu 4 Jul", ["Peter Kiprotich"]),
    ]  # fmt: skip
    assert tables(page)[0][1][2:] == [
        ["3", "Joseph Otieno Ouma-Nyar-Gem wa Mtaa wa Kati K-20099 · Kondele", "Visit, 45 minutes", "8",
         "Moved: others are met in this village on that day."],
        ["4", "Achieng’ Odhiambo K-20533 · Kondele · Amani", "Call, 15 minutes Wish: by phone, not before 14:00", "2",
         "Moved: to the client's own hours."],
    ]  # fmt: skip
    assert "8 lines of 8 have a day. 40 minutes on the way." in page


def test_an_officer_is_shown_no_figure_of_what_is_expected(planned: Any) -> None:
    page = read(planned, "amina")

    assert "expected" not in page
    assert 'id="hours"' not in page
    assert planned.entered("amina").get("/visits/chart/hours/300").status_code == 404
    assert planned.entered("amina").get("/visits/table/hours").status_code == 404


@pytest.mark.parametrize(
    ("username", "owners"),
    [("beatrice", ["Amina Otieno", "Joyce Wambui"]), ("bashir", ["Kofi Mensah"]), ("dorcas", ["Retention desk"])],
)
def test_a_manager_reads_the_branch_and_the_desk_its_own_lines(planned: Any, username: str, owners: list[str]) -> None:
    assert re.findall(r'<h2 id="plan-\d+"><a [^>]*>(.*?)</a>', read(planned, username)) == owners


def test_a_line_without_a_day_is_shown_with_why(planned: Any) -> None:
    page = read(planned, "dorcas")

    assert tables(page)[-1] == (
        "Without a day",
        [["Daniel Mutua K-20601 · Kondele · Amani", "4",
          "Not planned: no call is possible or safe. Hand it to the branch."]],
    )  # fmt: skip


def test_who_is_left_in_peace_since_has_no_day_and_what_was_entered_is_done(planned: Any) -> None:
    with planned.store.write() as connection:
        holds.add(connection, Hold.OPT_OUT, Reach.CLIENT, "K-20417", AS_OF, None, actor="dorcas", at=planned.clock())
        found = issued.sheet(connection, "2024-W27-o1")
        assert found
        given = Given.of(outcome_id=OUTCOME, client_id="K-19002", happened_on="2024-07-01", code="S", kind="meeting")
        outcomes.record(
            connection,
            Sheet.of(found[1]),
            given,
            By("amina", "officer", "phone"),
            planned.clock(),
            planned.clock().date(),
        )

    page = read(planned, "amina")

    ((_, left),) = [(day, rows) for day, rows in tables(page) if day == "Without a day"]
    assert left == [
        ["Wanjiru Kamau K-20417 · Kondele · Amani", "1",
         "Not planned: the client is to be left in peace, as came in since the list was drawn."],
    ]  # fmt: skip
    assert re.findall('([^>]+)</a> <span class="flag">done', page) == ["Mary Njeri"]


def test_other_hours_are_told_in_a_sentence_a_table_a_chart_and_a_file(planned: Any) -> None:
    page = read(planned, "beatrice")

    options = re.findall(r'<option value="([^"]+)" data-said="([^"]+)"( selected)?>', page)
    assert [value for value, _, _ in options] == ["0.5", "1", "2", "3", "4", "6"]
    assert [value for value, _, chosen in options if chosen] == ["2"]
    assert "These are the hours there are." in options[2][1]
    assert re.search("That is [0-9.]+ fewer than with the hours there are.", options[0][1])
    assert "How likely a visit keeps a client is not measured yet" in page
    csv = read_table(planned.entered("beatrice").get("/visits/table/hours").content)
    assert [row["hours"] for row in csv] == ["0.5", "1.0", "2.0", "3.0", "4.0", "6.0"]
    kept = [float(row["kept"]) for row in csv]
    assert kept == sorted(kept)
    assert kept[0] < kept[2]
    drawing = planned.entered("beatrice").get("/visits/chart/hours/640").text
    assert "clients expected to be kept" in drawing


def test_without_a_script_hours_are_chosen_and_sent(planned: Any) -> None:
    page = read(planned, "dorcas", "/visits?hours=0.75")

    told = re.search('<p id="expected" role="status">(.*?)</p>', page)
    assert told
    assert told[1].startswith("With 0.75 hours a day 3 of 4 lines have a day")
    assert "These are the hours there are." in read(planned, "dorcas", "/visits?hours=nine")


def test_the_plan_leaves_as_a_table_and_as_a_workbook_and_the_log_says_so(planned: Any) -> None:
    dorcas = planned.entered("dorcas")

    table = read_table(dorcas.get("/visits/file/csv").content)
    book = openpyxl.load_workbook(io.BytesIO(dorcas.get("/visits/file/xlsx").content)).active

    assert [row["client_id"] for row in table] == ["N-30011", "N-30555", "K-20222", "K-20601"]
    assert book is not None
    rows = list(book.iter_rows(min_row=5, values_only=True))
    assert rows[0][:7] == ("Officer", "Day", "Order", "How", "Minutes", "Client", "Client id")
    assert [row[6] for row in rows[1:]] == [row["client_id"] for row in table]
    assert [row[11] or "" for row in rows[1:]] == [row["told"] for row in table]
    with planned.store.read() as connection:
        logged = [json.loads(entry.detail) for entry in audit.entries(connection) if entry.event == Event.LIST_EXPORTED]
    assert logged == [{"format": f"visits {kind}", "lines": 4} for kind in ("csv", "xlsx")]


def test_the_same_plan_gives_the_same_workbook(planned: Any) -> None:
    first, again = (planned.entered("beatrice").get("/visits/file/xlsx").content for _ in range(2))

    assert first == again


def test_a_plan_is_reckoned_once_for_the_same_lists(planned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read(planned, "beatrice")
    monkeypatch.setattr("serving.visits.week.plan_week", None)

    assert "have a day" in read(planned, "amina")
    assert "have a day" in read(planned, "beatrice", "/visits?hours=6")


@pytest.mark.parametrize("username", ["amina", "dorcas"])
def test_without_scores_there_is_no_plan_and_the_page_says_so(site: Any, username: str) -> None:
    assert "There is no plan for you this week" in read(site, username)
    assert site.entered(username).get("/visits/file/csv").status_code == 404


def test_scores_of_another_run_than_the_lists_give_no_plan(planned: Any) -> None:
    keep_risks(planned.home, AS_OF, ["K-20417"])

    assert "There is no plan for you this week" in read(planned, "amina")


@pytest.mark.parametrize("language", ["fr", "es", "sw", "hi"])
def test_the_page_is_in_the_readers_language(planned: Any, language: str) -> None:
    answer = planned.entered("beatrice").get("/visits", headers={"Accept-Language": language})

    assert answer.headers["content-language"] == language
    assert not re.search("Moved:|Not planned|hours a day|Plan of the week|minutes on", answer.text)


def test_an_officer_never_reads_that_a_complaint_is_open(planned: Any) -> None:
    drawn = lists()
    lines = [replace(line, card=replace(line.card, open_complaint=True)) for line in drawn[0].lines]
    issue(planned.store, drawn=[replace(drawn[0], lines=tuple(lines)), *drawn[1:]])

    assert "complaint" not in read(planned, "amina")
    book = planned.entered("amina").get("/visits/file/csv").text
    assert "complaint" not in book
