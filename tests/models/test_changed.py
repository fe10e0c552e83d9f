"""Whether two weeks' figures are spoken alike, and how last week's stands beside this week's."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import FEATURES
from features.feature import Feature, Unit
from models.changed import CHANGED, Beside, beside, in_english

LATE = Feature("late", "made", "ARR-1", Unit.SHARE, 1, "m", "{value} came late", zero="none came late")
SWAP = Feature("swap", "made", "OFF-1", Unit.FLAG, 1, "m", "another officer since", zero="the same officer")
PACE = Feature("pace", "made", "OFF-2", Unit.RATIO, 0, "m", "{value} times the usual", one="as usual")
CASES = [
    (LATE, 0.9, None, Beside.NOT_KNOWN),
    (LATE, 0.9, math.nan, Beside.NOT_KNOWN),
    (LATE, 0.9, 0.0, Beside.NOT_SO),
    (LATE, 0.9, 0.4, Beside.FIGURE),
    (LATE, 0.9, 0.901, None),
    (LATE, 0.9, -0.2, None),
    (SWAP, 1.0, 0.0, Beside.NEW),
    (PACE, 0.5, 0.8, Beside.TIMES),
    (PACE, 0.5, 1.0, Beside.SENTENCE),
]
SPOKEN = [feature for feature in FEATURES.values() if not feature.told_by]
FIGURES = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 3), st.integers(0, 900).map(float))


@pytest.mark.parametrize(("feature", "new", "old", "way"), CASES)
def test_last_week_stands_beside_this_week_where_it_is_spoken_otherwise(
    feature: Feature, new: float, old: float | None, way: Beside | None
) -> None:
    assert beside(feature, new, old) == way


def test_figures_spoken_alike_are_no_change_to_tell() -> None:
    with pytest.raises(ValueError, match="late is spoken as it was last week"):
        in_english(LATE, 0.9, 0.901)


@settings(max_examples=150, deadline=None)
@given(feature=st.sampled_from(SPOKEN), new=FIGURES, old=FIGURES)
def test_there_is_a_change_exactly_where_the_two_weeks_are_spoken_otherwise(
    feature: Feature, new: float, old: float
) -> None:
    if feature.unit is Unit.FLAG:
        new, old = float(new > 1), float(old > 1)

    way = beside(feature, new, old)

    assert (way is None) == (feature.say(new) == feature.say(old))
    assert way is None or in_english(feature, new, old).startswith(f"{feature.say(new)} (")


def test_every_way_has_its_words() -> None:
    assert set(CHANGED) == set(Beside)
    assert all(words.startswith("{said} (") for words in CHANGED.values())
