"""What of last week's lists is still without an answer, and whose list it stood on."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from features.drivers import DRIVERS
from serving import issued
from serving.given import Given, Sheet
from serving.heeded import seen_already, standing_lines
from serving.home import week_of
from serving.issued import Origin
from serving.line import DESK, Card, Line, OfficerList, check_letters
from serving.outcomes import By, record
from serving.store.database import Store

AS_OF = date(2024, 6, 30)
NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
ORIGIN = Origin("m" * 64, "b" * 64, "", "0.1.0")
DAY = timedelta(days=1)


def a_line(client: str, place: int, *, complains: bool = False) -> Line:
    return Line(
        client_id=client,
        place=place,
        rank=place,
        band="high",
        reasons=(),
        reasons_note="",
        changes=(),
        changes_note="",
        action="visit",
        avoid=DRIVERS["OFF-2"].avoid,
        last_contact_on=None,
        last_contact_result="",
        loan_ends_on=None,
        meeting_on=None,
        carried_over=False,
        routed=(),
        card=Card(open_complaint=complains),
    )


def a_list(owner: str, as_of: date, *clients: str, complaints: Sequence[str] = ()) -> OfficerList:
    week = week_of(as_of)
    number = f"{week}-{owner}"
    everybody = (*clients, *complaints)
    lines = tuple(a_line(client, place, complains=client in complaints) for place, client in enumerate(everybody, 1))
    clients = everybody
    return OfficerList(number, owner, "", "b0", "", week, as_of, "en", check_letters(number, everybody), lines)


def given_out(store: Store, weeks_ago: int, **lists: list[str]) -> list[OfficerList]:
    as_of = AS_OF - 7 * weeks_ago * DAY
    pages = [a_list(owner, as_of, *clients) for owner, clients in lists.items()]
    with store.write() as connection:
        issued.issue(connection, pages, week_of(as_of), as_of, {}, ORIGIN, {}, NOW)
    return pages


def still(store: Store) -> dict[str, tuple[str, bool, int]]:
    with store.read() as connection:
        found = standing_lines(connection, AS_OF)
    return {row["client_id"]: (row["owner"], row["answered"], row["weeks"]) for row in found.to_dict("records")}


@pytest.mark.parametrize(
    ("before", "weeks"),
    [({"o1": ["ama"]}, 2), ({DESK: ["ama"]}, 1), ({"o2": ["ama"]}, 1), ({"o1": ["kofi"]}, 1), ({}, 1)],
    ids=["the same owner's", "the desk's", "another officer's", "not listed", "no lists"],
)
def test_weeks_in_a_row_are_counted_on_lists_of_one_owner(
    store: Store, before: dict[str, list[str]], weeks: int
) -> None:
    given_out(store, 2, **before)
    given_out(store, 1, o1=["ama"])

    assert still(store) == {"ama": ("o1", False, weeks)}


def test_a_line_with_an_answer_is_told_as_answered_and_each_line_with_its_owner(store: Store) -> None:
    page, _ = given_out(store, 1, o1=["ama", "kofi"], desk=["esi"])
    found = Given.of(
        outcome_id="00000000-0000-0000-0000-000000000001",
        client_id="kofi",
        happened_on=AS_OF - 2 * DAY,
        code="S",
        kind="visit",
    )
    with store.write() as connection:
        record(connection, Sheet.of(page), found, By("ama", "officer", "page"), NOW, AS_OF)

    assert still(store) == {"ama": ("o1", False, 1), "esi": (DESK, False, 1), "kofi": ("o1", True, 0)}


def test_without_lists_last_week_no_line_stands(store: Store) -> None:
    given_out(store, 2, o1=["ama"])

    assert still(store) == {}


def test_answered_lines_of_every_draw_of_this_week_count_and_open_complaints_do_not(store: Store) -> None:
    this_week = AS_OF - 7 * DAY
    first = [a_list("o1", this_week, "ama", "kofi"), a_list(DESK, this_week, "esi", complaints=["abena"])]
    second = [a_list("o1", this_week, "yaw")]
    with store.write() as connection:
        for pages in (first, second):
            issued.issue(connection, pages, week_of(this_week), this_week, {}, ORIGIN, {}, NOW)
        for number, (page, client) in enumerate([(0, "ama"), (1, "esi"), (1, "abena")]):
            found = Given.of(
                outcome_id=f"00000000-0000-0000-0000-00000000000{number}",
                client_id=client,
                happened_on=this_week + DAY,
                code="S",
                kind="visit",
            )
            record(connection, Sheet.of(first[page]), found, By("ama", "officer", "page"), NOW, this_week + 2 * DAY)

    with store.read() as connection:
        known = {day: seen_already(connection, day) for day in (this_week + DAY, this_week + 2 * DAY)}

    assert known == {this_week + DAY: {}, this_week + 2 * DAY: {"ama": "o1", "esi": DESK}}
