"""Figures with their intervals as points: of groups that have an order, and of several series side by side."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from serving.charts.chart import TOLD, Chart, Drawing, Head, ordered
from serving.charts.names import beside, named, row_height

_HEIGHT, _ROW = 230, 16


def in_order(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    across: str,
    upwards: str,
    unit: str = "%",
    zero: bool = True,
) -> Chart:
    """One point for each group from left to right in the table's order, with its interval.

    Parameters
    ----------
    table
        Columns label, value, low, high, told; a missing value leaves a gap.
    across, upwards
        Titles of the two axes.
    unit
        Format of the values, as d3 writes formats.
    zero
        Whether the axis of values begins at 0.
    """

    def drawn(_width: int) -> Drawing:
        x = alt.X(
            "label:O",
            title=across,
            sort=None,
            scale=alt.Scale(domain=table["label"].tolist()),
            axis=alt.Axis(labelAngle=0),
        )
        base = alt.Chart(table.dropna(subset=["value"])).encode(x=x)
        y = alt.Y("value:Q", title=upwards, axis=alt.Axis(format=unit, tickCount=5), scale=alt.Scale(zero=zero))
        whiskers = base.mark_rule(strokeWidth=2, aria=False).encode(y="low:Q", y2="high:Q")
        points = base.mark_point(filled=True, size=70, opacity=1, color="#000000").encode(
            y=y, description=alt.Description(f"{TOLD}:N")
        )
        return alt.layer(whiskers, points).properties(height=_HEIGHT)

    return Chart(name, title, said, table, heads, drawn)


def side_by_side(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    series: Sequence[str],
    across: str,
    unit: str = "+.2f",
) -> Chart:
    """For each row one point of each series, one under the other, with its interval where there is one.

    Parameters
    ----------
    table
        Columns label, series, value, told, and low and high where there are intervals.
    series
        Names of the series, in order; at most as many as there are colours.
    across
        Title of the axis of values.
    unit
        Format of the values, as d3 writes formats.
    """

    def drawn(width: int) -> Drawing:
        shown = named(table.dropna(subset=["value"]), width)
        looks = ordered(series)
        places = shown["label"].nunique()
        base = alt.Chart(shown).encode(
            y=beside(shown),
            yOffset=alt.YOffset("series:N", sort=list(series)),
        )
        x = alt.X("value:Q", title=across, axis=alt.Axis(format=unit, tickCount=5))
        none = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(strokeDash=[4, 3], aria=False).encode(x="value:Q")
        made = [none]
        if "low" in shown and shown["low"].notna().any():
            made.append(
                base.mark_rule(strokeWidth=1.5, aria=False).encode(x="low:Q", x2="high:Q", color=looks["color"])
            )
        made.append(
            base.mark_point(filled=True, size=45, opacity=1).encode(
                x=x, color=looks["color"], shape=looks["shape"], description=alt.Description(f"{TOLD}:N")
            )
        )
        return alt.layer(*made).properties(height=max(row_height(shown, _ROW * len(series)) * places, 2 * _ROW))

    return Chart(name, title, said, table, heads, drawn)
