"""What a column and a table of the canonical book are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Kind = Literal["id", "text", "date", "money", "number", "integer", "boolean"]

#: How each kind of column is held by the engine. Money is a decimal so that sums do not depend on the order of rows.
SQL_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "id": "VARCHAR",
        "text": "VARCHAR",
        "date": "DATE",
        "money": "DECIMAL(18, 2)",
        "number": "DOUBLE",
        "integer": "INTEGER",
        "boolean": "BOOLEAN",
    }
)


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    kind
        What the values are; `SQL_TYPES` says how they are held. Dates are ISO dates, ids are strings.
    meaning
        A sentence for the manual.
    unit
        Unit of a figure, empty where there is none.
    required
        Whether the table is unusable without it.
    one_of
        The closed list of values, empty where the list is open.
    audit_only
        Never a model input: used only for the fairness report.
    current
        A value of today: lists use it, features of a past date never do.
    at_least
        Smallest value a figure may have; None where there is no bound.
    """

    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    one_of: tuple[str, ...] = ()
    audit_only: bool = False
    current: bool = False
    at_least: float | None = None

    @property
    def sql_type(self) -> str:
        """Type the engine holds the column in."""
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Parameters
    ----------
    meaning
        A sentence for the manual, with the traps a column cannot tell.
    columns
        By name, in canonical order.
    key
        Columns that name a row; empty where rows may repeat.
    about
        The date the row is about; None for reference tables.
    known
        SQL over the table's own columns: the day a row became known when `known_on` is missing.
    required
        Whether a book is unusable without the table.
    parents
        Column to (table, column) it must be found in.
    """

    meaning: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    about: str | None = None
    known: str | None = None
    required: bool = False
    parents: Mapping[str, tuple[str, str]] = field(default_factory=dict)
