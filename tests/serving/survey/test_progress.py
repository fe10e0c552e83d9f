"""How far a sample has come, told so that no number of fewer than 20 people can be worked out."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.survey.pooling import FEWEST
from serving.survey.progress import PARTS, told

COUNTS = st.fixed_dictionaries({part: st.integers(0, 60) for part in PARTS})


@pytest.mark.parametrize(
    ("counts", "drawn", "shown", "together"),
    [
        ({"answered": 60, "refused": 25, "waiting": 30}, 115, {"answered": 60, "refused": 25, "waiting": 30}, None),
        ({"answered": 60, "refused": 5, "waiting": 30}, 95, {"answered": 60}, 35),
        ({"answered": 60, "refused": 5, "waiting": 3}, None, {"answered": 60}, None),
        ({"answered": 60}, None, {"answered": 60}, None),
        ({"answered": 3, "waiting": 90}, 93, {}, 93),
        ({"answered": 3, "refused": 30, "waiting": 90, "in peace": 18}, 141, {"waiting": 90}, 51),
        ({"waiting": 40}, 40, {"waiting": 40}, None),
        ({"answered": 9, "waiting": 9}, None, {}, None),
    ],
)
def test_what_is_small_is_told_with_others_or_not_at_all(
    counts: dict[str, int], drawn: int | None, shown: dict[str, int], together: int | None
) -> None:
    found = told(counts)

    assert (found.drawn, found.together) == (drawn, together)
    assert {part: count for part, count in found.parts.items() if count is not None} == shown


@given(COUNTS)
def test_nothing_that_is_told_is_below_twenty_nor_is_what_is_left_of_the_whole(counts: Mapping[str, int]) -> None:
    found = told(counts)

    numbers = [count for count in (found.drawn, found.together, *found.parts.values()) if count is not None]
    assert all(number >= FEWEST for number in numbers)
    if found.drawn is not None:
        hidden = found.drawn - sum(count for count in found.parts.values() if count is not None)
        assert hidden == 0 or hidden == found.together >= FEWEST
        assert sum(counts.values()) == found.drawn
