"""What analysts read of drivers and of the model: each drawing says its table, and what is not there says why."""

import csv
import html
import io
import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import program
from kept import backtest, keep_drivers, keep_scores
from office import AS_OF

from serving import audit
from training import backtests, promotion
from training.promotion import Promotion


@pytest.fixture
def analyst(site: Any) -> Iterator[Any]:
    keep_scores(site.home, AS_OF, {"K-1": "b1"}, {})
    keep_drivers(site.home, AS_OF)
    yield site.entered("ann")
    shutil.rmtree(site.home.scores)


def read(browser: Any, address: str) -> str:
    answer = browser.get(f"/analysis/{address}")
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def rows_of(page: str) -> list[list[str]]:
    return [
        [re.sub("<[^>]+>", "", cell) for cell in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall("<tr>(.*?)</tr>", page)
    ]


def drawn(page: str) -> list[str]:
    return re.findall(r'src="/analysis/chart/([^/]+)/300"', page)


def test_the_first_page_holds_pareto_board_and_change_and_says_why_groups_are_not_there(analyst: Any) -> None:
    page = read(analyst, "drivers")

    assert drawn(page) == ["carried-0", "quick-wins", "change"]
    assert ["OFF-1 the officer changed or is away", "+0.100", "+0.400", "+0.300", "+0.200", "+0.100"] in rows_of(page)
    assert "Not here: nobody is alike." in page


def test_a_branch_is_chosen_and_one_of_too_few_says_so_without_a_figure(analyst: Any) -> None:
    assert drawn(read(analyst, "drivers?branch=b1")) == ["carried-1"]

    few = read(analyst, "drivers?branch=b2")

    assert "There are too few clients." in few
    assert drawn(few) == rows_of(few) == []


def test_parts_are_compared_by_the_drivers_that_differ_most_and_audit_only_attributes_are_said_to_be(
    analyst: Any,
) -> None:
    page = read(analyst, "drivers/segments?segment=gender")

    assert drawn(page) == ["part-gender-OFF-1", "part-gender-ARR-1"]
    assert "+0.300 log-odds (the odds times 1.35) in female and -0.050 log-odds (the odds times 0.95) in male" in page
    assert "No model has them as an input" in page
    assert ["female", "700", "+0.300", "+0.200", "+0.400", "50.0 %"] in rows_of(page)
    assert drawn(read(analyst, "drivers/segments?segment=gender&driver=ARR-1")) == ["part-gender-ARR-1"]


def test_a_segment_of_too_few_says_so(analyst: Any) -> None:
    page = read(analyst, "drivers/segments?segment=cycle&driver=OFF-1")

    assert drawn(page) == []
    assert "There are too few clients in each part" in page


def test_a_figure_is_chosen_and_the_surest_shape_comes_first(analyst: Any) -> None:
    page = read(analyst, "deciles")

    assert drawn(page) == ["tenths-loans_taken", "shapes"]
    assert ["1", "1.00", "1.00", "50", "20", "40.0 %", "28.0 %", "54.0 %"] in rows_of(page)
    assert ["not known", "–", "–", "–", "–", "–", "–", "–"] in rows_of(page)
    assert '<option value="loans_taken" selected>' in page
    assert drawn(read(analyst, "deciles?feature=tenure_days")) == ["tenths-tenure_days", "shapes"]


def test_what_followed_an_event_is_drawn_by_quarter_with_those_before_it(analyst: Any) -> None:
    page = read(analyst, "events")

    assert drawn(page) == ["events", "events-rates"]
    assert ["1 after", "0 to 91 days after", "100", "200", "+20.0", "+10.0", "+30.0", "0.01"] in rows_of(page)
    assert ["1 before", "0 to 91 days before", "–", "–", "–", "–", "–", "–"] in rows_of(page)


@pytest.mark.parametrize("width", [300, 640])
@pytest.mark.parametrize(
    ("name", "figure", "marks"),
    [
        ("carried-0", "value", 1),
        ("quick-wins", "exits", 1),
        ("change", "value", 3),  # with its two parts
        ("shapes", "value", 1),
        ("tenths-loans_taken", "value", 1),
        ("part-gender-OFF-1", "value", 1),
        ("events", "value", 1),
        ("events-rates", "value", 1),
    ],
)
def test_each_row_of_the_file_that_has_a_figure_is_drawn_and_no_other(
    analyst: Any, name: str, figure: str, marks: int, width: int
) -> None:
    drawing = analyst.get(f"/analysis/chart/{name}/{width}").text

    file = io.StringIO(analyst.get(f"/analysis/table/{name}").text.removeprefix("\ufeff"))
    known = [row for row in csv.DictReader(file) if row[figure] != ""]
    found = re.findall('role="graphics-symbol" aria-roledescription="(?:point|bar|circle)"', drawing)
    assert len(found) == marks * len(known) > 0


def test_marks_say_what_the_table_says(analyst: Any) -> None:
    said = {
        name: set(re.findall('aria-label="([^"]*)"', html.unescape(analyst.get(f"/analysis/chart/{name}/300").text)))
        for name in ("tenths-loans_taken", "part-gender-OFF-1", "events", "change")
    }

    assert {"1: 40 % of 50 clients", "2 to 9: 10 % of 50 clients"} <= said["tenths-loans_taken"]
    assert {"female: +0.300 log-odds", "male: -0.050 log-odds"} <= said["part-gender-OFF-1"]
    assert {"2 before: +0.0 points", "1 after: +20.0 points", "2 after: +10.0 points"} <= said["events"]
    assert {f"OFF-1 the officer changed or is away, {each}" for each in ("change: +0.300", "other weight: +0.100")} <= (
        said["change"]
    )


def test_each_look_is_written_down(analyst: Any, site: Any) -> None:
    for address in ("drivers", "drivers/segments", "deciles", "events", "chart/tenths-loans_taken/300"):
        assert analyst.get(f"/analysis/{address}").status_code == 200

    with site.store.read() as connection:
        log = [(each.actor, json.loads(each.detail)["page"]) for each in list(audit.entries(connection))[-5:]]
    assert log == [
        ("ann", "analysis/drivers"),
        ("ann", "analysis/drivers/segments"),
        ("ann", "analysis/deciles"),
        ("ann", "analysis/events"),
        ("ann", "chart tenths-loans_taken"),
    ]


@pytest.mark.parametrize("address", ["drivers", "drivers/segments", "deciles", "events"])
def test_nobody_else_finds_the_pages(site: Any, analyst: Any, address: str) -> None:
    assert [site.entered(name).get(f"/analysis/{address}").status_code for name in ("amina", "beatrice", "dorcas")] == [
        404
    ] * 3
    assert site.entered("adam").get(f"/analysis/{address}").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "drivers?branch=b9",
        "drivers/segments?segment=officer",
        "drivers/segments?driver=XX-1",
        "deciles?feature=gender",
        "chart/tenths-none/300",
        "chart/part-gender-XX-1/300",
        "chart/part-officer-OFF-1/300",
    ],
)
def test_what_there_is_not_is_not_found(analyst: Any, address: str) -> None:
    assert analyst.get(f"/analysis/{address}").status_code == 404


