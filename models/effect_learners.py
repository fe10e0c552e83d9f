"""Ways of learning who is helped from a trial. Each ends in sums of trees or straight lines that text can hold."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LassoLarsIC, RidgeCV
from sklearn.model_selection import GroupKFold

from models.boosting import Boosting, Forest, grow
from models.calibration import sigmoid
from models.rows import Floats
from models.trial import Trial

#: Standard deviations beyond which a figure tells a straight line nothing more.
FAR = 4.0
_PENALTIES = np.logspace(0, 6, 25)

#: Few, shallow trees: effects are small beside the noise of a yes-or-no outcome.
BOOSTING = Boosting(rounds=60, learning_rate=0.05, leaves=4, depth=2, min_rows=200, row_share=0.7, l2=50.0)


class Learner(StrEnum):
    """Ways of learning the effect, the simplest first.

    ``average``: the same effect for all. ``sparse`` and ``linear``: straight lines in the features, most of them left
    out (lasso) or all of them drawn to 0 (ridge). ``robust``: trees on the outcome less what was to be expected
    (DR-learner; where chances are known and that is the right mean of both arms, the R-learner regresses the same
    figure). ``crossed``: trees on what the other arm would have done (X-learner). ``transformed``: trees on the outcome
    weighted by arm. ``apart``: one forest for each arm, and their difference (T-learner).

    References
    ----------
    Künzel and others 2019, PNAS 116(10), 4156-4165 (T, X). Nie and Wager 2021, Biometrika 108(2), 299-319 (R).
    Kennedy 2023, Electronic Journal of Statistics 17(2), 3008-3049 (DR). Athey and Imbens 2016, PNAS 113(27),
    7353-7360 (transformed outcome).
    """

    AVERAGE = "average"
    SPARSE = "sparse"
    LINEAR = "linear"
    ROBUST = "robust"
    CROSSED = "crossed"
    TRANSFORMED = "transformed"
    APART = "apart"


@dataclass(frozen=True)
class Line:
    """A straight line over standardised features; what is not known counts as the mean.

    Attributes
    ----------
    mean, scale, slope
        One figure per feature.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    slope: tuple[float, ...]
    offset: float

    def value(self, X: Floats) -> Floats:
        """Its height at each row, shape (n,)."""
        answer: Floats = self.offset + _standard(X, np.array(self.mean), np.array(self.scale)) @ np.array(self.slope)
        return answer


@dataclass(frozen=True)
class Part:
    """One term of a score.

    Attributes
    ----------
    term
        What is computed.
    weight
        What it is multiplied by.
    share
        Whether the term is log-odds and enters as a probability.
    """

    term: Forest | Line
    weight: float = 1.0
    share: bool = False


def score(parts: tuple[Part, ...], X: Floats, threads: int = 1) -> Floats:
    """Sum of the terms, shape (n,)."""
    total = np.zeros(len(X))
    for part in parts:
        value = part.term.value(X) if isinstance(part.term, Line) else part.term.margin(X, threads)
        total += part.weight * (sigmoid(value) if part.share else value)
    return total


@dataclass(frozen=True)
class Expected:
    """What was to be expected of each client of a trial, from clients of other folds.

    Attributes
    ----------
    centre
        Mean of the two arms' chances to stay, each weighted by the chance of the *other* arm: taking it from the
        outcome leaves the least noise in the effect.
    held_out, contacted
        Chance to stay in each arm.
    """

    centre: Floats
    held_out: Floats
    contacted: Floats

    def take(self, which: NDArray[np.int64]) -> "Expected":
        """The chosen rows."""
        return Expected(self.centre[which], self.held_out[which], self.contacted[which])


#: Rows to learn from, and rows to judge.
Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def folds(trial: Trial, number: int, seed: int) -> list[Split]:
    """Rows to learn from and rows to judge, whole units on one side; `number` at most, fewer where units are few."""
    units = len(np.unique(trial.unit.astype(str)))
    if units < 2:
        return []
    splitter = GroupKFold(n_splits=min(number, units), shuffle=True, random_state=seed)
    return [(np.sort(a), np.sort(b)) for a, b in splitter.split(trial.stayed, groups=trial.unit.astype(str))]


def expected(trial: Trial, parts: list[Split], seed: int, threads: int) -> Expected:
    """What was to be expected of each row, from forests that have not seen its unit."""
    held_out, contacted = np.zeros(len(trial)), np.zeros(len(trial))
    for known, asked in parts:
        for arm, answer in ((True, contacted), (False, held_out)):
            side = trial.take(known[trial.contacted[known] == arm])
            answer[asked] = _chance(side, seed, threads)(trial.X.to_numpy()[asked])
    p = trial.propensity
    return Expected((1 - p) * contacted + p * held_out, held_out, contacted)


