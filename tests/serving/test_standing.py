from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from features.book import Book
from serving import standing
from serving.settings import Settings

DAY = date(2024, 6, 30)

LOANS = """
    loan_id | client_id | disbursed_on | amount | due_on     | closed_on  | closed_how
    --------+-----------+--------------+--------+------------+------------+-----------
    a1      | ama       | 2023-01-01   | 100    | 2023-06-30 | 2023-06-30 | repaid
    a2      | ama       | 2024-02-01   | 100    | 2024-08-01 |            |
    k1      | kofi      | 2024-01-01   | 100    | 2024-06-20 |            |
    e1      | esi       | 2023-09-01   | 100    | 2024-06-01 | 2024-05-28 | repaid
    y1      | yaw       | 2024-01-01   | 100    |            |            |
"""


def rules(book: Book, settings: Settings | None = None) -> pd.DataFrame:
    with book.known(DAY) as known:
        return standing.rules(known, settings or Settings())


def details(book: Book) -> pd.DataFrame:
    with book.known(DAY) as known:
        return standing.details(known, ["ama", "kofi", "esi", "yaw"])


@pytest.mark.parametrize(
    ("happened_on", "direction", "list_id", "cooling"),
    [
        ("2024-06-02", "out", "", False),
        ("2024-06-02", "out", "w22", False),
        ("2024-06-03", "out", "w22", True),
        ("2024-06-03", "", "w22", True),
        ("2024-06-03", "in", "w22", False),
        ("2024-07-01", "out", "w27", False),
    ],
    ids=["not from a list", "28 days ago", "27 days ago", "direction not known", "the client came", "not yet"],
)
def test_a_contact_that_a_list_asked_for_gives_28_days_of_peace(
    drawn_book: Callable[..., Book], happened_on: str, direction: str, list_id: str, cooling: bool
) -> None:
    book = drawn_book(
        loans=LOANS,
        contacts=f"""
            contact_id | client_id | happened_on | kind | direction | list_id
            -----------+-----------+-------------+------+-----------+--------
            1          | ama       | {happened_on} | visit | {direction} | {list_id}
        """,
    )

    assert rules(book).cooling.to_dict() == {"ama": cooling, "esi": False, "kofi": False, "yaw": False}


def test_the_fourth_contact_of_a_loan_is_not_asked_for(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans=LOANS,
        contacts="""
            contact_id | client_id | happened_on | kind  | direction | list_id
            -----------+-----------+-------------+-------+-----------+--------
            1          | ama       | 2023-05-01  | visit | out       | w18
            2          | ama       | 2024-02-10  | visit | out       | w06
            3          | ama       | 2024-03-20  | visit | out       | w12
            4          | kofi      | 2024-02-01  | visit | out       | w05
            5          | kofi      | 2024-03-08  | call  | out       | w10
            6          | kofi      | 2024-05-01  | visit | out       | w18
        """,
    )

    assert rules(book).asked_enough.to_dict() == {"ama": False, "esi": False, "kofi": True, "yaw": False}


@pytest.mark.parametrize(
    ("tries", "failed"),
    [
        ([], 0),
        (["2024-06-01 | out | w22 | not_reached"], 1),
        (["2024-06-01 | out | w22 | not_reached", "2024-06-08 | out | w23 | wrong_number"], 2),
        (["2024-06-01 | out | w22 | not_reached", "2024-06-08 | out | w23 | reached"], 0),
        (["2024-06-01 | out | w22 | reached", "2024-06-08 | out | w23 | not_reached"], 1),
        (["2024-06-01 | out | w22 | not_reached", "2024-06-08 | out | w23 | "], 0),
        (["2024-06-01 | out | w22 | not_reached", "2024-06-08 | out |  | reached"], 1),
        (["2024-06-01 | out | w22 | not_reached", "2024-06-08 | in | w23 | reached"], 1),
        (["2024-06-01 |  | w22 | not_reached"], 1),
        (["2024-06-01 | out | w22 | reached", "2024-07-01 | out | w27 | not_reached"], 0),
    ],
)
def test_tries_that_reached_nobody_are_counted_back_to_one_that_did(
    drawn_book: Callable[..., Book], tries: list[str], failed: int
) -> None:
    rows = "\n".join(f"{n} | ama | call | {contact}" for n, contact in enumerate(["2020-01-01 | out | | ", *tries]))
    book = drawn_book(
        loans=LOANS, contacts=f"contact_id | client_id | kind | happened_on | direction | list_id | result\n{rows}"
    )

    assert rules(book).failed_tries.to_dict() == {"ama": failed, "esi": 0, "kofi": 0, "yaw": 0}


def test_a_contact_that_was_undone_gives_no_peace(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans=LOANS,
        contacts="""
            contact_id | client_id | happened_on | kind  | list_id | result      | reversed_on
            -----------+-----------+-------------+-------+---------+-------------+------------
            1          | ama       | 2024-06-20  | visit | w25     | not_reached | 2024-06-25
            2          | kofi      | 2024-06-20  | visit | w25     | not_reached | 2024-07-02
        """,
    )
    found = rules(book)

    assert found.cooling.to_dict() == {"ama": False, "esi": False, "kofi": True, "yaw": False}
    assert found.failed_tries.to_dict() == {"ama": 0, "esi": 0, "kofi": 1, "yaw": 0}


