"""Charts of how many leave, which, and how long they last, from the measures that the weekly run kept."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from features.measures.clustered import ALONE
from serving.charts.bars import bars, differences
from serving.charts.chart import COUNT, NUMBER, POINTS, SHARE, Chart, Head
from serving.charts.curves import by_day, over_time
from serving.kept_measures import KeptMeasures, Row
from serving.measures_told import ALONE_MEANS, clusters_told

#: Periods of each length that are drawn, the newest of them last.
SHOWN = {"month": 24, "quarter": 12, "year": 6}
FORMULAS = {
    "f5_exit": "Exits per decision (F5)",
    "f1_dropout": "Dropout by head counts (F1)",
    "f2_dropout": "Dropout on opening clients (F2)",
}
RENEWALS = {
    "f3_renewal": "Follow-on loans per loan paid off (F3)",
    "repeat_borrowing": "Share of loans to known clients",
}
WAYS = {"choice": "left by choice", "forced": "written off or pushed out", "no_exit": "gone, but not an exit"}
_FLOWS = {"came": "came", "out": "went"}
_SURE = 0.05


def of_periods(kept: KeptMeasures, by: str) -> Iterator[Chart]:
    """Formulas side by side and renewals, by month, quarter or year."""
    rows = [row for row in kept.tables["everybody"] if row["by"] == by][-SHOWN[by] :]
    final = [row for row in rows if row["f5_exit"] is not None]
    places = [str(row["period"]) for row in rows]
    if not final:
        return
    newest = final[-1]
    later = len(places) - places.index(str(newest["period"])) - 1
    yield over_time(
        f"exits-{by}",
        f"How many leave, by {by}",
        f"In {newest['period']} {_share(newest['f5_exit'])} of those who had to decide left "
        f"({_share(newest['f5_low'])} to {_share(newest['f5_high'])}){_head_counts(newest, by)}"
        f"{_not_final(later, by)}" + (f" {newest['warning']}" if newest["warning"] else ""),
        _long(rows, _there(rows, FORMULAS)),
        {"period": Head(by.capitalize()), "series": Head("Formula"), "value": Head("Rate", SHARE), **_ENDS},
        series=list(_there(rows, FORMULAS).values()),
        places=places,
        upwards="share (F5: of decisions)",
    )
    if renewals := _there(rows, RENEWALS):
        told = newest["f3_renewal"]
        yield over_time(
            f"renewals-{by}",
            f"Loans that are followed by another, by {by}",
            f"In {newest['period']} there were {_number(told)} follow-on loans for each loan paid off."
            if told is not None
            else f"For {newest['period']} it is not shown.",
            _long(rows, renewals),
            {"period": Head(by.capitalize()), "series": Head("Measure"), "value": Head("Figure", NUMBER)},
            series=list(renewals.values()),
            places=places,
            unit=".2f",
            upwards="ratio",
        )
    if not _there([newest], _FLOWS):
        return
    yield over_time(
        f"clients-{by}",
        f"Clients who came and went, by {by}",
        f"{_count(newest['begin'])} clients at the begin of {newest['period']}, {_count(newest['came'])} came, "
        f"{_count(newest['out'])} went, {_count(newest['end'])} at its end.",
        _long(rows, _FLOWS, COUNT),
        {"period": Head(by.capitalize()), "series": Head(""), "value": Head("Clients", COUNT)},
        series=list(_FLOWS.values()),
        places=places,
        unit=",.0f",
        upwards="clients",
    )


def _there(rows: Sequence[Row], columns: Mapping[str, str]) -> dict[str, str]:
    """Columns of which something is shown."""
    return {column: name for column, name in columns.items() if any(row[column] is not None for row in rows)}


def _head_counts(newest: Row, by: str) -> str:
    if newest["f1_dropout"] is None or newest["f2_dropout"] is None:
        return (
            f". What is made from head counts, F1 and F2, is not shown for this {by}: a number under 20 stands behind "
            "it, or could be worked out; look at longer periods."
        )
    return f"; F1 says {_share(newest['f1_dropout'])} and F2 {_share(newest['f2_dropout'])} of the {by}."


def _not_final(later: int, by: str) -> str:
    if not later:
        return ""
    if later == 1:
        return f" The newest {by} is not final and not drawn."
    return f" The newest {later} {by}s are not final and not drawn."


def of_leavers(kept: KeptMeasures) -> Iterator[Chart]:
    """In which ways they went in the newest final year."""
    rows = [row for row in kept.tables["leaver_types"] if row["by"] == "year" and row["maturity"] == "final"]
    if not rows:
        return
    year = max(str(row["period"]) for row in rows)
    here = sorted((row for row in rows if row["period"] == year), key=lambda row: -_or_none(row["out"]))
    table = pd.DataFrame({"label": [row["value"] for row in here], "value": [row["out"] for row in here]})
    table["told"] = [f"{label}: {_count(value)}" for label, value in zip(table["label"], table["value"], strict=True)]
    yield bars(
        "leavers",
        f"How clients went in {year}",
        "Numbers under 20, and others from which they could be worked out, are not shown.",
        table.astype({"value": "float64"}),
        {"label": Head("Leaver type"), "value": Head("Clients", COUNT)},
        unit=",.0f",
        across="clients",
    )


def of_segments(kept: KeptMeasures) -> Iterator[Chart]:
    """Exits per decision of each part of a segment less those of all others."""
    rows = pd.DataFrame(list(kept.tables["differences"]))
    if rows.empty:
        return
    for segment, here in rows.groupby("segment", sort=False):
        period, title = str(here["period"].iloc[0]), str(here["title"].iloc[0])
        table = pd.DataFrame(
            {
                "label": here["value"].astype(str),
                "value": here["difference"],
                "low": here["low"],
                "high": here["high"],
                "sure": here["p"] < _SURE,
                "deciders": here["deciders"],
                "exit": here["exit"],
                "rest": here["rest"],
                "p": here["p"],
            }
        ).reset_index(drop=True)
        table["told"] = [f"{row.label}: {100 * float(str(row.value)):+.1f} points" for row in table.itertuples()]
        sure = table.loc[table["sure"], "label"].tolist()
        yield differences(
            f"segment-{segment}",
            f"Who leaves more, by {title}, {period}",
            (f"Surely different from the others: {', '.join(sure)}. " if sure else "None is surely different. ")
            + "Corrected for all looks taken (Holm). A difference is no cause.",
            table,
            {
                "label": Head(title.capitalize()),
                "deciders": Head("Decisions", COUNT),
                "exit": Head("Exits per decision", SHARE),
                "rest": Head("All others", SHARE),
                "value": Head("Difference, points", POINTS),
                "low": Head("from", POINTS),
                "high": Head("to", POINTS),
                "p": Head("p, corrected", NUMBER),
            },
            across="points more or less than all others",
        )


def of_cohorts(kept: KeptMeasures) -> Iterator[Chart]:
    """How long clients last, all and by the year in which they came."""
    rows = pd.DataFrame(list(kept.tables["survival"]))
    if rows.empty:
        return
    for number, (cohort, here) in enumerate(rows.groupby("cohort", sort=False)):
        series = {
            "still_there": "still there",
            **{way: told for way, told in WAYS.items() if way in set(here["curve"])},
        }
        begin = pd.DataFrame({"series": list(series.values()), "days": 0, "value": [1.0, *[0.0] * (len(series) - 1)]})
        begin = begin.assign(low=begin["value"], high=begin["value"])
        table = pd.concat([begin, here.assign(series=here["curve"].map(series))], ignore_index=True)
        table["told"] = [f"{row.series} after {row.days} days: {_share(row.value)}" for row in table.itertuples()]
        last = here[here["curve"] == "still_there"].iloc[-1]
        yield by_day(
            f"lasting-{number}",
            f"How long clients last: {cohort}",
            f"Of {_count(last['clients'])} clients {_share(last['value'])} are still there after {last['days']} days "
            f"({_share(last['low'])} to {_share(last['high'])}). {_together(last)}",
            table,
            {
                "series": Head("Curve"),
                "days": Head("Days since the first loan", COUNT),
                "value": Head("Share", SHARE),
                "low": Head("from", SHARE),
                "high": Head("to", SHARE),
            },
            series=list(series.values()),
            across="days since the first loan",
            upwards="share of clients",
        )


def _together(row: pd.Series) -> str:
    told = clusters_told(row.to_dict())
    if row.get("together", ALONE) == ALONE:
        return f"Intervals take clients {told}: {ALONE_MEANS}"
    return f"Intervals let clients of one {row['together']} leave together ({told})."


_ENDS = {"low": Head("from", SHARE), "high": Head("to", SHARE)}


def _long(rows: Sequence[Row], columns: dict[str, str], unit: str = SHARE) -> pd.DataFrame:
    """One row for each period and column; only F5 has an interval."""
    found = []
    for column, name in columns.items():
        for row in rows:
            ends = (row["f5_low"], row["f5_high"]) if column == "f5_exit" else (None, None)
            found.append((str(row["period"]), name, row[column], *ends))
    table = pd.DataFrame(found, columns=["period", "series", "value", "low", "high"])
    table = table.astype({"value": "float64", "low": "float64", "high": "float64"})
    head = Head("", unit)
    table["told"] = [f"{row.period}, {row.series}: {head.said(row.value)}" for row in table.itertuples()]
    return table


def _or_none(value: object) -> float:
    return -1.0 if value is None else float(str(value))


def _share(value: object) -> str:
    return Head("", SHARE).said(value)


def _count(value: object) -> str:
    return Head("", COUNT).said(value)


def _number(value: object) -> str:
    return Head("", NUMBER).said(value)
