"""Charts of a book that is looked at: tenths, parts of the clients, two dates, what followed an event."""

from collections.abc import Collection

import pandas as pd

from features.catalogue import FEATURES
from features.drivers import DRIVERS
from serving.charts.bars import bars, differences
from serving.charts.chart import COLOURS, COUNT, NUMBER, POINTS, SHARE, Chart, Head
from serving.charts.points import in_order, side_by_side
from training.drivers.contributions import PART_NOT_KNOWN
from training.drivers.deciles import Deciles
from training.drivers.event_study import AFTER, BEFORE, EventStudy
from training.drivers.finding import Finding

_SURE = 0.05
_WHY = {"composition": "clients' figures changed", "weight": "figures weigh differently"}


def of_tenths(found: Deciles, feature: str) -> Chart:
    """Exit rate of those who had to decide, by tenths of one feature."""
    chart = found.charts[feature]
    about = FEATURES[feature]
    table = chart.table.rename(columns={"rate": "value", "bin": "label"})
    table["told"] = "tenth " + table["label"].astype(str) + ": " + table["value"].map(_share) + " left"
    shape = str(found.shapes.table.set_index("feature").loc[feature, "shape"])
    return in_order(
        f"tenths-{feature}",
        f"Exits over {feature} ({about.driver}): {shape}",
        f"{about.meaning.rstrip('.')}. {chart.said}",
        table,
        {
            "label": Head("Tenth"),
            "from": Head(f"from ({about.unit.value})", NUMBER),
            "to": Head("to", NUMBER),
            "clients": Head("Clients", COUNT),
            "left": Head("Left", COUNT),
            "value": Head("Exit rate", SHARE),
            "low": Head("at least", SHARE),
            "high": Head("at most", SHARE),
        },
        across=f"tenth of the clients by {feature}, lowest first",
        upwards="share of deciders who left",
    )


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


def of_change(found: Finding, title: str, most: int = 8) -> Chart:
    """Why drivers weigh more or less than on an earlier date, as `training.drivers.shift.shift` gives it."""
    table = found.table.head(most).melt(["driver", "before", "after", "change"], list(_WHY), "why", "value")
    table = table.assign(label=_named(table["driver"]), series=table["why"].map(_WHY))
    table["told"] = [f"{row.label}, {row.series}: {float(str(row.value)):+.3f}" for row in table.itertuples()]
    return side_by_side(
        "change",
        title,
        found.said,
        table,
        {
            "label": Head("Driver"),
            "before": Head("Before, log-odds", NUMBER),
            "after": Head("After, log-odds", NUMBER),
            "series": Head("Because"),
            "value": Head("Change, log-odds", NUMBER),
        },
        series=list(_WHY.values()),
        across="change of what the driver adds on average (log-odds)",
        unit="+.3f",
    )


def of_event(study: EventStudy, title: str) -> Chart:
    """Exits around an event less those of clients like the exposed, before it and after it."""
    table = study.finding.table.copy()
    spans = [f"day {row.from_day} to {row.to_day}" for row in table.itertuples()]
    whole = {BEFORE: "all of the half year before", AFTER: "all of the half year after"}
    table["label"] = [whole.get(str(name), span) for name, span in zip(table["period"], spans, strict=True)]
    table["value"], table["sure"] = table["difference"], table["p"] < _SURE
    table["told"] = [f"{row.label}: {100 * float(str(row.value)):+.1f} points" for row in table.itertuples()]
    return differences(
        "event",
        title,
        study.finding.said,
        table,
        {
            "label": Head("Loan planned to end"),
            "exposed": Head("To whom it happened", COUNT),
            "others": Head("Others like them", COUNT),
            "exposed_rate": Head("Left", SHARE),
            "others_rate": Head("Left, others", SHARE),
            "value": Head("Difference, points", POINTS),
            "low": Head("from", POINTS),
            "high": Head("to", POINTS),
        },
        across="more or fewer exits than others like them (points); filled: more than chance",
    )


def _named(codes: pd.Series) -> list[str]:
    return [f"{code} {DRIVERS[code].name}" for code in codes]


def _share(value: object) -> str:
    return Head("", SHARE).said(value)
