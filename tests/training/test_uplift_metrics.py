"""Which order of clients puts those first whom contact helps."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklift.metrics import qini_auc_score, uplift_at_k, uplift_auc_score

from training.metrics import Resampled, listed
from training.uplift_metrics import UpliftRanking, difference, measured, per_contact, policy_value


@pytest.fixture(autouse=True)
def _quiet():
    # scikit-uplift 0.5.1 calls a function scikit-learn 1.8 deprecated.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Function stable_cumsum", category=FutureWarning)
        yield


def ranking(rows: pd.DataFrame) -> UpliftRanking:
    contacted = (rows["contacted"] == "yes").to_numpy(dtype=bool)
    stayed = (rows["stayed"] == "yes").to_numpy(dtype=bool)
    return UpliftRanking(rows["score"].to_numpy(dtype=float), contacted, stayed, np.full(len(rows), 0.5))


def drawn_log(seed: int, n: int, chance: float = 0.6) -> UpliftRanking:
    source = np.random.default_rng(seed)
    contacted = source.random(n) < chance
    return UpliftRanking(source.random(n), contacted, source.random(n) < 0.4, np.full(n, chance))


def theirs(found: UpliftRanking) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return found.stayed.astype(int), found.score, found.contacted.astype(int)


TIED = """
    score | contacted | stayed
    3     | yes       | yes
    2     | no        | no
    2     | yes       | yes
    2     | yes       | no
    2     | no        | yes
    1     | no        | yes
    1     | yes       | no
