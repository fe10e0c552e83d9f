"""The first page: the newest final rate, beside a year before, with what bends the other formulas."""

import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from features.measures.figures import GROWTH
from serving.kept_measures import TABLES, KeptMeasures
from serving.report.part import Part
from serving.report.rates import of_rates

WARNING = GROWTH.format(growth=0.2)


def row(period: str, first: str, gone: int | None, maturity: str = "final", **more: Any) -> dict[str, Any]:
    """A quarter in which 400 had to decide; None where it is not final."""
    rate = None if gone is None else gone / 400
    rates = {"f5_exit": rate, "f5_low": rate and rate - 0.04, "f5_high": rate and rate + 0.04}
    counts = {"gone": gone, "deciders": gone and 400, "begin": 900, "came": 90, "out": 80, "end": 910}
    shown = {"f1_dropout": gone and 0.08, "f2_dropout": gone and 0.09, "f3_renewal": 0.8, "repeat_borrowing": 0.7}
    said = {"period": period, "by": "quarter", "first": first, "maturity": maturity, "final_from": "2024-07-01"}
    return said | rates | counts | shown | {"growth_in_a_year": 0.04, "warning": ""} | more


def first_page(*rows: dict[str, Any]) -> Part:
    kept = KeptMeasures(date(2024, 7, 6), 90, date(2024, 4, 1), dict.fromkeys(TABLES, ()) | {"everybody": rows})
    known: Any = SimpleNamespace(kept=kept, month="2024-06")
    return of_rates(known, "What stands out.")


@pytest.mark.parametrize(
    ("before", "now", "rate", "change", "sure"),
    [
        (100, 150, "37.5 % were to leave (33.5 to 41.5", "+12.5 points (+6.1 to +18.8)", "more than chance makes"),
        (140, 100, "25.0 % were to leave (21.0 to 29.0", "-10.0 points (-16.2 to -3.7)", "more than chance makes"),
        (
            100,
            110,
            "27.5 % were to leave (23.5 to 31.5",
            "+2.5 points (-3.6 to +8.6)",
            "so small that it can be chance",
        ),
    ],
)
def test_the_rate_is_held_against_the_same_time_a_year_before(
    before: int, now: int, rate: str, change: str, sure: str
) -> None:
    page = first_page(
        row("2023-Q1", "2023-01-01", before), row("2023-Q4", "2023-10-01", 90), row("2024-Q1", "2024-01-01", now)
    )

    assert list(page.said) == [
        f"Of 400 decisions that clients took in 2024-Q1 when their loan had ended, {rate}; final since 2024-07-01).",
        f"In 2023-Q1 it was {before / 4:.1f} %: a change of {change}, which is {sure}.",
        "What stands out.",
    ]


def test_without_a_year_before_it_is_said_that_there_is_none() -> None:
    assert "no final figure of the same time a year before" in first_page(row("2024-Q1", "2024-01-01", 100)).said[1]


@pytest.mark.parametrize(
    ("warning", "said"), [(WARNING, f"Mind the growth in 2024-Q1: {WARNING}."), ("", "+4.0 % a year")]
)
def test_growth_is_warned_of_beside_the_formulas_that_it_bends(warning: str, said: str) -> None:
    page = first_page(row("2024-Q1", "2024-01-01", 100, warning=warning))

    assert said in page.pieces[0].said
    assert page.pieces[0].rows[0][4:6] == ["8.0 %", "9.0 %"]


def test_what_is_not_final_is_neither_the_newest_nor_drawn_nor_told() -> None:
    page = first_page(
        row("2024-Q1", "2024-01-01", 100),
        row("2024-Q2", "2024-04-01", None, "the grace period is not over", final_from="2024-09-29"),
    )

    assert "in 2024-Q1" in page.said[0]
    assert page.pieces[1].rows == [
        ["2024-Q1", "25.0 % (21.0 to 29.0)", "8.0 %", "9.0 %", "final"],
        ["2024-Q2", "–", "–", "–", "not final before 2024-09-29"],
    ]


@pytest.mark.parametrize(
    ("maturity", "said"),
    [
        ("the grace period is not over", "No figure is final yet: .* The first figures are final on 2024-07-01."),
        ("final", "Too few clients decide in any final period"),
    ],
)
def test_without_any_rate_it_is_said_why(maturity: str, said: str) -> None:
    page = first_page(row("2024-Q1", "2024-01-01", None, maturity))

    assert re.match(said, page.said[0])
    assert page.pieces == ()
