"""What a model must beat: the officer's rule of thumb, a scorecard, and a plain LightGBM."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from features.errors import DataError
from models.boosting import Boosting, Floats, Forest, grow
from models.calibration import sigmoid
from models.rows import Flags, matrix

#: Shares of rows a figure is cut into before it is tried as a rule, and steps of a scorecard's table.
_RULE_STEPS, _SCORE_STEPS = 50, 8


#: LightGBM's own defaults: all rows and features, no penalty.
_AS_IT_COMES = Boosting(
    rounds=100,
    learning_rate=0.1,
    leaves=31,
    depth=10,
    min_rows=20,
    feature_share=1.0,
    row_share=1.0,
    l2=0.0,
    max_bin=255,
)


class Baseline(Protocol):
    """The interface the baselines share: fit once, then score. A higher score means more at risk."""

    def fit(self, X: pd.DataFrame, y: Flags) -> "Baseline":
        """The fitted baseline."""
        ...

    def score(self, X: pd.DataFrame) -> Floats:
        """Higher means more at risk, shape (n,)."""
        ...


@dataclass(frozen=True)
class RuleOfThumb:
    """The best single figure an officer could sort by, chosen on training data.

    Parameters
    ----------
    candidates
        Figures of recency and dormancy to choose from.
    chosen, sign, missing
        What was chosen: the figure; +1 where a higher one is riskier, -1 where a lower one is; and the place of a
        client whose figure is not known.
    """

    candidates: tuple[str, ...]
    chosen: str = ""
    sign: int = 1
    missing: float = -np.inf

    def fit(self, X: pd.DataFrame, y: Flags) -> "RuleOfThumb":
        """The rule with the highest AUC on these rows.

        Raises
        ------
        DataError
            No candidate is known for anybody.
        """
        best: tuple[float, RuleOfThumb] | None = None
        for name in self.candidates:
            values = X[name].to_numpy(dtype=np.float64)
            known = np.isfinite(values)
            if known.sum() < 2 or values[known].min() == values[known].max():
                continue
            for sign in (1, -1):
                for missing in (np.inf, -np.inf) if not known.all() else (-np.inf,):
                    rule = RuleOfThumb(self.candidates, name, sign, missing)
                    power = _auc(y, rule._placed(values))
                    if best is None or power > best[0]:
                        best = (power, rule)
        if best is None:
            raise DataError("no figure of recency is known for anybody; check the loans' dates")
        return best[1]

    def score(self, X: pd.DataFrame) -> Floats:
        """The figure itself, turned so that higher means more at risk."""
        return self._placed(X[self.chosen].to_numpy(dtype=np.float64))

    def _placed(self, values: Floats) -> Floats:
        held = np.clip(self.sign * values, -1e300, 1e300)
        answer: Floats = np.where(np.isfinite(values), held, np.sign(self.missing) * 1e301)
        return answer


@dataclass(frozen=True)
class Scorecard:
    """A logistic scorecard: each figure cut into steps, each step's log-odds as its points, weighed by regression.

    A missing figure is a step of its own.
    """

    names: tuple[str, ...] = ()
    edges: tuple[Floats, ...] = ()
    points: tuple[Floats, ...] = ()
    slope: Floats | None = None
    offset: float = 0.0

    def fit(self, X: pd.DataFrame, y: Flags) -> "Scorecard":
        """The fitted scorecard."""
        base = np.log((y.sum() + 0.5) / ((~y).sum() + 0.5))
        edges, points = [], []
        for name in X.columns:
            values = X[name].to_numpy(dtype=np.float64)
            known = values[np.isfinite(values)]
            cut = (
                np.unique(np.quantile(known, np.linspace(0, 1, _SCORE_STEPS + 1)[1:-1])) if len(known) else np.empty(0)
            )
            step = _step(values, cut)
            left = np.bincount(step, y, minlength=len(cut) + 2)
            stayed = np.bincount(step, ~y, minlength=len(cut) + 2)
            odds = np.log((left + 0.5) / (stayed + 0.5)) - base
            edges.append(cut)
            # An empty step tells nothing.
            points.append(np.where(left + stayed > 0, odds, 0.0))
        card = Scorecard(tuple(X.columns), tuple(edges), tuple(points))
        fitted = LogisticRegression(C=0.1, max_iter=200, tol=1e-4).fit(card._table(X), y)
        return Scorecard(card.names, card.edges, card.points, fitted.coef_[0], float(fitted.intercept_[0]))

    def score(self, X: pd.DataFrame) -> Floats:
        """Log-odds."""
        if self.slope is None:
            raise ValueError("the scorecard is not fitted")
        answer: Floats = self._table(X) @ self.slope + self.offset
        return answer

    def probability(self, X: pd.DataFrame) -> Floats:
        """Probability of leaving by choice."""
        return sigmoid(self.score(X))

    def _table(self, X: pd.DataFrame) -> Floats:
        columns = [
            points[_step(X[name].to_numpy(dtype=np.float64), cut)]
            for name, cut, points in zip(self.names, self.edges, self.points, strict=True)
        ]
        return np.column_stack(columns)


@dataclass(frozen=True)
class PlainLightGBM:
    """LightGBM as it comes, on the same figures, for the main horizon only."""

    forest: Forest | None = None
    seed: int = 0
    threads: int = 2

    def fit(self, X: pd.DataFrame, y: Flags) -> "PlainLightGBM":
        """The fitted model."""
        names = list(X.columns)
        forest = grow(matrix(X, names), y, np.ones(len(X)), names, _AS_IT_COMES, self.seed, threads=self.threads)
        return PlainLightGBM(forest, self.seed, self.threads)

    def score(self, X: pd.DataFrame) -> Floats:
        """Log-odds."""
        if self.forest is None:
            raise ValueError("the model is not fitted")
        return self.forest.margin(matrix(X, self.forest.features), self.threads)

    def probability(self, X: pd.DataFrame) -> Floats:
        """Probability of leaving by choice."""
        return sigmoid(self.score(X))


def _step(values: Floats, cut: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.where(np.isfinite(values), np.searchsorted(cut, values, side="right"), len(cut) + 1).astype(np.int64)


def _auc(y: Flags, score: Floats) -> float:
    levels, place = np.unique(score, return_inverse=True)
    left = np.bincount(place, y, minlength=len(levels))
    stayed = np.bincount(place, ~y, minlength=len(levels))
    below = np.cumsum(stayed) - 0.5 * stayed
    return float(np.sum(left * below) / max(1.0, left.sum() * stayed.sum()))


def recency(units: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Names of the figures counted in days, from (name, unit) pairs: what an officer could sort by."""
    return tuple(name for name, unit in units if unit == "days")
