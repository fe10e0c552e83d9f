"""The workbook: filters, a fixed head, columns to reply in; texts are texts and days are days."""

import io
import zipfile
from dataclasses import replace
from datetime import datetime
from textwrap import wrap
from typing import Any

import pytest
from officer_lists import bound, longest, officer_list
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from serving.documents.content import content
from serving.documents.xlsx import HEAD_ROWS, as_xlsx
from serving.languages import LANGUAGES, language
from serving.line import DESK, OfficerList
from serving.outcome_codes import KEPT_BACK
from serving.settings import Settings

ENGLISH = language("en")
SETTINGS = Settings(institution="Mwangaza Savings and Credit")
HEAD = HEAD_ROWS + 1


def opened(page: OfficerList, code: str = "en") -> Workbook:
    return load_workbook(io.BytesIO(as_xlsx(page, language(code), SETTINGS)))


def sheet_of(page: OfficerList, code: str = "en") -> Worksheet:
    return opened(page, code).worksheets[0]


def rows(sheet: Worksheet) -> list[dict[str, Any]]:
    heads = [cell.value for cell in sheet[HEAD]]
    return [
        {str(head): cell.value for head, cell in zip(heads, row, strict=True)}
        for row in sheet.iter_rows(min_row=HEAD + 1)
    ]


def test_a_line_is_a_row_and_each_of_its_facts_a_cell() -> None:
    page = officer_list(8)
    said = content(page, ENGLISH, SETTINGS)
    (first, *_) = said.entries
    found = rows(sheet_of(page))

    assert len(found) == 8
    assert [row["No."] for row in found] == list(range(1, 9))
    row = found[0]
    assert row["Client"] == first.spoken.name
    assert row["Client id"] == first.line.client_id
    assert row["What the data shows"] == "\n".join(first.reasons)
    assert (row["Do"], row["Avoid"]) == (first.spoken.action, first.spoken.avoid)
    assert (row["Phone"], row["Band"]) == (first.spoken.phone, first.spoken.band)


def test_a_wish_about_the_visitor_and_a_phone_that_must_not_be_called_stand_with_how_to_reach() -> None:
    found = rows(sheet_of(officer_list(8)))

    assert "do not call" in found[3]["Reach"]
    assert "wants to be visited by a woman" in found[5]["Reach"]
    assert found[1]["Carried over"] == "yes"
    assert "carried over" not in str(found[1]["Reach"])


def test_days_are_days_and_not_texts() -> None:
    (row, *_) = rows(sheet_of(officer_list(8)))
    line = officer_list(8).lines[0]

    for head, day in (
        ("Meeting", line.meeting_on),
        ("Loan ends", line.loan_ends_on),
        ("Last contact", line.last_contact_on),
    ):
        assert isinstance(row[head], datetime)
        assert row[head].date() == day


@pytest.mark.parametrize("code", sorted(LANGUAGES))
@pytest.mark.parametrize("officer", ["o17", DESK])
def test_the_head_is_fixed_filtered_and_printed_on_every_page(code: str, officer: str) -> None:
    book = opened(officer_list(43 if officer == DESK else 8, officer=officer, language=code), code)
    sheet, keys = book.worksheets
    last = sheet.cell(HEAD, sheet.max_column).column_letter

    assert len({sheet.title, keys.title}) == 2
    assert sheet.freeze_panes == f"E{HEAD + 1}"
    assert sheet.auto_filter.ref == f"A{HEAD}:{last}{sheet.max_row}"
    assert sheet.print_area == f"'{sheet.title}'!$A$1:${last}${sheet.max_row}"
    assert sheet.print_title_rows == f"${HEAD}:${HEAD}"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    heads = [cell.value for cell in sheet[HEAD]]
    assert sheet.print_title_cols == "$A:$D"
    assert [mark.id for mark in sheet.col_breaks.brk] == [heads.index(language(code).text("New this week"))]
    assert all(heads)
    assert len(set(heads)) == len(heads)


def test_replies_are_chosen_from_lists_that_hold_for_every_line() -> None:
    page = officer_list(8)
    book = opened(page)
    sheet, keys = book.worksheets
    said = content(page, ENGLISH, SETTINGS)
    heads = {str(cell.value): cell.column_letter for cell in sheet[HEAD]}
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}

    def rule(head: str) -> Any:
        return rules[f"{heads[head]}{HEAD + 1}:{heads[head]}{HEAD + 8}"]

    assert rule("Code").formula1 == '"' + ",".join(code for code, _ in said.keys.codes) + '"'
    assert rule("How").formula1 == '"M,V,C,T"'
    assert rule("Do not contact again").formula1 == rule("Line is wrong").formula1 == '"yes,no"'
    assert rule("Comes on").type == rule("Day of the contact").type == "date"
    where = rule("First reason").formula1.removeprefix("'Codes'!").replace("$", "")
    assert [cell.value for (cell,) in keys[where]] == [code for code, _ in said.keys.reasons]
    for head in ("Code", "How", "Comes on", "First reason", "Second reason", "Note"):
        assert all(row[head] is None for row in rows(sheet))


