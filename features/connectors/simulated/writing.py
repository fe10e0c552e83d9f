"""One Parquet file per table, written piece by piece, the same bytes every time."""

import errno
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from features.connectors.simulated.columns import MONEY
from features.errors import StorageError, UsageError
from features.schema import TABLES

ARROW_TYPES: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
    "money": MONEY,
    "number": pa.float64(),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
}
#: Rows gathered before a group of rows is written; small tables would else be cut into crumbs.
ROW_GROUP = 200_000
#: What a book was made from; written first, so that it marks a folder as a simulation's own.
SETTINGS = "truth/settings.json"


class TableFiles:
    """Open files of a book under construction, by path relative to its folder without the ending."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.rows: dict[str, int] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.Table]] = {}

    def add(self, name: str, table: pa.Table) -> None:
        """Append rows to a file."""
        self.rows[name] = self.rows.get(name, 0) + table.num_rows
        waiting = self._waiting.setdefault(name, [])
        waiting.append(table)
        if sum(part.num_rows for part in waiting) >= ROW_GROUP:
            self._flush(name)

    def _flush(self, name: str) -> None:
        table = pa.concat_tables([_plain(part) for part in self._waiting[name]])
        self._waiting[name] = []
        try:
            if name not in self._writers:
                self._writers[name] = pq.ParquetWriter(
                    self.directory / f"{name}.parquet",
                    table.schema,
                    compression="zstd",
                    compression_level=1,
                    store_schema=False,
                    store_decimal_as_integer=True,
                    write_statistics=True,
                )
            self._writers[name].write_table(table, row_group_size=1_000_000)
        except OSError as problem:
            raise _storage(self.directory, problem) from problem

    def __enter__(self) -> "TableFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for name, waiting in self._waiting.items():
                if waiting or name not in self._writers:
                    self._flush(name)
        try:
            for writer in self._writers.values():
                writer.close()
        except OSError as problem:
            if kind is None:
                raise _storage(self.directory, problem) from problem


def _plain(table: pa.Table) -> pa.Table:
    # Each piece has its own dictionary of ids; the file has plain strings, encoded afresh per group of rows.
    plain = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    return pa.table(plain, names=table.column_names)


def as_canonical(name: str, table: pa.Table) -> pa.Table:
    """The table's columns in canonical order; types are those of the schema, words may be dictionaries."""
    ordered = [column for column in TABLES[name].columns if column in table.column_names]
    return table.select(ordered)


def refuse_other_files(directory: Path) -> None:
    """Stop where a folder holds a file that no simulation wrote.

    A folder is a simulation's own when `SETTINGS` is there; then its tables may be replaced, and nothing else.

    Raises
    ------
    UsageError
        There is such a file; nothing was written.
    """
    there = sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir())
    own = {f"{name}.parquet" for name in (*TABLES, "truth/client_dates")} | {SETTINGS}
    foreign = [name for name in there if name not in own] if SETTINGS in there else there
    if foreign:
        named = ", ".join(foreign[:6]) + (", ..." if len(foreign) > 6 else "")
        raise UsageError(
            f"folder {directory.name!r} holds {named}, which no simulation wrote; a simulated book would replace it or "
            "mix with it. Nothing was written. Give a new or an empty folder."
        )


def storable(directory: Path) -> Path:
    """The folder, made if it is not there."""
    try:
        (directory / "truth").mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _storage(directory, problem) from problem
    return directory


def _storage(directory: Path, problem: OSError) -> StorageError:
    what = "the disk is full" if problem.errno == errno.ENOSPC else f"{problem.strerror or 'it cannot be written'}"
    return StorageError(
        f"the book cannot be written to {directory.name!r}: {what}. Free space or choose another folder."
    )
