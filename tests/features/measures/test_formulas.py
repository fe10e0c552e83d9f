"""The published formulas, and how far they lie apart on one and the same behaviour."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.measures.formulas import dropout_f1, exit_f5, growth_in_a_year, per_decision, retention_f2, yearly
from features.measures.identical_clients import apart, year_of

TABLE = """
 intake | growth | F1   | 1 - F2 | exits per mean active | F5
 0.00   | -28    | 27.7 | 27.7   | 32.2                  | 15.0
 0.02   | -6     | 23.9 | 29.5   | 30.5                  | 15.0
 0.03   | 7      | 22.2 | 30.5   | 29.5                  | 15.0
 0.05   | 37     | 19.2 | 32.6   | 27.5                  | 15.0
 0.07   | 75     | 16.6 | 34.9   | 25.3                  | 15.0
"""
LINES = [[float(cell) for cell in line.split("|")] for line in TABLE.strip().splitlines()[1:]]


def printed(shown: float) -> object:
    """Equal to what a table prints with one digit: within half of it."""
    return pytest.approx(shown, abs=0.05 + 1e-9)


@pytest.mark.parametrize(("intake", "growth", "f1", "f2", "per_mean", "f5"), LINES)
def test_the_formulas_disagree_in_opposite_directions_on_identical_behaviour(
    intake: float, growth: float, f1: float, f2: float, per_mean: float, f5: float
) -> None:
    (row,) = apart([intake], terms=[6], leaves=0.15).to_dict("records")

    assert 100 * row["growth"] == pytest.approx(growth, abs=0.5)
    assert 100 * row["f1"] == printed(f1)
    assert 100 * row["f2"] == printed(f2)
    assert 100 * row["per_mean"] == printed(per_mean)
    assert 100 * row["f5"] == printed(f5)
    assert 100 * row["cohort"] == printed(27.8)


@pytest.mark.parametrize(("term", "f1"), [(4, 34.4), (6, 23.9), (12, 12.0)])
def test_the_flow_identity_depends_on_the_term_of_the_loans_and_the_rate_per_decision_does_not(
    term: int, f1: float
) -> None:
    (row,) = apart([0.02], terms=[term], leaves=0.15).to_dict("records")

    assert 100 * row["f1"] == printed(f1)
    assert 100 * row["f5"] == printed(15.0)


@settings(max_examples=40, deadline=None)
@given(intake=st.floats(0, 0.2), term=st.integers(1, 24), leaves=st.floats(0.01, 0.9))
def test_clients_at_the_begin_and_who_came_and_who_left_are_the_clients_at_the_end(
    intake: float, term: int, leaves: float
) -> None:
    year = year_of(intake, term, leaves)

    assert year.begin + year.came - year.out == pytest.approx(year.end)


def test_periods_do_not_add_but_survive_each_other() -> None:
    assert yearly(0.15, 6) == pytest.approx(1 - 0.85**2)
    assert [round(100 * per_decision(0.25, months), 1) for months in (6, 4)] == [13.4, 9.1]


@pytest.mark.parametrize("rate", [dropout_f1(0, 0, 0), retention_f2(0, 5, 5), exit_f5(0, 0), growth_in_a_year(0, 9, 3)])
def test_without_anybody_to_count_a_rate_is_not_known(rate: float) -> None:
    assert math.isnan(rate)
