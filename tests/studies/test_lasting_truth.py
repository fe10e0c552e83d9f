"""Kaplan-Meier and Aalen-Johansen of the simulated MFI hold the truth; an exit rate that looks plain does not.

The truth is what becomes of clients of such an MFI on average over its branches, officers and groups, in these very
months: seasons are those of the calendar, in the samples as in the truth, while officers who leave and groups in
trouble are drawn anew in each. It is read from MFIs a hundred times as large, 300 branches in all, followed until the
last client of the cohort has been watched for as long as is asked, by a few lines of pandas that share nothing with the
measures. What it varies by itself is written beside it. The samples are small MFIs seen while most of the cohort is
still there: clients joined all through a year, some rest on the day of the book, ends are entered late, and some of
what happened is not in the book at all.
"""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings, simulate
from features.exit import ExitDefinition
from features.intervals import wilson
from features.measures.clustered import Clusters
from features.measures.cohorts import WAYS, came_between
from features.measures.episodes import keep_episodes
from tests.studies import results

pytestmark = [pytest.mark.study, pytest.mark.timeout(7200)]

SEEDS, HELD = 100, 93
TRUE_MFIS, TRUE_CLIENTS = 2, 600_000
DAYS = (182, 273, 365, 500)
GRACE = 90
SAMPLE = SimulationSettings(clients=6_000, weeks=104, seed=0, truth_every_weeks=104, end_on=date(2024, 12, 29))
#: The same without what makes clients of a group, an officer or a branch leave together.
ALONE = replace(
    SAMPLE,
    base_hazard=0.1,
    drivers={"GRP-1": 0.0, "GRP-2": 0.0, "OFF-1": 0.0, "OFF-2": 0.0, "WAIT-1": 0.0, "SEA-1": 0.0},
)
#: So long that the last who joined in the first year has been watched for `DAYS[-1]`, and the rest of what is late.
LONGER_WEEKS = 44
FIRST = SAMPLE.end_on - timedelta(weeks=SAMPLE.weeks) + timedelta(days=1)
#: The cohort: joined from the second quarter of the window on, for a year in all.
COHORT = (FIRST + timedelta(days=91), FIRST + timedelta(days=363))
CURVES = ("still_there", *WAYS)


def fates(folder: Path) -> pd.DataFrame:
    """First loan, end of the first run of loans without a gap above the grace, and how it ended; by client."""
    loans = pd.read_parquet(folder / "loans.parquet")
    loans = loans[loans["closed_how"] != "cancelled"]
    for column in ("disbursed_on", "closed_on"):
        loans[column] = pd.to_datetime(loans[column])
    far = pd.Timestamp("2200-01-01")
    loans = loans.assign(end=loans["closed_on"].fillna(far)).sort_values(["client_id", "disbursed_on", "loan_id"])
    so_far = loans.groupby("client_id")["end"].cummax().groupby(loans["client_id"]).shift()
    gap = (loans["disbursed_on"] - so_far).dt.days > GRACE
    loans = loans[gap.groupby(loans["client_id"]).cumsum() == 0]
    last = loans.sort_values(["client_id", "end"]).groupby("client_id").tail(1).set_index("client_id")
    people = pd.DataFrame({"came": loans.groupby("client_id")["disbursed_on"].min(), "gone": last["end"]})
    people["written_off"] = last["closed_how"] == "written_off"
    joined = pd.read_parquet(folder / "clients.parquet").set_index("client_id")["joined_on"]
    people = people[pd.to_datetime(joined).reindex(people.index) >= loans["closed_on"].min()]
    told = pd.read_parquet(folder / "departures.parquet")
    told = told[told["leaver_type"] != "REST"].join(people["gone"], on="client_id", how="inner")
    near = (pd.to_datetime(told["left_on"]) - told["gone"]).dt.days.abs() <= GRACE
    people["told"] = told[near].groupby("client_id")["leaver_type"].max().reindex(people.index).fillna("")
    return people[people["came"].between(*map(pd.Timestamp, COHORT))]


def truth(people: pd.DataFrame) -> pd.Series:
    """Share of the cohort by day and curve, when everybody was watched."""
    days = (people["gone"] - people["came"]).dt.days
    forced = people["written_off"] | people["told"].isin(["PUSH_MFI", "PUSH_GRP", "WO"])
    no_exit = ~forced & people["told"].isin(["DIED", "XFER", "MERGE"])
    of_way = {"choice": ~forced & ~no_exit, "forced": forced, "no_exit": no_exit}
    shares = {(day, "still_there"): (days > day).mean() for day in DAYS}
    shares |= {(day, way): ((days <= day) & of_way[way]).mean() for day in DAYS for way in WAYS}
    return pd.Series(shares, name="truth").rename_axis(["days", "curve"]).sort_index()


def known_truth(folder: Path, sample: SimulationSettings) -> tuple[pd.Series, pd.Series, int]:
    """The truth, its standard error (of the mean of its branches), and how many clients it is read from."""
    longer, weeks = sample.end_on + timedelta(weeks=LONGER_WEEKS), sample.weeks + LONGER_WEEKS
    large = replace(sample, clients=TRUE_CLIENTS, weeks=weeks, end_on=longer, truth_every_weeks=weeks)
    parts = []
    for number in range(TRUE_MFIS):
        simulate(folder, replace(large, seed=10_000 + number))
        branches = pd.read_parquet(folder / "clients.parquet").set_index("client_id")["branch_id"]
        parts.append(fates(folder).assign(mfi=number).join(branches))
    people = pd.concat(parts)
    known = truth(people)
    off = [len(part) * (truth(part) - known) for _, part in people.groupby(["mfi", "branch_id"])]
    return known, (sum(each**2 for each in off) / len(people) ** 2) ** 0.5, len(people)


