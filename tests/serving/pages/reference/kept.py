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
