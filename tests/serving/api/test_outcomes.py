"""Outcomes over the interface: each answered by itself, kept once, and nobody reads or writes what is not theirs."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from serving import audit, issued, outcomes, tokens
from serving.access import Scope
from serving.app import create_app
from serving.home import Home
from serving.issued import Origin
from serving.line import DESK, Card, Line, OfficerList, check_letters
from serving.store import tables
from serving.store.database import Store, open_store

AS_OF = date(2024, 6, 30)
TODAY = date(2024, 7, 3)
NOW = datetime(2024, 7, 3, 9, tzinfo=UTC)
SCOPES = ("officer:o1", "officer:o2", "manager:b1", "manager:b2", "desk", "analyst", "dpo", "admin", "credit")
LIST = "2024-W27-o1"
AS_JSON = {"Content-Type": "application/json"}

Send = Callable[..., httpx.Response]


def one_list(officer: str, branch: str, *clients: str) -> OfficerList:
    line = Line(
        client_id="",
        place=0,
        rank=1,
        band="high",
        reasons=(),
        reasons_note="none",
        changes=(),
        changes_note="",
        action="visit",
        avoid="",
        last_contact_on=None,
        last_contact_result="",
        loan_ends_on=None,
        meeting_on=None,
        carried_over=False,
        routed=(),
        card=Card(),
    )
    list_id = f"2024-W27-{officer}"
    lines = tuple(replace(line, client_id=client, place=place, rank=place) for place, client in enumerate(clients, 1))
    check = check_letters(list_id, clients)
    return OfficerList(list_id, officer, officer, branch, branch, "2024-W27", AS_OF, "en", check, lines)


PAGES = (
    one_list("o1", "b1", "ama", "kofi", "esi"),
    one_list("o2", "b2", "yaw"),
    one_list(DESK, "", "adwoa"),
)
CHECK = PAGES[0].check


@pytest.fixture
def store(home: Home, database: str) -> Any:
    """The store the application uses, of each kind of database in turn, with one week's lists."""
    text = home.settings_file.read_text("utf-8")
    home.settings_file.write_text(f"{text}\ndatabase_url = {json.dumps(database)}\n", encoding="utf-8")
    opened = open_store(database)
    with opened.write() as connection:
        issued.issue(connection, PAGES, "2024-W27", AS_OF, {}, Origin("m", "d", "", "1"), {}, NOW)
    yield opened
    opened.close()


@pytest.fixture
def ask(home: Home, store: Store, client_of: Any) -> Any:
    """Ask as somebody: ``ask("officer:o1", "POST", "", json={...})``, with a path below /v1/outcomes."""
    with store.write() as connection:
        keys = {
            text: tokens.add(connection, text.replace(":", "-"), Scope.of_text(text), NOW, TODAY, 30) for text in SCOPES
        }
    app = create_app(home.path, now=lambda: NOW)
    client = client_of(app)

    def asked(scope: str | None, method: str, path: str = "", **more: Any) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {keys[scope]}"} if scope else {}), **more.pop("headers", {})}
        return client.request(method, f"/v1/outcomes{path}", headers=headers, **more)

    yield asked
    app.state.served.store.close()


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def found(number: int, code: str = "S", **more: Any) -> dict[str, Any]:
    return {
        "outcome_id": uuid(number),
        "list_id": LIST,
        "client_id": "ama",
        "happened_on": "2024-07-02",
        "kind": "visit",
        "code": code,
        **more,
    }


def statuses(answer: httpx.Response) -> list[str]:
    """What became of each outcome, or why it was refused."""
    assert answer.status_code == 200, answer.text
    return [each["why"]["code"] if each["why"] else each["status"] for each in answer.json()["answers"]]


def post(ask: Send, scope: str | None, *sent: dict[str, Any]) -> httpx.Response:
    return ask(scope, "POST", json={"outcomes": list(sent)})


def kept(store: Store) -> list[str]:
    with store.read() as connection:
        return [f"{row.client_id} {row.code} {row.status}" for row in outcomes.of_week(connection, "2024-W27")]


