"""What drivers add, carry and change by, on contributions drawn by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn

from models.calibration import sigmoid
from training.drivers.carried import carried, pareto
from training.drivers.causes_alike import groups, summed
from training.drivers.contributions import averages, by_driver
from training.drivers.ease import Cost, Ease, Who
from training.drivers.quick_wins import CONTEXT, FILL_IN, PROJECT, QUICK_WIN, board
from training.drivers.shift import shift
from training.drivers.stage import above_usual

FEATURES = ["days_since_contact", "late_share_182d", "loans_taken"]
LOG_ODDS = drawn.arrays(np.float64, st.tuples(st.integers(2, 40), st.just(3)), elements=st.floats(-3, 3))


def frame(values: np.ndarray, columns: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        values, columns=columns or ["OFF-2", "ARR-1", "PAY-1"], index=[f"c{n}" for n in range(len(values))]
    )


def test_a_part_of_fewer_than_twenty_is_named_without_figures() -> None:
    values = frame(np.ones((100, 3)))
    part = pd.Series(["North"] * 50 + ["South"] * 38 + ["West"] * 12, index=values.index)

    table = averages(values, part).table

    shown = table.groupby("part")["mean"].apply(lambda mean: mean.notna().all()).to_dict()
    assert shown == {"North": True, "South": False, "West": False}


def test_the_mean_over_the_book_is_the_mean_over_its_parts_weighted_by_clients() -> None:
    values = frame(np.random.default_rng(1).normal(size=(200, 3)))
    part = pd.Series(np.where(np.arange(200) < 60, "North", "South"), index=values.index)

    whole = averages(values).table.set_index("driver")["mean"]
    parts = averages(values, part).table

    joined = (parts["mean"] * parts["clients"]).groupby(parts["driver"]).sum() / 200
    assert joined.to_dict() == pytest.approx(whole.to_dict())


def test_features_of_one_driver_are_one_sum() -> None:
    values = frame(np.array([[1.0, 2.0, 3.0]]), ["days_since_contact", "late_share_182d", "days_since_visit"])

    assert by_driver(values.drop(columns="days_since_visit")).to_dict("records") == [{"ARR-1": 2.0, "OFF-2": 1.0}]


@given(LOG_ODDS)
def test_together_never_falls_and_ends_with_what_all_of_them_carry(values: np.ndarray) -> None:
    margin = values.sum(axis=1) - 1.0

    table = pareto(frame(values), margin, sigmoid).table

    whole = (sigmoid(margin) - sigmoid(margin - np.maximum(values, 0).sum(axis=1))).sum()
    assert (np.diff(table["together"]) >= -1e-9).all()
    assert table["together"].iloc[-1] == pytest.approx(whole)
    assert table["together"].iloc[0] == pytest.approx(table["exits"].iloc[0])
    assert (table["exits"] <= sigmoid(margin).sum() + 1e-9).all()


@given(LOG_ODDS)
def test_a_driver_carries_what_a_slow_sum_over_clients_says(values: np.ndarray) -> None:
    margin = values.sum(axis=1)

    table = carried(frame(values), margin, sigmoid).set_index("driver")

    for place, driver in enumerate(["OFF-2", "ARR-1", "PAY-1"]):
        slow = 0.0
        for client in range(len(values)):
            without = margin[client] - max(values[client, place], 0.0)
            slow += 1 / (1 + np.exp(-margin[client])) - 1 / (1 + np.exp(-without))
        assert table.loc[driver, "exits"] == pytest.approx(slow, abs=1e-9)


@given(LOG_ODDS, LOG_ODDS, st.randoms(use_true_random=False))
def test_composition_and_weight_add_up_to_the_change(before: np.ndarray, after: np.ndarray, chance: object) -> None:
    draw = np.random.default_rng(chance.randrange(2**32))  # type: ignore[attr-defined]
    X0, X1 = (frame(draw.integers(0, 4, own.shape).astype(float), FEATURES) for own in (before, after))

    table = shift((X0, frame(before, FEATURES)), (X1, frame(after, FEATURES))).table

    assert (table["composition"] + table["weight"]).to_numpy() == pytest.approx(table["change"].to_numpy(), abs=1e-9)
    assert table["change"].sum() == pytest.approx(after.mean(axis=0).sum() - before.mean(axis=0).sum(), abs=1e-9)


def test_more_clients_with_the_same_figures_is_composition_and_a_new_weight_is_weight() -> None:
    X = frame(np.array([[0.0], [0.0], [1.0], [1.0]]), ["loans_taken"])
    more = frame(np.array([[0.0], [1.0], [1.0], [1.0]]), ["loans_taken"])

    moved = shift((X, X), (more, more)).table.iloc[0]
    heavier = shift((X, X), (X, 3 * X)).table.iloc[0]

    assert (moved["composition"], moved["weight"]) == pytest.approx((0.25, 0.0))
    assert (heavier["composition"], heavier["weight"]) == pytest.approx((0.0, 1.0))


def test_features_that_move_together_are_one_cause_and_others_are_not() -> None:
    draw = np.random.default_rng(4)
    a = draw.normal(size=500)
    X = pd.DataFrame({"a": a, "b": np.exp(a) + 0.01 * draw.normal(size=500), "c": draw.normal(size=500), "d": 1.0})
    X.loc[:400, "c"] = np.nan

    own = groups(X)

    assert own.to_dict() == {"a": "a", "b": "a", "c": "c", "d": "d"}
    assert summed(pd.DataFrame({"a": [1.0], "b": [2.0], "c": [4.0], "d": [8.0]}), own).to_dict("records") == [
        {"a": 3.0, "c": 4.0, "d": 8.0}
    ]


def test_the_board_puts_worth_first_and_names_the_quadrant() -> None:
    found = pd.DataFrame(
        {
            "driver": ["SEA-1", "AMT-2", "GRP-2", "CHN-1", "OFF-2"],
            "exits": [90.0, 50.0, 30.0, 2.0, 2.0],
            "low": 0.0,
            "high": 99.0,
            "share": [0.4, 0.3, 0.2, 0.01, 0.01],
        }
    )
    ease = {
        "AMT-2": Ease(Who.HEAD_OFFICE, Cost.HIGH, 26),
        **dict.fromkeys(("GRP-2", "CHN-1", "OFF-2"), Ease(Who.OFFICER, Cost.LOW, 2)),
    }

    finding = board(found, ease)

    assert finding.table[["place", "driver", "quadrant"]].to_numpy().tolist() == [
        [1, "GRP-2", QUICK_WIN],
        [2, "AMT-2", PROJECT],
        [3, "CHN-1", FILL_IN],
        [4, "OFF-2", FILL_IN],
        [5, "SEA-1", CONTEXT],
    ]
    assert finding.said.startswith("The first quick win is GRP-2 (seen less often at meetings): it carries 30")


def test_the_board_does_not_depend_on_the_order_of_its_rows() -> None:
    found = pd.DataFrame({"driver": ["OFF-2", "CHN-1"], "exits": 1.0, "low": 0.0, "high": 2.0, "share": 0.5})
    ease = dict.fromkeys(("CHN-1", "OFF-2"), Ease(Who.OFFICER, Cost.LOW, 2))

    pd.testing.assert_frame_equal(board(found, ease).table, board(found[::-1], ease).table)


def test_what_follows_from_the_stage_of_the_loan_alone_carries_nothing() -> None:
    at = pd.Series(["ends in 1"] * 3 + ["ends in 9"] * 2, index=[f"c{n}" for n in range(5)])
    timing, own = np.array([2.0, 2.0, 2.0, -1.0, -1.0]), np.array([0.0, 0.0, 3.0, 0.0, 0.0])
    values = frame(np.column_stack([timing, own]), ["RNW-1", "ARR-1"])

    table = carried(above_usual(values, at), timing + own, sigmoid).set_index("driver")

    assert table.loc["RNW-1", "exits"] == pytest.approx(0.0, abs=1e-12)
    assert table.loc["ARR-1", "clients"] == 1
