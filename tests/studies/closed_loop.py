"""A simulated MFI that lives with lists and a hold-out for years, and the log of its lot as the effect is read from it.

Each Sunday every officer's list is filled from the open loans that look riskiest, by the lot's own code: permuted
blocks from a seed, strata of branch and band, arms that last a quarter, places of those left out given to the next.
Whoever is drawn and listed is visited once in the week that follows, if she is met; her arm and her next turn come
after the quarter. Clients in arrears are seen about those, without a turn in the lot. The log is then read back from
the book and the lot's table by the code that `exitwatch effect` uses. What each draw truly changes is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import create_engine, insert

from features.book import Book
from features.connectors.simulated import Contacts, SimulationSettings
from features.connectors.simulated.causes import CYCLES, DRIVEN_AWAY, Causes
from features.connectors.simulated.columns import Calendar
from features.connectors.simulated.ledger import BORROWS
from features.connectors.simulated.life import World
from features.connectors.simulated.loan_end import DEEP, LATE
from features.connectors.simulated.moment import Moment
from features.connectors.simulated.people import INDIVIDUAL, People
from features.connectors.simulated.truth import Oracle
from features.exit import ExitDefinition
from serving.experiment.drawing import Experiment, Positions, Turn, draw, unit_of_client
from serving.experiment.log import logged
from serving.experiment.lot import Arm, Lot
from serving.home import week_of
from serving.store.tables import allocations
from tests.studies.planted import Planted, planted

HORIZON = 91
#: Closings of the simulated MFI are entered up to 25 days late.
DEFINITION = ExitDefinition(grace_days=90, closing_lag_days=28)
MATURES_AFTER = HORIZON + DEFINITION.maturity_days
#: Risk from which a client is in band high, and in band medium; the settings' defaults.
BANDS = (0.30, 0.12)


@dataclass(frozen=True)
class Loop:
    """How the MFI lives with its lists.

    Attributes
    ----------
    clients
        Rows of `clients`; a little more than half of them have an open loan at a time.
    weeks
        Weeks with lists; before them come `before` without, and after them so many that all outcomes are final.
    per_officer
        Places on an officer's list.
    share
        Of those drawn, held out.
    arm_weeks
        Weeks for which the lot holds.
    met, met_anyway
        Chance that a visit meets a listed client, and that somebody visits one who is held out.
    noise
        How far the risk by which places are given is from the true one (sigma of a log-normal factor).
    harmed
        Every visit to an individual borrower drives her away; those to group borrowers do as the settings say.
    """

    clients: int = 3_000
    weeks: int = 104
    before: int = 8
    per_officer: int = 8
    share: float = 0.1
    arm_weeks: int = 13
    met: float = 0.7
    met_anyway: float = 0.03
    noise: float = 0.4
    harmed: bool = False
    seed: int = 0
    effects: dict[str, float] = field(default_factory=dict)

    @property
    def settings(self) -> SimulationSettings:
        """The MFI itself."""
        weeks = self.before + self.weeks + -(-MATURES_AFTER // 7)
        return SimulationSettings(
            clients=self.clients,
            weeks=weeks,
            seed=self.seed,
            retention_visits_per_year=0.0,
            **self.effects,  # type: ignore[arg-type]
        )


#: Contact changes nothing.
NO_EFFECT = {"helped_effect": 1.0, "driven_away_effect": 1.0}


_ORACLES: dict[str, Oracle] = {}


def oracle(settings: SimulationSettings) -> Oracle:
    """Tables of the truth; all seeds of a world share them."""
    key = repr(replace(settings, seed=0))
    if key not in _ORACLES:
        _ORACLES[key] = Oracle(settings, Causes(settings))
    return _ORACLES[key]


def harmed(people: People) -> People:
    """The same clients, but that each visit drives an individual borrower away."""
    alone = np.broadcast_to(people.lending == INDIVIDUAL, people.visit_class.shape)
    return replace(people, visit_class=np.where(alone, DRIVEN_AWAY, people.visit_class))


@dataclass
class Lists:
    """The policy: draws, lists and visits week by week, and remembers every turn with its truth."""

    loop: Loop
    truth: Oracle
    turns: list[dict[str, object]] = field(default_factory=list)
    spared: int = 0

    def __post_init__(self) -> None:
        self.lot = Lot(f"closed loop {self.loop.seed}".encode(), self.loop.share)
        self.rng = np.random.default_rng([self.loop.seed, 5])
        self.arms: dict[str, tuple[Arm, int]] = {}
        self.taken: dict[str, int] = {}

    def __call__(self, world: World, week: int) -> Contacts:
        """Whom the lists of a Sunday bring a visit."""
        if not self.loop.before <= week < self.loop.before + self.loop.weeks:
            return Contacts.nobody()
        asks, risk = self._asking(world, week)
        post, branch = world.people.post[asks], world.people.branch[asks]
        band = np.where(risk >= BANDS[0], "high", np.where(risk >= BANDS[1], "medium", "low"))
        client_id = np.array([f"C{client:08d}" for client in asks], dtype=object)
        unit = np.array([unit_of_client(client) for client in client_id], dtype=object)
        stratum = np.array([f"B{b:04d}/{word}" for b, word in zip(branch, band, strict=True)], dtype=object)
        in_arrears = np.isin(world.arrears[asks], (LATE, DEEP))
        in_need = set(client_id[in_arrears].tolist())

        def placing(some: Positions) -> NDArray[np.bool_]:
            return _placed(post[some], self.loop.per_officer)

        experiment = Experiment(
            self.lot,
            {unit: arm for unit, (arm, until) in self.arms.items() if until > week},
            self.taken,
            lambda clients: in_need.intersection(clients),
        )
        drawn = draw(client_id, unit, stratum, experiment, placing)
        stay = np.flatnonzero(~drawn.held_out)
        self.spared += int(in_arrears[stay[placing(stay)]].sum())
        position = np.array([turn.position for turn in drawn.turns], dtype=np.int64)
        self._note(world, week, drawn.turns, asks[position], risk[position])
        return self._visits(week, drawn.turns, asks[position])

    def _asking(self, world: World, week: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Who could find a place, riskiest first, and the risk it goes by: not those listed within the quarter."""
        who = np.flatnonzero(world.phase == BORROWS)
        true = self.truth.contacted_or_not(Moment.now(world, week, who))[0][:, 1]
        risk = np.clip(true * np.exp(self.loop.noise * self.rng.standard_normal(len(who))), 0, 0.99)
        rests = [
            int(unit[len(unit_of_client("C")) :])
            for unit, (arm, until) in self.arms.items()
            if arm is Arm.LISTED and until > week
        ]
        free = (true > 0) & ~np.isin(who, rests)
        order = np.argsort(-risk[free], kind="stable")
        return who[free][order], risk[free][order]

    def _note(
        self,
        world: World,
        week: int,
        turns: tuple[Turn, ...],
        client: NDArray[np.int64],
        risk: NDArray[np.float64],
    ) -> None:
        without, met = (risks[:, 1] for risks in self.truth.contacted_or_not(Moment.now(world, week, client)))
        people, calendar = world.people, Calendar(world.settings.end_on, world.settings.weeks)
        for place, (turn, who) in enumerate(zip(turns, client.tolist(), strict=True)):
            self.arms[turn.unit] = (turn.arm, week + self.loop.arm_weeks)
            self.taken[turn.stratum] = turn.place + 1
            change = float(met[place] - without[place])
            self.turns.append(
                {
                    "stratum": turn.stratum,
                    "place": turn.place,
                    "unit": turn.unit,
                    "client_id": turn.client_id,
                    "arm": turn.arm.value,
                    "from_on": calendar.sunday(week),
                    "risk": float(risk[place]),
                    "without": float(without[place]),
                    "by_contact": change,
                    "truth": change * (self.loop.met - self.loop.met_anyway),
                    "officer": int(people.post[who]),
                    "cycle": min(int(world.cycle[who]), CYCLES - 1) + 1,
                    "weeks_to_go": float(world.due[who] - week),
                    "lending": ("group", "individual")[people.lending[who]],
                    "visit_class": int(people.visit_class[min(int(world.cycle[who]), CYCLES - 1), who]),
                }
            )

    def _visits(self, week: int, turns: tuple[Turn, ...], client: NDArray[np.int64]) -> Contacts:
        listed = np.array([turn.arm is Arm.LISTED for turn in turns], dtype=bool)
        anyway = ~listed & (self.rng.random(len(client)) < self.loop.met_anyway)
        met = np.where(listed, self.rng.random(len(client)) < self.loop.met, anyway)
        list_id = np.where(listed, f"list of week {week}", None)
        seen = listed | anyway
        return Contacts(client[seen], met[seen], list_id[seen])


