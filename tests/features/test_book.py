"""The guard: what a book shows on a date, and what it does not show yet."""

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from features.book import Book
from features.errors import DataError, MissingColumn, MissingTable
from features.validate import check

DrawnBook = Callable[..., Book]

LOANS = """
client_id | loan_id | disbursed_on | closed_on  | closed_how | closed_known_on
ama       | 1       | 2024-01-01   | 2024-06-30 | repaid     | 2024-07-05
"""


def seen(book: Book, day: date, sql: str) -> list[tuple[object, ...]]:
    """Rows a query sees on a day, dates as text."""
    with book.known(day) as known:
        frame = known.frame(sql)
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in frame.itertuples(index=False)]


@pytest.mark.parametrize(
    ("day", "how"), [(date(2024, 6, 30), None), (date(2024, 7, 4), None), (date(2024, 7, 5), "repaid")]
)
def test_a_closing_is_visible_from_the_day_it_was_entered(day: date, how: str | None, drawn_book: DrawnBook) -> None:
    book = drawn_book(loans=LOANS)

    assert seen(book, day, "SELECT closed_how FROM loans") == [(how,)]


@pytest.mark.parametrize(("day", "count"), [(date(2024, 2, 9), 0), (date(2024, 2, 10), 1), (date(2024, 2, 20), 0)])
def test_a_payment_is_visible_from_its_entry_until_it_is_reversed(day: date, count: int, drawn_book: DrawnBook) -> None:
    book = drawn_book(
        loans=LOANS,
        repayments="""
        loan_id | paid_on    | amount | known_on   | reversed_on
        1       | 2024-02-01 | 10     | 2024-02-10 | 2024-02-20
        """,
    )

    assert seen(book, day, "SELECT count(*) FROM repayments") == [(count,)]


def test_a_payment_carries_its_client_and_nothing_of_its_reversal(drawn_book: DrawnBook) -> None:
    book = drawn_book(
        loans=LOANS,
        repayments="""
        loan_id | paid_on    | amount | reversed_on
        1       | 2024-02-01 | 10.50  | 2024-03-20
        """,
    )

    rows = seen(book, date(2024, 2, 2), "SELECT client_id, amount, reversed_on FROM repayments")

    assert rows == [("ama", 10.5, None)]


@pytest.mark.parametrize(("day", "amounts"), [(date(2024, 3, 1), [100.0]), (date(2024, 3, 2), [60.0])])
def test_a_replaced_schedule_stands_until_the_day_it_is_replaced(
    day: date, amounts: list[float], drawn_book: DrawnBook
) -> None:
    book = drawn_book(
        loans=LOANS,
        instalments="""
        loan_id | due_on     | amount_due | known_on   | replaced_on
        1       | 2024-05-01 | 100        |            | 2024-03-02
        1       | 2024-05-01 | 60         | 2024-03-02 |
        """,
    )

    assert [row[0] for row in seen(book, day, "SELECT amount_due FROM instalments")] == amounts


@pytest.mark.parametrize(("day", "decision"), [(date(2024, 2, 14), None), (date(2024, 2, 15), "approved")])
def test_a_decision_is_visible_from_the_day_it_was_made(day: date, decision: str | None, drawn_book: DrawnBook) -> None:
    book = drawn_book(
        loans=LOANS,
        applications="""
        application_id | client_id | applied_on | decided_on | decision | approved_amount | loan_id
        a              | ama       | 2024-02-01 | 2024-02-15 | approved | 100             | 1
        """,
    )

    rows = seen(book, day, "SELECT decision, approved_amount IS NULL, loan_id IS NULL FROM applications")

    assert rows == [(decision, decision is None, decision is None)]


def test_attributes_of_today_are_not_there_for_a_past_date(drawn_book: DrawnBook) -> None:
    book = drawn_book(
        clients="""
        client_id | joined_on  | officer_id | gender | village
        ama       | 2024-01-01 | o7         | f      | Kpando
        """,
        loans=LOANS,
    )

    with book.known(date(2024, 2, 1)) as known:
        assert list(known.frame("SELECT * FROM clients").columns) == ["client_id", "joined_on", "known_on"]


def test_names_numbers_and_wishes_are_in_no_view(drawn_book: DrawnBook) -> None:
    book = drawn_book(
        directory="""
        client_id | name | phone         | household_id | hours_from
        ama       | Ama  | +999000000000 | h1           | 09:00
        """,
        loans=LOANS,
    )

    with book.known(date(2024, 2, 1)) as known:
        assert list(known.frame("SELECT * FROM directory").columns) == ["client_id"]
    assert book.reference("directory")["name"].tolist() == ["Ama"]


def test_a_query_of_one_date_cannot_see_the_views_of_another(drawn_book: DrawnBook) -> None:
    book = drawn_book(loans=LOANS)

    with book.known(date(2024, 7, 5)) as later, book.known(date(2024, 1, 1)) as earlier:
        question = "SELECT closed_on IS NULL FROM loans"
        assert bool(earlier.frame(question).iloc[0, 0]) is True
        assert bool(later.frame(question).iloc[0, 0]) is False


def test_a_table_that_was_not_supplied_is_empty_and_says_so(drawn_book: DrawnBook) -> None:
    with drawn_book(loans=LOANS).known(date(2024, 7, 5)) as known:
        assert known.frame("SELECT * FROM savings").empty
        assert not known.has("savings")
        assert known.has("loans.closed_on")
        assert not known.has("loans.due_on")


