"""Files of answers: a CSV table or the first sheet of a workbook, with an exact report of every row that is refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection

from features.errors import MissingColumn, UnreadableFile, UsageError
from serving.access import Actor
from serving.csv_text import read_text, rows_of, whole_table
from serving.survey.entry import Became, record
from serving.survey.form import Answer
from serving.survey.refusals import AnswerRefused
from serving.survey.words import COLUMNS, REQUIRED
from serving.workbook import first_sheet

_MOST_ROWS = 10_000
_DAYS = ("interviewed_on", "left_on", "return_on")


@dataclass(frozen=True)
class Row:
    """One filled-in row.

    Parameters
    ----------
    number
        As the program that shows the file counts.
    told
        Text by the name of its column.
    """

    number: int
    told: Mapping[str, str]


@dataclass(frozen=True)
class Taken:
    """What became of a row; a refused one names the column and says what to do. Never what stood there."""

    number: int
    became: Became | None
    column: str = ""
    what_to_do: str = ""

    @property
    def sentence(self) -> str:
        """As it is printed."""
        if self.became is not None:
            return f"row {self.number}: {self.became}"
        return f"row {self.number}, column {self.column}: refused. {self.what_to_do}"


def read_answers(file: Path) -> list[Row]:
    """Rows of a file of answers; empty rows are passed over.

    Raises
    ------
    UsageError
        It is neither CSV nor XLSX.
    UnreadableFile, MissingColumn
        It cannot be read, lacks a column, or has one that no such file has.
    """
    match file.suffix.lower():
        case ".csv":
            numbered = _from_table(file)
        case ".xlsx":
            numbered = _from_workbook(file)
        case _:
            raise UsageError(f"file {file.name!r} is neither .csv nor .xlsx; save it as one of them")
    if not numbered:
        raise UnreadableFile(f"file {file.name!r} is empty; its first row names the columns: {', '.join(COLUMNS)}")
    if len(numbered) > _MOST_ROWS:
        raise UnreadableFile(f"file {file.name!r} has more than {_MOST_ROWS:,} rows. Split it.")
    _, heads = numbered[0]
    names = [head.strip().lower() for head in heads]
    _refuse_heads(file, names)
    return [
        Row(number, dict(zip(names, (*cells, *[""] * len(names)), strict=False)))
        for number, cells in numbered[1:]
        if any(cell.strip() for cell in cells)
    ]


def take_in(connection: Connection, rows: Sequence[Row], by: Actor, at: datetime, today: date) -> list[Taken]:
    """Keep what can be kept, and say of every other row what is wrong with it.

    Parameters
    ----------
    connection
        Of `Store.write`; whoever wants all rows or none rolls back where a row was refused.
    """
    taken = []
    for row in rows:
        try:
            became = record(connection, Answer.of(row.told), by, "file", at, today).became
            taken.append(Taken(row.number, became))
        except AnswerRefused as error:
            taken.append(Taken(row.number, None, error.column, error.sentence))
    return taken


def _refuse_heads(file: Path, names: Sequence[str]) -> None:
    lacking = [name for name in REQUIRED if name not in names]
    unknown = [place for place, name in enumerate(names, 1) if name not in COLUMNS]
    if lacking:
        raise MissingColumn(f"file {file.name!r} has no column {lacking[0]!r}; it needs {', '.join(REQUIRED)}.")
    if unknown:
        raise MissingColumn(
            f"file {file.name!r} has a column {unknown[0]} that no file of answers has. Leave it out, or name it "
            f"as one of {', '.join(COLUMNS)}."
        )
    if len(set(names)) < len(names):
        raise MissingColumn(f"file {file.name!r} has a column twice. Leave one of them out.")


def _from_table(file: Path) -> list[tuple[int, Sequence[str]]]:
    rows = rows_of(read_text(file, "any survey"))
    with whole_table(file):
        return list(_numbered(rows))


def _numbered(rows: Iterator[list[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    for number, cells in enumerate(rows, 1):
        yield number, [cell.strip() for cell in cells]


def _from_workbook(file: Path) -> list[tuple[int, Sequence[str]]]:
    sheet = first_sheet(file)
    numbered: list[tuple[int, Sequence[str]]] = list(sheet.rows.items())
    if not numbered:
        return []
    head_row, heads = numbered[0]
    of_days = {place for place, head in enumerate(heads) if head.strip().lower() in _DAYS}
    as_days = [
        (row, [sheet.as_day(cell) if place in of_days else cell for place, cell in enumerate(cells)])
        for row, cells in numbered[1:]
    ]
    return [(head_row, heads), *as_days]
