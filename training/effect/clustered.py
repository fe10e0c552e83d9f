"""A coefficient of a weighted regression, with an interval that holds where units are few and unlike.

Standard errors are the bias-reduced linearisation CR2, degrees of freedom Satterthwaite's: Bell and McCaffrey 2002,
Survey Methodology 28(2), 169-181; for weights, Pustejovsky and Tipton 2018, Journal of Business & Economic Statistics
36(4), 672-683; why, Imbens and Kolesár 2016, Review of Economics and Statistics 98(4), 701-712. The fit is that of
statsmodels, which has neither (0.15).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.regression.linear_model import WLS

from features.intervals import LEVEL
from models.rows import Floats

#: Below this an eigenvalue is 0 but for rounding: the cluster's residuals are fixed by the fit.
_NOTHING = 1e-10


@dataclass(frozen=True)
class Estimate:
    """A coefficient.

    Attributes
    ----------
    value, se, dof
        The coefficient, its standard error and its degrees of freedom. se is NaN where it cannot be had.
    scores
        What each cluster adds to the value; their squares add up to the variance.
    """

    value: float
    se: float
    dof: float
    scores: Floats = field(repr=False, compare=False)

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Two-sided, by Student's t."""
        half = self.se * float(stats.t.ppf((1 + level) / 2, self.dof))
        return self.value - half, self.value + half

    @property
    def p(self) -> float:
        """Two-sided, that it is 0."""
        return float(2 * stats.t.sf(abs(self.value) / self.se, self.dof)) if self.se > 0 else float("nan")


def coefficient(y: Floats, X: Floats, weights: Floats, cluster: pd.Series, column: int) -> Estimate:
    """One coefficient of the regression of y on X.

    Parameters
    ----------
    y, weights
        Shape (n,).
    X
        Shape (n, k), of full column rank, the constant among its columns.
    cluster
        Shape (n,): rows of a cluster come and go together.
    column
        Which coefficient.
    """
    fit = WLS(y, X, weights=weights).fit(method="qr")
    bread = np.asarray(fit.normalized_cov_params, dtype=np.float64)
    residuals = np.asarray(y - X @ fit.params, dtype=np.float64)
    number = pd.factorize(cluster)[0]
    pull = weights * (X @ bread[column])
    adjusted = _adjusted(pull, X, weights, bread, number)
    scores = np.bincount(number, weights=adjusted * residuals).astype(np.float64)
    variance, dof = float(scores @ scores), _satterthwaite(adjusted, X, weights, bread, number)
    se = float(np.sqrt(variance)) if variance > _NOTHING**2 and dof > 0 else float("nan")
    return Estimate(float(fit.params[column]), se, dof, scores)


def _middle(X: Floats, weights: Floats, bread: Floats) -> Floats:
    answer: Floats = bread @ (X.T * weights**2 @ X) @ bread
    return answer


def _adjusted(pull: Floats, X: Floats, weights: Floats, bread: Floats, number: NDArray[np.int64]) -> Floats:
    """The pull of each row on the coefficient, enlarged by what the fit took from its cluster's residuals.

    Each cluster's pull is multiplied by the inverse square root of B_g, the variance of its residuals were the errors
    alike and independent.
    """
    middle, answer = _middle(X, weights, bread), np.zeros_like(pull)
    sizes = np.bincount(number)
    order = np.argsort(number, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    for size in np.unique(sizes):
        rows = order[starts[sizes == size][:, None] + np.arange(size)]
        x, w = X[rows], weights[rows]
        pulled = x @ bread @ x.swapaxes(1, 2)
        b = np.eye(size) - pulled * w[:, None, :] - pulled * w[:, :, None] + x @ middle @ x.swapaxes(1, 2)
        values, vectors = np.linalg.eigh((b + b.swapaxes(1, 2)) / 2)
        root = np.where(values > _NOTHING, 1 / np.sqrt(np.maximum(values, _NOTHING)), 0.0)
        turned = np.einsum("gij,gi->gj", vectors, pull[rows]) * root
        answer[rows] = np.einsum("gij,gj->gi", vectors, turned)
    return answer


def _satterthwaite(adjusted: Floats, X: Floats, weights: Floats, bread: Floats, number: NDArray[np.int64]) -> float:
    """Degrees of freedom: (tr Q)² / tr Q², Q the covariance of the clusters' scores were the errors alike.

    Q is a diagonal plus a matrix of rank 2k, so that it is never written out.
    """
    clusters, k = int(number.max()) + 1, X.shape[1]
    plain, weighted = np.zeros((clusters, k)), np.zeros((clusters, k))
    np.add.at(plain, number, adjusted[:, None] * X)
    np.add.at(weighted, number, (adjusted * weights)[:, None] * X)
    left = np.hstack([plain, weighted])
    inner = np.block([[_middle(X, weights, bread), -bread], [-bread, np.zeros((k, k))]])
    diagonal = np.bincount(number, weights=adjusted**2)
    crossed = np.einsum("gi,ij,gj->g", left, inner, left)
    turned = inner @ left.T @ left
    trace = diagonal.sum() + crossed.sum()
    squared = diagonal @ diagonal + 2 * diagonal @ crossed + np.trace(turned @ turned)
    return float(trace**2 / squared) if squared > 0 else 0.0
