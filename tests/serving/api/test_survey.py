"""Survey, objectives and feedback over the interface: each in its own words, as far as a role may see it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from json import dumps
from typing import Any

import httpx
import pytest

from serving import audit
from serving.app import create_app
from serving.events import Event

NOW = datetime(2024, 7, 2, 8, 0, tzinfo=UTC)
SAID = {
    "client_id": "x1",
    "interviewed_on": "2024-07-01",
    "consent": True,
    "interviewer_role": "outside",
    "leaver_type": "VOL",
    "reasons": ["BUS-1", "PRC-1"],
}
Ask = Callable[..., httpx.Response]


@pytest.fixture
def app(lived: Any, tmp_path: Any) -> Iterator[Any]:
    home = tmp_path / "home"
    shutil.copytree(lived.home.path, home)
    made = create_app(home, now=lambda: NOW)
    yield made
    made.state.served.store.close()


@pytest.fixture
def asked(app: Any, lived: Any, client_of: Callable[..., Any]) -> Ask:
    def asked(scope: str, path: str, json: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {lived.tokens[scope]}", "Content-Type": "application/json"}
        body = None if json is None else dumps(json)
        method = "GET" if json is None else "POST"
        answer: httpx.Response = client_of(app).request(method, path, content=body, headers=headers)
        return answer

    return asked


def sent(asked: Ask, *answers: dict[str, Any]) -> list[dict[str, Any]]:
    told = asked("analyst", "/v1/survey", {"answers": [SAID | each for each in answers]})
    assert told.status_code == 200
    found: list[dict[str, Any]] = told.json()["answers"]
    return found


def test_each_answer_is_judged_by_itself(asked: Ask) -> None:
    told = sent(asked, {}, {"client_id": "x2", "reasons": ["ABC-1"]}, {"client_id": "x3", "consent": False}, {})

    assert [each["status"] for each in told] == ["kept", "refused", "refusal", "same"]
    assert told[1]["why"]["column"] == "reasons"
    assert told[0]["answer_id"] == told[3]["answer_id"]


def test_words_that_no_text_can_hold_are_refused_and_break_nothing(asked: Ask) -> None:
    told = sent(asked, {"story": "\u202e"}, {"interviewer": "\x00"}, {"reasons": ["BUS-1;PRC-1"]})
    half = asked("analyst", "/v1/survey", {"answers": [SAID | {"story": "\ud800"}]})

    assert [each["status"] for each in told] == ["refused", "refused", "kept"]
    assert half.status_code == 422


def test_reasons_are_told_of_twenty_and_more(asked: Ask) -> None:
    for first in (0, 30):
        sent(asked, *({"client_id": f"y{first + n}", "reasons": ["HLT-1"], "private_consent": True} for n in range(10)))
    few = asked("analyst", "/v1/survey/reasons?year=2023").json()
    told = asked("admin", "/v1/survey/reasons").json()

    assert (few["answers"], few["shares"]) == (0, [])
    assert [(each["reasons"], each["answers"], each["share"]) for each in told["shares"]] == [(["HLT-1"], 20, 1.0)]
    assert told["leavers"] is None
    assert asked("analyst", "/v1/survey/reasons?sample=none").status_code == 422


@pytest.mark.parametrize("scope", ["officer:o0", "manager:b0", "desk", "analyst", "admin", "credit"])
def test_what_clients_tell_of_fraud_is_read_by_the_protection_officer_alone(asked: Ask, scope: str) -> None:
    sent(asked, {"reasons": ["FRD-1"], "story": "A fee was asked for"})

    assert asked(scope, "/v1/survey/whistles").status_code == 403
    told = asked("dpo", "/v1/survey/whistles").json()["answers"]
    assert [(each["client_id"], each["story"]) for each in told] == [("x1", "A fee was asked for")]


OBJECTIVE = """
[[objective]]
name = "{name}"
indicator = "satisfaction_rate"
segment = {{ {segment} }}
baseline = 0.5
baseline_on = 2023-06-30
target = 0.9
by = 2025-06-30
owner = "Head office"
goal = "Clients are well served"
kind = "result"
means = "Shorter queues"
"""


def test_a_manager_reads_the_objectives_of_the_own_branch_and_nothing_of_others(asked: Ask, app: Any) -> None:
    assert asked("manager:b0", "/v1/objectives").json() == {"objectives": [], "not_smart": 0}
    rows = [("All", ""), ("North", 'branch_id = "b0"'), ("South", 'branch_id = "b1", area = "rural"')]
    file = app.state.served.home.path / "objectives.toml"
    file.write_text("".join(OBJECTIVE.format(name=name, segment=of) for name, of in rows) + "\n[[objective]]\n")

    def names(scope: str) -> list[str]:
        return [each["name"] for each in asked(scope, "/v1/objectives").json()["objectives"]]

    assert names("manager:b0") == ["North"]
    assert names("manager:b1") == ["South"]
    assert names("analyst") == ["All", "North", "South"]
    told = asked("analyst", "/v1/objectives").json()
    assert (told["not_smart"], told["objectives"][0]["status"]) == (1, "not_known")
    assert asked("officer:o0", "/v1/objectives").status_code == 403


def test_a_finding_is_entered_and_goes_on_step_by_step(asked: Ask, app: Any) -> None:
    made = asked("analyst", "/v1/feedback", {"finding": "Money comes late", "owner": "Operations", "stage": "report"})
    path = f"/v1/feedback/{made.json()['finding_id']}/move"

    assert asked("analyst", path, {"note": "met"}).status_code == 422
    told = asked("analyst", path, {"note": "met", "decision": "Two signatures less", "due_on": "2024-07-02"}).json()
    assert (told["stage"], told["decision"], told["overdue"]) == ("decide", "Two signatures less", False)
    assert [step["stage"] for step in told["steps"]] == ["report", "decide"]
    assert asked("analyst", "/v1/feedback/none/move", {"note": "x"}).status_code == 404
    assert len(asked("admin", "/v1/feedback").json()["findings"]) == 1
    with app.state.served.store.read() as connection:
        assert [e.actor for e in audit.entries(connection, event=Event.FINDING_MOVED)] == ["token:analyst"]
