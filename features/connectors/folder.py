"""A book from a folder of CSV and Parquet files, or from a `book.toml` that maps foreign ones."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from features.book import Book
from features.connectors.files import SourceFile, look, suffix, united
from features.connectors.given import Given, fits, looks_like
from features.connectors.mapped import given_by
from features.connectors.mapping import load_mapping
from features.engines import DuckDB
from features.errors import DataError, MissingColumn, MissingTable, UnreadableFile
from features.schema import TABLES


@dataclass(frozen=True)
class Supply:
    """What was supplied for a book, before any value is believed.

    Attributes
    ----------
    engine
        Where the queries of `tables` run.
    name
        What the book is called.
    tables
        Canonical table to what was given for it.
    unread
        Names of data files in the folder that are no table of a book.
    """

    engine: DuckDB
    name: str
    tables: Mapping[str, Given]
    unread: tuple[str, ...] = ()


def open_book(source: Path, data: Path | None = None) -> Book:
    """The book in a folder or behind a `book.toml`.

    Parameters
    ----------
    source
        A folder with ``<table>.csv``, ``<table>.csv.gz`` or ``<table>.parquet``, or with a table's parts in
        ``<table>/`` or as ``<table>-*``; or a mapping file ending in ``.toml``.
    data
        Folder the files of a mapping are relative to; None means the mapping's own folder.

    Returns
    -------
    Book
        Parquet that needs nothing but casts and trimmed text is read in place; everything else is copied in. An
        optional table without rows is left out, since it cannot be told from a failed export: what is built on it is
        "not known".

    Raises
    ------
    MissingTable, MissingColumn, UnreadableFile, MappingError
        The files are not those of a book.
    DataError
        A value does not fit its column; `features.validate.check` says which rows.
    """
    supply = supplied(source, data)
    engine = supply.engine
    engine.run("CREATE SCHEMA IF NOT EXISTS given")
    relations: dict[str, str] = {}
    _refuse(supply.tables)
    for name, table in supply.tables.items():
        if table.in_place:
            relations[name] = f"({table.select(strict=True)})"
        else:
            _copy(engine, table)
            relations[name] = f"given.{name}"
    kept = {name: relation for name, relation in relations.items() if not _is_idle(engine, name, relation)}
    columns = {name: frozenset(supply.tables[name].columns) for name in kept}
    foreign = {f"{name}.{own}": theirs for name in kept for own, theirs in supply.tables[name].foreign.items()}
    return Book.over(engine, kept, columns, name=supply.name, copy=False, foreign=foreign)


def supplied(source: Path, data: Path | None = None, fault: Callable[[str, DataError], None] | None = None) -> Supply:
    """What a folder or a mapping supplies; raises as `open_book` does for files, not for values.

    Parameters
    ----------
    fault
        Told, instead of an error raised, which table of a folder cannot be read and why; the others are still read.
    """
    engine = DuckDB()
    if source.suffix == ".toml":
        mapping = load_mapping(source)
        return Supply(engine, mapping.name, given_by(engine, mapping, data or source.parent))
    if not source.is_dir():
        raise UnreadableFile(f"book {source.name!r} is not a folder nor a .toml file. Give the path of either.")
    tables: dict[str, Given] = {}
    bad = 0
    for name in TABLES:
        try:
            paths = _parts(source, name)
            if paths:
                tables[name] = _as_given(engine, name, [look(engine, path) for path in paths])
        except DataError as error:
            if fault is None:
                raise
            bad += 1
            fault(name, error)
    if not tables and not bad:
        there = sorted(path.name for path in source.iterdir())[:12]
        raise MissingTable(
            f"folder {source.name!r} has no table of a book; it has {', '.join(there) or 'nothing'}. "
            "Name the files clients.csv, loans.csv and so on, or describe them in a book.toml."
        )
    return Supply(engine, source.name, tables, _unread(source))


def _parts(folder: Path, table: str) -> list[Path]:
    """Files of one table; one spelling only, since two would count every row twice."""
    single = [folder / f"{table}{ending}" for ending in (".csv", ".csv.gz", ".parquet")]
    spellings = [[path] for path in single if path.exists()]
    split = sorted(path for path in folder.glob(f"{table}-*") if suffix(path) and path.is_file())
    inside = folder / table
    parts = sorted(path for path in inside.iterdir() if suffix(path)) if inside.is_dir() else []
    spellings += [found for found in (split, parts) if found]
    if len(spellings) > 1:
        first, second = (each[0].relative_to(folder) for each in spellings[:2])
        raise UnreadableFile(
            f"table {table!r} is there twice, as {str(first)!r} and as {str(second)!r}. Remove the one that is old."
        )
    return spellings[0] if spellings else []


def _unread(folder: Path) -> tuple[str, ...]:
    stems = "|".join(TABLES)
    return tuple(
        sorted(
            path.name
            for path in folder.iterdir()
            if path.is_file()
            and suffix(path)
            and not re.fullmatch(rf"({stems})(-.*)?\.(csv|csv\.gz|parquet)", path.name)
        )
    )


def _as_given(engine: DuckDB, name: str, parts: list[SourceFile]) -> Given:
    for part in parts[1:]:
        if set(part.columns) != set(parts[0].columns):
            differing = sorted(set(part.columns) ^ set(parts[0].columns))
            raise MissingColumn(
                f"table {name!r} is split into files that differ: {parts[0].path.name!r} and {part.path.name!r} in "
                f"column {differing[0]!r}. Export all parts with the same columns."
            )
    plain = united(parts, rows=False)
    held = engine.columns(f"({plain})") if len(parts) > 1 else parts[0].columns
    kinds = TABLES[name].columns
    in_place = all(part.layout is None for part in parts) and all(
        column in kinds and (kinds[column].kind in ("id", "text") or fits(kind, kinds[column].kind))
        for column, kind in held.items()
    )
    return Given(name, held, tuple(part.path for part in parts), plain, united(parts, rows=True), in_place)


def _refuse(tables: Mapping[str, Given]) -> None:
    for name, spec in TABLES.items():
        if name not in tables:
            if spec.required:
                raise MissingTable(f"table {name!r} is missing; the book has {', '.join(tables)}. Supply it.")
            continue
        columns = tables[name].columns
        lacking = [column for column, kind in spec.columns.items() if kind.required and column not in columns]
        unknown = [column for column in columns if column not in spec.columns]
        alike = [told for told in (looks_like(name, column) for column in unknown) if told]
        if lacking:
            raise MissingColumn(
                f"table {name!r} has no column {' nor '.join(map(repr, lacking))}; it has {', '.join(columns)}. "
                f"{' '.join(alike) or 'Map it.'}"
            )
        if unknown:
            raise MissingColumn(
                f"table {name!r} has a column {unknown[0]!r} that nobody asked for. "
                f"{looks_like(name, unknown[0]) or 'Map it, or leave it out.'}"
            )


def _copy(engine: DuckDB, table: Given) -> None:
    try:
        engine.run(f"CREATE OR REPLACE TABLE given.{table.table} AS {table.select(strict=True)}")
    except UnreadableFile as error:
        raise UnreadableFile(f"table {table.table!r}: {error}") from None
    except DataError:
        raise DataError(
            f"table {table.table!r} has a value that does not fit its column. "
            "Run `exitwatch check` to see which rows, and mend them."
        ) from None


def _is_idle(engine: DuckDB, name: str, relation: str) -> bool:
    """Whether an optional table has no row."""
    return not TABLES[name].required and not engine.rows(f"SELECT 1 FROM {relation} LIMIT 1")
