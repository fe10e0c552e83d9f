"""Branches that begin one after another: the order by lot, and what it shows."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError, UsageError
from training.effect.stepped import stepped, steps

BRANCHES = [f"b{n:02d}" for n in range(12)]


def weeks_of(plan: pd.DataFrame, effect: float, seed: int, weeks: int = 20, clients: int = 60) -> pd.DataFrame:
    """Weekly shares: branches and weeks have their own level, and lists change it by `effect`."""
    draw = np.random.default_rng(seed)
    own, season = draw.normal(0, 0.05, len(plan)), 0.05 * np.sin(np.arange(weeks) / 3)
    rows = []
    for place, (branch, start) in enumerate(zip(plan["branch"], plan["starts_week"], strict=True)):
        for week in range(weeks):
            risk = np.clip(0.3 + own[place] + season[week] + effect * (week >= start), 0.01, 0.99)
            rows.append({"branch": branch, "week": week, "clients": clients, "left": draw.binomial(clients, risk)})
    return pd.DataFrame(rows)


@given(st.sets(st.text("abcxyz", min_size=1, max_size=4), min_size=4, max_size=20), st.integers(0, 99))
def test_every_branch_begins_once_in_steps_as_even_as_can_be(names: set[str], seed: int) -> None:
    plan = steps(sorted(names), 4, 3, seed)

    counts = plan["step"].value_counts()
    assert sorted(plan["branch"]) == sorted(names)
    assert counts.max() - counts.min() <= 1
    assert set(plan["step"]) == {1, 2, 3, 4}
    assert (plan["starts_week"] == 3 * plan["step"]).all()


def test_the_order_is_by_lot_and_the_same_for_the_same_seed_whatever_the_order_of_names() -> None:
    pd.testing.assert_frame_equal(steps(BRANCHES, 4, 3, 7), steps(BRANCHES[::-1], 4, 3, 7))
    first = [steps(BRANCHES, 4, 3, seed).query("step == 1")["branch"].tolist() for seed in range(300)]

    assert all(40 < sum(name in names for names in first) < 115 for name in BRANCHES)


def test_the_effect_is_that_of_a_regression_on_weeks_and_branches() -> None:
    plan = steps(BRANCHES, 4, 4, 1)
    rows = weeks_of(plan, -0.1, 1).merge(plan, on="branch")
    rows["clients"] = 40 + 3 * (rows.index % 7)

    found = stepped(rows[["branch", "week", "clients", "left"]], plan).finding.table.iloc[0]

    dummies = pd.get_dummies(rows[["branch", "week"]].astype(str), drop_first=True, dtype=float)
    X = sm.add_constant(dummies.assign(on=(rows["week"] >= rows["starts_week"]).astype(float)))
    expected = sm.WLS(rows["left"] / rows["clients"], X, weights=rows["clients"]).fit().params["on"]
    assert found["effect"] == pytest.approx(expected)


def test_p_counts_the_lots_that_look_as_strange() -> None:
    """Six branches, one beginning a step: all 720 orders by hand."""
    plan = steps(BRANCHES[:6], 6, 2, 3)
    rows = weeks_of(plan, -0.05, 3, weeks=14)
    share = (rows["left"] / rows["clients"]).to_numpy().reshape(6, 14)

    def effect(starts: tuple[int, ...]) -> float:
        on = (np.arange(14)[None, :] >= np.array(starts)[:, None]).astype(float)
        cleared = on - on.mean(0) - on.mean(1)[:, None] + on.mean()
        return float((cleared * share).sum() / (cleared**2).sum())

    drawn = tuple(plan["starts_week"])
    all_orders = np.array([effect(order) for order in permutations(drawn)])
    expected = np.mean(np.abs(all_orders) >= abs(effect(drawn)) - 1e-12)

    assert stepped(rows, plan).finding.table["p"].iloc[0] == pytest.approx(expected, abs=0.04)


def test_the_interval_holds_exactly_the_effects_that_are_not_refused() -> None:
    plan = steps(BRANCHES, 4, 4, 5)
    rows = weeks_of(plan, -0.08, 5)
    found = stepped(rows, plan).finding.table.iloc[0]
    on = rows.merge(plan, on="branch").eval("week >= starts_week").to_numpy()

    def p(effect: float) -> float:
        return float(
            stepped(rows.assign(left=rows["left"] - effect * on * rows["clients"]), plan).finding.table["p"].iloc[0]
        )

    width = found["high"] - found["low"]
    assert p(found["low"] + 0.02 * width) > 0.05 >= p(found["low"] - 0.02 * width)
    assert p(found["high"] - 0.02 * width) > 0.05 >= p(found["high"] + 0.02 * width)


def test_over_many_lots_it_holds_the_truth() -> None:
    covered, claimed = 0, 0
    for seed in range(40):
        plan = steps(BRANCHES, 4, 4, seed)
        row, none = (stepped(weeks_of(plan, effect, seed), plan).finding.table.iloc[0] for effect in (-0.1, 0.0))
        covered += row["low"] <= -0.1 <= row["high"]
        claimed += not none["low"] <= 0 <= none["high"]

    assert covered >= 35
    assert claimed <= 5


def test_it_is_said_in_words() -> None:
    plan = steps(BRANCHES, 4, 4, 2)

    sure = stepped(weeks_of(plan, -0.15, 2, clients=400), plan).finding.said
    unsure = stepped(weeks_of(plan, 0.0, 2), plan).finding.said

    assert sure.startswith("Of 100 clients who would be listed 1")
    assert "more stayed once their branch had lists" in sure
    assert unsure.startswith("Whether lists help cannot be told yet from 12 branches")


def test_too_few_orders_tell_nothing() -> None:
    plan = steps(BRANCHES[:4], 2, 4, 1)

    with pytest.raises(DataError, match="only 6 orders could have been drawn"):
        stepped(weeks_of(plan, 0.0, 1), plan)


def test_a_missing_week_of_a_branch_is_refused() -> None:
    plan = steps(BRANCHES, 4, 4, 1)

    with pytest.raises(DataError, match="needs clients in every week"):
        stepped(weeks_of(plan, 0.0, 1).iloc[1:], plan)


@pytest.mark.parametrize(("branches", "count"), [(["a", "b"], 3), (["a", "a", "b"], 2), (["a", "b", "c"], 1)])
def test_steps_that_cannot_be_are_refused(branches: list[str], count: int) -> None:
    with pytest.raises(UsageError, match="steps of 2 weeks cannot be made"):
        steps(branches, count, 2, 1)
