"""What a contact is expected to change, and who goes first by it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.benefit import before_riskier, benefit, expected_kept, priority, worth
from serving.list_settings import ListSettings

RISKS = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def order(
    risks: list[float],
    resting: list[bool],
    amounts: list[float | None] | None = None,
    helped: list[float] | None = None,
    **settings: Any,
) -> list[int]:
    table = pd.DataFrame({"risk": risks, "margin": risks})
    known = None if amounts is None else pd.Series(amounts, dtype="float64")
    measured = None if helped is None else np.array(helped)
    first = priority(table, np.array(resting), known, ListSettings(**settings), measured)
    return [int(place) for place in np.argsort(-first)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [1, 2, 0]),
        ({"rank_by": "risk"}, [0, 1, 2]),
        ({"chance_kept_resting": 0.3}, [0, 1, 2]),
        ({"chance_kept_resting": 0.0}, [1, 2, 0]),
        ({"hour_worth": 1.0}, [1, 2, 0]),
    ],
)
def test_who_can_still_be_kept_goes_before_who_has_decided(settings: dict[str, Any], expected: list[int]) -> None:
    assert order([0.8, 0.6, 0.3], [True, False, False], **settings) == expected


@given(risks=RISKS)
def test_with_equal_chances_benefit_gives_the_order_of_risk(risks: list[float]) -> None:
    resting = [False] * len(risks)

    assert order(risks, resting, rank_by="benefit") == order(risks, resting, rank_by="risk")


@given(risks=RISKS, seed=st.integers(0, 2**32 - 1))
def test_no_two_share_a_place(risks: list[float], seed: int) -> None:
    resting = [bool(each) for each in np.random.default_rng(seed).random(len(risks)) < 0.5]

    assert sorted(order(risks, resting)) == list(range(len(risks)))


@pytest.mark.parametrize(
    ("by", "expected"),
    [("client", [0, 1, 2, 3]), ("loan_amount", [2, 0, 3, 1])],
)
def test_small_loans_come_last_only_where_the_institution_chose_so(by: str, expected: list[int]) -> None:
    amounts = [100.0, 10.0, 900.0, None]

    assert order([0.50, 0.49, 0.48, 0.47], [False] * 4, amounts, worth_by=by) == expected


def test_a_large_loan_counts_twice_at_most_and_a_small_one_half_at_least() -> None:
    amounts = pd.Series([100.0, 1.0, 1e9, None, 150.0])

    counted = worth(amounts, 5, ListSettings(worth_by="loan_amount"))

    assert counted.tolist() == [0.8, 0.5, 2.0, 1.0, 1.2]


def test_the_hours_of_a_visit_are_taken_off() -> None:
    settings = ListSettings(chance_kept=0.5, hour_worth=0.04, visit_minutes=45)
    kept = expected_kept(np.array([0.6, 0.02]), np.array([False, False]), np.ones(2), settings)

    assert benefit(kept, settings) == pytest.approx([0.27, -0.02])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [True, False, True, False]),
        ({"rank_by": "risk"}, [False] * 4),
        ({"chance_kept_resting": 0.3}, [False] * 4),
        ({"chance_kept_resting": 0.2}, [True, False, False, False]),
    ],
)
def test_who_comes_before_one_more_at_risk_whose_loan_has_ended(settings: dict[str, Any], expected: list[bool]) -> None:
    rank, risk = np.array([1, 2, 3, 4]), np.array([0.6, 0.3, 0.4, 0.7])
    resting = np.array([False, True, False, True])

    assert before_riskier(rank, risk, resting, ListSettings(**settings)).tolist() == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, [1, 2, 0]), ({"worth_by": "loan_amount"}, [2, 1, 0]), ({"rank_by": "risk"}, [0, 1, 2])],
)
def test_where_it_is_measured_who_is_helped_goes_first_whatever_her_risk(
    settings: dict[str, Any], expected: list[int]
) -> None:
    amounts: list[float | None] = [100.0, 100.0, 400.0]

    assert order([0.9, 0.4, 0.2], [False, True, False], amounts, [0.01, 0.08, 0.05], **settings) == expected


@given(risks=RISKS, seed=st.integers(0, 2**32 - 1))
def test_nobody_whom_a_contact_helps_goes_behind_one_whom_it_helps_less(risks: list[float], seed: int) -> None:
    helped = np.random.default_rng(seed).normal(size=len(risks)).round(1).tolist()

    found = [helped[place] for place in order(risks, [False] * len(risks), helped=helped)]

    assert found == sorted(helped, reverse=True)