def learn(
    learner: Learner, trial: Trial, guess: Expected, seed: int, boosting: Boosting = BOOSTING, threads: int = 1
) -> tuple[Part, ...]:
    """The terms of a score that rises with the effect as a share of what is at stake; none for ``average``.

    ``apart`` tells the effect itself: where something else than 1 is at stake it is not asked.
    """
    if learner is Learner.AVERAGE:
        return ()
    if learner in _SLOPES:
        return (_line(trial, residual_effect(trial, guess), _SLOPES[learner]),)
    grower = _GROWERS[learner]
    rows = max(1, min(boosting.min_rows, len(trial) // 20))
    return grower(trial, guess, seed, replace(boosting, min_rows=rows), threads)


def residual_effect(trial: Trial, guess: Expected) -> Floats:
    """A figure for each row with the effect as its mean: what was not expected, weighted by arm.

    It is the doubly robust figure: ``contacted - held_out`` and what the own arm's guess missed, divided by the chance
    of that arm.
    """
    p, w = trial.propensity, trial.contacted
    answer: Floats = (trial.stayed - guess.centre) * (w - p) / (p * (1 - p))
    return answer


_Grower = Callable[[Trial, Expected, int, Boosting, int], tuple[Part, ...]]


def _robust(trial: Trial, guess: Expected, seed: int, boosting: Boosting, threads: int) -> tuple[Part, ...]:
    return (_trees(trial, residual_effect(trial, guess), _weight(trial), seed, boosting, threads),)


def _transformed(trial: Trial, _: Expected, seed: int, boosting: Boosting, threads: int) -> tuple[Part, ...]:
    p, w = trial.propensity, trial.contacted
    level = float(trial.stayed.mean())
    return (_trees(trial, (trial.stayed - level) * (w - p) / (p * (1 - p)), _weight(trial), seed, boosting, threads),)


def _crossed(trial: Trial, guess: Expected, seed: int, boosting: Boosting, threads: int) -> tuple[Part, ...]:
    answer = []
    held_out = 1 - float(trial.propensity.mean())
    for arm, figure, weight in (
        (True, trial.stayed - guess.held_out, held_out),
        (False, guess.contacted - trial.stayed, 1 - held_out),
    ):
        which = np.flatnonzero(trial.contacted == arm)
        side = trial.take(which)
        grown = _trees(side, figure[which], side.stake, seed, boosting, threads)
        answer.append(replace(grown, weight=weight))
    return tuple(answer)


def _apart(trial: Trial, _: Expected, seed: int, boosting: Boosting, threads: int) -> tuple[Part, ...]:
    answer = []
    for arm, weight in ((True, 1.0), (False, -1.0)):
        side = trial.take(np.flatnonzero(trial.contacted == arm))
        forest = grow(
            side.X.to_numpy(), side.stayed, np.ones(len(side)), tuple(side.X.columns), boosting, seed, threads=threads
        )
        answer.append(Part(forest, weight, share=True))
    return tuple(answer)


_Slope = Callable[[Floats, Floats], Floats]


def _sparse(A: Floats, b: Floats) -> Floats:
    """Slopes of the lasso that BIC chooses."""
    with warnings.catch_warnings():
        # Of features that are the same up to rounding the path takes one and says so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(LassoLarsIC("bic").fit(A, b).coef_, dtype=np.float64)


_SLOPES: Mapping[Learner, _Slope] = MappingProxyType(
    {
        Learner.SPARSE: _sparse,
        Learner.LINEAR: lambda A, b: np.asarray(RidgeCV(_PENALTIES).fit(A, b).coef_),
    }
)

_GROWERS: Mapping[Learner, _Grower] = MappingProxyType(
    {
        Learner.ROBUST: _robust,
        Learner.CROSSED: _crossed,
        Learner.TRANSFORMED: _transformed,
        Learner.APART: _apart,
    }
)


def _weight(trial: Trial) -> Floats:
    """Weights by which every row's share has about the same noise.

    A share is a figure divided by what is at stake, and the noise of a rare outcome grows with the root of its risk.
    """
    return 4 * trial.propensity * (1 - trial.propensity) * trial.stake


def _trees(trial: Trial, figure: Floats, weight: Floats, seed: int, boosting: Boosting, threads: int) -> Part:
    figure = figure / trial.stake
    names = tuple(trial.X.columns)
    return Part(
        grow(trial.X.to_numpy(), figure, weight, names, boosting, seed, threads=threads, objective="regression")
    )


def _line(trial: Trial, figure: Floats, fit: _Slope) -> Part:
    X = trial.X.to_numpy()
    known = np.isfinite(X)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, X, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, X - mean, 0.0) ** 2).sum(axis=0) / count)
    scale = np.where(spread > 1e-12 * np.maximum(1.0, np.abs(mean)), spread, np.inf)
    A = _standard(X, mean, scale)
    root, figure = np.sqrt(_weight(trial)), figure / trial.stake
    level = float(np.average(figure, weights=root**2))
    middle = np.average(A, axis=0, weights=root**2)
    slope = np.asarray(fit((A - middle) * root[:, np.newaxis], (figure - level) * root), dtype=np.float64)
    # A feature that never differs has slope 0 and any scale.
    told = np.where(np.isfinite(scale), scale, 1.0)
    offset = level - float(middle @ slope)
    return Part(Line(tuple(mean.tolist()), tuple(told.tolist()), tuple(slope.tolist()), offset))


def _standard(X: Floats, mean: Floats, scale: Floats) -> Floats:
    return np.clip(np.where(np.isfinite(X), (X - mean) / scale, 0.0), -FAR, FAR)


def _chance(side: Trial, seed: int, threads: int) -> Callable[[Floats], Floats]:
    """Chance to stay, from the clients of one arm."""
    if side.stayed.all() or not side.stayed.any():
        share = (float(side.stayed.sum()) + 0.5) / (len(side) + 1)
        return lambda X: np.full(len(X), share)
    settings = replace(BOOSTING, learning_rate=0.1, depth=3, leaves=8, min_rows=max(1, min(100, len(side) // 20)))
    grown = grow(
        side.X.to_numpy(), side.stayed, np.ones(len(side)), tuple(side.X.columns), settings, seed, threads=threads
    )
    return lambda X: sigmoid(grown.margin(X, threads))