def test_the_digest_depends_on_content_and_not_on_order(drawn: Callable[[str], pd.DataFrame]) -> None:
    clients = drawn("""
    client_id | joined_on
    ama       | 2024-01-01
    bisi      | 2024-01-02
    """)
    loans = drawn("""
    loan_id | client_id | disbursed_on | amount
    1       | ama       | 2024-01-01   | 100
    2       | bisi      | 2024-01-02   | 200
    """)

    digest = Book.of({"clients": clients, "loans": loans}).digest()

    assert digest == Book.of({"clients": clients[::-1], "loans": loans[::-1]}).digest()
    assert digest != Book.of({"clients": clients, "loans": loans.assign(amount=["100", "201"])}).digest()


def test_a_book_without_loans_is_refused_with_what_to_do(drawn: Callable[[str], pd.DataFrame]) -> None:
    clients = drawn("""
    client_id | joined_on
    ama       | 2024-01-01
    """)

    with pytest.raises(MissingTable, match=r"table .loans. is missing; the book has clients\. Supply it\."):
        Book.of({"clients": clients})


def test_a_missing_column_is_named_with_what_there_is(drawn: Callable[[str], pd.DataFrame]) -> None:
    clients = drawn("""
    client_id | born
    ama       | 2024-01-01
    """)

    with pytest.raises(MissingColumn, match="table 'clients' has no column 'joined_on'; it has born, client_id"):
        Book.of({"clients": clients, "loans": clients})


def test_a_value_that_does_not_fit_is_refused_without_being_repeated(drawn_book: DrawnBook) -> None:
    with pytest.raises(DataError, match="a value does not fit the type of its column") as caught:
        drawn_book(
            loans="""
            client_id | disbursed_on
            ama       | last Tuesday
            """
        )

    assert "Tuesday" not in str(caught.value)


VISIT = """
contact_id | client_id | happened_on | kind
old        | ama       | 2024-01-15  | visit
"""

CONTACT = {"contact_id": "new", "client_id": "ama", "happened_on": "2024-02-01", "kind": "visit"}


def added(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def test_added_rows_are_seen_in_the_new_book_and_not_in_the_old_one(drawn_book: DrawnBook) -> None:
    book = drawn_book(loans=LOANS, contacts=VISIT)

    more = book.with_rows({"contacts": added({**CONTACT, "known_on": "2024-02-03"})})

    rows = "SELECT contact_id FROM contacts ORDER BY contact_id"
    assert seen(more, date(2024, 2, 2), rows) == [("old",)]
    assert seen(more, date(2024, 2, 3), rows) == [("new",), ("old",)]
    assert seen(book, date(2024, 2, 3), rows) == [("old",)]
    assert more.digest() != book.digest()


def test_an_added_row_takes_the_place_of_the_one_with_its_key(drawn_book: DrawnBook) -> None:
    book = drawn_book(loans=LOANS, contacts=VISIT)

    more = book.with_rows({"contacts": added({**CONTACT, "contact_id": "old", "kind": "call"})})

    assert seen(more, date(2024, 3, 1), "SELECT contact_id, kind FROM contacts") == [("old", "call")]


def test_rows_added_to_a_table_the_book_lacks_are_there_but_the_table_stays_not_known(drawn_book: DrawnBook) -> None:
    book = drawn_book(loans=LOANS)

    more = book.with_rows({"contacts": added(CONTACT)})

    assert not more.has("contacts")
    assert seen(more, date(2024, 3, 1), "SELECT contact_id FROM contacts") == [("new",)]
    assert more.digest() != book.digest()


def test_rows_can_be_added_more_than_once(drawn_book: DrawnBook) -> None:
    book = drawn_book(loans=LOANS, contacts=VISIT)

    twice = book.with_rows({"contacts": added(CONTACT)}).with_rows(
        {"contacts": added({**CONTACT, "contact_id": "newer"}, {**CONTACT, "kind": "call"})}
    )

    assert seen(twice, date(2024, 3, 1), "SELECT contact_id, kind FROM contacts ORDER BY contact_id") == [
        ("new", "call"),
        ("newer", "visit"),
        ("old", "visit"),
    ]


def test_the_same_rows_give_the_same_digest_wherever_they_came_from(drawn_book: DrawnBook) -> None:
    whole = drawn_book(loans=LOANS, contacts=VISIT + "new        | ama       | 2024-02-01  | visit\n")

    joined = drawn_book(loans=LOANS, contacts=VISIT).with_rows({"contacts": added(CONTACT)})

    assert joined.digest() == whole.digest()


def test_without_any_row_the_book_is_itself(drawn_book: DrawnBook) -> None:
    book = drawn_book(loans=LOANS)

    assert book.with_rows({"contacts": added(CONTACT).iloc[:0]}) is book


@pytest.mark.parametrize(
    ("table", "row", "error"),
    [
        ("visits", CONTACT, MissingTable),
        ("contacts", {**CONTACT, "mood": "good"}, MissingColumn),
        ("contacts", {"contact_id": "new"}, MissingColumn),
        ("contacts", {**CONTACT, "happened_on": "yesterday"}, DataError),
    ],
)
def test_rows_that_are_no_rows_of_a_book_are_refused(
    table: str, row: dict[str, object], error: type[Exception], drawn_book: DrawnBook
) -> None:
    with pytest.raises(error):
        drawn_book(loans=LOANS).with_rows({table: added(row)})


def test_a_joined_book_is_checked_with_the_rows_that_were_added(drawn_book: DrawnBook) -> None:
    joined = drawn_book(loans=LOANS, contacts=VISIT).with_rows({"contacts": added({**CONTACT, "client_id": "nobody"})})

    assert [finding.rows for finding in check(joined).findings if finding.kind == "orphan"] == [1]