def estimate(folder: Path, as_of: date) -> tuple[pd.DataFrame, dict[str, float]]:
    """Curves with their intervals and those of clients each by herself, and what a plain count would have said."""
    book, definition = open_book(folder), ExitDefinition(grace_days=GRACE)
    group = came_between(book, as_of, definition, *COHORT)
    with book.known(as_of) as known:
        keep_episodes(known, definition)
        rests = known.frame("SELECT count(*) AS n FROM episodes WHERE rests")["n"].iloc[0]
        late = known.frame("SELECT count(*) AS n FROM loans WHERE closed_known_on > closed_on")["n"].iloc[0]
    clients = len(group.spells.until)
    alone = replace(group, clusters=Clusters.each_alone(clients)).curves(DAYS)
    frames = [
        curve.join(alone[name][["low", "high"]].add_suffix("_alone")).assign(curve=name)
        for name, curve in group.curves(DAYS).items()
    ]
    gone, clients = group.gone_by(DAYS[-1])
    low, high = wilson(gone, clients)
    censored = float(((group.spells.event == 0) & (group.spells.until < DAYS[-1])).mean())
    counts = {"low": low, "high": high, "rate": gone / clients, "clients": clients, "resting": int(rests)}
    counts |= {"late": int(late), "censored": censored, "officers": group.clusters.as_equal}
    assert group.clusters.level == "officer"
    return pd.concat(frames).set_index("curve", append=True), counts


def study(folder: Path, sample: SimulationSettings) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """By day and curve: truth, its error, mean of the estimates, seeds in which each interval held it; the plain counts
    by seed; clients the truth is read from.
    """
    known, error, people = known_truth(folder / "large", sample)
    found, plain = [], []
    for seed in range(SEEDS):
        simulate(folder / "sample", replace(sample, seed=seed))
        curves, counts = estimate(folder / "sample", sample.end_on)
        found.append(curves)
        left = 1 - known[DAYS[-1], "still_there"]
        plain.append({**counts, "held": counts["low"] <= left <= counts["high"]})
    every = pd.concat(found).join(known)
    every["held"] = every["truth"].between(every["low"], every["high"])
    every["held_alone"] = every["truth"].between(every["low_alone"], every["high_alone"])
    every["wider"] = (every["high"] - every["low"]) / (every["high_alone"] - every["low_alone"])
    by_cell = every.groupby(level=["days", "curve"])
    cells = by_cell[["truth", "value", "wider"]].mean().join(by_cell[["held", "held_alone"]].sum())
    return cells.join(error.rename("error")), pd.DataFrame(plain), people


@pytest.mark.parametrize(
    ("section", "title", "sample"),
    [
        ("lasting", "How long clients last, beside the truth", ALONE),
        ("lasting-together", "The same where clients leave together", SAMPLE),
    ],
)
def test_the_curves_hold_the_truth_and_a_plain_rate_does_not(
    tmp_path: Path, section: str, title: str, sample: SimulationSettings
) -> None:
    cells, plain, people = study(tmp_path, sample)
    rows = []
    for day, name in itertools.product(DAYS, CURVES):
        cell = cells.loc[(day, name)]
        true = f"{cell['truth']:.4f} ({cell['error']:.4f})"
        held = [f"{cell[which]:.0f} of {SEEDS}" for which in ("held", "held_alone")]
        rows.append([f"{day} days", name.replace("_", " "), true, f"{cell['value']:.4f}", *held])
    means = plain.mean()
    body = [
        f"`make studies`: {SEEDS} MFIs of {sample.clients:,} clients and {sample.weeks} weeks, and the truth from "
        f"{TRUE_MFIS} of {TRUE_CLIENTS:,} that were followed {LONGER_WEEKS} weeks longer "
        f"({people:,} clients in their cohorts; the truth's own standard error stands in brackets). "
        f"On average {means['clients']:.0f} clients in a cohort, {means['censored']:.0%} of them censored before day "
        f"{DAYS[-1]}, {means['resting']:.0f} clients resting on the day of the book and {means['late']:.0f} ends "
        f"entered late. Clients of one officer may leave together; the officers tell as much as "
        f"{means['officers']:.1f} of one size would.",
        results.table(
            ["after", "curve", "truth", "mean estimate", "inside the 95 % interval", "if each is taken to leave alone"],
            rows,
        ),
        f"On average over curves and days {cells['held'].mean():.1f} of {SEEDS} and, if each is taken to leave alone, "
        f"{cells['held_alone'].mean():.1f}; intervals are {cells['wider'].mean() - 1:.0%} wider than those.",
        f"A plain count beside it, clients known to have left within {DAYS[-1]} days / clients of the cohort: "
        f"{means['rate']:.4f} on average where the truth is {1 - cells.loc[(DAYS[-1], 'still_there'), 'truth']:.4f}; "
        f"its 95 % interval holds the truth in {int(plain['held'].sum())} of {SEEDS}.",
    ]
    results.write(section, title, "\n\n".join(body))

    assert (cells["held"] >= HELD).all(), cells.to_string()
    assert plain["held"].sum() < SEEDS / 2
    assert means["censored"] > 0.2
    assert means["resting"] > 0
    assert means["late"] > 0
