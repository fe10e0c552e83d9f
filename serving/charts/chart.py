"""A chart as analysts get it: a drawing, the table it was drawn from, and a sentence saying what it shows."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib import resources
from types import MappingProxyType
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from serving.delimited import as_csv

#: Widths in pixels for which a chart is drawn: letters keep their size on a phone.
NARROW, WIDE = 300, 640

#: Colours told apart by colour-blind readers (Okabe and Ito 2008), from dark to light, so that they differ in grey too.
COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#e69f00", "#56b4e9")
#: Dashes and signs say the same as the colours.
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [12, 4], [4, 6])
SIGNS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
#: Column of each table whose text stands behind each mark, for those who do not see it.
TOLD = "told"

#: How a figure is written for people: as it is, as a count, as a share, as a difference of shares, with decimals, as
#: log-odds.
TEXT, COUNT, SHARE, POINTS, NUMBER, LOG_ODDS = "text", "count", "share", "points", "number", "log-odds"
NOT_SHOWN = "–"

_TWO_HALVES = re.compile("[\U00010000-\U0010ffff]")
#: Pixels around a drawing: a browser's letters may be a little wider than those it was measured with.
_ROOM: Mapping[str, int] = MappingProxyType({"left": 12, "right": 10, "top": 5, "bottom": 5})
#: Numbers on axes as the tables write them; the minus of the renderer is in no font here.
_NUMBERS: Mapping[str, Any] = MappingProxyType(
    {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "minus": "-"}
)

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart

_INK, _FAINT = "#1c2733", "#d5dbe1"
_FONT = "Noto Sans, sans-serif"
_CONFIG: Mapping[str, Any] = MappingProxyType(
    {
        "background": "white",
        "font": _FONT,
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelColor": _INK,
            "titleColor": _INK,
            "gridColor": _FAINT,
            "domainColor": _INK,
            "tickColor": _INK,
            "labelLimit": 220,
        },
        "legend": {"labelFontSize": 12, "title": None, "orient": "top", "labelLimit": 270, "symbolOpacity": 1},
        "bar": {"color": COLOURS[1]},
        "rule": {"color": _INK},
        # A hyphen below zero: not every font has the minus sign.
        "locale": {
            "number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "minus": "-"},
        },
    }
)


@dataclass(frozen=True)
class Head:
    """A column as people read it."""

    title: str
    unit: str = TEXT

    def said(self, value: object) -> str:
        """A cell in words; what is hidden or not known is a dash.

        >>> Head("Exits", SHARE).said(0.2938), Head("", POINTS).said(-0.151), Head("", COUNT).said(7032.0)
        ('29.4 %', '-15.1', '7,032')
        """
        if value is None or value != value:
            return NOT_SHOWN
        number = float(str(value)) if self.unit != TEXT else 0.0
        match self.unit:
            case "count":
                return f"{number:,.0f}"
            case "share":
                return f"{100 * number:.1f} %"
            case "points":
                return f"{100 * number:+.1f}"
            case "number":
                return f"{number:,.2f}"
            case "log-odds":
                return f"{number:+.3f}"
        return str(value)


@dataclass(frozen=True)
class Chart:
    """A chart.

    Parameters
    ----------
    name
        Its address and the name of its file.
    said
        One or two plain sentences, true of the table.
    table
        What is drawn, one row per mark, with a column `TOLD`.
    heads
        Columns that are shown beside the drawing, in order.
    drawn
        Makes the drawing for a width in pixels.
    """

    name: str
    title: str
    said: str
    table: pd.DataFrame = field(repr=False)
    heads: Mapping[str, Head] = field(repr=False)
    drawn: Callable[[int], Drawing] = field(repr=False)

    def svg(self, width: int, *, titled: bool = False) -> str:
        """The drawing, under its title where nothing beside it says it. Nothing in it points outside of itself."""
        legend = _CONFIG["legend"] | {"columns": 1 if width < WIDE else 3}
        config = {**_CONFIG, "legend": legend}
        fitted = {"autosize": {"type": "fit-x", "contains": "padding"}, "padding": dict(_ROOM), "config": config}
        spec = self.drawn(width).properties(width=width).to_dict() | fitted
        if titled:
            spec["title"] = {"text": self.title, "anchor": "start", "fontSize": 14, "color": _INK, "offset": 12}
        _fonts()
        # Where a name is cut to the room it has, a sign of two halves may lose one, and the drawing would fail.
        told = _TWO_HALVES.sub("\ufffd", json.dumps(_known(spec), ensure_ascii=False, allow_nan=False))
        made = vl_convert.vegalite_to_svg(told, allowed_base_urls=[], format_locale=dict(_NUMBERS))
        return made.replace("<svg ", f'<svg role="img" aria-label="{escape(self.title)}" ', 1)

    def _repr_svg_(self) -> str:
        """What a notebook shows."""
        return self.svg(WIDE, titled=True)

    def as_read(self) -> pd.DataFrame:
        """The table as people read it."""
        return pd.DataFrame(self.rows(), columns=[head.title for head in self.heads.values()])

    def rows(self) -> list[list[str]]:
        """The table as people read it."""
        told = self.table[list(self.heads)].astype(object).itertuples(index=False, name=None)
        return [[head.said(cell) for head, cell in zip(self.heads.values(), row, strict=True)] for row in told]

    def csv(self) -> bytes:
        """The table for a spreadsheet."""
        rows = self.table[list(self.heads)].astype(object).where(self.table[list(self.heads)].notna(), None)
        return "\ufeff".encode() + as_csv(list(self.heads), rows.itertuples(index=False, name=None))


def ordered(names: Sequence[str]) -> dict[str, alt.Color | alt.StrokeDash | alt.Shape]:
    """Colour, dash and sign of some series, all three saying the same, so that none of them is needed."""
    count = len(names)
    domain = list(names)
    return {
        "color": alt.Color("series:N", scale=alt.Scale(domain=domain, range=list(COLOURS[:count]))),
        "strokeDash": alt.StrokeDash("series:N", scale=alt.Scale(domain=domain, range=list(DASHES[:count]))),
        "shape": alt.Shape("series:N", scale=alt.Scale(domain=domain, range=list(SIGNS[:count]))),
    }


@cache
def _fonts() -> None:
    vl_convert.register_font_directory(str(resources.files("serving.documents") / "fonts"))


def _known(plain: object) -> object:
    """The same without numbers that are none: what is not known is null, also in columns of mixed kinds."""
    match plain:
        case dict():
            return {name: _known(value) for name, value in plain.items()}
        case list() | tuple():
            return [_known(value) for value in plain]
        case float() if not math.isfinite(plain):
            return None
    return plain
