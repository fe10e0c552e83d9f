"""Chances foretold against shares that came, beside the line on which both are the same."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from serving.charts.chart import COLOURS, TOLD, Chart, Drawing, Head

_HEIGHT = 280


def foretold(name: str, title: str, said: str, table: pd.DataFrame, heads: Mapping[str, Head]) -> Chart:
    """One point for each part of the clients, with the interval of the share that came.

    Parameters
    ----------
    table
        Columns foretold, value, low, high (shares), told.
    """

    def drawn(_width: int) -> Drawing:
        shown = table.dropna(subset=["value"])
        top = min(1.0, 1.05 * float(shown[["foretold", "high"]].max().max())) if len(shown) else 1.0
        scale = alt.Scale(domain=[0, top], nice=False)
        axis = alt.Axis(format=".0%", tickCount=5)
        x = alt.X("foretold:Q", title="chance foretold", scale=scale, axis=axis)
        y = alt.Y("value:Q", title="share that left", scale=scale, axis=axis)
        ideal = alt.Chart(pd.DataFrame({"foretold": [0.0, top], "value": [0.0, top]}))
        base = alt.Chart(shown).encode(x=x)
        return alt.layer(
            ideal.mark_line(strokeDash=[4, 3], color=COLOURS[0], aria=False).encode(x=x, y=y),
            base.mark_rule(strokeWidth=2, aria=False).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q"),
            base.mark_point(filled=True, size=60, opacity=1, color=COLOURS[1]).encode(
                y=y, description=alt.Description(f"{TOLD}:N")
            ),
        ).properties(height=_HEIGHT)

    return Chart(name, title, said, table, heads, drawn)
