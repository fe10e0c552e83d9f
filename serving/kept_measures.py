"""The measures of a date, kept for the interface: what may be shown of a book, and nothing else."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import pandas as pd

from features.errors import StorageError
from features.measures.periods import Maturity
from features.measures.published import Measures
from serving.home import Home
from serving.whole import as_json, write_whole

#: Figures are kept to so many significant digits: more would be false precision, and bytes.
DIGITS = 6

Row = Mapping[str, object]


def keep(home: Home, measures: Measures) -> Path:
    """Keep the measures of a date, in place of any that are there. The same measures give the same bytes.

    What was given out of a final period before is given out again and not anew: clients who have moved to another
    branch since, or a correction, would show as the difference of two weeks.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written; what was there is unchanged.
    """
    file = home.measures / f"{measures.as_of.isoformat()}.json"
    content = {
        "as_of": measures.as_of.isoformat(),
        "grace_days": measures.grace_days,
        "settled": measures.span.settled.isoformat(),
        "everybody": _rows(measures.everybody),
        "segments": _rows(measures.segments),
        "leaver_types": _rows(measures.leaver_types),
        "breaks": _rows(measures.breaks),
        "survival": _rows(measures.survival),
        "differences": _rows(measures.differences),
    }
    held = _before(home, measures.as_of)
    if held is not None and held.grace_days == measures.grace_days:
        content |= _not_anew(held.tables, content)
    write_whole(file, as_json(content))
    return file


def _before(home: Home, as_of: date) -> "KeptMeasures | None":
    days = [day for day in home.measured_dates() if day < as_of]
    try:
        return of(home, days[-1]) if days else None
    except StorageError as error:
        raise StorageError(
            f"the measures of {days[-1]} cannot be read, so what was given out then is not known; take "
            f"{days[-1]}.json out of {home.measures} and run `exitwatch weekly` again"
        ) from error


def _not_anew(held: Mapping[str, Sequence[Row]], new: Mapping[str, Any]) -> dict[str, Sequence[Row]]:
    """The new tables, with what is out already of final periods as it is out."""
    out = _final(held["everybody"])
    found: dict[str, Sequence[Row]] = {}
    for name in _BY_PERIOD:
        old = {_key(row): row for row in held[name] if (row["by"], row["period"]) in out}
        rows = [
            old.pop(_key(row), None) if (row["by"], row["period"]) in out else row
            for row in cast("list[Row]", new[name])
        ]
        found[name] = [row for row in rows if row is not None] + list(old.values())
    if _final(new["everybody"]) <= out:
        found["survival"] = held["survival"]
    if held["differences"] and {row["period"] for row in new["differences"]} <= {held["differences"][0]["period"]}:
        found["differences"] = held["differences"]
    return found


def _final(rows: Sequence[Row]) -> set[tuple[object, object]]:
    return {(row["by"], row["period"]) for row in rows if row["maturity"] == Maturity.FINAL}


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row.get(name) for name in ("segment", "value", "why", "by", "period"))


@dataclass(frozen=True)
class KeptMeasures:
    """Measures as they were kept.

    Parameters
    ----------
    tables
        Table to its rows; a figure that is hidden, not final or not known is None.
    """

    as_of: date
    grace_days: int
    settled: date
    tables: Mapping[str, Sequence[Row]]

    def of_branch(self, branch_id: str) -> Sequence[Row]:
        """Rows of one branch; none where the book does not say who belongs to it."""
        return [row for row in self.tables["segments"] if row["segment"] == "branch" and row["value"] == branch_id]


def newest(home: Home) -> KeptMeasures | None:
    """The newest measures; None before the first weekly run.

    Raises
    ------
    StorageError
        They cannot be read.
    """
    dates = home.measured_dates()
    return of(home, dates[-1]) if dates else None


def of(home: Home, day: date) -> KeptMeasures:
    """The measures of a date.

    Raises
    ------
    StorageError
        They cannot be read.
    """
    try:
        content = json.loads((home.measures / f"{day.isoformat()}.json").read_bytes())
        tables = {name: content[name] for name in TABLES}
        days = date.fromisoformat(content["as_of"]), date.fromisoformat(content["settled"])
        return KeptMeasures(days[0], int(content["grace_days"]), days[1], tables)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"the measures of {day} cannot be read; run `exitwatch weekly` again") from error


_BY_PERIOD = ("everybody", "segments", "leaver_types", "breaks")
TABLES = ("everybody", "segments", "leaver_types", "breaks", "survival", "differences")


def _rows(table: pd.DataFrame) -> list[Row]:
    return [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | str) or value is None:
        return value
    number = float(str(value))
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) >= 2 else float(f"{number:.{DIGITS}g}")