def test_each_outcome_is_answered_by_itself_and_what_is_wrong_with_one_costs_no_other(ask: Send, store: Store) -> None:
    answer = post(
        ask,
        "officer:o1",
        found(1),
        found(2, client_id="kofi", happened_on="2024-07-04"),
        found(1),
        found(3, "T"),
        found(4, "L", client_id="esi"),
        found(5, "N", client_id="esi", kind="call"),
    )

    assert statuses(answer) == ["accepted", "future", "same", "conflict", "reason_needed", "accepted"]
    assert kept(store) == ["ama S accepted", "ama T conflict", "esi N accepted"]
    first, refused, _, conflict, *_ = answer.json()["answers"]
    assert first == {"outcome_id": uuid(1), "status": "accepted", "why": None, "other": None}
    assert refused["outcome_id"] == ""
    assert refused["why"] == {
        "code": "future",
        "message": "The day lies after today.",
        "hint": "Put it right and send it again.",
    }
    assert (conflict["other"]["outcome_id"], conflict["other"]["code"]) == (uuid(1), "S")


def test_the_day_is_that_of_the_institution(ask: Send, store: Store) -> None:
    post(ask, "officer:o1", found(1, happened_on="2024-07-03"))

    with store.read() as connection:
        row = connection.execute(select(tables.outcomes)).one()
    assert (row.recorded_on, row.recorded_at, row.channel, row.entered_by, row.entered_role) == (
        TODAY,
        NOW,
        "api",
        "token:officer-o1",
        "officer",
    )


def test_only_the_lists_officer_and_branch_enter_and_others_are_told_what_is_told_of_no_list(
    ask: Send, store: Store
) -> None:
    for scope in set(SCOPES) - {"officer:o1", "manager:b1"}:
        theirs = post(ask, scope, found(1))
        assert statuses(theirs) == ["not_found"]
        assert theirs.json() == post(ask, scope, found(1, list_id="2024-W27-nobody")).json()
    assert kept(store) == []

    assert statuses(post(ask, "officer:o1", found(1))) == ["accepted"]
    assert statuses(post(ask, "manager:b1", found(2, client_id="kofi"))) == ["accepted"]


def test_a_line_of_another_list_is_told_as_one_of_no_list(ask: Send, store: Store) -> None:
    sent = [found(1, client_id=client) for client in ("yaw", "adwoa", "nobody")]

    answers = {json.dumps(post(ask, "officer:o1", each).json()) for each in sent}

    assert len(answers) == 1
    assert kept(store) == []


def test_nobody_enters_anything_without_a_token(ask: Send, store: Store) -> None:
    assert post(ask, None, found(1)).status_code == 401
    assert ask(None, "POST", "/paper", json={}).status_code == 401
    assert ask(None, "GET", f"?list_id={LIST}").status_code == 401
    assert ask(None, "POST", f"/{uuid(1)}/settle", json={"keep": "this"}).status_code == 401
    assert kept(store) == []


def test_an_earlier_draw_is_answered_by_its_check_letters(ask: Send, store: Store) -> None:
    newer = (one_list("o1", "b1", "kofi", "esi"), *PAGES[1:])
    with store.write() as connection:
        issued.issue(connection, newer, "2024-W27", AS_OF, {}, Origin("m", "e", "", "1"), {}, NOW)

    assert statuses(post(ask, "officer:o1", found(1))) == ["not_found"]
    assert statuses(post(ask, "officer:o1", found(1, check=CHECK.upper()))) == ["accepted"]
    assert statuses(post(ask, "officer:o1", found(2, client_id="kofi", check=newer[0].check))) == ["accepted"]


def test_a_correction_names_what_it_corrects(ask: Send, store: Store) -> None:
    post(ask, "officer:o1", found(1))

    assert statuses(post(ask, "officer:o1", found(2, "T", based_on=uuid(1)))) == ["accepted"]
    assert kept(store) == ["ama S replaced", "ama T accepted"]


def test_a_request_of_another_shape_is_refused_whole(ask: Send, store: Store) -> None:
    bodies: list[dict[str, Any]] = [
        {},
        {"outcomes": []},
        {"outcomes": [found(n) for n in range(51)]},
        {"outcomes": [{**found(1), "officer_id": "o2"}]},
        {"outcomes": [{**found(1), "wrong": "yes"}]},
        {"outcomes": [{**found(1), "note": 7}]},
        {"outcomes": [{key: value for key, value in found(1).items() if key != "code"}]},
    ]

    answers = [ask("officer:o1", "POST", json=body) for body in bodies]

    assert [(answer.status_code, set(answer.json())) for answer in answers] == [(422, {"error"})] * len(bodies)
    assert kept(store) == []


