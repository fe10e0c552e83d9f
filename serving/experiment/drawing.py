"""Who is drawn: clients are gone through in the order in which places are given, and each has a turn in the lot.

A client is drawn when she would find a place for the first time, given what the lot said of those before her; her own
arm has no part in whether she is drawn. Who is left out takes no place, and the next one finds it: so a list is as long
as it would be without a lot, and everybody on it was drawn, but for those who are never left out.

Whoever gets a place because somebody was left out is drawn in a stratum of her own kind. In one stratum with those
before her she would come into a block that has already left somebody out, and be listed more often than the share
says: those at the end of the order, whose risk is lowest, would be the ones listed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from serving.barring import Mask, Texts, among
from serving.experiment.lot import Arm, Lot

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
    """

    lot: Lot
    arms: Mapping[str, Arm] = field(default_factory=lambda: MappingProxyType({}))
    taken: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    in_need: Callable[[Sequence[str]], Collection[str]] = nobody


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
    """

    position: int
    client_id: str
    unit: str
    stratum: str
    place: int
    arm: Arm


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


def draw(client_id: Texts, unit: Texts, stratum: Texts, experiment: Experiment, placing: Placing) -> Drawn:
    """Draw until everybody who finds a place has had a turn or is never left out.

    Parameters
    ----------
    client_id, unit, stratum
        Of those who ask for a place, the first served first. The turns of those who fill a place that somebody left
        are of strata named after it.
    """
    arms, taken, turns = dict(experiment.arms), _taken(experiment), list[Turn]()
    asked, spared = set[str](), set[str]()
    passes = 0

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
        passes += 1
        for position in new.tolist():
            mine, among_these = str(unit[position]), _among(str(stratum[position]), passes)
            if mine in arms:
                continue
            place = taken.get(among_these, 0)
            taken[among_these], arms[mine] = place + 1, experiment.lot.arm(among_these, place)
            turns.append(Turn(position, str(client_id[position]), mine, among_these, place, arms[mine]))


def _among(stratum: str, passes: int) -> str:
    """Name of the stratum for those drawn in the first pass, and for those who fill their places."""
    return stratum if passes == 1 else f"{stratum}/filling {passes - 1}"


def _taken(experiment: Experiment) -> dict[str, int]:
    return dict(experiment.taken)


def _held_out(arms: Mapping[str, Arm]) -> list[str]:
    return sorted(unit for unit, arm in arms.items() if arm is Arm.HELD_OUT)
