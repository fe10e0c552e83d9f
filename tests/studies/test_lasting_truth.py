"""Kaplan-Meier and Aalen-Johansen of the simulated MFI hold the truth; an exit rate that looks plain does not.

The truth is what became of everybody: a run of the same MFI many times as large, followed until the last client of the
cohort has been watched for as long as is asked, read from its loans by a few lines of pandas that share nothing with
the measures. The samples are small MFIs seen while most of the cohort is still there: clients joined all through a
year, some rest on the day of the book, ends are entered late, and some of what happened is not in the book at all.
"""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings, simulate
from features.exit import ExitDefinition
from features.intervals import wilson
from features.measures.cohorts import WAYS, came_between
from features.measures.episodes import keep_episodes
from tests.studies import results

pytestmark = [pytest.mark.study, pytest.mark.timeout(7200)]

SEEDS, HELD, TRUE_CLIENTS = 100, 93, 600_000
DAYS = (182, 273, 365, 500)
GRACE = 90
SAMPLE = SimulationSettings(clients=6_000, weeks=104, seed=0, truth_every_weeks=104, end_on=date(2024, 12, 29))
#: The same without what makes clients of a group, an officer or a branch leave together: for the intervals of
#: Kaplan-Meier and Aalen-Johansen each client leaves by herself.
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


def truth(folder: Path) -> pd.DataFrame:
    """Share of the cohort, by curve and day, when everybody was watched."""
    people = fates(folder)
    days = (people["gone"] - people["came"]).dt.days
    forced = people["written_off"] | people["told"].isin(["PUSH_MFI", "PUSH_GRP", "WO"])
    no_exit = ~forced & people["told"].isin(["DIED", "XFER", "MERGE"])
    of_way = {"choice": ~forced & ~no_exit, "forced": forced, "no_exit": no_exit}
    rows = {"still_there": [(days > day).mean() for day in DAYS]}
    rows |= {way: [((days <= day) & chosen).mean() for day in DAYS] for way, chosen in of_way.items()}
    return pd.DataFrame(rows, index=pd.Index(DAYS, name="days")).assign(clients=len(people))


def estimate(folder: Path, as_of: date) -> tuple[pd.DataFrame, dict[str, float]]:
    """Curves with their intervals by curve and day, and what a plain count would have said."""
    book, definition = open_book(folder), ExitDefinition(grace_days=GRACE)
    group = came_between(book, as_of, definition, *COHORT)
    with book.known(as_of) as known:
        keep_episodes(known, definition)
        rests = known.frame("SELECT count(*) AS n FROM episodes WHERE rests")["n"].iloc[0]
        late = known.frame("SELECT count(*) AS n FROM loans WHERE closed_known_on > closed_on")["n"].iloc[0]
    frames = [curve.at(DAYS).assign(curve=name) for name, curve in group.curves(DAYS[-1]).items()]
    gone, clients = group.gone_by(DAYS[-1])
    low, high = wilson(gone, clients)
    counts = {"low": low, "high": high, "rate": gone / clients, "clients": clients, "resting": int(rests)}
    censored = float(((group.spells.event == 0) & (group.spells.until < DAYS[-1])).mean())
    return pd.concat(frames).set_index("curve", append=True), {**counts, "late": int(late), "censored": censored}


def study(folder: Path, sample: SimulationSettings) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The truth, for each curve and day in how many seeds the interval held it, and the plain counts by seed."""
    longer, weeks = sample.end_on + timedelta(weeks=LONGER_WEEKS), sample.weeks + LONGER_WEEKS
    large = replace(sample, clients=TRUE_CLIENTS, weeks=weeks, end_on=longer, seed=10_000, truth_every_weeks=weeks)
    simulate(folder / "large", large)
    known = truth(folder / "large")
    held = pd.DataFrame(0, index=known.index, columns=list(CURVES))
    plain = []
    for seed in range(SEEDS):
        simulate(folder / "sample", replace(sample, seed=seed))
        found, counted = estimate(folder / "sample", sample.end_on)
        for day in DAYS:
            for name in CURVES:
                low, high = found.loc[(day, name), ["low", "high"]]
                held.loc[day, name] += int(low <= known.loc[day, name] <= high)
        left = 1 - known.loc[DAYS[-1], "still_there"]
        plain.append({**counted, "held": counted["low"] <= left <= counted["high"]})
    return known, held, pd.DataFrame(plain)


@pytest.mark.parametrize(
    ("section", "title", "sample", "at_least"),
    [
        ("lasting", "How long clients last, beside the truth", ALONE, HELD),
        # Clients of a group, an officer or a branch leave together, which these intervals do not know of: they are a
        # little too narrow then. The figures are shown; the mean is held to a lower bound.
        ("lasting-together", "The same where clients leave together", SAMPLE, None),
    ],
)
def test_the_curves_hold_the_truth_and_a_plain_rate_does_not(
    tmp_path: Path, section: str, title: str, sample: SimulationSettings, at_least: int | None
) -> None:
    known, held, plain = study(tmp_path, sample)
    rows = [
        [f"{day} days", name.replace("_", " "), f"{known.loc[day, name]:.4f}", f"{held.loc[day, name]} of {SEEDS}"]
        for day in DAYS
        for name in CURVES
    ]
    means = plain.mean()
    body = [
        f"`make studies`: {SEEDS} MFIs of {sample.clients:,} clients and {sample.weeks} weeks, and the truth from one "
        f"of {TRUE_CLIENTS:,} that was followed {LONGER_WEEKS} weeks longer "
        f"({known['clients'].iloc[0]:,} clients in its cohort). "
        f"On average {means['clients']:.0f} clients in a cohort, {means['censored']:.0%} of them censored before day "
        f"{DAYS[-1]}, {means['resting']:.0f} clients resting on the day of the book and {means['late']:.0f} ends "
        "entered late.",
        results.table(["after", "curve", "truth", "inside the 95 % interval"], rows),
        f"A plain count beside it, clients known to have left within {DAYS[-1]} days / clients of the cohort: "
        f"{means['rate']:.4f} on average where the truth is {1 - known.loc[DAYS[-1], 'still_there']:.4f}; its 95 % "
        f"interval holds the truth in {int(plain['held'].sum())} of {SEEDS}.",
    ]
    results.write(section, title, "\n\n".join(body))

    if at_least is None:
        assert held.to_numpy().mean() >= 0.9 * SEEDS, held.to_string()
    else:
        # On a single day 92 or fewer come up by chance in one of eight runs of an interval that is right.
        assert (held.mean() >= at_least).all(), held.to_string()
        assert (held >= 0.9 * SEEDS).to_numpy().all(), held.to_string()
    assert plain["held"].sum() < SEEDS / 2
    assert means["censored"] > 0.2
    assert means["resting"] > 0
    assert means["late"] > 0
