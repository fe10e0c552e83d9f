"""A line the desk gives to a branch waits there until somebody of the branch has dealt with it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from officer_lists import officer_list

from serving import handovers, issued
from serving.given import OutcomeRefused, Sheet, Why
from serving.handovers import Handover
from serving.issued import Origin
from serving.store.database import Store

NOW = datetime(2024, 7, 2, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
SHEET = Sheet("2024-W27-desk", "desk", "", date(2024, 6, 30), {"ama": 1, "kofi": 2})
FIRST, SECOND = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


@pytest.fixture(autouse=True)
def branch(store: Store) -> str:
    """A branch that lists were made for."""
    page = officer_list(1)
    with store.write() as connection:
        issued.issue(connection, (page,), "2024-W27", page.as_of, {}, Origin("m", "d", "", "1"), {}, NOW)
    return page.branch_id


def hand(store: Store, client: str, branch: str, handover_id: str = FIRST, note: str = "") -> Handover:
    with store.write() as connection:
        return handovers.hand(
            connection, SHEET, client, branch, handover_id=handover_id, note=note, actor="liz", at=NOW
        )


def done(store: Store, handover_id: str, actor: str, at: datetime = LATER) -> Handover:
    with store.write() as connection:
        return handovers.done(connection, handover_id, actor, at)


def waiting(store: Store, branch: str) -> list[str]:
    with store.read() as connection:
        return [each.client_id for each in handovers.of_branch(connection, branch)]


def why(act: Callable[[], Any]) -> Why | None:
    try:
        act()
    except OutcomeRefused as error:
        return error.why
    return None


def test_a_line_waits_at_its_branch_until_it_is_dealt_with(store: Store, branch: str) -> None:
    given = hand(store, "ama", branch, note=" knows\r\n the family ")
    assert given == Handover(FIRST, SHEET.list_id, 1, "ama", branch, "knows the family", "liz", NOW)
    assert waiting(store, branch) == ["ama"]
    assert waiting(store, "another") == []

    closed = done(store, FIRST, "max")

    assert (closed.done_by, closed.done_at) == ("max", LATER)
    assert waiting(store, branch) == []
    with store.read() as connection:
        assert handovers.of_branch(connection, branch, waiting=False) == [closed]
        assert handovers.of_list(connection, SHEET.list_id) == [closed]


def test_a_line_that_waits_is_not_given_twice(store: Store, branch: str) -> None:
    given = hand(store, "ama", branch)

    assert hand(store, "ama", branch, note="once more") == given
    assert hand(store, "ama", branch, SECOND) == given
    assert waiting(store, branch) == ["ama"]


def test_a_line_that_was_dealt_with_can_be_given_again(store: Store, branch: str) -> None:
    hand(store, "ama", branch)
    done(store, FIRST, "max")

    assert hand(store, "ama", branch, SECOND).handover_id == SECOND
    assert waiting(store, branch) == ["ama"]


def test_who_dealt_with_a_line_first_stays_written_down(store: Store, branch: str) -> None:
    hand(store, "ama", branch)

    first = done(store, FIRST, "max")

    assert done(store, FIRST, "eve", LATER + timedelta(hours=1)) == first


@pytest.mark.parametrize(
    ("client", "where", "note", "wrong"),
    [
        ("nobody", "b3", "", Why.NOT_FOUND),
        ("ama", "b99", "", Why.BRANCH),
        ("ama", "", "", Why.BRANCH),
        ("ama", "b3\x00", "", Why.BRANCH),
        ("ama", "b3", "a\x07", Why.SIGNS),
        ("ama", "b3", "a" * 501, Why.NOTE_LONG),
    ],
)
def test_what_cannot_be_handed_over_is_refused(
    client: str, where: str, note: str, wrong: Why, store: Store, branch: str
) -> None:
    assert branch == "b3"
    assert why(lambda: hand(store, client, where, note=note)) is wrong
    assert waiting(store, branch) == []


def test_an_id_that_is_taken_is_not_given_to_another_line(store: Store, branch: str) -> None:
    hand(store, "ama", branch)

    assert why(lambda: hand(store, "kofi", branch)) is Why.ID_TAKEN
    assert why(lambda: hand(store, "kofi", branch, "1" * 50)) is Why.NO_ID
    assert why(lambda: done(store, SECOND, "max")) is Why.NOT_FOUND


def test_a_line_is_taken_back_only_while_it_waits(store: Store, branch: str) -> None:
    hand(store, "ama", branch)
    hand(store, "kofi", branch, SECOND)
    done(store, SECOND, "max")

    with store.write() as connection:
        for handover_id in (FIRST, SECOND):
            handovers.take_back(connection, handover_id)

    with store.read() as connection:
        assert [each.client_id for each in handovers.of_list(connection, SHEET.list_id)] == ["kofi"]
