"""Intention to treat: by hand, under changes that must not matter, and against the truth with few held out."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import TooShortHistory
from features.intervals import of_difference, wilson
from tests.training.effect.reference.lots import counted
from training.effect.allocations import Settled, settled
from training.effect.itt import Itt, itt

ON = date(2025, 1, 1)


def trial_of(log: pd.DataFrame) -> Settled:
    return settled(log, ON, 182)


def found(log: pd.DataFrame) -> Itt:
    return itt(trial_of(log))


def world(seed: int, clients: int, share: float, effect: float, together: int = 1) -> tuple[pd.DataFrame, float]:
    """A log of one day, and the true effect on its clients; `together` clients make a unit and leave alike."""
    draw = np.random.default_rng(seed)
    unit = np.arange(clients) // together
    risk = draw.beta(1.5, 6, clients)
    held = np.zeros(unit.max() + 1, dtype=bool)
    held[draw.permutation(len(held))[: round(share * len(held))]] = True
    listed_risk = np.clip(risk + effect, 0, 1)
    left = draw.random(len(held))[unit] < np.where(held[unit], risk, listed_risk)
    log = counted((0, clients), (0, 0), propensity=share).assign(
        unit_id=unit.astype(str),
        arm=np.where(held[unit], "hold_out", "listed"),
        stratum=np.where(risk > 0.2, "high", "low"),
        risk=risk,
        left=left.astype(float),
    )
    return log, float((listed_risk - risk).mean())


def test_without_anything_to_adjust_for_it_is_the_difference_of_two_shares() -> None:
    log = counted((20, 100), (30, 100))

    result = found(log)

    assert (result.listed, result.held_out) == (100, 100)
    assert (result.listed_rate, result.held_out_rate) == pytest.approx((0.2, 0.3))
    assert result.value == pytest.approx(-0.1)
    assert result.unadjusted.value == pytest.approx(-0.1)


def test_the_interval_is_that_of_two_shares_but_for_students_t() -> None:
    result = found(counted((2_000, 10_000), (300, 1_000), propensity=1 / 11))

    expected = of_difference(0.2, wilson(2_000, 10_000), 0.3, wilson(300, 1_000))
    assert (result.low, result.high) == pytest.approx(expected, abs=2e-4)


def test_strata_count_as_they_are_large_though_more_were_held_out_of_one() -> None:
    """Lists keep 20 of 100 in one stratum and nobody in the other, which is as large."""
    log = pd.concat(
        [
            counted((100, 500), (200, 500), propensity=0.5, stratum="a"),
            counted((90, 900), (10, 100), propensity=0.1, stratum="b").assign(
                unit_id=lambda rows: "b" + rows["unit_id"], client_id=lambda rows: "b" + rows["client_id"]
            ),
        ]
    )

    result = found(log)

    assert result.unadjusted.value == pytest.approx(-0.1)
    assert result.value == pytest.approx(-0.1)


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000))
def test_swapping_the_arms_turns_the_sign(seed: int) -> None:
    log, _ = world(seed, 120, 0.3, -0.05)
    swapped = log.assign(
        arm=log["arm"].map({"listed": "hold_out", "hold_out": "listed"}), propensity=1 - log["propensity"]
    )

    one, other = found(log), itt(trial_of(swapped))

    assert other.unadjusted.value == pytest.approx(-one.unadjusted.value)
    assert (other.unadjusted.se, other.unadjusted.dof) == pytest.approx((one.unadjusted.se, one.unadjusted.dof))


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_and_the_names_of_units_do_not_matter(seed: int) -> None:
    log, _ = world(seed, 120, 0.3, -0.05, together=2)
    other = log.sample(frac=1, random_state=seed).assign(unit_id=lambda rows: "x" + rows["unit_id"])

    first, second = found(log), found(other)

    assert (second.value, second.low, second.high) == pytest.approx((first.value, first.low, first.high))


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000))
def test_copies_within_a_unit_do_not_narrow_the_interval(seed: int) -> None:
    log, _ = world(seed, 150, 0.3, 0.0)
    copies = pd.concat([log, log.assign(client_id="copy " + log["client_id"])])

    once, twice = found(log), found(copies)

    assert twice.unadjusted.value == pytest.approx(once.unadjusted.value)
    assert twice.unadjusted.se >= once.unadjusted.se * (1 - 1e-9)
    assert twice.high - twice.low >= 0.95 * (once.high - once.low)


def test_risk_that_tells_who_leaves_narrows_the_interval() -> None:
    log, _ = world(3, 1_000, 0.3, -0.05)
    wrong = np.random.default_rng(4).random(len(log)) < 0.05
    sure = log.assign(risk=np.where(wrong, 0.5, 0.05 + 0.85 * log["left"]))

    result = found(sure)

    assert result.high - result.low < 0.5 * np.ptp(result.unadjusted.interval())


def test_p_is_below_one_in_twenty_exactly_where_the_interval_leaves_0_out() -> None:
    for held in range(20, 45, 2):
        result = found(counted((20, 100), (held, 100)))
        assert (result.p < 0.05) == result.claims


def test_where_nobody_left_the_interval_is_still_as_wide_as_so_few_clients_allow() -> None:
    result = found(counted((0, 400), (0, 40)))

    assert result.value == pytest.approx(0)
    assert result.low < -0.08
    assert result.high > 0


@pytest.mark.parametrize(("clients", "together"), [(400, 1), (800, 2)])
def test_with_40_units_held_out_the_interval_holds_the_truth(clients: int, together: int) -> None:
    covered = 0
    for seed in range(100):
        log, truth = world(seed, clients, 0.1, -0.05, together)
        result = found(log)
        covered += result.low <= truth <= result.high

    assert covered >= 91


def test_one_unit_alone_says_nothing() -> None:
    with pytest.raises(TooShortHistory, match="1 units with a final outcome are hold_out"):
        found(counted((2, 10), (1, 1)))
