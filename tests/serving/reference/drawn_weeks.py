"""Weeks drawn from a seed: clients in every state a rule looks at, an MFI's settings, holds, last week's lines."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from serving.experiment.drawing import Experiment
from serving.experiment.halting import Halted
from serving.experiment.lot import Arm, Lot
from serving.holds import OWN_WISH, Held, Hold, Reach
from serving.protections import Protection, advise
from serving.rules import Choice
from serving.score import BANDS, Scores
from serving.settings import Settings

AS_OF = date(2024, 6, 30)
DAY = timedelta(days=1)
BRANCHES = ("b1", "b2", "b3")
OFFICERS = {"o1": "b1", "o2": "b2", "o3": "b3"}
VILLAGES = ("Dry River", "dry  river.", "Mill Lane", None)
HOURS = (None, None, "", "08:00", "10:30", "16:00", "19:00", "noon")
DRIVERS = ("RNW-1", "OVD-1", "ARR-1", "SEA-1", "AMT-1", "CMP-1", "NEW-1", "OFF-3", "CHN-1", "RST-1")

Client = dict[str, Any]


@dataclass(frozen=True)
class DrawnWeek:
    """Plain facts, from which `frames` makes what the rules read; a checker reads the facts."""

    clients: list[Client]
    settings: Settings
    holds: list[Held]
    last_week: list[dict[str, Any]]
    lot: Lot | None
    arms: dict[str, Arm]
    taken: dict[str, int]
    seen: dict[str, str]
    #: By client what a contact changes in her chance to stay, where that is measured; nothing where it is not.
    helped: dict[str, float]
    stopped: frozenset[str] = frozenset()

    def frames(self) -> dict[str, Any]:
        """Arguments of `serving.rules.choose`."""
        # Rules must not lean on the order in which anything arrives: people and contacts come backwards.
        backwards, ids = self.clients[::-1], [client["client_id"] for client in self.clients]
        people = pd.DataFrame(_columns(backwards, _PEOPLE), index=ids[::-1])
        stands = pd.DataFrame(_columns(backwards, _STANDS), index=ids[::-1])
        table = pd.DataFrame({"client_id": ids, **_columns(self.clients, ("band", "margin", "risk"))})
        population = pd.DataFrame({"client_id": ids, **_columns(self.clients, ("state", "rests_since"))})
        nothing: Any = SimpleNamespace()
        snapshot: Any = SimpleNamespace(population=population)
        return {
            "scores": Scores(AS_OF, "m", table, snapshot, nothing, pd.Series(self.helped) if self.helped else None),
            "people": people,
            "stands": stands,
            "settings": self.settings,
            "held": [held for held in self.holds if held.holds_on(AS_OF)],
            "last_week": pd.DataFrame(self.last_week, columns=["client_id", "owner", "answered", "weeks"]),
            "experiment": None
            if self.lot is None
            else Experiment(self.lot, self.arms, self.taken, lambda ids: self.needy.intersection(ids)),
            "seen": self.seen,
            "halted": Halted(self.stopped, lambda ids: self.needy.intersection(ids)),
        }

    @property
    def needy(self) -> set[str]:
        """Who is in arrears or over-indebted."""
        return {
            client["client_id"]
            for client in self.clients
            if client["days_late"] > 0 or client["open_loans"] >= 3 or client["written_off"]
        }


_PEOPLE = (
    *("officer_id", "officer_serves", "list_branch_id", "branch_id", "group_id", "household_id", "village"),
    *("phone_ok", "contact_opt_out", "meeting_weekday", "hours_from", "hours_until", "safe_to_call"),
)
_DATES = ("rests_since", "complaint_since")
_DTYPES = {
    "margin": "float64",
    "risk": "float64",
    "failed_tries": "int64",
    **dict.fromkeys(("cooling", "gone", "about_staff"), "bool"),
}
_STANDS = ("cooling", "asked_enough", "gone", "complaint_since", "about_staff", "failed_tries")


def _columns(clients: list[Client], names: tuple[str, ...]) -> dict[str, Any]:
    columns = {name: [client[name] for client in clients] for name in names}
    return {
        name: np.array(values, dtype="datetime64[us]" if name in _DATES else _DTYPES.get(name, object))
        for name, values in columns.items()
    }


def draw(seed: int, clients: int) -> DrawnWeek:
    """A week; the same seed and number of clients give the same week."""
    dice = random.Random(f"{seed}-{clients}")
    # In some weeks nearly everybody is free, in others nearly nobody: rules meet in the first, hide others in the last.
    share = dice.choice((0.01, 0.03, 0.1, 0.3))
    people = [_client(dice, f"c{number:02d}", share) for number in range(clients)]
    ids = [client["client_id"] for client in people]
    tried = dice.random() < 0.4
    settings = _settings(dice)
    kind = settings.unit_of_lot
    measured = random.Random(f"{seed}-{clients}-helped")
    measures = settings.rank_by == "benefit" and measured.random() < 0.3
    units = [f"client:{client}" for client in ids] + [f"{kind}:{each}" for each in ("g1", "g2", "h1", "h2")]
    return DrawnWeek(
        clients=people,
        settings=settings,
        holds=[_hold(dice, ids) for _ in range(dice.choice((0, 0, 1, 2, 4)))],
        last_week=[
            {
                "client_id": client["client_id"],
                "owner": dice.choice((client["officer_id"], client["officer_id"], "desk", "desk", "o1")) or "desk",
                "answered": dice.random() < 0.3,
                "weeks": dice.choice((1, 1, 2, 3)),
            }
            for client in people
            if dice.random() < 0.5
        ],
        lot=Lot(str(seed).encode(), dice.choice((0.0, 0.1, 0.25, 0.5))) if tried else None,
        arms={unit: dice.choice((Arm.LISTED, Arm.HELD_OUT)) for unit in units if tried and dice.random() < 0.2},
        taken={f"{branch}/{band}": dice.choice((3, 9, 10)) for branch in BRANCHES for band in ("high", "medium")},
        seen=_seen(dice, people) if dice.random() < 0.3 else {},
        helped={client: measured.choice((-0.05, 0.0, 0.02, 0.02, 0.1)) for client in ids} if measures else {},
        stopped=frozenset(dice.choice((("high",), ("medium", "low"), BANDS))) if dice.random() < 0.15 else frozenset(),
    )


def _seen(dice: random.Random, people: list[Client]) -> dict[str, str]:
    """What an earlier draw of the week had an answer of: clients of this one, and one who is in the book no more."""
    owners = {client["client_id"]: client["officer_id"] or "desk" for client in people} | {"gone": "o1"}
    return {client: owner for client, owner in owners.items() if dice.random() < 0.2}


def _client(dice: random.Random, client_id: str, share: float) -> Client:
    def rarely() -> bool:
        return dice.random() < share

    officer = dice.choice((*OFFICERS, *OFFICERS, None))
    serves = officer is not None and not rarely()
    branch = OFFICERS[officer] if officer and not rarely() else dice.choice((*BRANCHES, None))
    risk = dice.choice((0.9, 0.5, 0.3, 0.3, 0.2, 0.05, dice.random()))
    rests = dice.random() < 0.25
    complaint = AS_OF - dice.choice((0, 3, 7, 8, 30)) * DAY if rarely() else None
    return {
        "client_id": client_id,
        "margin": risk,
        # Calibration makes some risks equal.
        "risk": round(risk, 1),
        "band": "high" if risk >= 0.4 else "medium" if risk >= 0.15 else "low",
        "state": "resting" if rests else "open",
        "rests_since": AS_OF - dice.choice((0, 14, 15, 60)) * DAY if rests else None,
        "officer_id": officer,
        "officer_serves": serves,
        "list_branch_id": OFFICERS.get(officer or ""),
        "branch_id": branch,
        "group_id": dice.choice((None, "g1", "g2", "g3", "g4")),
        "household_id": dice.choice((None, None, "", "h1", "h2", "h3")),
        "village": dice.choice(VILLAGES),
        "phone_ok": dice.choice((True, None, False)),
        "contact_opt_out": dice.choice((True,) if rarely() else (False, None)),
        "meeting_weekday": dice.choice((None, 1, 2, 3, 4, 5, 6, 7)),
        "hours_from": dice.choice(HOURS),
        "hours_until": dice.choice(HOURS),
        "safe_to_call": dice.choice((True, None, False)),
        "cooling": rarely(),
        "asked_enough": rarely(),
        "gone": rarely(),
        "complaint_since": complaint,
        "about_staff": complaint is not None and dice.random() < 0.5,
        "failed_tries": dice.choice((0, 0, 1, 2, 3)),
        "days_late": dice.choice((0, 0, 0, 1, 40)),
        "lateness_unknown": rarely(),
        "open_loans": 0 if rests else dice.choice((1, 1, 1, 2, 3)),
        "written_off": rarely(),
        "driver": dice.choice(DRIVERS),
        "unspoken": dice.choice((*DRIVERS, None, None)),
    }


def _settings(dice: random.Random) -> Settings:
    week = [AS_OF + ahead * DAY for ahead in range(1, 8)]
    holidays = {
        where: tuple(week if dice.random() < 0.25 else dice.sample(week, dice.choice((1, 2, 6))))
        for where in BRANCHES
        if dice.random() < 0.25
    }
    if dice.random() < 0.15:
        holidays["all"] = tuple(week if dice.random() < 0.3 else dice.sample(week, 2))
    # Every value is one a file could hold; reading the environment two thousand times would be slow.
    return Settings.model_construct(
        list_length=dice.choice((1, 2, 3, 4, 8, 10)),
        desk_length=dice.choice((1, 2, 4, 6, 40)),
        desk_floor=dice.choice((0, 1, 2, 3)),
        rank_by=dice.choice(("benefit", "benefit", "risk")),
        chance_kept=dice.choice((0.3, 0.3, 0.05)),
        chance_kept_resting=dice.choice((0.1, 0.1, 0.3, 0.0)),
        count_once=dice.choice(("nobody", "household", "group")),
        holdout_by="",
        carry_over_weeks=dice.choice((0, 1, 1, 2, 2)),
        rest_days=dice.choice((0, 14, 14, 90)),
        lowest_band=dice.choice(("low", "low", "low", "medium", "high")),
        unreached_to_desk=dice.choice((1, 2, 3)),
        complaint_days=dice.choice((0, 7)),
        capacity={officer: dice.choice((0, 1, 4, 10)) for officer in OFFICERS if dice.random() < 0.25},
        holidays=holidays,
        contact_from=dice.choice((time(9), time(7, 30))),
        contact_until=dice.choice((time(18), time(12))),
    )


def _hold(dice: random.Random, clients: list[str]) -> Held:
    kind = dice.choice(tuple(Hold))
    reach = Reach.CLIENT if kind in OWN_WISH or not clients else dice.choice(tuple(Reach))
    target = {
        Reach.CLIENT: dice.choice(clients or ["c99"]),
        Reach.HOUSEHOLD: dice.choice(("h1", "h2")),
        Reach.GROUP: dice.choice(("g1", "g2")),
        Reach.VILLAGE: dice.choice(("DRY RIVER", "mill lane")),
        Reach.BRANCH: dice.choice(BRANCHES),
    }[reach]
    first = AS_OF - dice.choice((0, 5, -1)) * DAY
    last = dice.choice((None, first, first + 5 * DAY, first + 30 * DAY))
    lifted = dice.choice((None, None, None, AS_OF, AS_OF + DAY))
    return Held(
        "h", kind, reach, target, first, last, "", None, "a", datetime(2024, 6, 1, tzinfo=UTC), "b", None, lifted
    )


@dataclass(frozen=True)
class Printed:
    """One line as it comes to stand on a list."""

    client_id: str
    list_of: str
    rank: int
    routed: tuple[str, ...]
    carried_over: bool
    kept_place: bool
    meeting_on: date | None
    may_call: bool
    call_from: str
    call_until: str
    action: str
    avoid: str


def printed(week: DrawnWeek, choice: Choice) -> list[Printed]:
    """The lines of a choice, each with what it asks for."""
    by_id = {client["client_id"]: client for client in week.clients}
    lines = []
    for row in choice.listed.to_dict("records"):
        client = by_id[str(row["client_id"])]
        drivers = [client["driver"], "RNW-1"]
        known = {name: client[name] for name in ("days_late", "lateness_unknown", "written_off", "open_loans")}
        weigh = [*drivers, client["unspoken"]]
        advice = advise(drivers, Protection.of({**row, **known}, weigh, week.settings))
        lines.append(
            Printed(
                **{name: row[name] for name in ("client_id", "list_of", "rank", "meeting_on", "may_call")},
                **{name: row[name] for name in ("carried_over", "kept_place", "call_from", "call_until")},
                routed=tuple(str(row["routed"]).split()),
                action=advice.action.value,
                avoid=advice.avoid,
            )
        )
    return lines
