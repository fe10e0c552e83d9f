"""Charts of what weighs on clients: from the summary kept beside the week's scores, and of a book that is looked at."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from features.drivers import DRIVERS
from serving.analysis.section import Section
from serving.charts.bars import bars, board
from serving.charts.chart import COUNT, NUMBER, SHARE, Chart, Head
from training.drivers import quick_wins
from training.drivers.ease import load_ease
from training.drivers.finding import Finding

BOOK = "the whole book"
#: Share of all exits from which on a driver is named on the board, and how near each other, as a part of the largest,
#: two are named together: else their words would lie upon each other. The table has them all.
NAMED, TOGETHER = 0.01, 0.05
#: Name of the board of quick wins.
BOARD = "quick-wins"


def of_parts(summary: Mapping[str, Any]) -> Iterator[Chart]:
    """Exits that each driver carries, for the book and each branch, and the board of quick wins of the book."""
    for number, part in enumerate(summary["parts"]):
        if part["drivers"]:
            yield _carried(f"carried-{number}", _where(part), str(part["said"]), _drivers(part), raised=True)
            if not part["branch"]:
                yield of_board(
                    quick_wins.board(_drivers(part)[["driver", "exits", "low", "high", "share"]], load_ease())
                )


def of_pareto(found: Finding, most: int = 12) -> Chart:
    """Exits that each driver of a book carries, the first ones.

    Parameters
    ----------
    found
        As `training.drivers.carried.pareto` gives it.
    """
    table = found.table.assign(name=[DRIVERS[code].name for code in found.table["driver"]])
    return _carried("carried", BOOK, found.said, table.head(most), raised=False)


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


def _drivers(part: Mapping[str, Any]) -> pd.DataFrame:
    carried = pd.DataFrame(part["drivers"]).rename(columns={"code": "driver"})
    for column in ("exits", "low", "high", "share"):
        carried[column] = carried[column].astype("float64")
    return carried


def _carried(name: str, where: str, said: str, drivers: pd.DataFrame, *, raised: bool) -> Chart:
    table = drivers.rename(columns={"exits": "value"})
    table["label"] = table["driver"] + " " + table["name"]
    table["told"] = [f"{row.label}: {float(str(row.value)):,.0f} exits" for row in table.itertuples()]
    heads = {
        "label": Head("Driver"),
        "value": Head("Exits carried", NUMBER),
        "low": Head("from", NUMBER),
        "high": Head("to", NUMBER),
        "share": Head("Share of all exits", SHARE),
        "cumulative": Head("With those above", SHARE),
    }
    return bars(
        name,
        f"Exits that each driver carries: {where}",
        said,
        table.sort_values(["value", "driver"], ascending=[False, True]).reset_index(drop=True),
        heads | ({"raised": Head("Clients it raises the risk of", SHARE)} if raised else {}),
        unit=",.0f",
        across="exits expected within the horizon",
    )


def of_board(found: Finding) -> Chart:
    """The board of quick wins, as `training.drivers.quick_wins.board` gives it."""
    table = _named(found.table.assign(impact=found.table["exits"]))
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
        across="ease (0 hard, 1 easy; your own judgement)",
        upwards="exits carried (expected)",
    )


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """The board's table with the words that stand beside each point."""
    words: dict[str, list[str]] = {}
    for _, rows in table[table["share"] >= NAMED].groupby("ease"):
        first, height = "", float("inf")
        ordered = rows.sort_values("impact", ascending=False)
        for driver, impact in zip(ordered["driver"], ordered["impact"], strict=True):
            if height - impact > TOGETHER * table["impact"].max():
                first, height = driver, impact
            words.setdefault(first, []).append(driver)
    return table.assign(code=[", ".join(words.get(driver, [])) for driver in table["driver"]])
