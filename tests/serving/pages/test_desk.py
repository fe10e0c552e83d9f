"""The desk's page: lines by why they are the desk's, calls within the client's hours, and handing over."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from office import AS_OF, NOW, issue, lists, made

from serving import audit, handovers, outcomes
from serving.events import Event
from serving.line import DESK

HANDOVER = "5b2f8a50-2a52-4d39-8d35-6a59a8d0a001"
OUTCOME = "6c2f8a50-2a52-4d39-8d35-6a59a8d0a002"


@pytest.fixture
def dorcas(site: Any) -> Any:
    return site.entered("dorcas")


def test_complaints_come_first_then_conduct_then_whoever_could_not_be_reached(dorcas: Any) -> None:
    text = dorcas.get("/desk").text

    assert re.findall(r"<h2>(.*?)</h2>|<h3>(.*?)</h3>", text) == [
        ("Open complaints", ""),
        ("", "Samuel Kariuki"),
        ("Complaints about the conduct of staff", ""),
        ("", "Fatuma Hassan"),
        ("Not reached by their officer", ""),
        ("", "Ruth Chebet"),
        ("Without an officer", ""),
        ("", "Daniel Mutua"),
    ]
    assert "carried over from last week" in text


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (-2, "+254 700 000 002, not before 14:00"),
        (4, 'href="tel:+254700000002"'),
        (6, "+254 700 000 002, no more today"),
    ],
)
def test_a_client_is_called_within_the_own_hours_alone(site: Any, dorcas: Any, hours: int, said: str) -> None:
    site.clock.at = NOW + timedelta(hours=hours)  # a quarter past ten in Nairobi, and so many hours
    dorcas.sign_in("dorcas")

    card = next(part for part in dorcas.get("/desk").text.split("<li class=") if "Samuel Kariuki" in part)

    assert said in card


def test_a_line_is_handed_to_a_branch_and_dealt_with_there(site: Any, dorcas: Any) -> None:
    sent = {"handover_id": HANDOVER, "branch_id": "b1", "note": "ask for the receipt"}
    answer = dorcas.post("/desk/hand-over/2024-W27-desk/2", sent)
    dorcas.post("/desk/hand-over/2024-W27-desk/2", sent)
    assert answer.headers["location"] == "/desk?done=handed#line-2"
    assert "waits there" in dorcas.get("/desk").text

    page = site.entered("beatrice").get("/branch").text
    assert "Samuel Kariuki" in page
    assert "ask for the receipt" in page
    assert "Samuel Kariuki" not in site.entered("bashir").get("/branch").text
    assert site.entered("bashir").post(f"/branch/handed/{HANDOVER}").status_code == 404
    assert site.entered("beatrice").post(f"/branch/handed/{HANDOVER}").status_code == 303

    assert "Samuel Kariuki" not in site.entered("beatrice").get("/branch").text
    assert "dealt with" in dorcas.get("/desk").text
    with site.store.read() as connection:
        (found,) = handovers.of_list(connection, "2024-W27-desk")
        logged = [entry.event for entry in audit.entries(connection)]
    assert found.done_by == "beatrice"
    assert logged.count(Event.LINE_HANDED_OVER) == 1
    assert logged.count(Event.HANDOVER_DONE) == 1


def test_what_the_branch_found_at_a_line_of_the_desk_is_an_outcome_and_the_line_is_dealt_with(
    site: Any, dorcas: Any
) -> None:
    dorcas.post("/desk/hand-over/2024-W27-desk/2", {"handover_id": HANDOVER, "branch_id": "b1", "note": ""})
    beatrice, address = site.entered("beatrice"), f"/branch/handed/{HANDOVER}/found"
    assert f'href="{address}"' in beatrice.get("/branch").text
    assert "Samuel Kariuki" in beatrice.get(address).text
    sent = {"outcome_id": OUTCOME, "code": "S", "kind": "visit", "happened_on": "2024-07-02"}

    assert beatrice.post(address, sent).headers["location"] == "/branch?done=kept#handed"

    with site.store.read() as connection:
        (found,) = outcomes.of_list(connection, "2024-W27-desk")
        (handed,) = handovers.of_list(connection, "2024-W27-desk")
    assert (found.client_id, found.entered_by, found.entered_role) == ("K-20222", "beatrice", "manager")
    assert handed.done_by == "beatrice"
    assert "1 of 4 done" in dorcas.get("/desk").text


@pytest.mark.parametrize("username", ["bashir", "amina", "dorcas", "paula", "adam"])
def test_nobody_else_tells_what_was_found_at_a_line_that_was_handed_over(site: Any, dorcas: Any, username: str) -> None:
    dorcas.post("/desk/hand-over/2024-W27-desk/2", {"handover_id": HANDOVER, "branch_id": "b1", "note": ""})
    sent = {"outcome_id": OUTCOME, "code": "S", "kind": "visit", "happened_on": "2024-07-02"}

    browser = site.entered(username)

    assert browser.get(f"/branch/handed/{HANDOVER}/found").status_code == 404
    assert browser.post(f"/branch/handed/{HANDOVER}/found", sent).status_code == 404
    with site.store.read() as connection:
        assert outcomes.of_list(connection, "2024-W27-desk") == []


def test_a_complaint_about_staff_is_never_handed_to_a_branch(dorcas: Any) -> None:
    assert "/desk/hand-over/2024-W27-desk/1" not in dorcas.get("/desk").text
    assert dorcas.get("/desk/hand-over/2024-W27-desk/1").status_code == 404
    sent = {"handover_id": HANDOVER, "branch_id": "b2", "note": ""}
    assert dorcas.post("/desk/hand-over/2024-W27-desk/1", sent).status_code == 404


def drawn_again_about_conduct(site: Any) -> None:
    """The week is drawn once more; what Samuel Kariuki complains of is the conduct of staff now."""
    drawn = lists()
    routed = [
        replace(line, routed=("complaint", "conduct"), action="independent_call") if line.place == 2 else line
        for line in drawn[-1].lines
    ]
    drawn[-1] = made(DESK, "Retention desk", "", "", AS_OF, routed)
    issue(site.store, drawn=drawn)


def test_a_line_handed_over_that_is_about_conduct_since_says_nothing_to_the_branch(site: Any, dorcas: Any) -> None:
    note = {"handover_id": HANDOVER, "branch_id": "b1", "note": "ask for the receipt"}
    dorcas.post("/desk/hand-over/2024-W27-desk/2", note)
    beatrice, address = site.entered("beatrice"), f"/branch/handed/{HANDOVER}/found"
    assert "Samuel Kariuki" in beatrice.get("/branch").text

    drawn_again_about_conduct(site)

    section = beatrice.get("/branch").text.split('aria-labelledby="handed"')[1].split("</section>")[0]
    assert "The retention desk deals with this line now." in section
    for word in ("conduct", "Samuel", "receipt", "+254", "Amani", "Kondele", "<li>", address, "Avoid"):
        assert word not in section
    sent = {"outcome_id": OUTCOME, "code": "S", "kind": "visit", "happened_on": "2024-07-02"}
    assert beatrice.get(address).status_code == beatrice.post(address, sent).status_code == 404
    with site.store.read() as connection:
        assert outcomes.of_list(connection, "2024-W27-desk") == []
    assert beatrice.post(f"/branch/handed/{HANDOVER}").status_code == 303
    assert "deals with this line now" not in beatrice.get("/branch").text


def test_a_line_is_not_handed_over_from_a_page_drawn_before_it_was_about_conduct(site: Any, dorcas: Any) -> None:
    found = re.search(r'name="check" value="([^"]+)"', dorcas.get("/desk/hand-over/2024-W27-desk/2").text)
    assert found

    drawn_again_about_conduct(site)

    sent = {"handover_id": HANDOVER, "branch_id": "b1", "note": "", "check": found[1]}
    assert dorcas.post("/desk/hand-over/2024-W27-desk/2", sent).status_code == 404
    with site.store.read() as connection:
        assert handovers.of_list(connection, "2024-W27-desk") == []


def test_a_branch_there_is_not_is_refused_in_words(dorcas: Any) -> None:
    sent = {"handover_id": HANDOVER, "branch_id": "b9", "note": ""}

    answer = dorcas.post("/desk/hand-over/2024-W27-desk/2", sent)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_an_outcome_of_a_call_is_the_desks(site: Any, dorcas: Any) -> None:
    sent = {"outcome_id": HANDOVER, "code": "X", "kind": "call", "happened_on": "2024-07-02"}

    assert dorcas.post("/lists/2024-W27-desk/3", sent).headers["location"] == "/desk?done=kept#line-3"
    assert "1 of 4 done" in dorcas.get("/desk").text
