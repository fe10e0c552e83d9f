"""The report of a month: one PDF whose words, drawings and tables agree, and that names nobody."""

import hashlib
import html
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from paper import pages, squeezed
from pypdf import PdfReader
from told_month import HOSTILE, SETTINGS

from features.measures.periods import Maturity
from serving.findings import Stage
from serving.home import Home
from serving.report.acting import of_loop
from serving.report.kept import make, make_due, months, read
from serving.report.known import Known, gather
from serving.report.part import Part, Piece, of_chart
from serving.report.report import parts, printed
from serving.settings import Settings

TITLES = [
    "What a director needs to know of 2024-06",
    "Who leaves",
    "How long clients last",
    "What weighs on clients",
    "What clients say",
    "Objectives",
    "What was decided, and what became of it",
    "Do the lists help?",
    "How far to trust this",
    "The formulas",
]


def known_of(filled: Any, month: str = "2024-06") -> Known:
    with filled.store.read() as connection:
        return gather(filled.home, connection, month)


@pytest.fixture(scope="module")
def known(filled: Any) -> Known:
    return known_of(filled)


@pytest.fixture(scope="module")
def told(known: Known) -> list[Part]:
    return parts(known)


@pytest.fixture(scope="module")
def data(known: Known) -> bytes:
    return printed(known, "Mwangaza Savings and Credit")


@pytest.fixture(scope="module")
def text(data: bytes) -> str:
    return "".join(pages(data))


def drawn(told: list[Part]) -> Iterator[Piece]:
    return (piece for part in told for piece in part.pieces if piece.chart is not None)


def test_every_part_is_there_in_order_on_four_to_nine_pages(data: bytes, text: str) -> None:
    places = [text.index(squeezed(f"{number} {title}")) for number, title in enumerate(TITLES, 1)]

    assert places == sorted(places)
    assert 4 <= len(pages(data)) <= 9


def test_a_director_reads_rate_interval_and_formulas_on_the_first_page(known: Known, data: bytes) -> None:
    rows = [row for row in known.kept.tables["everybody"] if row["by"] == "quarter" and row["f5_exit"] is not None]
    newest = rows[-1]
    first = pages(data)[0]

    rate, low, high = (f"{100 * float(str(newest[name])):.1f}" for name in ("f5_exit", "f5_low", "f5_high"))
    assert f"{rate}%weretoleave({low}to{high};finalsince{newest['final_from']})" in first
    for name in ("f1_dropout", "f2_dropout"):
        assert f"{100 * float(str(newest[name])):.1f}%" in first
    assert "2024-06itselfisnotfinalbefore2024-09" in first


def test_periods_that_are_not_final_are_marked_and_have_no_figure(known: Known, told: list[Part]) -> None:
    (table,) = [piece for piece in told[0].pieces if piece.chart is not None]
    unripe = {
        str(row["period"]): row for row in known.kept.tables["everybody"] if row["maturity"] != Maturity.FINAL.value
    }

    found = [row for row in table.rows if row[0] in unripe]
    assert found
    for period, *figures, state in found:
        assert set(figures) == {"–"}
        assert state == "the book begins here" or state == f"not final before {unripe[period]['final_from']}"


def test_the_figures_of_each_drawing_are_those_of_its_table_and_stand_on_paper(told: list[Part], text: str) -> None:
    seen = 0
    for piece in drawn(told):
        chart = piece.chart
        assert chart is not None
        shown = chart.table.dropna(subset=["value"]) if "value" in chart.table else chart.table
        marks = {html.unescape(label) for label in re.findall(r'aria-label="([^"]*)"', chart.svg(720))}
        cells = " ".join(cell for row in piece.rows for cell in row)
        figure, column = ("value", "value") if "value" in chart.heads else ("impact", "exits")
        for row in shown.to_dict("records"):
            said = chart.heads[column].said(row[figure])
            assert str(row["told"]).replace("😀", "\ufffd") in marks
            assert said in cells
            assert squeezed(said) in text
            seen += 1
    assert seen > 25
    assert {piece.chart.name for piece in drawn(told) if piece.chart} >= {
        *("exits-quarter", "surely-different", "ways", "carried-0", "quick-wins", "reasons-asked"),
        *("objectives", "trial-effect"),
    }


