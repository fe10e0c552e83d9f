"""A rehearsal: a simulated MFI lives with lists and the lot, so that one sees beforehand what can be learnt from them.

Each Sunday every officer's list is filled from the open loans that look riskiest, by the lot's own code:
turns from a seed, strata of branch and band, places of those left out given to the next. Whoever is drawn and listed
is visited once in the week that follows, if she is met, and is left in peace while the lot holds. Clients in arrears
are seen about those: they have a place and no turn in the lot. What each turn truly changes is noted beside it.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, create_engine, insert

from features.book import Book
from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings, simulate
from features.connectors.simulated.causes import CYCLES, Causes
from features.connectors.simulated.columns import Calendar
from features.connectors.simulated.ledger import BORROWS
from features.connectors.simulated.life import World
from features.connectors.simulated.loan_end import DEEP, LATE
from features.connectors.simulated.moment import Moment
from features.connectors.simulated.people import pieces
from features.connectors.simulated.truth import Oracle
from features.connectors.simulated.visiting import Contacts
from features.errors import UsageError
from features.exit import ExitDefinition
from serving.barring import Mask
from serving.experiment.drawing import Asking, Experiment, Positions, Turn, draw, unit_of_client
from serving.experiment.log import logged
from serving.experiment.lot import Arm, Lot
from serving.home import week_of
from serving.store.tables import allocations

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Risk from which a client is in band high, and in band medium: the defaults of the settings.
BANDS = (0.30, 0.12)
#: What `Lists.table` says of a turn's client, and what is true of it.
TRUTH = ("cycle", "weeks_to_go", "lending", "visit_class", "without", "by_contact", "truth")


@dataclass(frozen=True)
class Rehearsal:
    """How the MFI lives with its lists.

    Parameters
    ----------
    begins
        Week of the window whose Sunday has the first lists.
    weeks
        Weeks with lists.
    per_officer
        Places on an officer's list.
    share
        Of those drawn, left out.
    holdout_weeks
        Weeks for which the lot holds.
    met, met_anyway
        Chance that a visit meets a listed client, and that somebody visits one who is left out.
    noise
        How far the risk by which places are given is from the true one (sigma of a log-normal factor).
    seed
        Of the lot, of who is met and of the noise.
    """

    begins: int = 8
    weeks: int = 104
    per_officer: int = 8
    share: float = 0.1
    holdout_weeks: int = 13
    met: float = 0.7
    met_anyway: float = 0.03
    noise: float = 0.4
    seed: int = 1


@dataclass
class Lists:
    """The policy of `features.connectors.simulated.visiting`: draws, lists and visits, week by week.

    Parameters
    ----------
    truth
        Of the MFI that lives with the lists.
    turns
        Every turn in the lot so far.
    in_need
        Places that went to clients in arrears.
    """

    rehearsal: Rehearsal
    truth: Oracle
    turns: list[dict[str, object]] = field(default_factory=list)
    in_need: int = 0

    def __post_init__(self) -> None:
        self._lot = Lot(f"closed loop {self.rehearsal.seed}".encode(), self.rehearsal.share)
        self._rng = np.random.default_rng([self.rehearsal.seed, 5])
        self._arms: dict[int, tuple[str, Arm, int]] = {}
        self._taken: dict[str, int] = {}

    def __call__(self, world: World, week: int) -> Contacts:
        """Whom the lists of a Sunday bring a visit."""
        if not 0 <= week - self.rehearsal.begins < self.rehearsal.weeks:
            return Contacts.nobody()
        client, risk = self._asking(world, week)
        post, branch = world.people.post[client], world.people.branch[client]
        band = np.where(risk >= BANDS[0], "high", np.where(risk >= BANDS[1], "medium", "low"))
        client_id = np.array([f"C{number:08d}" for number in client], dtype=object)
        unit = np.array([unit_of_client(one) for one in client_id], dtype=object)
        stratum = np.array([f"B{b:04d}/{word}" for b, word in zip(branch, band, strict=True)], dtype=object)
        late = np.isin(world.arrears[client], (LATE, DEEP))
        in_need = set(client_id[late].tolist())

        def placing(some: Positions) -> Mask:
            return first_of_each(post[some], self.rehearsal.per_officer)

        experiment = Experiment(
            self._lot,
            {unit: arm for unit, arm, until in self._arms.values() if until > week},
            self._taken,
            lambda clients: in_need.intersection(clients),
        )
        list_of = np.array([f"O{number:04d}" for number in post], dtype=object)
        nobody, alone = np.zeros(len(client), dtype=bool), np.arange(len(client))
        places = dict.fromkeys(set(list_of.tolist()), self.rehearsal.per_officer)
        asking = Asking(client_id, unit, stratum, band, list_of, nobody, alone, places, {})
        drawn = draw(asking, experiment, placing)
        stay = np.flatnonzero(~drawn.held_out)
        self.in_need += int(late[stay[placing(stay)]].sum())
        position = np.array([turn.position for turn in drawn.turns], dtype=np.int64)
        self._note(world, week, drawn.turns, client[position], risk[position])
        return self._visits(week, drawn.turns, client[position])

    def table(self) -> pd.DataFrame:
        """One row per turn.

        Returns
        -------
        DataFrame
            unit, client_id, stratum, place, arm, from_on, risk (by which places were given), branch, band, officer;
            of the client: cycle (1, 2, 3 and later), weeks_to_go, lending, visit_class; and the truth: without (chance
            to leave within 91 days without a visit), by_contact (what a visit that meets her adds to it), truth (what
            being listed adds).
        """
        return pd.DataFrame(self.turns)

    def _asking(self, world: World, week: int) -> tuple[Ints, Floats]:
        """Who could find a place, riskiest first, and the risk it goes by: nobody listed while the lot holds."""
        who = np.flatnonzero(world.phase == BORROWS)
        true = self.truth.contacted_or_not(Moment.now(world, week, who))[0][:, 1]
        factor = np.exp(self.rehearsal.noise * self._rng.standard_normal(len(who)))
        risk = np.clip(true * factor, 0, 0.99)
        peace = [client for client, (_, arm, until) in self._arms.items() if arm is Arm.LISTED and until > week]
        free = (true > 0) & ~np.isin(who, peace)
        order = np.argsort(-risk[free], kind="stable")
        return who[free][order], risk[free][order]

    def _note(self, world: World, week: int, turns: tuple[Turn, ...], client: Ints, risk: Floats) -> None:
        people, rehearsal = world.people, self.rehearsal
        moment = Moment.now(world, week, client)
        without, met = (risks[:, 1] for risks in self.truth.contacted_or_not(moment))
        sunday = Calendar(world.settings.end_on, world.settings.weeks).sunday(week)
        for place, (turn, who) in enumerate(zip(turns, client.tolist(), strict=True)):
            self._arms[who] = (turn.unit, turn.arm, week + rehearsal.holdout_weeks)
            self._taken[turn.stratum] = turn.place + 1
            branch, band = turn.stratum.split("/")
            change = float(met[place] - without[place])
            self.turns.append(
                {
                    "unit": turn.unit,
                    "client_id": turn.client_id,
                    "stratum": turn.stratum,
                    "place": turn.place,
                    "arm": turn.arm.value,
                    "from_on": sunday,
                    "risk": float(risk[place]),
                    "branch": branch,
                    "band": band,
                    "officer": f"O{people.post[who]:04d}",
                    "cycle": min(int(world.cycle[who]), CYCLES - 1) + 1,
                    "weeks_to_go": int(world.due[who] - week),
                    "lending": ("group", "individual")[people.lending[who]],
                    "visit_class": ("unmoved", "helped", "driven away")[moment.visit_class[place]],
                    "without": float(without[place]),
                    "by_contact": change,
                    "truth": change * (rehearsal.met - rehearsal.met_anyway),
                }
            )

    def _visits(self, week: int, turns: tuple[Turn, ...], client: Ints) -> Contacts:
        listed = np.array([turn.arm is Arm.LISTED for turn in turns], dtype=bool)
        anyway = ~listed & (self._rng.random(len(client)) < self.rehearsal.met_anyway)
        met = np.where(listed, self._rng.random(len(client)) < self.rehearsal.met, anyway)
        list_id = np.array([f"list of week {week}" if of_list else None for of_list in listed], dtype=object)
        seen = listed | anyway
        return Contacts(client[seen], met[seen], list_id[seen])


def first_of_each(of: Ints, places: int) -> Mask:
    """The first so many of each.

    >>> first_of_each(np.array([7, 8, 7, 7]), 2).tolist()
    [True, True, True, False]
    """
    order = np.argsort(of, kind="stable")
    own = of[order]
    answer = np.empty(len(of), dtype=bool)
    answer[order] = np.arange(len(of)) - np.searchsorted(own, own, side="left") < places
    return answer


def log_turns(connection: Connection, turns: pd.DataFrame, rehearsal: Rehearsal) -> None:
    """Write turns where an installation keeps its own, so that all that reads those reads these.

    Parameters
    ----------
    turns
        As `Lists.table` gives them.
    """
    rows = [
        {
            **{
                name: turn[name] for name in ("stratum", "place", "unit", "client_id", "arm", "from_on", "band", "risk")
            },
            "share": rehearsal.share,
            "week": week_of(turn["from_on"]),
            "until_on": turn["from_on"] + timedelta(weeks=rehearsal.holdout_weeks),
            "officer_id": turn["officer"],
            "branch_id": turn["branch"],
            "drawn_at": datetime.combine(turn["from_on"], time(18), UTC),
        }
        for turn in turns.to_dict("records")
    ]
    connection.execute(insert(allocations), rows)


def read_back(
    turns: pd.DataFrame, rehearsal: Rehearsal, book: Book, on: date, definition: ExitDefinition, horizon_days: int
) -> pd.DataFrame:
    """The log of the lot as an installation reads it from its own table and the book: see `serving.experiment.log`."""
    engine = create_engine("sqlite://")
    allocations.metadata.create_all(engine, tables=[allocations])
    with engine.begin() as connection:
        log_turns(connection, turns, rehearsal)
        return logged(connection, book, on, definition, horizon_days)


def rehearse(
    folder: Path,
    settings: SimulationSettings,
    rehearsal: Rehearsal,
    definition: ExitDefinition,
    horizon_days: int = 91,
) -> pd.DataFrame:
    """Let a simulated MFI live with its lists, write its book, and read the log of its lot from it.

    Parameters
    ----------
    folder
        Where the book goes; see `features.connectors.simulated.simulate`.
    settings
        The MFI, of one piece: up to 12,000 clients.
    definition, horizon_days
        What counts as leaving, and within how many days of a draw.

    Returns
    -------
    DataFrame
        The columns of `training.effect.allocations.COLUMNS`, and what `Lists.table` says of each turn's client and of
        the truth.

    Raises
    ------
    UsageError
        The MFI is too large.
    """
    if len(pieces(settings)) > 1:
        raise UsageError(f"clients={settings.clients} is more than one lot is rehearsed with. Simulate up to 12000.")
    lists = Lists(rehearsal, Oracle(settings, Causes(settings)))
    simulate(folder, settings, policies=lambda _piece: lists)
    turns = lists.table()
    log = read_back(turns, rehearsal, open_book(folder), settings.end_on, definition, horizon_days)
    told = turns[["client_id", "from_on", *TRUTH]].rename(columns={"from_on": "as_of"})
    return log.merge(told, on=["client_id", "as_of"], how="left", validate="one_to_one")
