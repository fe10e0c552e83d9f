"""What was found is kept once, corrected in the open, and never silently overruled."""

import itertools
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from databases import PostgreSQL
from hypothesis import HealthCheck, settings
from hypothesis import given as each_of
from hypothesis import strategies as st
from killed import COMMIT, SQL, killed_everywhere
from sqlalchemy import delete, update

from serving import audit, entering, handovers, holds, outcomes
from serving.access import Person, Scope
from serving.given import Given, OutcomeRefused, Sheet, Why
from serving.holds import Hold, Reach
from serving.outcomes import Answer, By, Keep, Outcome, Recorded, Status, record, settle
from serving.store import tables
from serving.store.database import Store, open_store

MONDAY = date(2024, 7, 1)
SHEET = Sheet("2024-W27-o1", "o1", "b1", date(2024, 6, 30), {"ama": 1, "kofi": 2})
OTHER_SHEET = Sheet("2024-W27-o2", "o2", "b1", date(2024, 6, 30), {"ama": 1})
OFFICER, MANAGER, DESK = (
    By(name, role, "phone") for name, role in (("joy", "officer"), ("max", "manager"), ("liz", "desk"))
)
PAPER = By("liz", "desk", "paper")


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def said(number: int, code: str = "S", client: str = "ama", **more: Any) -> Given:
    kind = "" if code in "HO" else "visit"
    least: dict[str, dict[str, Any]] = {
        "L": {"reasons": ("UNK-0",)},
        "R": {"promised_on": "2024-09-01"},
        "O": {"override": "no_time"},
    }
    whole = {"outcome_id": uuid(number), "client_id": client, "happened_on": MONDAY, "code": code, "kind": kind}
    return Given.of(**{**whole, **least.get(code, {}), **more})


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def enter(store: Store, given: Given, by: By = OFFICER, day: date = MONDAY, sheet: Sheet = SHEET) -> Recorded:
    with store.write() as connection:
        return record(connection, sheet, given, by, at(day), day)


def decide(store: Store, number: int, keep: Keep, by: By = MANAGER, day: date = MONDAY) -> Outcome:
    with store.write() as connection:
        return settle(connection, uuid(number), keep, by, at(day), day)


def stand(store: Store, sheet: Sheet = SHEET) -> dict[str, str]:
    """How every outcome of a list stands, by the last figure of its id."""
    with store.read() as connection:
        return {each.outcome_id[-1]: each.status.value for each in outcomes.of_list(connection, sheet.list_id)}


def kept(store: Store, number: int) -> Outcome:
    with store.read() as connection:
        found = outcomes.one(connection, uuid(number))
    assert found is not None
    return found


def why(act: Callable[[], object]) -> Why | None:
    try:
        act()
    except OutcomeRefused as error:
        return error.why
    return None


def test_what_was_found_is_kept_as_it_was_said(store: Store) -> None:
    told = said(1, "L", reasons=("PRC-1", "AMT-1"), promised_on="2024-12-01", wrong=True, note="will say more in June")

    answer = enter(store, told)

    assert answer == Recorded(Answer.ACCEPTED, uuid(1))
    assert kept(store, 1) == Outcome(
        outcome_id=uuid(1),
        list_id="2024-W27-o1",
        place=1,
        client_id="ama",
        officer_id="o1",
        branch_id="b1",
        status=Status.ACCEPTED,
        replaces=None,
        entered_by="joy",
        entered_role="officer",
        channel="phone",
        recorded_at=at(MONDAY),
        recorded_on=MONDAY,
        happened_on=MONDAY,
        kind="visit",
        code="L",
        reasons=("PRC-1", "AMT-1"),
        promised_on=date(2024, 12, 1),
        do_not_contact=False,
        wrong=True,
        override="",
        note="will say more in June",
        accepted_on=MONDAY,
        replaced_at=None,
        replaced_on=None,
        settled_by=None,
        settled_at=None,
    )


def test_the_same_outcome_sent_again_changes_nothing(store: Store) -> None:
    first = enter(store, said(1))
    before = kept(store, 1)

    again = enter(store, said(1), day=MONDAY + timedelta(days=1))

    assert (first.status, again.status) == (Answer.ACCEPTED, Answer.SAME)
    assert kept(store, 1) == before


