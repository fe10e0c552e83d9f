"""Answers are kept once, never changed, written down, and asked of nobody who is to be left in peace."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from features.book import Book
from serving import audit, holds
from serving.access import Actor
from serving.erasure import erase
from serving.events import Event
from serving.feedback import joined, returned
from serving.holds import Hold, Reach
from serving.home import Home
from serving.settings import Settings
from serving.store.database import Store
from serving.store.tables import survey_answers
from serving.survey import kept, samples
from serving.survey.entry import Became, Recorded, record
from serving.survey.form import Answer
from serving.survey.refusals import AnswerRefused, Why
from serving.survey.sampling import Chosen

NOW = datetime(2024, 7, 9, 8, 0, tzinfo=UTC)
TODAY = date(2024, 7, 9)
BY = Actor("amina", "analyst")
SAID = {
    "client_id": "ama",
    "interviewed_on": "2024-07-08",
    "consent": "yes",
    "interviewer": "rose",
    "interviewer_role": "outside",
    "leaver_type": "VOL",
    "left_on": "2024-03-31",
    "reasons": "BUS-1; PRC-1",
}
PLAN: Mapping[str, Any] = {"strata": {"all": {"leavers": 10, "drawn": 2}}}


def enter(store: Store, today: date = TODAY, **told: str) -> Recorded:
    with store.write() as connection:
        return record(connection, Answer.of(SAID | told), BY, "api", NOW, today)


def refused(store: Store, today: date = TODAY, **told: str) -> Why:
    with pytest.raises(AnswerRefused) as caught:
        enter(store, today, **told)
    return caught.value.why


def drawn(store: Store, *clients: str, name: str = "s1", again_of: str = "", **peace: str) -> None:
    chosen = [Chosen(client, "all", "o1", date(2024, 3, 1), "UNK") for client in clients]
    with store.write() as connection:
        samples.keep(connection, name, PLAN, chosen, peace, BY, NOW, date(2024, 7, 1), again_of)


def holding(store: Store) -> list[tuple[str, str]]:
    with store.read() as connection:
        rows = connection.execute(select(survey_answers).where(survey_answers.c.replaced_on.is_(None)))
        return sorted((row.client_id, row.reasons) for row in rows)


def test_an_answer_sent_again_is_kept_once(store: Store) -> None:
    assert enter(store).became is Became.KEPT
    assert enter(store).became is Became.SAME
    assert holding(store) == [("ama", "BUS-1;PRC-1")]


def test_a_refusal_is_kept_and_nothing_else_of_her(store: Store) -> None:
    assert enter(store, consent="no").became is Became.REFUSAL

    with store.read() as connection:
        row = connection.execute(select(survey_answers)).one()
    said = {name: getattr(row, name) for name in ("leaver_type", "reasons", "left_on", "story", "since", "kept_by")}
    assert said == {"leaver_type": "", "reasons": "", "left_on": None, "story": "", "since": "", "kept_by": ""}


def test_another_answer_needs_to_say_which_one_it_corrects(store: Store) -> None:
    first = enter(store).answer_id

    assert refused(store, reasons="ARR-1") is Why.ANSWERED
    assert refused(store, reasons="ARR-1", replaces="0" * 36) is Why.NO_ID
    assert refused(store, reasons="ARR-1", replaces="00000000-0000-4000-8000-000000000000") is Why.NOTHING_TO_REPLACE
    enter(store, today=TODAY + timedelta(days=1), reasons="ARR-1", replaces=first)

    assert holding(store) == [("ama", "ARR-1")]
    with store.read() as connection:
        before = kept.one(connection, first)
    assert before is not None
    assert (before.answer.reasons, before.replaced_on) == (("BUS-1", "PRC-1"), TODAY + timedelta(days=1))


def test_each_answer_stands_in_the_log_under_a_pseudonym_and_without_what_was_said(store: Store) -> None:
    enter(store)

    with store.write() as connection:
        entry = next(audit.entries(connection, event=Event.SURVEY_ANSWERED))
        assert entry.subject == audit.pseudonym(connection, "ama")
    assert entry.detail == '{"channel":"api","consent":true,"sample":""}'


def test_fraud_is_handed_on_and_named_to_nobody_in_the_log(store: Store) -> None:
    answer_id = enter(store, reasons="FRD-1; PRC-1").answer_id

    with store.read() as connection:
        assert [each.answer.answer_id for each in kept.whistles(connection)] == [answer_id]
        assert [entry.subject for entry in audit.entries(connection, event=Event.WHISTLE_BLOWN)] == [answer_id]


def test_only_those_drawn_answer_for_a_sample_and_not_before_it_was_written_down(store: Store) -> None:
    drawn(store, "ama", "kofi")

    assert refused(store, sample_id="s2") is Why.UNKNOWN_SAMPLE
    assert refused(store, sample_id="s1", client_id="esi") is Why.NOT_SAMPLED
    assert refused(store, sample_id="s1", interviewed_on="2024-06-30") is Why.BEFORE_PLAN
    enter(store, sample_id="s1", left_on="")
    with store.read() as connection:
        assert kept.of_sample(connection, "s1")[0].left_on == date(2024, 3, 1)


def test_the_officer_who_served_her_is_known_by_the_sample(store: Store) -> None:
    drawn(store, "ama")

    told = {"sample_id": "s1", "reasons": "OFF-3", "interviewer_role": "other_officer"}
    assert refused(store, interviewer="o1", **told) is Why.OWN_OFFICER
    assert enter(store, interviewer="o2", **told).became is Became.KEPT


def test_whoever_objected_or_is_to_be_left_in_peace_has_no_answer(store: Store) -> None:
    drawn(store, "ama", "kofi", kofi="do_not_contact")
    with store.write() as connection:
        holds.add(connection, Hold.OBJECTION, Reach.CLIENT, "esi", TODAY, None, actor="desk", at=NOW)

    assert refused(store, client_id="esi") is Why.IN_PEACE
    assert refused(store, client_id="kofi", sample_id="s1") is Why.IN_PEACE
    assert holding(store) == []


def test_a_second_interview_is_another_persons(store: Store) -> None:
    drawn(store, "ama", "kofi")
    drawn(store, "ama", "kofi", name="s1-again", again_of="s1")

    assert refused(store, sample_id="s1-again") is Why.NOT_ASKED_YET
    enter(store, sample_id="s1")
    assert refused(store, sample_id="s1-again", interviewer="Rose") is Why.SAME_INTERVIEWER
    assert refused(store, sample_id="s1-again", interviewer="") is Why.INTERVIEWER_NEEDED
    assert enter(store, sample_id="s1-again", interviewer="paul").became is Became.KEPT


def a_book() -> Book:
    clients = pd.DataFrame({"client_id": ["ama", "kofi"], "joined_on": [date(2020, 1, 2)] * 2})
    loans = pd.DataFrame({"loan_id": ["1"], "client_id": ["ama"], "disbursed_on": ["2023-10-01"], "amount": [100]})
    return Book.of({"clients": clients, "loans": loans})


@pytest.mark.parametrize(
    ("reasons", "in_the_book"),
    [
        ("BUS-1; PRC-1", "BUS-1;PRC-1"),
        ("HLT-1; BUS-1", "BUS-1"),
        ("OFF-3", None),
        ("FRD-1; REL-1; FAM-1; ARR-1", "ARR-1"),
    ],
)
def test_answers_become_departures_without_what_is_private_or_about_staff(
    store: Store, reasons: str, in_the_book: str | None
) -> None:
    enter(store, reasons=reasons, private_consent="yes")

    with store.read() as connection:
        book = joined(a_book(), returned(connection))
    with book.known(TODAY) as known:
        rows = known.frame("SELECT client_id, left_on, leaver_type, reasons FROM departures").astype("object")
    rows = rows.where(rows.notna(), None)
    assert rows.values.tolist() == [["ama", pd.Timestamp(2024, 3, 31), "VOL", in_the_book]]
    with book.known(TODAY - timedelta(days=1)) as before:
        assert before.frame("SELECT * FROM departures").empty


def test_a_correction_leaves_the_past_as_it_was_and_second_interviews_and_refusals_are_no_leaving(
    store: Store,
) -> None:
    drawn(store, "kofi")
    drawn(store, "kofi", name="s1-again", again_of="s1")
    first = enter(store).answer_id
    enter(store, today=TODAY + timedelta(days=2), leaver_type="GRAD", replaces=first)
    enter(store, client_id="kofi", sample_id="s1", leaver_type="MOVED")
    enter(store, client_id="kofi", sample_id="s1-again", interviewer="paul", leaver_type="REST")
    enter(store, client_id="esi", consent="no")

    with store.read() as connection:
        book = joined(a_book(), returned(connection))
    told = {}
    for days in (0, 1, 2):
        with book.known(TODAY + timedelta(days=days)) as known:
            told[days] = sorted(known.frame("SELECT leaver_type FROM departures").leaver_type)
    assert told == {0: ["MOVED", "VOL"], 1: ["MOVED", "VOL"], 2: ["GRAD", "MOVED"]}


def test_erasing_her_leaves_that_somebody_answered_and_nothing_of_whom_or_what(store: Store, home: Home) -> None:
    drawn(store, "secret-ama", "kofi")
    enter(store, client_id="secret-ama", sample_id="s1", story="My roof fell in", since="worse", language="sw")

    erase(store, home, Settings(), "secret-ama", NOW, TODAY, BY)

    with store.read() as connection:
        rows = [str(tuple(row)) for table in ("survey_answers", "survey_sampled") for row in _all(connection, table)]
        assert kept.of_sample(connection, "s1") == []
        assert returned(connection).departures.num_rows == 0
        assert samples.peace_counts(connection, "s1") == {"erased": 1}
    assert not [row for row in rows if "secret-ama" in row or "roof" in row or "BUS-1" in row]
    assert refused(store, client_id="secret-ama") is Why.IN_PEACE


def _all(connection: Any, table: str) -> list[Any]:
    return list(connection.exec_driver_sql(f"SELECT * FROM {table}"))


def test_every_column_of_the_form_is_a_column_of_the_table() -> None:
    assert {field.name for field in fields(Answer)} <= {column.name for column in survey_answers.columns}
