"""Intervals of shares, against the equation they solve."""

from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from serving.pages.figures import Share, percent

COUNTS = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS)
def test_each_end_is_just_as_far_from_the_share_as_the_normal_test_allows(counts: tuple[int, int]) -> None:
    some, n = counts
    ends = Share(some, n).interval
    assert ends

    for end in ends:
        if 0 < end < 1:
            assert isclose((some / n - end) ** 2, 1.959964**2 * end * (1 - end) / n, rel_tol=1e-6, abs_tol=1e-12)
    assert ends[0] <= some / n + 1e-12
    assert ends[1] >= some / n - 1e-12


def test_nothing_of_nothing_has_no_interval() -> None:
    assert Share(0, 0).interval is None
    assert percent(Share(0, 0)) is None


def test_rounding_never_makes_a_range_narrower() -> None:
    assert percent(Share(2, 2)) == {"low": 34, "high": 100}
    assert percent(Share(0, 2)) == {"low": 0, "high": 66}
