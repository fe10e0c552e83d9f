"""Intervals of shares, hidden cells, and the correction for many looks."""

import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.intervals import holm, wilson
from features.measures.suppression import hidden_of
from serving.survey.pooling import pooled
from training.drivers.shares import SMALLEST_CELL, hidden, hidden_shares


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_bounds_are_the_shares_whose_score_test_just_fails(cell: tuple[int, int]) -> None:
    left, n = cell
    bounds = wilson(left, n)

    for bound in bounds:
        if 1e-9 < bound < 1 - 1e-9:
            assert math.isclose(abs(left / n - bound) / math.sqrt(bound * (1 - bound) / n), 1.959964, rel_tol=1e-4)
    assert 0 <= bounds[0] <= left / n <= bounds[1] <= 1


@given(st.lists(st.integers(0, 60), max_size=7))
def test_no_hidden_cell_can_be_had_from_the_total(cells: list[int]) -> None:
    clients = np.array(cells, dtype=np.int64)

    flags = hidden(clients)

    assert not flags[clients == 0].any()
    assert flags[(clients > 0) & (clients < SMALLEST_CELL)].all()
    if flags.any() and not flags[clients > 0].all():
        assert flags.sum() >= 2
        for cell in clients[flags & (clients < SMALLEST_CELL)]:
            assert clients[flags].sum() - cell >= SMALLEST_CELL


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=6))
def test_no_share_tells_of_few_who_are_counted_or_are_not(cells: list[tuple[int, int]]) -> None:
    part, rest = np.array(cells, dtype=np.int64).T

    flags = hidden_shares(part, part + rest)

    assert flags[(part < SMALLEST_CELL) | (rest < SMALLEST_CELL)].all()
    assert flags.sum() != 1 or len(cells) == 1


def test_one_rule_hides_in_drivers_survey_and_measures() -> None:
    cells = {"a": 400, "b": 31, "c": 12, "d": 9, "e": 5}

    names = np.array(list(cells))
    assert set(names[hidden(np.array(list(cells.values())))]) == hidden_of(cells) == set(pooled(cells).together)


@given(st.lists(st.floats(0, 1), max_size=6))
def test_holm_is_the_closed_test_of_bonferroni(p: list[float]) -> None:
    corrected = holm(np.array(p))

    for place in range(len(p)):
        sets = (s for size in range(1, len(p) + 1) for s in itertools.combinations(range(len(p)), size) if place in s)
        slow = max(min(1.0, len(s) * min(p[other] for other in s)) for s in sets)
        assert math.isclose(corrected[place], slow, rel_tol=1e-9, abs_tol=1e-12)
