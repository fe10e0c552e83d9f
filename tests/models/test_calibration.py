import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DamagedModel
from models import calibration
from models.calibration import Calibration, fit, sigmoid


def drawn(n: int, slope: float, offset: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    source = np.random.default_rng(seed)
    margin = source.normal(-1, 1.5, n)
    return margin, source.random(n) < sigmoid(offset + slope * margin)


@pytest.mark.parametrize("n", [800, 40_000])
@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.5, -0.5), (1.6, 0.7)])
def test_what_is_foretold_comes_true(n: int, slope: float, offset: float) -> None:
    table = fit(*drawn(n, slope, offset))
    margin, _ = drawn(20_000, slope, offset, seed=1)
    error = np.abs(table.probability(margin) - sigmoid(offset + slope * margin)).mean()
    assert error < (0.03 if n < 1000 else 0.01)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-8, 8), st.booleans()), min_size=1, max_size=60),
    st.integers(0, 3),
)
def test_a_higher_margin_never_has_a_lower_probability(pairs: list[tuple[float, bool]], copies: int) -> None:
    margin = np.array([m for m, _ in pairs] * 10**copies)
    event = np.array([e for _, e in pairs] * 10**copies)
    table = fit(margin, event)
    grid = np.linspace(-12, 12, 200)
    assert (np.diff(table.probability(grid)) >= 0).all()
    assert (np.diff(table.log_odds) > 0).all()


def test_pooling_is_the_nearest_rising_sequence() -> None:
    assert calibration._rising(np.array([1.0, 3.0, 2.0, 4.0, 0.0])).tolist() == [1.0, 2.25, 2.25, 2.25, 2.25]


@pytest.mark.parametrize(
    ("margin", "log_odds"),
    [((0.0,), (0.0,)), ((0.0, 0.0), (0.0, 1.0)), ((0.0, 1.0), (1.0, 1.0)), ((0.0, float("nan")), (0.0, 1.0))],
)
def test_a_table_that_does_not_rise_is_refused(margin: tuple[float, ...], log_odds: tuple[float, ...]) -> None:
    with pytest.raises(DamagedModel, match="does not rise"):
        Calibration(margin, log_odds)


def test_no_event_at_all_still_gives_a_rising_table() -> None:
    table = fit(np.array([-1.0, 0.0, 1.0]), np.array([False, False, False]))
    assert (table.probability(np.array([-1.0, 1.0])) < 0.5).all()
