"""The published formulas, and how far they lie apart on one and the same behaviour."""

import math

import pytest

from features.measures.formulas import (
    dropout_f1,
    exit_f5,
    exits_per_mean_active,
    growth_in_a_year,
    per_decision,
    retention_f2,
    yearly,
)


def a_year(intake: float, term: int, leaves: float = 0.15) -> dict[str, float]:
    """Expected values of a year: loans of `term` months, a share that leaves at each end, intake each month.

    Clients stand by the months their loan has run. They are followed until the mix no longer changes, then for a year.
    """
    running = [1.0] * term
    settled = 1200
    came = out = deciders = begin = 0.0
    for month in range(settled + 12):
        if month == settled:
            scale = sum(running)
            running = [share / scale for share in running]
            came = out = deciders = 0.0
            begin = sum(running)
        new = intake * sum(running)
        ending = running[-1]
        running = [ending * (1 - leaves) + new, *running[:-1]]
        came, out, deciders = came + new, out + ending * leaves, deciders + ending
        if month < settled:
            scale = sum(running)
            running = [share / scale for share in running]
    return {"begin": begin, "came": came, "out": out, "end": sum(running), "deciders": deciders}


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
    year = a_year(intake, term=6)
    heads = year["begin"], year["came"], year["end"]

    assert 100 * growth_in_a_year(year["begin"], year["end"], 12) == pytest.approx(growth, abs=0.5)
    assert 100 * dropout_f1(*heads) == printed(f1)
    assert 100 * (1 - retention_f2(*heads)) == printed(f2)
    assert 100 * exits_per_mean_active(year["out"], year["begin"], year["end"]) == printed(per_mean)
    assert 100 * exit_f5(year["out"], year["deciders"]) == printed(f5)


@pytest.mark.parametrize(("term", "f1"), [(4, 34.4), (6, 23.9), (12, 12.0)])
def test_the_flow_identity_depends_on_the_term_of_the_loans_and_the_rate_per_decision_does_not(
    term: int, f1: float
) -> None:
    year = a_year(0.02, term)

    assert 100 * dropout_f1(year["begin"], year["came"], year["end"]) == printed(f1)
    assert 100 * exit_f5(year["out"], year["deciders"]) == printed(15.0)


def test_periods_do_not_add_but_survive_each_other() -> None:
    assert yearly(0.15, 6) == pytest.approx(1 - 0.85**2)
    assert [round(100 * per_decision(0.25, months), 1) for months in (6, 4)] == [13.4, 9.1]


@pytest.mark.parametrize("rate", [dropout_f1(0, 0, 0), retention_f2(0, 5, 5), exit_f5(0, 0), growth_in_a_year(0, 9, 3)])
def test_without_anybody_to_count_a_rate_is_not_known(rate: float) -> None:
    assert math.isnan(rate)