"""


def orders(rows: pd.DataFrame) -> list[UpliftRanking]:
    """The same rows in every order that their scores allow."""
    tied = [group.index.to_list() for _, group in rows.groupby("score", sort=False)]
    found = []
    for parts in itertools.product(*(itertools.permutations(part) for part in tied)):
        place = pd.Series(range(len(rows), 0, -1), index=[row for part in parts for row in part])
        found.append(ranking(rows.assign(score=place.sort_index().astype(str))))
    return found


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10_000), n=st.integers(8, 200))
def test_where_no_scores_are_equal_the_figures_are_those_of_scikit_uplift(seed: int, n: int) -> None:
    log = drawn_log(seed, n)
    if min(log.contacted.sum(), (~log.contacted).sum()) < 2 or not log.stayed.any() or log.stayed.all():
        return

    qini, uplift = log.qini(), log.uplift_auc()

    assert qini == pytest.approx(qini_auc_score(*theirs(log)), abs=1e-9, nan_ok=True)
    assert uplift == pytest.approx(uplift_auc_score(*theirs(log)), abs=1e-9, nan_ok=True)


def test_uplift_in_the_best_third_is_that_of_scikit_uplift_where_no_scores_are_equal() -> None:
    log = drawn_log(3, 300)

    assert log.uplift_at(0.3) == pytest.approx(uplift_at_k(*theirs(log), strategy="overall", k=0.3), abs=1e-9)


def test_where_scores_are_equal_the_figures_are_the_mean_over_all_orders_and_scikit_uplifts_are_not(drawn) -> None:
    rows = drawn(TIED)
    log, every = ranking(rows), orders(rows)

    means = [np.mean([getattr(order, name)() for order in every]) for name in ("qini", "uplift_auc")]

    assert log.qini() == pytest.approx(means[0], abs=1e-12)
    assert log.uplift_auc() == pytest.approx(means[1], abs=1e-12)
    assert log.uplift_at(0.6) == pytest.approx(np.mean([order.uplift_at(0.6) for order in every]), abs=1e-12)
    assert abs(qini_auc_score(*theirs(log)) - means[0]) > 0.005
    assert abs(uplift_auc_score(*theirs(log)) - means[1]) > 0.03


def test_the_order_of_rows_changes_nothing_and_scikit_uplifts_figure_it_does(drawn) -> None:
    rows = drawn(TIED)
    turned = rows.iloc[::-1].reset_index(drop=True)

    ours = [ranking(table).uplift_at(0.6) for table in (rows, turned)]

    assert ours[0] == pytest.approx(ours[1], abs=1e-12)
    by_sort = [uplift_at_k(*theirs(ranking(table)), strategy="overall", k=0.6) for table in (rows, turned)]
    assert by_sort[0] != pytest.approx(by_sort[1])


def test_rows_counted_several_times_are_as_good_as_copies() -> None:
    log = drawn_log(5, 60)
    times = np.random.default_rng(0).integers(0, 4, 60)
    copied = UpliftRanking(
        *(np.repeat(column, times) for column in (log.score, log.contacted, log.stayed, log.propensity))
    )

    for name in ("qini", "uplift_auc", "auuc"):
        assert getattr(log, name)(times.astype(float)) == pytest.approx(getattr(copied, name)(), abs=1e-12)
    assert log.uplift_at(0.25, times.astype(float)) == pytest.approx(copied.uplift_at(0.25), abs=1e-12)


def test_one_score_for_all_is_worth_nothing() -> None:
    log = drawn_log(7, 500)
    flat = UpliftRanking(np.zeros(500), log.contacted, log.stayed, log.propensity)

    assert flat.auuc() == pytest.approx(0, abs=1e-12)
    assert abs(flat.qini()) < 0.02


def a_world(n: int, seed: int) -> tuple[np.ndarray, UpliftRanking]:
    """A third is helped by 30 points, a third driven away by 30, with a chance of contact that differs by client."""
    source = np.random.default_rng(seed)
    effect = source.choice([0.3, 0.0, -0.3], n)
    propensity = source.uniform(0.2, 0.9, n)
    contacted = source.random(n) < propensity
    stayed = source.random(n) < 0.5 + effect * contacted
    return effect, UpliftRanking(effect, contacted, stayed, propensity)


def test_the_areas_are_what_the_known_effects_make_them() -> None:
    effect, log = a_world(200_000, 1)

    auuc = log.auuc()

    # Gain after a share q: 0.3 q up to 1/3, then 0.1, then falling to 0; its mean is 0.2 / 3; the line ends at 0.
    assert auuc == pytest.approx(0.2 / 3, abs=0.004)
    share, gain = log.curve()
    assert share == pytest.approx([0, 1 / 3, 2 / 3, 1], abs=0.005)
    assert gain == pytest.approx([0, 0.1, 0.1, 0], abs=0.006)
    assert effect[log.score > 0].mean() == pytest.approx(0.3)


def test_clients_kept_per_contact_are_the_mean_effect_among_those_listed() -> None:
    effect, log = a_world(200_000, 2)
    nobody = np.full(len(effect), None, dtype=object)
    chance = listed(effect, nobody, per_officer=8, share=0.5)

    kept = per_contact(chance, log.stayed, log.contacted, log.propensity)

    # A third has effect 0.3; the sixth left over is drawn among the unmoved.
    assert kept == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize(
    ("who", "stays"),
    [(lambda effect: effect > 0, 0.6), (lambda effect: effect < 0, 0.4), (lambda effect: effect > 9, 0.5)],
)
def test_the_value_of_a_policy_is_the_share_that_would_stay_under_it(who, stays) -> None:
    effect, log = a_world(200_000, 3)

    value = policy_value(who(effect).astype(float), log.stayed, log.contacted, log.propensity)

    assert value == pytest.approx(stays, abs=0.01)


def test_intervals_cover_the_truth_and_a_pair_on_the_same_rows_has_the_narrower_difference() -> None:
    inside, tighter = 0, []
    for seed in range(20):
        effect, log = a_world(1500, seed)
        draws = Resampled(np.arange(1500).astype(object), 100, seed)
        found = measured(log.auuc, draws)
        inside += found.low <= 0.2 / 3 <= found.high
        noise = np.random.default_rng(seed).normal(0, 0.05, 1500)
        near = UpliftRanking(effect + noise, log.contacted, log.stayed, log.propensity)
        apart = difference(log.auuc, near.auuc, draws)
        tighter.append((apart.high - apart.low) / (found.high - found.low))

    assert inside >= 16
    assert np.mean(tighter) < 0.5
