"""How far things have come, beside how far they should have."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from serving.charts.chart import COLOURS, TOLD, Chart, Drawing, Head

_ROW = 30


def progress(name: str, title: str, said: str, table: pd.DataFrame, heads: Mapping[str, Head], *, across: str) -> Chart:
    """One bar for each row in the table's order, and a black mark where it should end today.

    Parameters
    ----------
    table
        Columns label, value (share of the way; missing draws no bar), asked (share of the way), told.
    across
        Title of the axis.
    """

    def drawn(_width: int) -> Drawing:
        y = alt.Y("label:N", sort=list(table["label"]), title=None, axis=alt.Axis(labelLimit=320))
        x = alt.X("value:Q", title=across, axis=alt.Axis(format="%", tickCount=5))
        base = alt.Chart(table).encode(y=y)
        made = base.transform_filter("isValid(datum.value)").mark_bar(height=12)
        bars = made.encode(x=x, description=alt.Description(f"{TOLD}:N"))
        # The white below keeps the mark apart from its bar, in grey too.
        below, mark = (
            base.mark_tick(color=colour, thickness=thickness, height=22, aria=False).encode(x="asked:Q")
            for colour, thickness in (("white", 7), (COLOURS[0], 3))
        )
        return alt.layer(bars, below, mark).properties(height=_ROW * max(len(table), 1))

    return Chart(name, title, said, table, heads, drawn)
