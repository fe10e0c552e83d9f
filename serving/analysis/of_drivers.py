"""Charts of what weighs on clients, from the summary that the weekly run kept beside its scores."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from serving.charts.bars import bars, board
from serving.charts.chart import COUNT, NUMBER, SHARE, Chart, Head
from training.drivers import quick_wins
from training.drivers.ease import load_ease

BOOK = "the whole book"


def of_parts(summary: Mapping[str, Any]) -> Iterator[Chart]:
    """Exits that each driver carries, for the book and each branch, and the board of quick wins of the book."""
    for number, part in enumerate(summary["parts"]):
        if part["drivers"]:
            where = f"branch {part['branch']}" if part["branch"] else BOOK
            yield _carried(f"carried-{number}", where, part)
            if not part["branch"]:
                yield _board(part)


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
        "quick-wins",
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
