"""What a model learns from: clients on dates, and what became of them by each horizon."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import SchemaMismatch

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Clients at risk on dates, in canonical order (as_of, client_id).

    Attributes
    ----------
    X
        One float64 column per feature; NaN where a feature is not known.
    client_id
        Client of each row.
    day
        as_of of each row as a day number (`date.toordinal`).
    horizons
        Days, rising.
    choice, forced, decides, matured
        Shape (n, horizons): left by choice; written off or pushed out; had a decision point; and whether the three
        are final for that horizon. Where they are not, they mean nothing.
    weight
        Weight in training, above 0.
    alone
        Shape (n, horizons): what each outcome counts for as one without a visit from a list; 0 where a list led to one
        before the outcome was final, else one over the chance that none did. None where no list was ever given out.
        `training.left_alone` fills it.
    """

    X: pd.DataFrame
    client_id: NDArray[np.object_]
    day: NDArray[np.int64]
    horizons: tuple[int, ...]
    choice: Flags
    forced: Flags
    decides: Flags
    matured: Flags
    weight: Floats
    alone: Floats | None = None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(self.X.columns)

    def at(self, horizon: int) -> int:
        """Place of a horizon.

        Raises
        ------
        SchemaMismatch
            The rows do not have it.
        """
        if horizon not in self.horizons:
            known = ", ".join(map(str, self.horizons))
            raise SchemaMismatch(f"horizon {horizon} days was not built; the rows have {known}")
        return self.horizons.index(horizon)

    def take(self, which: Flags | NDArray[np.int64]) -> "Rows":
        """The chosen rows, in the order chosen."""
        return replace(
            self,
            X=self.X.iloc[np.flatnonzero(which) if which.dtype == bool else which].reset_index(drop=True),
            client_id=self.client_id[which],
            day=self.day[which],
            choice=self.choice[which],
            forced=self.forced[which],
            decides=self.decides[which],
            matured=self.matured[which],
            weight=self.weight[which],
            alone=None if self.alone is None else self.alone[which],
        )

    def told(self, place: int) -> Flags:
        """Whose outcome by a horizon is final, and came about without a visit from a list."""
        if self.alone is None:
            return self.matured[:, place]
        return self.matured[:, place] & (self.alone[:, place] > 0)

    def counted(self, place: int) -> Floats:
        """Weight of each row's outcome by a horizon; 0 where a list led to a visit before."""
        return self.weight if self.alone is None else self.weight * self.alone[:, place]

    def canonical(self) -> "Rows":
        """The same rows ordered by date, then client."""
        order = np.lexsort((self.client_id.astype(str), self.day))
        if np.array_equal(order, np.arange(len(self))):
            return self
        return self.take(order.astype(np.int64))

    def weighted(self, weight: Floats) -> "Rows":
        """The same rows with other weights."""
        return replace(self, weight=weight)


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows of several dates as one, in canonical order.

    Raises
    ------
    SchemaMismatch
        The parts differ in features or horizons.
    """
    first = parts[0]
    for part in parts[1:]:
        if part.features != first.features or part.horizons != first.horizons:
            raise SchemaMismatch("rows with different features or horizons cannot be put together")
        if (part.alone is None) != (first.alone is None):
            raise SchemaMismatch("rows in which visits are accounted for cannot be put together with rows in which not")
    return Rows(
        X=pd.concat([part.X for part in parts], ignore_index=True),
        client_id=np.concatenate([part.client_id for part in parts]),
        day=np.concatenate([part.day for part in parts]),
        horizons=first.horizons,
        choice=np.concatenate([part.choice for part in parts]),
        forced=np.concatenate([part.forced for part in parts]),
        decides=np.concatenate([part.decides for part in parts]),
        matured=np.concatenate([part.matured for part in parts]),
        weight=np.concatenate([part.weight for part in parts]),
        alone=None if first.alone is None else np.concatenate([p.alone for p in parts if p.alone is not None]),
    ).canonical()


def matrix(X: pd.DataFrame, features: Sequence[str]) -> Floats:
    """Values of exactly these features in this order.

    Raises
    ------
    SchemaMismatch
        Columns are missing, unknown or in another order; a column is not float64; a value is infinite.
    """
    given, wanted = X.columns.tolist(), list(features)
    if given != wanted:
        lacking = [name for name in wanted if name not in given]
        unknown = [name for name in given if name not in wanted]
        what = (
            f"feature {lacking[0]!r} is missing"
            if lacking
            else f"feature {unknown[0]!r} is not one of the model's"
            if unknown
            else "the features are in another order"
        )
        raise SchemaMismatch(f"{what}; the model was trained on {len(wanted)} features and was given {len(given)}")
    for name, kind in zip(wanted, X.dtypes.tolist(), strict=True):
        if kind != np.float64:
            raise SchemaMismatch(f"feature {name!r} is {kind}, not float64")
    values = X.to_numpy(dtype=np.float64)
    if np.isinf(values).any():
        name = wanted[int(np.flatnonzero(np.isinf(values).any(axis=0))[0])]
        raise SchemaMismatch(f"feature {name!r} has an infinite value; NaN means not known")
    return values
