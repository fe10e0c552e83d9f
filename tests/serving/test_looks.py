"""A client is told of everybody who looked at her, also where the log names a week or a branch and not her."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from officer_lists import bound, officer_list

from serving import audit, handovers, issued, rights
from serving.access import OPERATOR
from serving.events import Event
from serving.handovers import Handover
from serving.home import Home
from serving.issued import Origin
from serving.languages import language
from serving.line import DESK, OfficerList
from serving.looks import looks
from serving.settings import Settings
from serving.store.database import Store

AS_OF = date(2024, 6, 30)
SUNDAY = datetime(2024, 6, 30, 20, tzinfo=UTC)
WEEK = "2024-W27"


def hours(count: float) -> datetime:
    """So long after the lists were drawn."""
    return SUNDAY + timedelta(hours=count)


def a_list(officer: str, branch: str, *clients: str) -> OfficerList:
    drawn = officer_list(len(clients), officer=officer)
    lines = [replace(line, client_id=client) for line, client in zip(drawn.lines, clients, strict=True)]
    return replace(bound(lines, officer), branch_id=branch)


def draw(store: Store, at: datetime, *drawn: OfficerList) -> None:
    with store.write() as connection:
        issued.issue(connection, drawn, WEEK, AS_OF, {}, Origin("m", "b", "", "0"), {}, at)


def look(store: Store, at: datetime, role: str, event: Event, subject: str, **detail: Any) -> None:
    with store.write() as connection:
        audit.record(connection, at, role, role, event, subject, **detail)


def seen(store: Store, client: str) -> list[tuple[str, str, str]]:
    with store.write() as connection:
        return [(one.entry.role, one.entry.event, one.list_id) for one in looks(connection, client)]


@pytest.fixture
def drawn(store: Store) -> Store:
    """Ama with an officer of the first branch, Esi of the second; Kofi with the desk."""
    draw(store, SUNDAY, a_list("o1", "b1", "ama"), a_list("o2", "b2", "esi"), a_list(DESK, "", "kofi"))
    return store


@pytest.mark.parametrize(
    ("role", "scope", "saw"),
    [
        ("officer", "officer:o1", {"ama"}),
        ("officer", "officer:o2", {"esi"}),
        ("manager", "manager:b1", {"ama"}),
        ("manager", "manager:b2", {"esi"}),
        ("desk", "desk", {"kofi"}),
        ("analyst", "analyst", {"ama", "esi", "kofi"}),
        ("admin", "admin", {"ama", "esi", "kofi"}),
        ("manager", None, {"ama", "esi"}),
        ("desk", None, {"kofi"}),
        ("admin", None, {"ama", "esi", "kofi"}),
    ],
)
def test_a_look_at_the_lists_of_a_week_is_told_to_who_stood_on_one_of_those_seen(
    drawn: Store, role: str, scope: str | None, saw: set[str]
) -> None:
    told = {} if scope is None else {"scope": scope}
    look(drawn, hours(1), role, Event.LISTS_VIEWED, WEEK, **told, lists=1, lines=1)

    for client, list_id in (("ama", f"{WEEK}-o1"), ("esi", f"{WEEK}-o2"), ("kofi", f"{WEEK}-desk")):
        assert seen(drawn, client) == ([(role, "lists_viewed", list_id)] if client in saw else [])


def test_only_the_lists_in_force_at_that_moment_were_seen(drawn: Store) -> None:
    look(drawn, hours(1), "admin", Event.LISTS_VIEWED, WEEK, scope="admin", lists=3, lines=3)
    look(drawn, hours(1), "manager", Event.FIGURES_VIEWED, "b1", page="branch")
    draw(drawn, hours(2), a_list("o1", "b1", "abena"), a_list("o2", "b2", "esi"), a_list(DESK, "", "kofi"))
    look(drawn, hours(3), "analyst", Event.LISTS_VIEWED, WEEK, scope="analyst", lists=3, lines=3)
    look(drawn, hours(3), "manager", Event.FIGURES_VIEWED, "b1", page="branch")

    assert [role for role, *_ in seen(drawn, "ama")] == ["admin", "manager"]
    assert [role for role, *_ in seen(drawn, "abena")] == ["analyst", "manager"]


def test_a_look_at_a_branch_is_told_to_who_stood_on_one_of_its_lists_or_waited_there(drawn: Store) -> None:
    with drawn.write() as connection:
        done = Handover("1", f"{WEEK}-desk", 1, "kofi", "b1", "", "liz", hours(2), "max", hours(4))
        handovers.keep(connection, done)
    for hour in (1, 3, 5):
        look(drawn, hours(hour), "manager", Event.FIGURES_VIEWED, "b1", page="branch")

    assert [event for _, event, _ in seen(drawn, "ama")] == ["figures_viewed"] * 3
    assert seen(drawn, "esi") == []
    assert seen(drawn, "kofi") == [("manager", "figures_viewed", f"{WEEK}-desk")]


def test_who_stands_nowhere_was_seen_by_nobody_until_asked_for_by_name(drawn: Store) -> None:
    look(drawn, hours(1), "admin", Event.LISTS_VIEWED, WEEK, scope="admin", lists=3, lines=3)
    assert seen(drawn, "yaw") == []

    with drawn.write() as connection:
        name = audit.pseudonym(connection, "yaw")
    look(drawn, hours(2), "dpo", Event.CLIENT_VIEWED, name, numbers=False)

    assert seen(drawn, "yaw") == [("dpo", "client_viewed", "")]


def test_a_client_of_whom_a_line_at_a_branch_alone_is_kept_is_given_it(store: Store, home: Home) -> None:
    with store.write() as connection:
        handovers.keep(connection, Handover("1", "2023-W01-desk", 1, "ama", "b1", "a note", "liz", SUNDAY))

    given = rights.export(store, home, Settings(), "ama", language("en"), hours(1), AS_OF, OPERATOR)

    assert [row["note"] for row in given.content["handed_over"]] == ["a note"]


def test_her_page_tells_of_looks_at_a_week_and_a_branch_in_words(drawn: Store, home: Home) -> None:
    look(drawn, hours(1), "manager", Event.LISTS_VIEWED, WEEK, scope="manager:b1", lists=1, lines=1)
    look(drawn, hours(2), "manager", Event.FIGURES_VIEWED, "b1", page="branch")

    given = rights.export(drawn, home, Settings(), "ama", language("en"), hours(3), AS_OF, OPERATOR)

    page = given.files[rights.PAGE].decode()
    assert "read a list you stand on" in page
    assert "looked at the week of your branch" in page
    assert [row["role"] for row in given.content["seen"]] == ["manager", "manager"]