def test_each_drawing_has_a_sentence_and_a_table(told: list[Part]) -> None:
    assert all(piece.said and piece.rows and len(piece.heads) == len(piece.rows[0]) for piece in drawn(told))


def test_associations_are_said_to_be_no_causes(told: list[Part]) -> None:
    said = {part.title: " ".join([*part.said, *(piece.said for piece in part.pieces)]) for part in told}

    assert "no cause" in said["Who leaves"]
    assert "not causes" in said["What weighs on clients"]
    assert "no proven cause" in said["What clients say"]
    assert "association" in said["What was decided, and what became of it"]


def test_objectives_and_findings_are_told_with_what_became_of_them(text: str) -> None:
    assert "Of2objectives,astheystoodon2024-06-30:1behind,1notknown." in text
    assert "57.0%(52.0to62.0)" in text
    for word in ("Meetingscosttoomuchtime", "Meeteverysecondweek", "Fortnightlyinstalments", "0.71,then0.77:+0.06"):
        assert word in text
    assert "nextstepby2024-06-01(overdue)" in text


def test_a_finding_that_was_dropped_or_handed_on_waits_for_nothing(filled: Any) -> None:
    known = known_of(filled)
    ended = [replace(each, stage=Stage.HANDED_ON, due_on=date(2024, 6, 1)) for each in known.findings]

    part = of_loop(replace(known, findings=ended))

    said = "2 findings: 0 on the way, 0 of them overdue, and 0 whose effect was measured, 2 dropped or handed on."
    assert said in part.said[0]
    told = [text for _, facts in part.pieces[0].facts for _, text in facts]
    assert sum("handed on, since" in text for text in told) == 2
    assert not any("overdue" in text for text in told)


def test_what_people_typed_is_text_whatever_stands_in_it(text: str) -> None:
    assert text.count(squeezed(HOSTILE.replace("😀", "?"))) >= 3
    assert text.count(squeezed(HOSTILE.replace("😀", ""))) >= 1


def test_nobody_is_named(lived: Any, text: str) -> None:
    people = [*lived.tables["clients"]["client_id"], *lived.tables["directory"]["phone"]]
    names = [squeezed(name) for name in lived.tables["directory"]["name"]]

    assert not re.findall(r"c\d{3}|s\d{1,2}(?=;)", text)
    assert not [each for each in people if each in text]
    assert not [name for name in names if re.search(rf"{name}(?!\d)", text)]


def test_the_same_inputs_give_the_same_bytes_in_another_folder(filled: Any, data: bytes, tmp_path: Path) -> None:
    shutil.copytree(filled.home.path, tmp_path / "copy")
    copy = Home(tmp_path / "copy")
    store = copy.store(SETTINGS)
    twice = [make(copy, store, SETTINGS, "2024-06").read_bytes() for _ in range(2)]
    store.close()

    assert {hashlib.sha256(each).hexdigest() for each in (*twice, data)} == {hashlib.sha256(data).hexdigest()}


def test_the_paper_can_be_read_aloud_and_says_what_it_is_but_not_when_it_was_made(data: bytes) -> None:
    document = PdfReader(io.BytesIO(data))
    figures = [each for each in elements(document) if each.get("/S") == "/Figure"]

    assert b"pdfuaid:part" in data
    assert document.root_object["/Lang"] == "en"
    assert document.root_object["/MarkInfo"]["/Marked"]
    assert document.metadata is not None
    assert document.metadata.title == "Clients who leave: report of 2024-06"
    assert not {"/CreationDate", "/ModDate"} & set(document.metadata)
    assert len(figures) >= 7
    assert all("The figures stand in the table below." in str(each["/Alt"]) for each in figures)


def elements(document: PdfReader) -> Iterator[Any]:
    """Every element of the document's structure."""
    waiting = [document.root_object["/StructTreeRoot"]]
    while waiting:
        here = waiting.pop().get_object()
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, dict):
            yield here
            if "/K" in here:
                waiting.append(here["/K"])


