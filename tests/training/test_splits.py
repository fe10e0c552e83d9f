from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataError, TooShortHistory
from training.recipe import Recipe, recipe_of
from training.splits import LEAST_DATES, refuse_outside, rolling_origin, training_dates

FIRST = date(2021, 1, 1)


def recipe(**changes: object) -> Recipe:
    return recipe_of(changes)


def test_a_date_is_learnt_from_once_its_shortest_outcome_is_known() -> None:
    dates = training_dates(FIRST, date(2024, 1, 1), recipe())
    # 28 days and 91 of grace before the day one stands on, on a grid that holds the last day with a known main outcome.
    assert max(dates) <= date(2024, 1, 1) - timedelta(days=28 + 91)
    assert date(2024, 1, 1) - timedelta(days=91 + 91) in dates
    assert min(dates) >= date(2024, 1, 1) - timedelta(days=730)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(700, 2500),
    st.integers(1, 5),
    st.sampled_from([7, 28, 56]),
    st.sampled_from(["decision_point", "dormancy"]),
    st.integers(10, 120),
)
def test_no_fold_learns_from_an_outcome_known_after_its_origin(
    history: int, folds: int, step: int, rule: str, grace: int
) -> None:
    asked = recipe(exit={"rule": rule, "grace_days": grace}, backtest={"folds": folds}, dates={"step_days": step})
    as_of = FIRST + timedelta(days=history)
    found = rolling_origin(FIRST, as_of, asked)
    assert 1 <= len(found) <= folds
    for fold in found:
        assert asked.exit.matured(fold.origin, asked.horizon, as_of)
        assert all(asked.exit.matured(day, asked.horizons[0], fold.origin) for day in fold.dates)
        assert sum(asked.exit.matured(day, asked.horizon, fold.origin) for day in fold.dates) >= LEAST_DATES
        assert fold.origin not in fold.dates


@pytest.mark.parametrize("history", [0, 30, 200, 400, 500])
def test_too_short_a_history_says_how_many_days_are_lacking_and_that_many_suffice(history: int) -> None:
    as_of = FIRST + timedelta(days=history)
    with pytest.raises(TooShortHistory, match=r"about (\d+) more days are needed") as caught:
        rolling_origin(FIRST, as_of, recipe())
    lacking = int(str(caught.value).split("about ")[1].split(" more")[0])
    assert rolling_origin(FIRST, as_of + timedelta(days=lacking), recipe())
    with pytest.raises(TooShortHistory):
        rolling_origin(FIRST, as_of + timedelta(days=lacking - 1), recipe())


def test_weekly_loans_need_weeks_and_not_years() -> None:
    weekly = recipe(
        exit={"rule": "dormancy"},
        horizons=[7, 14, 28],
        horizon=28,
        dates={"step_days": 7, "warmup_days": 12},
        backtest={"folds": 5, "step_days": 7},
    )
    found = rolling_origin(date(2022, 7, 12), date(2022, 11, 27), weekly)
    assert [fold.origin for fold in found] == [date(2022, 10, 30) - timedelta(days=7 * k) for k in range(5)]


def test_a_day_outside_the_book_is_refused() -> None:
    with pytest.raises(DataError, match="lies before the book, which begins 2021-01-01"):
        refuse_outside(FIRST, date(2024, 1, 1), date(2020, 6, 1))
    with pytest.raises(DataError, match="every client would look as if she had left"):
        refuse_outside(FIRST, date(2024, 1, 1), date(2024, 3, 1))
    refuse_outside(FIRST, date(2024, 1, 1), date(2024, 1, 10))
