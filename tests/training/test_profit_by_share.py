"""What contacts would have earned on the replays of a backtest, by the share contacted."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from training import profit
from training.evaluate import measured
from training.measuring import REACH, within
from training.profit_by_share import SHARES, profit_by_share
from training.recipe import Profit


@pytest.fixture(scope="module")
def found(made: Any) -> Any:
    return profit_by_share(made.evaluation)


def dear(made: Any, **changed: float) -> Any:
    recipe = replace(made.evaluation.recipe, profit=replace(Profit(), **changed))
    return profit_by_share(measured(made.evaluation.replays, recipe))


def test_each_figure_is_the_mean_over_dates_of_clients_within_reach_of_a_visit(made: Any, found: Any) -> None:
    evaluation = made.evaluation
    curves = []
    for r in evaluation.replays:
        reach = within(r, REACH, evaluation.recipe)
        curves.append(profit.by_risk(r.left(91)[reach], r.scores["scorecard"][reach], found.settings))

    for share, earned in zip(SHARES, found.earned["scorecard"], strict=True):
        assert earned == pytest.approx(np.mean([curve.at(share) for curve in curves]))
    assert set(found.earned) == {"model", "rule_of_thumb", "scorecard", "plain_lightgbm"}
    assert found.best == evaluation.pooled[REACH]["model"]["expected_maximum_profit"]


def test_everybody_contacted_earns_the_same_whatever_the_order_and_nobody_nothing(found: Any) -> None:
    nobody, everybody = zip(*((curve[0], curve[-1]) for curve in found.earned.values()), strict=True)

    assert set(nobody) == {0.0}
    assert everybody == pytest.approx([everybody[0]] * 4)


def test_the_best_share_lies_where_the_curve_is_highest(found: Any) -> None:
    highest = SHARES[int(np.argmax(found.earned["model"]))]

    assert found.best_share == pytest.approx(highest, abs=0.1)
    assert found.best.value == pytest.approx(max(found.earned["model"]), rel=0.1)


def test_dearer_contacts_earn_less_and_are_fewer(made: Any, found: Any) -> None:
    other = dear(made, visit=15.0)

    assert other.best.value < found.best.value
    assert other.best_share < found.best_share


def test_the_lists_hold_the_places_there_are(made: Any, found: Any) -> None:
    evaluation = made.evaluation
    shares = []
    for r in evaluation.replays:
        officers = r.about["officer_id"][within(r, REACH, evaluation.recipe)]
        shares.append(officers.value_counts().clip(upper=evaluation.recipe.capacity.per_officer).sum() / len(officers))

    assert found.listed == pytest.approx(np.mean(shares))


def test_where_nobody_left_there_is_no_profit_to_tell(made: Any) -> None:
    pooled = made.evaluation.pooled
    unknown = replace(pooled[REACH]["model"]["expected_maximum_profit"], value=float("nan"))
    reach = {**pooled[REACH], "model": {**pooled[REACH]["model"], "expected_maximum_profit": unknown}}

    assert profit_by_share(replace(made.evaluation, pooled={**pooled, REACH: reach})) is None
