"""Intervals of shares and their differences, against published figures; and many looks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.intervals import holm, wilson
from features.measures.differences import chance_of_no_difference, newcombe


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [  # Newcombe 1998 (two-sided intervals for the single proportion), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_published_one(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [  # Newcombe 1998 (interval estimation for the difference), table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_interval_is_the_published_one(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    assert newcombe(*counts) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_the_score_test_is_the_root_of_chi_square() -> None:
    # 2 x 2 table 15 85 / 30 70: chi-square without correction 6.4516, p 0.01109.
    assert chance_of_no_difference(15, 100, 30, 100) == pytest.approx(0.011089, abs=1e-5)
    assert chance_of_no_difference(0, 30, 0, 40) == 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_never_makes_a_difference_clearer_nor_changes_their_order(chances: list[float]) -> None:
    corrected = holm(chances)

    assert (corrected >= np.array(chances) - 1e-12).all()
    assert (corrected <= 1).all()
    assert (np.diff(corrected[np.argsort(chances, kind="stable")]) >= 0).all()
    assert min(corrected) == pytest.approx(min(1.0, min(chances) * len(chances)))


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_the_interval_holds_what_was_counted(whole: int, rest: int, data: st.DataObject) -> None:
    part, other = data.draw(st.integers(0, whole)), data.draw(st.integers(0, rest))

    low, high = newcombe(part, whole, other, rest)

    assert -1 - 1e-9 <= low <= part / whole - other / rest + 1e-9
    assert part / whole - other / rest - 1e-9 <= high <= 1 + 1e-9