def test_the_sheet_of_codes_says_what_each_means_and_holds_no_reason_that_is_kept_back() -> None:
    keys = opened(officer_list(2, officer=DESK)).worksheets[1]
    found = {row[0].value: row[1].value for row in keys.iter_rows() if row[1].value}

    assert found["S"] == "Stays, will borrow again"
    assert found["ARR-2"] == "Instalments too heavy"
    assert not KEPT_BACK & set(found)


FORMULAS = ["=1+1", "+254700", "-5", "@sum", '=HYPERLINK("https://x")', "https://example.org", "mailto:a@b.c", "007"]


@pytest.mark.parametrize("name", [*FORMULAS, "internal:Sheet1!A1", "{=SUM(A1)}", "a\x07b", "x" * 40_000])
def test_a_name_is_a_text_and_never_a_formula_or_an_address(name: str) -> None:
    line = officer_list(1).lines[0]
    hostile = replace(line, client_id=name, card=replace(line.card, name=name, group=name, village=name))
    page = replace(bound([hostile]), officer_name=name, branch_name=name, list_id=name[:50])
    data = as_xlsx(page, ENGLISH, Settings(institution=name[:80]))

    sheet = load_workbook(io.BytesIO(data)).worksheets[0]

    expected = name.replace("\x07", "\ufffd")[:32_767]
    (row,) = rows(sheet)
    assert row["Client"] == row["Village"] == row["Client id"] == expected
    assert all(cell.data_type != "f" and cell.hyperlink is None for cells in sheet.iter_rows() for cell in cells)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        written = b"".join(parts.read(part) for part in parts.namelist() if "worksheets" in part)
        assert b"<f>" not in written
        assert not [part for part in parts.namelist() if "_rels/sheet" in part]


def test_an_officer_has_no_column_about_complaints_and_the_desk_has_one() -> None:
    line = officer_list(1, officer=DESK).lines[0]

    assert "Open complaint" not in rows(sheet_of(bound([line])))[0]
    assert "open complaint" not in str([*rows(sheet_of(bound([line])))[0].items()][:-9])
    assert rows(sheet_of(bound([line], DESK)))[0]["Open complaint"] == "yes"


def test_the_same_list_gives_the_same_bytes_and_no_moment_of_making() -> None:
    page = officer_list(8, language="hi")
    data = as_xlsx(page, language("hi"), SETTINGS)

    assert data == as_xlsx(page, language("hi"), SETTINGS)
    assert load_workbook(io.BytesIO(data)).properties.created == datetime(2024, 6, 30)  # noqa: DTZ001
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert {part.date_time[:3] for part in parts.infolist()} == {(1980, 1, 1)}


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_the_longest_texts_of_a_language_are_whole(code: str) -> None:
    page = longest(language(code))
    said = content(page, language(code), SETTINGS)
    found = rows(sheet_of(page, code))

    for entry, row in zip(said.entries, found, strict=True):
        values = {str(value) for value in row.values()}
        for text in (entry.spoken.name, entry.spoken.action, entry.spoken.avoid, "\n".join(entry.reasons)):
            assert text in values
    assert all(cell.alignment.wrap_text for cell in sheet_of(page, code)[HEAD + 1])


def test_a_list_without_lines_is_a_workbook_all_the_same() -> None:
    sheet = sheet_of(bound([]))

    assert [cell.value for cell in sheet[HEAD]][:2] == ["No.", "Meeting"]


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_every_row_is_tall_enough_for_its_longest_text(code: str) -> None:
    sheet = sheet_of(longest(language(code)), code)
    # Columns of one width are kept together.
    widths = {n: each.width for each in sheet.column_dimensions.values() for n in range(each.min, each.max + 1)}

    for cells in sheet.iter_rows(min_row=HEAD):
        needed = 0
        for cell in cells:
            width = int(widths[cell.column] * 1.1)
            needed = max(needed, sum(len(wrap(part, width)) or 1 for part in str(cell.value or "").split("\n")))
        height = sheet.row_dimensions[cells[0].row].height
        assert height is not None
        assert height >= min(12.5 * needed, 409)
