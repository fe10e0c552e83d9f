"""CR2 and its degrees of freedom, beside matrices written out, the textbook's two samples and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from training.effect.clustered import coefficient


def drawn(seed: int, rows: int, clusters: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, pd.Series]:
    draw = np.random.default_rng(seed)
    X = np.column_stack([np.ones(rows), draw.integers(0, 2, rows), draw.normal(size=rows)])
    X[:2, 1] = [0, 1]
    y = X @ [1.0, 0.5, 2.0] + draw.normal(size=rows)
    return y, X, draw.uniform(0.5, 10, rows), pd.Series(draw.integers(0, clusters, rows)).astype(str)


def slow(y: np.ndarray, X: np.ndarray, w: np.ndarray, cluster: pd.Series, column: int) -> tuple[float, float, float]:
    """Value, standard error and degrees of freedom with every matrix written out."""
    W, n = np.diag(w), len(y)
    bread = np.linalg.inv(X.T @ W @ X)
    annihilator = np.eye(n) - X @ bread @ X.T @ W
    value = bread @ X.T @ W @ y
    residual, rows, pulls = annihilator @ y, [], []
    for name in cluster.unique():
        own = np.flatnonzero(cluster == name)
        b = (annihilator @ annihilator.T)[np.ix_(own, own)]
        adjust = np.real(linalg.sqrtm(np.linalg.inv(b)))
        pull = adjust @ (w[own] * (X[own] @ bread[column]))
        rows.append(pull @ annihilator[own])
        pulls.append(pull @ residual[own])
    q = np.array(rows) @ np.array(rows).T
    return float(value[column]), float(np.sqrt(np.sum(np.square(pulls)))), float(np.trace(q) ** 2 / np.trace(q @ q))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(12, 40), st.integers(6, 40))
def test_it_is_what_the_matrices_written_out_give(seed: int, rows: int, clusters: int) -> None:
    data = drawn(seed, rows, clusters)
    _, X, w, cluster = data
    annihilator = np.eye(rows) - X @ np.linalg.inv(X.T * w @ X) @ X.T * w
    blocks = [np.flatnonzero(cluster == name) for name in cluster.unique()]
    variances = [np.linalg.eigvalsh((annihilator @ annihilator.T)[np.ix_(own, own)])[0] for own in blocks]
    if min(variances) < 1e-6:
        return

    found = coefficient(*data, column=1)

    assert (found.value, found.se, found.dof) == pytest.approx(slow(*data, column=1), rel=1e-6)


def test_single_rows_without_weights_are_hc2_of_statsmodels() -> None:
    y, X, _, _ = drawn(1, 60, 1)

    found = coefficient(y, X, np.ones(60), pd.Series(range(60)), column=2)

    assert found.se == pytest.approx(sm.OLS(y, X).fit(cov_type="HC2").bse[2])


@pytest.mark.parametrize(("first", "second"), [(3, 27), (40, 360), (15, 15)])
def test_two_samples_have_the_degrees_of_freedom_of_bell_and_mccaffrey(first: int, second: int) -> None:
    """Imbens and Kolesár 2016, section III: one regressor that is 0 or 1."""
    n = first + second
    arm = np.repeat([0.0, 1.0], [first, second])
    y = np.random.default_rng(2).normal(size=n)

    found = coefficient(y, np.column_stack([np.ones(n), arm]), np.ones(n), pd.Series(range(n)), column=1)

    expected = n**2 * (first - 1) * (second - 1) / (first**2 * (first - 1) + second**2 * (second - 1))
    assert found.dof == pytest.approx(expected)
    assert found.se == pytest.approx(np.sqrt(y[arm == 0].var(ddof=1) / first + y[arm == 1].var(ddof=1) / second))


def test_copies_within_a_cluster_do_not_narrow_the_interval() -> None:
    y, X, w, _ = drawn(3, 50, 1)
    cluster = pd.Series(range(50))
    twice = [np.concatenate([part, part]) for part in (y, X, w)]

    once, doubled = (
        coefficient(y, X, w, cluster, column=1),
        coefficient(*twice, cluster=pd.concat([cluster] * 2), column=1),
    )

    assert doubled.value == pytest.approx(once.value)
    assert doubled.se == pytest.approx(once.se, rel=0.05)
    assert doubled.se >= once.se * (1 - 1e-9)


def test_where_everybody_is_alike_there_is_no_interval() -> None:
    arm = np.repeat([0.0, 1.0], 10)

    found = coefficient(np.ones(20), np.column_stack([np.ones(20), arm]), np.ones(20), pd.Series(range(20)), column=1)

    assert np.isnan(found.se)
    assert np.isnan(found.p)
