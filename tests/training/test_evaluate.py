"""A backtest made by hand: what is pooled, what is a gain, and what an interval means."""

import json
from dataclasses import replace

import numpy as np
import pytest

from training import metrics
from training.evaluate import Evaluation, measured
from training.measuring import ALL, DECIDES, RANKS, REACH, SCOPES
from training.replay import BASELINES, MODEL, RULE, Replay


@pytest.fixture
def evaluation(made: object) -> Evaluation:
    found: Evaluation = made.evaluation  # type: ignore[attr-defined]
    return found


def test_every_model_has_every_measure_in_every_scope(evaluation: Evaluation) -> None:
    for scope in SCOPES:
        assert set(evaluation.pooled[scope]) == {MODEL, *BASELINES}
        assert set(RANKS) <= set(evaluation.pooled[scope][MODEL])
        assert set(evaluation.gains[scope]) == set(BASELINES)


def test_pooled_figures_are_means_over_folds(evaluation: Evaluation) -> None:
    days = [found[ALL][MODEL]["auc"].value for found in evaluation.by_fold.values()]
    assert evaluation.pooled[ALL][MODEL]["auc"].value == pytest.approx(np.mean(days))


def test_a_fold_is_measured_on_its_own_rows(evaluation: Evaluation) -> None:
    one: Replay = evaluation.replays[0]
    left, inside = one.left(91), one.decides(91)
    rests = one.about["rest_days"]
    near = (rests.isna() | (rests <= 14)).to_numpy()
    found = evaluation.by_fold[one.origin]
    assert found[ALL][RULE]["auc"].value == pytest.approx(metrics.auc(left, one.scores[RULE]))
    assert found[DECIDES][MODEL]["auc"].value == pytest.approx(metrics.auc(left[inside], one.scores[MODEL][inside]))
    assert found[REACH][MODEL]["auc"].value == pytest.approx(metrics.auc(left[near], one.scores[MODEL][near]))
    assert 0 < near.sum() < len(left)


def test_figures_lie_in_their_intervals_and_gains_are_differences(evaluation: Evaluation) -> None:
    for scope in SCOPES:
        for name in BASELINES:
            for key in RANKS:
                gain = evaluation.gains[scope][name][key]
                pair = [evaluation.pooled[scope][who][key].value for who in (MODEL, name)]
                assert gain.value == pytest.approx(pair[0] - pair[1])
                assert gain.low <= gain.high
        auc = evaluation.pooled[scope][MODEL]["auc"]
        assert auc.low < auc.value < auc.high


def test_a_model_beside_itself_gains_exactly_nothing(evaluation: Evaluation) -> None:
    twins = [replace(one, scores={**one.scores, "champion": one.scores[MODEL]}) for one in evaluation.replays]
    gain = measured(twins, evaluation.recipe).gains[ALL]["champion"]["auc"]
    assert (gain.value, gain.low, gain.high) == (0.0, 0.0, 0.0)


def test_the_same_replays_give_the_same_figures(evaluation: Evaluation) -> None:
    again = measured(evaluation.replays, evaluation.recipe)
    assert json.dumps(again.as_dict()) == json.dumps(evaluation.as_dict())


def test_plain_values_are_json_and_name_no_client(evaluation: Evaluation) -> None:
    text = json.dumps(evaluation.as_dict(), allow_nan=False)
    assert "client-0" not in text


def test_a_segment_with_too_few_leavers_is_not_told(evaluation: Evaluation) -> None:
    assert {segment.by for segment in evaluation.segments} == {"state", "cycle", "product", "tenure"}
    few = []
    for one in evaluation.replays:
        product = ["rare"] * 3 + ["usual"] * (len(one.about) - 3)
        few.append(replace(one, about=one.about.assign(product=product)))
    told = [segment.value for segment in measured(few, evaluation.recipe).segments if segment.by == "product"]
    assert told == ["usual"]