HOSTILE = ("\x00", "\u202e", "' OR 1=1 --", "%", "\ud83d", "\U0001f642", "९", "a" * 5_000)


def test_whatever_is_sent_is_answered_and_only_a_note_may_say_anything(ask: Send, store: Store) -> None:
    for name in ("outcome_id", "list_id", "check", "client_id", "happened_on", "kind", "code", "override", "based_on"):
        for text in HOSTILE:
            body = json.dumps({"outcomes": [found(1, **{name: text})]})
            assert ask("officer:o1", "POST", content=body.encode(), headers=AS_JSON).status_code in (200, 422)
    assert kept(store) == []

    for number, text in enumerate(HOSTILE):
        body = json.dumps({"outcomes": [found(number, note=text)]})
        assert ask("officer:o1", "POST", content=body.encode(), headers=AS_JSON).status_code in (200, 422)
    with store.read() as connection:
        assert [row.note for row in outcomes.of_list(connection, LIST)] == ["' OR 1=1 --", "%", "\U0001f642", "९"]


# What was typed in from paper.


def typed(*lines: dict[str, Any], printed: str = PAGES[0].printed_id, **more: Any) -> dict[str, Any]:
    return {"printed_id": printed, "happened_on": "2024-07-02", "lines": list(lines), **more}


def test_paper_is_typed_in_by_its_printed_id_and_places(ask: Send, store: Store) -> None:
    body = typed(
        {"place": 1, "code": "s", "kind": "m"},
        {"place": 2, "code": "R", "kind": "V", "promised_on": "2024-09-01"},
        {"place": 3, "code": "O", "override": "no_time", "happened_on": "2024-07-03"},
        {"place": 9, "code": "S", "kind": "V"},
    )

    assert statuses(ask("officer:o1", "POST", "/paper", json=body)) == ["accepted", "accepted", "accepted", "not_found"]
    assert sorted(kept(store)) == ["ama S accepted", "esi O accepted", "kofi R accepted"]


def test_paper_typed_in_twice_is_kept_once_and_what_differs_waits(ask: Send, store: Store) -> None:
    line = {"place": 1, "code": "S", "kind": "V"}
    post(ask, "officer:o1", found(1, client_id="kofi"))

    for _ in range(2):
        ask("manager:b1", "POST", "/paper", json=typed(line))
    answer = ask("desk", "POST", "/paper", json=typed({"place": 2, "code": "T", "kind": "V"}))

    assert statuses(answer) == ["conflict"]
    assert sorted(kept(store)) == ["ama S accepted", "kofi S accepted", "kofi T conflict"]


def test_paper_without_its_check_letters_is_no_list(ask: Send, store: Store) -> None:
    others = (LIST, f"{LIST}-zzz", f"{PAGES[1].list_id}-{CHECK}", "", "-", f"{PAGES[0].printed_id}\x00", f"{LIST}-%")
    line = {"place": 1, "code": "S", "kind": "V"}

    answers = [ask("desk", "POST", "/paper", json=typed(line, printed=printed)) for printed in others]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert kept(store) == []


def test_the_desk_types_in_any_paper_and_others_their_own(ask: Send, store: Store) -> None:
    def one(place: int) -> dict[str, Any]:
        return {"place": place, "code": "S", "kind": "V"}

    allowed = ("officer:o1", "manager:b1", "desk")
    for scope in set(SCOPES) - set(allowed):
        theirs = ask(scope, "POST", "/paper", json=typed(one(1)))
        none = ask(scope, "POST", "/paper", json=typed(one(1), printed="no-list-abc"))
        assert (theirs.status_code, theirs.json()) == (404, none.json())
    assert kept(store) == []

    for place, scope in enumerate(allowed, 1):
        assert statuses(ask(scope, "POST", "/paper", json=typed(one(place)))) == ["accepted"]


# What was entered, read back.


