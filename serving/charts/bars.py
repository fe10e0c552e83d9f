"""Figures side by side, as bars or points with their intervals, and things weighed on two scales."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from serving.charts.chart import COLOURS, TOLD, Chart, Drawing, Head
from serving.charts.names import beside, named

_ROW = 28
#: Height of a board, and of a word on it, in pixels.
_HIGH, _WORD = 260, 13
#: Words on a board this near to each other across would overlap.
_NEAR = 0.1
_POINTS = "format(100 * datum.value, '+')"


def bars(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    unit: str = "%",
    across: str = "",
) -> Chart:
    """One bar for each row in the table's order, with a whisker where there is an interval.

    Parameters
    ----------
    table
        Columns label, value, told, and low and high where there is an interval.
    unit
        Format of the values, as d3 writes formats.
    across
        Title of the axis of values.
    """

    def drawn(width: int) -> Drawing:
        shown = named(table.dropna(subset=["value"]), width)
        base = alt.Chart(shown).encode(y=beside(shown))
        x = alt.X("value:Q", title=across or None, axis=alt.Axis(format=unit, tickCount=4, titleAnchor="end"))
        made = [base.mark_bar(height=14).encode(x=x, description=alt.Description(f"{TOLD}:N"))]
        if "low" in shown and shown["low"].notna().any():
            ends = {"x": "low:Q", "x2": "high:Q"}
            # The white below keeps the line apart from its bar, in grey too.
            made.append(base.mark_rule(strokeWidth=5, color="white", aria=False).encode(**ends))
            made.append(base.mark_rule(strokeWidth=2, aria=False).encode(**ends))
        return alt.layer(*made).properties(height=_ROW * max(len(shown), 1))

    return Chart(name, title, said, table, heads, drawn)


def differences(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    across: str,
    unit: str = "",
) -> Chart:
    """One point for each row with its interval, beside a line at no difference; filled where it is surely one.

    Parameters
    ----------
    table
        Columns label, value, low, high, sure (bool), told.
    unit
        Format of the values, as d3 writes formats; where absent they are differences of shares, written in points.
    """

    def drawn(width: int) -> Drawing:
        shown = named(table.dropna(subset=["value"]), width)
        base = alt.Chart(shown).encode(y=beside(shown))
        written = f"format(datum.value, '{unit}')" if unit else _POINTS
        x = alt.X("value:Q", title=across, axis=alt.Axis(labelExpr=written, tickCount=4, titleAnchor="end"))
        none = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 3], aria=False).encode(x="value:Q")
        whiskers = base.mark_rule(aria=False).encode(x="low:Q", x2="high:Q")
        points = base.mark_point(size=60, opacity=1, color=COLOURS[0]).encode(
            x=x,
            fill=alt.condition("datum.sure", alt.value(COLOURS[0]), alt.value("white")),
            description=alt.Description(f"{TOLD}:N"),
        )
        return alt.layer(none, whiskers, points).properties(height=_ROW * max(len(shown), 1))

    return Chart(name, title, said, table, heads, drawn)


def board(
    name: str, title: str, said: str, table: pd.DataFrame, heads: Mapping[str, Head], *, across: str, upwards: str
) -> Chart:
    """Things by ease (across) and impact (upwards), each with its code beside it where there is room.

    Parameters
    ----------
    table
        Columns ease, impact, code, told.
    """

    def drawn(_width: int) -> Drawing:
        base = alt.Chart(table).encode(
            x=alt.X("ease:Q", title=across, scale=alt.Scale(nice=True, padding=12), axis=alt.Axis(tickCount=4)),
            y=alt.Y("impact:Q", title=upwards, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5)),
        )
        points = base.mark_point(filled=True, size=60, color=COLOURS[1], opacity=1).encode(
            description=alt.Description(f"{TOLD}:N")
        )
        words = alt.Chart(_apart(table)).mark_text(align="left", dx=7, fontSize=11, aria=False)
        words = words.encode(x="ease:Q", y="beside:Q", text="code:N")
        return alt.layer(points, words).properties(height=_HIGH)

    return Chart(name, title, said, table, heads, drawn)


def _apart(table: pd.DataFrame) -> pd.DataFrame:
    """The things of a board with the height (beside) at which a word does not overlap one below it."""
    rows = table.sort_values(["impact", "code"])
    step = float(rows["impact"].max()) * _WORD / _HIGH if len(rows) else 0.0
    placed: list[tuple[float, float]] = []
    for ease, impact in zip(rows["ease"], rows["impact"], strict=True):
        near = [height + step for other, height in placed if abs(other - ease) < _NEAR and height + step > impact]
        placed.append((float(ease), max([float(impact), *near])))
    return rows.assign(beside=[height for _, height in placed])
