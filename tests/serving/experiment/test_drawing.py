"""Who is drawn: the first in order, then those who fill the places of those left out; and chance knows no order."""

import numpy as np
import pytest

from serving.barring import Mask
from serving.experiment.drawing import Asking, Drawn, Experiment, Positions, draw, unit_of_client
from serving.experiment.lot import Arm, Lot

ALIKE = {"stratum": "b1/high", "band": "high", "list_of": "o1"}


def drawn_of(count: int, places: int, experiment: Experiment, first: int = 0) -> Drawn:
    """So many clients of one branch and band ask for so many places, in the order of their numbers."""
    client_id = np.array([f"c{number}" for number in range(first, first + count)], dtype=object)
    unit = np.array([unit_of_client(client) for client in client_id], dtype=object)

    def placing(some: Positions) -> Mask:
        return np.arange(len(some)) < places

    alike = {name: np.full(count, said, dtype=object) for name, said in ALIKE.items()}
    nobody, alone = np.zeros(count, dtype=bool), np.arange(count)
    asking = Asking(client_id, unit, expected=nobody, together=alone, places={"o1": places}, besides={}, **alike)
    return draw(asking, experiment, placing)


def test_who_fills_a_place_is_drawn_too_and_the_list_is_as_long_as_without_a_lot() -> None:
    turns = drawn_of(60, 10, Experiment(Lot(b"a seed", 0.5))).turns

    assert [turn.client_id for turn in turns] == [f"c{number}" for number in range(len(turns))]
    assert [turn.place for turn in turns] == list(range(len(turns)))
    assert sum(turn.arm is Arm.LISTED for turn in turns) == 10


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
    # Blocks with a fixed number left out would put them a tenth to a third of a standard deviation before the listed.
    assert abs(np.mean(away)) < 3.5 * np.std(away) / np.sqrt(len(away))
