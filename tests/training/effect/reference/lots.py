"""Logs of lots as a weekly run would write them, from a small world whose effects are known.

Clients live alone or in households that are drawn together and tend to leave together. Every week the riskiest who are
free are considered; a unit considered for the first time is drawn by permuted blocks of ten within branch and band and
keeps its arm for a quarter. A contact helps some, leaves others as they are and drives some away. Not everybody listed
is reached, and some of the held-out are. Stays become known at once, exits only after the grace period.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

HORIZON, GRACE = 91, 91
MATURES_AFTER = HORIZON + GRACE
FIRST = date(2023, 1, 2)
BRANCHES, LENDING = ("north", "south", "west"), ("group", "individual")


@dataclass(frozen=True)
class World:
    """What is true.

    Attributes
    ----------
    helped, driven
        Change in the chance to leave by a contact, for the third who are helped and the sixth who are driven away.
    harmed
        Change for everybody of lending "individual", instead.
    together
        How much households leave together, 0 to 1.
    """

    weeks: int = 104
    per_week: int = 60
    share: float = 0.1
    base: float = 0.25
    helped: float = -0.2
    driven: float = 0.06
    harmed: float | None = None
    reached: float = 0.75
    reached_anyway: float = 0.05
    together: float = 0.6
    seed: int = 0
    clients: int = field(default=0)

    @property
    def last(self) -> date:
        """The day after the last list."""
        return FIRST + timedelta(weeks=self.weeks)


NOTHING = {"helped": 0.0, "driven": 0.0}


def drawn(world: World) -> pd.DataFrame:
    """The log, with the true change of every row by being listed (`truth`) and by a contact (`by_contact`)."""
    draw = np.random.default_rng(world.seed)
    count = world.clients or world.per_week * 40
    unit = np.repeat(np.arange(count), draw.choice([1, 1, 2, 3], count))[:count]
    units = int(unit.max()) + 1
    branch, lending = draw.integers(0, 3, units)[unit], draw.integers(0, 2, units)[unit]
    usual = np.clip(draw.beta(2, 2 / world.base - 2, count), 0.02, 0.9)
    change = np.array([world.helped, 0.0, world.driven])[draw.choice(3, count, p=[1 / 3, 1 / 2, 1 / 6])]
    if world.harmed is not None:
        change = np.where(lending == 1, world.harmed, change)
    free_from, gone = np.zeros(units, dtype=np.int64), np.zeros(count, dtype=bool)
    arm, times, lots = np.zeros(units, dtype=bool), np.zeros(units, dtype=np.int64), _Lot(world.share, draw)
    log = []
    for week in range(world.weeks):
        now = np.clip(usual * draw.uniform(0.7, 1.3, count), 0.01, 0.95)
        free = (free_from[unit] <= week) & ~gone
        who = np.flatnonzero(free)[np.argsort(-now[free] * draw.uniform(0.5, 1, int(free.sum())), kind="stable")]
        who = who[: world.per_week]
        for place in np.unique(unit[who]):
            high = bool(now[who[unit[who] == place]].max() > 0.3)
            first = int(np.flatnonzero(unit == place)[0])
            arm[place] = lots.next((int(branch[first]), high))
            times[place] += 1
            free_from[place] = week + HORIZON // 7
        held = arm[unit[who]]
        met = draw.random(len(who)) < np.where(held, world.reached_anyway, world.reached)
        mood = draw.random(units)[unit[who]]
        mood = np.where(draw.random(len(who)) < world.together, mood, draw.random(len(who)))
        moved = np.clip(now[who] + change[who], 0, 1) - now[who]
        left = mood < now[who] + met * moved
        gone[who[left]] = True
        as_of = pd.Timestamp(FIRST + timedelta(weeks=week))
        wait = np.where(left, MATURES_AFTER, draw.integers(HORIZON, MATURES_AFTER, len(who)))
        log.append(
            pd.DataFrame(
                {
                    "unit_id": [f"u{n}" for n in unit[who]],
                    "client_id": [f"c{n}" for n in who],
                    "draw": times[unit[who]],
                    "as_of": as_of,
                    "arm": np.where(held, "hold_out", "listed"),
                    "propensity": world.share,
                    "stratum": [f"{BRANCHES[b]} {h}" for b, h in zip(branch[who], now[who] > 0.3, strict=True)],
                    "branch": [BRANCHES[b] for b in branch[who]],
                    "lending": [LENDING[b] for b in lending[who]],
                    "action": np.where(now[who] > 0.3, "visit", "talk at the meeting"),
                    "cycle": draw.integers(1, 8, len(who)),
                    "tenure": np.where(draw.random(len(who)) < 0.1, np.nan, draw.gamma(2, 400, len(who))),
                    "risk": np.clip(now[who] * draw.uniform(0.8, 1.2, len(who)), 0, 1),
                    "reached": pd.array(met, dtype="boolean"),
                    "contacts": met * draw.integers(1, 3, len(who)),
                    "left": left.astype(float),
                    "settled_on": as_of + pd.to_timedelta(wait, unit="D"),
                    "truth": moved * (world.reached - world.reached_anyway),
                    "by_contact": moved,
                }
            )
        )
    rows = pd.concat(log, ignore_index=True)
    rows.loc[draw.random(len(rows)) < 0.02, "reached"] = pd.NA
    lost = draw.random(len(rows)) < 0.01
    rows.loc[lost, ["left", "settled_on"]] = [np.nan, pd.NaT]
    return rows


@dataclass
class _Lot:
    """Permuted blocks of ten within strata."""

    share: float
    draw: np.random.Generator
    blocks: dict[tuple[int, bool], list[bool]] = field(default_factory=dict)

    def next(self, stratum: tuple[int, bool]) -> bool:
        if not self.blocks.get(stratum):
            held = round(10 * self.share)
            self.blocks[stratum] = list(self.draw.permutation([True] * held + [False] * (10 - held)))
        return bool(self.blocks[stratum].pop())


def row(n: int, arm: str, left: float | None, **other: object) -> dict[str, object]:
    """One drawn row for small tables: everything plain but what is given."""
    plain: dict[str, object] = {
        "unit_id": f"u{n}",
        "client_id": f"c{n}",
        "draw": 1,
        "as_of": "2024-01-01",
        "arm": arm,
        "propensity": 0.5,
        "stratum": "all",
        "risk": 0.2,
        "action": "visit",
        "reached": arm == "listed",
        "contacts": int(arm == "listed"),
        "left": left,
        "settled_on": None if left is None else "2024-04-02",
    }
    return plain | other


def counted(listed: tuple[int, int], held_out: tuple[int, int], **other: object) -> pd.DataFrame:
    """So many who left, of so many, in each arm."""
    arms = [("listed", *listed), ("hold_out", *held_out)]
    kinds = [(arm, float(n < left)) for arm, left, of in arms for n in range(of)]
    return pd.DataFrame([row(n, arm, left, **other) for n, (arm, left) in enumerate(kinds)])
