"""Lists as they were issued: one draw in force, earlier ones kept, everything read back as it was."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from features.drivers import DRIVERS
from serving import issued
from serving.issued import Issue, Origin
from serving.line import DESK, Card, Change, Line, OfficerList, Said, check_letters
from serving.store.database import Store
from serving.store.tables import lines

NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
AS_OF = date(2024, 6, 30)
ORIGIN = Origin(model_version="m" * 64, book_digest="b" * 64, last_week="", software="0.1.0")
SETTINGS = {"list_length": 8, "language": "en"}


def a_line(client: str, place: int) -> Line:
    return Line(
        client_id=client,
        place=place,
        rank=place,
        band="high",
        reasons=(Said("OFF-2", "contact_days_since_last", 40.0),),
        reasons_note="",
        changes=(Change("contact_days_since_last", 40.0, None),),
        changes_note="",
        action="visit",
        avoid=DRIVERS["OFF-2"].avoid,
        last_contact_on=date(2024, 5, 21),
        last_contact_result="reached",
        loan_ends_on=None,
        meeting_on=date(2024, 7, 2),
        carried_over=False,
        routed=(),
        card=Card(name="Ama", phone_works=True, cycle=3),
    )


def a_list(officer: str, *clients: str, branch: str = "b0") -> OfficerList:
    number = f"2024-W27-{officer}"
    return OfficerList(
        list_id=number,
        officer_id=officer,
        officer_name=officer.upper(),
        branch_id=branch,
        branch_name="North",
        week="2024-W27",
        as_of=AS_OF,
        language="en",
        check=check_letters(number, clients),
        lines=tuple(a_line(client, place) for place, client in enumerate(clients, 1)),
    )


def given_out(store: Store, *pages: OfficerList, week: str = "2024-W27", now: datetime = NOW) -> Issue:
    files = {f"{page.list_id}.pdf": "f" * 64 for page in pages} | {"lists.csv": "e" * 64}
    with store.write() as connection:
        return issued.issue(connection, pages, week, AS_OF, SETTINGS, ORIGIN, files, now)


def test_a_list_is_read_back_exactly_as_it_was_issued(store: Store) -> None:
    page = a_list("o1", "ama", "kofi")

    kept = given_out(store, page)

    with store.read() as connection:
        assert issued.sheets(connection, kept) == [page]
        assert issued.sheet(connection, page.list_id) == (kept, page)
    assert kept.files == {"lists.csv": "e" * 64}


def test_issuing_the_same_lists_again_changes_nothing(store: Store) -> None:
    first = given_out(store, a_list("o1", "ama"))

    again = given_out(store, a_list("o1", "ama"), now=NOW + timedelta(hours=1))

    assert again == first


def test_a_second_draw_of_a_week_takes_the_place_of_the_first_which_is_kept(store: Store) -> None:
    first = given_out(store, a_list("o1", "ama"))

    second = given_out(store, a_list("o1", "kofi"))

    with store.read() as connection:
        assert (first.revision, second.revision) == (1, 2)
        assert issued.newest(connection) == second
        assert [draw.revision for draw, _, _ in issued.draws(connection, "2024-W27-o1")] == [1, 2]
        assert issued.listed(connection, "2024-W27") == {"kofi"}


def test_the_check_letters_tell_an_earlier_draw_from_the_one_in_force(store: Store) -> None:
    early, late = a_list("o1", "ama"), a_list("o1", "kofi")
    given_out(store, early)
    given_out(store, late)

    with store.read() as connection:
        found = {
            letters: issued.sheet(connection, "2024-W27-o1", letters) for letters in (early.check, late.check, "zzz")
        }

    assert found["zzz"] is None
    assert {letters: each[1].lines[0].client_id for letters, each in found.items() if each} == {
        early.check: "ama",
        late.check: "kofi",
    }


def test_a_list_that_only_an_earlier_draw_held_is_no_longer_in_force(store: Store) -> None:
    given_out(store, a_list("o1", "ama"), a_list("o2", "efua"))
    given_out(store, a_list("o1", "ama"))

    with store.read() as connection:
        assert issued.sheet(connection, "2024-W27-o2") is None
        assert issued.sheet(connection, "2024-W27-o2", a_list("o2", "efua").check) is not None


def test_lists_are_found_by_officer_and_by_branch_and_the_desk_comes_last(store: Store) -> None:
    pages = [a_list(DESK, "yaw", branch=""), a_list("o1", "ama"), a_list("o2", "kofi", branch="b1")]
    kept = given_out(store, *pages)

    with store.read() as connection:
        everybody = [page.officer_id for page in issued.sheets(connection, kept)]
        one = [page.officer_id for page in issued.sheets(connection, kept, officer_id="o2")]
        branch = [page.officer_id for page in issued.sheets(connection, kept, branch_id="b0")]

    assert (everybody, one, branch) == (["o1", "o2", DESK], ["o2"], ["o1"])


def test_every_line_of_a_client_is_found_and_an_erased_one_is_not_shown(store: Store) -> None:
    kept = given_out(store, a_list("o1", "ama", "kofi"))
    with store.read() as connection:
        assert [(each[1], each[2].client_id) for each in issued.where_listed(connection, "ama")] == [
            ("2024-W27-o1", "ama")
        ]

    with store.write() as connection:
        connection.execute(update(lines).where(lines.c.client_id == "ama").values(content=None, erased_at=NOW))

    with store.read() as connection:
        assert issued.where_listed(connection, "ama") == []
        assert [line.place for line in issued.sheets(connection, kept)[0].lines] == [2]
        assert issued.draws(connection, "2024-W27-o1")[0][2] == 1


def test_weeks_are_told_oldest_first(store: Store) -> None:
    for week in ("2024-W27", "2023-W52", "2024-W05"):
        given_out(store, replace(a_list("o1", "ama"), list_id=f"{week}-o1", week=week), week=week)

    with store.read() as connection:
        assert issued.weeks(connection) == ["2023-W52", "2024-W05", "2024-W27"]


@pytest.mark.parametrize("clients", [("ama", "kofi"), ("kofi",), ("ama", "kofi", "efua")])
def test_check_letters_are_short_and_change_with_the_list(clients: tuple[str, ...]) -> None:
    letters = check_letters("2024-W27-o1", clients)

    assert len(letters) == 3
    assert letters.isalpha()
    assert letters != check_letters("2024-W27-o2", clients)