def test_the_same_finding_typed_in_twice_is_no_conflict(store: Store) -> None:
    enter(store, said(1))

    answer = enter(store, said(2), PAPER)

    assert answer == Recorded(Answer.SAME, uuid(1))
    assert stand(store) == {"1": "accepted"}


@pytest.mark.parametrize(
    "again", [said(1, "T"), said(1, client="kofi"), said(1, note="more"), said(1, do_not_contact=True)]
)
def test_an_id_that_is_taken_is_refused_for_anything_else(again: Given, store: Store) -> None:
    enter(store, said(1))

    assert why(lambda: enter(store, again)) is Why.ID_TAKEN
    assert why(lambda: enter(store, said(1), sheet=OTHER_SHEET)) is Why.ID_TAKEN
    assert stand(store) == {"1": "accepted"}


def test_two_who_say_different_things_are_both_kept_and_wait_for_a_person(store: Store) -> None:
    enter(store, said(1, "S"))

    answer = enter(store, said(2, "T"), MANAGER)

    assert answer == Recorded(Answer.CONFLICT, uuid(2), kept(store, 1))
    assert stand(store) == {"1": "accepted", "2": "conflict"}
    with store.read() as connection:
        assert outcomes.waiting_conflicts(connection) == [(kept(store, 2), kept(store, 1))]
        assert outcomes.waiting_conflicts(connection, list_id="2024-W27-o2") == []
        assert outcomes.waiting_conflicts(connection, branch_id="b2") == []


def test_a_conflict_sent_again_is_told_as_one_still(store: Store) -> None:
    enter(store, said(1, "S"))
    enter(store, said(2, "T"))

    assert enter(store, said(2, "T")) == Recorded(Answer.SAME, uuid(2), kept(store, 1))


def test_each_list_has_its_own_outcome_of_a_client(store: Store) -> None:
    assert enter(store, said(1, "S")).status is Answer.ACCEPTED
    assert enter(store, said(2, "T"), sheet=OTHER_SHEET).status is Answer.ACCEPTED
    with store.read() as connection:
        assert [each.outcome_id for each in outcomes.of_client(connection, "ama")] == [uuid(1), uuid(2)]
        assert [each.outcome_id for each in outcomes.of_week(connection, "2024-W27")] == [uuid(1), uuid(2)]
        assert outcomes.of_week(connection, "2024-W2") == []


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (OFFICER, OFFICER, Answer.ACCEPTED),
        (OFFICER, MANAGER, Answer.ACCEPTED),
        (OFFICER, replace(OFFICER, actor="token:joy"), Answer.ACCEPTED),
        (MANAGER, DESK, Answer.ACCEPTED),
        (PAPER, OFFICER, Answer.ACCEPTED),
        (MANAGER, OFFICER, Answer.CONFLICT),
        (DESK, OFFICER, Answer.CONFLICT),
        (MANAGER, PAPER, Answer.CONFLICT),
    ],
)
def test_a_correction_holds_if_its_author_stands_no_lower(first: By, second: By, answer: Answer, store: Store) -> None:
    enter(store, said(1, "S"), first)

    assert enter(store, said(2, "T", based_on=uuid(1)), second).status is answer


def test_a_correction_ends_what_it_replaces_and_both_stay_stored(store: Store) -> None:
    tuesday = MONDAY + timedelta(days=1)
    enter(store, said(1, "S"))

    enter(store, said(2, "T", based_on=uuid(1)), day=tuesday)

    old, new = kept(store, 1), kept(store, 2)
    assert (old.status, old.accepted_on, old.replaced_on, old.replaced_at) == (
        Status.REPLACED,
        MONDAY,
        tuesday,
        at(tuesday),
    )
    assert (new.status, new.replaces, new.accepted_on, new.replaced_on) == (Status.ACCEPTED, uuid(1), tuesday, None)


