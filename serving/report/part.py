"""What a report is put together from: parts of sentences, drawings and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from serving.charts.chart import NOT_SHOWN, Chart, Head

#: Longer texts are cut on paper; the whole of them stands on the pages.
LONGEST_TEXT = 220


@dataclass(frozen=True)
class Piece:
    """One thing that is shown.

    Parameters
    ----------
    said
        One or more sentences, true of what stands below them.
    chart
        A drawing; its figures are those of the table.
    heads, rows
        The table, as it is read.
    words
        Places of the columns that hold words; all others hold figures.
    note
        Small print below the table.
    facts
        In place of a table: for each thing its name and what is to be said of it, label and text.
    """

    title: str
    said: str
    chart: Chart | None = None
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    words: Sequence[int] = (0,)
    note: str = ""
    facts: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()


@dataclass(frozen=True)
class Part:
    """A part of a report.

    Parameters
    ----------
    said
        What stands below its title, one paragraph each.
    """

    title: str
    said: Sequence[str]
    pieces: Sequence[Piece] = ()


def of_chart(chart: Chart, words: Sequence[int] = (0,), without: Sequence[str] = ()) -> Piece:
    """A drawing and its table, row by row.

    Parameters
    ----------
    without
        Columns that find no room on paper.
    """
    heads = [head.title for name, head in chart.heads.items() if name not in without]
    places = [place for place, name in enumerate(chart.heads) if name not in without]
    rows = [[row[place] for place in places] for row in chart.rows()]
    return Piece(chart.title, chart.said, chart, heads, rows, words)


def crossed(chart: Chart, down: str) -> Piece:
    """A drawing of several series and its table, one column for each series.

    Parameters
    ----------
    down
        Column of the chart's table that gives the rows.
    """
    table, heads = chart.table, chart.heads
    series = list(dict.fromkeys(table["series"]))
    cells = {(row[down], row["series"]): figure(row, heads) for row in table.to_dict("records")}
    rows = [
        [heads[down].said(place), *(cells.get((place, name), NOT_SHOWN) for name in series)]
        for place in dict.fromkeys(table[down])
    ]
    return Piece(chart.title, chart.said, chart, [heads[down].title, *series], rows)


def figure(row: Mapping[Any, Any], heads: Mapping[str, Head]) -> str:
    """The figure of a row with its interval, if it has one.

    >>> figure({"value": 0.2938, "low": 0.25, "high": 0.331}, {"value": Head("", "share"), "low": Head("", "share")})
    '29.4 % (25.0 to 33.1)'
    """
    told = heads["value"].said(row["value"])
    if "low" not in heads or pd.isna(row["value"]) or pd.isna(row["low"]):
        return told
    return f"{told} ({between(heads['value'], row['low'], row['high'])})"


def between(head: Head, low: object, high: object) -> str:
    """Both ends of an interval, the unit not said again."""
    return f"{head.said(low).removesuffix(' %')} to {head.said(high).removesuffix(' %')}"


def cut(text: str) -> str:
    """A text as far as there is room for it.

    >>> cut("word " * 100)[-9:], cut("short")
    ('rd word …', 'short')
    """
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT].rsplit(' ', 1)[0]} …"
