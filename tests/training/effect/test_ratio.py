"""Fieller's interval, beside a slow search over all ratios, and where the lower effect may be nothing."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from training.effect.clustered import Estimate
from training.effect.ratio import ratio


def effect(value: float, scores: list[float]) -> Estimate:
    return Estimate(value, float(np.linalg.norm(scores)), 30.0, np.array(scores))


SCORES = st.lists(st.floats(-0.05, 0.05), min_size=4, max_size=4).filter(lambda s: np.linalg.norm(s) > 1e-3)


@given(st.floats(-0.3, 0.3), SCORES, st.floats(0.3, 0.9), SCORES)
def test_it_holds_the_ratios_that_a_test_does_not_refuse(
    upper: float, upper_scores: list[float], lower: float, lower_scores: list[float]
) -> None:
    found = ratio(effect(upper, upper_scores), effect(lower, lower_scores))

    assume(found.bounded)
    crit = stats.t.ppf(0.975, 30)
    for end, inward in ((found.low, 1), (found.high, -1)):
        for step, refused in ((1e-4 * inward, False), (-1e-4 * inward, True)):
            at = end + step
            spread = np.linalg.norm(np.array(upper_scores) - at * np.array(lower_scores))
            if found.high - found.low > 1e-3:
                assert (abs(upper - at * lower) > crit * spread) == refused


def test_a_lower_effect_that_is_sure_only_divides() -> None:
    found = ratio(effect(-0.06, [0.01, 0.0]), effect(0.6, [0.0, 0.0]))

    half = stats.t.ppf(0.975, 30) * 0.01
    assert (found.value, found.low, found.high) == pytest.approx((-0.1, (-0.06 - half) / 0.6, (-0.06 + half) / 0.6))


def test_where_the_lower_one_may_be_nothing_the_interval_has_no_end() -> None:
    weak = ratio(effect(-0.06, [0.01, 0.0]), effect(0.05, [0.0, 0.03]))
    none = ratio(effect(-0.06, [0.01, 0.0]), effect(0.0, [0.0, 0.03]))

    assert not weak.bounded
    assert not none.bounded
    assert np.isnan(none.value)
