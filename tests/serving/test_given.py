"""What may be said of a line, and by whom."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from features.drivers import DRIVERS
from features.leaver_type import LeaverType
from features.schema import TABLES
from serving import given as given_module
from serving import outcome_codes
from serving.given import Given, OutcomeRefused, Sheet, Why, refuse_unfit
from serving.outcome_codes import CODES, KEPT_BACK, KINDS, OVERRIDES, REASONS, Need, codes_for, reasons_for

TODAY = date(2024, 7, 3)
SHEET = Sheet("2024-W27-o1", "o1", "b1", date(2024, 6, 30), {"ama": 1, "kofi": 2})
DESK_SHEET = Sheet("2024-W27-desk", "desk", "", date(2024, 6, 30), {"ama": 1})
ID = "0b8f1c58-5d0e-4b52-9d0a-000000000001"

#: The least that has to be told with each code.
LEAST: dict[str, dict[str, Any]] = {
    "R": {"promised_on": "2024-09-01"},
    "L": {"reasons": ("UNK-0",)},
    "H": {"kind": ""},
    "O": {"kind": "", "override": "no_time"},
    "W": {"kind": "call"},
}


def said(code: str = "S", **more: Any) -> Given:
    """What was found, complete unless told otherwise."""
    whole = {"outcome_id": ID, "client_id": "ama", "happened_on": "2024-07-02", "kind": "visit"}
    return Given.of(**{**whole, "code": code, **LEAST.get(code, {}), **more})


def refused(role: str = "officer", sheet: Sheet = SHEET, **more: Any) -> Why | None:
    """Why it is refused; None if it is not."""
    try:
        refuse_unfit(said(**more), sheet, role, TODAY)
    except OutcomeRefused as error:
        return error.why
    return None


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_taken_from_those_who_may_enter_it_with_the_least_it_needs(code: str) -> None:
    may = {role for role in ("officer", "manager", "desk") if refused(role, code=code) is None}

    assert may == CODES[code].by


@pytest.mark.parametrize("code", LEAST)
def test_each_need_is_asked_for(code: str) -> None:
    needed = {
        Need.PROMISED_ON: Why.PROMISE_NEEDED,
        Need.REASON: Why.REASON_NEEDED,
        Need.OVERRIDE: Why.OVERRIDE_NEEDED,
    }
    bare = {"promised_on": None, "reasons": (), "override": ""}

    assert {refused(code=code, **bare)} == ({needed[need] for need in CODES[code].needs} or {None})


@pytest.mark.parametrize(
    ("why", "more"),
    [
        (Why.NO_ID, {"outcome_id": "1"}),
        (Why.NO_ID, {"outcome_id": "0b8f1c58-5d0e-4b52-9d0a-00000000000x"}),
        (Why.NO_ID, {"based_on": "yesterday's"}),
        (Why.NOT_FOUND, {"client_id": "kwame"}),
        (Why.NOT_FOUND, {"client_id": "ama\x00"}),
        (Why.CODE, {"code": "Z"}),
        (Why.CODE, {"code": ""}),
        (Why.NOT_A_DATE, {"happened_on": "2.7.2024"}),
        (Why.NOT_A_DATE, {"happened_on": "2024-W27-2"}),
        (Why.NOT_A_DATE, {"happened_on": ""}),
        (Why.NOT_A_DATE, {"happened_on": "2024-02-30"}),
        (Why.FUTURE, {"happened_on": "2024-07-04"}),
        (Why.TOO_EARLY, {"happened_on": "2024-06-22"}),
        (Why.KIND, {"kind": ""}),
        (Why.KIND, {"kind": "survey"}),
        (Why.KIND, {"kind": "none"}),
        (Why.KIND_DIFFERS, {"code": "W", "kind": "visit"}),
        (Why.KIND_DIFFERS, {"code": "O", "kind": "visit"}),
        (Why.PROMISE_EARLY, {"code": "R", "promised_on": "2024-07-02"}),
        (Why.PROMISE_LATE, {"code": "R", "promised_on": "2026-07-03"}),
        (Why.PROMISE_UNASKED, {"code": "D", "promised_on": "2024-08-01"}),
        (Why.REASON, {"code": "L", "reasons": ("BAD-1",)}),
        (Why.REASON_TWICE, {"code": "L", "reasons": ("AMT-1", "amt-1 ")}),
        (Why.REASONS_MANY, {"code": "L", "reasons": ("AMT-1", "AMT-2", "PRC-1", "SEA-1", "BUS-1", "DST-1")}),
        (Why.REASON_UNASKED, {"code": "N", "reasons": ("AMT-1",)}),
        (Why.OVERRIDE, {"code": "O", "override": "lazy"}),
        (Why.OVERRIDE_UNASKED, {"code": "S", "override": "no_time"}),
        (Why.NOTE_NEEDED, {"code": "O", "override": "other", "note": "  \n "}),
        (Why.NOTE_LONG, {"note": "a" * 501}),
        (Why.NOTE_LONG, {"note": "a" * 100_000}),
        (Why.SIGNS, {"note": "a\x07b"}),
        (Why.SIGNS, {"note": "\u202eevil"}),
        (Why.SIGNS, {"note": "\ud83d"}),
    ],
)
def test_what_is_wrong_is_named(why: Why, more: dict[str, Any]) -> None:
    assert refused(**more) is why


@pytest.mark.parametrize(
    "more",
    [
        {"happened_on": "2024-06-23"},
        {"happened_on": "2024-07-03"},
        {"code": "s"},
        {"code": "0", "kind": "", "override": "seen"},
        {"code": "O", "kind": "none", "override": "other", "note": "the bridge is down"},
        {"code": "R", "promised_on": "2026-07-02"},
        {"promised_on": "2024-07-20"},
        {"note": "क्ष\u200dय and \U0001f642"},
        {"note": "a" * 500},
    ],
)
def test_what_is_right_at_the_edge_is_taken(more: dict[str, Any]) -> None:
    assert refused(**more) is None


def test_a_note_is_kept_on_one_line() -> None:
    assert said(note=" asked for\r\n a woman\tvisitor \n").note == "asked for a woman visitor"


def test_a_line_marked_wrong_needs_no_other_reason_to_be_passed_over() -> None:
    assert said("O", override="", wrong=True).override == "line_wrong"


def test_a_line_of_the_desk_is_not_handed_to_a_manager() -> None:
    assert refused("desk", DESK_SHEET, code="H") is Why.DESK_LINE


@pytest.mark.parametrize("code", CODES)
def test_on_a_list_without_a_branch_nothing_is_handed_to_a_manager_whom_there_is_not(code: str) -> None:
    branchless = replace(SHEET, branch_id="")

    assert refused("desk", branchless, code=code) is (Why.BRANCH if code == "H" else None)


@pytest.mark.parametrize("role", ["officer", "manager"])
@pytest.mark.parametrize("reason", sorted(KEPT_BACK))
def test_what_is_said_of_staff_or_of_private_matters_is_never_entered_below_the_desk(role: str, reason: str) -> None:
    assert refused(role, code="L", reasons=(reason,), consent=True) is Why.NOT_YOURS


@pytest.mark.parametrize("reason", sorted(KEPT_BACK))
def test_the_desk_enters_private_matters_with_consent_only(reason: str) -> None:
    asked = REASONS[reason].consent

    assert refused("desk", code="L", reasons=(reason,)) is (Why.CONSENT if asked else None)
    assert refused("desk", code="L", reasons=(reason,), consent=True) is None


def test_private_matters_are_those_of_the_taxonomy() -> None:
    assert {code for code, reason in REASONS.items() if reason.consent} == {"HLT-1", "FAM-1", "REL-1"}
    assert {"HLT-1", "FAM-1", "REL-1", "OFF-3", "FRD-1"} == KEPT_BACK


def test_reasons_are_all_the_drivers_in_their_order() -> None:
    assert tuple(REASONS) == tuple(DRIVERS)


def test_results_and_kinds_are_those_of_the_book() -> None:
    columns = TABLES["contacts"].columns

    assert {code.contact for code in CODES.values()} - {""} <= set(columns["result"].one_of)
    assert set(KINDS) <= set(columns["kind"].one_of)
    assert all(set(code.kinds) <= set(KINDS) for code in CODES.values())


def test_every_way_of_leaving_an_officer_can_learn_of_has_one_code() -> None:
    ways = [code.leaver_type for code in CODES.values() if code.leaver_type]

    assert len(ways) == len(set(ways))
    assert set(LeaverType) - set(ways) == {LeaverType.WO, LeaverType.MERGE, LeaverType.UNK}


def test_what_the_mfi_did_itself_is_not_asked_of_the_officer() -> None:
    assert [code.code for code in CODES.values() if not code.on_paper] == ["U"]
    assert {code.code for code in codes_for("desk")} == set(CODES)
    assert {reason.code for reason in reasons_for("officer")} == set(REASONS) - KEPT_BACK


def test_codes_are_single_letters_that_are_told_apart_on_paper() -> None:
    assert all(len(code) == 1 and code in "ABCDEFGHKLMNOPRSTUWX" for code in CODES)
    assert len({kind.letter for kind in KINDS.values()}) == len(KINDS)


def test_every_sentence_is_there_for_the_catalogues() -> None:
    assert {why.message for why in Why} == set(given_module.MESSAGES)
    assert set(OVERRIDES.values()) <= set(outcome_codes.MESSAGES)
    assert {code.name for code in CODES.values()} <= set(outcome_codes.MESSAGES)