def test_a_correction_of_what_no_longer_stands_is_a_conflict(store: Store) -> None:
    enter(store, said(1, "S"))
    enter(store, said(2, "T", based_on=uuid(1)))

    assert enter(store, said(3, "N", based_on=uuid(1))).status is Answer.CONFLICT
    assert stand(store) == {"1": "replaced", "2": "accepted", "3": "conflict"}


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        (Keep.THIS, {"1": "replaced", "2": "accepted"}),
        (Keep.OTHER, {"1": "accepted", "2": "set_aside"}),
    ],
)
def test_a_person_decides_a_conflict_once_and_nothing_is_lost(
    keep: Keep, expected: dict[str, str], store: Store
) -> None:
    wednesday = MONDAY + timedelta(days=2)
    enter(store, said(1, "S"))
    enter(store, said(2, "T"))

    held = decide(store, 2, keep, day=wednesday)

    assert stand(store) == expected
    assert held.outcome_id == uuid(2 if keep is Keep.THIS else 1)
    assert decide(store, 2, keep, day=wednesday) == held
    assert why(lambda: decide(store, 2, Keep.OTHER if keep is Keep.THIS else Keep.THIS)) is Why.SETTLED
    assert stand(store) == expected
    settled = kept(store, 2)
    assert (settled.settled_by, settled.settled_at) == ("max", at(wednesday))
    assert (settled.recorded_on, settled.accepted_on) == (MONDAY, wednesday if keep is Keep.THIS else None)


def test_what_was_never_in_conflict_is_not_decided(store: Store) -> None:
    enter(store, said(1))

    assert why(lambda: decide(store, 1, Keep.OTHER)) is Why.SETTLED
    assert why(lambda: decide(store, 9, Keep.OTHER)) is Why.NOT_FOUND


def test_an_officer_does_not_overrule_a_manager_by_deciding(store: Store) -> None:
    enter(store, said(1, "S"), MANAGER)
    enter(store, said(2, "T"), OFFICER)

    assert why(lambda: decide(store, 2, Keep.THIS, OFFICER)) is Why.RANK
    assert decide(store, 2, Keep.OTHER, OFFICER).outcome_id == uuid(1)


def test_a_line_has_its_answer_unless_there_was_no_time(store: Store) -> None:
    def answered(on: date | None = None) -> set[str]:
        with store.read() as connection:
            return set(outcomes.answered(connection, "2024-W27", on))

    enter(store, said(1, "O", override="no_time"))
    enter(store, said(2, "O", "kofi", override="known"))
    assert answered() == {"kofi"}

    tuesday = MONDAY + timedelta(days=1)
    enter(store, said(3, "N", based_on=uuid(1)), day=tuesday)
    enter(store, said(4, "O", "kofi", override="no_time", based_on=uuid(2)), day=tuesday)
    assert answered() == answered(tuesday) == {"ama"}
    assert answered(MONDAY) == {"kofi"}


def test_a_line_handed_on_waits_at_the_branch_until_it_is_corrected(store: Store) -> None:
    enter(store, said(1, "H", note="she asks for a woman"))
    with store.read() as connection:
        (waiting,) = handovers.of_branch(connection, "b1")
    assert (waiting.client_id, waiting.handed_by, waiting.note) == ("ama", "joy", "she asks for a woman")

    enter(store, said(2, "S", based_on=uuid(1)))

    with store.read() as connection:
        assert handovers.of_branch(connection, "b1") == []


def test_a_line_handed_on_in_a_conflict_waits_only_once_it_holds(store: Store) -> None:
    enter(store, said(1, "S"))
    enter(store, said(2, "H"))
    with store.read() as connection:
        assert handovers.of_branch(connection, "b1") == []

    decide(store, 2, Keep.THIS)

    with store.read() as connection:
        assert [each.handover_id for each in handovers.of_branch(connection, "b1")] == [uuid(2)]


def test_a_line_is_not_handed_on_by_a_decision_either_where_there_is_no_branch(store: Store) -> None:
    enter(store, said(1, "S"))
    enter(store, said(2, "H"))
    with store.write() as connection:
        connection.execute(update(tables.outcomes).values(branch_id=""))

    assert why(lambda: decide(store, 2, Keep.THIS)) is Why.BRANCH
    assert stand(store) == {"1": "accepted", "2": "conflict"}
    with store.read() as connection:
        assert handovers.of_branch(connection, "") == []
    assert decide(store, 2, Keep.OTHER).outcome_id == uuid(1)


