"""The MFI's own rule for its target clients."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from features.book import Book
from features.errors import MissingColumn, RecipeError, UnreadableFile
from features.measures.target_client import COLUMNS, Condition, TargetRule, load_target, members
from features.schema import TABLES

RULE = """
name = "young women"

[[condition]]
column = "gender"
op = "is"
value = "female"

[[condition]]
column = "birth_year"
op = "at least"
value = 2000
"""


def test_all_conditions_must_hold(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text(RULE)

    rule = load_target(file)

    assert rule.name == "young women"
    assert rule.conditions == (Condition("gender", "is", "female"), Condition("birth_year", "at least", 2000))
    assert """WHEN "gender" = 'female' AND "birth_year" >= 2000 THEN 'target'""" in rule.sql()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"gender"', '"client_id"'), "column='client_id' is none a target rule can use"),
        (('"is"', '"like"'), "op='like' of gender is none"),
        (('"female"', "3"), "value=3 of gender does not fit; write text in quotes"),
        (("2000", '"2000"'), "value='2000' of birth_year does not fit; write a whole number"),
        (("2000", "true"), "value=True of birth_year does not fit"),
        (('"female"', '["female"]'), "value of gender is: write a list for 'one of'"),
        (('name = "young women"', ""), "needs a name and one [[condition]] or more"),
        (('value = "female"', ""), "a condition has column, op; it needs column, op and value"),
        (('"female"', "=("), "cannot be read as TOML"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_sentence(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    file = tmp_path / "target.toml"
    file.write_text(RULE.replace(*change))

    with pytest.raises((RecipeError, UnreadableFile)) as caught:
        load_target(file)

    assert said in str(caught.value)


def test_a_value_is_only_ever_a_value() -> None:
    assert Condition("area", "is", "x' OR true --").sql() == "\"area\" = 'x'' OR true --'"


def test_nobody_is_a_target_client_by_name_or_number() -> None:
    assert {"client_id", "officer_id", "group_id", "village"}.isdisjoint(COLUMNS)
    assert set(COLUMNS) < set(TABLES["clients"].columns)


def test_whoever_of_whom_it_is_not_known_is_neither_a_target_client_nor_surely_none() -> None:
    people = [("ama", "rural"), ("kofi", "urban"), ("esi", None)]
    book = Book.of(
        {
            "clients": pd.DataFrame(
                [{"client_id": client, "joined_on": date(2024, 1, 1), "area": area} for client, area in people]
            ),
            "loans": pd.DataFrame(
                [{"loan_id": "1", "client_id": "ama", "disbursed_on": date(2024, 1, 1), "amount": 1}]
            ),
        }
    )
    rule = TargetRule("rural", (Condition("area", "is", "rural"),))

    assert members(book, rule) == {"ama"}
    assert members(book, rule, target=False) == {"kofi"}
    with pytest.raises(MissingColumn, match="no column gender"):
        members(book, TargetRule("women", (Condition("gender", "is", "female"),)))
