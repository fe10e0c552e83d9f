"""Samples drawn from a book: written down, replayed, and handed out without whoever must be left in peace."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from features.book import Book
from features.errors import DataError, UsageError
from features.leavers import leavers
from serving import audit, holds
from serving.access import Actor
from serving.events import Event
from serving.holds import Hold, Reach
from serving.store.database import Store
from serving.survey import samples
from serving.survey.drawing import as_form, draw_first, draw_second, handed, replay
from serving.survey.entry import record
from serving.survey.form import Answer
from serving.survey.sampling import Design

NOW = datetime(2024, 7, 9, 8, 0, tzinfo=UTC)
DAY, AS_OF = date(2024, 7, 9), date(2024, 7, 1)
BY = Actor("amina", "analyst")
DESIGN = Design(date(2024, 1, 1), date(2024, 3, 31), margin=0.01, response=1.0)


def a_book(clients: int = 12, **more: Any) -> Book:
    ids = [f"c{n:02d}" for n in range(clients)]
    loans = [
        {
            "loan_id": client,
            "client_id": client,
            "disbursed_on": date(2023, 9, 1),
            "amount": 100,
            "closed_on": date(2024, 1, 5) + timedelta(days=7 * n),
            "closed_how": "repaid",
        }
        for n, client in enumerate(ids)
    ]
    people = [
        {
            "client_id": client,
            "joined_on": date(2022, 1, 1),
            "branch_id": f"b{n % 2}",
            "officer_id": "o1",
            "village": "Kibera" if n == 3 else "Juja",
            "contact_opt_out": n == 2,
        }
        for n, client in enumerate(ids)
    ]
    return Book.of({"clients": pd.DataFrame(people), "loans": pd.DataFrame(loans), **more})


def first(store: Store, book: Book, name: str = "s1", design: Design = DESIGN) -> samples.Sample:
    with store.write() as connection:
        return draw_first(connection, book, AS_OF, name, design, BY, NOW, DAY).sample


def held(store: Store, kind: Hold, target: str, reach: Reach = Reach.CLIENT, until: date | None = None) -> None:
    with store.write() as connection:
        holds.add(connection, kind, reach, target, DAY, until, actor="desk", at=NOW)


def to_ask(store: Store, book: Book, today: date = DAY) -> set[str]:
    with store.write() as connection:
        return {each.client_id for each in handed(connection, book, "s1", BY, NOW, today)}


def test_leavers_are_those_whose_grace_period_is_over_each_with_how_and_after_which_loan() -> None:
    told = pd.DataFrame(
        {
            "client_id": ["c00", "c01", "c04"],
            "left_on": [date(2024, 1, 9), date(2024, 1, 12), date(2024, 2, 2)],
            "leaver_type": ["DIED", "MOVED", "GRAD"],
            "known_on": [date(2024, 1, 9), date(2024, 2, 1), date(2024, 12, 1)],
        }
    )

    found = leavers(a_book(departures=told), AS_OF, date(2024, 1, 1), date(2024, 2, 10)).set_index("client_id")

    assert found["leaver_type"].to_dict() == {
        "c01": "MOVED",
        "c02": "UNK",
        "c03": "UNK",
        "c04": "UNK",
        "c05": "UNK",
    }
    assert set(found["cycle"]) == {1}
    assert leavers(a_book(), date(2024, 4, 4), date(2024, 1, 1), date(2024, 2, 10)).empty


def test_whoever_came_back_in_time_did_not_leave() -> None:
    book = a_book(2)
    more = {"loan_id": ["n0", "n1"], "client_id": ["c00", "c01"], "amount": [1, 1]}
    back = pd.DataFrame({**more, "disbursed_on": [date(2024, 4, 4), date(2024, 4, 25)]})

    found = leavers(book.with_rows({"loans": back}), AS_OF, date(2024, 1, 1), date(2024, 3, 31))

    assert list(found["client_id"]) == ["c01"]


def test_a_sample_is_written_down_once_and_comes_out_again_of_the_same_book(store: Store) -> None:
    made = first(store, a_book())

    assert first(store, a_book()).digest == made.digest
    with pytest.raises(UsageError, match=r"drawn with another seed.*never drawn anew"):
        first(store, a_book(), design=Design(DESIGN.from_on, DESIGN.until_on, 0.01, 0.95, 1.0, seed=2))
    with store.write() as connection:
        replay(connection, a_book(), AS_OF, "s1", DESIGN, BY, NOW)
        with pytest.raises(UsageError, match="no sample 's9'"):
            replay(connection, a_book(), AS_OF, "s9", DESIGN, BY, NOW)
        with pytest.raises(DataError, match="does not come out again"):
            replay(connection, a_book(9), AS_OF, "s1", DESIGN, BY, NOW)
        told = [entry.detail for entry in audit.entries(connection, event=Event.SAMPLE_REPLAYED)]
    assert told == ['{"same":true}', '{"same":false}']


def test_nobody_in_peace_is_handed_out_and_each_is_counted_with_the_reason(store: Store) -> None:
    book = a_book()
    held(store, Hold.DO_NOT_CONTACT, "c00")
    held(store, Hold.OBJECTION, "c01")
    held(store, Hold.BEREAVEMENT, "kibera", Reach.VILLAGE, DAY + timedelta(days=10))
    first(store, book)

    asked = to_ask(store, book)
    held(store, Hold.UNSAFE, "c05")
    later = to_ask(store, book, DAY + timedelta(days=11))

    assert asked == {f"c{n:02d}" for n in range(12)} - {"c00", "c01", "c02", "c03"}
    assert later == asked - {"c05"} | {"c03"}
    with store.read() as connection:
        assert samples.peace_counts(connection, "s1") == {
            "do_not_contact": 1,
            "objection": 1,
            "opt_out": 1,
            "unsafe": 1,
        }
        assert "c01" not in {each.client_id for each in samples.drawn(connection, "s1")}


def test_whoever_has_answered_is_not_asked_once_more(store: Store) -> None:
    book = a_book()
    first(store, book)
    told = {
        "client_id": "c04",
        "interviewed_on": DAY.isoformat(),
        "consent": "no",
        "interviewer": "rose",
        "sample_id": "s1",
    }
    with store.write() as connection:
        record(connection, Answer.of(told), BY, "file", NOW, DAY)

    assert "c04" not in to_ask(store, book)


def test_a_second_sample_is_drawn_from_those_who_answered(store: Store) -> None:
    book = a_book()
    first(store, book)
    with store.write() as connection:
        with pytest.raises(UsageError, match="nobody of that sample has answered"):
            draw_second(connection, book, "s2", "s1", 0.5, 1, BY, NOW, DAY)
        for n in (4, 5, 6, 7):
            told = {
                "client_id": f"c{n:02d}",
                "interviewed_on": DAY.isoformat(),
                "consent": "yes" if n < 7 else "no",
                "interviewer_role": "outside",
                "leaver_type": "VOL",
                "reasons": "BUS-1",
                "sample_id": "s1",
            }
            record(connection, Answer.of(told), BY, "file", NOW, DAY)
        made = draw_second(connection, book, "s2", "s1", 0.5, 1, BY, NOW, DAY)
        who = {each.client_id for each in samples.drawn(connection, "s2")}

    assert (made.sample.again_of, len(who)) == ("s1", 2)
    assert who < {"c04", "c05", "c06"}


def test_the_form_names_whom_to_ask_and_can_be_imported_when_filled_in(store: Store) -> None:
    book = a_book(3)
    first(store, book)
    with store.write() as connection:
        form = as_form(handed(connection, book, "s1", BY, NOW, DAY)).decode().splitlines()

    assert form[0].startswith("client_id,interviewed_on,consent,interviewer")
    assert sorted(line.split(",")[0] for line in form[1:]) == ["c00", "c01"]
    assert all(",s1," in line for line in form[1:])


@pytest.mark.parametrize("name", ["", "../s", "a b", "x" * 41])
def test_a_name_that_cannot_be_one_is_refused(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="a sample's name"):
        first(store, a_book(), name=name)


def test_a_period_in_which_nobody_left_is_refused_with_what_to_do(store: Store) -> None:
    with pytest.raises(DataError, match="Choose an earlier period"):
        first(store, a_book(), design=Design(date(2020, 1, 1), date(2020, 2, 1)))