def test_a_run_that_kept_no_tables_leaves_pages_that_say_what_to_do(analyst: Any, site: Any) -> None:
    (site.home.scores / AS_OF.isoformat() / "driver_tables.json").unlink()

    for address in ("drivers/segments", "deciles", "events"):
        assert "it comes with the next <code>exitwatch weekly</code>" in read(analyst, address)
    assert drawn(read(analyst, "drivers")) == ["carried-0", "quick-wins"]


def test_the_model_page_says_in_plain_words_and_draws_whether_it_came_true(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gain = {"value": 0.1, "low": 0.05, "high": 0.15}
    evidence = {"measure": "auc", "value": gain, "gains": {"rule_of_thumb": gain}, "calibration_error": gain}
    line = Promotion(1, "m" * 64, "2024-06-23", evidence, "", "")
    monkeypatch.setattr(promotion, "history", lambda _home: [line])
    without = read(site.entered("ann"), "model")
    backtests.keep(site.home.path, "m" * 64, backtest())
    (site.home.path / promotion.LOG).write_text("")

    page = read(site.entered("ann"), "model")

    (site.home.path / promotion.LOG).unlink()
    shutil.rmtree(site.home.path / backtests.FOLDER)
    assert "It comes with the next training of a model." in without
    assert drawn(without) == []
    assert drawn(page) == ["foretold", "backtest", "profit"]
    assert "The most is expected to be earned, 2.10 for each client (1.80 to 2.40), with 24 of 100 contacted" in page
    assert (
        "worth 100 and a contact to cost 3, in one currency; of 100 who would leave, a contact is taken to keep" in page
    )
    assert ["25.0 %", "rule of thumb", "1.00"] in rows_of(page)
    assert "given 8 clients a week on those dates, 50.0 % of the listed clients would have left" in page
    assert ["1", "–", "–", "–", "–", "–"] in rows_of(page)
    assert ["2", "180", "10.0 %", "12.0 %", "8.0 %", "17.0 %"] in rows_of(page)
    assert ["2023-12-31", "scorecard", "900", "90", "87.0 %", "85.0 %", "89.0 %"] in rows_of(page)


@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(program() is None, reason="Chromium is not installed: no chromium in the path")
@pytest.mark.parametrize("width", [320, 1280])
def test_in_a_browser_each_drawing_is_there_nothing_scrolls_sideways_and_nothing_complains(
    analyst: Any, phone: Any, width: int
) -> None:
    page = phone(width, "ann").new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    for address in ("drivers", "drivers/segments?segment=gender", "deciles", "events"):
        page.goto(f"/analysis/{address}")
        page.evaluate("() => document.querySelectorAll('img').forEach((each) => { each.loading = 'eager' })")
        page.wait_for_function("() => [...document.images].every((each) => each.complete)")

        wide, broken = page.evaluate(
            "() => [document.documentElement.scrollWidth,"
            " [...document.images].filter((each) => !each.naturalWidth).length]"
        )
        assert (address, wide <= width, broken) == (address, True, 0)
    assert said == []
