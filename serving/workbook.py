"""The first sheet of an XLSX file, as rows of text. Small, because it trusts nothing in the file."""

import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

from features.errors import UnreadableFile

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_LARGEST_PART = 20_000_000
_MOST_ROWS, _MOST_COLUMNS = 10_000, 200
_CELL = re.compile("([A-Z]{1,3})([0-9]{1,7})")
#: Everything a file can be wrong by, from a missing part to a cipher.
_FAULTS = (
    *(OSError, RuntimeError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError),
    *(KeyError, IndexError, ValueError, StopIteration, EOFError),
)
#: Day 0 of a workbook's calendar, and of those that old Macintosh programs wrote.
_DAY_0, _DAY_0_MACINTOSH = date(1899, 12, 30), date(1904, 1, 1)


@dataclass(frozen=True)
class Sheet:
    """A sheet of text.

    Parameters
    ----------
    rows
        Number of the row as the spreadsheet shows it, to its cells from column A on; empty cells are empty text.
    day_0
        What a number in a column of days counts from.
    """

    rows: Mapping[int, tuple[str, ...]]
    day_0: date

    def as_day(self, text: str) -> str:
        """A day as ISO text, whether it was written as text or kept as a number; other text stays as it is.

        >>> Sheet({}, date(1899, 12, 30)).as_day("45475"), Sheet({}, date(1899, 12, 30)).as_day("2024-07-02")
        ('2024-07-02', '2024-07-02')
        """
        number = re.fullmatch(r"([0-9]{4,6})(\.0+)?", text)
        return (self.day_0 + timedelta(days=int(number[1]))).isoformat() if number else text


def first_sheet(file: Path) -> Sheet:
    """The first sheet of a workbook.

    Raises
    ------
    UnreadableFile
        It is no workbook, is damaged or is larger than any list.
    """
    try:
        with zipfile.ZipFile(file) as parts:
            book = _parsed(parts, "xl/workbook.xml")
            strings = _strings(parts)
            old = any(each.get("date1904") in ("1", "true") for each in _all(book, "workbookPr"))
            rows = _rows(_parsed(parts, _first(parts, book)), strings)
    except _FAULTS as error:
        raise UnreadableFile(
            f"file {file.name!r} cannot be read as an XLSX workbook. Save it again as XLSX, or as CSV."
        ) from error
    return Sheet(rows, _DAY_0_MACINTOSH if old else _DAY_0)


def _strings(parts: zipfile.ZipFile) -> list[str]:
    """Texts that cells point to, where the program that wrote the file keeps them apart."""
    if "xl/sharedStrings.xml" not in parts.namelist():
        return []
    return [_text(each) for each in _all(_parsed(parts, "xl/sharedStrings.xml"), "si")]


def _parsed(parts: zipfile.ZipFile, name: str) -> ElementTree.Element:
    if parts.getinfo(name).file_size > _LARGEST_PART:
        raise ValueError("larger than any list")
    with parts.open(name) as opened:
        content = opened.read(_LARGEST_PART + 1)
    # Entities are declared in a document type; without one, and in UTF-8, there is nothing to expand.
    if len(content) > _LARGEST_PART or b"<!DOCTYPE" in content or b"\x00" in content:
        raise ValueError("not a plain document")
    return ElementTree.fromstring(content)  # noqa: S314 - see above


def _first(parts: zipfile.ZipFile, book: ElementTree.Element) -> str:
    sheet = _all(book, "sheet")[0]
    wanted = next(value for name, value in sheet.attrib.items() if name.endswith("}id"))
    links = _parsed(parts, "xl/_rels/workbook.xml.rels")
    target = next(link.attrib["Target"] for link in links if link.get("Id") == wanted)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _all(parent: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return [*parent.iter(f"{_MAIN}{tag}"), *parent.iter(f"{_STRICT}{tag}")]


def _text(parent: ElementTree.Element) -> str:
    """Text of a string, without the reading aids of East Asian scripts."""
    aids = {id(part) for aid in _all(parent, "rPh") for part in _all(aid, "t")}
    return "".join(part.text or "" for part in _all(parent, "t") if id(part) not in aids)


def _rows(sheet: ElementTree.Element, strings: list[str]) -> dict[int, tuple[str, ...]]:
    found: dict[int, dict[int, str]] = {}
    for cell in _all(sheet, "c"):
        place = _CELL.fullmatch(cell.get("r", ""))
        if place is None:
            raise ValueError("a cell without its place")
        row, column = int(place[2]), _number(place[1])
        if row > _MOST_ROWS or column >= _MOST_COLUMNS:
            continue
        text = _value(cell, strings).strip()
        if text:
            found.setdefault(row, {})[column] = text
    return {
        row: tuple(cells.get(column, "") for column in range(max(cells) + 1)) for row, cells in sorted(found.items())
    }


def _value(cell: ElementTree.Element, strings: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = "".join(each.text or "" for each in _all(cell, "v"))
    if kind == "s":
        return strings[int(value)] if value.isdigit() else strings[len(strings)]
    if kind == "n" and re.fullmatch(r"[0-9]+\.0+", value):
        return value.split(".")[0]
    return value


def _number(letters: str) -> int:
    """Number of a column from 0.

    >>> _number("A"), _number("AA")
    (0, 26)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
