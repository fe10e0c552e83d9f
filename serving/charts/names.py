"""Names of rows beside a chart, broken into two lines where the screen is narrow."""

import textwrap

import altair as alt
import pandas as pd

from serving.charts.chart import WIDE

#: Letters of a line on a narrow screen, and the room of names on a wide one in pixels.
_LETTERS, _ROOM = 22, 330
_LINES = 2
#: Pixels of a line.
_LINE = 12
#: Column of the names as they are drawn.
NAMED = "named"


def named(table: pd.DataFrame, width: int) -> pd.DataFrame:
    """The table with a column `NAMED`: its labels, in lines of a narrow screen where it is one."""
    if width >= WIDE:
        return table.assign(**{NAMED: table["label"].astype(str)})
    lines = [
        textwrap.wrap(str(label), _LETTERS, max_lines=_LINES, placeholder=" …", break_on_hyphens=False)
        for label in table["label"]
    ]
    return table.assign(**{NAMED: ["\n".join(each) for each in lines]})


def row_height(table: pd.DataFrame, least: int) -> int:
    r"""Pixels of a row, so that names of several lines do not lie upon each other.

    >>> row_height(pd.DataFrame({NAMED: ["north", "south"]}), 16), row_height(pd.DataFrame({NAMED: ["a\nb"]}), 16)
    (16, 28)
    """
    lines = max((str(name).count("\n") + 1 for name in table[NAMED]), default=1)
    return max(least, _LINE * lines + 4)


def beside(table: pd.DataFrame) -> alt.Y:
    """The axis of such names, in the table's order."""
    order = list(dict.fromkeys(table[NAMED]))
    axis = alt.Axis(labelLimit=_ROOM, labelExpr="split(datum.label, '\\n')", labelLineHeight=_LINE, labelFontSize=11)
    return alt.Y(f"{NAMED}:N", sort=order, title=None, axis=axis)
