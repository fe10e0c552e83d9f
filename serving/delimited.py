"""Tables as text, each cell read back exactly, and none that a spreadsheet would run as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date

# Where a spreadsheet would begin a cell that it runs, also behind blanks, and behind the semicolons at which those of
# many countries split a line in spite of quotes. Apostrophes count as blanks, so that each cell reads back exactly.
_FORMULA = re.compile(r"""(?:\A(?=[\s'"]*[=+\-@\t\r])|(?<=[;\t\r\n])(?=[\s'"]*[=+\-@]))""")
_TAMED = re.compile(f"{_FORMULA.pattern}'")
_SPLITS = re.compile(r'[",\r\n]')


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table with nothing in it that a spreadsheet would take for a formula."""
    lines = [head, *([_told(cell) for cell in row] for row in rows)]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines).encode()


def read_table(data: bytes) -> list[dict[str, str]]:
    """The rows of a table that `as_table` wrote, exactly as they were."""
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    return [{column: _as_written(cell) for column, cell in row.items()} for row in csv.DictReader(text)]


def _quoted(cell: str) -> str:
    """As `csv` does, which leaves a lone carriage return bare in some versions of Python."""
    return '"' + cell.replace('"', '""') + '"' if _SPLITS.search(cell) else cell


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _told(value: object) -> str:
    """A number is a number, below zero too; whatever else looks like a formula is tamed."""
    return _cell(value) if isinstance(value, int | float) else _tame(_cell(value))


def _tame(cell: str) -> str:
    return _FORMULA.sub("'", cell)


def _as_written(cell: str) -> str:
    """The cell that `_tame` was given."""
    return _TAMED.sub("", cell)
