"""What other hours would change, in words and as a chart, in the language of whoever reads."""

import pandas as pd

from serving.charts.chart import COUNT, NUMBER, TEXT, Chart, Head
from serving.charts.curves import along
from serving.languages import Language
from serving.visits.told import chances

#: Address of the chart and name of its file.
NAME = "hours"
_FEW = 10


def said_of(table: pd.DataFrame, hours: float, now: float, language: Language) -> str:
    """What so many hours a day would change, beside those there are.

    Parameters
    ----------
    table
        As `serving.visits.what_if.compared` gives it.
    hours, now
        Two rows of it.
    """
    row, there = (table.loc[table["hours"] == each].iloc[0] for each in (hours, now))
    lines = int(row["planned"] + row["left"])
    said = language.text(
        "With {hours} hours a day {planned} of {all} lines have a day, and {kept} clients are expected to be kept.",
        hours=_short(hours, language),
        planned=language.number(int(row["planned"])),
        all=language.number(lines),
        kept=language.number(row["kept"], _decimals(table)),
    )
    more = round(float(row["kept"] - there["kept"]), _decimals(table))
    if hours == now:
        beside = language.text("These are the hours there are.")
    elif more > 0:
        beside = language.text(
            "That is {clients} more than with the hours there are.", clients=language.number(more, _decimals(table))
        )
    elif more < 0:
        beside = language.text(
            "That is {clients} fewer than with the hours there are.", clients=language.number(-more, _decimals(table))
        )
    else:
        beside = language.text("That is as many as with the hours there are.")
    return f"{said} {beside}"


def hours_chart(table: pd.DataFrame, now: float, language: Language, uplift_version: str = "") -> Chart:
    """Hours a day against clients expected to be kept, with the hours there are marked."""
    title = language.text("What if there were more hours, or fewer?")
    curve, mark = language.text("with so many hours"), language.text("with the hours there are")
    hours, kept = language.text("hours a day"), language.text("clients expected to be kept")
    shown = table.assign(at=table["hours"], value=table["kept"], series=curve)
    shown = pd.concat([shown, shown[shown["hours"] == now].assign(series=mark)], ignore_index=True)
    shown["told"] = [f"{hours}: {row.at:g}; {kept}: {row.value:.1f}" for row in shown.itertuples()]
    chart = along(
        NAME,
        title,
        f"{said_of(table, now, now, language)} {chances(language, uplift_version)}",
        shown,
        {},
        series=[curve, mark],
        across=hours,
        upwards=kept,
        at="~g",
        unit="~g",
    )
    heads = {
        "hours": Head(language.text("Hours a day"), TEXT),
        "planned": Head(language.text("Lines with a day"), COUNT),
        "left": Head(language.text("Lines without a day"), COUNT),
        "kept": Head(language.text("Clients expected to be kept"), NUMBER),
        "way": Head(language.text("Hours on the way"), NUMBER),
    }
    return Chart(NAME, title, chart.said, table, heads, chart.drawn)


def rows_of(table: pd.DataFrame, language: Language) -> list[tuple[str, ...]]:
    """The table as people read it."""
    figures = table[["hours", "planned", "left", "kept", "way"]].to_numpy(dtype=float).tolist()
    return [
        (
            _short(hours, language),
            language.number(planned),
            language.number(left),
            language.number(kept, _decimals(table)),
            language.number(way, 1),
        )
        for hours, planned, left, kept, way in figures
    ]


def _decimals(table: pd.DataFrame) -> int:
    """Few clients are told to the hundredth, or other hours would seem to change nothing."""
    return 1 if table["kept"].max() >= _FEW else 2


def _short(hours: float, language: Language) -> str:
    """Hours without decimals that say nothing."""
    decimals = len(f"{hours:g}".partition(".")[2])
    return language.number(hours, decimals)
