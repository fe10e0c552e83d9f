"""Charts of what followed a change of officer, beside clients like those to whom it happened."""

from collections.abc import Iterator

import pandas as pd

from serving.charts.chart import COUNT, NUMBER, POINTS, SHARE, Chart, Head
from serving.charts.curves import over_time
from serving.charts.tenths import around_event
from serving.driver_tables import EVENTS, DriverTables
from training.drivers.finding import Finding

#: Where the event stands among the quarters.
CHANGE = "change"
EXPOSED, OTHERS = "those whose officer changed", "others like them"
_SURE = 0.05


def of_events(tables: DriverTables) -> Iterator[Chart]:
    """What followed a change of officer as it was kept."""
    found = tables.finding(EVENTS)
    if found is not None:
        yield from of_study(found)


def of_study(found: Finding) -> Iterator[Chart]:
    """Differences by quarter before and after the change, and the two rates behind them.

    Parameters
    ----------
    found
        As `training.drivers.event_study.event_study` gives it.
    """
    single = found.table[found.table["period"].str.fullmatch(r"-?\d+")].reset_index(drop=True)
    number = single["period"].astype(int)
    single["label"] = [f"{abs(each)} {'before' if each < 0 else 'after'}" for each in number]
    places, before = single["label"].tolist(), int((number < 0).sum())
    single["when"] = [
        f"{_days(low, high)} {'before' if high <= 0 else 'after'}"
        for low, high in zip(single["from_day"], single["to_day"], strict=True)
    ]
    table = single.assign(value=single["difference"], sure=single["p"] < _SURE)
    table["told"] = [f"{row.label}: {100 * float(str(row.value)):+.1f} points" for row in table.itertuples()]
    yield around_event(
        "events",
        "After the officer changed: how many more left",
        f"{found.said} A filled point differs by more than chance.",
        table,
        {
            "label": Head("Quarter"),
            "when": Head("Loan planned to end"),
            "exposed": Head("Clients", COUNT),
            "others": Head("Others", COUNT),
            "value": Head("Difference, points", POINTS),
            "low": Head("from", POINTS),
            "high": Head("to", POINTS),
            "p": Head("p", NUMBER),
        },
        places=[*places[:before], CHANGE, *places[before:]],
        event=CHANGE,
    )
    yield over_time(
        "events-rates",
        "The two exit rates behind the differences",
        "Of those who had to decide in each quarter, so many left. Before the change the two lines should lie "
        "together; where they do not, the clients differed already.",
        _rates(single),
        {"period": Head("Quarter"), "series": Head("Clients"), "value": Head("Exit rate", SHARE)},
        series=[EXPOSED, OTHERS],
        places=places,
    )


def _rates(single: pd.DataFrame) -> pd.DataFrame:
    parts = [
        single[["label", column]].set_axis(["period", "value"], axis=1).assign(series=series)
        for column, series in (("exposed_rate", EXPOSED), ("others_rate", OTHERS))
    ]
    table = pd.concat(parts, ignore_index=True)
    table["told"] = [f"{row.period}, {row.series}: {100 * float(str(row.value)):.1f} %" for row in table.itertuples()]
    return table


def _days(low: float, high: float) -> str:
    near, far = sorted((abs(low), abs(high)))
    return f"{near:.0f} to {far:.0f} days"