def test_an_officer_reads_back_no_reason_about_staff_and_no_note_of_the_desk(store: Store) -> None:
    enter(store, said(1, "L", reasons=("OFF-3", "PRC-1", "HLT-1"), consent=True, note="he shouted"), DESK)
    enter(store, said(2, "L", "kofi", reasons=("PRC-1",), note="from paper"), PAPER)
    desks, paper = kept(store, 1), kept(store, 2)

    for role in ("officer", "manager", "admin"):
        assert (desks.seen_by(role).reasons, desks.seen_by(role).note) == (("PRC-1",), "")
        assert paper.seen_by(role) == paper
    assert desks.seen_by("desk") == desks.seen_by("dpo") == desks
    assert desks.seen_by("analyst") == replace(desks, note="", entered_by="")
    assert paper.seen_by("analyst") == replace(paper, note="", entered_by="")


@pytest.mark.parametrize("by", [DESK, PAPER, replace(PAPER, channel="file")])
@pytest.mark.parametrize("code", ["L", "S"])
def test_a_note_beside_a_reason_that_is_kept_back_is_kept_back_too_however_it_came_in(
    code: str, by: By, store: Store
) -> None:
    enter(store, said(1, code, reasons=("OFF-3",), note="he shouted and took 500"), by)
    whole = kept(store, 1)

    for role in ("officer", "manager", "admin"):
        assert whole.seen_by(role).note == ""
        assert whole.seen_by(role).reasons == (("UNK-0",) if code == "L" else ())
    assert whole.seen_by("desk") == whole.seen_by("dpo") == whole
    assert whole.seen_by("analyst") == replace(whole, note="", entered_by="")


def test_an_officer_does_not_replace_what_he_cannot_read(store: Store) -> None:
    enter(store, said(1, "L", reasons=("OFF-3",), note="he shouted"), PAPER)

    assert enter(store, said(2, "S", based_on=uuid(1)), OFFICER).status is Answer.CONFLICT
    assert stand(store) == {"1": "accepted", "2": "conflict"}
    assert why(lambda: decide(store, 2, Keep.THIS, OFFICER)) is Why.RANK
    assert stand(store) == {"1": "accepted", "2": "conflict"}
    assert decide(store, 2, Keep.THIS, MANAGER).outcome_id == uuid(2)


def test_an_officer_does_not_set_aside_what_he_cannot_read(store: Store) -> None:
    enter(store, said(1, "S"), OFFICER)
    enter(store, said(2, "L", reasons=("FRD-1", "PRC-1"), note="asked for a bribe"), PAPER)

    assert why(lambda: decide(store, 2, Keep.OTHER, OFFICER)) is Why.RANK
    assert stand(store) == {"1": "accepted", "2": "conflict"}
    assert decide(store, 2, Keep.OTHER, MANAGER).outcome_id == uuid(1)


def peace(store: Store, day: date = MONDAY) -> list[tuple[str, str]]:
    """Who asked for peace in force on a day, and by which outcome, by the last figure of its id."""
    with store.read() as connection:
        return [(held.target, (held.outcome_id or "")[-1:]) for held in holds.in_force(connection, day)]


def test_who_asks_not_to_be_contacted_is_left_in_peace_from_that_day(store: Store) -> None:
    enter(store, said(1, "X", do_not_contact=True))

    assert peace(store) == [("ama", "1")]
    assert peace(store, MONDAY + timedelta(days=3650)) == [("ama", "1")]
    assert peace(store, MONDAY - timedelta(days=1)) == []


def test_peace_asked_for_is_kept_while_a_conflict_waits_and_however_it_is_decided(store: Store) -> None:
    enter(store, said(1, "S"))
    enter(store, said(2, "X", do_not_contact=True))
    assert peace(store) == [("ama", "2")]

    decide(store, 2, Keep.OTHER)

    assert peace(store) == [("ama", "2")]


