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


def accounted(evaluation: Evaluation, alone: np.ndarray) -> list[Replay]:
    """The same replays, each outcome counting for what it says of a world without lists."""
    return [replace(one, rows=replace(one.rows, alone=np.column_stack([alone, alone]))) for one in evaluation.replays]


def test_where_every_outcome_counts_once_nothing_changes(evaluation: Evaluation) -> None:
    again = measured(accounted(evaluation, np.ones(900)), evaluation.recipe)

    assert json.dumps(again.as_dict()) == json.dumps(evaluation.as_dict())


def test_an_outcome_that_came_about_with_a_visit_praises_and_blames_nobody(evaluation: Evaluation) -> None:
    alone = np.where(np.arange(900) % 3 == 0, 0.0, np.where(np.arange(900) % 3 == 1, 1.0, 2.0))
    replays = accounted(evaluation, alone)
    other = []
    for one in replays:
        choice = one.rows.choice.copy()
        choice[alone == 0] = ~choice[alone == 0]
        other.append(replace(one, rows=replace(one.rows, choice=choice)))

    found, again = (measured(some, evaluation.recipe).as_dict() for some in (replays, other))

    assert json.dumps(again) == json.dumps(found)
    assert found["pooled"] != evaluation.as_dict()["pooled"]


def test_who_was_held_out_counts_for_all_who_were_as_likely_to_be_visited(evaluation: Evaluation) -> None:
    alone = np.where(np.arange(900) % 2 == 0, 0.0, 2.0)
    found = measured(accounted(evaluation, alone), evaluation.recipe).pooled[ALL][MODEL]

    one = evaluation.replays
    kept = [np.repeat(np.flatnonzero(alone > 0), 2) for _ in one]
    auc = np.mean([metrics.auc(r.left(91)[w], r.scores[MODEL][w]) for r, w in zip(one, kept, strict=True)])
    left = np.concatenate([r.left(91)[w] for r, w in zip(one, kept, strict=True)])
    risk = np.concatenate([r.risks[MODEL][w] for r, w in zip(one, kept, strict=True)])
    assert found["auc"].value == pytest.approx(auc)
    assert found["brier"].value == pytest.approx(metrics.brier(left, risk))
    assert found["calibration_slope"].value == pytest.approx(metrics.calibration_line(left, risk)[0])