def test_who_died_or_left_is_gone_and_who_came_back_is_not(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans=LOANS,
        departures="""
            client_id | left_on    | leaver_type | known_on
            ----------+------------+-------------+-----------
            ama       | 2023-10-01 | VOL         | 2023-10-01
            kofi      | 2024-06-10 | DIED        | 2024-06-20
            esi       | 2024-06-02 | MOVED       | 2024-06-20
            yaw       | 2024-06-02 | DIED        | 2024-07-04
        """,
    )

    assert rules(book).gone.to_dict() == {"ama": False, "esi": True, "kofi": True, "yaw": False}


def test_only_open_complaints_count_and_staff_are_noticed(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans=LOANS,
        complaints="""
            complaint_id | client_id | opened_on  | closed_on  | about_officer
            -------------+-----------+------------+------------+--------------
            1            | ama       | 2024-06-01 | 2024-06-20 | o1
            2            | kofi      | 2024-06-01 |            | o1
            3            | esi       | 2024-06-01 |            |
            4            | yaw       | 2024-06-01 | 2024-07-20 |
        """,
    )
    found = rules(book)

    assert found.complaint_since.notna().to_dict() == {"ama": False, "esi": True, "kofi": True, "yaw": True}
    assert found.about_staff.to_dict() == {"ama": False, "esi": False, "kofi": True, "yaw": False}


def test_a_line_shows_loan_cycle_and_end(drawn_book: Callable[..., Book]) -> None:
    found = details(drawn_book(loans=LOANS))

    assert found.cycle.to_dict() == {"ama": 2, "esi": 1, "kofi": 1, "yaw": 1}
    assert found.open_loans.to_dict() == {"ama": 1, "esi": 0, "kofi": 1, "yaw": 1}
    ends = {client: None if pd.isna(day) else day.date() for client, day in found.loan_ends_on.items()}
    assert ends == {"ama": date(2024, 8, 1), "esi": date(2024, 5, 28), "kofi": date(2024, 6, 20), "yaw": None}


def test_without_a_schedule_a_loan_is_late_after_its_due_date(drawn_book: Callable[..., Book]) -> None:
    found = details(drawn_book(loans=LOANS))

    assert found.days_late.to_dict() == {"ama": 0, "esi": 0, "kofi": 10, "yaw": 0}
    assert found.lateness_unknown.to_dict() == {"ama": False, "esi": False, "kofi": False, "yaw": True}


@pytest.mark.parametrize(
    ("closed_on", "closed_how", "owes"),
    [
        ("2024-03-01", "written_off", True),
        ("2024-03-01", "repaid", False),
        ("2024-03-01", "refinanced", False),
        ("2024-03-01", "cancelled", False),
        ("2024-03-01", "", False),
        ("2024-07-01", "written_off", False),
    ],
    ids=["written off", "repaid", "refinanced", "cancelled", "not told how", "not yet"],
)
def test_a_loan_that_was_written_off_is_owed_though_another_is_paid_on_time(
    drawn_book: Callable[..., Book], closed_on: str, closed_how: str, owes: bool
) -> None:
    book = drawn_book(
        loans=f"""
            loan_id | client_id | disbursed_on | due_on     | closed_on   | closed_how
            a1      | ama       | 2023-01-01   | 2024-08-30 | {closed_on} | {closed_how}
            a2      | ama       | 2024-02-01   | 2024-08-01 |             |
            k1      | kofi      | 2024-02-01   | 2024-08-01 |             |
        """
    )
    found = details(book)

    assert found.written_off.fillna(value=False).to_dict() == {"ama": owes, "esi": False, "kofi": False, "yaw": False}
    assert found.days_late.fillna(0).max() == 0


def test_with_a_schedule_a_loan_is_late_from_the_oldest_unpaid_instalment(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans=LOANS,
        instalments="""
            loan_id | due_on     | amount_due
            --------+------------+-----------
            a2      | 2024-04-01 | 60
            a2      | 2024-06-01 | 60
            a2      | 2024-08-01 | 60
            y1      | 2024-06-30 | 60
        """,
        repayments="""
            loan_id | paid_on    | amount | known_on
            --------+------------+--------+-----------
            a2      | 2024-04-01 | 60     | 2024-04-01
            a2      | 2024-06-01 | 59.99  | 2024-06-01
            a2      | 2024-06-29 | 0.01   | 2024-07-03
        """,
    )
    found = details(book)

    assert found.days_late.to_dict() == {"ama": 29, "esi": 0, "kofi": 10, "yaw": 0}
    assert not found.lateness_unknown.any()


def test_the_last_contact_is_the_latest_known_one(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans=LOANS,
        contacts="""
            contact_id | client_id | happened_on | kind  | result      | known_on
            -----------+-----------+-------------+-------+-------------+-----------
            1          | ama       | 2024-05-01  | visit | reached     | 2024-05-01
            2          | ama       | 2024-05-20  | call  |             | 2024-05-20
            3          | ama       | 2024-06-20  | call  | not_reached | 2024-07-02
        """,
    )
    row = details(book).loc["ama"]

    assert (row.last_contact_on.date(), row.last_contact_kind) == (date(2024, 5, 20), "call")
    assert pd.isna(row.last_contact_result)