def test_a_correction_of_a_mistaken_tick_lifts_the_peace_it_brought_and_no_other(store: Store) -> None:
    tuesday = MONDAY + timedelta(days=1)
    enter(store, said(1, "X", do_not_contact=True))
    enter(store, said(2, "X", "kofi", do_not_contact=True))

    enter(store, said(3, "S", based_on=uuid(1)), day=tuesday)

    assert peace(store, MONDAY) == [("ama", "1"), ("kofi", "2")]
    assert peace(store, tuesday) == [("kofi", "2")]


def test_a_correction_that_asks_for_peace_too_goes_on_with_it_and_the_next_one_may_end_it(store: Store) -> None:
    tuesday = MONDAY + timedelta(days=1)
    enter(store, said(1, "X", do_not_contact=True))

    enter(store, said(2, "L", do_not_contact=True, based_on=uuid(1)))
    assert peace(store) == [("ama", "2")]

    enter(store, said(3, "S", based_on=uuid(2)), day=tuesday)
    assert peace(store, tuesday) == []


def test_a_wish_told_twice_ends_only_with_both(store: Store) -> None:
    enter(store, said(1, "X", do_not_contact=True))
    enter(store, said(2, "L", do_not_contact=True))  # waits beside the first

    enter(store, said(3, "S", based_on=uuid(1)))
    assert peace(store) == [("ama", "2")]

    decide(store, 2, Keep.THIS)
    assert peace(store) == [("ama", "2")]


def test_a_wish_outlives_a_peace_that_ends(store: Store) -> None:
    with store.write() as connection:
        last = MONDAY + timedelta(days=9)
        kind = Hold.DO_NOT_CONTACT
        holds.add(connection, kind, Reach.CLIENT, "ama", MONDAY, last, actor="desk", at=at(MONDAY))

    enter(store, said(1, "X", do_not_contact=True))

    assert peace(store, MONDAY + timedelta(days=10)) == [("ama", "1")]


def test_a_wish_told_on_two_lists_is_kept_by_the_one_that_is_not_corrected(store: Store) -> None:
    later = replace(SHEET, list_id="2024-W28-o1")
    enter(store, said(1, "X", do_not_contact=True))
    enter(store, said(2, "X", do_not_contact=True), sheet=later)

    enter(store, said(3, "S", based_on=uuid(1)))

    assert peace(store) == [("ama", "2")]


def test_an_outcome_sent_by_many_at_once_is_kept_once(store: Store) -> None:
    together = Barrier(4)

    def send(number: int) -> Answer:
        together.wait()
        return enter(store, said(1, "X", do_not_contact=True)).status

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(send, range(4)))

    assert answers == [Answer.ACCEPTED, Answer.SAME, Answer.SAME, Answer.SAME]
    assert stand(store) == {"1": "accepted"}
    assert peace(store) == [("ama", "1")]


