"""Measures of exit by the SQL, and a part of them in pandas, from the same files."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

GRACE = 90


def measured_in_sql(folder: str, as_of: str) -> dict[str, Any]:
    """All measures: every period, every segment, curves and suppression, from opening the files."""
    from features.connectors.folder import open_book
    from features.exit import ExitDefinition
    from features.measures.published import measure

    began, worked = time.perf_counter(), time.process_time()
    book = open_book(Path(folder))
    found = measure(book, date.fromisoformat(as_of), ExitDefinition(grace_days=GRACE))
    months = found.everybody[(found.everybody["by"] == "month") & (found.everybody["maturity"] == "final")]
    counts = {str(row["period"]): [row["deciders"], row["gone"]] for row in months.to_dict("records")}
    return {**_spent(began, worked), "rows": len(found.everybody) + len(found.segments), "counts": counts}


def measured_in_pandas(folder: str, as_of: str) -> dict[str, Any]:
    """F5 alone, of everybody and by area, month by month: no other segment, formula, curve or suppression."""
    began, worked = time.perf_counter(), time.process_time()
    day = pd.Timestamp(as_of)
    asked = ["client_id", "loan_id", "disbursed_on", "closed_on", "closed_how", "known_on", "closed_known_on"]
    loans = pd.read_parquet(Path(folder) / "loans.parquet", columns=asked)
    for column in ("disbursed_on", "closed_on", "known_on", "closed_known_on"):
        loans[column] = pd.to_datetime(loans[column])
    loans = loans[(loans["known_on"].fillna(loans["disbursed_on"]) <= day) & (loans["closed_how"] != "cancelled")]
    told = (loans["closed_known_on"].fillna(loans["closed_on"]) <= day) & (loans["closed_on"] <= day)
    far = pd.Timestamp("2200-01-01")
    loans["end"], loans["lost"] = loans["closed_on"].where(told, far), told & (loans["closed_how"] == "written_off")
    loans = loans.sort_values(["client_id", "disbursed_on", "loan_id"], ignore_index=True)
    covered = loans.groupby("client_id", sort=False)["end"].cummax().groupby(loans["client_id"], sort=False).shift()
    loans["spell"] = (covered.isna() | (loans["disbursed_on"] > covered)).cumsum()
    spells = loans.groupby("spell", sort=False).agg(
        client_id=("client_id", "first"), began=("disbursed_on", "min"), end=("end", "max")
    )
    last = loans[loans["end"] == loans["spell"].map(spells["end"])]
    spells["lost"] = last.groupby("spell", sort=False)["lost"].max()
    spells["back"] = spells["began"].groupby(spells["client_id"], sort=False).shift(-1)
    ends = spells[(spells["end"] < far) & ~spells["lost"].astype(bool)]
    renewed = (ends["back"] - ends["end"]).dt.days <= GRACE
    ends = ends.assign(renewed=renewed, over=ends["end"] + pd.Timedelta(days=GRACE) < day)
    ends = ends[ends["renewed"] | ends["over"]]
    departures = pd.read_parquet(Path(folder) / "departures.parquet")
    near = ends.reset_index().merge(departures[departures["leaver_type"] != "REST"], on="client_id")
    near = near[((pd.to_datetime(near["left_on"]) - near["end"]).dt.days.abs() <= GRACE) & ~near["renewed"]]
    told_how = near.groupby("spell")["leaver_type"].max()
    ends = ends.drop(index=told_how.index[told_how.isin(["DIED", "XFER", "MERGE"])])
    area = pd.read_parquet(Path(folder) / "clients.parquet", columns=["client_id", "area"])
    ends = ends.merge(area, on="client_id", how="left")
    month = ends["end"].dt.strftime("%Y-%m")
    whole = ends.groupby(month)["renewed"].agg(["size", "sum"])
    cut = ends.groupby([month, "area"])["renewed"].agg(["size", "sum"])
    counts = {str(name): [int(n), int(n - r)] for name, n, r in whole.itertuples()}
    return {**_spent(began, worked), "rows": len(whole) + len(cut), "counts": counts}


def agreed(ours: dict[str, Any], theirs: dict[str, Any]) -> int:
    """Number of months in which both count the same deciders and exits.

    Raises
    ------
    AssertionError
        They differ in one.
    """
    wrong = {
        month: (counts, theirs["counts"].get(month))
        for month, counts in ours["counts"].items()
        if not np.isnan(counts).any() and list(map(int, counts)) != theirs["counts"].get(month)
    }
    assert not wrong, wrong
    return len(ours["counts"])


def _spent(began: float, worked: float) -> dict[str, float]:
    return {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - worked}
