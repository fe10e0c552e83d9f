"""Exact TreeSHAP of the margin, in log-odds, summed by driver.

Path-dependent TreeSHAP as LightGBM defines it: many rows through WOODELF, which looks up equal decisions in one table
per leaf and is 8 to 16 times faster than `shap.TreeExplainer`; few rows through LightGBM's own `pred_contrib`,
which has no start-up cost. Both are exact. Every answer is checked: base plus contributions must give the margin.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.catalogue import FEATURES
from features.drivers import DRIVERS, Driver
from features.errors import ModelError, SchemaMismatch
from features.feature import Feature
from models.boosting import Forest
from models.rows import matrix
from models.telling import Telling
from models.tree_sums import TreeSums, from_patterns, of_forest

TOLERANCE = 1e-4  # log-odds by which base plus contributions may miss the margin; single precision leaves about 1e-5
FLOOR = 0.05  # log-odds; a driver that raises the odds by less than about 5 % is not spoken of
TOP = 3  # reasons on a line, `domain.md` 2.3

_CHUNK = 100_000  # rows explained at once; 100 inputs take about 0.3 GB
_FEW = 2_000  # rows up to which LightGBM's own walk is the faster way
_DECIMALS = 4  # of the sums by which drivers are ranked, so that single precision decides no rank

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]


class NotExplained(ModelError):
    """The contributions cannot be computed, or do not add up to the margin."""


class Explainable(Protocol):
    """A model whose margin at the main horizon can be taken apart; `models.exit_risk.ExitModel` is one."""

    @property
    def features(self) -> tuple[str, ...]:
        """Columns it reads, in order."""
        ...

    @property
    def explained(self) -> Forest | None:
        """The trees whose sum is the margin; None if the margin is no such sum."""
        ...

    def margin(self, X: pd.DataFrame, horizon: int | None = None, threads: int = 1) -> Floats:
        """Uncalibrated log-odds, shape (n,)."""
        ...


@dataclass(frozen=True)
class Explanations:
    """Why each client stands where she stands, by driver, in log-odds.

    Attributes
    ----------
    clients
        Index of the rows explained, n long.
    drivers
        Driver codes in the catalogue's order.
    base
        Mean margin of the training rows; with a client's contributions it makes her margin.
    by_driver
        Shape (n, drivers), single precision; positive raises the risk.
    top
        Shape (n, 3): positions in `drivers` of the strongest drivers that may be shown, lie above the floor and have a
        feature to speak of; -1 for none.
    feature
        Shape (n, 3): for each of them the position of the feature to speak of: the one told for the largest
        contribution among those that raise the risk and have a figure worth saying of this client (`models.telling`).
    features
        Names the positions in `feature` speak of.
    failure
        Why there are no contributions; None if there are.
    """

    clients: pd.Index
    drivers: tuple[str, ...]
    base: float
    by_driver: npt.NDArray[np.float32]
    top: npt.NDArray[np.int16]
    feature: npt.NDArray[np.int16]
    features: tuple[str, ...]
    failure: str | None = None

    def frame(self) -> pd.DataFrame:
        """Columns driver_1..3 (code) and contribution_1..3 (log-odds) by client; missing where there is none."""
        codes = np.array([*self.drivers, None], dtype=object)
        padded = np.column_stack([self.by_driver, np.full(len(self.clients), np.nan, dtype=np.float32)])
        rows = np.arange(len(self.clients))
        columns: dict[str, object] = {}
        for place in range(TOP):
            columns[f"driver_{place + 1}"] = pd.array(codes[self.top[:, place]], dtype="str")
        for place in range(TOP):
            columns[f"contribution_{place + 1}"] = np.round(padded[rows, self.top[:, place]].astype(np.float64), 6)
        return pd.DataFrame(columns, index=self.clients)

    def weighing(self, floor: float) -> dict[str, tuple[str, ...]]:
        """Client to the codes of all drivers that raise her risk by the floor or more, spoken of or not."""
        weigh = (self.by_driver > 0) & (np.round(self.by_driver.astype(np.float64), _DECIMALS) >= floor)
        codes = np.array(self.drivers, dtype=object)
        return {str(client): tuple(codes[row]) for client, row in zip(self.clients, weigh, strict=True)}

    def importance(self) -> pd.Series:
        """Mean absolute contribution of each driver, in log-odds, strongest first."""
        mean = np.abs(self.by_driver).mean(axis=0, dtype=np.float64)
        return pd.Series(mean, index=list(self.drivers)).sort_values(ascending=False, kind="stable")


def contributions(model: Explainable, X: pd.DataFrame, threads: int = 1) -> tuple[pd.DataFrame, float]:
    """Exact contribution of every feature to the margin at the main horizon.

    Parameters
    ----------
    X
        Shape (n, features), float64, exactly the model's features in order; NaN means not known.

    Returns
    -------
    contributions
        Shape (n, features), log-odds, indexed like `X`.
    base
        Mean margin of the training rows, log-odds; with the contributions of a row it makes her margin to `TOLERANCE`.

    Raises
    ------
    SchemaMismatch
        The columns are not the model's.
    NotExplained
        The sums miss the margin, or the contributions could not be computed at all.
    """
    values = matrix(X, model.features)
    prepared = _prepared(model)
    parts = [_contributions(model, prepared, X.iloc[rows], values[rows], threads) for rows in _chunks(len(X))]
    shape = np.concatenate(parts) if parts else np.empty((0, len(model.features)))
    return pd.DataFrame(shape, index=X.index, columns=list(model.features)), prepared.base


def by_driver(
    model: Explainable,
    X: pd.DataFrame,
    *,
    floor: float = FLOOR,
    features: Mapping[str, Feature] | None = None,
    drivers: Mapping[str, Driver] = DRIVERS,
    shown: Collection[str] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Explanations:
    """Contributions summed by driver, and the strongest shown drivers of each client.

    A million clients are explained in pieces: one number per driver is kept of each.

    Parameters
    ----------
    floor
        Log-odds a driver must add to be spoken of.
    features, drivers
        The catalogue; its own where absent.
    shown
        Codes that may be named; those the catalogue shows on an officer's list where absent.
    progress
        Called after each piece with rows done and rows in all.

    Raises
    ------
    SchemaMismatch, NotExplained
        As `contributions`. Nothing is ever put in place of a contribution that cannot be computed.
    """
    values = matrix(X, model.features)
    known = FEATURES if features is None else features
    strange = [name for name in model.features if name not in known]
    if strange:
        raise SchemaMismatch(
            f"the model reads {strange[0]!r}, which this version does not compute. Train again with `exitwatch train`, "
            "or use the version that trained it."
        )
    prepared = _prepared(model)
    owned = {known[name].driver for name in model.features}
    codes = tuple(code for code in drivers if code in owned)
    allowed = np.array([drivers[code].shown if shown is None else code in shown for code in codes])
    telling = Telling.of(model.features, known)
    place = {code: position for position, code in enumerate(codes)}
    owner = np.array([place[known[name].driver] for name in model.features])
    members = [np.flatnonzero(owner == position) for position in range(len(codes))]
    sums = np.empty((len(X), len(codes)), dtype=np.float32)
    top = np.full((len(X), TOP), -1, dtype=np.int16)
    chosen = np.full((len(X), TOP), -1, dtype=np.int16)
    for rows in _chunks(len(X)):
        own = _contributions(model, prepared, X.iloc[rows], values[rows], threads)
        summed = np.column_stack([own[:, columns].sum(axis=1) for columns in members])
        worth = np.where(telling.worth_saying(values[rows]) & (own > 0), own, -np.inf)
        strongest = np.column_stack([columns[worth[:, columns].argmax(axis=1)] for columns in members])
        speakable = np.column_stack([np.isfinite(worth[:, columns]).any(axis=1) for columns in members])
        sums[rows] = summed
        top[rows] = _strongest(summed, allowed & speakable, floor)
        spoken = np.take_along_axis(strongest, np.maximum(top[rows], 0), axis=1)
        chosen[rows] = np.where(top[rows] >= 0, telling.place[spoken], -1)
        if progress is not None:
            progress(rows.stop, len(X))
    return Explanations(X.index, codes, prepared.base, sums, top, chosen, model.features)


def by_driver_or_why_not(
    model: Explainable,
    X: pd.DataFrame,
    *,
    floor: float = FLOOR,
    features: Mapping[str, Feature] | None = None,
    drivers: Mapping[str, Driver] = DRIVERS,
    shown: Collection[str] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Explanations:
    """As `by_driver`, but where no contributions can be computed the answer says why, and holds none.

    Returns
    -------
    Explanations whose `failure` is set and which name no driver, if the contributions could not be computed.
    """
    try:
        return by_driver(
            model, X, floor=floor, features=features, drivers=drivers, shown=shown, threads=threads, progress=progress
        )
    except NotExplained as error:
        none = np.full((len(X), TOP), -1, dtype=np.int16)
        empty = np.empty((len(X), 0), dtype=np.float32)
        return Explanations(X.index, (), float("nan"), empty, none, none, model.features, failure=str(error))


def _prepared(model: Explainable) -> TreeSums:
    if model.explained is None:
        raise NotExplained("the margin of this model is no sum of trees; train kind 'incidence' or 'single'")
    return of_forest(model.explained)


def _contributions(model: Explainable, prepared: TreeSums, X: pd.DataFrame, values: Floats, threads: int) -> Floats:
    try:
        if len(values) <= _FEW:
            own = prepared.forest.contributions(values, threads)[:, :-1]
        else:
            own = from_patterns(prepared, values)
    except (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError, AssertionError) as error:
        raise NotExplained(f"the contributions could not be computed ({type(error).__name__})") from error
    _check_sums(own, prepared.base, model.margin(X, threads=threads))
    return own


def _check_sums(values: Floats, base: float, margin: Floats) -> None:
    miss = np.abs(values.sum(axis=1) + base - margin)
    wrong = ~(miss <= TOLERANCE)
    if wrong.any():
        raise NotExplained(
            f"the contributions of {int(wrong.sum())} of {len(miss)} clients miss the margin by up to {miss.max():.2g} "
            f"log-odds, more than {TOLERANCE:.0e}"
        )


def _strongest(summed: Floats, allowed: npt.NDArray[np.bool_], floor: float) -> npt.NDArray[np.int16]:
    rounded = np.where(allowed, np.round(summed, _DECIMALS), -np.inf)
    if rounded.shape[1] < TOP:
        rounded = np.column_stack([rounded, np.full((len(rounded), TOP - rounded.shape[1]), -np.inf)])
    order = np.argsort(-rounded, axis=1, kind="stable")[:, :TOP]
    strong = np.take_along_axis(rounded, order, axis=1) >= floor
    return np.where(strong, order, -1).astype(np.int16)


def _chunks(n: int) -> Sequence[slice]:
    return [slice(start, min(start + _CHUNK, n)) for start in range(0, n, _CHUNK)]
