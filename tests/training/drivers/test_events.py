"""Which officer changes are events, which are not, and what a file of dates must hold."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from features.book import Book
from features.errors import DataError, UsageError
from training.drivers.events import Event, Kind, officer_changes, read_events

GONE = date(2024, 3, 3)
AS_OF = date(2024, 12, 31)


def served(rows: list[tuple[str, str | None, str, str | None]]) -> Book:
    """A book of assignments: client, officer, from, to."""
    clients = sorted({row[0] for row in rows})
    return Book.of(
        {
            "clients": pd.DataFrame({"client_id": clients, "joined_on": "2022-01-01"}),
            "loans": pd.DataFrame(
                {"loan_id": clients, "client_id": clients, "disbursed_on": "2023-06-01", "amount": 100}
            ),
            "assignments": pd.DataFrame(rows, columns=["client_id", "officer_id", "from_on", "to_on"]),
        }
    )


def handed_over(
    clients: range, last: date = GONE, officer: str = "old"
) -> list[tuple[str, str | None, str, str | None]]:
    after = (last + timedelta(days=1)).isoformat()
    return [
        row
        for n in clients
        for row in ((f"c{n:02d}", officer, "2022-01-01", last.isoformat()), (f"c{n:02d}", "new", after, None))
    ]


def stay(clients: range, officer: str = "old") -> list[tuple[str, str | None, str, str | None]]:
    return [(f"c{n:02d}", officer, "2022-01-01", None) for n in clients]


def test_an_officer_whose_clients_all_change_has_changed_on_the_day_after_her_last() -> None:
    found = officer_changes(served(handed_over(range(8))), AS_OF)

    assert (found.kind, found.events, found.alone) == (Kind.OFFICER, (Event(date(2024, 3, 4), "old"),), 0)


def test_clients_handed_over_within_four_weeks_are_one_event() -> None:
    book = served([*handed_over(range(5)), *handed_over(range(5, 9), GONE + timedelta(days=20))])

    assert officer_changes(book, AS_OF).events == (Event(date(2024, 3, 4), "old"),)


def test_a_client_given_another_officer_by_herself_is_no_event_and_is_counted() -> None:
    """The trap: a client who has left is put under another name, and the change seems to have driven her away."""
    found = officer_changes(served([*handed_over(range(4)), *stay(range(4, 30))]), AS_OF)

    assert (found.events, found.alone) == ((), 4)


@pytest.mark.parametrize(("going", "staying", "events"), [(5, 5, 1), (5, 6, 0), (4, 0, 0), (20, 20, 1)])
def test_half_of_the_clients_and_five_must_go(going: int, staying: int, events: int) -> None:
    book = served([*handed_over(range(going)), *stay(range(going, going + staying))])

    assert len(officer_changes(book, AS_OF).events) == events


def test_a_vacancy_is_not_an_officer_who_leaves() -> None:
    rows = [(f"c{n:02d}", None, "2022-01-01", "2024-03-03") for n in range(8)]

    assert officer_changes(served([*rows, *stay(range(8), "new")]), AS_OF).events == ()


def test_a_change_known_later_is_not_yet_an_event() -> None:
    assert officer_changes(served(handed_over(range(8))), date(2024, 3, 2)).events == ()


def test_without_assignments_the_book_is_refused_with_what_to_do() -> None:
    book = Book.of(
        {
            "clients": pd.DataFrame({"client_id": ["a"], "joined_on": ["2022-01-01"]}),
            "loans": pd.DataFrame(
                {"loan_id": ["1"], "client_id": ["a"], "disbursed_on": ["2023-06-01"], "amount": [1]}
            ),
        }
    )

    with pytest.raises(DataError, match=r"'assignments' is not in the book.*supply it, or give a file of dates"):
        officer_changes(book, AS_OF)


def test_a_file_of_dates_is_read_in_order_and_once(tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    file.write_text(
        "happened_on,kind,unit,note\n2024-05-01,product,P2,\n2024-01-01,product,P1,fee\n2024-05-01,product,P2,\n"
    )

    found = read_events(file)

    assert (found.kind, found.events) == (
        Kind.PRODUCT,
        (Event(date(2024, 1, 1), "P1"), Event(date(2024, 5, 1), "P2")),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("happened_on,kind\n2024-01-01,branch\n", "no row with a 'unit'"),
        ("happened_on,kind,unit\n", "no row with a 'happened_on'"),
        ("happened_on,kind,unit\n1/2/2024,branch,B1\n", "line 2: happened_on is not a date"),
        ("happened_on,kind,unit\n2024-01-01,branch,\n", "line 2: unit is empty; give the id of the branch"),
        ("happened_on,kind,unit\n2024-01-01,village,V\n", "one file holds one kind: officer, branch, product"),
        ("happened_on,kind,unit\n2024-01-01,branch,B\n2024-01-01,product,P\n", "has the kinds branch, product"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "changes.csv"
    file.write_text(text)

    with pytest.raises(UsageError, match=said):
        read_events(file)
