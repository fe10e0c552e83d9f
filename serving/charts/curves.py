"""Figures over time or days, as lines with their intervals."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from serving.charts.chart import TOLD, WIDE, Chart, Drawing, Head, ordered

HEIGHT = 230


def over_time(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    series: Sequence[str],
    places: Sequence[str],
    unit: str = "%",
    upwards: str = "",
    lowest: float | None = None,
) -> Chart:
    """One line for each series over periods in order, with whiskers where there is an interval.

    Parameters
    ----------
    table
        Columns period, series, value, told, and low and high where there is an interval; a missing value leaves a gap.
    series
        Names of the lines, in order; at most as many as there are colours.
    places
        All periods, in order.
    unit
        Format of the values, as d3 writes formats: ``%`` or ``,.0f``.
    upwards
        Title of the axis of values.
    lowest
        Where the axis of values begins, for shares that cannot well be lower; at 0 where absent.
    """

    def drawn(width: int) -> Drawing:
        shown = table.dropna(subset=["value"])
        every = max(1, -(-len(places) // (9 if width >= WIDE else 5)))
        base = alt.Chart(shown).encode(
            x=alt.X(
                "period:O",
                title=None,
                sort=None,
                scale=alt.Scale(domain=list(places)),
                axis=alt.Axis(values=list(places)[::every], labelAngle=0),
            )
        )
        looks = ordered(series)
        scale = alt.Scale(zero=True) if lowest is None else alt.Scale(domain=[lowest, 1.0], clamp=True)
        y = alt.Y("value:Q", title=upwards or None, axis=alt.Axis(format=unit, tickCount=5), scale=scale)
        line = base.mark_line(strokeWidth=2, aria=False).encode(
            y=y, color=looks["color"], strokeDash=looks["strokeDash"]
        )
        points = base.mark_point(filled=True, size=45, opacity=1).encode(
            y=y, color=looks["color"], shape=looks["shape"], description=alt.Description(f"{TOLD}:N")
        )
        if "low" not in shown or not shown["low"].notna().any():
            return alt.layer(line, points).properties(height=HEIGHT)
        low = alt.Y("low:Q", title=None, scale=scale)
        whiskers = base.mark_rule(aria=False).encode(y=low, y2="high:Q", color=looks["color"])
        return alt.layer(whiskers, line, points).properties(height=HEIGHT)

    return Chart(name, title, said, table, heads, drawn)


def by_day(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    series: Sequence[str],
    across: str,
    upwards: str = "",
    marked: int | None = None,
) -> Chart:
    """Shares on some days since a beginning, each with its band; between two of them a straight line.

    Parameters
    ----------
    table
        Columns days, series, value (share), low, high, told.
    across
        Title of the axis of days.
    upwards
        Title of the axis of shares.
    marked
        A day at which a line stands.
    """

    def drawn(_width: int) -> Drawing:
        base = alt.Chart(table).encode(
            x=alt.X("days:Q", title=across, scale=alt.Scale(domainMin=0), axis=alt.Axis(tickCount=5, grid=False))
        )
        looks = ordered(series)
        y = alt.Y(
            "value:Q", title=upwards or None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1])
        )
        band = base.mark_area(opacity=0.18, aria=False).encode(y="low:Q", y2="high:Q", color=looks["color"])
        line = base.mark_line(strokeWidth=2, aria=False).encode(
            y=y, color=looks["color"], strokeDash=looks["strokeDash"]
        )
        points = base.mark_point(filled=True, size=25, opacity=1).encode(
            y=y, color=looks["color"], shape=looks["shape"], description=alt.Description(f"{TOLD}:N")
        )
        made = [band, line, points]
        if marked is not None:
            at = alt.Chart(pd.DataFrame({"days": [marked]}))
            made.insert(0, at.mark_rule(strokeDash=[4, 3], aria=False).encode(x="days:Q"))
        return alt.layer(*made).properties(height=HEIGHT)

    return Chart(name, title, said, table, heads, drawn)


def along(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    series: Sequence[str],
    across: str,
    upwards: str,
    at: str = "%",
    unit: str = "%",
) -> Chart:
    """One line for each series along a scale that is neither days nor periods, a point at each figure.

    Parameters
    ----------
    table
        Columns at (place on the scale), series, value, told.
    across, upwards
        Titles of the two axes.
    at, unit
        Formats of the places and of the values, as d3 writes formats.
    """

    def drawn(_width: int) -> Drawing:
        base = alt.Chart(table).encode(
            x=alt.X("at:Q", title=across, axis=alt.Axis(format=at, tickCount=6, grid=False)),
            y=alt.Y("value:Q", title=upwards, axis=alt.Axis(format=unit, tickCount=6), scale=alt.Scale(zero=True)),
        )
        looks = ordered(series)
        line = base.mark_line(strokeWidth=2, aria=False).encode(color=looks["color"], strokeDash=looks["strokeDash"])
        points = base.mark_point(filled=True, size=55, opacity=1).encode(
            color=looks["color"], shape=looks["shape"], description=alt.Description(f"{TOLD}:N")
        )
        return alt.layer(line, points).properties(height=HEIGHT)

    return Chart(name, title, said, table, heads, drawn)
