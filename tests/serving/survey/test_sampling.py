"""A random sample of leavers: as many as the margin needs, from every stratum and month, the same for the same seed."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import UsageError
from serving.survey.sampling import Chosen, Design, Leaver, allocate, draw, draw_again, size

JANUARY, DECEMBER = date(2024, 1, 1), date(2024, 12, 31)


def left(n: int, branch: str = "b1", kind: str = "VOL") -> Leaver:
    return Leaver(f"{branch}-{kind}-{n:04d}", JANUARY + timedelta(days=n % 360), kind, 1 + n % 6, branch)


@pytest.mark.parametrize(
    ("leavers", "margin", "confidence", "needed"),
    [
        (10_000, 0.05, 0.95, 370),
        (1_000, 0.05, 0.95, 278),
        (100, 0.05, 0.95, 80),
        (10, 0.05, 0.95, 10),
        (10_000, 0.07, 0.95, 193),
        (0, 0.05, 0.95, 0),
    ],
)
def test_so_many_answers_are_needed_for_a_margin(leavers: int, margin: float, confidence: float, needed: int) -> None:
    assert size(leavers, margin, confidence) == needed


@given(
    st.integers(0, 400), st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 90), min_size=1, max_size=8)
)
def test_every_place_is_given_to_a_stratum_that_has_it(total: int, sizes: dict[str, int]) -> None:
    given_out = allocate(total, sizes)

    assert sum(given_out.values()) == min(total, sum(sizes.values()))
    assert all(0 <= given_out[name] <= sizes[name] for name in sizes)
    if total >= len(sizes):
        assert all(given_out[name] >= 1 for name in sizes if sizes[name])


def test_every_stratum_and_month_is_in_the_sample_as_among_leavers() -> None:
    leavers = [left(n, branch, kind) for branch in ("b1", "b2") for kind in ("VOL", "WO") for n in range(360)]

    chosen = draw(leavers, Design(JANUARY, DECEMBER, margin=0.06, response=1.0))

    assert len(chosen) == size(1440, 0.06, 0.95)
    assert set(Counter(each.stratum for each in chosen).values()) <= {56, 57}
    months = Counter(each.left_on.month for each in chosen)
    assert max(months.values()) - min(months.values()) <= 6
    assert len({each.client_id for each in chosen}) == len(chosen)


def test_everybody_of_a_stratum_has_the_same_chance() -> None:
    leavers = [left(n) for n in range(30)]
    design = Design(JANUARY, DECEMBER, margin=0.2, response=1.0, by=("branch",))

    drawn = Counter(each.client_id for seed in range(600) for each in draw(leavers, _seeded(design, seed)))

    expected = 600 * size(30, 0.2, 0.95) / 30
    assert set(drawn) == {each.client_id for each in leavers}
    assert all(abs(count - expected) < 70 for count in drawn.values())


def _seeded(design: Design, seed: int) -> Design:
    return Design(design.from_on, design.until_on, design.margin, design.confidence, design.response, design.by, seed)


@given(st.integers(0, 1000), st.permutations(range(40)))
def test_the_same_seed_and_leavers_give_the_same_sample_whatever_their_order(seed: int, order: list[int]) -> None:
    design = Design(JANUARY, DECEMBER, margin=0.2, seed=seed)

    assert draw([left(n) for n in order], design) == draw([left(n) for n in range(40)], design)


def test_more_are_drawn_where_fewer_are_expected_to_answer() -> None:
    leavers = [left(n) for n in range(1000)]

    assert len(draw(leavers, Design(JANUARY, DECEMBER, response=0.5))) == 2 * size(1000, 0.07, 0.95)


def test_the_plan_says_how_it_was_drawn_with_the_size_of_every_stratum_and_month() -> None:
    leavers = [left(n) for n in range(40)] + [left(n, "b2") for n in range(5)]
    design = Design(JANUARY, date(2024, 2, 29), margin=0.2, response=1.0, by=("branch",))

    plan = design.plan(leavers, draw(leavers, design))

    assert plan["strata"] == {
        "branch b1": {"leavers": 40, "drawn": 14},
        "branch b2": {"leavers": 5, "drawn": 2},
    }
    assert sum(plan["months"].values()) == 16
    assert (plan["from_on"], plan["seed"], plan["margin"]) == ("2024-01-01", 1, 0.2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"margin": 0.0}, "margin=0.0"),
        ({"confidence": 1.0}, "confidence=1.0"),
        ({"response": 0.0}, "response=0.0"),
        ({"until_on": date(2023, 1, 1)}, "ends before it begins"),
        ({"by": ("gender",)}, "strata are"),
        ({"by": ()}, "strata are"),
    ],
)
def test_a_design_that_cannot_be_drawn_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Design(**{"from_on": JANUARY, "until_on": DECEMBER} | wrong)


def test_a_random_part_of_those_who_answered_is_asked_again() -> None:
    answered = [Chosen(f"c{n}", "all", "", JANUARY, "VOL") for n in range(50)]

    again = draw_again(answered, 0.1, seed=3)

    assert len(again) == 5
    assert again == draw_again(answered[::-1], 0.1, seed=3)
    assert draw_again(answered, 0.1, seed=4) != again
    for share, who in ((0.0, answered), (1.5, answered), (0.5, [])):
        with pytest.raises(UsageError):
            draw_again(who, share, 1)