def _placed(post: NDArray[np.int64], per_officer: int) -> NDArray[np.bool_]:
    """The first of each officer's."""
    order = np.argsort(post, kind="stable")
    own = post[order]
    starts = np.searchsorted(own, own, side="left")
    placed = np.empty(len(post), dtype=bool)
    placed[order] = np.arange(len(post)) - starts < per_officer
    return placed


@dataclass(frozen=True)
class Lived:
    """What came of it.

    Attributes
    ----------
    log
        As `training.effect.allocations` reads it, and besides: truth (what being listed changes in the client's chance
        to leave), by_contact (what a visit that meets her changes), without (her chance without one), cycle, lending,
        weeks_to_go, visit_class.
    mfi
        Book and lives.
    spared
        Places that went to clients in arrears, without a turn.
    """

    loop: Loop
    log: pd.DataFrame
    mfi: Planted
    spared: int


def lived(loop: Loop) -> Lived:
    """Let an MFI live with its lists, and read the log from its book."""
    (only,) = lived_together([loop])
    return only


def lived_together(loops: Sequence[Loop]) -> list[Lived]:
    """Let several MFIs of the same weeks live, each by itself, and read their logs from one book, which is quicker."""
    lists = [Lists(loop, oracle(loop.settings)) for loop in loops]
    mfis = [
        planted(loop.settings, policy, harmed if loop.harmed else None)
        for loop, policy in zip(loops, lists, strict=True)
    ]
    turns = pd.concat(
        [
            pd.DataFrame(policy.turns).assign(**{name: lambda t, n=n, name=name: f"{n}:" + t[name] for name in _NAMES})
            for n, policy in enumerate(lists)
        ],
        ignore_index=True,
    )
    log = _read(loops[0], turns, _one_book(mfis), mfis[0].settings.end_on)
    log = log.merge(
        turns[[*_KEYS, *_TRUTH]].rename(columns={"from_on": "as_of"}), on=["client_id", "as_of"], how="left"
    )
    mfi_of = log["client_id"].str.split(":").str[0].astype(int)
    return [
        Lived(loop, log[mfi_of == n].reset_index(drop=True), mfi, policy.spared)
        for n, (loop, mfi, policy) in enumerate(zip(loops, mfis, lists, strict=True))
    ]


