"""A list as a workbook: one sheet to work in, one with the codes."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from textwrap import wrap
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from serving.documents.content import Content, Entry, Section, content
from serving.languages import Language
from serving.line import OfficerList
from serving.settings import Settings

#: Rows above the table: title, list and week, rule.
HEAD_ROWS = 4
#: Longest text a cell takes, and longest name of a sheet.
CELL, SHEET = 32_767, 31
#: A spreadsheet's header or footer takes 255 characters, its own signs included.
FOOTER = 120

_DAY = "yyyy-mm-dd"
#: Columns that name a client; they stand still, and on every printed page.
NAMED = 4
#: Size of the text in points, and of the printed sheet in per cent: together about that of the list on paper.
FONT, SCALE = 10, 60
#: Height of a row of text in points, the tallest row there is, and signs of this size in a unit of width.
LEADING, TALLEST, SIGNS = 13.0, 409.0, 1.05
_NO_SHEET_SIGN = re.compile(r"[\[\]:*?/\\]")
# What no workbook can hold: control signs, and halves of a character.
_NO_CELL_SIGN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Column:
    """One column: its heading, its width in characters, and what stands in it."""

    head: str
    width: float
    value: Callable[[Entry, Section], object]


def as_xlsx(page: OfficerList, language: Language, settings: Settings) -> bytes:
    """A list as a workbook with filters, a fixed head and columns to reply in. The same list gives the same bytes.

    Every text is written as text: a name that looks like a formula or an address is a name.
    """
    said = content(page, language, settings)
    file = BytesIO()
    book = _book(file, said.title, page.as_of, said.institution)
    looks = _looks(book)
    working = book.add_worksheet(_sheet_name(language.text("List")))
    keys = book.add_worksheet(_sheet_name(language.text("Codes")))
    _keys(keys, said, looks)
    _lines(working, said, keys.get_name(), looks)
    book.close()
    return file.getvalue()


def as_sheet(
    title: str, week: str, as_of: date, widths: Mapping[str, float], rows: Iterable[Sequence[object]]
) -> bytes:
    """A table as a workbook of one sheet to read and to print. The same table gives the same bytes.

    Parameters
    ----------
    widths
        Heading of each column to its width in characters.
    """
    file = BytesIO()
    book = _book(file, title, as_of)
    looks, sheet = _looks(book), book.add_worksheet(_sheet_name(title))
    for row, text in enumerate((title, week)):
        _text(sheet, row, 0, text, looks["title" if row == 0 else "strong"])
    last = HEAD_ROWS
    for column, (head, width) in enumerate(widths.items()):
        sheet.set_column(column, column, width)
        _text(sheet, HEAD_ROWS, column, head, looks["head"])
    for last, cells in enumerate(rows, HEAD_ROWS + 1):
        sheet.set_row(last, _height((str(cell), width) for cell, width in zip(cells, widths.values(), strict=True)))
        for column, cell in enumerate(cells):
            _cell(sheet, last, column, cell, looks)
    sheet.autofilter(HEAD_ROWS, 0, max(last, HEAD_ROWS + 1), len(widths) - 1)
    sheet.freeze_panes(HEAD_ROWS + 1, 0)
    sheet.repeat_rows(HEAD_ROWS)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    book.close()
    return file.getvalue()


def _book(file: BytesIO, title: str, as_of: date, author: str = "") -> Any:
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    # A fixed moment, so that the same list gives the same bytes.
    created = datetime(as_of.year, as_of.month, as_of.day)  # noqa: DTZ001 - a workbook knows no zones
    book.set_properties({"title": title, "author": _plain(author), "created": created})
    return book


def _looks(book: xlsxwriter.Workbook) -> Mapping[str, Any]:
    plain = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#999999", "font_size": FONT}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "strong": book.add_format({"bold": True}),
        "note": book.add_format({"font_size": 9}),
        "head": book.add_format({**plain, "bold": True, "bg_color": "#E6E6E6", "border_color": "#000000"}),
        "text": book.add_format(plain),
        "day": book.add_format({**plain, "num_format": _DAY, "align": "left"}),
        "reply": book.add_format({**plain, "border_color": "#000000", "locked": False}),
        "reply_day": book.add_format(
            {**plain, "num_format": _DAY, "align": "left", "border_color": "#000000", "locked": False}
        ),
    }


def _lines(sheet: Any, said: Content, keys_sheet: str, looks: Mapping[str, Any]) -> None:
    told, asked = _told(said), _asked(said)
    heads = [*(column.head for column in told), *(head for head, _, _ in asked)]
    last_row, last_column = HEAD_ROWS + max(len(said.entries), 1), len(heads) - 1
    for row, text in enumerate((said.title, said.who, _week(said), said.rule)):
        _text(sheet, row, 0, text, looks["title" if row == 0 else "strong" if row == 1 else "note"])
    for column, head in enumerate(heads):
        _text(sheet, HEAD_ROWS, column, head, looks["head"])
    widths = [*(each.width for each in told), *(width for _, width, _ in asked)]
    # What is for sorting alone is folded away: the day of the last contact stands in words, too.
    folded = {said.language.text("Language"), said.language.text("Last contact")}
    for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width, None, {"level": 1, "hidden": True} if head in folded else {})
    sheet.set_row(HEAD_ROWS, _height((head, width) for head, width in zip(heads, widths, strict=True)))
    row = HEAD_ROWS
    for section in said.sections:
        for entry in section.entries:
            row += 1
            values = [each.value(entry, section) for each in told]
            sheet.set_row(row, _height((str(it), each.width) for it, each in zip(values, told, strict=True)))
            for column, value in enumerate(values):
                _cell(sheet, row, column, value, looks)
            for column, (_, _, rule) in enumerate(asked, start=len(told)):
                sheet.write_blank(row, column, None, looks["reply_day" if rule == "day" else "reply"])
    for column, (_, _, rule) in enumerate(asked, start=len(told)):
        options = _rule(rule, said, keys_sheet)
        if options is not None:
            sheet.data_validation(HEAD_ROWS + 1, column, last_row, column, options)
    sheet.autofilter(HEAD_ROWS, 0, last_row, last_column)
    sheet.freeze_panes(HEAD_ROWS + 1, NAMED)
    sheet.print_area(0, 0, last_row, last_column)
    sheet.repeat_rows(HEAD_ROWS)
    sheet.repeat_columns(0, NAMED - 1)
    # Whom to see and why on the left sheet, what was found on the right: side by side all of it could not be read.
    sheet.set_v_pagebreaks([heads.index(said.labels["new"])])
    _on_paper(sheet, said)


def _height(cells: Iterable[tuple[str, float]]) -> float:
    """Height of a row in points that shows texts of some widths whole; not every program finds it by itself."""
    rows = max(sum(len(wrap(part, int(width * SIGNS))) or 1 for part in text.split("\n")) for text, width in cells)
    return min(LEADING * rows + 3, TALLEST)


def _on_paper(sheet: Any, said: Content) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_print_scale(SCALE)
    sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
    name = _plain(said.list_id)[:FOOTER].replace("&", "&&")
    sheet.set_footer(f"&L{name}&R{said.labels['page'].format(page='&P', pages='&N')}")


def _told(said: Content) -> Sequence[Column]:
    language, words = said.language, said.labels
    yes, no = language.text("yes"), language.text("no")
    columns = [
        Column(language.text("No."), 4, lambda entry, _: entry.line.place),
        Column(language.text("Meeting"), 10.5, lambda entry, _: entry.line.meeting_on),
        Column(language.text("Group"), 14, lambda entry, _: entry.line.card.group),
        Column(language.text("Client"), 20, lambda entry, _: entry.spoken.name),
        Column(language.text("Client id"), 11, lambda entry, _: entry.line.client_id),
        Column(language.text("Village"), 12, lambda entry, _: entry.line.card.village),
        Column(language.text("Phone"), 14, lambda entry, _: entry.spoken.phone),
        Column(language.text("Language"), 9, lambda entry, _: entry.line.card.language),
        Column(
            language.text("Reach"), 14, lambda entry, _: "\n".join(part for part in _wishes(entry, language) if part)
        ),
        Column(language.text("Band"), 8, lambda entry, _: entry.spoken.band),
        Column(words["shows"], 34, lambda entry, _: "\n".join(entry.reasons)),
        Column(words["do"], 26, lambda entry, _: entry.spoken.action),
        Column(words["avoid"], 22, lambda entry, _: entry.spoken.avoid),
        Column(words["new"], 22, lambda entry, _: "\n".join(filter(None, (entry.spoken.news, entry.spoken.before)))),
        Column(language.text("Loan ends"), 10.5, lambda entry, _: entry.line.loan_ends_on),
        Column(language.text("Last contact"), 10.5, lambda entry, _: entry.line.last_contact_on),
        Column(language.text("Last contact, in words"), 20, lambda entry, _: entry.spoken.last_contact),
        Column(language.text("Carried over"), 8, lambda entry, _: yes if entry.line.carried_over else no),
    ]
    if said.page.is_desk:
        complaint = language.text("Open complaint")
        columns.append(Column(complaint, 9, lambda entry, _: yes if entry.line.card.open_complaint else no))
    return columns


def _wishes(entry: Entry, language: Language) -> tuple[str, ...]:
    """How a client is to be reached, and what must be minded; what has a column of its own is left out."""
    elsewhere = {language.text("carried over from last week"), language.text("open complaint")}
    return entry.spoken.reach, *(tag for tag in entry.tags if tag not in elsewhere)


def _asked(said: Content) -> Sequence[tuple[str, float, str]]:
    """Heading, width and rule of each column that is filled in."""
    language, words = said.language, said.labels
    return (
        (language.text("Day of the contact"), 10.5, "day"),
        (words["kinds"], 6, "kind"),
        (language.text("Code"), 6, "code"),
        (language.text("Comes on"), 10.5, "day"),
        (language.text("First reason"), 9, "reason"),
        (language.text("Second reason"), 9, "reason"),
        (language.text("Do not contact again"), 9, "yes"),
        (language.text("Line is wrong"), 9, "yes"),
        (language.text("Note"), 20, ""),
    )


def _rule(rule: str, said: Content, keys_sheet: str) -> dict[str, Any] | None:
    language = said.language
    wrong = {
        "error_title": language.text("Not on the list"),
        "error_message": language.text("Choose one of the values offered."),
    }
    sheet = "'" + keys_sheet.replace("'", "''") + "'"
    match rule:
        case "kind":
            return {"validate": "list", "source": [code for code, _ in said.keys.kinds], **wrong}
        case "code":
            return {"validate": "list", "source": [code for code, _ in said.keys.codes], **wrong}
        case "reason":
            first = _first_reason(said) + 1
            return {
                "validate": "list",
                "source": f"={sheet}!$A${first}:$A${first + len(said.keys.reasons) - 1}",
                **wrong,
            }
        case "yes":
            return {"validate": "list", "source": [language.text("yes"), language.text("no")], **wrong}
        case "day":
            return {
                "validate": "date",
                "criteria": ">=",
                "value": said.page.as_of,
                "error_title": language.text("Not a day"),
                "error_message": language.text("Write a day of this week or later."),
            }
    return None


def _first_reason(said: Content) -> int:
    """Row of the first reason on the sheet of codes, from 0."""
    return len(said.keys.kinds) + len(said.keys.codes) + 5


def _keys(sheet: Any, said: Content, looks: Mapping[str, Any]) -> None:
    row = 0
    for name, pairs in (("kinds", said.keys.kinds), ("codes", said.keys.codes), ("reasons", said.keys.reasons)):
        _text(sheet, row, 0, said.labels[name], looks["strong"])
        row += 1
        for code, meaning in pairs:
            _text(sheet, row, 0, code, looks["text"])
            _text(sheet, row, 1, meaning, looks["text"])
            row += 1
        row += 1
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 1, 60)
    sheet.set_portrait()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.print_area(0, 0, row - 2, 1)


def _cell(sheet: Any, row: int, column: int, value: object, looks: Mapping[str, Any]) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, looks["day"])
    elif isinstance(value, int):
        sheet.write_number(row, column, value, looks["text"])
    elif value:
        _text(sheet, row, column, str(value), looks["text"])
    else:
        sheet.write_blank(row, column, None, looks["text"])


def _text(sheet: Any, row: int, column: int, text: str, look: Any) -> None:
    sheet.write_string(row, column, _plain(text)[:CELL], look)


def _plain(text: str) -> str:
    return _NO_CELL_SIGN.sub("\ufffd", text)


def _week(said: Content) -> str:
    return " · ".join(
        part for part in (said.institution, said.span, f"{said.labels['list']} {said.list_id}", said.valid) if part
    )


def _sheet_name(text: str) -> str:
    return _NO_SHEET_SIGN.sub(" ", text)[:SHEET].strip("'")
