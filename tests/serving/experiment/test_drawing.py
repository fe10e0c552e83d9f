"""Who is drawn: the first in order, then those who fill the places of those left out; and chance knows no order."""

import numpy as np
import pytest

from serving.barring import Mask
from serving.experiment.drawing import Drawn, Experiment, Positions, draw, unit_of_client
from serving.experiment.lot import Arm, Lot


def drawn_of(count: int, places: int, experiment: Experiment, first: int = 0) -> Drawn:
    """So many clients of one branch and band ask for so many places, in the order of their numbers."""
    client_id = np.array([f"c{number}" for number in range(first, first + count)], dtype=object)
    unit = np.array([unit_of_client(client) for client in client_id], dtype=object)

    def placing(some: Positions) -> Mask:
        return np.arange(len(some)) < places

    return draw(client_id, unit, np.full(count, "b1/high", dtype=object), experiment, placing)


def test_who_fills_a_place_is_drawn_in_a_stratum_of_her_own() -> None:
    turns = drawn_of(40, 10, Experiment(Lot(b"a seed", 0.5))).turns
    left_out = [[turn for turn in turns if turn.arm is Arm.HELD_OUT and turn.stratum == of] for of in STRATA]

    assert [turn.client_id for turn in turns] == [f"c{number}" for number in range(len(turns))]
    assert [turn.place for turn in turns if turn.stratum == "b1/high"] == list(range(10))
    for before, after in zip(left_out, STRATA[1:], strict=False):
        assert [turn.place for turn in turns if turn.stratum == after] == list(range(len(before)))
    assert len(left_out[0]) == 5
    assert len(turns) - sum(map(len, left_out)) >= 10, "the list is as long as it would be without a lot"


STRATA = ("b1/high", "b1/high/filling 1", "b1/high/filling 2", "b1/high/filling 3", "b1/high/filling 4")


@pytest.mark.parametrize(("share", "places"), [(0.1, 9), (0.3, 7)])
def test_who_comes_first_in_the_order_is_left_out_as_often_as_who_comes_last(share: float, places: int) -> None:
    away = []
    for seed in range(120):
        lot, taken, order, out = Lot(f"seed {seed}".encode(), share), dict[str, int](), [], []
        for week in range(10):
            turns = drawn_of(3 * places, places, Experiment(lot, taken=taken), first=100 * week).turns
            for turn in turns:
                taken[turn.stratum] = turn.place + 1
                order.append(turn.position)
                out.append(turn.arm is Arm.HELD_OUT)
        rank, left = np.array(order, dtype=float), np.array(out)
        away.append((rank[left].mean() - rank[~left].mean()) / rank.std())
    # One stratum for all would put those left out a tenth to a third of a standard deviation before the listed.
    assert abs(np.mean(away)) < 3.5 * np.std(away) / np.sqrt(len(away))
