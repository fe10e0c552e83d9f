"""Who comes back when, and what silence tells."""

import numpy as np
import pytest

from features.connectors.simulated import rests


def test_everybody_who_stays_is_back_inside_the_grace_of_ninety_days() -> None:
    table = rests.stays()
    assert table.sum(axis=(1, 2)) == pytest.approx([1.0, 1.0, 1.0])
    asked, paid = np.nonzero(table.sum(axis=0))
    assert (asked <= paid).all()
    assert paid.max() * 7 <= 90


def test_returns_are_drawn_as_the_table_says() -> None:
    rng = np.random.default_rng(3)
    n = 200_000
    weights = np.tile([0.5, 0.2, 0.3], (n, 1))
    kind, asked, week = rests.draw_return(weights, rng.random(n), rng.random(n))
    assert np.bincount(kind) / n == pytest.approx([0.5, 0.2, 0.3], abs=0.005)
    drawn = np.zeros((3, 13, 13))
    np.add.at(drawn, (kind, asked, week), 1 / n)
    assert drawn == pytest.approx(rests.stays() * np.array([0.5, 0.2, 0.3])[:, None, None], abs=0.004)


@pytest.mark.parametrize(
    ("rested", "asked"),
    [(0, -1), (1, -1), (3, -1), (6, -1), (11, -1), (0, 0), (1, 0), (3, 0), (5, 0), (1, 1), (2, 1), (2, 2), (6, 6)],
)
def test_the_chance_of_having_left_is_what_is_found_among_many_who_look_the_same(rested: int, asked: int) -> None:
    rng = np.random.default_rng(5)
    n = 600_000
    leave, weights = 0.35, np.array([0.45, 0.15, 0.40])
    gone = rng.random(n) < leave
    _, asks, back = rests.draw_return(np.tile(weights, (n, 1)), rng.random(n), rng.random(n))
    withdraws = rng.random(n) < rests.WITHDRAWS
    asks = np.where(gone, np.where(withdraws, rng.integers(0, rests.ASKING_WEEKS, n), 99), asks)
    back = np.where(gone, 99, back)
    decided = np.where(gone, asks + rests.WITHDRAWN_AFTER, back)
    if asked == rests.NOT_ASKED:
        same = (back > rested) & (asks > rested)
    else:
        same = (back > rested) & (asks == asked) & (asked <= rested) & (decided > rested)
    assert same.sum() > 400
    found = gone[same].mean()
    told = rests.chance_left(
        np.array([leave]), weights[None, :], np.array([rested]), np.array([asked])
    )[0]  # fmt: skip
    assert told == pytest.approx(found, abs=4 * np.sqrt(told * (1 - told) / same.sum()) + 1e-9)


def test_after_the_grace_nobody_who_stays_is_left_out() -> None:
    told = rests.chance_left(np.array([0.1]), np.array([[0.4, 0.2, 0.4]]), np.array([12]), np.array([-1]))
    assert told == pytest.approx([1.0])