def test_a_lists_outcomes_are_read_by_whoever_sees_the_list(ask: Send) -> None:
    post(ask, "officer:o1", found(1, "L", reasons=["AMT-1", "PRC-1"], note="will think"))

    for scope in SCOPES:
        theirs = ask(scope, "GET", f"?list_id={LIST}")
        none = ask(scope, "GET", "?list_id=2024-W27-nobody")
        assert none.status_code == 404
        if scope in ("officer:o1", "manager:b1", "analyst", "admin"):
            (outcome,) = theirs.json()["outcomes"]
            assert (outcome["code"], outcome["reasons"], outcome["status"]) == ("L", ["AMT-1", "PRC-1"], "accepted")
            assert (outcome["note"], outcome["entered_by"] != "") == (
                ("", False) if scope == "analyst" else ("will think", True)
            )
        else:
            assert (theirs.status_code, theirs.json()) == (404, none.json())


def test_an_empty_list_of_ones_own_is_told_from_none(ask: Send) -> None:
    assert ask("officer:o1", "GET", f"?list_id={LIST}").json() == {"list_id": LIST, "outcomes": []}
    assert ask("officer:o1", "GET", "?list_id=%00").status_code == 404
    assert ask("officer:o1", "GET").status_code == 422


def test_a_list_that_was_drawn_away_still_shows_what_was_entered(ask: Send, store: Store) -> None:
    post(ask, "officer:o1", found(1))
    with store.write() as connection:
        issued.issue(connection, PAGES[1:], "2024-W27", AS_OF, {}, Origin("m", "e", "", "1"), {}, NOW)

    assert len(ask("officer:o1", "GET", f"?list_id={LIST}").json()["outcomes"]) == 1
    assert ask("officer:o2", "GET", f"?list_id={LIST}").status_code == 404


def test_the_desk_keeps_what_is_said_of_staff_to_itself(ask: Send) -> None:
    list_id = f"2024-W27-{DESK}"
    told = {"list_id": list_id, "client_id": "adwoa", "reasons": ["OFF-3", "PRC-1"], "note": "he shouted"}

    assert statuses(post(ask, "desk", found(1, "L", **told))) == ["accepted"]

    assert ask("desk", "GET", f"?list_id={list_id}").json()["outcomes"][0]["reasons"] == ["OFF-3", "PRC-1"]
    for scope in ("officer:o1", "manager:b1", "dpo", "credit"):
        assert ask(scope, "GET", f"?list_id={list_id}").status_code == 404
    (counted,) = ask("analyst", "GET", f"?list_id={list_id}").json()["outcomes"]
    assert (counted["reasons"], counted["note"]) == (["OFF-3", "PRC-1"], "")


# Conflicts.


def test_a_conflict_is_decided_by_somebody_whose_list_it_is(ask: Send, store: Store) -> None:
    post(ask, "officer:o1", found(1))
    post(ask, "manager:b1", found(2, "T"))
    other = {"keep": "other"}

    for scope in ("officer:o2", "manager:b2", "desk", "analyst", "dpo", "admin", "credit"):
        theirs = ask(scope, "POST", f"/{uuid(2)}/settle", json=other)
        none = ask(scope, "POST", f"/{uuid(9)}/settle", json=other)
        assert (theirs.status_code, theirs.json()) == (404, none.json())
    assert kept(store) == ["ama S accepted", "ama T conflict"]

    answer = ask("officer:o1", "POST", f"/{uuid(2)}/settle", json={"keep": "this"})

    assert (answer.status_code, answer.json()["outcome_id"], answer.json()["status"]) == (200, uuid(2), "accepted")
    assert kept(store) == ["ama S replaced", "ama T accepted"]
    again = ask("manager:b1", "POST", f"/{uuid(2)}/settle", json=other)
    assert (again.status_code, again.json()["error"]["code"]) == (422, "settled")
    assert ask("manager:b1", "POST", f"/{uuid(2)}/settle", json={"keep": "mine"}).status_code == 422


# The audit log.


