"""A difference between exposed clients and others like them, and how sure it is.

Coarsened exact matching (Iacus, King and Porro 2012, Political Analysis 20(1), 1-24): within a stratum everybody is
alike in all that is matched on; the others weigh so that they are spread over the strata as the exposed are. The
interval is a cluster jackknife: each unit in turn is left out with all its clients, matching included (CV3; MacKinnon,
Nielsen and Webb 2023, Journal of Econometrics 232(2), 272-299), with Student's t of the exposed units less one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from models.rows import Flags, Floats


@dataclass(frozen=True)
class Difference:
    """Exit rate of the exposed less that of others like them, per decision.

    Attributes
    ----------
    exposed, others
        Clients that could be matched.
    exposed_rate, others_rate
        Share who left, the others weighted as the exposed are spread.
    difference, low, high
        As shares, with the 95 % interval; NaN where it cannot be had.
    p
        Two-sided, that it is 0.
    units
        Units among the exposed.
    """

    exposed: int
    others: int
    exposed_rate: float
    others_rate: float
    difference: float
    low: float
    high: float
    p: float
    units: int


def matched(rows: pd.DataFrame, on: Sequence[str]) -> Flags:
    """Rows in strata that hold both exposed and others.

    Parameters
    ----------
    rows
        exposed (bool) and the columns named in `on`; missing counts as a value of its own.
    """
    strata = rows.groupby(list(on), dropna=False, sort=False)["exposed"]
    flags: Flags = (strata.transform("any") & ~strata.transform("all")).to_numpy(dtype=bool)
    return flags


def difference(rows: pd.DataFrame, on: Sequence[str], cluster: str) -> Difference:
    """Difference in exit rates between the exposed and others like them.

    Parameters
    ----------
    rows
        exposed, left (bool), the columns of `on`, and `cluster`: whose rows come and go together.
    """
    kept = rows[matched(rows, on)]
    exposed = kept["exposed"].to_numpy(dtype=bool)
    units = kept.loc[exposed, cluster].nunique()
    if not len(kept):
        none = float("nan")
        return Difference(0, 0, none, none, none, none, none, none, 0)
    stratum = kept.groupby(list(on), dropna=False, sort=False).ngroup().to_numpy()
    number = pd.factorize(kept[cluster].astype(str))[0].astype(np.int64)
    parts = _Parts.of(stratum.astype(np.int64), number, exposed, kept["left"].to_numpy(dtype=np.float64))
    mine, theirs = parts.rates(parts.total())
    value = mine - theirs
    spread = parts.spread(value)
    nothing = float("nan")
    low = high = p = nothing
    if units > 1 and np.isfinite(spread) and spread > 0:
        half = float(stats.t.ppf(0.975, units - 1)) * spread
        low, high, p = value - half, value + half, float(2 * stats.t.sf(abs(value) / spread, units - 1))
    return Difference(int(exposed.sum()), int((~exposed).sum()), mine, theirs, value, low, high, p, units)


@dataclass(frozen=True)
class _Parts:
    """Counts by stratum and cluster: columns exposed, exposed who left, others, others who left."""

    stratum: NDArray[np.int64]
    cluster: NDArray[np.int64]
    counts: Floats

    @classmethod
    def of(cls, stratum: NDArray[np.int64], cluster: NDArray[np.int64], exposed: Flags, left: Floats) -> "_Parts":
        pair, place = np.unique(np.stack([stratum, cluster]), axis=1, return_inverse=True)
        columns = (exposed * 1.0, exposed * left, ~exposed * 1.0, ~exposed * left)
        sums = [np.bincount(place.ravel(), weights=column, minlength=pair.shape[1]) for column in columns]
        return cls(pair[0], pair[1], np.column_stack(sums))

    def total(self) -> Floats:
        answer = np.zeros((int(self.stratum.max()) + 1, 4))
        np.add.at(answer, self.stratum, self.counts)
        return answer

    @staticmethod
    def rates(strata: Floats) -> tuple[float, float]:
        """Rate of the exposed, and of the others spread as the exposed are, over strata that hold both."""
        n1, y1, n0, y0 = strata[(strata[:, 0] > 0) & (strata[:, 2] > 0)].T
        if not n1.sum():
            return float("nan"), float("nan")
        return float(y1.sum() / n1.sum()), float((n1 * y0 / n0).sum() / n1.sum())

    def spread(self, value: float) -> float:
        """Standard error by leaving out each cluster in turn."""
        total, found = self.total(), []
        for cluster in np.unique(self.cluster):
            own = self.cluster == cluster
            less = total.copy()
            np.subtract.at(less, self.stratum[own], self.counts[own])
            mine, theirs = self.rates(np.round(less, 9))
            found.append(mine - theirs)
        without = np.array(found)
        without = without[np.isfinite(without)]
        if len(without) < 2:
            return float("nan")
        return float(np.sqrt((len(without) - 1) / len(without) * np.sum((without - value) ** 2)))
