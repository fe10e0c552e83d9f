"""Intervals where clients leave together: against leaving each cluster out, Greenwood's formula, and copies."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.measures.clustered import ALONE, FEWEST, UNKNOWN, Clusters, influence, standard_errors, widened
from features.measures.survival import Spells, aalen_johansen, counted, kaplan_meier

LAST = 60
WAY = st.sampled_from([None, 1, 2])
#: (watched from, for so many days, way; 0 is still there), cluster.
CLIENT = st.tuples(st.integers(0, 20), st.integers(1, 40), st.integers(0, 2), st.integers(0, 9))
CLIENTS = st.lists(CLIENT, min_size=3, max_size=40)
#: Watched from the beginning until each has left.
UNCENSORED = st.lists(st.tuples(st.just(0), st.integers(1, 40), st.integers(1, 2), st.just(0)), min_size=3, max_size=40)

Row = tuple[int, int, int, int]


def spells(rows: list[Row]) -> Spells:
    since, lasted, event, _ = (np.array(column) for column in zip(*rows, strict=True))
    return Spells(since + lasted, event, since)


def together(rows: list[Row]) -> Clusters:
    number = pd.factorize(np.array([row[3] for row in rows]))[0]
    return Clusters(number, "officer", 0)


def share(rows: list[Row], way: int | None, weights: np.ndarray, day: int) -> float:
    """Share gone by a day when each client counts so many times, walked through day by day."""
    alive, answer = 1.0, 0.0
    given_spells = spells(rows)
    for u in range(1, day + 1):
        at_risk = weights[(given_spells.since < u) & (u <= given_spells.until)].sum()
        left = (given_spells.until == u) & (given_spells.event > 0)
        mine = left if way is None else left & (given_spells.event == way)
        if at_risk > 0:
            answer += alive * weights[mine].sum() / at_risk
            alive *= 1 - weights[left].sum() / at_risk
    return answer


@settings(max_examples=60, deadline=None)
@given(CLIENTS, WAY, st.integers(1, LAST))
def test_a_clients_influence_is_how_fast_the_curve_moves_with_her_weight(
    rows: list[Row], way: int | None, day: int
) -> None:
    # One who stays, so that nowhere all who are at risk leave at once: there the curve has a corner.
    rows = [*rows, (0, LAST, 0, 9)]
    given_spells, step = spells(rows), 1e-5
    ones = np.ones(len(rows))

    found = influence(given_spells, counted(given_spells, ways=2, days=LAST), [day], way)[0]

    for client in range(len(rows)):
        lean = np.where(np.arange(len(rows)) == client, step, 0.0)
        slope = (share(rows, way, ones + lean, day) - share(rows, way, ones - lean, day)) / (2 * step)
        assert found[client] == pytest.approx(slope, abs=1e-6)
    assert found.sum() == pytest.approx(0, abs=1e-9)


def test_the_variance_is_near_that_of_leaving_each_cluster_out_in_turn() -> None:
    # 60 clusters of 20 clients, of whom those of a cluster leave early or late together.
    rng = np.random.default_rng(5)
    pace = np.repeat(np.exp(0.8 * rng.standard_normal(60)), 20)
    lasted = 1 + np.minimum(rng.exponential(30 * pace), 90).astype(int)
    censored = rng.integers(10, 80, 1200)
    way = np.where(lasted <= censored, rng.integers(1, 3, 1200), 0)
    rows = list(zip([0] * 1200, np.minimum(lasted, censored).tolist(), way.tolist(), np.repeat(range(60), 20).tolist(),
                    strict=True))  # fmt: skip
    given_spells, clusters = spells(rows), together(rows)

    for chosen in (None, 1, 2):
        found = standard_errors(given_spells, counted(given_spells, ways=2, days=40), clusters, [40], chosen)[0]

        whole = np.ones(1200)
        left_out = [share(rows, chosen, np.where(clusters.number == one, 0.0, whole), 40) for one in range(60)]
        jackknife = np.sqrt(59 / 60 * ((np.array(left_out) - np.mean(left_out)) ** 2).sum())
        assert found == pytest.approx(jackknife, rel=0.03)


@settings(max_examples=60, deadline=None)
@given(UNCENSORED, st.integers(1, 39))
def test_with_everybody_alone_and_watched_to_the_end_the_variance_is_greenwoods_times_n_over_n_less_one(
    rows: list[Row], day: int
) -> None:
    given_spells, n = spells(rows), len(rows)

    found = standard_errors(given_spells, counted(given_spells, 2, LAST), Clusters.each_alone(n), [day])[0]

    there = float((given_spells.until > day).mean())
    # Nobody is censored, so that Greenwood's formula is that of a share.
    assert found**2 == pytest.approx(n / (n - 1) * there * (1 - there) / n)


@settings(max_examples=30, deadline=None)
@given(CLIENTS, WAY, st.integers(1, LAST), st.integers(2, 5))
def test_copies_of_clients_in_their_own_cluster_tell_nothing_new(
    rows: list[Row], way: int | None, day: int, copies: int
) -> None:
    def told(some: list[Row]) -> float:
        given_spells = spells(some)
        clusters = Clusters(np.array([row[3] for row in some]), "officer", 0)
        return float(standard_errors(given_spells, counted(given_spells, 2, LAST), clusters, [day], way)[0])

    each_apart = [(*row[:3], number) for number, row in enumerate(rows)]

    assert told(each_apart * copies) == pytest.approx(told(each_apart))


@settings(max_examples=60, deadline=None)
@given(CLIENTS, WAY)
def test_the_interval_is_never_narrower_than_if_each_left_by_herself(rows: list[Row], way: int | None) -> None:
    rows = [*rows, (0, LAST, 0, 10), (0, LAST, 0, 11)]
    given_spells, days = spells(rows), range(1, LAST + 1)
    counts = counted(given_spells, ways=2, days=LAST)
    curve = kaplan_meier(counts) if way is None else aalen_johansen(counts, way)

    wide, narrow = widened(curve, given_spells, counts, together(rows), days, way), curve.at(days)

    assert wide["value"].equals(narrow["value"])
    assert (wide["low"] <= narrow["low"]).all()
    assert (wide["high"] >= narrow["high"]).all()
    assert wide["low"].between(0, wide["value"]).all()
    assert wide["high"].between(wide["value"], 1).all()


def test_where_clients_of_an_officer_leave_together_the_interval_is_as_wide_as_that_of_officers() -> None:
    # 10 officers with 100 clients each: of five officers all leave on day 5, of five nobody does.
    rows = [(0, 5 if officer < 5 else 9, int(officer < 5), officer) for officer in range(10) for _ in range(100)]
    given_spells = spells(rows)
    counts = counted(given_spells, ways=1, days=9)

    found = widened(kaplan_meier(counts), given_spells, counts, together(rows), [5]).loc[5]

    # Ten heads or tails: 0.5 with a standard error of 0.5 / sqrt(9), Student's quantile 2.262 of 9, log(-log) scale.
    reach = 2.262 * (0.5 / 3) / (0.5 * np.log(2))
    assert found.tolist() == pytest.approx([0.5, 0.5 ** np.exp(reach), 0.5 ** np.exp(-reach)], abs=1e-4)


@pytest.mark.parametrize(
    ("known", "level", "clusters", "alone"),
    [
        pytest.param({"branch": [k % 8 for k in range(80)], "officer": [k % 16 for k in range(80)]}, "branch", 8, 0,
                     id="branches, where there are enough"),
        pytest.param({"branch": [k % 7 for k in range(80)], "officer": [k % 16 for k in range(80)]}, "officer", 16, 0,
                     id="officers, where branches are too few"),
        pytest.param({"officer": [k % 3 for k in range(80)], "group": [k // 4 for k in range(80)]}, "group", 20, 0,
                     id="groups, where officers are too few"),
        pytest.param({"officer": [k % 3 for k in range(80)]}, ALONE, 80, 80, id="nobody, where all are too few"),
        pytest.param({"officer": [UNKNOWN] * 80}, ALONE, 80, 80, id="nobody, where nothing is known"),
        pytest.param({"officer": [k % 10 if k < 60 else UNKNOWN for k in range(80)],
                      "group": [UNKNOWN if k < 70 else k % 2 for k in range(80)]},
                     "officer", 6400 / (10 * 36 + 2 * 25 + 10), 10, id="group, else herself, of whom it is not known"),
    ],
)  # fmt: skip
def test_clients_are_put_together_by_the_coarsest_level_of_which_there_are_enough(
    known: dict[str, list[int]], level: str, clusters: float, alone: int
) -> None:
    found = Clusters.coarsest({name: np.array(numbers) for name, numbers in known.items()}, 80)

    assert (found.level, found.as_equal, found.alone) == (level, pytest.approx(clusters), alone)


def test_large_clusters_among_small_ones_count_for_less() -> None:
    even, uneven = np.repeat(range(FEWEST), 10), np.repeat(range(FEWEST), [66, *[2] * (FEWEST - 1)])

    assert Clusters(even, "officer", 0).as_equal == pytest.approx(FEWEST)
    assert Clusters(uneven, "officer", 0).as_equal == pytest.approx(80**2 / (66**2 + 7 * 4))
