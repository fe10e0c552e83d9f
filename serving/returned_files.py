"""Files in which lists come back filled in: a table of typed-in paper, or an officer's own workbook."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.errors import MissingColumn, UnreadableFile
from serving.csv_text import read_text, rows_of, whole_table
from serving.documents.xlsx import HEAD_ROWS
from serving.given import Given
from serving.languages import language
from serving.line import OfficerList
from serving.typed import typed_in
from serving.workbook import first_sheet

#: Columns of a table of typed-in paper; those behind `code` may be missing.
COLUMNS = (
    *("list", "place", "code", "kind", "happened_on", "promised_on", "reasons", "do_not_contact", "wrong"),
    *("override", "note", "outcome_id"),
)
_REQUIRED = COLUMNS[:3]
#: The last columns of a workbook, in which officers reply.
_REPLIES = (
    *("happened_on", "kind", "code", "promised_on", "first_reason", "second_reason", "do_not_contact", "wrong", "note"),
)
_PRINTED = re.compile(r"\b[0-9]{4}-W[0-9]{2}-\S*-[a-z]{3}\b")
_YES = frozenset({"yes", "y", "true", "1", "x"})


@dataclass(frozen=True)
class Returned:
    """One filled-in line of a file.

    Parameters
    ----------
    row
        Its number as the program that shows the file counts, for messages.
    printed_id
        The list's, with check letters.
    """

    row: int
    printed_id: str
    place: str
    told: dict[str, str]

    def given(self, page: OfficerList) -> Given:
        """What the line says.

        Raises
        ------
        OutcomeRefused
            There is no such line on the list, or what is said cannot be read or does not go together.
        """
        plain = ("code", "happened_on", "promised_on", "override", "note")
        told: dict[str, Any] = {name: self.told.get(name, "") for name in plain}
        yes = _YES | {language(page.language).text("yes").casefold()}
        return typed_in(
            page,
            int(self.place) if self.place.isascii() and self.place.isdigit() else 0,
            kind=self.told.get("kind", ""),
            outcome_id=self.told.get("outcome_id", ""),
            reasons=re.split(r"[;,\s]+", self.told.get("reasons", "")),
            do_not_contact=self.told.get("do_not_contact", "").casefold() in yes,
            wrong=self.told.get("wrong", "").casefold() in yes,
            **told,
        )


def from_table(file: Path) -> list[Returned]:
    """Lines of a CSV file with the columns `COLUMNS`; a line without a code was not filled in.

    Raises
    ------
    UnreadableFile, MissingColumn
        It is no such table.
    """
    rows = rows_of(read_text(file, "any pile of paper"))
    with whole_table(file):
        head = [name.strip().lower() for name in next(rows, [])]
        lacking = [name for name in _REQUIRED if name not in head]
        unknown = [name for name in head if name not in COLUMNS]
        if lacking or unknown:
            wrong = f"has no column {lacking[0]!r}" if lacking else "has a column that no such table has"
            raise MissingColumn(f"file {file.name!r} {wrong}; the columns are {', '.join(COLUMNS)}. Name them so.")
        return list(_filled(head, rows))


def from_workbook(file: Path) -> "Workbook":
    """An officer's workbook, as `serving.documents.xlsx` made it and somebody filled it in.

    Raises
    ------
    UnreadableFile
        It is no workbook, or bears no list's id.
    """
    sheet = first_sheet(file)
    heading = " ".join(cell for row in range(1, HEAD_ROWS + 1) for cell in sheet.rows.get(row, ()))
    printed = _PRINTED.findall(heading)
    head = sheet.rows.get(HEAD_ROWS + 1, ())
    first = len(head) - len(_REPLIES)
    if len(printed) != 1 or first < 1:
        raise UnreadableFile(f"file {file.name!r} is not a list that exitwatch made, or its head was changed.")
    lines = []
    for row, cells in sheet.rows.items():
        replies = dict(zip(_REPLIES, (*cells[first:], *[""] * len(_REPLIES)), strict=False))
        if row <= HEAD_ROWS + 1 or not replies["code"]:
            continue
        days = {name: sheet.as_day(replies[name]) for name in ("happened_on", "promised_on")}
        reasons = f"{replies['first_reason']} {replies['second_reason']}"
        lines.append(Returned(row, printed[0], cells[0], {**replies, **days, "reasons": reasons}))
    return Workbook(file.name, printed[0], head[first:], tuple(lines))


@dataclass(frozen=True)
class Workbook:
    """A filled-in workbook.

    Parameters
    ----------
    heads
        Headings of the columns in which one replies.
    """

    name: str
    printed_id: str
    heads: tuple[str, ...]
    lines: tuple[Returned, ...]

    def of(self, page: OfficerList) -> tuple[Returned, ...]:
        """Its lines, once it is sure that no column was moved: a kind of contact must not be read as a code.

        Raises
        ------
        UnreadableFile
            One was.
        """
        tongue = language(page.language)
        expected = {2: tongue.text("Code"), len(_REPLIES) - 1: tongue.text("Note")}
        if any(self.heads[place] != name for place, name in expected.items()):
            raise UnreadableFile(
                f"file {self.name!r} has other last columns than the list was made with. Put them back, or type it in."
            )
        return self.lines


def _filled(head: list[str], rows: Iterator[list[str]]) -> Iterator[Returned]:
    for number, cells in enumerate(rows, 2):
        told = {name: cell.strip() for name, cell in zip(head, cells, strict=False)}
        if told.get("code"):
            yield Returned(number, "".join(told["list"].split()), told["place"], told)
