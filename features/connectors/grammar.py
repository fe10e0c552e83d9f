"""The words of a `book.toml`: what a mapping can say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from features.connectors.files import Layout

Take = Literal["first", "last", "sum", "min", "max", "count"]
Value = str | int | float | bool | date

#: Operators a filter may use; all filters of a list must hold.
OPERATORS = ("equals", "not_equals", "one_of", "none_of", "at_least", "at_most", "empty")


@dataclass(frozen=True)
class Filter:
    """Which rows to keep: `column` compared by one operator of `OPERATORS` with `operand`."""

    column: str
    operator: str
    operand: Value | tuple[Value, ...]


@dataclass(frozen=True)
class Files:
    """One or more files with the same columns, read as one source.

    Attributes
    ----------
    paths
        Relative to the data folder; ``*`` allowed.
    layout
        Separator and encoding of a CSV.
    dates
        Format of its dates in strptime's letters; None where they are ISO dates.
    no_value
        Texts that mean "no value"; an empty field always does.
    rename
        Foreign column name to the name the rest of the mapping uses.
    keep
        Filters.
    """

    paths: tuple[str, ...]
    layout: Layout = field(default_factory=Layout)
    dates: str | None = None
    no_value: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class ColumnRule:
    """Where one canonical column comes from: exactly one of `column`, `join`, `constant`, `after`.

    Attributes
    ----------
    column
        A source column.
    join, between
        Source columns written one after the other, with `between` between them; for ids made of several parts.
    constant
        The same value in every row.
    after, days, days_from
        A canonical date column of this table plus `days`, or plus the number of days in a source column.
    values, others
        Foreign value to canonical value, and what any other value becomes; other values stay as they are when None.
    dates
        Date format of this column alone.
    only_if
        Filters on the source row; where one fails the value is empty.
    take
        How several rows become one value.
    """

    column: str | None = None
    join: tuple[str, ...] = ()
    between: str = "-"
    constant: Value | None = None
    after: str | None = None
    days: int | None = None
    days_from: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    others: str | None = None
    dates: str | None = None
    only_if: tuple[Filter, ...] = ()
    take: Take | None = None


@dataclass(frozen=True)
class TableRule:
    """How one canonical table is made.

    Attributes
    ----------
    sources
        Names of `Files`; several are united.
    columns
        Canonical column to its rule.
    keep
        Filters beyond those of the files.
    one_row_per
        Canonical columns; rows that agree in them become one.
    order
        Canonical columns that say which row is first or last.
    without_parent
        ``keep`` rows whose client or loan is not in the book (`exitwatch check` then names them), or ``leave_out``.
    """

    sources: tuple[str, ...]
    columns: Mapping[str, ColumnRule]
    keep: tuple[Filter, ...] = ()
    one_row_per: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    without_parent: Literal["keep", "leave_out"] = "keep"


@dataclass(frozen=True)
class BookMapping:
    """A whole `book.toml`."""

    name: str
    files: Mapping[str, Files]
    tables: Mapping[str, TableRule]