def test_what_is_entered_decided_and_read_stands_in_the_audit_log_without_a_clients_name(
    ask: Send, store: Store
) -> None:
    post(ask, "officer:o1", found(1, do_not_contact=True, note="asks for peace"))
    post(ask, "manager:b1", found(2, "T"))
    post(ask, "manager:b1", found(3, "H", client_id="kofi", kind=""))
    ask("manager:b1", "POST", f"/{uuid(2)}/settle", json={"keep": "other"})
    post(ask, "officer:o1", found(4, "S", based_on=uuid(1)))
    ask("officer:o1", "GET", f"?list_id={LIST}")

    with store.read() as connection:
        entries = [each for each in audit.entries(connection) if each.event not in ("token_added", "lists_issued")]
        assert audit.verify(connection).first_break is None
    assert [(each.actor, each.event) for each in entries] == [
        ("token:officer-o1", "outcome_recorded"),
        ("token:officer-o1", "hold_placed"),
        ("token:manager-b1", "outcome_recorded"),
        ("token:manager-b1", "outcome_recorded"),
        ("token:manager-b1", "line_handed_over"),
        ("token:manager-b1", "outcome_settled"),
        ("token:officer-o1", "outcome_recorded"),
        ("token:officer-o1", "hold_lifted"),
        ("token:officer-o1", "list_viewed"),
    ]
    assert not [each for each in entries if "ama" in each.subject + each.detail or "peace" in each.detail]
    assert len({each.subject for each in entries if each.event == "outcome_recorded"}) == 2


def test_an_outcome_the_log_cannot_take_is_not_kept(ask: Send, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("serving.entering.log", full)

    assert post(ask, "officer:o1", found(1)).status_code == 500
    assert kept(store) == []


def after(store: Store, act: Callable[[], httpx.Response]) -> list[str]:
    """The events that something leaves in the log."""

    def events() -> list[str]:
        with store.read() as connection:
            return [str(each.event) for each in audit.entries(connection)]

    before = len(events())
    act()
    return events()[before:]


def test_what_somebody_else_found_is_not_read_unseen_by_sending_the_same_again(ask: Send, store: Store) -> None:
    post(ask, "manager:b1", found(1, "T", note="the manager's"))
    post(ask, "officer:o1", found(2))

    assert after(store, lambda: post(ask, "officer:o1", found(2))) == ["outcome_viewed"]
    assert post(ask, "officer:o1", found(2)).json()["answers"][0]["other"]["note"] == "the manager's"
    assert after(store, lambda: post(ask, "manager:b1", found(1, "T", note="the manager's"))) == []


def test_a_line_that_is_handed_on_or_taken_back_by_deciding_or_correcting_leaves_a_row(ask: Send, store: Store) -> None:
    post(ask, "officer:o1", found(1))
    post(ask, "officer:o1", found(2, "H", kind=""))
    post(ask, "officer:o1", found(4, "T"))

    def decided(number: int) -> list[str]:
        return after(store, lambda: ask("officer:o1", "POST", f"/{uuid(number)}/settle", json={"keep": "this"}))

    assert decided(2) == ["outcome_settled", "line_handed_over"]
    assert decided(2) == ["outcome_settled"]
    assert decided(4) == ["outcome_settled", "line_taken_back"]
    post(ask, "officer:o1", found(5, "H", client_id="kofi", kind=""))
    corrected = found(6, "S", client_id="kofi", based_on=uuid(5))
    assert after(store, lambda: post(ask, "officer:o1", corrected)) == ["outcome_recorded", "line_taken_back"]
    with store.read() as connection:
        told = [each for each in audit.entries(connection) if each.event.startswith("line_")]
        assert {each.detail for each in told} == {'{"branch":"b1","list":"2024-W27-o1"}'}
        assert audit.pseudonym(connection, "ama") in {each.subject for each in told}


@pytest.mark.parametrize(
    ("list_id", "check"), [("2024-W27-o2", ""), ("2024-W27-nobody", ""), (LIST, "zzz"), ("\0", "")]
)
def test_a_list_asked_for_in_vain_leaves_a_row(ask: Send, store: Store, list_id: str, check: str) -> None:
    sent = found(1, list_id=list_id, check=check)
    lines = [{"place": 1, "code": "S", "kind": "visit"}]
    paper = {"printed_id": f"{list_id}-{check or 'zzz'}", "happened_on": "2024-07-01", "lines": lines}

    assert after(store, lambda: post(ask, "officer:o1", sent)) == ["list_refused"]
    assert after(store, lambda: ask("officer:o1", "POST", "/paper", json=paper)) == ["list_refused"]
    if list_id != LIST:
        assert after(store, lambda: ask("officer:o1", "GET", "", params={"list_id": list_id})) == ["list_refused"]
    with store.read() as connection:
        assert {each.subject for each in audit.entries(connection) if each.event == "list_refused"} == {""}
