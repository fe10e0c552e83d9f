"""What contacting by a score earns."""

from dataclasses import asdict

import numpy as np
import pytest
from empulse.metrics import mpc_score
from hypothesis import given, settings
from hypothesis import strategies as st

from training import profit
from training.metrics import Resampled, expected_maximum_profit
from training.recipe import Profit
from training.uplift_metrics import UpliftRanking

SETTINGS = asdict(Profit())  # a kept client 100, a visit 3, no incentive, 30 % of would-be leavers kept


def test_the_curve_adds_up_visits_and_kept_clients() -> None:
    left = np.array([True, False, True, False])
    score = np.array([4.0, 3.0, 2.0, 1.0])

    curve = profit.by_risk(left, score, SETTINGS)

    assert curve.share == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert curve.profit == pytest.approx(np.array([0, 27, 24, 51, 48]) / 4)
    assert (curve.best_share, curve.best) == pytest.approx((0.75, 51 / 4))
    assert curve.at(0.375) == pytest.approx((27 + 24) / 2 / 4)


def test_equal_scores_are_a_straight_line_whatever_the_order_of_rows() -> None:
    left = np.array([True, False, False, True])

    curves = [profit.by_risk(rows, np.ones(4), SETTINGS) for rows in (left, left[::-1])]

    assert curves[0].share == pytest.approx([0, 1])
    assert curves[0].profit == pytest.approx(curves[1].profit)


def test_where_no_contact_pays_the_best_share_is_0() -> None:
    curve = profit.by_risk(np.array([True, False]), np.array([1.0, 0.0]), {**SETTINGS, "visit": 50.0})

    assert (curve.best_share, curve.best) == (0.0, 0.0)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 1000), visit=st.floats(0.5, 20), incentive=st.floats(0, 10))
def test_the_best_of_the_curve_is_empulses_maximum_profit(seed: int, visit: float, incentive: float) -> None:
    source = np.random.default_rng(seed)
    left = source.random(80) < 0.3
    score = np.round(source.random(80) + 0.3 * left, 2) / 2
    if not left.any() or left.all():
        return
    costs = {**SETTINGS, "visit": visit, "incentive": incentive}

    curve = profit.by_risk(left, score, costs)

    theirs = mpc_score(
        left.astype(int), score, accept_rate=0.3, clv=100.0, incentive_cost=incentive, contact_cost=visit
    )
    assert curve.best == pytest.approx(theirs, abs=1e-9)


def test_the_best_share_of_the_expected_maximum_lies_where_visits_stop_to_pay() -> None:
    source = np.random.default_rng(1)
    risk = source.beta(1, 5, 20_000)
    left = source.random(20_000) < risk

    dear, cheap = (profit.best_share(left, risk, {**SETTINGS, "visit": visit}) for visit in (9.0, 3.0))

    # A visit of 3 pays while the risk is above 3 / (0.3 * 100) = 0.1: (1 - 0.1) ** 5 of these clients.
    assert cheap == pytest.approx(0.9**5, abs=0.06)
    assert dear == pytest.approx(0.7**5, abs=0.06)


def test_the_expected_maximum_profit_has_an_interval_that_holds_it() -> None:
    source = np.random.default_rng(2)
    risk = source.beta(1, 5, 2000)
    left = source.random(2000) < risk

    found = profit.expected(left, risk, SETTINGS, Resampled(np.arange(2000).astype(object), 50, 1))

    assert found.value == expected_maximum_profit(left, risk, SETTINGS)
    assert found.low < found.value < found.high


def test_in_a_trial_the_best_share_is_where_the_measured_effect_no_longer_pays_a_visit() -> None:
    source = np.random.default_rng(3)
    effect = source.choice([0.3, 0.0, -0.2], 60_000)
    contacted = source.random(60_000) < 0.5
    stayed = source.random(60_000) < 0.5 + effect * contacted
    ranking = UpliftRanking(effect, contacted, stayed, np.full(60_000, 0.5))

    curve = profit.by_benefit(ranking, SETTINGS)

    # 30 for a client helped, less 3 for each visit; the unmoved cost 3, those driven away 23.
    assert curve.best_share == pytest.approx(1 / 3, abs=0.01)
    assert curve.best == pytest.approx((30 - 3) / 3, abs=0.7)
    assert curve.profit[-1] == pytest.approx((30 - 0 - 20) / 3 - 3, abs=1.2)
