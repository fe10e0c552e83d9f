"""Charts of drivers by the parts of a segment, of what changed, and of features that move together."""

from datetime import date
from math import exp

import numpy as np
import pandas as pd

from features.drivers import DRIVERS
from serving.charts.bars import bars, differences
from serving.charts.chart import COUNT, LOG_ODDS, NUMBER, SHARE, Chart, Head
from serving.charts.split import split
from serving.driver_tables import ALIKE, CHANGE, SEGMENTS, DriverTables
from training.drivers.finding import ASSOCIATION, Finding

#: Begin of the name of every chart of one driver by the parts of a segment.
NAME = "part-"
#: Drivers of a segment that are shown unless one is asked for: those that differ most between its parts.
FIRST = 4
#: Rows of the charts of change and of groups at most.
_MOST = 12
#: Changes below this many log-odds are not worth a row.
_LEAST = 0.001


def drivers_by_spread(tables: DriverTables, segment: str) -> list[str]:
    """Drivers of a segment, those that differ most between its parts first."""
    found = tables.finding(f"{SEGMENTS} {segment}")
    if found is None:
        return []
    means = found.table.dropna(subset=["mean"]).groupby("driver")["mean"]
    apart = (means.max() - means.min()).round(6)
    return [str(code) for code in apart.sort_values(ascending=False, kind="stable").index]


def of_part(tables: DriverTables, segment: str, code: str) -> Chart | None:
    """What one driver adds on average in each part of a segment; None where there is no such thing."""
    found = tables.finding(f"{SEGMENTS} {segment}")
    if found is None:
        return None
    table = found.table[found.table["driver"] == code].rename(columns={"part": "label", "mean": "value"})
    table = table.sort_values("label", kind="stable").reset_index(drop=True)
    known = table.dropna(subset=["value"])
    if known.empty:
        return None
    table["sure"] = (table["low"] > 0) | (table["high"] < 0)
    table["told"] = [f"{row.label}: {float(str(row.value)):+.3f} log-odds" for row in table.itertuples()]
    values = known["value"].to_numpy(dtype=np.float64)
    most, least = known.iloc[int(values.argmax())], known.iloc[int(values.argmin())]
    between = (
        f"It adds {_adds(most)} in {most['label']} and {_adds(least)} in {least['label']}."
        if most["label"] != least["label"]
        else f"It adds {_adds(most)} in {most['label']}; the other parts have too few clients to be shown."
    )
    return differences(
        f"{NAME}{segment}-{code}",
        f"{code} {DRIVERS[code].name}, by {tables.titles[segment]}",
        f"{between} {ASSOCIATION}",
        table,
        {
            "label": Head(tables.titles[segment].capitalize()),
            "clients": Head("Clients", COUNT),
            "value": Head("Adds, log-odds", LOG_ODDS),
            "low": Head("from", LOG_ODDS),
            "high": Head("to", LOG_ODDS),
            "raised": Head("Clients it raises the risk of", SHARE),
        },
        across="adds to the log-odds of leaving",
        unit="+.3~f",
    )


def of_change(tables: DriverTables) -> Chart | None:
    """Which drivers weigh more or less than before, and why; None where it is not known."""
    found = tables.finding(CHANGE)
    return None if found is None else of_shift(found, tables.before)


def of_shift(found: Finding, before: date) -> Chart:
    """Which drivers weigh more or less than on an earlier date, as `training.drivers.shift.shift` finds it."""
    table = found.table[found.table["change"].abs() >= _LEAST].head(_MOST).reset_index(drop=True)
    table["label"] = [f"{code} {DRIVERS[code].name}" for code in table["driver"]]
    table["value"] = table["change"]
    table["told"] = [f"{row.label}, change: {float(str(row.value)):+.3f}" for row in table.itertuples()]
    return split(
        "change",
        f"What changed since {before}",
        f"{found.said} The two bars add up to the change: clients' own figures are others now, or the same figures "
        "weigh differently.",
        table,
        {
            "label": Head("Driver"),
            "before": Head("Added then, log-odds", LOG_ODDS),
            "after": Head("Adds now", LOG_ODDS),
            "value": Head("Change", LOG_ODDS),
            "composition": Head("Other figures", LOG_ODDS),
            "weight": Head("Other weight", LOG_ODDS),
        },
        columns={"composition": "other figures", "weight": "other weight"},
        sum_of_both="change",
        across="log-odds more or less than then",
    )


def of_alike(tables: DriverTables) -> Chart | None:
    """Groups of features that move together; None where there are none."""
    found = tables.finding(ALIKE)
    if found is None:
        return None
    table = found.table[found.table["members"] > 1].head(_MOST).reset_index(drop=True)
    if table.empty:
        return None
    table["label"], table["value"] = table["group"], table["strength"]
    for column in ("features", "drivers"):
        table[column] = table[column].str.replace(";", ", ")
    table["told"] = [
        f"{row.label} and {float(str(row.members)) - 1:.0f} more: {float(str(row.value)):.2f}"
        for row in table.itertuples()
    ]
    return bars(
        "alike",
        "Figures that move together",
        found.said,
        table,
        {
            "label": Head("Group, by its first figure"),
            "members": Head("Figures", COUNT),
            "drivers": Head("Drivers"),
            "value": Head("Weighs, log-odds", NUMBER),
            "features": Head("All of them"),
        },
        unit=".1f",
        across="mean size of what the group adds, log-odds",
    )


def _adds(row: pd.Series) -> str:
    return f"{row['value']:+.3f} log-odds (the odds times {exp(row['value']):.2f})"
