import pytest

from features.errors import UsageError
from serving.access import Actor, Person, Role, Scope


@pytest.mark.parametrize("text", ["", "boss", "OFFICER:o1"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a scope; there are officer:<officer_id>"):
        Scope.of_text(text)


@pytest.mark.parametrize("text", ["officer", "officer:", "desk:1", "manager", "credit:1", "dpo:b1"])
def test_a_role_of_somebody_names_them_and_no_other_role_does(text: str) -> None:
    with pytest.raises(UsageError, match="an officer needs the officer's number, a manager the branch's"):
        Scope.of_text(text)


@pytest.mark.parametrize(
    "text", ["officer:o1", "manager:b 1", "desk", "analyst", "dpo", "admin", "credit", "officer:a:b"]
)
def test_a_scope_reads_back_as_it_is_written(text: str) -> None:
    assert Scope.of_text(text).text == text


EVERYBODY = ("officer:o1", "officer:desk", "manager:b1", "desk", "analyst", "dpo", "admin", "credit")
LISTS = (("o1", "b1", False), ("o2", "b1", False), ("o3", "b2", False), ("desk", "", True))


def test_who_sees_which_list() -> None:
    seen = {
        text: [Scope.of_text(text).sees_list(officer, branch, is_desk=desk) for officer, branch, desk in LISTS]
        for text in EVERYBODY
    }

    assert seen == {
        "officer:o1": [True, False, False, False],
        "officer:desk": [False, False, False, False],
        "manager:b1": [True, True, False, False],
        "desk": [False, False, False, True],
        "analyst": [True, True, True, True],
        "dpo": [False, False, False, False],
        "admin": [True, True, True, True],
        "credit": [False, False, False, False],
    }


def test_outcomes_are_entered_by_whose_list_it_is_and_by_the_branch() -> None:
    may = {
        text: [Scope.of_text(text).may_record(officer, branch, is_desk=desk) for officer, branch, desk in LISTS]
        for text in EVERYBODY
    }

    assert may == {
        "officer:o1": [True, False, False, False],
        "officer:desk": [False, False, False, False],
        "manager:b1": [True, True, False, False],
        "desk": [False, False, False, True],
        "analyst": [False, False, False, False],
        "dpo": [False, False, False, False],
        "admin": [False, False, False, False],
        "credit": [False, False, False, False],
    }


def test_peace_is_granted_by_branch_desk_and_protection_officer() -> None:
    may = {text: [Scope.of_text(text).may_hold(branch) for branch in ("b1", "b2", None)] for text in EVERYBODY}

    assert may == {
        "officer:o1": [False, False, False],
        "officer:desk": [False, False, False],
        "manager:b1": [True, False, False],
        "desk": [True, True, True],
        "analyst": [False, False, False],
        "dpo": [True, True, True],
        "admin": [True, True, True],
        "credit": [False, False, False],
    }


def test_what_each_role_may() -> None:
    said = ("sees_scores", "sees_numbers", "sees_names", "keeps_accounts", "reads_audit", "serves_subjects")
    may = {text: {name for name in said if getattr(Scope.of_text(text), name)} for text in EVERYBODY}

    assert may == {
        "officer:o1": {"sees_scores", "sees_names"},
        "officer:desk": {"sees_scores", "sees_names"},
        "manager:b1": {"sees_scores", "sees_names"},
        "desk": {"sees_scores", "sees_names"},
        "analyst": {"sees_scores", "sees_numbers"},
        "dpo": {"sees_names", "reads_audit", "serves_subjects"},
        "admin": {"sees_scores", "sees_numbers", "sees_names", "keeps_accounts", "reads_audit"},
        "credit": set(),
    }


def test_a_credit_decision_reaches_nobodys_score() -> None:
    """The firewall of purpose: a forecast of leaving is no judgement on creditworthiness."""
    credit = Scope(Role.CREDIT)

    assert not any(credit.sees_client(officer, branch) for officer in ("o1", "", None) for branch in ("b1", "", None))
    assert not any(credit.sees_list(o, b, is_desk=d) for o in ("o1", "") for b in ("b1", "") for d in (True, False))


def test_a_client_without_officer_or_branch_is_nobodys() -> None:
    assert not Scope(Role.OFFICER, "o1").sees_client(None, "b1")
    assert not Scope(Role.MANAGER, "b1").sees_client("o1", None)
    assert Scope(Role.OFFICER, "o1").sees_client("o1", "b1")
    assert Scope(Role.DESK).sees_client(None, None)


def test_the_log_names_who_asks_and_their_role() -> None:
    assert Person("token:till", Scope(Role.CREDIT)).by == Actor("token:till", "credit")
