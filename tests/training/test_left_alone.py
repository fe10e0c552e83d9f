"""Clients a visit kept do not teach the model of risk that they stay."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataError, SchemaMismatch
from features.exit import ExitDefinition, Rule
from models import exit_risk
from models.boosting import Boosting
from models.learning import Kind, Learning
from models.rows import Rows, joined
from training import calibrating, dataset, metrics
from training.left_alone import DrawnLines, open_days_of, without_visits

HORIZONS = (28, 91)
MONDAY = 739000


def rows_of(X: pd.DataFrame, client_id: np.ndarray, day: int, left_on: np.ndarray) -> Rows:
    """Everything is known; `left_on` is the day of leaving, never where infinite."""
    left = np.column_stack([left_on <= day + days for days in HORIZONS])
    n = len(X)
    return Rows(
        X=X,
        client_id=client_id,
        day=np.full(n, day, dtype=np.int64),
        horizons=HORIZONS,
        choice=left,
        forced=np.zeros_like(left),
        decides=np.ones_like(left),
        matured=np.ones_like(left),
        weight=np.ones(n),
    )


def lines_of(table: pd.DataFrame) -> DrawnLines:
    return DrawnLines(
        client_id=table["client"].to_numpy(dtype=object),
        day=MONDAY + table["after"].astype(int).to_numpy(dtype=np.int64),
        given_out=(table["given_out"] == "yes").to_numpy(),
        chance=table["chance"].astype(float).to_numpy(),
    )


def test_what_each_outcome_counts_for(drawn: Callable[[str], pd.DataFrame]) -> None:
    lines = lines_of(
        drawn("""
            client | after | given_out | chance
            ama    | 10    | no        | 0.9
            ama    | 60    | no        | 0.5
            esi    | 40    | yes       | 0.9
            kofi   | 0     | yes       | 0.9
            kofi   | 92    | yes       | 0.9
            yaw    | 5     | no        | 0.9
            yaw    | 12    | no        | 0
            zuri   | 7     | yes       | 1
        """)
    )
    names = np.array(["ama", "bob", "esi", "kofi", "yaw", "zuri"], dtype=object)
    rows = rows_of(pd.DataFrame({"x": np.zeros(6)}), names, MONDAY, np.full(6, np.inf))

    counted, found = without_visits(rows, lines)

    expected = [[10, 20], [1, 1], [1, 0], [1, 1], [10, 10], [0, 0]]
    assert counted.alone == pytest.approx(np.array(expected))
    assert counted.told(1).tolist() == [True, True, False, True, True, False]
    assert (found.visited, found.nobody_stands_for, found.bounded) == (2, 1, 0)
    assert found.worth == pytest.approx(32**2 / (400 + 1 + 1 + 100))


def test_what_was_drawn_counts_as_long_as_it_holds(drawn: Callable[[str], pd.DataFrame]) -> None:
    table = drawn("""
        client | after | until | given_out | chance
        ama    | -30   | 61    | no        | 0.9
        bob    | -30   | 61    | yes       | 0.9
        esi    | -91   | 0     | no        | 0.9
        kofi   | -91   | 0     | yes       | 0.9
        yaw    | -30   | 61    | no        | 0.9
        yaw    | 62    | 153   | yes       | 0.9
    """)
    lines = replace(lines_of(table), until=MONDAY + table["until"].astype(int).to_numpy(dtype=np.int64))
    names = np.array(["ama", "bob", "esi", "kofi", "yaw"], dtype=object)
    rows = rows_of(pd.DataFrame({"x": np.zeros(5)}), names, MONDAY, np.full(5, np.inf))

    counted, _ = without_visits(rows, lines)

    assert counted.alone == pytest.approx(np.array([[10, 10], [0, 0], [1, 1], [1, 1], [10, 0]]))


def test_a_line_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(DataError, match="end before they begin"):
        DrawnLines(np.array(["a"], dtype=object), np.array([9]), np.array([True]), np.array([0.9]), np.array([8]))


def test_a_visit_in_the_grace_period_can_still_change_the_outcome(drawn: Callable[[str], pd.DataFrame]) -> None:
    lines = lines_of(
        drawn("""
            client | after | given_out | chance
            ama    | 100   | yes       | 0.9
        """)
    )
    rows = rows_of(pd.DataFrame({"x": [0.0]}), np.array(["ama"], dtype=object), MONDAY, np.array([np.inf]))
    two = joined([rows, rows_of(rows.X, np.array(["bob"], dtype=object), MONDAY, np.array([np.inf]))])

    counted, _ = without_visits(two, lines, open_days=30)

    assert counted.alone.tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize(("rule", "days"), [(Rule.DECISION_POINT, 61), (Rule.DORMANCY, 0)])
def test_until_when_a_visit_can_change_an_outcome_follows_from_the_exit_rule(rule: Rule, days: int) -> None:
    assert open_days_of(ExitDefinition(rule=rule, grace_days=60, closing_lag_days=5)) == days


def test_no_later_than_lists_name_those_who_rest() -> None:
    assert open_days_of(ExitDefinition(grace_days=60), rest_days=14) == 14
    assert open_days_of(ExitDefinition(grace_days=60), rest_days=1096) == 61


def test_a_bound_is_kept_and_counted(drawn: Callable[[str], pd.DataFrame]) -> None:
    weekly = "\n".join(f"ama | {7 * week} | no | 0.9" for week in range(1, 5))
    lines = lines_of(drawn(f"client | after | given_out | chance\n{weekly}"))
    rows = rows_of(pd.DataFrame({"x": [0.0]}), np.array(["ama"], dtype=object), MONDAY, np.array([np.inf]))

    counted, found = without_visits(rows, lines, largest=50)

    assert counted.alone.tolist() == [[50, 50]]
    assert found.bounded == 1


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_over_all_draws_the_outcomes_count_as_many_as_there_are_clients(seed: int) -> None:
    source = np.random.default_rng(seed)
    n, chance = 4000, source.uniform(0.3, 0.8)
    names = np.array([f"c{i}" for i in range(n)], dtype=object)
    lines = DrawnLines(names, np.full(n, MONDAY + 3), source.random(n) < chance, np.full(n, chance))

    counted, _ = without_visits(rows_of(pd.DataFrame({"x": np.zeros(n)}), names, MONDAY, np.full(n, np.inf)), lines)

    assert counted.alone.mean() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("given_out", "chance", "says"),
    [
        (True, 1.2, "not between 0 and 1"),
        (True, 0.0, "against their own chance"),
        (False, 1.0, "against their own chance"),
    ],
)
def test_a_log_that_cannot_be_is_refused(given_out: bool, chance: float, says: str) -> None:
    with pytest.raises(DataError, match=says):
        DrawnLines(np.array(["a"], dtype=object), np.array([1]), np.array([given_out]), np.array([chance]))


def test_without_a_hold_out_nothing_can_be_learnt_and_that_is_said() -> None:
    names = np.array(["a", "b"], dtype=object)
    lines = DrawnLines(names, np.full(2, MONDAY + 1), np.ones(2, dtype=bool), np.ones(2))

    with pytest.raises(DataError, match="without a hold-out"):
        without_visits(rows_of(pd.DataFrame({"x": [0.0, 1.0]}), names, MONDAY, np.full(2, np.inf)), lines)


def test_rows_with_visits_accounted_for_are_not_put_beside_rows_without() -> None:
    names = np.array(["a", "b"], dtype=object)
    plain = rows_of(pd.DataFrame({"x": [0.0, 1.0]}), names, MONDAY, np.full(2, np.inf))

    with pytest.raises(SchemaMismatch, match="accounted for"):
        joined([plain, replace(plain, alone=np.ones((2, 2)))])


def world(n: int, seed: int, *, lists: bool) -> tuple[Rows, DrawnLines, np.ndarray]:
    """Thirteen weeks in which news comes in, lists go by it, and a visit keeps nineteen of twenty would-be leavers.

    A tenth of those to be listed is held out for good. The first client-dates know nothing of the later news.
    """
    source = np.random.default_rng(seed)
    X = pd.DataFrame(source.normal(size=(n, 3)), columns=["arrears", "silence", "cycle"])
    names = np.array([f"s{seed}c{i:06d}" for i in range(n)], dtype=object)
    steady = -4.4 + 1.1 * X["arrears"].to_numpy() + 0.7 * X["silence"].to_numpy() * (X["cycle"].to_numpy() > 0)
    news = np.zeros(n)
    visited, held = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    left_on = np.full(n, np.inf)
    log: list[pd.DataFrame] = []
    for week in range(13):
        news += source.normal(0, 0.15, n)
        there = np.isinf(left_on)
        if lists:
            free = np.flatnonzero(there & ~visited & ~held)
            named = free[np.argsort(-(steady + news)[free], kind="stable")[: n // 40]]
            out = source.random(len(named)) < 0.9
            visited[named[out]], held[named[~out]] = True, True
            log.append(pd.DataFrame({"who": named, "day": MONDAY + 7 * week + 1, "out": out}))
        chance = 1 / (1 + np.exp(-(steady + news))) * np.where(visited, 0.05, 1.0)
        leaves = there & (source.random(n) < chance)
        left_on[leaves] = MONDAY + 7 * week + 7
    told = pd.concat(log) if log else pd.DataFrame({"who": [], "day": [], "out": []})
    lines = DrawnLines(
        names[told["who"].to_numpy(dtype=np.int64)],
        told["day"].to_numpy(dtype=np.int64),
        told["out"].to_numpy(dtype=bool),
        np.full(len(told), 0.9),
    )
    return rows_of(X, names, MONDAY, left_on), lines, visited


def measured(rows: Rows, kind: Kind, judged: Rows) -> tuple[float, float]:
    """AUC on clients without lists, and how far the mean risk of the tenth most at risk is from the share that left."""
    learning = Learning(
        kind=kind, boosting=Boosting(rounds=60, learning_rate=0.1, leaves=6, depth=3, min_rows=100, l2=10.0)
    )

    def fitted(part: Rows) -> exit_risk.ExitModel:
        return exit_risk.fit(part.weighted(dataset.weights(part)), learning, 91, 1, whole=False, threads=1)

    model = fitted(rows).calibrated(calibrating.tables(fitted, rows, 1))
    risk, left = model.risk(judged.X), judged.choice[:, 1]
    return metrics.auc(left, risk), metrics.calibration_error(left, risk)


@pytest.mark.parametrize("kind", [Kind.TAUGHT, Kind.SINGLE, Kind.HAZARD])
def test_a_model_from_two_years_of_lists_is_as_good_without_lists_as_one_from_a_world_that_had_none(kind: Kind) -> None:
    n = 30_000
    judged, _, _ = world(60_000, 900, lists=False)
    never, _, _ = world(n, 1, lists=False)
    treated, lines, visited = world(n, 2, lists=True)

    truth = measured(never, kind, judged)
    naive = measured(treated, kind, judged)
    repaired = measured(without_visits(treated, lines)[0], kind, judged)

    assert visited.mean() > 0.2
    assert truth[0] - naive[0] > 0.01
    assert naive[1] - truth[1] > 0.01
    assert abs(truth[0] - repaired[0]) < 0.01
    assert abs(truth[1] - repaired[1]) < 0.01


def test_dates_that_have_not_matured_teach_too_and_are_counted_as_far_as_they_are_known() -> None:
    judged, _, _ = world(30_000, 901, lists=False)
    treated, lines, _ = world(30_000, 3, lists=True)
    young = np.arange(len(treated)) % 3 == 0
    half_known = replace(treated, matured=np.column_stack([np.ones(len(treated), dtype=bool), ~young]))

    naive = measured(half_known, Kind.TAUGHT, judged)
    repaired = measured(without_visits(half_known, lines)[0], Kind.TAUGHT, judged)

    assert repaired[0] > naive[0] + 0.005
    assert repaired[1] < naive[1] / 2
