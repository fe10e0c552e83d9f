"""What came in since a list was drawn: another draw, a contact entered late, a hold, a client who moved."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from office import AS_OF, NOW, TUESDAY, issue, lists

from serving import corrections, holds, outcomes
from serving.access import OPERATOR
from serving.given import Given, Sheet
from serving.holds import Hold, Reach
from serving.issued import sheet
from serving.line import check_letters
from serving.outcomes import By
from serving.pages.drawn import Drawings

LIST, LAST = "2024-W27-o1", "2024-W26-o1"
#: Second on Amina's list of the week.
ACHIENG = "K-20533"


def drawn_again(site: Any, without: str) -> None:
    """The week is drawn once more, and somebody stands on Amina's list no more: the others move up."""
    amina, *others = lists()
    left = [line for line in amina.lines if line.client_id != without]
    left = [replace(line, place=place) for place, line in enumerate(left, 1)]
    check = check_letters(LIST, [line.client_id for line in left])
    issue(site.store, AS_OF, [replace(amina, lines=tuple(left), check=check), *others])


def enter(site: Any, list_id: str, client: str, code: str, day: date = TUESDAY, by: str = "amina") -> None:
    with site.store.write() as connection:
        found = sheet(connection, list_id)
        assert found
        given = Given.of(outcome_id=str(uuid4()), client_id=client, happened_on=day, code=code, kind="visit")
        outcomes.record(connection, Sheet.of(found[1]), given, By(by, "officer", "phone"), NOW, TUESDAY)


def card(text: str, client: str) -> str:
    return next(part for part in text.split("<li class=") if f'data-client="{client}"' in part)


def test_a_form_that_was_opened_before_the_week_was_drawn_again_is_of_the_client_it_named(site: Any) -> None:
    amina = site.entered("amina")
    address = re.search(rf'href="(/lists/{LIST}/2[^"]*)"', amina.get("/lists").text)
    assert address
    form = amina.get(address[1]).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    drawn_again(site, without="K-20417")

    answer = amina.post(f"/lists/{LIST}/2", hidden | {"code": "S", "kind": "visit", "happened_on": "2024-07-02"})

    assert answer.status_code == 303
    with site.store.read() as connection:
        assert [each.client_id for each in outcomes.of_list(connection, LIST)] == [ACHIENG]


def test_what_was_entered_for_a_line_that_the_second_draw_has_no_more_is_not_lost_from_sight(site: Any) -> None:
    enter(site, LIST, ACHIENG, "S")
    enter(site, LIST, ACHIENG, "T", by="kofi")
    drawn_again(site, without=ACHIENG)

    text = site.entered("beatrice").get(f"/lists/{LIST}").text
    earlier = text.split('class="earlier"')[1]
    waiting = re.search(r'action="/settle/([^"]+)"', earlier)

    assert "Achieng’ Odhiambo" in earlier
    assert waiting
    assert "0 of 7 done" in text
    assert "<dt>Lines done</dt><dd>0 / 9</dd>" in site.entered("beatrice").get("/branch").text
    assert site.entered("beatrice").post(f"/settle/{waiting[1]}", {"keep": "this"}).status_code == 303
    assert (
        "action="
        not in site.entered("beatrice").get(f"/lists/{LIST}").text.split('class="earlier"')[1].split("<footer")[0]
    )


def test_a_contact_of_last_week_that_is_entered_late_gives_peace_on_this_weeks_list(site: Any) -> None:
    enter(site, LAST, ACHIENG, "X", AS_OF - timedelta(days=2))

    line = card(site.entered("amina").get("/lists").text, ACHIENG)

    assert "do not visit or call before Fri 26 Jul" in line
    assert "tel:" not in line
    assert 'class="todo"' not in line
    sent = {"outcome_id": str(uuid4()), "code": "S", "kind": "visit", "happened_on": "2024-07-02"}
    assert site.entered("amina").post(f"/lists/{LIST}/2", sent).status_code == 303


def test_a_contact_of_this_very_line_is_no_reason_for_peace(site: Any) -> None:
    enter(site, LIST, ACHIENG, "X")

    assert "do not visit or call before" not in site.entered("amina").get("/lists").text


def test_an_open_complaint_is_answered_however_lately_the_client_was_met(site: Any) -> None:
    enter(site, LAST, "K-20417", "S", AS_OF - timedelta(days=2))
    with site.store.write() as connection:
        desk = sheet(connection, "2024-W26-desk")
        assert desk
        given = Given.of(
            outcome_id=str(uuid4()),
            client_id="K-20222",
            happened_on=AS_OF - timedelta(days=2),
            code="N",
            kind="call",
        )
        outcomes.record(connection, Sheet.of(desk[1]), given, By("dorcas", "desk", "desk"), NOW, TUESDAY)

    assert "do not visit or call before" not in card(site.entered("dorcas").get("/desk").text, "K-20222")


def test_a_list_whose_week_is_over_tells_nothing_new_of_its_clients(site: Any) -> None:
    with site.store.write() as connection:
        corrections.correct(connection, ACHIENG, "phone", "+254 799 999 999", by=OPERATOR, at=NOW)
        holds.add(connection, Hold.UNSAFE, Reach.CLIENT, ACHIENG, TUESDAY, None, actor="x", at=NOW)

    now, before = (site.entered("amina").get(f"/lists/{each}").text for each in (LIST, LAST))

    assert "+254 799 999 999" in now
    assert "could put this client in danger" in now
    assert "+254 799 999 999" not in before
    assert "could put this client in danger" not in before
    assert "tel:" not in before


@pytest.fixture
def holiday(site: Any) -> Iterator[None]:
    shared = site.app.state.served
    usual, drawings = shared.settings, site.app.state.drawings
    shared.settings, site.app.state.drawings = usual.model_copy(update={"holidays": {"b1": (TUESDAY,)}}), Drawings()
    yield
    shared.settings, site.app.state.drawings = usual, drawings


def test_nobody_is_called_on_a_holiday(site: Any, holiday: None) -> None:
    text = site.entered("amina").get("/lists").text

    assert "tel:" not in text
    assert "not today" in text


def test_a_phone_knows_the_days_of_the_week_that_are_no_holiday(site: Any, holiday: None) -> None:
    kept = site.entered("amina").get("/pages/list.json").json()["document"]

    assert "2024-07-01 2024-07-03 2024-07-04 2024-07-05 2024-07-06 2024-07-07" in kept


def test_a_file_taken_after_a_hold_leaves_the_client_out_and_the_others_in_their_places(site: Any) -> None:
    with site.store.write() as connection:
        holds.add(connection, Hold.UNSAFE, Reach.CLIENT, ACHIENG, TUESDAY, None, actor="x", at=NOW)

    text = site.entered("amina").get(f"/lists/{LIST}/file/csv").text

    assert ACHIENG not in text
    assert "K-20417" in text
    assert "K-19002" in text


def test_the_desk_finds_the_way_to_ask_for_peace(site: Any) -> None:
    dorcas = site.entered("dorcas")
    address = re.search(r'href="(/hold[^"]*)"[^>]*>Ask for peace', dorcas.get("/desk").text)

    assert address
    assert dorcas.get(address[1]).status_code == 200
