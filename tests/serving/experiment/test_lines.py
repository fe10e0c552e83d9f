"""What training is told of the lists: whom the lot gave out, whom it kept off them, and whom no lot decided."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import insert

from features.book import Book
from serving.experiment.lines import drawn_lines
from serving.store.database import Store
from serving.store.tables import allocations, issues, lines, lists

SUNDAY = date(2024, 1, 7)
WEEKS = timedelta(weeks=13)
MOMENT = datetime(2024, 1, 7, tzinfo=UTC)

CLIENTS = """
    client_id | joined_on
    ama       | 2023-01-01
    esi       | 2023-01-01
    kofi      | 2023-01-01
"""
DIRECTORY = """
    client_id | household_id
    ama       | H1
    esi       | H1
    kofi      |
"""
LOANS = """
    client_id | disbursed_on
    ama       | 2023-08-01
    esi       | 2023-08-01
    kofi      | 2023-08-01
"""


@pytest.fixture
def book(drawn_book: Callable[..., Book]) -> Book:
    return drawn_book(clients=CLIENTS, loans=LOANS, directory=DIRECTORY)


def drew(store: Store, *turns: tuple[str, str, date]) -> None:
    with store.write() as connection:
        for place, (unit, arm, day) in enumerate(turns):
            of = {"unit": unit, "client_id": "ama", "officer_id": "o1", "branch_id": "b1", "band": "high"}
            said = {"arm": arm, "share": 0.1, "risk": 0.3, "week": "x"}
            days = {"from_on": day, "until_on": day + WEEKS, "drawn_at": MOMENT}
            connection.execute(insert(allocations).values(stratum="b1/high", place=place, **of, **said, **days))


def issued(store: Store, day: date, *clients: str) -> None:
    week = f"{day.isocalendar().year}-W{day.isocalendar().week:02d}"
    with store.write() as connection:
        issue = {"week": week, "revision": 1, "as_of": day, "model_version": "m", "book_digest": "b", "last_week": ""}
        kept = {"settings": {}, "files": {}, "software": "1", "digest": "d", "issued_at": MOMENT}
        (key,) = connection.execute(insert(issues).values(**issue, **kept)).inserted_primary_key or (0,)
        owner = {"officer_id": "o1", "officer_name": "", "branch_id": "b1", "branch_name": ""}
        connection.execute(
            insert(lists).values(issue_id=key, list_id=f"{week}-o1", language="en", check="x", files={}, **owner)
        )
        for place, client in enumerate(clients):
            connection.execute(
                insert(lines).values(issue_id=key, list_id=f"{week}-o1", place=place, client_id=client, content={})
            )


def told(store: Store, book: Book, on: date = SUNDAY + WEEKS) -> list[tuple[str, int, int, bool, float]]:
    """Client, first and last day counted from the Sunday, given out, chance."""
    with store.read() as connection:
        found = drawn_lines(connection, book, on, 14)
    if found is None:
        return []
    assert found.until is not None
    assert found.rest_days == 14
    table = pd.DataFrame(
        {
            "client": found.client_id,
            "day": found.day - SUNDAY.toordinal(),
            "until": found.until - SUNDAY.toordinal(),
            "given_out": found.given_out,
            "chance": found.chance,
        }
    )
    return [tuple(row) for row in table.to_numpy().tolist()]


def test_what_the_lot_said_holds_from_the_first_day_of_the_week_for_thirteen_weeks(store: Store, book: Book) -> None:
    drew(store, ("client:ama", "listed", SUNDAY), ("client:kofi", "held_out", SUNDAY))

    assert told(store, book) == [("ama", 1, 91, True, 0.9), ("kofi", 1, 91, False, 0.9)]


def test_whoever_lives_in_a_household_that_was_drawn_is_under_the_same_lot(store: Store, book: Book) -> None:
    drew(store, ("household:H1", "held_out", SUNDAY))

    assert told(store, book) == [("ama", 1, 91, False, 0.9), ("esi", 1, 91, False, 0.9)]


def test_a_line_under_the_lot_is_told_once_and_one_that_no_lot_decided_stands_alone(store: Store, book: Book) -> None:
    drew(store, ("client:ama", "listed", SUNDAY))
    issued(store, SUNDAY, "ama", "esi")
    issued(store, SUNDAY + timedelta(days=7), "ama")

    assert told(store, book) == [("ama", 1, 91, True, 0.9), ("esi", 1, 1, True, 1.0)]


def test_nothing_later_is_told(store: Store, book: Book) -> None:
    drew(store, ("client:ama", "listed", SUNDAY), ("client:kofi", "listed", SUNDAY + timedelta(days=7)))
    issued(store, SUNDAY + timedelta(days=7), "esi")

    assert [row[0] for row in told(store, book, SUNDAY)] == ["ama"]


def test_lists_without_a_lot_cannot_be_taken_account_of(store: Store, book: Book) -> None:
    issued(store, SUNDAY, "ama")

    assert told(store, book) == []
