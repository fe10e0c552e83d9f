"""Rates over the tenths of a figure, and differences around an event: periods or bins in order, each by itself."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from serving.charts.chart import COLOURS, TOLD, Chart, Drawing, Head
from serving.charts.curves import HEIGHT

#: Pixels of the axis of rates, and of a letter.
_AXIS, _LETTER = 45, 7


def tenths(
    name: str, title: str, said: str, table: pd.DataFrame, heads: Mapping[str, Head], *, across: str, apart: str
) -> Chart:
    """One point for each bin with its interval, joined by a line, and the number of clients above it.

    Parameters
    ----------
    table
        Columns label, value (share), low, high, clients, told.
    across
        Title of the axis of bins.
    apart
        Label of the bin that is no neighbour of the others and is not joined to them.
    """

    def drawn(width: int) -> Drawing:
        shown = table.dropna(subset=["value"])
        places = shown["label"].tolist()
        letters = max((len(str(place)) for place in places), default=0)
        room = (width - _AXIS) / max(len(places), 1)
        top = min(1.0, float(shown["high"].max())) if len(shown) else 1.0
        base = alt.Chart(shown).encode(
            x=alt.X(
                "label:O",
                title=across,
                sort=None,
                scale=alt.Scale(domain=places),
                axis=alt.Axis(labelAngle=0 if letters * _LETTER <= room else -90, labelOverlap=False, labelLimit=110),
            )
        )
        y = alt.Y(
            "value:Q",
            title=None,
            axis=alt.Axis(format="%", tickCount=5),
            scale=alt.Scale(domain=[0, top], nice=False, clamp=True),
        )
        line = (
            base.transform_filter(f"datum.label !== {apart!r}")
            .mark_line(strokeWidth=2, color=COLOURS[1], aria=False)
            .encode(y=y)
        )
        points = base.mark_point(filled=True, size=55, opacity=1, color=COLOURS[1]).encode(
            y=y, description=alt.Description(f"{TOLD}:N")
        )
        whiskers = base.mark_rule(aria=False).encode(y=alt.Y("low:Q"), y2="high:Q")
        counts = base.mark_text(fontSize=11, baseline="bottom", aria=False).encode(
            y=alt.value(-3), text=alt.Text("clients:Q", format=",.0f")
        )
        return alt.layer(whiskers, line, points, counts).properties(height=HEIGHT)

    return Chart(name, title, said, table, heads, drawn)


def around_event(
    name: str,
    title: str,
    said: str,
    table: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    places: Sequence[str],
    event: str,
) -> Chart:
    """One difference with its interval for each quarter, beside a line at none and one where the event was.

    Parameters
    ----------
    table
        Columns label, value (difference of shares), low, high, sure (bool), told.
    places
        All quarters and the event, in order.
    event
        Which of them is the event.
    """

    def drawn(_width: int) -> Drawing:
        shown = table.dropna(subset=["value"])
        x = alt.X(
            "label:O",
            title="quarters before and after the event",
            sort=None,
            scale=alt.Scale(domain=list(places)),
            axis=alt.Axis(labelAngle=0, labelOverlap=False, labelExpr="split(datum.label, ' ')", labelLineHeight=12),
        )
        y = alt.Y("value:Q", title="points more or less", axis=alt.Axis(format="+%", tickCount=5))
        base = alt.Chart(shown).encode(x=x)
        none = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(aria=False).encode(y="value:Q")
        when = alt.Chart(pd.DataFrame({"label": [event]})).encode(x=x)
        line = when.mark_rule(strokeDash=[4, 3], strokeWidth=2, aria=False)
        whiskers = base.mark_rule(strokeWidth=2, aria=False).encode(y="low:Q", y2="high:Q")
        points = base.mark_point(size=80, opacity=1, color=COLOURS[0]).encode(
            y=y,
            fill=alt.condition("datum.sure", alt.value(COLOURS[0]), alt.value("white")),
            description=alt.Description(f"{TOLD}:N"),
        )
        return alt.layer(none, line, whiskers, points).properties(height=HEIGHT)

    return Chart(name, title, said, table, heads, drawn)