def test_a_script_whose_signs_are_shaped_together_stands_in_drawing_and_table_but_claims_less(known: Known) -> None:
    first, *others = known.kept.tables["differences"]
    hindi = [{**first, "segment": "branch", "title": "branch", "value": "क्षेत्र"}, *others]
    there = replace(known, kept=replace(known.kept, tables={**known.kept.tables, "differences": hindi}))

    made = printed(there, "")

    assert squeezed("branch: क्षेत्र") in "".join(pages(made))
    assert b"pdfuaid:part" not in made
    assert PdfReader(io.BytesIO(made)).root_object["/MarkInfo"]["/Marked"]


def test_parts_that_do_not_surely_differ_and_ways_that_are_hidden_have_no_figure(told: list[Part]) -> None:
    different, ways = told[1].pieces

    assert [row[0] for row in different.rows] == ["area: rural", "area: urban", "branch: Юг"]
    assert "3 of 4 parts of the clients surely differ: 2 leave more, 1 leave less." in different.said
    assert ways.rows == [["left by choice", "70"], ["written off", "–"]]


@pytest.mark.parametrize("title", TITLES[1:8])
def test_an_empty_part_says_what_fills_it(fresh: Any, title: str) -> None:
    for name in ("drivers", "effect"):
        for file in fresh.home.scores.glob(f"*/{name}.json"):
            file.unlink()
    made = {part.title: part for part in parts(known_of(fresh))}
    fresh.store.close()

    part = made[title]

    assert not any(piece.chart for piece in part.pieces)
    assert re.search(r"“exitwatch [a-z]+|docs/[a-z]+\.md|exitwatch weekly|Take a longer book", " ".join(part.said))


def test_of_a_small_institution_no_number_under_twenty_is_told(fresh: Any) -> None:
    kept = known_of(fresh).kept
    text = "".join(pages(printed(known_of(fresh), "")))
    fresh.store.close()

    assert all(row["f5_exit"] is None for row in kept.tables["everybody"])
    assert "Toofewclientsdecide" in text or "Nofigureisfinalyet" in text
    assert "weretoleave" not in text


def test_a_weekly_run_makes_the_report_once_and_says_so(fresh: Any) -> None:
    first, second = date(2024, 6, 23), date(2024, 6, 30)

    assert make_due(fresh.home, SETTINGS, first).startswith("The report of 2024-05 is in ")
    before = read(fresh.home, "2024-05")
    again = make_due(fresh.home, SETTINGS, first)

    assert months(fresh.home) == ["2024-05"]
    assert again.startswith("The report of 2024-05 is in ")
    assert read(fresh.home, "2024-05") == before != None  # noqa: E711
    assert make_due(fresh.home, SETTINGS, second).startswith("The report of 2024-06 is in ")
    fresh.store.close()


def test_a_later_run_of_the_same_month_leaves_the_report_as_it_is(fresh: Any) -> None:
    measured = fresh.home.measures / "2024-06-23.json"
    shutil.copy(measured, fresh.home.measures / "2024-06-09.json")
    fresh.home.reports.mkdir()
    (fresh.home.reports / "2024-05.pdf").write_bytes(b"as it was")

    assert make_due(fresh.home, SETTINGS, date(2024, 6, 23)) == ""
    assert read(fresh.home, "2024-05") == b"as it was"
    fresh.store.close()


def test_a_report_that_cannot_be_made_is_a_sentence_and_no_failure(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.report import kept

    (fresh.home.path / "promotions.jsonl").write_text("{}")
    damaged = make_due(fresh.home, Settings(), date(2024, 6, 30))
    monkeypatch.setattr(kept, "make", lambda *_: 1 / 0)
    stumbled = make_due(fresh.home, Settings(), date(2024, 6, 30))
    fresh.store.close()

    assert re.match("The report of 2024-06 was not made: promotions.jsonl was edited or cut.*exitwatch report", damaged)
    assert "was not made: an unforeseen ZeroDivisionError." in stumbled
    assert not months(fresh.home)


def test_columns_left_out_on_paper_leave_the_others_in_place(told: list[Part]) -> None:
    board = next(piece for piece in drawn(told) if piece.chart and piece.chart.name == "quick-wins")
    assert board.chart is not None

    whole = of_chart(board.chart)

    assert [head for head in whole.heads if head != "First response"] == list(board.heads)
