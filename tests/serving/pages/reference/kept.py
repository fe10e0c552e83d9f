"""Scores of the made-up institution, as a weekly run keeps them: who belongs where, and whose complaint is open."""

import json
from collections.abc import Iterable
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from features.drivers import ACTIONS, DRIVERS, Action
from serving import driver_tables
from serving.driver_tables import DriverTables
from serving.effect_tables import EffectTables, effect_tables, keep_effect
from serving.home import Home
from tests.training.effect.reference.lots import MATURES_AFTER, World, drawn
from training.backtests import Backtest


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
    folder.mkdir(parents=True, exist_ok=True)
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


def keep_risks(home: Home, as_of: date, clients: Iterable[str]) -> None:
    """Scores of everybody on the week's lists, the risk falling from the first; without branches and complaints."""
    ids = list(clients)
    keep_scores(home, as_of, dict.fromkeys(ids, ""), {})
    falling_risks(home, as_of, ids)


def falling_risks(home: Home, as_of: date, ids: list[str]) -> None:
    """A risk for each client, falling from the first, beside scores that are there."""
    risks = pd.DataFrame({"client_id": ids, "risk": [0.8 - 0.6 * place / len(ids) for place in range(len(ids))]})
    file = home.scores / as_of.isoformat() / "scores.parquet"
    risks.sort_values("client_id").to_parquet(file, index=False)


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


def keep_drivers(home: Home, as_of: date) -> DriverTables:
    """Drivers of a made-up book of two branches, beside scores that are there: one figure, one segment, one event."""
    drivers = [
        {"code": code, "name": DRIVERS[code].name, "mean": 0.1, "strength": 0.2, "raised": 0.4, "exits": exits}
        | {"low": exits - 5, "high": exits + 5, "share": exits / 200, "cumulative": cumulative}
        for code, exits, cumulative in (("OFF-1", 60.0, 0.7), ("ARR-1", 20.0, 1.0))
    ]
    parts = [
        {"branch": "", "clients": 900, "exits": 200.0, "said": "Two drivers carry most.", "drivers": drivers},
        {"branch": "b1", "clients": 850, "exits": 190.0, "said": "One driver carries most.", "drivers": drivers[:1]},
        {"branch": "b2", "clients": None, "exits": None, "said": "There are too few clients.", "drivers": []},
    ]
    folder = home.scores / as_of.isoformat()
    summary = {"missing": None, "counted": 900, "clients": 900, "parts": parts}
    (folder / "drivers.json").write_text(json.dumps(summary))

    def finding(columns: str, *rows: tuple[object, ...]) -> dict[str, object]:
        return {"said": "So it is.", "columns": columns.split(), "rows": [list(row) for row in rows]}

    tenths = "bin from to clients left rate low high"
    shapes = "feature driver shape trend curve trend_p curve_p lowest_rate highest_rate"
    by_part = "part clients driver mean low high strength raised"
    around = "period from_day to_day exposed others exposed_rate others_rate difference low high p"
    tables = DriverTables(
        as_of,
        date(2023, 12, 31),
        date(2024, 3, 31),
        {"alike": "nobody is alike."},
        {"gender": "gender", "cycle": "how many loans so far"},
        {
            "shapes": finding(
                shapes,
                ("loans_taken", "NEW-1", "falls", -0.3, 0.0, 0.001, 1.0, 0.1, 0.4),
                ("tenure_days", "NEW-1", "flat: no trend was found", 0.0, 0.0, 1.0, 1.0, 0.2, 0.3),
            ),
            "deciles loans_taken": finding(
                tenths,
                ("1", 1, 1, 50, 20, 0.4, 0.28, 0.54),
                ("2", 2, 9, 50, 5, 0.1, 0.04, 0.21),
                ("not known", *[None] * 7),
            ),
            "deciles tenure_days": finding(tenths, ("1", 5, 5, 100, 25, 0.25, 0.18, 0.34)),
            "segments gender": finding(
                by_part,
                ("female", 700, "OFF-1", 0.30, 0.20, 0.40, 0.4, 0.5),
                ("male", 200, "OFF-1", -0.05, -0.15, 0.05, 0.3, 0.4),
                ("female", 700, "ARR-1", 0.02, 0.01, 0.03, 0.1, 0.1),
                ("male", 200, "ARR-1", 0.01, 0.0, 0.02, 0.1, 0.1),
            ),
            "segments cycle": finding(by_part, ("1", None, "OFF-1", *[None] * 5)),
            "change": finding("driver before after change composition weight", ("OFF-1", 0.1, 0.4, 0.3, 0.2, 0.1)),
            "events": finding(
                around,
                ("-2", -182, -91, 100, 200, 0.2, 0.2, 0.0, -0.1, 0.1, 0.9),
                ("-1", -91, 0, None, None, None, None, None, None, None, None),
                ("1", 0, 91, 100, 200, 0.4, 0.2, 0.2, 0.1, 0.3, 0.01),
                ("2", 91, 182, 100, 200, 0.3, 0.2, 0.1, -0.1, 0.3, 0.2),
                ("before", -182, 0, 100, 200, 0.2, 0.2, 0.0, -0.1, 0.1, 0.9),
                ("after", 0, 182, 200, 400, 0.35, 0.2, 0.15, 0.05, 0.25, 0.01),
            ),
        },
    )
    driver_tables.keep_tables(home, tables)
    return tables


