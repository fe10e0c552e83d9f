"""Where the SQL runs. DuckDB is the default; the only file that knows it."""

import re
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import sqlglot
from sqlglot import expressions
from sqlglot.optimizer import scope

from features.errors import DataError, StorageError, UnreadableFile

# How the engine names a file in its messages.
_NAMED = re.compile(r"""[Ff]ile (['"])(.*?)\1""")


class DuckDB:
    """An in-process database that lives as long as this object.

    Parameters
    ----------
    threads
        Threads to use; None takes all there are.
    memory
        Upper bound such as ``"8GB"``; None leaves DuckDB's own (80 % of the machine).
    """

    def __init__(self, threads: int | None = None, memory: str | None = None) -> None:
        spill = Path(tempfile.gettempdir()) / f"exitwatch-{uuid.uuid4().hex}"
        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
        if threads is not None:
            settings["threads"] = threads
        if memory is not None:
            settings["memory_limit"] = memory
        self._connection = duckdb.connect(":memory:", config=settings)
        self._sweep = weakref.finalize(self, shutil.rmtree, spill, ignore_errors=True)

    def __enter__(self) -> "DuckDB":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all tables and spilled files."""
        self._connection.close()
        self._sweep()

    def run(self, sql: str) -> None:
        """Run one statement.

        Raises
        ------
        DataError
            A value does not fit its column. The value itself is not repeated.
        StorageError
            The disk is full.
        UnreadableFile
            A file the statement reads is not what it should be.
        """
        self._execute(sql)

    def frame(self, sql: str) -> pd.DataFrame:
        """Answer of a query as a pandas table."""
        with _in_our_words():
            return self._execute(sql).df()

    def arrow(self, sql: str) -> pa.Table:
        """Answer of a query as an Arrow table."""
        with _in_our_words():
            return self._connection.sql(sql).to_arrow_table()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Answer of a query as plain rows."""
        with _in_our_words():
            answer: list[tuple[object, ...]] = self._execute(sql).fetchall()
        return answer

    def repeats(self, relation: str, columns: Sequence[str]) -> int:
        """How many rows agree in these columns with another row before them, by 64-bit hashes of the values.

        Sorting the hashes takes a quarter of the time of a count of distinct values (64M ids: 5 against 23 CPU
        seconds). Two different rows share a hash once in some thousand books of that size: confirm before you refuse.
        """
        with _in_our_words():
            answer = self._execute(f"SELECT hash({', '.join(columns)}) AS h FROM {relation}").fetchnumpy()
        hashes = np.sort(np.asarray(answer["h"], dtype=np.uint64))
        return int(np.count_nonzero(hashes[1:] == hashes[:-1]))

    def put(self, name: str, data: pd.DataFrame | pa.Table) -> None:
        """Store a table under `name`, in place of any table of that name."""
        self._connection.register("incoming_table", data)
        try:
            self._execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming_table")
        finally:
            self._connection.unregister("incoming_table")

    def write_parquet(self, sql: str, path: Path) -> None:
        """Write the answer of a query to one Parquet file."""
        self._execute(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")

    def columns(self, relation: str) -> dict[str, str]:
        """Columns of a table or a parenthesised query: name to type."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE SELECT * FROM {relation}")}

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        with _in_our_words():
            return self._connection.execute(sql)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Raise what a user can put right as our own errors; the engine's messages repeat values, so they are dropped."""
    try:
        yield
    except duckdb.ConversionException:
        raise DataError(
            "a value does not fit the type of its column; run `exitwatch check` to see which rows"
        ) from None
    except duckdb.OutOfMemoryException as error:
        raise StorageError("the database ran out of memory or of space to spill to; free some and run again") from error
    except duckdb.IOException as error:
        if "space" in str(error).lower():
            raise StorageError("the disk is full; free some space and run again") from error
        packed = re.search(r"GZIP stream: (.*)$", str(error))
        if packed:
            file = Path(packed.group(1).strip()).name
            raise UnreadableFile(
                f"file {file!r} is cut off or not compressed as its name says. Export it again."
            ) from None
        if not _is_of_reading(str(error)):
            raise
        raise UnreadableFile(_fault_of_file(str(error)) or _damaged(str(error))) from None
    except duckdb.InvalidInputException as error:
        fault = _fault_of_file(str(error))
        if fault is None:
            raise
        raise UnreadableFile(fault) from None
    except duckdb.Error as error:
        # Every error of a query or of the engine has a class of its own; a plain one comes from decoding a file.
        if type(error) is not duckdb.Error or "alloc" in str(error):
            raise
        raise UnreadableFile(_damaged(str(error))) from None


def _is_of_reading(message: str) -> bool:
    """Whether it was a file of the book that failed, not one the engine writes or spills to."""
    return "duckdb_temp" not in message and not re.search(r"[Ww]rit|[Cc]reate|[Rr]emove", message.partition('"')[0])


def _damaged(message: str) -> str:
    named = _NAMED.search(message)
    if named is None:
        return "a Parquet file of the book cannot be read. Run `exitwatch check` to see which, and export it again."
    return f"file {Path(named.group(2)).name!r} cannot be read. Export it again."


def _fault_of_file(message: str) -> str | None:
    """What is wrong with a CSV or Parquet file, in our words and without its content; None for any other message."""
    named = re.search(r"^\s*file = (.*)$", message, re.MULTILINE)
    other = _NAMED.search(message)
    path = named.group(1) if named else other.group(2) if other else None
    file = Path(path.strip()).name if path else "a file"
    line = re.search(r"CSV Error on Line: (\d+)", message)
    where = f"file {file!r}" + (f" cannot be read at line {line.group(1)}" if line else " cannot be read")
    if "not utf-8 encoded" in message or "unicode" in message:
        return f"{where}: it is not UTF-8. Save it as CSV in UTF-8, or name its encoding in a book.toml."
    columns = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if columns:
        return (
            f"{where}: it has {columns.group(2)} fields where the header has {columns.group(1)}. "
            "Put text with commas in double quotes, or export it again."
        )
    if "unterminated quote" in message:
        return f"{where}: a double quote is opened and never closed. Close it, or export the file again."
    if "Maximum line size" in message:
        return f"{where}: the line is longer than 1 MB. Export the file again."
    if "CSV" in message:
        return f"{where} as CSV: its line ends or quotes are mixed. Export it again in one go."
    if "arquet" in message:
        return f"{where} as Parquet. Export it again."
    return None


def literal(value: str | float | date | None) -> str:
    """A value as SQL text, quoted so that it cannot end the string it stands in.

    >>> literal("o'neill"), literal(None), literal(date(2024, 1, 31))
    ("'o''neill'", 'NULL', "DATE '2024-01-31'")
    """
    if value is None:
        return "NULL"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def quoted(name: str) -> str:
    """A column or table name as SQL text.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def to_spark(sql: str) -> str:
    """The same query in Spark's words.

    Raises
    ------
    sqlglot.errors.UnsupportedError
        The query uses something Spark does not have.
    """
    return sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)[0]


def tables_read(sql: str) -> frozenset[str]:
    """Names of the tables a query reads, with their schema where one is named; its own CTEs are left out.

    A name counts as the query's own only where the CTE can be seen: one that reads a table of its own name still
    reads that table. Functions that yield tables count as a table without a name.

    >>> sorted(tables_read("WITH a AS (SELECT 1) SELECT * FROM a JOIN raw.loans USING (x) JOIN clients USING (y)"))
    ['clients', 'raw.loans']
    >>> sorted(tables_read("WITH secret AS (SELECT * FROM secret) SELECT * FROM secret"))
    ['secret']
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    own = {cte.alias for cte in tree.find_all(expressions.CTE)}
    foreign = [table for table in tree.find_all(expressions.Table) if table.db or table.name not in own]
    for part in scope.traverse_scope(tree):
        foreign += [source for source in part.sources.values() if isinstance(source, expressions.Table)]
    return frozenset(".".join(part for part in (table.db, table.name) if part) for table in foreign)


def values(rows: Sequence[str]) -> str:
    """Text values as a parenthesised SQL list.

    >>> values(["a", "b"])
    "('a', 'b')"
    """
    return "(" + ", ".join(literal(row) for row in rows) + ")"
