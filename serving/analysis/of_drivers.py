"""Charts of what weighs on clients, from the summary that the weekly run kept beside its scores."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from serving.analysis.section import Section
from serving.charts.bars import bars, board
from serving.charts.chart import COUNT, NUMBER, SHARE, Chart, Head
from training.drivers import quick_wins
from training.drivers.ease import load_ease

BOOK = "the whole book"
#: Name of the board of quick wins.
BOARD = "quick-wins"


def of_parts(summary: Mapping[str, Any]) -> Iterator[Chart]:
    """Exits that each driver carries, for the book and each branch, and the board of quick wins of the book."""
    for number, part in enumerate(summary["parts"]):
        if part["drivers"]:
            yield _carried(f"carried-{number}", _where(part), part)
            if not part["branch"]:
                yield _board(part)


def of_place(summary: Mapping[str, Any], branch: str) -> Iterator[Section]:
    """The charts of one branch, or of the whole book where none is named."""
    names = [f"carried-{number}" for number, part in enumerate(summary["parts"]) if part["branch"] == branch]
    wanted = names if branch else [*names, BOARD]
    return (Section.of(chart) for chart in of_parts(summary) if chart.name in wanted)


def places(summary: Mapping[str, Any]) -> Mapping[str, str]:
    """The whole book and each branch: id to name."""
    return {str(part["branch"]): _where(part) for part in summary["parts"]}


def said_of(summary: Mapping[str, Any], branch: str) -> str:
    """The sentence of one branch, or of the whole book."""
    return next((str(part["said"]) for part in summary["parts"] if part["branch"] == branch), "")


def _where(part: Mapping[str, Any]) -> str:
    return f"branch {part['branch']}" if part["branch"] else BOOK


def _carried(name: str, where: str, part: Mapping[str, Any]) -> Chart:
    table = pd.DataFrame(part["drivers"]).rename(columns={"exits": "value"})
    table["label"] = table["code"] + " " + table["name"]
    table["told"] = [f"{row.label}: {float(str(row.value)):,.0f} exits" for row in table.itertuples()]
    return bars(
        name,
        f"Exits that each driver carries: {where}",
        str(part["said"]),
        table.sort_values(["value", "code"], ascending=[False, True]).reset_index(drop=True),
        {
            "label": Head("Driver"),
            "value": Head("Exits carried", NUMBER),
            "low": Head("from", NUMBER),
            "high": Head("to", NUMBER),
            "share": Head("Share of all exits", SHARE),
            "cumulative": Head("With those above", SHARE),
            "raised": Head("Clients it raises the risk of", SHARE),
        },
        unit=",.0f",
        across="exits expected within the horizon",
    )


def _board(part: Mapping[str, Any]) -> Chart:
    carried = pd.DataFrame(part["drivers"]).rename(columns={"code": "driver"})
    for column in ("exits", "low", "high", "share"):
        carried[column] = carried[column].astype("float64")
    found = quick_wins.board(carried[["driver", "exits", "low", "high", "share"]], load_ease())
    table = found.table.assign(code=found.table["driver"], impact=found.table["exits"])
    table["told"] = [
        f"{row.driver} {row.name_}: {row.quadrant}" for row in table.rename(columns={"name": "name_"}).itertuples()
    ]
    return board(
        BOARD,
        "Quick wins: what is worth doing, and how easily",
        found.said,
        table,
        {
            "place": Head("Place", COUNT),
            "driver": Head("Driver"),
            "name": Head(""),
            "exits": Head("Exits carried", NUMBER),
            "ease": Head("Ease, 0 to 1", NUMBER),
            "who": Head("Who can act"),
            "cost": Head("Cost"),
            "weeks": Head("Weeks until felt", COUNT),
            "quadrant": Head("Kind"),
            "action": Head("First response"),
        },
        across="ease",
        upwards="exits carried",
    )