#: What a line suggests, and how often to those whom a contact helps and to all others: the first finds them out best.
_SUGGESTED = {Action.EXPEDITE: (0.5, 0.15), Action.RENEWAL_TALK: (0.3, 0.4), Action.VISIT: (0.2, 0.45)}


def suggested(log: pd.DataFrame) -> list[str]:
    """What each line suggests, or would have, in words."""
    rng, words = np.random.default_rng(5), [ACTIONS[action] for action in _SUGGESTED]
    helped, others = (np.array(shares) for shares in zip(*_SUGGESTED.values(), strict=True))
    return [str(rng.choice(words, p=helped if change < 0 else others)) for change in log["by_contact"]]


def keep_trial(home: Home, as_of: date) -> EffectTables:
    """What a made-up lot of a year and a half shows, beside scores that are there."""
    found = trial_of(as_of)
    keep_effect(home, found)
    return found


@cache
def trial_of(as_of: date) -> EffectTables:
    """The tables of that lot."""
    world = World(weeks=80, per_week=80, share=0.2, helped=-0.3, seed=11)
    log = drawn(world)
    band = np.where(log["risk"] > 0.4, "high", np.where(log["risk"] > 0.25, "medium", "low"))
    log = log.assign(band=band, action=suggested(log))
    for column in ("as_of", "settled_on"):
        log[column] = pd.to_datetime(log[column]) + (pd.Timestamp(as_of) - pd.Timestamp(world.last))
    return effect_tables(log, as_of, MATURES_AFTER, (), visit_cost=2.0)


def backtest() -> Backtest:
    """How a made-up model did on two dates; one tenth is too small to be shown."""

    def figure(value: float) -> dict[str, float]:
        return {"value": value, "low": value - 0.02, "high": value + 0.02}

    ways = {"model": 0.9, "scorecard": 0.87, "rule_of_thumb": 0.8}
    dates = tuple(
        {"origin": origin, "clients": 900, "left": 90} | {name: figure(value) for name, value in ways.items()}
        for origin in ("2023-10-01", "2023-12-31")
    )
    shown = {"foretold": 0.1, "came": 0.12, "low": 0.08, "high": 0.17, "clients": 180.0}
    shares = (dict.fromkeys(shown), shown, shown | {"foretold": 0.5, "came": 0.48, "low": 0.41, "high": 0.55})
    worth = {"kept_client": 100.0, "visit": 3.0, "incentive": 0.0, "persuaded_alpha": 6.0, "persuaded_beta": 14.0}
    earned = [
        {"share": share, "model": best, "scorecard": 0.9 * best, "rule_of_thumb": 0.5 * best}
        for share, best in ((0.0, 0.0), (0.25, 2.0), (0.5, 1.5), (1.0, -0.5))
    ]
    best = figure(2.1) | {"low": 1.8, "high": 2.4}
    profit = {"settings": worth, "best": best, "best_share": 0.24, "listed": 0.051, "earned": earned}
    return Backtest(91, dates, shares, {"precision": figure(0.5), "per_officer": 8, "everybody": 0.1}, profit)