_NAMES, _KEYS = ("client_id", "unit", "stratum"), ("client_id", "from_on")
_TRUTH = ("truth", "by_contact", "without", "cycle", "weeks_to_go", "lending", "visit_class")


def _one_book(mfis: Sequence[Planted]) -> Book:
    """Clients and loans of several MFIs side by side, each with its MFI's number before its id."""
    tables: dict[str, list[pa.Table]] = {}
    for n, mfi in enumerate(mfis):
        for name in ("clients", "loans", "departures", "contacts"):
            table = mfi.tables[name]
            for column in {"client_id", "loan_id", "contact_id"} & set(table.column_names):
                ids = pc.binary_join_element_wise(str(n), table[column].cast(pa.string()), ":")
                table = table.set_column(table.column_names.index(column), column, ids)
            plain = [c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c for c in table.columns]
            tables.setdefault(name, []).append(pa.table(plain, names=table.column_names))
    return Book.of({name: pa.concat_tables(parts) for name, parts in tables.items()})


def _read(loop: Loop, turns: pd.DataFrame, book: Book, on: date) -> pd.DataFrame:
    """The log as an installation reads it: turns from the lot's table, outcomes and visits from the book."""
    rows = [
        {
            **{name: turn[name] for name in ("stratum", "place", "unit", "client_id", "arm", "from_on", "risk")},
            "share": loop.share,
            "week": week_of(turn["from_on"]),
            "until_on": turn["from_on"] + timedelta(weeks=loop.arm_weeks),
            "officer_id": f"O{turn['officer']:04d}",
            "branch_id": turn["stratum"].split("/")[0],
            "band": turn["stratum"].split("/")[1],
            "drawn_at": datetime.combine(turn["from_on"], time(18), UTC),
        }
        for turn in turns.to_dict("records")
    ]
    engine = create_engine("sqlite://")
    allocations.metadata.create_all(engine, tables=[allocations])
    with engine.begin() as connection:
        connection.execute(insert(allocations), rows)
        return logged(connection, book, on, DEFINITION, HORIZON)
