"""Open loans on a Sunday: all that the probability of their end in an exit depends on."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.connectors.simulated import loan_end
from features.connectors.simulated.causes import CYCLES
from features.connectors.simulated.history import Life
from features.connectors.simulated.life import World
from features.connectors.simulated.people import PRODUCTS, People

Ints = NDArray[np.int64]
_TERMS = np.array([product[2] for product in PRODUCTS])


@dataclass(frozen=True)
class Moment:
    """The state of some open loans; every array has one entry per loan, `chains` one such array per driver."""

    week: int
    chains: dict[str, Ints]
    payer: Ints
    lending: Ints
    sector: Ints
    trait: Ints
    visit_class: Ints
    visited: Ints
    early: Ints
    weeks_to_go: Ints
    state: Ints
    cycle: Ints
    cut: Ints
    growth: Ints
    waited: Ints
    rested: Ints

    @classmethod
    def lived(cls, people: People, life: Life, week: int, who: Ints) -> "Moment":
        """As it was written down."""
        loan = life.loan[week, who]
        loans = {name: np.asarray(life.loans[name], dtype=np.int64)[loan] for name in ("product", "cycle", *_FACTS)}
        trouble = np.where(people.group[who] >= 0, life.trouble[week, np.maximum(people.group[who], 0)], 0)
        return cls._of(
            people,
            week,
            who,
            chains={code: state[week, who] for code, state in life.chains.items()},
            term=_TERMS[loans.pop("product")],
            due=life.due[week, who],
            visited=life.visited[week, who],
            state=(life.arrears[week, who], trouble, life.ahead[week, who]),
            **loans,
        )

    @classmethod
    def now(cls, world: World, week: int, who: Ints) -> "Moment":
        """As it stands while the piece lives."""
        return cls._of(
            world.people,
            week,
            who,
            chains={code: state[who] for code, state in world.chains.items()},
            term=world.term[who],
            due=world.due[who],
            visited=world.visited[who],
            state=(world.arrears[who], world.trouble_of_clients()[who], world.ahead[who]),
            cycle=world.cycle[who],
            **{name: getattr(world, name)[who] for name in _FACTS},
        )

    @classmethod
    def _of(
        cls, people: People, week: int, who: Ints, *, term: Ints, due: Ints, cycle: Ints, state: Any, **others: Any
    ) -> "Moment":
        cycle = np.minimum(cycle, CYCLES - 1)
        return cls(
            week=week,
            payer=people.payer[who],
            lending=people.lending[who],
            sector=people.sector[who],
            trait=people.trait[who],
            visit_class=people.visit_class[cycle, who],
            early=(term >= loan_end.EARLY_TERM).astype(np.int64),
            weeks_to_go=np.maximum(due.astype(np.int64) - week, 0),
            state=loan_end.joint(*(part.astype(np.int64) for part in state)),
            cycle=cycle,
            **others,
        )

    def __len__(self) -> int:
        return len(self.state)

    def only(self, which: Ints) -> "Moment":
        """Some of the loans."""
        arrays = {
            field.name: getattr(self, field.name)[which]
            for field in fields(self)
            if field.name not in ("week", "chains")
        }
        return Moment(week=self.week, chains={code: state[which] for code, state in self.chains.items()}, **arrays)

    @property
    def scale(self) -> Ints:
        """Trait without a visit, as `Causes.scales` numbers it."""
        return self.trait * 3

    @property
    def scale_visited(self) -> Ints:
        """Trait and class of whom a recent visit found."""
        return self.trait * 3 + self.visit_class


_FACTS = ("cut", "growth", "waited", "rested")
