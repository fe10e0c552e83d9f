"""Changes taken apart: two bars that add up to the change beside each name, and the change as a point."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from serving.charts.chart import COLOURS, TOLD, Chart, Drawing, Head
from serving.charts.names import NAMED, beside, named

_ROW = 34


def split(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    columns: Mapping[str, str],
    sum_of_both: str,
    across: str,
    unit: str = "+.3~f",
) -> Chart:
    """A bar for each of two parts and a point for their sum, one row for each name.

    Parameters
    ----------
    table
        Columns label, value (the sum), told, and those of `columns`.
    columns
        Column of each part to what it is called.
    sum_of_both
        What the sum is called.
    across
        Title of the axis of values.
    unit
        Format of the values, as d3 writes formats.
    """

    def drawn(width: int) -> Drawing:
        shown = named(table.dropna(subset=["value"]), width)
        long = pd.concat(
            [shown[["label", NAMED]].assign(part=said_as, size=shown[column]) for column, said_as in columns.items()]
        )
        long[TOLD] = [
            f"{label}, {part}: {size:+.3f}"
            for label, part, size in zip(long["label"], long["part"], long["size"], strict=True)
        ]
        domain: Sequence[str] = list(columns.values())
        colour = alt.Color(
            "part:N", scale=alt.Scale(domain=[*domain, sum_of_both], range=[COLOURS[1], COLOURS[4], COLOURS[0]])
        )
        y = beside(shown)
        x = alt.X("size:Q", title=across, axis=alt.Axis(format=unit, tickCount=4, titleAnchor="end"))
        bars = alt.Chart(long).encode(y=y, yOffset=alt.YOffset("part:N", sort=domain))
        points = alt.Chart(shown.assign(part=sum_of_both)).encode(y=y, x=alt.X("value:Q"), color=colour)
        none = alt.Chart(pd.DataFrame({"size": [0.0]})).mark_rule(aria=False).encode(x="size:Q")
        return alt.layer(
            bars.mark_bar(height=9).encode(x=x, color=colour, description=alt.Description(f"{TOLD}:N")),
            none,
            points.mark_point(shape="diamond", filled=True, size=80, opacity=1).encode(
                description=alt.Description(f"{TOLD}:N")
            ),
        ).properties(height=_ROW * max(len(shown), 1))

    return Chart(name, title, said, table, heads, drawn)
