"""An officer's week on a phone: the list, the form for what was found, and what becomes of an entry."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from office import AS_OF, NOW, TUESDAY

from serving import audit, holds, outcomes
from serving.events import Event
from serving.holds import Hold, Reach
from serving.outcomes import Status

LIST = "2024-W27-o1"


def found(**more: Any) -> dict[str, Any]:
    """What a form sends."""
    return {
        "outcome_id": str(uuid4()),
        "based_on": "",
        "code": "S",
        "kind": "visit",
        "happened_on": TUESDAY.isoformat(),
        "reasons": "",
        "promised_on": "",
        "override": "",
        "note": "",
    } | more


def entered(site: Any, list_id: str = LIST) -> list[Any]:
    with site.store.read() as connection:
        return outcomes.of_list(connection, list_id)


def logged(site: Any, event: Event) -> list[Any]:
    with site.store.read() as connection:
        return list(audit.entries(connection, event=event))


def test_an_officer_finds_the_own_list_of_this_week_in_the_order_of_the_week(amina: Any) -> None:
    answer = amina.get("/lists")

    assert answer.status_code == 200
    assert re.findall(r"<h3>(.*?)</h3>", answer.text) == [
        "Wanjiru Kamau",
        "Achieng’ Odhiambo",
        "Mary Njeri",
        "Halima Abdi",
        "Grace Auma",
        "Peter Kiprotich",
        "Esther Moraa",
        "Joseph Otieno Ouma-Nyar-Gem wa Mtaa wa Kati",
    ]
    assert re.findall(r"<h2>(\w+ \d \w+)", answer.text) == ["Mon 1 Jul", "Tue 2 Jul", "Thu 4 Jul"]
    assert "0 of 8 done" in answer.text


def test_the_first_page_of_an_officer_is_the_list(amina: Any) -> None:
    assert amina.get("/").headers["location"] == "/lists"


def test_looking_at_a_list_is_in_the_audit_log(site: Any, amina: Any) -> None:
    amina.get("/lists")

    assert [(entry.actor, entry.subject, entry.detail) for entry in logged(site, Event.LIST_VIEWED)] == [
        ("amina", LIST, '{"lines":8}')
    ]


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("Wanjiru Kamau", 'href="tel:+254700000001"'),  # works, within hours
        ("Achieng’ Odhiambo", "not before 14:00"),  # wants to be called in the afternoon
        ("Mary Njeri", ""),  # the number is dead
        ("Halima Abdi", ""),  # a call is not safe
        ("Grace Auma", ""),  # nobody knows whether it works
    ],
)
def test_a_number_is_a_link_only_if_it_works_is_safe_and_it_is_time(amina: Any, name: str, link: str) -> None:
    card = next(part for part in amina.get("/lists").text.split("<li class=") if f"<h3>{name}</h3>" in part)

    assert ("tel:" in card) == link.startswith("href")
    assert link in card


def test_after_hours_no_number_is_a_link(site: Any, amina: Any) -> None:
    site.clock.at = NOW.replace(hour=15, minute=0)  # 18:00 in Nairobi

    text = amina.get("/lists").text

    assert "tel:" not in text
    assert "+254 700 000 001, no more today" in text


def test_what_was_found_is_kept_and_shown_on_the_card(site: Any, amina: Any) -> None:
    answer = amina.post(f"/lists/{LIST}/3", found(code="R", promised_on="2024-09-01", note="harvest first"))

    assert (answer.status_code, answer.headers["location"]) == (303, f"/lists/{LIST}?done=kept#line-3")
    (outcome,) = entered(site)
    assert (outcome.client_id, outcome.code, outcome.note, outcome.channel) == (
        "K-19002",
        "R",
        "harvest first",
        "phone",
    )
    text = amina.get("/lists").text
    assert "1 of 8 done" in text
    assert "Rests, will come back (date)" in text
    assert "entered by amina, Tue 2 Jul" in text


def test_what_is_entered_is_in_the_audit_log_without_name_or_number(site: Any, amina: Any) -> None:
    amina.post(f"/lists/{LIST}/3", found(note="harvest first"))

    (entry,) = logged(site, Event.OUTCOME_RECORDED)
    assert entry.detail == '{"channel":"phone","list":"2024-W27-o1","status":"accepted"}'
    assert entry.subject.startswith("client-")


def test_the_same_form_sent_twice_is_kept_once(site: Any, amina: Any) -> None:
    form = found()

    assert [amina.post(f"/lists/{LIST}/3", form).status_code for _ in range(2)] == [303, 303]
    assert len(entered(site)) == 1


def test_what_a_form_without_script_shows_besides_is_left_out(site: Any, amina: Any) -> None:
    amina.post(f"/lists/{LIST}/3", found(code="N", reasons="PRC-1", promised_on="2024-09-01", override="known"))

    (outcome,) = entered(site)
    assert (outcome.reasons, outcome.promised_on, outcome.override) == ((), None, "")


def test_reasons_are_kept_in_the_clients_own_order(site: Any, amina: Any) -> None:
    amina.post(f"/lists/{LIST}/3", found(code="L", reasons=["WAIT-1", "", "PRC-1"]))

    assert entered(site)[0].reasons == ("WAIT-1", "PRC-1")


def test_a_form_with_something_missing_comes_back_as_it_was_filled_in(site: Any, amina: Any) -> None:
    answer = amina.post(f"/lists/{LIST}/3", found(code="L", note="said no word"))

    assert answer.status_code == 422
    assert "Say why, or that the client did not say." in answer.text
    assert "said no word" in answer.text
    assert '<option value="L" data-kinds' in answer.text
    assert entered(site) == []


def test_a_correction_replaces_the_own_entry(site: Any, amina: Any) -> None:
    amina.post(f"/lists/{LIST}/3", found())
    page = amina.get(f"/lists/{LIST}/3").text
    based_on = re.search(r'name="based_on" value="([^"]+)"', page)
    assert based_on

    amina.post(f"/lists/{LIST}/3", found(code="T", based_on=based_on[1]))

    assert {each.code: each.status for each in entered(site)} == {"S": Status.REPLACED, "T": Status.ACCEPTED}


def test_two_entries_that_differ_are_both_shown_and_a_person_decides(site: Any, amina: Any) -> None:
    site.as_("beatrice").post(f"/lists/{LIST}/3", found(code="M"))
    answer = amina.post(f"/lists/{LIST}/3", found(code="S"))

    assert answer.headers["location"].startswith(f"/lists/{LIST}?done=conflict")
    text = amina.get(f"/lists/{LIST}").text
    assert "Somebody has entered something different for this line." in text
    assert "Moved away" in text
    waiting = next(each for each in entered(site) if each.status is Status.CONFLICT)
    decided = site.as_("beatrice").post(f"/settle/{waiting.outcome_id}", {"keep": "this"})
    assert decided.status_code == 303
    assert {each.code: each.status for each in entered(site)} == {"M": Status.REPLACED, "S": Status.ACCEPTED}
    assert len(logged(site, Event.OUTCOME_SETTLED)) == 1


def test_an_officer_cannot_overrule_what_the_manager_entered(site: Any, amina: Any) -> None:
    site.as_("beatrice").post(f"/lists/{LIST}/3", found(code="M"))
    amina.post(f"/lists/{LIST}/3", found(code="S"))
    waiting = next(each for each in entered(site) if each.status is Status.CONFLICT)

    answer = amina.post(f"/settle/{waiting.outcome_id}", {"keep": "this"})

    assert answer.status_code == 409
    assert "What somebody above you entered is not yours to replace." in answer.text
    assert {each.code: each.status for each in entered(site)} == {"M": Status.ACCEPTED, "S": Status.CONFLICT}


def hold(site: Any, kind: Hold = Hold.DO_NOT_CONTACT, reach: Reach = Reach.CLIENT, target: str = "K-19002") -> None:
    with site.store.write() as connection:
        until = None if kind not in holds.PASSING else AS_OF + timedelta(days=90)
        holds.add(connection, kind, reach, target, TUESDAY, until, actor="dorcas", at=NOW)


@pytest.mark.parametrize(
    ("reach", "target"),
    [(Reach.CLIENT, "K-19002"), (Reach.GROUP, "Amani"), (Reach.VILLAGE, "KONDELE "), (Reach.BRANCH, "b1")],
)
def test_a_hold_entered_since_the_list_was_drawn_shows_at_once(
    site: Any, amina: Any, reach: Reach, target: str
) -> None:
    hold(site, Hold.DO_NOT_CONTACT if reach is Reach.CLIENT else Hold.DISASTER, reach, target)

    card = next(part for part in amina.get("/lists").text.split("<li class=") if "<h3>Mary Njeri</h3>" in part)

    assert "This client asks to be left in peace: do not visit, do not call." in card
    assert "Ask what the client wants to do next" not in card
    assert "tel:" not in card


def test_why_somebody_is_left_in_peace_is_not_told(site: Any, amina: Any) -> None:
    hold(site, Hold.BEREAVEMENT)

    assert "bereave" not in amina.get("/lists").text.lower()


def test_during_a_hold_only_what_came_before_and_corrections_are_taken(site: Any, amina: Any) -> None:
    hold(site)
    wednesday = (TUESDAY + timedelta(days=1)).isoformat()
    site.clock.at = NOW + timedelta(days=1)
    amina.sign_in("amina")

    refused = amina.post(f"/lists/{LIST}/3", found(happened_on=wednesday))
    before = amina.post(f"/lists/{LIST}/3", found())
    correction = amina.post(
        f"/lists/{LIST}/3", found(code="T", happened_on=wednesday, based_on=entered(site)[0].outcome_id)
    )

    assert (refused.status_code, before.status_code, correction.status_code) == (422, 303, 303)
    assert "Only what was found before that day can be entered." in refused.text


def test_last_weeks_list_is_one_link_away_and_says_that_it_is_over(amina: Any) -> None:
    assert 'href="/lists/2024-W26-o1"' in amina.get("/lists").text
    assert (
        "This list was for an earlier week: visit and call nobody by it any more."
        in amina.get("/lists/2024-W26-o1").text
    )


def test_an_officer_without_a_list_is_told_so(site: Any, amina: Any) -> None:
    with site.store.write() as connection:
        from sqlalchemy import delete

        from serving.store.tables import lists

        connection.execute(delete(lists).where(lists.c.officer_id == "o1"))

    assert "There is no list for you this week" in amina.get("/lists").text


@pytest.mark.parametrize(
    ("kind", "begins"), [("pdf", b"%PDF"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("txt", b"")]
)
def test_a_list_is_given_out_as_a_file_and_that_is_logged(site: Any, amina: Any, kind: str, begins: bytes) -> None:
    answer = amina.get(f"/lists/{LIST}/file/{kind}")

    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert re.search(rf'filename="{LIST}-[b-z]{{3}}\.{kind}"', answer.headers["content-disposition"])
    assert [(entry.subject, entry.detail) for entry in logged(site, Event.LIST_EXPORTED)] == [
        (LIST, f'{{"format":"{kind}","lines":8}}')
    ]


@pytest.mark.parametrize("path", ["/lists/2024-W27-o2", "/lists/2024-W27-nobody", "/lists/2024-W27-desk"])
@pytest.mark.parametrize("more", ["", "/1", "/999", "/file/pdf", "/file/exe", "/x"])
def test_what_is_anothers_and_what_does_not_exist_get_one_and_the_same_answer(amina: Any, path: str, more: str) -> None:
    answer, nothing = amina.get(path + more), amina.get("/lists/2024-W27-none/1")

    assert (answer.status_code, answer.text.replace(path + more, "")) == (
        404,
        nothing.text.replace("/lists/2024-W27-none/1", ""),
    )
