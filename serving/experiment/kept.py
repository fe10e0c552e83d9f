"""What the lot said, kept before any list exists; and the seed, which cannot be changed once somebody was drawn."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Protocol

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, insert, select

from features.errors import UsageError
from models.rows import Floats
from serving import audit, installation
from serving.access import OPERATOR
from serving.events import Event
from serving.experiment.drawing import Experiment
from serving.experiment.lot import Arm, Lot
from serving.home import week_of
from serving.settings import Settings
from serving.store.database import Store
from serving.store.tables import allocations

_SEED = "lot_seed"
#: Columns that are kept of a turn as they are.
_WORDS = ("client_id", "unit", "stratum", "arm", "branch_id", "band", "action")

#: From clients to those who are never left out.
InNeed = Callable[[Sequence[str]], Collection[str]]


class Lottery(Protocol):
    """Where a week's lists learn who is left out, and write down who was drawn."""

    def experiment(self, in_need: InNeed) -> Experiment:
        """The lot as it stands before this week's lists are drawn."""
        ...

    def log(self, turns: pd.DataFrame) -> None:
        """Write down the turns that were taken, before any line is made.

        Parameters
        ----------
        turns
            `serving.rules.Choice.turns` with action, what her line suggests or would have.
        """
        ...


@dataclass(frozen=True)
class KeptLottery:
    """The lottery of an installation, on one date.

    Parameters
    ----------
    seed
        As `seed_of` gives it.
    probability
        From the margins of the model in use to probabilities of leaving.
    again
        Bands whose lists had stopped for harm and began again.
    """

    store: Store
    settings: Settings
    seed: bytes
    as_of: date
    now: datetime
    probability: Callable[[Floats], Floats]
    again: frozenset[str] = frozenset()

    def experiment(self, in_need: InNeed) -> Experiment:
        """What was said earlier and still holds on the date; the turns of all times."""
        with self.store.read() as connection:
            arms = arms_on(connection, self.as_of, self.settings.holdout_weeks)
            taken = select(allocations.c.stratum, func.max(allocations.c.place)).group_by(allocations.c.stratum)
            places = {str(stratum): int(last) + 1 for stratum, last in connection.execute(taken)}
        return Experiment(Lot(self.seed, self.settings.holdout_share), arms, places, in_need, self.again)

    def log(self, turns: pd.DataFrame) -> None:
        """Keep the turns and an entry in the audit log, in one transaction; nothing where there are none."""
        if turns.empty:
            return
        risk = self.probability(turns["margin"].to_numpy(dtype=np.float64))
        common = {
            "week": week_of(self.as_of),
            "from_on": self.as_of,
            "until_on": self.as_of + timedelta(weeks=self.settings.holdout_weeks),
            "drawn_at": self.now,
        }
        rows = [
            {
                **common,
                **{name: str(turn[name]) for name in _WORDS},
                "officer_id": str(turn["list_of"]),
                "place": int(turn["place"]),
                "share": float(turn["share"]),
                "risk": float(chance),
            }
            for turn, chance in zip(turns.to_dict("records"), risk, strict=True)
        ]
        with self.store.write() as connection:
            connection.execute(insert(allocations), rows)
            event, week, share = Event.LOTS_DRAWN, week_of(self.as_of), f"{self.settings.holdout_share:g}"
            by, at = OPERATOR, self.now
            audit.record(connection, at, by.name, by.role, event, week, turns=len(rows), share=share)


def lottery(
    store: Store,
    settings: Settings,
    as_of: date,
    now: datetime,
    probability: Callable[[Floats], Floats],
    again: frozenset[str] = frozenset(),
) -> KeptLottery | None:
    """The lottery of an installation; None where the settings leave nobody out.

    Raises
    ------
    UsageError
        The settings name another seed than the one by which clients were drawn already.
    """
    if not settings.holdout_share:
        return None
    return KeptLottery(store, settings, seed_of(store, settings.holdout_seed, now), as_of, now, probability, again)


def arms_on(connection: Connection, as_of: date, weeks: int) -> dict[str, Arm]:
    """What the lot said of each unit, where it holds on a date.

    A week of the past that is drawn anew heeds what was said since, as long as the two would overlap: nobody has two
    arms at once.
    """
    ahead = as_of + timedelta(weeks=weeks)
    holding = (
        select(allocations.c.unit, allocations.c.arm)
        .where(allocations.c.from_on < ahead, allocations.c.until_on > as_of)
        # The earliest is written last and stands.
        .order_by(allocations.c.from_on.desc(), allocations.c.unit)
    )
    return {str(unit): Arm(arm) for unit, arm in connection.execute(holding)}


def lots_of(connection: Connection, client_id: str) -> list[dict[str, object]]:
    """What the lot said when a client was drawn, oldest first: arm, share, from_on, until_on."""
    names = (allocations.c.arm, allocations.c.share, allocations.c.from_on, allocations.c.until_on)
    drawn = select(*names).where(allocations.c.client_id == client_id).order_by(allocations.c.from_on)
    return [dict(row) for row in connection.execute(drawn).mappings()]


def seed_of(store: Store, wished: str, now: datetime) -> bytes:
    """The seed of this installation: as the settings wish it, else drawn by chance once.

    Parameters
    ----------
    wished
        `Settings.holdout_seed`; empty lets chance choose.

    Raises
    ------
    UsageError
        Clients were drawn by another one. The attempt stands in the audit log.
    """
    asked = sha256(f"exitwatch lot {wished}".encode()).hexdigest() if wished else ""
    refused = False
    with store.write() as connection:
        seed = installation.fact(connection, _SEED)
        drawn = connection.execute(select(func.count()).select_from(allocations)).scalar_one()
        event, detail = Event.LOT_SEEDED, dict[str, str]()
        if seed is not None and asked in ("", seed):
            return bytes.fromhex(seed)
        if seed is not None and drawn:
            refused, event = True, Event.LOT_SEED_REFUSED
        else:
            seed = asked or token_hex(32)
            installation.set_fact(connection, _SEED, seed)
            detail = {"commitment": Lot(bytes.fromhex(seed), 0.0).commitment}
        audit.record(connection, now, OPERATOR.name, OPERATOR.role, event, **detail)
    if refused:
        raise UsageError(
            "holdout_seed is not the seed by which clients were drawn already. Another one would let who is left out "
            "be chosen, so it stays as it is until the end: take holdout_seed out of the settings, or put the old one "
            "back. The attempt stands in the audit log."
        )
    return bytes.fromhex(seed)
