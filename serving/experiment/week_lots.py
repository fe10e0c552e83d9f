"""A week's lot among those who ask for a place on the lists."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from serving import capacity
from serving.barring import Mask, Texts, Week
from serving.capacity import Asked, Ints
from serving.experiment.drawing import Asking, Drawn, Experiment, Positions, draw


@dataclass(frozen=True)
class Standing:
    """All clients of a week, as the lot sees them: arrays with one entry each.

    Parameters
    ----------
    unit
        Who keeps the arm.
    counted_with
        The number of her household or group where it is counted once, -1 for none.
    """

    list_of: Texts
    unit: Texts
    counted_with: Ints

    def together(self) -> Ints:
        """A number that clients share who are counted once or keep one arm, by however many steps."""
        units, names = pd.factorize(self.unit)
        counted = np.where(self.counted_with < 0, -1, self.counted_with + len(names))
        linked = np.flatnonzero(counted >= 0)
        size = int(max(counted.max(initial=-1) + 1, len(names)))
        links = coo_matrix((np.ones(len(linked)), (units[linked], counted[linked])), shape=(size, size))
        _, labels = connected_components(links, directed=False)
        return np.asarray(labels[units], dtype=np.int64)


def drawn(
    week: Week, standing: Standing, asks: Ints, asked: Asked, below_band: Mask, experiment: Experiment | None
) -> Drawn:
    """Whom the lot leaves out.

    Parameters
    ----------
    asks
        Who asks for a place, as positions in `week`, those first whose turn is first.
    asked
        The same clients, as places are given to them.
    below_band
        Who asks for none because her risk is too low.
    """
    if experiment is None:
        return Drawn(np.zeros(len(asks), dtype=bool))
    together = standing.together()
    asking = Asking(
        client_id=week.client_id[asks],
        unit=standing.unit[asks],
        stratum=week.branch_id[asks] + "/" + week.band[asks],
        band=week.band[asks],
        list_of=asked.list_of,
        expected=asked.before,
        together=together[asks],
        places=capacity.places(set(asked.list_of.tolist()), asked.used, week.settings),
        besides=_besides(standing.list_of, together, asks, below_band),
    )
    return draw(asking, experiment, _placing(week, asked))


def _placing(week: Week, asked: Asked) -> Callable[[Positions], Mask]:
    def placing(some: Positions) -> Mask:
        find: Mask = capacity.placed(asked.only(some), week.settings)[0] == ""
        return find

    return placing


def _besides(list_of: Texts, together: Ints, asks: Ints, below_band: Mask) -> Mapping[str, int]:
    def pairs(which: Ints) -> set[tuple[str, int]]:
        return set(zip(list_of[which].tolist(), together[which].tolist(), strict=True))

    return Counter(name for name, _ in pairs(np.flatnonzero(below_band)) - pairs(asks))
