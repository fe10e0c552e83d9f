"""Figures side by side, as bars or points with their intervals, and things weighed on two scales."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from serving.charts.chart import COLOURS, TOLD, WIDE, Chart, Drawing, Head
from serving.charts.names import beside, named

_ROW = 28
#: Share of the room a code takes up; of two that would meet, the one of less impact is left to the table.
_CODE_HIGH, _CODE_WIDE, _CODE_WIDE_ON_NARROW = 0.06, 0.10, 0.22


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
            made.append(base.mark_rule(strokeWidth=2, aria=False).encode(x="low:Q", x2="high:Q"))
        return alt.layer(*made).properties(height=_ROW * max(len(shown), 1))

    return Chart(name, title, said, table, heads, drawn)


def differences(
    name: str, title: str, said: str, table: pd.DataFrame, heads: Mapping[str, Head], *, across: str, unit: str = "+%"
) -> Chart:
    """One point for each row with its interval, beside a line at no difference; filled where it is surely one.

    Parameters
    ----------
    table
        Columns label, value, low, high, sure (bool), told.
    """

    def drawn(width: int) -> Drawing:
        shown = named(table.dropna(subset=["value"]), width)
        base = alt.Chart(shown).encode(y=beside(shown))
        x = alt.X("value:Q", title=across, axis=alt.Axis(format=unit, tickCount=4, titleAnchor="end"))
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

    def drawn(width: int) -> Drawing:
        base = alt.Chart(table).encode(
            x=alt.X("ease:Q", title=across, scale=alt.Scale(nice=True, padding=12), axis=alt.Axis(tickCount=4)),
            y=alt.Y("impact:Q", title=upwards, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5)),
        )
        points = base.mark_point(filled=True, size=60, color=COLOURS[1], opacity=1).encode(
            description=alt.Description(f"{TOLD}:N")
        )
        apart = alt.FieldOneOfPredicate(field="code", oneOf=_with_room(table, width))
        words = (
            base.transform_filter(apart).mark_text(align="left", dx=7, fontSize=11, aria=False).encode(text="code:N")
        )
        return alt.layer(points, words).properties(height=260)

    return Chart(name, title, said, table, heads, drawn)


def _with_room(table: pd.DataFrame, width: int) -> list[str]:
    """Codes that can be written beside their points without meeting one of more impact."""
    wide = _CODE_WIDE if width >= WIDE else _CODE_WIDE_ON_NARROW
    spans = [max(float(table[name].max() - table[name].min()), 1e-9) for name in ("ease", "impact")]
    written: list[tuple[float, float]] = []
    codes = []
    for row in table.sort_values(["impact", "code"], ascending=[False, True]).to_dict("records"):
        at = float(row["ease"]) / spans[0], float(row["impact"]) / spans[1]
        if all(abs(at[0] - x) >= wide or abs(at[1] - y) >= _CODE_HIGH for x, y in written):
            written.append(at)
            codes.append(str(row["code"]))
    return codes
