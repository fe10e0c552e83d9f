"""Whom the lot drew, whether she was reached, and whether she left: as the book says on the day one stands on."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import insert

from features.book import Book
from features.drivers import ACTIONS, Action
from features.exit import ExitDefinition
from serving.experiment.log import logged
from serving.store.database import Store
from serving.store.tables import allocations
from training.effect.allocations import COLUMNS, checked

AS_OF = date(2024, 1, 7)
HORIZON = 91
DEFINITION = ExitDefinition(grace_days=90)
LATER = AS_OF + timedelta(days=HORIZON + DEFINITION.maturity_days)

CLIENTS = """
    client_id | joined_on
    ama       | 2023-01-01
    esi       | 2023-01-01
    kofi      | 2023-01-01
    yaw       | 2023-01-01
"""
LOANS = """
    loan_id | client_id | disbursed_on | amount | closed_on  | closed_how
    1       | ama       | 2023-08-01   | 100    | 2024-02-01 | repaid
    2       | esi       | 2023-08-01   | 100    | 2024-02-01 | repaid
    3       | esi       | 2024-02-05   | 100    |            |
    4       | kofi      | 2023-08-01   | 100    | 2024-02-01 | repaid
    5       | yaw       | 2023-08-01   | 100    | 2024-06-01 | repaid
"""
DEPARTURES = """
    client_id | left_on    | leaver_type
    kofi      | 2024-02-01 | DIED
"""


@pytest.fixture
def book(drawn_book: Callable[..., Book]) -> Callable[..., Book]:
    """Ama left, Esi came back, Kofi died, Yaw's loan ended after the horizon."""
    return lambda **more: drawn_book(clients=CLIENTS, loans=LOANS, departures=DEPARTURES, **more)


def drew(store: Store, *turns: tuple[str, str, date], action: str = "") -> None:
    with store.write() as connection:
        for place, (client, arm, day) in enumerate(turns):
            of = {
                "unit": f"client:{client}",
                "client_id": client,
                "officer_id": "o1",
                "branch_id": "b1",
                "band": "high",
                "action": action,
            }
            said = {"arm": arm, "share": 0.1, "risk": 0.3, "week": "x"}
            days = {"from_on": day, "until_on": day + timedelta(weeks=13), "drawn_at": datetime(2024, 1, 7, tzinfo=UTC)}
            connection.execute(insert(allocations).values(stratum="b1/high", place=place, **of, **said, **days))


def log(store: Store, book: Book, on: date = LATER) -> pd.DataFrame:
    with store.read() as connection:
        return logged(connection, book, on, DEFINITION, HORIZON).set_index("client_id")


def test_what_became_of_them_is_what_the_book_says(store: Store, book: Callable[..., Book]) -> None:
    drew(store, *((client, "listed", AS_OF) for client in ("ama", "esi", "kofi", "yaw")))

    found = log(store, book())

    assert found["left"].loc[["ama", "esi", "yaw"]].tolist() == [1, 0, 0]
    assert pd.isna(found.loc["kofi", "left"])
    assert set(found["settled_on"]) == {LATER}
    assert set(COLUMNS) <= {*found.columns, "client_id"}
    assert len(checked(found.reset_index())) == 4


@pytest.mark.parametrize(
    ("kept", "told"),
    [("renewal_talk", ACTIONS[Action.RENEWAL_TALK]), ("", None), ("what another version suggested", None)],
)
def test_what_her_line_suggests_is_told_in_words_if_it_is_known(
    store: Store, book: Callable[..., Book], kept: str, told: str | None
) -> None:
    drew(store, ("ama", "held_out", AS_OF), action=kept)

    assert log(store, book()).loc["ama", "action"] == told


def test_nothing_is_known_before_it_is_final_for_everybody(store: Store, book: Callable[..., Book]) -> None:
    drew(store, ("ama", "listed", AS_OF), ("esi", "held_out", AS_OF))

    found = log(store, book(), LATER - timedelta(days=1))

    assert found["left"].isna().all()
    assert found["settled_on"].isna().all()


@pytest.mark.parametrize(
    ("contact", "reached"),
    [
        ("2024-01-08 | visit   | L1 |           | reached", 1),
        ("2024-01-08 | visit   |    | retention | reached", 1),
        ("2024-01-08 | visit   |    | routine   | reached", 0),
        ("2024-01-08 | call    | L1 |           | not_reached", 0),
        ("2024-01-08 | message | L1 |           | reached", 0),
        ("2024-01-07 | visit   | L1 |           | reached", 0),
        ("2024-04-07 | visit   | L1 |           | reached", 1),
        ("2024-04-08 | visit   | L1 |           | reached", 0),
    ],
)
def test_reached_is_who_was_met_within_the_horizon_to_keep_her(
    store: Store, book: Callable[..., Book], contact: str, reached: int
) -> None:
    day, kind, list_id, topic, result = (part.strip() for part in contact.split("|"))
    drew(store, ("ama", "held_out", AS_OF))
    contacts = f"""
        contact_id | client_id | happened_on | kind   | list_id   | topic   | result
        1          | ama       | {day}       | {kind} | {list_id} | {topic} | {result}
    """

    found = log(store, book(contacts=contacts))

    assert (found.loc["ama", "arm"], found.loc["ama", "contacts"], bool(found.loc["ama", "reached"])) == (
        "hold_out",
        reached,
        bool(reached),
    )


def test_where_the_book_holds_no_contacts_nobody_knows_who_was_reached(store: Store, book: Callable[..., Book]) -> None:
    drew(store, ("ama", "listed", AS_OF))

    assert log(store, book())["reached"].isna().all()


def test_a_second_draw_of_a_unit_is_told_apart(store: Store, book: Callable[..., Book]) -> None:
    drew(store, ("ama", "listed", AS_OF), ("ama", "held_out", AS_OF + timedelta(weeks=13)))

    assert log(store, book())[["draw", "arm"]].to_numpy().tolist() == [[1, "listed"], [2, "hold_out"]]
