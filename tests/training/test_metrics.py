"""Each measure against its textbook form, which is slow and obvious."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from models.calibration import logit, sigmoid
from training import metrics
from training.metrics import Ranking, Resampled, interval

# Few distinct scores, so that ties are the rule.
ROWS = st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=1, max_size=25)


def split(rows: list[tuple[int, bool, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    score, event, weight = zip(*rows, strict=True)
    return np.array(event), np.array(score, dtype=float), np.array(weight, dtype=float)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_auc_is_the_chance_that_a_leaver_ranks_above_a_stayer(rows: list[tuple[int, bool, int]]) -> None:
    event, score, weight = split(rows)
    wins = total = 0.0
    for i, j in product(range(len(rows)), repeat=2):
        if event[i] and not event[j]:
            total += weight[i] * weight[j]
            wins += weight[i] * weight[j] * (1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0)
    found = metrics.auc(event, score, weight)
    assert np.isnan(found) if total == 0 else found == pytest.approx(wins / total)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_average_precision_is_scikit_learns(rows: list[tuple[int, bool, int]]) -> None:
    event, score, _ = split(rows)
    found = metrics.average_precision(event, score)
    assert np.isnan(found) if not event.any() else found == pytest.approx(average_precision_score(event, score))


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_weights_count_as_so_many_copies(rows: list[tuple[int, bool, int]]) -> None:
    event, score, weight = split(rows)
    again = np.repeat(np.arange(len(rows)), weight.astype(int))
    if len(again):
        for measure in ("auc", "average_precision"):
            one = getattr(Ranking(event, score), measure)(weight)
            other = getattr(Ranking(event[again], score[again]), measure)()
            assert one == pytest.approx(other, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 3))
def test_a_list_holds_the_highest_scores_and_ties_share_its_last_places(
    rows: list[tuple[int, bool, int]], places: int
) -> None:
    _, score, served = split(rows)
    officer = np.array([f"officer {int(who)}" for who in served], dtype=object)
    expected = np.zeros(len(rows))
    for who in set(officer):
        inside = [i for i in range(len(rows)) if officer[i] == who]
        free = places
        for level in sorted({score[i] for i in inside}, reverse=True):
            equal = [i for i in inside if score[i] == level]
            for i in equal:
                expected[i] = min(1.0, free / len(equal))
            free = max(0, free - len(equal))
    assert metrics.listed(score, officer, places, 0.5) == pytest.approx(expected)


def test_clients_without_an_officer_share_one_list_of_a_share_of_them() -> None:
    officer = np.array([None] * 10 + ["None"] * 3, dtype=object)
    chance = metrics.listed(np.arange(13.0), officer, 2, 0.3)
    assert chance.tolist() == [0] * 7 + [1, 1, 1] + [0, 1, 1]


def test_precision_recall_and_lift_of_lists() -> None:
    event = np.array([True, False, True, False, False])
    found = metrics.at_capacity(event, np.array([1.0, 1.0, 0.5, 0.5, 0.0]))
    assert found == {
        "precision_at_capacity": pytest.approx(1.5 / 3),
        "recall_at_capacity": pytest.approx(1.5 / 2),
        "lift_at_capacity": pytest.approx((1.5 / 3) / (2 / 5)),
    }


def test_a_constant_score_has_no_lift_however_the_labels_are_ordered() -> None:
    event = np.array([True] * 3 + [False] * 7)
    chance = metrics.listed(np.zeros(10), np.array(["x"] * 10, dtype=object), 4, 0.1)
    assert metrics.at_capacity(event, chance)["lift_at_capacity"] == pytest.approx(1.0)
    assert metrics.auc(event, np.zeros(10)) == 0.5


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=20, max_size=60))
def test_calibration_error_is_the_mean_distance_over_ten_equal_shares(rows: list[tuple[float, bool]]) -> None:
    ordered = sorted(range(len(rows)), key=lambda i: rows[i][0])
    groups: dict[int, list[int]] = {}
    for place, i in enumerate(ordered):
        groups.setdefault(place * 10 // len(rows), []).append(i)
    slow = sum(abs(sum(rows[i][0] - rows[i][1] for i in inside)) for inside in groups.values()) / len(rows)
    event, chance = np.array([e for _, e in rows]), np.array([p for p, _ in rows])
    assert metrics.calibration_error(event, chance) == pytest.approx(slow)


def test_a_true_probability_lies_on_the_line_and_a_bold_one_does_not() -> None:
    source = np.random.default_rng(0)
    truth = source.beta(2, 5, 60_000)
    event = source.random(60_000) < truth
    slope, intercept = metrics.calibration_line(event, truth)
    assert slope == pytest.approx(1, abs=0.04)
    assert intercept == pytest.approx(0, abs=0.04)
    bold = sigmoid(2 * logit(truth))
    assert metrics.calibration_line(event, bold)[0] == pytest.approx(0.5, abs=0.03)
    assert metrics.brier(event, bold) > metrics.brier(event, truth)


def test_expected_maximum_profit_of_a_perfect_order_is_that_of_visiting_leavers_only() -> None:
    settings_ = {"kept_client": 100.0, "visit": 3.0, "incentive": 0.0, "persuaded_alpha": 6.0, "persuaded_beta": 14.0}
    event = np.array([True] * 20 + [False] * 80)
    found = metrics.expected_maximum_profit(event, event.astype(float), settings_)
    # One in five leaves; 30 % of them are kept on average, worth 100 each; every leaver costs a visit of 3.
    assert found == pytest.approx(0.2 * (0.3 * 100 - 3), rel=0.02)
    assert metrics.expected_maximum_profit(event, -event.astype(float), settings_) < found


def test_nothing_to_measure_is_said_as_not_a_number() -> None:
    nobody = np.zeros(3, dtype=bool)
    assert np.isnan(metrics.auc(nobody, np.arange(3.0)))
    assert np.isnan(metrics.average_precision(nobody, np.arange(3.0)))
    assert np.isnan(metrics.at_capacity(nobody, np.ones(3))["recall_at_capacity"])
    assert np.isnan(interval(0.5, np.array([np.nan])).low)


def test_a_clients_rows_come_and_go_together_in_every_draw() -> None:
    client = np.array(["a", "b", "a", "c"], dtype=object)
    draws = list(Resampled(client, 20, 1))
    assert all(weight[0] == weight[2] for weight in draws)
    assert {weight[[0, 1, 3]].sum() for weight in draws} == {3.0}
    assert all((x == y).all() for x, y in zip(draws, Resampled(client, 20, 1), strict=True))
