import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from models.baseline import PlainLightGBM, RuleOfThumb, Scorecard, recency

SOURCE = np.random.default_rng(5)
X = pd.DataFrame({"silence_days": SOURCE.exponential(30, 4000), "tenure_days": SOURCE.normal(500, 90, 4000)})
LEFT = SOURCE.random(4000) < 1 / (1 + np.exp(3 - X["silence_days"].to_numpy() / 15))
X.loc[SOURCE.random(4000) < 0.1, "tenure_days"] = np.nan


@pytest.mark.parametrize(
    "baseline", [RuleOfThumb(("silence_days", "tenure_days")), Scorecard(), PlainLightGBM(threads=1)]
)
def test_a_baseline_ranks_those_who_left_higher(baseline: RuleOfThumb | Scorecard | PlainLightGBM) -> None:
    score = baseline.fit(X, LEFT).score(X)
    assert np.isfinite(score).all()
    assert np.median(score[LEFT]) > np.median(score[~LEFT])


def test_the_rule_is_the_best_single_figure_with_its_sign() -> None:
    rule = RuleOfThumb(("silence_days", "tenure_days")).fit(X, LEFT)
    assert (rule.chosen, rule.sign) == ("silence_days", 1)
    rule = RuleOfThumb(("silence_days", "tenure_days")).fit(X.assign(silence_days=-X["silence_days"]), LEFT)
    assert (rule.chosen, rule.sign) == ("silence_days", -1)


def test_the_rule_puts_the_unknown_where_they_belong() -> None:
    known = pd.DataFrame({"rests_days": [1.0, 2.0, np.nan, np.nan]})
    assert RuleOfThumb(("rests_days",)).fit(known, np.array([0, 0, 1, 1], dtype=bool)).score(known).argmax() == 2
    assert RuleOfThumb(("rests_days",)).fit(known, np.array([1, 1, 0, 0], dtype=bool)).score(known).argmin() == 2


def test_a_rule_without_any_figure_gets_a_sentence() -> None:
    with pytest.raises(DataError, match="no figure of recency is known"):
        RuleOfThumb(("a",)).fit(pd.DataFrame({"a": [np.nan, np.nan]}), np.array([True, False]))


def test_the_scorecard_has_a_step_for_what_is_not_known() -> None:
    gone = SOURCE.random(4000) < np.where(X["tenure_days"].isna(), 0.8, 0.1)
    card = Scorecard().fit(X, gone)
    chance = card.probability(X)
    assert chance[X["tenure_days"].isna()].mean() == pytest.approx(0.8, abs=0.05)
    assert chance[X["tenure_days"].notna()].mean() == pytest.approx(0.1, abs=0.03)


def test_an_unfitted_baseline_does_not_answer() -> None:
    for baseline in (Scorecard(), PlainLightGBM()):
        with pytest.raises(ValueError, match="not fitted"):
            baseline.score(X)


def test_recency_is_what_is_counted_in_days() -> None:
    assert recency([("a", "days"), ("b", "share")]) == ("a",)
