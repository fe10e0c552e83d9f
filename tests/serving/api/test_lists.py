import csv
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from serving import corrections, holds, tokens
from serving.access import OPERATOR, Role, Scope
from serving.holds import Hold, Reach
from serving.store import tables

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)

Ask = Callable[..., httpx.Response]


def stored(lived: Any) -> list[dict[str, str]]:
    with (lived.home.lists / "2024-W27" / "lists.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("scope", "owners"),
    [
        ("officer:o0", {"o0"}),
        ("officer:o1", {"o1"}),
        ("manager:b0", {"o0", "o2"}),
        ("manager:b1", {"o1"}),
        ("desk", {"desk"}),
        ("analyst", {"o0", "o1", "o2", "desk"}),
        ("admin", {"o0", "o1", "o2", "desk"}),
    ],
)
def test_everybody_sees_the_lists_that_are_theirs_and_nothing_of_others(
    lived: Any, ask: Ask, scope: str, owners: set[str]
) -> None:
    answer = ask(scope, "/v1/lists/current")

    body = answer.json()
    assert (body["week"], body["as_of"]) == ("2024-W27", "2024-06-30")
    assert {one["officer_id"] for one in body["lists"]} == owners
    for row in stored(lived):
        if row["officer_id"] not in owners:
            assert f'"{row["client_id"]}"' not in answer.text


def test_lines_are_those_of_the_file_in_order(lived: Any, ask: Ask) -> None:
    (mine,) = ask("officer:o1", "/v1/lists/current").json()["lists"]
    rows = [row for row in stored(lived) if row["officer_id"] == "o1"]

    assert (mine["list_id"], mine["officer_name"], mine["branch_name"]) == ("2024-W27-o1", "Officer 1", "South")
    assert [line["client_id"] for line in mine["lines"]] == [row["client_id"] for row in rows]
    for line, row in zip(mine["lines"], rows, strict=True):
        assert str(line["rank"]) == row["rank"]
        assert (line["last_contact_on"] or "") == row["last_contact_on"]
        assert line["carried_over"] == (row["carried_over"] == "yes")
        assert line["reasons"] == [row[f"reason_{n}"] for n in (1, 2, 3) if row[f"reason_{n}"]]
        assert not any(isinstance(value, float) for value in line.values())


def test_who_sees_no_names_gets_ids_alone(lived: Any, ask: Ask) -> None:
    def of(scope: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        lists = ask(scope, "/v1/lists/current").json()["lists"]
        return lists, [line for one in lists for line in one["lines"]]

    (lists, lines), (named, by_name) = of("analyst"), of("admin")

    assert {one["officer_name"] for one in lists} == {""}
    assert {line[part] for line in lines for part in ("name", "group", "village", "phone")} == {""}
    assert [one["officer_id"] for one in lists] == [one["officer_id"] for one in named]
    assert [line["client_id"] for line in lines] == [line["client_id"] for line in by_name]
    assert all(one["officer_name"] for one in named)
    assert all(line["group"] and line["name"] for line in by_name)
    known = {str(name) for table in ("directory", "groups", "officers") for name in lived.tables[table]["name"]}
    told = ask("analyst", "/v1/lists/current").text
    assert not {name for name in known if f'"{name}"' in told}


def test_an_earlier_week_can_be_read(ask: Ask) -> None:
    assert ask("admin", "/v1/lists/2024-W26").json()["as_of"] == "2024-06-23"
    assert ask("admin", "/v1/lists/2024-W27").json() == ask("admin", "/v1/lists/current").json()


@pytest.mark.parametrize("week", ["2024-W25", "2024-W99", "superseded", "..%2F..%2Fetc", "x"])
def test_a_week_without_lists_is_not_found(ask: Ask, week: str) -> None:
    assert ask("admin", f"/v1/lists/{week}").status_code == 404


def test_an_officer_without_lines_gets_an_empty_answer(client: Any, ask: Ask) -> None:
    store = client.app.state.served.store
    with store.write() as connection:
        token = tokens.add(connection, "nobody", Scope(Role.OFFICER, "o9"), NOW, NOW.date(), 1)
    answer = ask(None, "/v1/lists/current", headers={"Authorization": f"Bearer {token}"})
    with store.write() as connection:
        tokens.remove(connection, "nobody")

    assert (answer.status_code, answer.json()["lists"]) == (200, [])


def test_whoever_is_left_in_peace_since_the_list_was_drawn_is_named_so_and_without_a_number(
    client: Any, ask: Ask
) -> None:
    store = client.app.state.served.store
    before = ask("officer:o1", "/v1/lists/current").json()["lists"][0]["lines"]
    calm = before[0]["client_id"]
    with store.write() as connection:
        kept = holds.add(connection, Hold.UNSAFE, Reach.CLIENT, calm, NOW.date(), None, actor="x", at=NOW)
    try:
        after = ask("officer:o1", "/v1/lists/current").json()["lists"][0]["lines"]
    finally:
        with store.write() as connection:
            holds.lift(connection, kept.hold_id, NOW.date(), actor="x", at=NOW)

    assert [line["client_id"] for line in after if line["peace"]] == [calm]
    assert after[0]["phone"] == ""
    assert after[1:] == before[1:]


def test_a_line_says_what_the_client_put_right(client: Any, ask: Ask) -> None:
    store = client.app.state.served.store
    before = ask("officer:o1", "/v1/lists/current").json()["lists"][0]["lines"][0]
    name, hers = before["name"], before["client_id"]
    with store.write() as connection:
        corrections.correct(connection, hers, "name", "Amma Boateng", by=OPERATOR, at=NOW)
    try:
        lines = ask("officer:o1", "/v1/lists/current").json()["lists"][0]["lines"]
    finally:
        with store.write() as connection:
            connection.execute(delete(tables.corrections))

    assert name != "Amma Boateng"
    assert [line["name"] for line in lines if line["client_id"] == hers] == ["Amma Boateng"]
