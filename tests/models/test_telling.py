"""Which figure is told for a contribution, and of which client it is worth saying."""

import numpy as np
import pytest

from features.feature import Feature, Unit
from models.telling import OPEN_LOANS, Telling

MADE = {
    feature.name: feature
    for feature in (
        Feature(OPEN_LOANS, "made", "OVD-1", Unit.COUNT, 0, "m", "loans open now: {value}"),
        Feature("silence", "made", "RST-1", Unit.DAYS, 1, "m", "{value} since the last loan"),
        Feature("goes_on", "made", "RST-1", Unit.INDEX, 1, "m", told_by="silence"),
        Feature("weight", "made", "RST-1", Unit.INDEX, -1, "m", told_by="loans_14d"),
        Feature(
            "loans_14d", "made", "RST-1", Unit.COUNT, -1, "m", "loans: {value}", zero="no loan", none_while_resting=True
        ),
        Feature("unpaid", "made", "ARR-1", Unit.DAYS, 1, "m", "{value} past its day", while_open=True),
        Feature("to_end", "made", "RNW-1", Unit.DAYS, -1, "m", "{value} to go", below="over for {value}"),
        Feature("trend", "made", "BUS-1", Unit.RATIO, -1, "m", "{value} times", zero="nothing"),
        Feature("missed", "made", "GRP-2", Unit.POINTS, 1, "m", "missed {value} more", below="missed {value} less"),
        Feature("came", "made", "GRP-2", Unit.POINTS, -1, "m", "came {value} more", below="came {value} less"),
        Feature("to_usual", "made", "PAY-1", Unit.RATIO, 1, "m", "{value} times the usual", one="as usual"),
    )
}
NAMES = tuple(MADE)
NAN = float("nan")


def worth(name: str, names: tuple[str, ...] = NAMES, **figures: float) -> bool:
    """Whether something is worth saying for `name` of a client with these figures; all others are 1."""
    values = np.array([[figures.get(other, 1.0) for other in names]])
    return bool(Telling.of(names, MADE).worth_saying(values)[0, names.index(name)])


@pytest.mark.parametrize(
    ("name", "figures", "said"),
    [
        ("silence", {"silence": 20.0}, True),
        ("silence", {"silence": NAN}, False),
        ("silence", {"silence": 0.0}, False),  # a plain absence: more would mean more risk
        ("loans_14d", {"loans_14d": 0.0, OPEN_LOANS: 0.0}, True),  # less means more risk, so none is worth saying
        ("loans_14d", {"loans_14d": 0.0, OPEN_LOANS: 1.0}, False),  # the open loan is older than that, no more
        ("loans_14d", {"loans_14d": 2.0, OPEN_LOANS: 1.0}, True),
        ("to_end", {"to_end": -3.0}, True),
        ("trend", {"trend": -3.0}, False),  # no words for it
        ("missed", {"missed": 0.4}, True),
        ("missed", {"missed": -0.4}, False),  # an improvement
        ("came", {"came": -0.4}, True),
        ("came", {"came": 0.4}, False),
        ("came", {"came": 0.0}, False),
        ("to_usual", {"to_usual": 7.0}, True),
        ("to_usual", {"to_usual": 1.04}, False),  # as usual, which is no reason
        ("to_usual", {"to_usual": 1.06}, True),
        ("trend", {"trend": 1.0}, True),  # no words for 1: it may mean anything
        ("goes_on", {"goes_on": 0.8, "silence": 20.0}, True),
        ("goes_on", {"goes_on": 0.8, "silence": NAN}, False),
        ("goes_on", {"goes_on": 0.0, "silence": 20.0}, True),  # what counts is the figure that is told
        ("weight", {"weight": 0.0, "loans_14d": 0.0, OPEN_LOANS: 0.0}, True),
        ("unpaid", {"unpaid": 5.0, OPEN_LOANS: 2.0}, True),
        ("unpaid", {"unpaid": 5.0, OPEN_LOANS: 0.0}, False),  # resting
        ("unpaid", {"unpaid": 5.0, OPEN_LOANS: NAN}, False),
    ],
)
def test_a_figure_is_worth_saying(name: str, figures: dict[str, float], said: bool) -> None:
    assert worth(name, **figures) is said


def test_one_feature_is_told_by_another_of_the_model() -> None:
    telling = Telling.of(NAMES, MADE)

    told = {name: NAMES[place] for name, place in zip(NAMES, telling.place, strict=True)}
    assert told == {name: name for name in NAMES} | {"goes_on": "silence", "weight": "loans_14d"}


def test_a_model_that_does_not_read_the_figure_to_tell_says_nothing() -> None:
    assert not worth("goes_on", ("goes_on", "trend"), goes_on=0.8)


def test_a_model_that_does_not_know_of_open_loans_never_speaks_as_if_one_were_open() -> None:
    assert not worth("unpaid", ("unpaid", "silence"), unpaid=5.0)
