"""A workbook is read as text, whichever program wrote it, and nothing in it is trusted."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from features.errors import UnreadableFile
from serving.workbook import first_sheet

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def by_openpyxl(file: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"], sheet["C1"], sheet["A3"], sheet["B3"] = "head ", "é ✓", 7, date(2024, 7, 2)
    sheet["C3"] = 7.5
    book.create_sheet("second")["A1"] = "not read"
    book.save(file)


def by_xlsxwriter(file: Path) -> None:
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("first")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write("A1", "head ")
    sheet.write_rich_string("C1", "é", book.add_format({"bold": True}), " ✓")
    sheet.write("A3", 7)
    sheet.write("B3", date(2024, 7, 2), day)
    sheet.write("C3", 7.5)
    book.add_worksheet("second").write("A1", "not read")
    book.close()


@pytest.mark.parametrize("write", [by_openpyxl, by_xlsxwriter])
def test_the_first_sheet_is_read_as_text_in_its_places(write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx")

    sheet = first_sheet(tmp_path / "a.xlsx")

    assert sheet.rows == {1: ("head", "", "é ✓"), 3: ("7", "45475", "7.5")}
    assert sheet.as_day(sheet.rows[3][1]) == "2024-07-02"


def test_days_of_an_old_calendar_are_the_same_days(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx", {"date_1904": True})
    book.add_worksheet().write("A1", date(2024, 7, 2), book.add_format({"num_format": "d mmm"}))
    book.close()

    sheet = first_sheet(tmp_path / "a.xlsx")

    assert sheet.as_day(sheet.rows[1][0]) == "2024-07-02"


@pytest.mark.parametrize("text", ["", "soon", "2.7.2024", "-1", "45475.5", "99999999", "१२३४५"])
def test_what_is_no_day_stays_as_it_is(text: str, tmp_path: Path) -> None:
    by_openpyxl(tmp_path / "a.xlsx")

    assert first_sheet(tmp_path / "a.xlsx").as_day(text) == text


def parts(file: Path, sheet: str = "", book: str = "", strings: str | None = None, **more: str) -> Path:
    """A workbook put together by hand."""
    content = {
        "xl/workbook.xml": book
        or f'<workbook {MAIN} xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="i1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="i1" Target="/xl/s.xml"/></Relationships>',
        "xl/s.xml": sheet or f"<worksheet {MAIN}/>",
        **({} if strings is None else {"xl/sharedStrings.xml": strings}),
        **more,
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in content.items():
            if text:
                opened.writestr(name, text)
    return file


def cell(value: str, place: str = "A1", kind: str = "n") -> str:
    return f'<worksheet {MAIN}><sheetData><c r="{place}" t="{kind}"><v>{value}</v></c></sheetData></worksheet>'


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + cell("&b;", kind="str")


@pytest.mark.parametrize(
    "harm",
    [
        {"sheet": BOMB},
        {"sheet": cell("1").encode("utf-16").decode("latin-1")},
        {"sheet": "<worksheet"},
        {"sheet": cell("0", kind="s")},
        {"sheet": cell("-1", kind="s"), "strings": f"<sst {MAIN}><si><t>a</t></si></sst>"},
        {"sheet": cell("x", kind="s")},
        {"sheet": cell("1", place="1A")},
        {"sheet": cell("1", place="A99999999")},
        {"book": f"<workbook {MAIN}/>"},
        {"book": f'<workbook {MAIN} xmlns:r="r"><sheets><sheet r:id="i9"/></sheets></workbook>'},
        {"sheet": f"<worksheet {MAIN}>{' ' * 20_000_001}</worksheet>"},
        {"strings": "<sst>&x;</sst>"},
    ],
)
def test_a_harmful_workbook_is_refused_in_a_sentence(harm: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read as an XLSX workbook"):
        first_sheet(parts(tmp_path / "a.xlsx", **harm))


def test_what_lies_beyond_any_list_is_not_read(tmp_path: Path) -> None:
    assert first_sheet(parts(tmp_path / "a.xlsx", cell("1", place="A10001"))).rows == {}
    assert first_sheet(parts(tmp_path / "a.xlsx", cell("1", place="ZZ1"))).rows == {}


def test_every_cut_of_a_workbook_is_refused_in_a_sentence(tmp_path: Path) -> None:
    by_openpyxl(tmp_path / "whole.xlsx")
    whole = (tmp_path / "whole.xlsx").read_bytes()
    for size in (0, 3, len(whole) // 2, len(whole) - 30):
        (tmp_path / "a.xlsx").write_bytes(whole[:size])
        with pytest.raises(UnreadableFile):
            first_sheet(tmp_path / "a.xlsx")
    with pytest.raises(UnreadableFile):
        first_sheet(tmp_path / "missing.xlsx")


def test_a_byte_that_was_changed_never_ends_in_anything_but_rows_or_a_sentence(tmp_path: Path) -> None:
    by_openpyxl(tmp_path / "whole.xlsx")
    whole = (tmp_path / "whole.xlsx").read_bytes()
    refused = 0
    for place in range(0, len(whole), 37):
        (tmp_path / "a.xlsx").write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            first_sheet(tmp_path / "a.xlsx")
        except UnreadableFile:
            refused += 1
    assert refused > 0


def test_day_0_is_the_one_that_spreadsheets_count_from(tmp_path: Path) -> None:
    by_openpyxl(tmp_path / "a.xlsx")

    assert first_sheet(tmp_path / "a.xlsx").day_0 == date(1899, 12, 30)
