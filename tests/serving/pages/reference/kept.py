"""Scores of the made-up institution, as a weekly run keeps them: who belongs where, and whose complaint is open."""

import json
from datetime import date

import pandas as pd

from serving.home import Home


def keep_scores(
    home: Home,
    as_of: date,
    people: dict[str, str],
    complaints: dict[str, tuple[float, float]],
    about_staff: set[str] | None = None,
) -> None:
    """Write what the pages read of a week's scores.

    Parameters
    ----------
    people
        client_id to branch_id.
    complaints
        client_id to days for which a complaint has been open, and complaints about staff within a year.
    about_staff
        Whose open complaint is about staff; None leaves it out, as older versions did.
    """
    folder = home.scores / as_of.isoformat()
    folder.mkdir(parents=True)
    ids = sorted(people)
    there = pd.DataFrame({"client_id": ids, "officer_id": "o1", "branch_id": [people[each] for each in ids]})
    if about_staff is not None:
        there["complaint_about_staff"] = [each in about_staff for each in ids]
    there.to_parquet(folder / "people.parquet")
    pd.DataFrame(
        {
            "client_id": ids,
            "complaints_open": [1.0 if each in complaints else 0.0 for each in ids],
            "complaint_open_days": [complaints.get(each, (float("nan"), 0.0))[0] for each in ids],
            "complaints_about_staff_365d": [complaints.get(each, (0.0, 0.0))[1] for each in ids],
        }
    ).to_parquet(folder / "features.parquet")
    context = {"as_of": as_of.isoformat(), "model_version": "m", "book_digest": "b", "clients": len(ids)}
    (folder / "context.json").write_text(json.dumps(context))


def keep_measures(home: Home) -> None:
    """Measures of a made-up year, as a weekly run leaves them; what is hidden or not final is None."""
    shown = {"f5_exit": 0.3, "f5_low": 0.25, "f5_high": 0.35, "f1_dropout": 0.04, "f2_dropout": 0.05, "f3_renewal": 0.7}
    shown |= {"repeat_borrowing": 0.6, "begin": 1000, "came": 90, "out": 80, "end": 1010, "warning": ""}
    none = dict.fromkeys(shown)
    periods = [("month", "2024-01", shown), ("month", "2024-02", none), ("quarter", "2024-Q1", shown)]
    periods.append(("year", "2023", shown))
    differences = [
        {"segment": "area", "title": "area", "value": value, "period": "2023", "deciders": 500, "exit": rate}
        | {"rest": 0.5 - rate, "difference": 2 * rate - 0.5, "low": 2 * rate - 0.55, "high": 2 * rate - 0.45, "p": p}
        for value, rate, p in (("rural", 0.3, 0.01), ("urban", 0.2, 0.01))
    ]
    lasting = [
        {
            "cohort": "all clients",
            "curve": curve,
            "days": days,
            "value": value,
            "low": value,
            "high": value,
            "clients": 900,
            "together": "officer",
            "clusters": 9,
            "alone": 0.0,
        }
        for curve, days, value in (("still_there", 91, 0.9), ("still_there", 365, 0.5), ("choice", 365, 0.4))
    ]
    ways = {"by": "year", "period": "2023", "maturity": "final"}
    content = {
        "as_of": "2024-06-30",
        "grace_days": 90,
        "settled": "2024-05-01",
        "everybody": [{"by": by, "period": period, **figures} for by, period, figures in periods],
        "segments": [],
        "leaver_types": [ways | {"value": "VOL", "out": 70}, ways | {"value": "WO", "out": None}],
        "breaks": [],
        "survival": lasting,
        "differences": differences,
    }
    home.measures.mkdir(parents=True, exist_ok=True)
    (home.measures / "2024-06-30.json").write_text(json.dumps(content), encoding="utf-8")
