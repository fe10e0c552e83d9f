"""Which part of the clients each belongs to: as known on the date where the past is known, and as they stand today."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from features.book import Book
from features.errors import UsageError
from features.measures.target_client import Condition, TargetRule
from training.drivers.segments import SEGMENTS, known_segments, parts

DAY = date(2024, 6, 30)
#: client, gender, birth_year, poverty_band, area
PEOPLE = [
    ("ada", "female", 2001, "poor", "rural"),
    ("bea", "female", 1984, None, "urban"),
    ("cal", "male", None, "not poor", None),
]
TARGET = TargetRule("rural women", (Condition("gender", "is", "female"), Condition("area", "is", "rural")))


def book(**more: Any) -> Book:
    names = ["client_id", "gender", "birth_year", "poverty_band", "area"]
    loans = [
        {"loan_id": f"{n}", "client_id": client, "disbursed_on": "2024-01-01", "amount": 100, "product_id": f"p{n % 2}"}
        for n, (client, *_) in enumerate(PEOPLE)
    ]
    tables = {
        "clients": pd.DataFrame(PEOPLE, columns=names).assign(joined_on="2024-01-01").astype({"birth_year": "Int64"}),
        "loans": pd.DataFrame(loans),
        "assignments": pd.DataFrame(
            [
                ("ada", "o1", "2024-01-01", "2024-05-31"),
                ("ada", "o2", "2024-06-01", None),
                ("bea", "o1", "2024-01-01", None),
            ],
            columns=["client_id", "officer_id", "from_on", "to_on"],
        ),
        "officers": pd.DataFrame({"officer_id": ["o1", "o2"], "branch_id": ["b1", "b2"]}),
    }
    return Book.of(tables | more)


def part_of(segment: str, target: TargetRule | None = None, day: date = DAY) -> dict[str, object]:
    at_risk = pd.DataFrame({"client_id": ["ada", "bea", "cal"], "state": "open"})
    made = book()
    with made.known(day) as known:
        found = parts(made, known, at_risk, segment, target)
    return {client: None if pd.isna(part) else part for client, part in found.items()}


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("gender", {"ada": "female", "bea": "female", "cal": "male"}),
        ("age", {"ada": "up to 24", "bea": "35 to 44", "cal": None}),
        ("poverty", {"ada": "poor", "bea": None, "cal": "not poor"}),
        ("area", {"ada": "rural", "bea": "urban", "cal": None}),
        ("product", {"ada": "p0", "bea": "p1", "cal": "p0"}),
        ("branch", {"ada": "b2", "bea": "b1", "cal": None}),
        ("cycle", {"ada": "1", "bea": "1", "cal": "1"}),
        ("state", {"ada": "open", "bea": "open", "cal": "open"}),
    ],
)
def test_each_client_is_in_the_part_the_book_names_or_in_none(segment: str, expected: dict[str, object]) -> None:
    assert part_of(segment) == expected


def test_a_branch_is_the_one_of_the_officer_who_served_the_client_then() -> None:
    assert part_of("branch", day=date(2024, 5, 1)) == {"ada": "b1", "bea": "b1", "cal": None}


def test_a_target_client_is_one_of_whom_all_conditions_hold_and_is_not_known_where_one_may() -> None:
    assert part_of("target", TARGET) == {"ada": "target", "bea": "other", "cal": "other"}
    assert part_of("target", TargetRule("rural", (Condition("area", "is", "rural"),)))["cal"] is None


def test_a_book_has_the_segments_it_has_columns_for_and_the_target_rule_comes_last() -> None:
    found = known_segments(book(), TARGET)

    assert set(found) == set(SEGMENTS) - {"lending", "purpose", "client_type"} | {"target"}
    assert list(found.items())[-1] == ("target", "rural women")


@pytest.mark.parametrize(
    ("segment", "said"),
    [
        ("mood", "there are branch, officer"),
        ("lending", "the book has no products.lending"),
        ("target", "needs the rule that says who is a target client"),
    ],
)
def test_a_segment_there_is_not_is_refused_in_a_sentence(segment: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        part_of(segment)
