"""A canonical table as it was supplied, before any value is believed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from features.schema import SQL_TYPES, TABLES, Kind

#: What stands in place of a value a mapping could not read; it fits no type but text.
UNREADABLE = "unreadable"

_ISO = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_NUMBER = r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?"
_PATTERNS: Mapping[str, str] = {
    "date": _ISO,
    "money": _NUMBER,
    "number": _NUMBER,
    "integer": r"[+-]?\d+(\.0*)?",
    "boolean": r"(?i)true|false|t|f|yes|no|y|n|1|0",
}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_NATIVE: Mapping[str, tuple[str, ...]] = {
    "date": ("DATE", "TIMESTAMP"),
    "money": (*_WHOLE, "DECIMAL", "FLOAT", "DOUBLE"),
    "number": (*_WHOLE, "DECIMAL", "FLOAT", "DOUBLE"),
    "integer": _WHOLE,
    "boolean": ("BOOLEAN",),
    "id": ("VARCHAR",),
    "text": ("VARCHAR",),
}


def fits(held: str, kind: Kind) -> bool:
    """Whether a column held as `held` needs no more than a cast to be of this kind.

    >>> fits("TIMESTAMP WITH TIME ZONE", "date"), fits("BIGINT", "date"), fits("DECIMAL(18,2)", "money")
    (True, False, True)
    """
    return held.startswith(_NATIVE[kind])


def typed(text: str, held: str, kind: Kind, *, strict: bool) -> str:
    """A supplied column as SQL of its canonical type.

    Parameters
    ----------
    text
        SQL of the supplied column.
    held
        The type it is held in.
    strict
        True: a value that does not fit stops the query. False: it becomes NULL, for counting.
    """
    cast = "CAST" if strict else "TRY_CAST"
    if kind in ("id", "text"):
        return f"nullif(trim({text}), '')" if held == "VARCHAR" else f"CAST({text} AS VARCHAR)"
    if fits(held, kind):
        if held in ("FLOAT", "DOUBLE"):
            stop = f"CAST({_bad(text)} AS DOUBLE)" if strict else "NULL"
            text = f"CASE WHEN isfinite({text}) OR {text} IS NULL THEN {text} ELSE {stop} END"
        return f"{cast}({text} AS {SQL_TYPES[kind]})"
    plain = f"nullif(trim(CAST({text} AS VARCHAR)), '')"
    judged = (
        f"CASE WHEN {plain} IS NULL OR regexp_full_match({plain}, '{_PATTERNS[kind]}') "
        f"THEN {_plain_text(plain, kind)} ELSE '{UNREADABLE}' END"
    )
    return f"{cast}({judged} AS {SQL_TYPES[kind]})"


def looks_like(table: str, heading: str) -> str | None:
    """What to do with a heading that is a canonical column's but for capitals or blanks around it; None for others.

    >>> looks_like("clients", "CLIENT_ID")
    'CLIENT_ID looks like client_id: write it in small letters, or name it in a mapping.'
    """
    column = heading.strip().lower()
    if column == heading or column not in TABLES[table].columns:
        return None
    how = ["in small letters"] if heading.strip() != column else []
    how += ["without the blanks around it"] if heading.strip() != heading else []
    return f"{heading.strip()} looks like {column}: write it {' and '.join(how)}, or name it in a mapping."


def _plain_text(plain: str, kind: Kind) -> str:
    return f"left({plain}, 10)" if kind == "date" else plain


def _bad(text: str) -> str:
    return f"CASE WHEN {text} IS NULL THEN NULL ELSE '{UNREADABLE}' END"


@dataclass(frozen=True)
class Given:
    """One canonical table as supplied.

    Attributes
    ----------
    table
        Its canonical name.
    columns
        Column supplied to the type it is held in; ``VARCHAR`` where it is text still to be judged.
    files
        The files it comes from; `FILE` counts them from 0.
    plain, numbered
        The query, without and with the columns `FILE` and `ROW`.
    in_place
        Whether it is read where it lies: Parquet that needs nothing but casts and trimmed text.
    foreign
        Column to its name in the files, where a mapping gave it another.
    """

    table: str
    columns: Mapping[str, str]
    files: tuple[Path, ...]
    plain: str
    numbered: str
    in_place: bool
    foreign: Mapping[str, str] = field(default_factory=dict)

    def select(self, *, strict: bool) -> str:
        """The query with every supplied canonical column in its type."""
        kinds = TABLES[self.table].columns
        chosen = []
        for column, held in self.columns.items():
            kind = kinds[column].kind
            chosen.append(f"{typed(column, held, kind, strict=strict)} AS {column}")
        return f"SELECT {', '.join(chosen)} FROM ({self.plain})"