def test_of_many_different_outcomes_at_once_one_holds_and_all_are_kept(store: Store) -> None:
    codes = "STGM"
    together = Barrier(len(codes))

    def send(number: int) -> Answer:
        together.wait()
        return enter(store, said(number, codes[number])).status

    with ThreadPoolExecutor(len(codes)) as pool:
        answers = sorted(pool.map(send, range(len(codes))))

    assert answers == [Answer.ACCEPTED, Answer.CONFLICT, Answer.CONFLICT, Answer.CONFLICT]
    assert sorted(stand(store).values()) == sorted(answers)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes an empty database each time it is called, of each kind in turn."""
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgres")
        return server.fresh
    migrated, number = request.getfixturevalue("migrated"), itertools.count()

    def copy() -> str:
        file = tmp_path / f"{next(number)}.db"
        shutil.copyfile(migrated, file)
        return f"sqlite:///{file}"

    return copy


def enter_as_joy(store: Store, *found: Given) -> None:
    """As the interface and the pages do: each in a transaction of its own, with its rows in the audit log."""
    joy = Person("joy", Scope.of_text("officer:o1"))
    for given in found:
        with store.write() as connection:
            entering.enter(connection, joy, SHEET, given, "phone", at(MONDAY), MONDAY)


def correct_and_enter(url: str, answered: str) -> None:
    """Correct a line that was handed on and asked for peace, enter another; once both are answered, say so."""
    opened = open_store(url)
    enter_as_joy(opened, said(2, "S", "ama", based_on=uuid(1)), said(3, "X", "kofi", do_not_contact=True))
    opened.close()
    Path(answered).write_text("accepted")


def told(store: Store) -> list[str]:
    """What the audit log says happened, once its chain is found whole."""
    with store.read() as connection:
        assert audit.verify(connection).first_break is None
        return [each.event for each in audit.entries(connection)]


def test_a_kill_at_any_change_keeps_all_of_an_outcome_or_nothing_and_no_answer_is_lost(
    fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    first = ["outcome_recorded", "hold_placed", "line_handed_over"]
    second, third = ["outcome_recorded", "hold_lifted", "line_taken_back"], ["outcome_recorded", "hold_placed"]
    before = ({"1": "accepted"}, ["ama"], [("ama", "1")], first)
    corrected = ({"1": "replaced", "2": "accepted"}, [], [], first + second)
    after = ({"1": "replaced", "2": "accepted", "3": "accepted"}, [], [("kofi", "3")], first + second + third)
    answered = tmp_path / "answered"

    def fresh() -> list[str]:
        answered.unlink(missing_ok=True)
        url = fresh_database()
        opened = open_store(url)
        enter_as_joy(opened, said(1, "H", do_not_contact=True))
        opened.close()
        return [url, str(answered)]

    def state(store: Store) -> tuple[dict[str, str], list[str], list[tuple[str, str]], list[str]]:
        with store.read() as connection:
            waiting = [each.client_id for each in handovers.of_branch(connection, "b1")]
        return stand(store), waiting, peace(store), told(store)

    seen = []
    for end in killed_everywhere(correct_and_enter, fresh, kinds={SQL, COMMIT}):
        opened = open_store(end.arguments[0])
        seen.append(state(opened))
        assert seen[-1] in (before, corrected, after), end
        assert end.unharmed == answered.exists()
        if answered.exists():
            assert seen[-1] == after
        correct_and_enter(*end.arguments)
        assert state(opened) == after
        opened.close()

    assert before in seen
    assert corrected in seen
    assert seen[-1] == after


@each_of(
    st.lists(
        st.tuples(
            st.integers(1, 6),
            st.sampled_from("STXHO"),
            st.sampled_from(["ama", "kofi"]),
            st.sampled_from([OFFICER, MANAGER, PAPER]),
            st.one_of(st.none(), st.integers(1, 6)),
            st.sampled_from(list(Keep)),
        ),
        max_size=14,
    )
)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_in_a_line_has_one_outcome_that_holds_and_nothing_sent_is_lost(
    store: Store, steps: list[tuple[int, str, str, By, int | None, Keep]]
) -> None:
    with store.write() as connection:
        for table in (tables.outcomes, tables.holds, tables.handovers):
            connection.execute(delete(table))
    taken: dict[str, Given] = {}
    answers: list[Recorded] = []
    for number, code, client, by, based_on, keep in steps:
        given = said(number, code, client, based_on=None if based_on is None else uuid(based_on))
        refusal = why(lambda given=given, by=by: answers.append(enter(store, given, by)))
        assert refusal in (None, Why.ID_TAKEN)
        if refusal:
            continue
        answer = answers[-1]
        if answer.status is not Answer.SAME:
            taken[given.outcome_id] = given
        if answer.status is Answer.CONFLICT:
            why(lambda number=number, keep=keep, by=by: decide(store, number, keep, by))

    with store.read() as connection:
        rows = outcomes.of_list(connection, SHEET.list_id)
    assert {row.outcome_id for row in rows} == set(taken)
    for client in ("ama", "kofi"):
        mine = [row for row in rows if row.client_id == client]
        assert sum(row.status is Status.ACCEPTED for row in mine) == bool(mine)
    for row in rows:
        assert (row.status is Status.REPLACED) == (row.replaced_on is not None)
        assert (row.accepted_on is not None) == (row.status in (Status.ACCEPTED, Status.REPLACED))
        assert row.code == taken[row.outcome_id].code.code
