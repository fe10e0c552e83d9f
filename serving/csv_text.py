"""CSV tables that people hand in: read whole, of a size that can be meant, in commas or semicolons."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import UnreadableFile

_LARGEST = 5_000_000


def read_text(file: Path, largest: str) -> str:
    """The text of a file, without the mark that tells its encoding.

    Parameters
    ----------
    largest
        What no such file is larger than, in words: "any survey".

    Raises
    ------
    UnreadableFile
        It cannot be opened, is not in UTF-8 or is too large.
    """
    try:
        if file.stat().st_size > _LARGEST:
            raise UnreadableFile(f"file {file.name!r} is larger than {largest}. Split it.")
        return file.read_text(encoding="utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"file {file.name!r} is not in UTF-8. Save it again as CSV in UTF-8.") from error
    except OSError as error:
        raise UnreadableFile(f"file {file.name!r} cannot be opened. Check its name and who may read it.") from error


def rows_of(text: str) -> Iterator[list[str]]:
    """Rows of a table whose first line shows whether commas or semicolons part its cells."""
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


@contextmanager
def whole_table(file: Path) -> Iterator[None]:
    """Say of a table that breaks off, or is none, what to do.

    Raises
    ------
    UnreadableFile
        It is no whole CSV table.
    """
    try:
        yield
    except csv.Error as error:
        raise UnreadableFile(f"file {file.name!r} is not a whole CSV table. Save it again as CSV in UTF-8.") from error
