"""What analysts read: sentences, drawings and tables that say the same, and nothing that was hidden."""

import csv
import html
import io
import re
from typing import Any

import pytest
from kept import keep_measures
from kept_report import keep_report

PAGES = ("", "/segments", "/cohorts", "/drivers", "/model", "/objectives", "/survey")


@pytest.fixture
def analyst(site: Any) -> Any:
    keep_measures(site.home)
    return site.entered("ann")


def rows_of(page: str) -> list[list[str]]:
    """Cells of every table row of a page."""
    return [
        [html.unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall("<tr>(.*?)</tr>", page)
    ]


def test_the_overview_says_the_newest_final_figure_with_its_interval_and_what_is_not_final(analyst: Any) -> None:
    page = html.unescape(analyst.get("/analysis").text)

    assert "In 2024-01 30.0 % of those who had to decide left (25.0 % to 35.0 %)" in page
    assert "The newest month is not final and not drawn." in page
    assert ["2024-01", "Exits per decision (F5)", "30.0 %", "25.0 %", "35.0 %"] in rows_of(page)
    assert ["2024-02", "Exits per decision (F5)", "–", "–", "–"] in rows_of(page)


def test_a_number_that_is_hidden_stands_nowhere(analyst: Any) -> None:
    page = analyst.get("/analysis").text
    drawn = analyst.get("/analysis/chart/leavers/300").text
    table = analyst.get("/analysis/table/leavers").text

    assert ["WO", "–"] in rows_of(page)
    assert "VOL: 70" in drawn
    assert "WO" not in drawn
    assert "WO,\n" in table


@pytest.mark.parametrize("name", ["exits-month", "clients-year", "segment-area", "lasting-0", "leavers"])
def test_drawing_table_and_file_hold_the_same_figures(analyst: Any, name: str) -> None:
    drawn = analyst.get(f"/analysis/chart/{name}/640")
    kept = list(csv.DictReader(io.StringIO(analyst.get(f"/analysis/table/{name}").text.removeprefix("\ufeff"))))

    marks = re.findall(r'role="graphics-symbol" aria-roledescription="(?:point|bar|circle)"', drawn.text)
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert len(marks) == sum(row["value"] != "" for row in kept) > 0


def test_a_difference_that_is_sure_is_said_to_be_and_is_no_cause(analyst: Any) -> None:
    page = html.unescape(analyst.get("/analysis/segments").text)

    assert "Surely different from the others: rural, urban." in page
    assert "A difference is no cause." in page
    assert ["rural", "500", "30.0 %", "20.0 %", "+10.0", "+5.0", "+15.0", "0.01"] in rows_of(page)


@pytest.mark.parametrize("address", PAGES)
def test_before_the_first_run_every_page_says_what_to_do_or_that_there_is_nothing(site: Any, address: str) -> None:
    for file in site.home.measures.glob("*.json"):
        file.unlink()

    answer = site.entered("ann").get(f"/analysis{address}")

    assert answer.status_code == 200
    assert re.search("exitwatch |Too few|There are none yet", html.unescape(answer.text))


@pytest.mark.parametrize(
    "address", ["chart/exits-month/301", "chart/none/300", "table/none", "?by=week", "survey?year=1", "survey?year=x"]
)
def test_what_there_is_not_is_not_found(analyst: Any, address: str) -> None:
    assert analyst.get(f"/analysis{'' if address.startswith('?') else '/'}{address}").status_code in (404, 422)


def test_the_overview_leads_to_the_report_of_each_month_the_newest_first(site: Any) -> None:
    for month in ("2024-05", "2024-06"):
        keep_report(site.home, month)
    browser = site.entered("ann")

    links = re.findall(r'<a href="(/analysis/reports/[^"]+)">([^<]+)</a>', browser.get("/analysis").text)

    assert links == [(f"/analysis/reports/{month}.pdf", month) for month in ("2024-06", "2024-05")]
    assert browser.get(links[0][0]).headers["content-type"] == "application/pdf"
