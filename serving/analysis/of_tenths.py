"""Charts of exit rates over the tenths of a figure, from the tables that the weekly run kept beside its scores."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from features.catalogue import FEATURES
from features.drivers import DRIVERS
from features.feature import Unit
from serving.charts.bars import bars
from serving.charts.chart import COUNT, NUMBER, SHARE, Chart, Head
from serving.charts.tenths import tenths
from serving.driver_tables import DECILES, SHAPES, DriverTables
from training.drivers.deciles import NAME_NOT_KNOWN
from training.drivers.finding import Finding
from training.drivers.shape import Shape

#: Begin of the name of every chart of one figure.
NAME = "tenths-"
#: Figures in the chart of shapes at most, the surest first.
_MOST = 15
_NO_SHAPE = frozenset({Shape.FLAT.value, Shape.TOO_FEW.value})
_UNITS: Mapping[Unit, str] = {Unit.SHARE: "in %", Unit.POINTS: "in points", Unit.DAYS: "in days", Unit.COUNT: "number"}


def features(tables: DriverTables) -> Mapping[str, list[str]]:
    """Features to choose from: those with a shape, the surest first, then all others by driver."""
    shaped = with_shape(tables)
    groups = {"A shape was found": shaped} if shaped else {}
    for name in tables.names(DECILES):
        if name not in shaped:
            code = FEATURES[name].driver if name in FEATURES else ""
            title = f"{code} {DRIVERS[code].name}" if code in DRIVERS else "Others"
            groups.setdefault(title, []).append(name)
    return groups


def with_shape(tables: DriverTables) -> list[str]:
    """Features over which the exit rate changes by more than chance, the surest first."""
    found = tables.finding(SHAPES)
    if found is None:
        return []
    return [str(name) for name in found.table.loc[~found.table["shape"].isin(_NO_SHAPE), "feature"]]


def of_shapes(tables: DriverTables) -> Chart | None:
    """How far exit rates lie apart over the features that have a shape; None where none has."""
    found = tables.finding(SHAPES)
    shaped = with_shape(tables)
    if found is None or not shaped:
        return None
    table = found.table.set_index("feature").loc[shaped[:_MOST]].reset_index()
    table["label"] = table["feature"]
    table["value"] = table["highest_rate"] - table["lowest_rate"]
    table["meaning"] = [meaning(str(name)) for name in table["feature"]]
    table["p"] = table[["trend_p", "curve_p"]].min(axis=1)
    table["told"] = [
        f"{row.label} {row.shape}: {100 * float(str(row.value)):.0f} points apart" for row in table.itertuples()
    ]
    more = f" Shown are the {_MOST} surest of them." if len(shaped) > _MOST else ""
    return bars(
        "shapes",
        "Figures over which the exit rate changes",
        f"{found.said}{more}",
        table,
        {
            "label": Head("Figure"),
            "meaning": Head("What it is"),
            "driver": Head("Driver"),
            "shape": Head("Shape"),
            "lowest_rate": Head("Lowest rate", SHARE),
            "highest_rate": Head("Highest rate", SHARE),
            "value": Head("Apart", SHARE),
            "p": Head("p, corrected", NUMBER),
        },
        across="points from lowest to highest rate",
    )


def of_tenth(tables: DriverTables, feature: str) -> Chart | None:
    """Exit rate over one feature as it was kept; None where it was not."""
    found = tables.finding(f"{DECILES} {feature}")
    return None if found is None else of_feature(found, feature)


def of_feature(found: Finding, feature: str) -> Chart:
    """Exit rate in each tenth of one feature, or in fewer bins where tenths are too small.

    Parameters
    ----------
    found
        As `training.drivers.deciles.Deciles.charts` holds it.
    """
    table = found.table.assign(value=found.table["rate"])
    table["label"] = _labels(table, feature)
    table["told"] = [
        f"{row.label}: {100 * float(str(row.value)):.0f} % of {float(str(row.clients)):.0f} clients"
        for row in table.itertuples()
    ]
    unit = _UNITS.get(FEATURES[feature].unit, "") if feature in FEATURES else ""
    return tenths(
        f"{NAME}{feature}",
        f"Exit rate over {feature}",
        f"{found.said} Above each point stands how many clients it is of.",
        table,
        {
            "bin": Head("Bin"),
            "from": Head("From", NUMBER),
            "to": Head("To", NUMBER),
            "clients": Head("Clients", COUNT),
            "left": Head("Left", COUNT),
            "value": Head("Exit rate", SHARE),
            "low": Head("from", SHARE),
            "high": Head("to", SHARE),
        },
        across=f"{feature}, {unit}" if unit else feature,
        apart=NAME_NOT_KNOWN,
    )


def whose(tables: DriverTables) -> str:
    """Of whom the tenths are."""
    return (
        f"Clients at risk on {_day(tables.decided_from)} whose loan ended within the horizon after it, and what became "
        f"of them as known on {_day(tables.as_of)}; not those written off or pushed out."
    )


def meaning(feature: str) -> str:
    """What a feature is."""
    return FEATURES[feature].meaning if feature in FEATURES else ""


def _labels(table: pd.DataFrame, feature: str) -> list[str]:
    """Bins by their bounds, each its own name; what is hidden by its number."""
    percent = feature in FEATURES and FEATURES[feature].unit in (Unit.SHARE, Unit.POINTS)
    named = []
    for name, low, high in zip(table["bin"], table["from"], table["to"], strict=True):
        if name == NAME_NOT_KNOWN or low != low:
            named.append(str(name))
            continue
        ends = [_edge(100 * end if percent else end) for end in (low, high)]
        named.append(ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}")
    return [label if named.count(label) == 1 else f"{label} ({place})" for place, label in enumerate(named, start=1)]


def _edge(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.2g}"


def _day(day: date) -> str:
    return day.isoformat()
