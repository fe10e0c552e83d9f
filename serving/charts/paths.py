"""A path from where one stands to where one wants to be, with what was measured on the way."""

from collections.abc import Mapping
from datetime import date

import altair as alt
import pandas as pd

from serving.charts.chart import COLOURS, TOLD, Chart, Drawing, Head

_HEIGHT = 230


def path(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    line: tuple[tuple[date, float], tuple[date, float]],
    today: date,
    upwards: str,
    unit: str = "%",
) -> Chart:
    """Figures on the days they were measured, beside the straight line from a baseline to a target.

    Parameters
    ----------
    table
        Columns day (date), value, low, high, told.
    line
        Day and value of the baseline, and of the target.
    today
        Where a line stands.
    upwards
        Title of the axis of values.
    unit
        Format of the values, as d3 writes formats.
    """

    def drawn(_width: int) -> Drawing:
        shown = table.dropna(subset=["value"])[["day", "value", "low", "high", TOLD]]
        shown = shown.assign(day=pd.to_datetime(shown["day"]))
        ends = pd.DataFrame({"day": pd.to_datetime([day for day, _ in line]), "value": [value for _, value in line]})
        x = alt.X(
            "day:T",
            title="last day of the period measured",
            axis=alt.Axis(format="%Y-%m", tickCount=6),
            scale=alt.Scale(padding=12),
        )
        y = alt.Y(
            "value:Q", title=upwards, axis=alt.Axis(format=unit, tickCount=5), scale=alt.Scale(zero=False, padding=12)
        )
        asked = alt.Chart(ends).mark_line(strokeDash=[6, 4], strokeWidth=2, color="#000000", aria=False)
        marks = alt.Chart(ends.assign(word=["baseline", "target"])).mark_text(dy=-10, fontSize=12, aria=False)
        now = alt.Chart(pd.DataFrame({"day": pd.to_datetime([today])})).mark_rule(strokeDash=[2, 2], aria=False)
        base = alt.Chart(shown).encode(x=x)
        whiskers = base.mark_rule(strokeWidth=2, aria=False, color=COLOURS[1]).encode(y="low:Q", y2="high:Q")
        points = base.mark_point(filled=True, size=70, opacity=1, color=COLOURS[1]).encode(
            y=y, description=alt.Description(f"{TOLD}:N")
        )
        return alt.layer(
            now.encode(x=x), asked.encode(x=x, y=y), whiskers, points, marks.encode(x=x, y=y, text="word:N")
        ).properties(height=_HEIGHT)

    return Chart(name, title, said, table, heads, drawn)
