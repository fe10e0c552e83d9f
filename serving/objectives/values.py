"""Figures of indicators as they are stored: uploaded by whoever measured them, or computed from the book."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import Connection, Row, insert, select, update

from features.errors import DataError, MissingColumn, UnreadableFile, UsageError
from features.indicator import Source, Value
from features.indicators import INDICATORS
from features.intervals import wilson
from serving import audit
from serving.access import Actor
from serving.csv_text import read_text, whole_table
from serving.events import Event
from serving.given import printable
from serving.objectives.segment import Segment
from serving.store.tables import indicator_values

COLUMNS = ("indicator", "segment", "from_on", "until_on", "value", "n", "source", "entered_by")
#: What stands as source of a figure that was computed here.
FROM_THE_BOOK = "computed from the book"
_LARGEST = 1_000_000
_MOST_ROWS = 2_000
_LONGEST_SOURCE, _LONGEST_NAME = 200, 120


@dataclass(frozen=True)
class Figure:
    """An indicator of a segment and a period.

    Parameters
    ----------
    measured_by
        Who measured it.
    """

    indicator: str
    segment: str
    from_on: date
    until_on: date
    value: Value
    source: str
    measured_by: str

    @property
    def value_id(self) -> str:
        """The same figure has the same id."""
        said = (self.indicator, self.segment, self.from_on, self.until_on, self.value, self.source, self.measured_by)
        return str(uuid5(NAMESPACE_OID, "\n".join(map(str, said))))


def keep(connection: Connection, figures: Sequence[Figure], by: Actor, at: datetime) -> tuple[int, int]:
    """Keep figures; one of the same indicator, segment and period takes the place of the one before.

    Returns
    -------
    How many are new, and how many of those replaced another.
    """
    new = replaced = 0
    for figure in figures:
        of = (
            (indicator_values.c.indicator == figure.indicator)
            & (indicator_values.c.segment == figure.segment)
            & (indicator_values.c.from_on == figure.from_on)
            & (indicator_values.c.until_on == figure.until_on)
            & indicator_values.c.replaced_at.is_(None)
        )
        holding = connection.execute(select(indicator_values.c.value_id).where(of)).scalars().all()
        if figure.value_id in holding or figure.value.value is None:
            continue
        replaced += connection.execute(update(indicator_values).where(of).values(replaced_at=at)).rowcount
        there = indicator_values.c.value_id == figure.value_id
        if connection.execute(update(indicator_values).where(there).values(replaced_at=None)).rowcount == 0:
            connection.execute(insert(indicator_values).values(_row(figure, by, at)))
        new += 1
    if new:
        audit.record(connection, at, by.name, by.role, Event.INDICATORS_ENTERED, rows=new, replaced=replaced)
    return new, replaced


def figures_of(connection: Connection, indicator: str, segment: str, until: date | None = None) -> list[Figure]:
    """Figures of an indicator and segment that hold, newest first; of periods that ended by a day if given."""
    chosen = select(indicator_values).where(
        indicator_values.c.indicator == indicator,
        indicator_values.c.segment == segment,
        indicator_values.c.replaced_at.is_(None),
    )
    if until is not None:
        chosen = chosen.where(indicator_values.c.until_on <= until)
    ordered = chosen.order_by(indicator_values.c.until_on.desc(), indicator_values.c.from_on)
    return [_figure(row) for row in connection.execute(ordered)]


def read_figures(file: Path) -> list[Figure]:
    """Figures of a CSV file with the columns `COLUMNS`; segment and n may be empty.

    Raises
    ------
    UnreadableFile, MissingColumn
        It is no such table.
    DataError
        Rows cannot be used; the message names each with its column and what to do, and nothing of what stood there.
    """
    rows = csv.DictReader(io.StringIO(read_text(file, "any table of indicators"), newline=""), strict=True)
    with whole_table(file):
        heads = tuple(rows.fieldnames or ())
        if set(heads) != set(COLUMNS) or len(heads) != len(COLUMNS):
            raise MissingColumn(f"file {file.name!r} needs these columns and no others: {', '.join(COLUMNS)}")
        told = list(rows)
    if len(told) > _MOST_ROWS:
        raise UnreadableFile(f"file {file.name!r} has more than {_MOST_ROWS:,} rows. Split it.")
    found, wrong = [], []
    for number, row in enumerate(told, 2):
        try:
            found.append(_read_row(row))
        except UsageError as error:
            wrong.append(f"row {number}, {error}")
    if wrong:
        raise DataError(f"nothing was kept: {'; '.join(wrong)}. Put it right and upload the file again.")
    return found


def _read_row(row: Mapping[str | None, str | None]) -> Figure:
    said = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if None in row:
        raise UsageError("column entered_by: there are more fields than columns; put text with commas in quotes")
    indicator = INDICATORS.get(said["indicator"])
    uploaded = [code for code, each in INDICATORS.items() if each.source is Source.UPLOADED]
    if indicator is None or indicator.source is Source.COMPUTED:
        raise UsageError(f"column indicator: write one of {', '.join(uploaded)}; the others are computed")
    segment = _segment(said["segment"])
    from_on, until_on = _day(said, "from_on"), _day(said, "until_on")
    if from_on > until_on:
        raise UsageError("column until_on: the period ends before it begins")
    value, n = _number(said["value"]), _whole(said["n"])
    if value < 0 or (indicator.unit == "share" and value > 1):
        raise UsageError(
            "column value: " + ("a share lies between 0 and 1" if indicator.unit == "share" else "below 0")
        )
    if not said["source"] or len(said["source"]) > _LONGEST_SOURCE or not printable(said["source"]):
        raise UsageError(f"column source: say where it was measured, in at most {_LONGEST_SOURCE} signs")
    if not said["entered_by"] or len(said["entered_by"]) > _LONGEST_NAME or not printable(said["entered_by"]):
        raise UsageError(f"column entered_by: say who measured it, in at most {_LONGEST_NAME} signs")
    low, high = wilson(value * n, n) if indicator.unit == "share" and n else (None, None)
    told = Value(value, n or 0, low, high)
    return Figure(indicator.code, segment.text, from_on, until_on, told, said["source"], said["entered_by"])


def _segment(text: str) -> Segment:
    try:
        return Segment.of_text(text)
    except UsageError as error:
        raise UsageError(f"column segment: {error}") from None


def _day(said: Mapping[str, str], column: str) -> date:
    try:
        if len(said[column]) != 10:
            raise ValueError("not ten signs")
        return datetime.strptime(said[column], "%Y-%m-%d").date()  # noqa: DTZ007 - a day on the owner's calendar
    except ValueError:
        raise UsageError(f"column {column}: write the day as 2024-06-30") from None


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or len(text) > 30:
        raise UsageError("column value: write a number such as 0.8")
    return value


def _whole(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 9 and int(text) > 0):
        raise UsageError("column n: write how many were asked as a whole number, or leave it empty")
    return int(text)


def _row(figure: Figure, by: Actor, at: datetime) -> dict[str, object]:
    value = figure.value
    return {
        "value_id": figure.value_id,
        "indicator": figure.indicator,
        "segment": figure.segment,
        "from_on": figure.from_on,
        "until_on": figure.until_on,
        "value": repr(value.value),
        "low": None if value.low is None else repr(value.low),
        "high": None if value.high is None else repr(value.high),
        "people": value.counted or None,
        "source": figure.source,
        "measured_by": figure.measured_by,
        "entered_by": by.name,
        "entered_at": at,
        "replaced_at": None,
    }


def _figure(row: Row[tuple[object, ...]]) -> Figure:
    low, high = (None if each is None else float(each) for each in (row.low, row.high))
    value = Value(float(row.value), row.people or 0, low, high)
    return Figure(row.indicator, row.segment, row.from_on, row.until_on, value, row.source, row.measured_by)
