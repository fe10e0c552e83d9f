"""Who is drawn: clients are gone through in the order in which places are given, and each has a turn in the lot.

A client is drawn when she would find a place for the first time, given what the lot said of those before her; her own
arm has no part in whether she is drawn. Who is left out takes no place, and the next one finds it: so a list is as long
as it would be without a lot, and everybody on it was drawn, but for those who are never left out.

Nobody can be told by her absence: who stood on last week's list without an answer stands on it again, and off a list
there are always as many others, for want of room or of risk, as were left out by lot. An officer with so few clients
that everybody is listed has nobody left out.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.barring import Mask, Texts, among
from serving.experiment.lot import Arm, Lot
from training.effect.harm import SHARE_AFTER_LIFT

Positions = NDArray[np.intp]
#: From those who ask, as positions, to which of them find a place when the others do not ask.
Placing = Callable[[Positions], Mask]


def unit_of_client(client_id: str) -> str:
    """Who keeps the arm where each client is drawn by herself.

    >>> unit_of_client("C7")
    'client:C7'
    """
    return f"client:{client_id}"


def nobody(_clients: Sequence[str]) -> frozenset[str]:
    """Nobody is in need."""
    return frozenset()


@dataclass(frozen=True)
class Experiment:
    """The lot and what it said so far, as a week's lists heed it.

    Parameters
    ----------
    arms
        What it said earlier, by unit, where that still holds.
    taken
        Turns taken so far, by stratum.
    in_need
        Who of some clients is never left out: in arrears, over-indebted. An open complaint is listed before any lot.
    again
        Bands whose lists had stopped for harm and began again: half are left out, so that harm would show soonest.
    """

    lot: Lot
    arms: Mapping[str, Arm] = field(default_factory=lambda: MappingProxyType({}))
    taken: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    in_need: Callable[[Sequence[str]], Collection[str]] = nobody
    again: Collection[str] = ()

    def lot_of(self, band: str) -> Lot:
        """The lot by which clients of a band are drawn."""
        return replace(self.lot, share=max(self.lot.share, SHARE_AFTER_LIFT)) if band in self.again else self.lot


@dataclass(frozen=True)
class Turn:
    """A turn in the lot that somebody took.

    Parameters
    ----------
    position
        Of the client among those who ask.
    unit
        Who keeps the arm: the client, or her household or group.
    place
        Number of the turn in its stratum, from 0.
    share
        Chance to be left out.
    """

    position: int
    client_id: str
    unit: str
    stratum: str
    place: int
    arm: Arm
    share: float


@dataclass(frozen=True)
class Drawn:
    """What the lot said of those who ask for a place.

    Parameters
    ----------
    held_out
        Who is left out, shape (clients,), by this week's turn or an earlier one.
    turns
        Those taken this week, in their order.
    """

    held_out: Mask
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Asking:
    """Those who ask for a place, the first served first: arrays with one entry each.

    Parameters
    ----------
    unit
        Who keeps the arm.
    expected
        Whether whoever holds the list expects to see her there again.
    together
        A number that clients share who are counted once, or who keep one arm.
    places
        By list, how many lines it has.
    besides
        By list, how many more are off it for their low risk: of those who are together one, and none of them asks.
    """

    client_id: Texts
    unit: Texts
    stratum: Texts
    band: Texts
    list_of: Texts
    expected: Mask
    together: Positions
    places: Mapping[str, int]
    besides: Mapping[str, int]

    def hiding(self, out: Mask) -> dict[str, int]:
        """By list, how many units may still be left out so that as many others stay off it whatever happens."""
        asking, lots = self._on_each_list(self.together, ~out), self._on_each_list(self.unit, out)
        # Who is left out is missed herself, and one of the others finds her place.
        return {
            name: max(asking[name] + self.besides.get(name, 0) - self.places[name] - lots[name], 0) // 2
            for name in set(self.list_of.tolist())
        }

    def lists_of_units(self) -> dict[str, set[str]]:
        """By unit, the lists on which it asks for a place."""
        found: dict[str, set[str]] = {}
        for name, unit in zip(self.list_of.tolist(), self.unit.tolist(), strict=True):
            found.setdefault(unit, set()).add(name)
        return found

    def _on_each_list(self, of: NDArray[Any], which: Mask) -> Counter[str]:
        pairs = pd.DataFrame({"list_of": self.list_of[which], "of": of[which]}).drop_duplicates()
        return Counter(pairs["list_of"].tolist())


def draw(asking: Asking, experiment: Experiment, placing: Placing) -> Drawn:
    """Draw until everybody who finds a place has had a turn or is never left out."""
    client_id, unit = asking.client_id, asking.unit
    arms, taken, turns = dict(experiment.arms), dict(experiment.taken), list[Turn]()
    asked, spared = set[str](), set[str](client_id[asking.expected].tolist())
    lists = asking.lists_of_units()

    def spare(positions: Positions) -> Mask:
        """Who of them is never left out; each is asked about once."""
        unasked = set(client_id[positions].tolist()) - asked
        asked.update(unasked)
        spared.update(experiment.in_need(sorted(unasked)))
        return among(client_id[positions], sorted(spared))

    while True:
        left_out = np.flatnonzero(among(unit, _held_out(arms)))
        out = np.zeros(len(unit), dtype=bool)
        out[left_out] = ~spare(left_out)
        asks = np.flatnonzero(~out)
        found = asks[placing(asks)]
        new = found[~among(unit[found], sorted(arms))]
        new = new[~spare(new)]
        if not len(new):
            return Drawn(out, tuple(turns))
        hiding = asking.hiding(out)
        for position in new.tolist():
            mine, stratum = str(unit[position]), str(asking.stratum[position])
            if mine in arms:
                continue
            if any(hiding[name] < 1 for name in lists[mine]):
                spared.add(str(client_id[position]))
                continue
            place, lot = taken.get(stratum, 0), experiment.lot_of(str(asking.band[position]))
            taken[stratum], arms[mine] = place + 1, lot.arm(stratum, place)
            if arms[mine] is Arm.HELD_OUT:
                for name in lists[mine]:
                    hiding[name] -= 1
            turns.append(Turn(position, str(client_id[position]), mine, stratum, place, arms[mine], lot.share))


def _held_out(arms: Mapping[str, Arm]) -> list[str]:
    return sorted(unit for unit, arm in arms.items() if arm is Arm.HELD_OUT)
