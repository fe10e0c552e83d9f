"""Charts of what weighs on the clients at risk, and on some parts of them against others."""

from collections.abc import Collection

import pandas as pd

from features.drivers import DRIVERS
from serving.charts.bars import bars
from serving.charts.chart import COLOURS, COUNT, NUMBER, SHARE, Chart, Head
from serving.charts.points import side_by_side
from training.drivers.contributions import PART_NOT_KNOWN
from training.drivers.finding import Finding


def of_weights(found: Finding, most: int = 12) -> Chart:
    """What weighs most on all clients at risk.

    Parameters
    ----------
    found
        Of one part, as `training.drivers.contributions.averages` gives it.
    """
    table = found.table.nlargest(most, "strength").reset_index(drop=True)
    table["label"] = _named(table["driver"])
    table["value"] = table["strength"]
    table["told"] = [f"{row.label}: {float(str(row.value)):.2f} log-odds" for row in table.itertuples()]
    return bars(
        "weights",
        "What weighs on the clients at risk",
        found.said,
        table.drop(columns=["low", "high"]),
        {
            "label": Head("Driver"),
            "value": Head("Mean size, log-odds", NUMBER),
            "mean": Head("Mean, log-odds", NUMBER),
            "raised": Head("Clients it raises the risk of", SHARE),
        },
        unit=".1f",
        across="mean size of what the driver adds or takes away (log-odds)",
    )


def of_parts_compared(found: Finding, title: str, most: int = 6, without: Collection[str] = ()) -> Chart:
    """What the drivers that differ most add in each part of the clients.

    Parameters
    ----------
    found
        Of several parts, as `training.drivers.contributions.averages` gives it.
    without
        Drivers that are left out.
    """
    table = found.table[~found.table["driver"].isin(list(without))].dropna(subset=["mean"])
    clients = table.drop_duplicates("part").set_index("part")["clients"]
    largest = clients.drop(PART_NOT_KNOWN, errors="ignore").nlargest(len(COLOURS)).index
    table = table[table["part"].isin(largest)]
    spread = table.groupby("driver")["mean"].agg(lambda means: means.max() - means.min())
    chosen = spread.nlargest(most).index.tolist()
    places = {code: place for place, code in enumerate(chosen)}
    table = table[table["driver"].isin(chosen)].assign(place=lambda rows: rows["driver"].map(places))
    table = table.sort_values(["place", "part"], ignore_index=True)
    table = table.assign(label=_named(table["driver"]), series=table["part"], value=table["mean"])
    table["told"] = [f"{row.label}, {row.part}: {float(str(row.value)):+.2f} log-odds" for row in table.itertuples()]
    return side_by_side(
        "parts",
        title,
        found.said,
        table,
        {
            "label": Head("Driver"),
            "part": Head("Part"),
            "clients": Head("Clients", COUNT),
            "value": Head("Mean, log-odds", NUMBER),
            "low": Head("from", NUMBER),
            "high": Head("to", NUMBER),
        },
        series=sorted(largest),
        across="what the driver adds on average (log-odds; right of 0 it raises the risk)",
    )


def _named(codes: pd.Series) -> list[str]:
    return [f"{code} {DRIVERS[code].name}" for code in codes]
