"""Return curve, proposed grace period, and how the exit rate depends on it."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.book import Book
from features.errors import DataError
from features.measures.returning import decision_points, proposed_grace, return_curve, sensitivity

AS_OF = date(2025, 1, 1)


def points(*rows: tuple[str, int, int | None]) -> pd.DataFrame:
    """Decision points as (client, days before AS_OF, days until back)."""
    ended = [AS_OF - timedelta(days=before) for _, before, _ in rows]
    back = [None if gap is None else day + timedelta(days=gap) for day, (_, _, gap) in zip(ended, rows, strict=True)]
    return pd.DataFrame(
        {
            "client_id": [client for client, _, _ in rows],
            "ended_on": pd.to_datetime(pd.Series(ended)),
            "back_on": pd.to_datetime(pd.Series(back, dtype="object")),
            "written_off": False,
        }
    )


def test_each_end_of_all_loans_is_a_decision_point(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on  | closed_how
        ama       | 2023-01-01   | 2023-06-01 | repaid
        ama       | 2023-07-01   | 2023-12-01 | repaid
        bisi      | 2023-01-01   |            |
        chipo     | 2023-01-01   | 2023-05-01 | written_off
        """
    )

    frame = decision_points(book, AS_OF)

    assert frame.client_id.tolist() == ["ama", "ama", "chipo"]
    assert frame.back_on.notna().tolist() == [True, False, False]
    assert frame.written_off.astype(bool).tolist() == [False, False, True]


def test_the_curve_counts_an_end_only_for_as_long_as_it_has_been_watched() -> None:
    # Two watched for a year, one of them back after 10 days; one watched for 5 days and not back yet.
    curve = return_curve(points(("ama", 365, 10), ("bisi", 365, None), ("chipo", 5, None)), AS_OF)

    assert curve[9] == 0.0
    assert curve[10] == 0.5
    assert curve[365] == 0.5


def test_a_book_in_which_no_loan_ended_has_no_curve() -> None:
    with pytest.raises(DataError, match="no loan has ended by 2025-01-01"):
        return_curve(points(), AS_OF)


def test_the_proposed_grace_leaves_fewer_than_one_return_in_twenty_for_later() -> None:
    rows = [(f"c{n}", 700, n + 1) for n in range(100)]

    assert proposed_grace(return_curve(points(*rows), AS_OF)) == 95


def test_nobody_back_proposes_nothing() -> None:
    with pytest.raises(DataError, match="nobody came back"):
        proposed_grace(return_curve(points(("ama", 400, None)), AS_OF))


def test_only_decisions_whose_grace_is_over_count_and_late_returns_are_told() -> None:
    table = sensitivity(points(("ama", 400, 20), ("bisi", 400, 120), ("chipo", 400, None), ("dede", 50, None)), AS_OF)

    assert table.loc[30].to_dict() == {"deciders": 4, "left": 3, "exit_rate": 0.75, "back_later": 1}
    assert table.loc[90].to_dict() == {"deciders": 3, "left": 2, "exit_rate": 2 / 3, "back_later": 1}
    assert table.loc[180].to_dict() == {"deciders": 3, "left": 1, "exit_rate": 1 / 3, "back_later": 0}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 900), st.integers(1, 900) | st.none()), min_size=1, max_size=20))
def test_the_curve_is_a_share_that_only_rises(ends: list[tuple[int, int | None]]) -> None:
    rows = [
        (f"c{n}", before, gap if gap is not None and gap <= before else None) for n, (before, gap) in enumerate(ends)
    ]

    curve = return_curve(points(*rows), AS_OF)

    assert curve.is_monotonic_increasing
    assert curve.between(0, 1).all()
    if all(before >= 730 for _, before, _ in rows):
        assert curve.iloc[-1] == pytest.approx(sum(gap is not None and gap <= 730 for _, _, gap in rows) / len(rows))
