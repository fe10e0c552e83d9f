"""What measures are cut by, and that the parts are the whole."""

from collections.abc import Callable
from datetime import date

import pytest

from features.book import Book
from features.catalogue import FEATURES
from features.errors import UsageError
from features.exit import ExitDefinition
from features.measures.episodes import keep_episodes
from features.measures.flows import MOVES, monthly
from features.measures.segments import SEGMENTS, TARGET, asked_for, keep_segments, known_segments
from features.measures.target_client import Condition, TargetRule
from features.schema import TABLES

AS_OF = date(2025, 1, 1)
CLIENTS = """
    client_id | joined_on  | area  | gender | birth_year | group_id | poverty_band
    ama       | 2022-01-01 | rural | female | 2001       | g1       | 1
    bisi      | 2022-01-01 | urban | female | 1990       |          |
    chipo     | 2022-01-01 | rural | male   |            |          | 2
"""
LOANS = """
    client_id | disbursed_on | closed_on  | closed_how | product_id | purpose
    ama       | 2022-01-01   | 2022-06-01 | repaid     | small      | shop
    ama       | 2022-06-05   | 2022-12-01 | repaid     | large      | shop
    bisi      | 2022-02-01   | 2022-07-01 | repaid     | small      |
    chipo     | 2022-03-01   |            |            | small      | goats
"""
RULE = TargetRule("young", (Condition("birth_year", "at least", 2000), Condition("gender", "is", "female")))


def values_of(book: Book, segment: str) -> dict[str, str]:
    with book.known(AS_OF) as known:
        keep_episodes(known, ExitDefinition())
        keep_segments(book, known, known_segments(book, RULE))
        people = known.frame("SELECT * FROM people").set_index("client_id")
    return {str(name): str(value) for name, value in people[segment].to_dict().items()}


@pytest.mark.parametrize(
    ("segment", "values"),
    [
        ("area", ["rural", "urban", "rural"]),
        ("age", ["up to 24", "35 to 44", "not known"]),
        ("lending", ["group", "individual", "individual"]),
        ("poverty", ["1", "not known", "2"]),
        (TARGET, ["target", "other", "other"]),  # a man is none, whenever he was born
    ],
)
def test_a_client_stands_where_her_attributes_of_today_put_her(
    drawn_book: Callable[..., Book], segment: str, values: list[str]
) -> None:
    book = drawn_book(clients=CLIENTS, loans=LOANS)

    assert values_of(book, segment) == dict(zip(("ama", "bisi", "chipo"), values, strict=True))


def test_a_decision_stands_where_the_loan_that_ended_puts_it(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(clients=CLIENTS, loans=LOANS)
    with book.known(AS_OF) as known:
        keep_episodes(known, ExitDefinition())
        keep_segments(book, known, known_segments(book))
        rows = known.frame("SELECT client_id, spell, product, purpose, cycle FROM decided ORDER BY client_id, spell")

    assert rows.to_numpy().tolist() == [
        ["ama", 1, "small", "shop", "not known"],  # she joined before the first end in the book
        ["ama", 2, "large", "shop", "not known"],
        ["bisi", 1, "small", "not known", "not known"],
    ]


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_segments_add_up_to_everybody(drawn_book: Callable[..., Book], segment: str) -> None:
    book = drawn_book(clients=CLIENTS.replace("| group_id", "| group_id").strip(), loans=LOANS)
    chosen = SEGMENTS[segment]
    if not any(book.has(need) for need in chosen.needs):
        pytest.skip("the drawn book has no such column")
    with book.known(AS_OF) as known:
        keep_episodes(known, ExitDefinition())
        keep_segments(book, known, known_segments(book))
        whole = monthly(known).groupby(level="month").sum()
        parts = monthly(known, segment).groupby(level="month").sum()

    counted = ["deciders", "renewed", "gone", "open"] if chosen.of_decisions else list(MOVES)
    assert parts[counted].sum().to_dict() == whole[counted].sum().to_dict()


def test_a_segment_that_is_none_or_not_in_the_book_is_refused_with_a_sentence(
    drawn_book: Callable[..., Book],
) -> None:
    book = drawn_book(clients=CLIENTS, loans=LOANS)

    assert asked_for(["area", "gender"], book) == ("area", "gender")
    with pytest.raises(UsageError, match="--segment='sex' is none; there are area"):
        asked_for(["sex"], book)
    with pytest.raises(UsageError, match=r"the book has no clients\.branch_id"):
        asked_for(["branch"], book)


def test_what_only_an_audit_may_see_is_measured_and_is_no_feature() -> None:
    audit = {f"clients.{name}" for name, column in TABLES["clients"].columns.items() if column.audit_only}

    assert {"clients.gender", "clients.birth_year", "clients.poverty_band"} <= audit
    assert not audit & {need for feature in FEATURES.values() for need in feature.needs}
