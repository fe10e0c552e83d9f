"""Which way of learning who is helped is taken: chosen on clients it has not seen, and drawn to the average effect.

The simplest where the evidence does not part them; and what it says is drawn towards the average as far as the
evidence is thin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from features.errors import DataError
from models.boosting import Boosting
from models.effect_learners import (
    BOOSTING,
    Expected,
    Learner,
    Part,
    Split,
    expected,
    folds,
    learn,
    residual_effect,
    score,
)
from models.rows import Floats, matrix
from models.trial import Trial
from models.uplift import BenefitModel

#: Clients who stayed, and who left, that each arm must hold before effects are told apart.
LEAST = 30


@dataclass(frozen=True)
class Evidence:
    """What one way of learning was worth on clients it had not seen.

    Attributes
    ----------
    auuc, error
        Clients kept per client beyond a random order, averaged over all capacities, and its standard error.
    behind, behind_error
        How much less than the best, and the standard error of that difference on the same clients.
    """

    learner: Learner
    auuc: float
    error: float
    behind: float
    behind_error: float


@dataclass(frozen=True)
class Fit:
    """A model and why it is that one."""

    model: BenefitModel
    evidence: tuple[Evidence, ...]


def fit(
    trial: Trial,
    seed: int,
    *,
    learners: Sequence[Learner] = tuple(Learner),
    modifiers: Sequence[str] | None = None,
    share_of: str | None = None,
    number: int = 5,
    boosting: Boosting = BOOSTING,
    threads: int = 1,
) -> Fit:
    """Choose a way of learning and fit it.

    Of all ways that tell clients apart the simplest is taken that is not more than one standard error behind the best
    on unseen clients (Breiman and others 1984, the one-standard-error rule). The same effect for all is foretold where
    none does better.

    Parameters
    ----------
    trial
        The randomised log. Its features should hold the risk.
    learners
        Ways to try, the simplest first; ``average`` is always among them.
    modifiers
        Features by which the effect may differ; the others only tell what was to be expected of each client. The model
        reads no others. None for all.
    share_of
        A feature, above 0 in every row, that the effect is learnt as a share of: the risk, for who cannot leave cannot
        be kept. "The same for all" is then the same share, and its order that of the feature. None for the effect
        itself.
    number
        Folds.
    threads
        Of LightGBM. Logs are small: more than one seldom helps.

    Raises
    ------
    DataError
        An arm is empty, or a row has nothing to keep a share of.
    SchemaMismatch
        A column is not float64, or a value is infinite.
    """
    matrix(trial.X, tuple(trial.X.columns))
    for arm, name in ((True, "contacted"), (False, "held out")):
        if not (trial.contacted == arm).any():
            raise DataError(f"nobody in the log was {name}; an effect needs both. Wait for more weeks with a hold-out")
    trial = trial.take(np.argsort(trial.unit.astype(str), kind="stable").astype(np.int64))
    parts = folds(trial, number, seed)
    if share_of is not None:
        trial = replace(trial, at_stake=trial.X[share_of].to_numpy(dtype=np.float64))
    by = trial if modifiers is None else replace(trial, X=trial.X[list(modifiers)])
    several = [one for one in learners if one is not Learner.AVERAGE and (share_of is None or one is not Learner.APART)]
    tried = [Learner.AVERAGE, *several] if _enough(trial) else []
    if len(tried) < 2 or not _both_arms(trial, parts):
        return Fit(_model(by, Learner.AVERAGE, (), _flat(trial), np.zeros(len(trial)), share_of, threads), ())
    guess = expected(trial, parts, seed, threads)
    effect = residual_effect(trial, guess)
    seen = _unseen(tried, trial, by, parts, number, seed, boosting, threads)
    evidence = _compared(seen, effect, parts, trial)
    chosen = _simplest(evidence)
    grown = learn(chosen, by, guess, seed, boosting, threads)
    return Fit(_model(by, chosen, grown, effect, seen[chosen], share_of, threads), evidence)


def _simplest(evidence: Sequence[Evidence]) -> Learner:
    same, *several = evidence
    telling = [found for found in several if found.error > 0]
    if max((found.auuc for found in telling), default=0.0) <= same.auuc:
        return Learner.AVERAGE
    return next(found.learner for found in telling if found.behind <= found.behind_error)


def _enough(trial: Trial) -> bool:
    counts = [
        int((trial.contacted == arm)[trial.stayed == stayed].sum()) for arm in (True, False) for stayed in (True, False)
    ]
    return min(counts) >= LEAST


def _both_arms(trial: Trial, parts: Sequence[Split]) -> bool:
    return bool(parts) and all(0 < int(trial.contacted[known].sum()) < len(known) for known, _ in parts)


def _flat(trial: Trial) -> Floats:
    """The figure for each row where nothing is expected of anybody."""
    level = np.full(len(trial), float(trial.stayed.mean()))
    return residual_effect(trial, Expected(level, level, level))


def _unseen(
    tried: Sequence[Learner],
    trial: Trial,
    by: Trial,
    parts: Sequence[Split],
    number: int,
    seed: int,
    boosting: Boosting,
    threads: int,
) -> dict[Learner, Floats]:
    """Scores by models that have not seen the row's unit, each fold around a mean of 0."""
    answer = {one: np.zeros(len(trial)) for one in tried}
    for known, asked in parts:
        # Expected anew: a guess that has seen the outcomes to be judged would teach a learner their noise.
        side = trial.take(known)
        guess = expected(side, folds(side, number, seed), seed, threads)
        narrow, values = by.take(known), by.X.to_numpy()[asked]
        for one in tried:
            told = score(learn(one, narrow, guess, seed, boosting, threads), values, threads)
            answer[one][asked] = told - np.average(told, weights=trial.stake[asked] ** 2)
    return answer


