"""Curves against lifelines, against a slow walk through the definition, and against hand counts."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from features.errors import DataError
from features.measures.survival import Spells, aalen_johansen, counted, kaplan_meier


def spells(*rows: tuple[int, int, int]) -> Spells:
    """Clients as (watched from, until, way; 0 is still there)."""
    since, until, event = (np.array(column) for column in zip(*rows, strict=True))
    return Spells(until, event, since)


def test_who_is_still_there_counts_for_as_long_as_she_is_watched_and_no_longer() -> None:
    # Of four, one leaves on day 2; one is last watched on day 3; of the two left, one leaves on day 5.
    curve = kaplan_meier(counted(spells((0, 2, 1), (0, 3, 0), (0, 5, 1), (0, 9, 0)), ways=1, days=9))

    assert curve.value.tolist() == [1, 1, 0.75, 0.75, 0.75, 0.375, 0.375, 0.375, 0.375, 0.375]


def test_who_is_first_seen_later_is_at_risk_from_then_on() -> None:
    curve = kaplan_meier(counted(spells((0, 2, 1), (0, 6, 0), (3, 5, 1), (3, 6, 0)), ways=1, days=6))

    assert curve.value.tolist() == [1, 1, 0.5, 0.5, 0.5, pytest.approx(0.5 * 2 / 3), pytest.approx(1 / 3)]


def test_beyond_the_last_day_somebody_was_watched_nothing_is_known() -> None:
    curve = kaplan_meier(counted(spells((0, 2, 1), (0, 3, 0)), ways=1, days=5))

    assert np.isnan(curve.value).tolist() == [False, False, False, False, True, True]


def test_that_nobody_has_left_yet_does_not_say_that_nobody_can() -> None:
    counts = counted(spells(*[(0, 9, 0)] * 30), ways=1, days=9)

    there, left = kaplan_meier(counts), aalen_johansen(counts, 1)

    # Were it 11.6 %, one would see none of 30 leave in 2.5 of 100 cases.
    assert (left.low[5], left.value[5]) == (0, 0)
    assert left.high[5] == pytest.approx(1 - 0.025 ** (1 / 30)) == pytest.approx(0.116, abs=1e-3)
    assert (there.low[5], there.value[5], there.high[5]) == (pytest.approx(0.025 ** (1 / 30)), 1, 1)


def test_ways_to_leave_compete_and_add_up_to_all_who_left() -> None:
    counts = counted(spells((0, 2, 1), (0, 3, 2), (0, 4, 0), (0, 5, 1), (0, 9, 0)), ways=2, days=9)

    together = aalen_johansen(counts, 1).value + aalen_johansen(counts, 2).value

    assert together == pytest.approx(1 - kaplan_meier(counts).value)


@pytest.mark.parametrize("row", [(3, 3, 0), (-1, 3, 1)])
def test_nobody_can_have_been_watched_for_no_time_at_all(row: tuple[int, int, int]) -> None:
    with pytest.raises(DataError, match="watched for a day"):
        spells(row)


ROWS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 40), st.integers(0, 2)).map(lambda r: (r[0], r[0] + r[1], r[2])),
    min_size=2,
    max_size=40,
)
STARTED = st.lists(st.tuples(st.just(0), st.integers(1, 40), st.integers(0, 2)), min_size=5, max_size=60)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_kaplan_meier_is_that_of_lifelines(rows: list[tuple[int, int, int]]) -> None:
    # lifelines refuses books in which everybody watched at first leaves before others enter.
    rows = [*rows, (0, 60, 0)]
    given_spells = spells(*rows)
    mine = kaplan_meier(counted(given_spells, ways=2, days=60))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = KaplanMeierFitter().fit(given_spells.until, given_spells.event > 0, entry=given_spells.since)
        days = [day for day in range(1, 61) if not math.isnan(mine.value[day])]
        value = theirs.survival_function_at_times(days).to_numpy()
        interval = theirs.confidence_interval_survival_function_.to_numpy()
    at = np.searchsorted(theirs.survival_function_.index.to_numpy(), days, side="right") - 1

    assert mine.value[days] == pytest.approx(value)
    inside = (value > 1e-9) & (value < 1 - 1e-9)
    assert mine.low[days][inside] == pytest.approx(interval[at, 0][inside], abs=1e-6)
    assert mine.high[days][inside] == pytest.approx(interval[at, 1][inside], abs=1e-6)


def slow_aalen_johansen(rows: list[tuple[int, int, int]], way: int, day: int) -> tuple[float, float]:
    """Share and variance on a day, term by term from the definition (Dinse and Larson 1986)."""
    alive, share, terms = 1.0, 0.0, []
    for u in range(1, day + 1):
        at_risk = sum(since < u <= until for since, until, _ in rows)
        if not at_risk:
            continue
        gone = sum(until == u and event > 0 for _, until, event in rows)
        mine = sum(until == u and event == way for _, until, event in rows)
        share += alive * mine / at_risk
        terms.append((share, alive, at_risk, gone, mine))
        alive *= 1 - gone / at_risk
    variance = 0.0
    for then, before, n, d, own in terms:
        variance += (share - then) ** 2 * d / (n * (n - d)) if n > d else 0.0
        variance += before**2 * own * (n - own) / n**3 - 2 * (share - then) * before * own / n**2
    return share, max(variance, 0.0)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from([1, 2]), st.integers(1, 60))
def test_aalen_johansen_is_that_of_the_definition(rows: list[tuple[int, int, int]], way: int, day: int) -> None:
    share, variance = slow_aalen_johansen(rows, way, day)

    curve = aalen_johansen(counted(spells(*rows), ways=2, days=60), way)

    if math.isnan(curve.value[day]):
        return
    assert curve.value[day] == pytest.approx(share)
    if 1e-9 < share < 1 - 1e-9:
        reach = 1.959963984540054 * math.sqrt(variance) / (share * abs(math.log(share)))
        assert curve.low[day] == pytest.approx(share ** math.exp(reach), abs=1e-7)
        assert curve.high[day] == pytest.approx(share ** math.exp(-reach), abs=1e-7)


@settings(max_examples=15, deadline=None)
@given(STARTED)
def test_aalen_johansen_is_that_of_lifelines_where_nobody_enters_late(rows: list[tuple[int, int, int]]) -> None:
    # lifelines breaks ties at random where it finds any, so each client gets a day of her own.
    apart = [(0, until * 100 + place, event) for place, (_, until, event) in enumerate(rows)]
    if not any(event == 1 for _, _, event in apart):
        return
    given_spells = spells(*apart)
    mine = aalen_johansen(counted(given_spells, ways=2, days=5000), 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = AalenJohansenFitter(seed=1).fit(given_spells.until, given_spells.event, event_of_interest=1)
    table: pd.DataFrame = theirs.cumulative_density_
    days = table.index.to_numpy().astype(int)
    known = ~np.isnan(mine.value[days])

    assert mine.value[days][known] == pytest.approx(table.iloc[:, 0].to_numpy()[known])


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_curves_are_shares_inside_their_intervals_and_never_turn_back(rows: list[tuple[int, int, int]]) -> None:
    counts = counted(spells(*rows), ways=2, days=70)
    there, left = kaplan_meier(counts), aalen_johansen(counts, 1)

    for curve in (there, left):
        known = ~np.isnan(curve.value)
        assert ((curve.value[known] >= -1e-12) & (curve.value[known] <= 1 + 1e-12)).all()
        assert (curve.low[known] <= curve.value[known] + 1e-12).all()
        assert (curve.high[known] >= curve.value[known] - 1e-12).all()
    assert (np.diff(there.value[~np.isnan(there.value)]) <= 1e-12).all()
    assert (np.diff(left.value[~np.isnan(left.value)]) >= -1e-12).all()
