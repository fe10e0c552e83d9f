"""Indicators of the book, each worked out by hand on a drawn book; what the book lacks is not known."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from features.book import Book
from features.indicator import Source, Value, median_with_interval
from features.indicators import INDICATORS, compute
from features.intervals import wilson

YEAR = (date(2023, 7, 1), date(2024, 6, 30))
AS_OF = date(2024, 12, 31)

BOOK = {
    "clients": """
        client_id | joined_on  | area
        ama       | 2020-01-01 | rural
        kofi      | 2023-08-01 | rural
        esi       | 2019-01-01 | urban
        yaw       | 2022-01-01 | urban
    """,
    "loans": """
        loan_id | client_id | disbursed_on | amount | closed_on  | closed_how  | product_id | known_on
        a1      | ama       | 2023-01-01   | 100    | 2023-07-01 | repaid      | old        |
        a2      | ama       | 2023-08-01   | 100    | 2024-02-01 | repaid      | old        |
        a3      | ama       | 2024-03-01   | 300    |            |             | new        |
        k1      | kofi      | 2023-08-10   | 100    | 2024-01-10 | repaid      | old        |
        e1      | esi       | 2023-09-01   | 100    |            |             | old        |
        y1      | yaw       | 2023-02-01   | 100    | 2023-09-01 | written_off | old        |
        y2      | yaw       | 2024-06-20   | 100    | 2024-06-21 | cancelled   | old        |
        late    | ama       | 2024-06-01   | 900    |            |             | new        | 2025-01-05
    """,
    "instalments": """
        loan_id | due_on     | amount_due
        a3      | 2024-04-01 | 50
        e1      | 2024-05-01 | 60
        e1      | 2024-06-20 | 60
    """,
    "repayments": """
        loan_id | paid_on    | amount
        a3      | 2024-04-01 | 50
        e1      | 2024-05-01 | 40
    """,
    "applications": """
        application_id | client_id | applied_on | loan_id | decided_on
        1              | ama       | 2023-07-20 | a2      | 2023-07-25
        2              | kofi      | 2023-08-07 | k1      | 2023-08-08
        3              | esi       | 2023-08-20 | e1      | 2023-08-30
        4              | yaw       | 2024-01-01 |         |
    """,
    "assignments": """
        client_id | officer_id | from_on    | to_on
        ama       | o1         | 2020-01-01 |
        esi       | o2         | 2019-01-01 | 2023-12-31
        esi       | o1         | 2024-01-01 |
        yaw       | o3         | 2024-05-01 |
    """,
}


def measured(book: Book, code: str, among: frozenset[str] | None = None) -> Value:
    return compute(book, code, AS_OF, *YEAR, among)


@pytest.mark.parametrize(
    ("code", "value", "counted"),
    [
        ("retention_rate", 2 / 3, 3),
        ("delinquency_rate", 1 / 2, 2),
        ("new_clients", 2, 2),
        ("processing_days", 12, 3),
        ("new_product_share", 0.75, 2),
        ("officer_turnover", 1 / 2, 2),
        ("long_tenure_share", 1.0, 2),
        ("repeat_borrowing_rate", 1 / 2, 4),
    ],
)
def test_each_computed_indicator_on_a_drawn_book(
    drawn_book: Callable[..., Book], code: str, value: float, counted: int
) -> None:
    found = measured(drawn_book(**BOOK), code)

    assert found.value == pytest.approx(value)
    assert found.counted == counted
    if INDICATORS[code].unit == "share" and code != "new_product_share":
        assert (found.low, found.high) == pytest.approx(wilson(value * counted, counted))


@pytest.mark.parametrize(
    ("code", "value"), [("retention_rate", 1.0), ("delinquency_rate", 1.0), ("repeat_borrowing_rate", 0.0)]
)
def test_a_segment_counts_its_own_clients_alone(drawn_book: Callable[..., Book], code: str, value: float) -> None:
    who = {"retention_rate": "ama", "delinquency_rate": "esi", "repeat_borrowing_rate": "kofi"}[code]

    assert measured(drawn_book(**BOOK), code, frozenset({who})).value == pytest.approx(value)


@pytest.mark.parametrize("code", [code for code, each in INDICATORS.items() if each.source is Source.COMPUTED])
def test_nobody_to_count_and_a_book_that_lacks_the_table_are_not_known_and_never_zero(
    drawn_book: Callable[..., Book], code: str
) -> None:
    book = drawn_book(**BOOK)
    bare = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on
        ama       | 2023-08-01   |
    """
    )

    nobody = measured(book, code, frozenset())
    assert nobody == (Value(0.0) if code == "new_clients" else Value(None))
    if INDICATORS[code].needs:
        assert measured(bare, code) == Value(None)


@pytest.mark.parametrize("code", [code for code, each in INDICATORS.items() if each.source is Source.COMPUTED])
def test_what_becomes_known_later_changes_no_indicator(drawn_book: Callable[..., Book], code: str) -> None:
    book = drawn_book(**BOOK)
    later = AS_OF + timedelta(days=1)
    more = book.with_rows(
        {
            "clients": pd.DataFrame({"client_id": ["new"], "joined_on": ["2020-01-01"], "known_on": [later]}),
            "loans": pd.DataFrame(
                {
                    "loan_id": ["z"],
                    "client_id": ["new"],
                    "disbursed_on": ["2024-01-01"],
                    "amount": [5],
                    "product_id": ["old"],
                    "known_on": [later],
                }
            ),
            "repayments": pd.DataFrame(
                {"loan_id": ["e1"], "paid_on": ["2024-05-01"], "amount": [20], "known_on": [later]}
            ),
        }
    )

    assert measured(more, code) == measured(book, code)


def test_amounts_of_two_currencies_are_never_added(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on | product_id | currency
        ama       | 2023-08-01   |           | a          | GHS
        kofi      | 2023-08-01   |           | b          | USD
    """
    )

    assert measured(book, "new_product_share") == Value(None)


def test_every_indicator_says_what_it_is_and_which_way_is_better() -> None:
    for code, each in INDICATORS.items():
        assert code == each.code
        assert each.unit in ("share", "count", "days")
        assert each.meaning.endswith(".")
        assert (each.measure is None) == (each.source is Source.UPLOADED)


def test_a_median_has_an_interval_once_there_are_enough() -> None:
    found = median_with_interval(pd.Series([float(n) for n in range(101)]))

    assert (found.value, found.counted) == (50.0, 101)
    assert found.low is not None
    assert found.high is not None
    assert 38 <= found.low < 50 < found.high <= 62
    assert median_with_interval(pd.Series(dtype="float64")) == Value(None)
