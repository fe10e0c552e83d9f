"""A simulated MFI lives with weekly lists by risk, with the real lot, and what a contact truly changes is known."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sqlalchemy import insert

from features.book import Book
from features.connectors.folder import open_book
from features.connectors.simulated import Contacts, SimulationSettings, people, simulate
from features.connectors.simulated.causes import Causes
from features.connectors.simulated.columns import Calendar
from features.connectors.simulated.ledger import BORROWS
from features.connectors.simulated.life import World
from features.connectors.simulated.moment import Moment
from features.connectors.simulated.truth import Oracle
from models.calibration import logit
from serving.experiment.drawing import Asking, Experiment, Positions, draw, unit_of_client
from serving.experiment.lot import Arm, Lot
from serving.home import week_of
from serving.store.database import Store
from serving.store.tables import allocations

#: As the settings have them: lines per officer, weeks the lot holds, weeks of peace, contacts asked for in one loan.
PER_OFFICER, HOLDS, COOL_OFF, PER_LOAN = 8, 13, 4, 3
#: A visit that is asked for meets the client so often; the rest is as if nothing had been asked.
MET = 0.8
#: Standard deviation of what the order does not know of a client, in log-odds.
NOISE = 0.5


@dataclass
class Lists:
    """A policy: lists each Sunday from `begins` until before `ends`, by risk, with a hold-out.

    Afterwards nobody is contacted, and `watch` says on which Sundays the state and what a contact would change is kept.
    """

    oracle: Oracle
    share: float
    begins: int
    ends: int
    seed: int
    watch: frozenset[int] = frozenset()
    turns: list[dict[str, object]] = field(default_factory=list)
    seen: dict[int, pd.DataFrame] = field(default_factory=dict)
    listed: int = 0

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng([self.seed, 7])
        self._lot = Lot(f"study {self.seed}".encode(), self.share)
        self._taken: dict[str, int] = {}
        self._arms: dict[str, tuple[Arm, int]] = {}
        self._noise: NDArray[np.float64] | None = None

    def __call__(self, world: World, week: int) -> Contacts:
        """Whom the lists of the coming week name."""
        n = world.people.count
        if self._noise is None:
            self._noise = self._rng.normal(0.0, NOISE, n)
            self._last, self._asked, self._loan = np.full(n, -99), np.zeros(n, dtype=int), np.full(n, -1)
        who = np.flatnonzero(world.phase == BORROWS)
        if week in self.watch or self.begins <= week < self.ends:
            without, met = self.oracle.contacted_or_not(Moment.now(world, week, who))
            risk = without[:, 1]
            foretold = logit(np.clip(risk, 1e-6, 1 - 1e-6)) + self._noise[who]
            if week in self.watch:
                self.seen[week] = pd.DataFrame(
                    {
                        "client": who,
                        "post": world.people.post[who],
                        "lending": world.people.lending[who],
                        "cycle": np.minimum(world.cycle[who], 2),
                        "foretold": foretold,
                        "risk": risk,
                        "kept": MET * (risk - met[:, 1]),
                    }
                )
        if not self.begins <= week < self.ends:
            return Contacts.nobody()
        new = world.loan[who] != self._loan[who]
        self._asked[who[new]], self._loan[who] = 0, world.loan[who]
        free = (week - self._last[who] >= COOL_OFF) & (self._asked[who] < PER_LOAN)
        order = np.flatnonzero(free)[np.argsort(-foretold[free], kind="stable")]
        named = self._drawn(world, week, who[order], foretold[order])
        self._last[named], self._asked[named] = week, self._asked[named] + 1
        self.listed += len(named)
        met_now = self._rng.random(len(named)) < MET
        return Contacts(named, met_now, np.full(len(named), f"W{week:03d}", dtype=object))

    def _drawn(
        self, world: World, week: int, who: NDArray[np.int64], foretold: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        post, branch = world.people.post[who], world.people.branch[who]

        def placing(some: Positions) -> NDArray[np.bool_]:
            place = pd.Series(post[some]).groupby(post[some]).cumcount().to_numpy()
            found: NDArray[np.bool_] = place < PER_OFFICER
            return found

        chance = 1 / (1 + np.exp(-foretold))
        band = np.where(chance >= 0.3, "high", np.where(chance >= 0.12, "medium", "low"))
        stratum = np.array([f"{b}/{name}" for b, name in zip(branch, band, strict=True)], dtype=object)
        ids = np.array([name(client) for client in who], dtype=object)
        units = np.array([unit_of_client(client) for client in ids], dtype=object)
        arms = {unit: arm for unit, (arm, until) in self._arms.items() if until > week}
        list_of = np.array([f"O{number}" for number in post], dtype=object)
        nobody, alone = np.zeros(len(ids), dtype=bool), np.arange(len(ids))
        places = dict.fromkeys(set(list_of.tolist()), PER_OFFICER)
        asking = Asking(ids, units, stratum, band.astype(object), list_of, nobody, alone, places, {})
        drawn = draw(asking, Experiment(self._lot, arms, self._taken), placing)
        for turn in drawn.turns:
            self._taken[turn.stratum] = turn.place + 1
            self._arms[turn.unit] = (turn.arm, week + HOLDS)
            self.turns.append(
                {
                    "unit_id": turn.unit,
                    "client_id": turn.client_id,
                    "client": int(who[turn.position]),
                    "week": week,
                    "arm": turn.arm.value,
                    "stratum": turn.stratum,
                    "risk": float(chance[turn.position]),
                }
            )
        stay = np.flatnonzero(~drawn.held_out)
        named: NDArray[np.int64] = who[stay[placing(stay)]]
        return named


def lived(
    folder: Path, settings: SimulationSettings, share: float, begins: int, ends: int, watch: Collection[int] = ()
) -> tuple[Book, Lists]:
    """The book of an MFI with lists, and the lists."""
    lists = Lists(Oracle(settings, Causes(settings)), share, begins, ends, settings.seed, frozenset(watch))
    with pytest.MonkeyPatch.context() as patch:
        # One piece, so that a client has one number in all that is kept of her.
        patch.setattr(people, "PIECE_CLIENTS", 2 * settings.clients)
        simulate(folder, settings, policies=lambda _: lists)
    return open_book(folder), lists


def sunday(settings: SimulationSettings, week: int) -> date:
    """The day of a week on which lists are drawn."""
    found: date = Calendar(settings.end_on, settings.weeks).sunday(week)
    return found


def kept_log(store: Store, lists: Lists, settings: SimulationSettings) -> None:
    """Write the turns into an operational database, as a weekly run does."""
    rows = []
    places: dict[str, int] = {}
    for turn in lists.turns:
        stratum, day = str(turn["stratum"]), sunday(settings, int(str(turn["week"])))
        places[stratum] = places.get(stratum, -1) + 1
        rows.append(
            {
                "stratum": stratum,
                "place": places[stratum],
                "unit": turn["unit_id"],
                "client_id": turn["client_id"],
                "arm": turn["arm"],
                "share": lists.share,
                "week": week_of(day),
                "from_on": day,
                "until_on": day + timedelta(weeks=HOLDS),
                "officer_id": "",
                "branch_id": stratum.split("/")[0],
                "band": stratum.split("/")[1],
                "risk": turn["risk"],
                "drawn_at": datetime(day.year, day.month, day.day, tzinfo=UTC),
            }
        )
    with store.write() as connection:
        connection.execute(insert(allocations), rows)


def name(client: int) -> str:
    """The id of a client of the first piece.

    >>> name(7)
    'C00000007'
    """
    return f"C{client:08d}"
