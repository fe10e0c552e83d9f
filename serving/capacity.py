"""Who of those that may be listed finds a place: counted once, carried over, and no small branch starved.

Arrays have one entry per client, in the order of `rank_by`. Open complaints are always listed and take nobody's place;
none of them is here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.barring import Barred, Mask, Texts
from serving.line import DESK
from serving.settings import Settings

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """Clients who may be asked for.

    Parameters
    ----------
    counted_with
        The number of her household or group, -1 where there is none or nobody is counted once.
    before
        Whether last week's list had her already and no answer came, and not for too many weeks in a row.
    used
        Places of each list that an earlier draw of the week used already.
    """

    list_of: Texts
    branch_id: Texts
    counted_with: Ints
    before: Mask
    used: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def only(self, which: NDArray[np.intp]) -> "Asked":
        """Some of them."""
        chosen = self.list_of[which], self.branch_id[which], self.counted_with[which], self.before[which]
        return Asked(*chosen, used=self.used)


def placed(asked: Asked, settings: Settings) -> tuple[Texts, Mask]:
    """Who gets a place. Where one of a household or a group finds no room, the next of it stands in her place.

    Returns
    -------
    Why each is left out (a `Barred` code, empty for those who are listed), and who kept a place ahead of new lines.
    """
    no_room = np.zeros(len(asked.list_of), dtype=bool)
    while True:
        left = np.flatnonzero(~no_room)
        again = stood_for_by_another(asked.counted_with[left])
        stands = left[~again]
        beyond, kept = by_turns(asked.only(stands), settings)
        no_room[stands[beyond]] = True
        if not another_may_stand(beyond, again):
            break
    left_out = np.full(len(no_room), "", dtype=object)
    left_out[left[again]] = Barred.COUNTED_ONCE.value
    left_out[no_room] = Barred.NO_ROOM.value
    all_kept = np.zeros(len(left_out), dtype=bool)
    all_kept[stands] = kept
    return left_out, all_kept


def by_turns(asked: Asked, settings: Settings) -> tuple[Mask, Mask]:
    """Who finds no room when places are given in turn, and who kept a place ahead of new lines."""
    places = room(asked, settings)
    kept = keeps_a_place(asked, places)
    turn = in_turn(asked, kept, settings)
    beyond = np.zeros(len(places), dtype=bool)
    beyond[turn] = earlier(asked.list_of[turn]) >= places[turn]
    return beyond, kept


def another_may_stand(beyond: Mask, again: Mask) -> bool:
    """Whether somebody found no room, and there are others for whom another of the household or group stood."""
    return bool(beyond.any() and again.any())


def stood_for_by_another(counted_with: Ints) -> Mask:
    """A household or a group that is counted once has one line: of the member who goes first and finds room."""
    again: Mask = (counted_with >= 0) & (earlier(counted_with) > 0)
    return again


def room(asked: Asked, settings: Settings) -> Ints:
    """Places left on each client's list."""
    lists, names = pd.factorize(asked.list_of)
    left = places(names.tolist(), asked.used, settings)
    return np.array([left[name] for name in names], dtype=np.int64)[lists]


def places(lists: Iterable[str], used: Mapping[str, int], settings: Settings) -> dict[str, int]:
    """Places left on each list: of the officer's own capacity, or of what everybody has."""
    own = {**settings.capacity, DESK: settings.desk_length}
    return {name: max(own.get(name, settings.list_length) - used.get(name, 0), 0) for name in lists}


def keeps_a_place(asked: Asked, places: Ints) -> Mask:
    """A line that had no answer goes before new ones, in the order of all, up to half of the list."""
    kept = np.zeros(len(places), dtype=bool)
    kept[asked.before] = earlier(asked.list_of[asked.before]) < places[asked.before] // 2
    return kept


def in_turn(asked: Asked, kept: Mask, settings: Settings) -> Ints:
    """The order in which places are given: on the desk's list each branch has some before the rest go in order."""
    first = np.argsort(~kept, kind="stable")
    of_branch = np.zeros(len(first), dtype=np.int64)
    desk = asked.list_of[first] == DESK
    of_branch[desk] = np.minimum(earlier(asked.branch_id[first][desk]), settings.desk_floor)
    return first[np.argsort(of_branch, kind="stable")]


def earlier(names: Texts | Ints) -> Ints:
    """How many earlier entries are the same.

    >>> earlier(np.array(["a", "b", "a", "a"], dtype=object)).tolist()
    [0, 0, 1, 2]
    """
    codes, _ = pd.factorize(names)
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(ordered) else [])
    first = np.repeat(starts, np.diff(np.append(starts, len(ordered))))
    found = np.empty(len(codes), dtype=np.int64)
    found[order] = np.arange(len(codes)) - first
    return found
