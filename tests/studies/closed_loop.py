"""Simulated MFIs that live with lists and a hold-out for years, and the logs of their lots as the effect is read.

How they live is `serving.experiment.rehearsal`. The log is read back from the lot's table and from a light book, with
its exit definition, by the code that `exitwatch effect` uses. What each draw truly changes is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.book import Book
from features.connectors.simulated import SimulationSettings
from features.connectors.simulated.causes import DRIVEN_AWAY, Causes
from features.connectors.simulated.people import INDIVIDUAL, People
from features.connectors.simulated.truth import Oracle
from features.exit import ExitDefinition
from serving.experiment.rehearsal import TRUTH, Lists, Rehearsal, read_back
from tests.studies.planted import Planted, planted

HORIZON = 91
#: Closings of the simulated MFI are entered up to 25 days late.
DEFINITION = ExitDefinition(grace_days=90, closing_lag_days=28)
MATURES_AFTER = HORIZON + DEFINITION.maturity_days
#: Contact changes nothing.
NO_EFFECT = {"helped_effect": 1.0, "driven_away_effect": 1.0}


@dataclass(frozen=True)
class Loop:
    """An MFI and how it lives with its lists.

    Attributes
    ----------
    clients
        Rows of `clients`; a little more than half of them have an open loan at a time.
    weeks
        Weeks with lists; before them come `before` without, and after them so many that all outcomes are final.
    per_officer, share, arm_weeks, met, met_anyway, noise
        As in `Rehearsal`.
    harmed
        Every visit to an individual borrower drives her away; those to group borrowers do as the settings say.
    effects
        Settings of the MFI that are not its defaults.
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
        return SimulationSettings(
            clients=self.clients,
            weeks=self.before + self.weeks + -(-MATURES_AFTER // 7),
            seed=self.seed,
            retention_visits_per_year=0.0,
            **self.effects,  # type: ignore[arg-type]
        )

    @property
    def rehearsal(self) -> Rehearsal:
        """Its lists."""
        return Rehearsal(
            begins=self.before,
            weeks=self.weeks,
            per_officer=self.per_officer,
            share=self.share,
            holdout_weeks=self.arm_weeks,
            met=self.met,
            met_anyway=self.met_anyway,
            noise=self.noise,
            seed=self.seed,
        )


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


@dataclass(frozen=True)
class Lived:
    """What came of it.

    Attributes
    ----------
    log
        As `training.effect.allocations` reads it, and besides what `Lists.table` says of a turn's client and truth.
    mfi
        Book and lives.
    in_need
        Places that went to clients in arrears, without a turn.
    """

    loop: Loop
    log: pd.DataFrame
    mfi: Planted
    in_need: int


def lived(loop: Loop) -> Lived:
    """Let an MFI live with its lists, and read the log from its book."""
    (only,) = lived_together([loop])
    return only


def lived_together(loops: Sequence[Loop]) -> list[Lived]:
    """Let several MFIs of the same weeks live, each by itself, and read their logs from one book, which is quicker."""
    lists = [Lists(loop.rehearsal, oracle(loop.settings)) for loop in loops]
    mfis = [
        planted(loop.settings, policy, harmed if loop.harmed else None)
        for loop, policy in zip(loops, lists, strict=True)
    ]
    turns = pd.concat([_numbered(policy.table(), n) for n, policy in enumerate(lists)], ignore_index=True)
    on = mfis[0].settings.end_on
    log = read_back(turns, loops[0].rehearsal, _one_book(mfis), on, DEFINITION, HORIZON)
    told = turns[["client_id", "from_on", *TRUTH]].rename(columns={"from_on": "as_of"})
    log = log.merge(told, on=["client_id", "as_of"], how="left", validate="one_to_one")
    mfi_of = log["client_id"].str.split(":").str[0].astype(int)
    return [
        Lived(loop, log[mfi_of == n].reset_index(drop=True), mfi, policy.in_need)
        for n, (loop, mfi, policy) in enumerate(zip(loops, mfis, lists, strict=True))
    ]


def _numbered(turns: pd.DataFrame, n: int) -> pd.DataFrame:
    return turns.assign(**{name: f"{n}:" + turns[name] for name in ("client_id", "unit", "stratum", "branch")})


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
