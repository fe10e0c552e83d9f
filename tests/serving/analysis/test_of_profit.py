"""What is said of profit and of the best share to contact."""

from dataclasses import replace
from typing import Any

import pytest

from serving.analysis.of_profit import of_profit
from training.backtests import Backtest

WORTH = {"kept_client": 100.0, "visit": 3.0, "incentive": 0.0, "persuaded_alpha": 6.0, "persuaded_beta": 14.0}


def kept(best: tuple[float | None, ...] = (2.1, 1.8, 2.4), share: float | None = 0.24, **worth: Any) -> Backtest:
    earned = [{"share": at, "model": 2 * at, "scorecard": at, "rule_of_thumb": -at} for at in (0.0, 0.5, 1.0)]
    figures = dict(zip(("value", "low", "high"), best, strict=True))
    profit = {"settings": WORTH | worth, "best": figures, "best_share": share, "listed": 0.051, "earned": earned}
    return Backtest(91, (), (), {}, profit)


def said(backtest: Backtest) -> str:
    (chart,) = of_profit(backtest)
    return chart.said


@pytest.mark.parametrize(
    ("backtest", "sentence"),
    [
        (kept(), "2.10 for each client (1.80 to 2.40), with 24 of 100 contacted (expected maximum profit)."),
        (kept((2.1, None, None)), "2.10 for each client, with 24 of 100 contacted"),
        (kept(), "The lists of one week hold 5.10 of 100."),
        (kept((0.0, 0.0, 0.0), 0.0), "By these figures no contact earns what it costs."),
        (kept(incentive=2.5), "a contact to cost 3 besides 2.5 given to whoever stays, in one currency"),
        (kept(persuaded_alpha=2.0, persuaded_beta=8.0), "of 100 who would leave, a contact is taken to keep 20"),
    ],
)
def test_the_sentence_says_what_is_best_and_what_it_was_reckoned_with(backtest: Backtest, sentence: str) -> None:
    assert sentence in said(backtest)


def test_the_table_has_each_way_at_each_share() -> None:
    (chart,) = of_profit(kept())

    assert chart.rows()[3:6] == [
        ["50.0 %", "this model", "1.00"],
        ["50.0 %", "scorecard", "0.50"],
        ["50.0 %", "rule of thumb", "-0.50"],
    ]
    assert 'aria-label="How many are worth a contact?"' in chart.svg(300)


def test_without_figures_there_is_no_chart() -> None:
    assert list(of_profit(None)) == []
    assert list(of_profit(replace(kept(), profit={}))) == []
