"""Who the clients are today, as lists see them."""

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from features.book import Book
from serving.people import branches_of_officers, people

AS_OF = date(2024, 6, 30)
LOANS = """
    client_id | disbursed_on
    ama       | 2024-01-01
    kofi      | 2024-01-01
    esi       | 2024-01-01
    yaw       | 2024-01-01
"""
CLIENTS = """
    client_id | joined_on  | officer_id | branch_id | group_id | meeting_weekday
    yaw       | 2023-01-01 |            | b2        |          |
    ama       | 2023-01-01 | o1         | b1        | g1       |
    kofi      | 2023-01-01 | o1         | b1        | g1       | 5
    esi       | 2023-01-01 | o1         | b2        | g2       |
"""


@pytest.fixture
def book(drawn_book: Callable[..., Book]) -> Callable[..., Book]:
    return lambda **tables: drawn_book(**{"loans": LOANS, "clients": CLIENTS, **tables})


def given(frame: pd.DataFrame, column: str) -> dict[str, object]:
    return {str(client): None if pd.isna(value) else value for client, value in frame[column].items()}


def test_a_book_without_registers_and_directory_says_what_it_can(book: Callable[..., Book]) -> None:
    found = people(book(), AS_OF)

    assert list(found.index) == ["ama", "esi", "kofi", "yaw"]
    assert given(found, "officer_serves") == {"ama": True, "esi": True, "kofi": True, "yaw": False}
    assert given(found, "list_branch_id") == {"ama": "b1", "esi": "b1", "kofi": "b1", "yaw": None}
    assert given(found, "meeting_weekday") == {"ama": None, "esi": None, "kofi": 5, "yaw": None}
    assert found["name"].isna().all()
    assert found["safe_to_call"].isna().all()


def test_a_group_has_a_meeting_day_for_whoever_has_none_of_her_own(book: Callable[..., Book]) -> None:
    found = people(book(groups="group_id | meeting_weekday\ng1 | 2\ng3 | 4"), AS_OF)

    assert given(found, "meeting_weekday") == {"ama": 2, "esi": None, "kofi": 5, "yaw": None}


def test_names_and_wishes_come_from_the_directory(book: Callable[..., Book]) -> None:
    directory = """
        client_id | name | household_id | safe_to_call | hours_from
        kofi      | Kofi | h1           | false        | 10:00
    """
    found = people(book(directory=directory), AS_OF)

    assert given(found, "name") == {"ama": None, "esi": None, "kofi": "Kofi", "yaw": None}
    assert found.loc["kofi", ["household_id", "safe_to_call", "hours_from"]].tolist() == ["h1", False, "10:00"]


@pytest.mark.parametrize(("to_on", "serves"), [("", True), ("2024-06-30", True), ("2024-06-29", False)])
def test_an_officer_serves_until_the_last_day_in_the_register(
    book: Callable[..., Book], to_on: str, serves: bool
) -> None:
    found = people(book(officers=f"officer_id | branch_id | to_on\no1 | b9 | {to_on}"), AS_OF)

    assert given(found, "officer_serves") == {"ama": serves, "esi": serves, "kofi": serves, "yaw": False}
    assert found["list_branch_id"].dropna().unique().tolist() == ["b9"]


@pytest.mark.parametrize("officer", ["desk", "Desk", "DESK"])
def test_no_officer_is_called_desk(book: Callable[..., Book], officer: str) -> None:
    found = people(book(clients=CLIENTS.replace("o1", officer)), AS_OF)

    assert not found["officer_serves"].any()


def test_without_a_register_an_officers_branch_is_that_of_most_clients(book: Callable[..., Book]) -> None:
    found = people(book(), AS_OF)

    assert branches_of_officers(book(), found) == {"o1": "b1"}
