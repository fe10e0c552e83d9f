"""A figure on its way from a baseline to a target: the straight line that is asked for, and what was measured."""

from collections.abc import Mapping
from datetime import date

import altair as alt
import pandas as pd

from serving.charts.chart import TOLD, WIDE, Chart, Drawing, Head, ordered
from serving.charts.curves import HEIGHT

#: The two series, in order.
ASKED, MEASURED = "asked for", "measured"


def trajectory(
    name: str, title: str, said: str, table: pd.DataFrame, heads: Mapping[str, Head], *, today: date, unit: str = "%"
) -> Chart:
    """The line from baseline to target, the figures so far with their intervals, and where today is.

    Parameters
    ----------
    table
        Columns day (as 2024-06-30), series (`ASKED` or `MEASURED`), value, low, high, told.
    unit
        Format of the values, as d3 writes formats.
    """

    def drawn(width: int) -> Drawing:
        days = alt.Axis(format="%b %Y", tickCount=6 if width >= WIDE else 3, grid=False)
        base = alt.Chart(table.dropna(subset=["value"])).encode(
            x=alt.X("day:T", title=None, axis=days, scale=alt.Scale(type="utc"))
        )
        looks = ordered([ASKED, MEASURED])
        y = alt.Y("value:Q", title=None, axis=alt.Axis(format=unit, tickCount=5), scale=alt.Scale(zero=False))
        line = base.mark_line(strokeWidth=2, aria=False).encode(
            y=y, color=looks["color"], strokeDash=looks["strokeDash"]
        )
        points = base.mark_point(filled=True, size=45, opacity=1).encode(
            y=y, color=looks["color"], shape=looks["shape"], description=alt.Description(f"{TOLD}:N")
        )
        whiskers = base.mark_rule(aria=False).encode(y="low:Q", y2="high:Q", color=looks["color"])
        now = alt.Chart(pd.DataFrame({"day": [today.isoformat()], "word": ["today"]})).encode(x="day:T")
        mark = now.mark_rule(strokeDash=[2, 3], aria=False)
        word = now.mark_text(align="left", dx=3, dy=7, fontSize=11, aria=False).encode(text="word:N", y=alt.value(0))
        return alt.layer(mark, word, whiskers, line, points).properties(height=HEIGHT)

    return Chart(name, title, said, table, heads, drawn)
