"""The files of a book: which there are, what a CSV looks like, and how the engine reads them."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from features.engines import DuckDB, literal, quoted
from features.errors import DataError, UnreadableFile

SUFFIXES = (".csv", ".csv.gz", ".parquet")
#: Columns every reading of a file carries beside its own: which file, and the row in it.
FILE, ROW = "_file", "_row"

Encoding = Literal["utf-8", "utf-16", "latin-1"]
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright bars"}
_LOOK = 1 << 16
# A number or a date; nobody names a column so, and a first line of values must not be repeated in a message.
_VALUE = re.compile(r"[\d\s.,:/+-]*\d[\d\s.,:/+-]*")


@dataclass(frozen=True)
class Layout:
    """How a CSV is written.

    Parameters
    ----------
    separator
        One character.
    encoding
        ``utf-8``, ``utf-16`` or ``latin-1``.
    """

    separator: str = ","
    encoding: Encoding = "utf-8"


@dataclass(frozen=True)
class SourceFile:
    """One file as it was found.

    Attributes
    ----------
    path
        Where it is.
    columns
        Column to the type it is held in, in the file's order; ``VARCHAR`` throughout for CSV.
    layout
        How a CSV is written; None for Parquet.
    """

    path: Path
    columns: Mapping[str, str]
    layout: Layout | None

    def sql(self, place: int, *, rows: bool) -> str:
        """A query over the file, with `FILE` and `ROW` where asked for.

        Row numbers are those of a spreadsheet: the first row below a CSV's header is row 2, the first of a Parquet
        file is row 1.
        """
        own = ", ".join(quoted(column) for column in self.columns)
        path = literal(str(self.path))
        if self.layout is None:
            reader = f"read_parquet({path}, file_row_number = true)" if rows else f"read_parquet({path})"
            return (
                f"SELECT {own}"
                + (f", {place} AS {FILE}, file_row_number + 1 AS {ROW}" if rows else "")
                + (f" FROM {reader}")
            )
        columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in self.columns)
        reader = (
            f"read_csv({path}, auto_detect = false, header = true, delim = {literal(self.layout.separator)}, "
            f"quote = '\"', escape = '\"', encoding = {literal(self.layout.encoding)}, "
            f"max_line_size = 1048576, columns = {{{columns}}}{', parallel = false' if rows else ''})"
        )
        return (
            f"SELECT {own}"
            + (f", {place} AS {FILE}, 1 + row_number() OVER () AS {ROW}" if rows else "")
            + (f" FROM {reader}")
        )


def suffix(path: Path) -> str | None:
    """The ending that says how to read a file, or None where it is not one of a book's.

    >>> suffix(Path("loans.csv.gz")), suffix(Path("README.md"))
    ('.csv.gz', None)
    """
    return next((ending for ending in sorted(SUFFIXES, key=len, reverse=True) if path.name.endswith(ending)), None)


def look(engine: DuckDB, path: Path, layout: Layout | None = None) -> SourceFile:
    """Find out what a file holds without reading its rows.

    Raises
    ------
    UnreadableFile
        It is missing, empty, not what its name says, or written in another encoding or with another separator.
    """
    if not path.is_file():
        raise UnreadableFile(f"file {path.name!r} is not there; the folder has {_neighbours(path)}. Put it there.")
    if path.stat().st_size == 0:
        raise UnreadableFile(f"file {path.name!r} is empty, 0 bytes. Export it again, with its header line.")
    if suffix(path) == ".parquet":
        if not _begins(path, b"PAR1"):
            raise UnreadableFile(f"file {path.name!r} is not a Parquet file. Export it again, or name it .csv.")
        return SourceFile(path, engine.columns(f"read_parquet({literal(str(path))})"), None)
    chosen = layout or Layout()
    header = _header(path, chosen, told=layout is not None)
    return SourceFile(path, dict.fromkeys(header, "VARCHAR"), chosen)


def united(files: Iterable[SourceFile], *, rows: bool) -> str:
    """One query over all parts, columns matched by name; a split file is one table."""
    return " UNION ALL BY NAME ".join(f"({file.sql(place, rows=rows)})" for place, file in enumerate(files))


def expand(folder: Path, pattern: str) -> list[Path]:
    """Files of a pattern with ``*``, in name order, inside `folder` and never in a ``truth`` folder.

    Raises
    ------
    DataError
        The pattern leaves the folder.
    """
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise DataError(f"path {pattern!r} leaves the data folder. Give a path inside it.")
    if "*" not in pattern:
        return [folder / pattern]
    found = (path for path in folder.glob(pattern) if path.is_file() and suffix(path))
    return sorted(path for path in found if "truth" not in path.relative_to(folder).parts)


def _begins(path: Path, mark: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(mark)) == mark


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return "no such folder"
    names = sorted(each.name for each in path.parent.iterdir() if suffix(each))
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "") or "no CSV or Parquet file"


def _first_bytes(path: Path) -> bytes:
    if suffix(path) != ".csv.gz":
        with path.open("rb") as stream:
            start = stream.read(_LOOK)
        if start.startswith(b"\x1f\x8b"):
            raise UnreadableFile(f"file {path.name!r} is compressed. Name it {path.name + '.gz'!r}.")
        if start.startswith(b"PK\x03\x04"):
            raise UnreadableFile(f"file {path.name!r} is a spreadsheet or a zip, not a CSV. Save it as CSV in UTF-8.")
        return start
    try:
        with gzip.open(path) as packed:
            return packed.read(_LOOK)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(
            f"file {path.name!r} is not compressed as its name says, or is cut off. Export it again."
        ) from error


def _header(path: Path, layout: Layout, *, told: bool) -> list[str]:
    start = _first_bytes(path)
    if layout.encoding != "utf-16" and (start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start):
        raise UnreadableFile(
            f"file {path.name!r} is not UTF-8 but looks like UTF-16. Save it as CSV in UTF-8, "
            "or name encoding = 'utf-16' for it in a book.toml."
        )
    try:
        decoder = codecs.getincrementaldecoder("utf-8-sig" if layout.encoding == "utf-8" else layout.encoding)()
        text = decoder.decode(start)
    except UnicodeDecodeError as error:
        line = start[: error.start].count(b"\n") + 1
        raise UnreadableFile(
            f"file {path.name!r} is not {layout.encoding.upper()} (line {line}). Save it as CSV in UTF-8, "
            "or name its encoding in a book.toml, such as encoding = 'latin-1'."
        ) from None
    first = next((each for each in text.splitlines() if each.strip()), "")
    if not first:
        raise UnreadableFile(f"file {path.name!r} has no header line. Export it again, with its header line.")
    header = [name.strip() for name in next(csv.reader(io.StringIO(first), delimiter=layout.separator))]
    _refuse_other_separator(path, first, header, layout, told=told)
    if any(not name for name in header):
        raise UnreadableFile(
            f"file {path.name!r} has a column without a name (column {header.index('') + 1} of {len(header)}). "
            "Name it in the header line, or delete it."
        )
    if any(_VALUE.fullmatch(name) for name in header):
        raise UnreadableFile(
            f"file {path.name!r} has no header line: its first line holds values. Export it again with one."
        )
    lowered = [name.lower() for name in header]
    twice = [name for name in header if lowered.count(name.lower()) > 1]
    if twice:
        raise UnreadableFile(f"file {path.name!r} has the column {twice[0]!r} twice. Rename or delete one of them.")
    return header


def _refuse_other_separator(path: Path, line: str, header: list[str], layout: Layout, *, told: bool) -> None:
    if len(header) > 1:
        return
    for other, spoken in _SEPARATORS.items():
        if other != layout.separator and other in line:
            where = "the book.toml says" if told else "a book's CSV uses"
            raise UnreadableFile(
                f"file {path.name!r} is separated by {spoken}, where {where} "
                f"{_SEPARATORS.get(layout.separator, repr(layout.separator))}. "
                f"Export it with commas, or name separator = {other!r} for it in a book.toml."
            )