def _compared(
    seen: Mapping[Learner, Floats],
    effect: Floats,
    parts: Sequence[Split],
    trial: Trial,
) -> tuple[Evidence, ...]:
    # The area is a mean over rows of the effect times how far above the middle the row is ranked.
    each = {}
    stake, unit = trial.stake, trial.unit
    for one, away in seen.items():
        average, slope, _ = _calibrated(effect, away, trial)
        told = away if trial.at_stake is None else stake * (average + slope * away)
        above = np.zeros(len(told))
        for _, asked in parts:
            above[asked] = (rankdata(told[asked]) - 0.5) / len(asked) - 0.5
        each[one] = above * effect
    best = max(each, key=lambda one: float(each[one].mean()))
    return tuple(
        Evidence(
            one, float(row.mean()), _error(row, unit), float((each[best] - row).mean()), _error(each[best] - row, unit)
        )
        for one, row in each.items()
    )


def _sums(rows: Floats, unit: NDArray[np.object_]) -> Floats:
    """Sums over units, shape (units, columns)."""
    place = np.unique(unit.astype(str), return_inverse=True)[1]
    return np.column_stack([np.bincount(place, column) for column in np.atleast_2d(rows)])


def _error(row: Floats, unit: NDArray[np.object_]) -> float:
    """Standard error of a mean of rows, units drawn whole."""
    total = _sums(row - row.mean(), unit)
    return float(np.sqrt((total**2).sum()) / len(row))


def _model(
    trial: Trial,
    learner: Learner,
    grown: tuple[Part, ...],
    effect: Floats,
    unseen: Floats,
    share_of: str | None,
    threads: int,
) -> BenefitModel:
    average, slope, covariance = _calibrated(effect, unseen, trial)
    told = score(grown, trial.X.to_numpy(), threads)
    centre = float(np.average(told, weights=trial.stake**2)) if grown else 0.0
    return BenefitModel(tuple(trial.X.columns), learner, grown, average, slope, centre, covariance, share_of or "")


def _calibrated(effect: Floats, unseen: Floats, trial: Trial) -> tuple[float, float, tuple[float, float, float]]:
    """Mean effect as a share of what is at stake; its slope on the score, drawn towards 0 by noise; their covariance.

    Before any evidence the slope is held to be 0, give or take 1: a score that is worth nothing on unseen clients tells
    nobody apart, one that is worth what it says (slope 1) is believed as far as its noise allows.

    References
    ----------
    Chernozhukov and others 2018, NBER working paper 24678 (best linear predictor of the effect).
    """
    stake, away = trial.stake, trial.stake * unseen
    whole, spread = float(stake @ stake), float(away @ away)
    average = float(stake @ effect) / whole
    tells = spread > 1e-12 * whole
    free = float(away @ effect) / spread if tells else 0.0
    rest = effect - average * stake - free * away
    total = _sums(np.stack([rest * stake / whole, rest * away / spread if tells else np.zeros(len(away))]), trial.unit)
    (first, both), (_, second) = (total.T @ total).tolist()
    return average, max(0.0, free / (1.0 + second)), (first, both, second)
