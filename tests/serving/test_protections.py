import itertools
import re
from collections.abc import Hashable
from typing import Any

import pytest

from features.drivers import ACTIONS, DRIVERS, Action
from serving.protections import BY_CALL, PROTECTIVE, SILENT_ON_LOANS, SPEAKS_OF_A_LOAN, Protection, advise
from serving.settings import Settings

LOAN_TALK = re.compile(r"\b(new loan|top-up|amounts grow|products|new request|with a loan|borrow again|come back)\b")


@pytest.mark.parametrize("action", [a for a in Action if a is not Action.NONE])
def test_every_action_in_which_a_loan_may_come_up_is_known_as_such(action: Action) -> None:
    if LOAN_TALK.search(ACTIONS[action]):
        assert action in SPEAKS_OF_A_LOAN


@pytest.mark.parametrize("action", list(Action))
def test_no_action_sanctions_collects_or_pushes(action: Action) -> None:
    forbidden = (
        r"\b(collect|penalt|seize|report to|blacklist|guarantor|warn|threat|fine|offer a (new )?loan|offer a top-up)"
    )

    assert not re.search(forbidden, ACTIONS[action].lower())


def test_protective_actions_never_speak_of_a_loan() -> None:
    assert not PROTECTIVE & SPEAKS_OF_A_LOAN
    assert set(Action) == SILENT_ON_LOANS | SPEAKS_OF_A_LOAN


@pytest.mark.parametrize("code", DRIVERS)
def test_whoever_must_be_protected_gets_a_protective_action_and_never_hears_of_a_loan(code: str) -> None:
    for complaint, arrears, indebted, staff in itertools.product([1, 0], [True, False, None], [1, 0], [1, 0]):
        protection = Protection(bool(complaint), arrears, bool(indebted), bool(staff))
        advice = advise([code, "RNW-1"], protection)

        assert advice.sentence
        assert advice.avoid
        if protection.protected:
            assert advice.action in PROTECTIVE
            assert "loan" in advice.avoid
        if protection.in_arrears is not False:
            assert advice.action in SILENT_ON_LOANS


@pytest.mark.parametrize("action", list(Action))
def test_every_action_that_is_a_call_is_known_as_one(action: Action) -> None:
    assert (action in BY_CALL) == bool(re.search(r"\b(call|phone the client|ring)\b", ACTIONS[action].lower()))


@pytest.mark.parametrize("code", DRIVERS)
def test_whom_a_call_puts_in_danger_nobody_is_asked_to_call(code: str) -> None:
    for complaint, arrears, indebted, staff in itertools.product([1, 0], [True, False, None], [1, 0], [1, 0]):
        protection = Protection(bool(complaint), arrears, bool(indebted), bool(staff), no_call=True)

        advice = advise([code], protection)

        assert advice.action not in BY_CALL
        assert advice.sentence
        assert not protection.protected or advice.action in PROTECTIVE


def line(**given: Any) -> dict[Hashable, Any]:
    usual = {"complaint": False, "about_staff": False, "may_call": True}
    return {**usual, "days_late": 0, "lateness_unknown": False, "written_off": False, "open_loans": 1, **given}


@pytest.mark.parametrize(
    ("given", "weigh", "protection"),
    [
        ({}, [], Protection()),
        ({"complaint": True}, [], Protection(complaint=True)),
        ({"complaint": True, "about_staff": True}, [], Protection(complaint=True, about_staff=True)),
        ({"days_late": 4}, [], Protection()),
        ({"days_late": 5}, [], Protection(in_arrears=True)),
        ({"days_late": 5, "lateness_unknown": True}, [], Protection(in_arrears=True)),
        ({"written_off": True}, [], Protection(in_arrears=True)),
        ({"written_off": True, "lateness_unknown": True}, [], Protection(in_arrears=True)),
        ({"written_off": None}, [], Protection()),
        ({"lateness_unknown": True}, [], Protection(in_arrears=None)),
        ({"days_late": float("nan"), "lateness_unknown": None}, [], Protection(in_arrears=None)),
        ({"open_loans": 2}, [], Protection()),
        ({"open_loans": 3}, [], Protection(over_indebted=True)),
        ({"open_loans": 1}, ["RNW-1", "OVD-1"], Protection(over_indebted=True)),
        ({"open_loans": 0}, ["OVD-1"], Protection()),
        ({"open_loans": None}, ["OVD-1"], Protection()),
        ({"may_call": False}, [], Protection(no_call=True)),
    ],
)
def test_what_protects_a_client_is_read_from_how_she_stands(
    given: dict[str, Any], weigh: list[str], protection: Protection
) -> None:
    assert Protection.of(line(**given), weigh, Settings(arrears_days=5, many_loans=3)) == protection


def test_a_complaint_comes_before_everything_else() -> None:
    everything = Protection(complaint=True, in_arrears=True, over_indebted=True)

    assert advise(["ARR-1"], everything).action is Action.CLOSE_COMPLAINT


def test_a_complaint_about_staff_is_called_on_by_somebody_else() -> None:
    assert advise([], Protection(complaint=True, about_staff=True)).action is Action.INDEPENDENT_CALL


def test_what_can_be_acted_on_goes_before_context() -> None:
    assert advise(["SEA-1", "OFF-2"], Protection()).action is Action.VISIT
    assert advise(["SEA-1"], Protection()).action is Action.TIMING


def test_without_a_reason_the_officer_visits_and_does_not_press() -> None:
    advice = advise([], Protection())

    assert (advice.action, advice.avoid) == (Action.VISIT, "Do not press for a new loan.")


@pytest.mark.parametrize(
    ("drivers", "action"),
    [
        (["RNW-1", "GRP-2", "RST-1"], Action.VISIT),  # nearly every line has RNW-1
        (["RNW-1", "RST-1", "AMT-1"], Action.EXPLAIN_LADDER),  # a pause between loans cannot be acted on
        (["AMT-1", "GRP-2"], Action.EXPLAIN_LADDER),
        (["RST-1", "RNW-1"], Action.RENEWAL_TALK),
        (["RST-1", "SEA-1"], Action.ASK_RETURN),
    ],
)
def test_the_action_is_that_of_what_is_particular_to_the_client(drivers: list[str], action: Action) -> None:
    assert advise(drivers, Protection()).action is action
