"""Charts of what measures do themselves: how far formulas lie apart, what a grace period and censoring change."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import pandas as pd

from features.intervals import wilson
from features.measures.cohorts import Cohort
from features.measures.identical_clients import MONTHS
from features.measures.returning import GRACE_DAYS, proposed_grace, return_curve, sensitivity
from features.measures.suppression import SMALLEST_SHOWN
from serving.charts.chart import COUNT, SHARE, Chart, Head
from serving.charts.curves import along, by_day
from serving.charts.points import in_order

FORMULAS: Mapping[str, str] = {
    "f1": "F1, head counts",
    "f2": "1 - F2, on opening clients",
    "per_mean": "exits per mean active client",
    "cohort": "what a cohort truly loses",
    "f5": "F5, exits per decision",
}


def of_growth(apart: pd.DataFrame) -> Chart:
    """The formulas on identical behaviour, by how fast an institution grows.

    Parameters
    ----------
    apart
        Of one term, as `features.measures.identical_clients.apart` gives it.
    """
    least, most = apart.iloc[0], apart.iloc[-1]
    return _of_apart(
        "growth",
        "The same behaviour, more or less growth",
        f"Everywhere {_share(least['f5'])} leave at the end of a loan, and a cohort loses {_share(least['cohort'])} "
        f"in a year. From {least['growth']:+.0%} to {most['growth']:+.0%} growth F1 goes from {_share(least['f1'])} to "
        f"{_share(most['f1'])} and 1 - F2 from {_share(least['f2'])} to {_share(most['f2'])}. F5 stays where it is.",
        apart.assign(at=apart["growth"]),
        Head("Growth in a year", SHARE),
        "growth of clients in a year",
        "+%",
    )


def of_terms(apart: pd.DataFrame) -> Chart:
    """The formulas on identical behaviour, by how long loans last. Parameters as in `of_growth`, of one intake."""
    least, most = apart.iloc[0], apart.iloc[-1]
    return _of_apart(
        "terms",
        "The same behaviour, shorter or longer loans",
        f"With loans of {least['term']:.0f} months F1 is {_share(least['f1'])}, of {most['term']:.0f} months "
        f"{_share(most['f1'])}; F5 is {_share(least['f5'])} in both. Who decides more often leaves sooner.",
        apart.assign(at=apart["term"]),
        Head("Months of a loan", COUNT),
        "months a loan lasts",
        ".0f",
    )


def _of_apart(name: str, title: str, said: str, rows: pd.DataFrame, place: Head, across: str, at: str) -> Chart:
    table = rows.melt(["at"], list(FORMULAS), var_name="formula", value_name="value")
    table = table.assign(series=table["formula"].map(FORMULAS)).drop(columns="formula")
    table["told"] = [f"{row.series} at {place.said(row.at)}: {_share(row.value)}" for row in table.itertuples()]
    return along(
        name,
        title,
        said,
        table,
        {"series": Head("Formula"), "at": place, "value": Head("Figure", SHARE)},
        series=list(FORMULAS.values()),
        across=across,
        upwards=f"share, of {MONTHS} months (F5: of a decision)",
        at=at,
    )


def of_returns(points: pd.DataFrame, as_of: date, longest: int, graces: Sequence[int] = GRACE_DAYS) -> Iterator[Chart]:
    """When clients come back, the grace period that suits them, and what the exit rate would be with another.

    Parameters
    ----------
    points
        As `features.measures.returning.decision_points` gives them.
    longest
        Days up to which the curve is drawn.
    graces
        Grace periods to compare, in days.
    """
    curve = return_curve(points, as_of, longest)
    grace = proposed_grace(curve)
    days = sorted({0, *range(7, longest, 7), grace, longest})
    table = pd.DataFrame({"days": days, "series": "back with a new loan", "value": curve.loc[days].to_numpy()})
    table = table.assign(low=table["value"], high=table["value"])
    table["told"] = [f"after {row.days} days {_share(row.value)} are back" for row in table.itertuples()]
    yield by_day(
        "returns",
        "When clients come back",
        f"{_share(curve.loc[grace])} are back within {grace} days and {_share(curve.iloc[-1])} within {longest}: fewer "
        f"than 5 % of those who come back at all come later than {grace} days, which is the grace period proposed.",
        table,
        {"days": Head("Days since the loan ended", COUNT), "value": Head("Back", SHARE)},
        series=["back with a new loan"],
        across="days since the last loan ended",
        upwards="share of clients back",
        marked=grace,
    )
    yield _of_graces(sensitivity(points, as_of, tuple(graces)))


def _of_graces(rates: pd.DataFrame) -> Chart:
    rows = []
    for grace, row in rates.iterrows():
        deciders, left, back = (int(row[name]) for name in ("deciders", "left", "back_later"))
        few = min(left, deciders - left) < SMALLEST_SHOWN
        low, high = (None, None) if few else wilson(left, deciders)
        rows.append(
            {
                "label": str(grace),
                "deciders": None if few else deciders,
                "left": None if few else left,
                "value": None if few else row["exit_rate"],
                "low": low,
                "high": high,
                "back": None if few or min(back, left - back) < SMALLEST_SHOWN else back,
            }
        )
    table = pd.DataFrame(rows).astype(dict.fromkeys(("deciders", "left", "value", "low", "high", "back"), "float64"))
    table["told"] = [f"{row.label} days: {_share(row.value)}" for row in table.itertuples()]
    known = table.dropna(subset=["value"])
    said = "Too few had to decide to show a rate."
    if len(known):
        first, last = known.iloc[0], known.iloc[-1]
        said = (
            f"With {first['label']} days of grace {_share(first['value'])} count as left, with {last['label']} days "
            f"{_share(last['value'])}. The lines are 95 % intervals; of recent decisions a long grace is not over yet."
        )
    return in_order(
        "graces",
        "The exit rate under other grace periods",
        said,
        table,
        {
            "label": Head("Grace period, days"),
            "deciders": Head("Decisions", COUNT),
            "left": Head("Left", COUNT),
            "value": Head("Exits per decision", SHARE),
            "low": Head("from", SHARE),
            "high": Head("to", SHARE),
            "back": Head("Of those left, back later", COUNT),
        },
        across="grace period in days",
        upwards="exits per decision",
    )


def of_plain_count(group: Cohort, followed: Cohort, days: Sequence[int]) -> Chart:
    """What the curve says of a cohort, beside a plain count of who has left so far, and what became of the like.

    Parameters
    ----------
    group
        Clients some of whom have not been watched for so long.
    followed
        Clients of the same kind, all of whom were watched for at least so long: of them a plain count is the truth.
    """
    names = ("Kaplan-Meier", "plain count so far", "truth, when all were watched")
    curve = group.curves(days)["still_there"]
    rows: list[dict[str, object]] = [
        {"days": 0, "series": name, "value": 0.0, "low": 0.0, "high": 0.0} for name in names
    ]
    for day in days:
        estimate = curve.loc[day]
        ends = 1 - estimate["high"], 1 - estimate["low"]
        rows.append({"days": day, "series": names[0], "value": 1 - estimate["value"], "low": ends[0], "high": ends[1]})
        for name, (gone, clients) in ((names[1], group.gone_by(day)), (names[2], followed.gone_by(day))):
            low, high = wilson(gone, clients)
            rows.append({"days": day, "series": name, "value": gone / clients, "low": low, "high": high})
    table = pd.DataFrame(rows)
    table["told"] = [f"{row.series}, {row.days} days: {_share(row.value)}" for row in table.itertuples()]
    last = table[table["days"] == max(days)].set_index("series")["value"]
    return by_day(
        "plain-count",
        "Who has left by each day: the curve beside a plain count",
        f"Clients who {group.label}: after {max(days)} days {_share(last[names[2]])} of such have truly left. The "
        f"curve says {_share(last[names[0]])}; a plain count says {_share(last[names[1]])}, for it takes everybody "
        "who has not been watched so long for somebody who stayed.",
        table,
        {
            "days": Head("Days since the first loan", COUNT),
            "series": Head("By"),
            "value": Head("Left", SHARE),
            "low": Head("from", SHARE),
            "high": Head("to", SHARE),
        },
        series=names,
        across="days since the first loan",
        upwards="share of clients gone",
    )


def _share(value: object) -> str:
    return Head("", SHARE).said(value)
