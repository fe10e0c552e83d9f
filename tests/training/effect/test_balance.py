"""Whether the lot was a fair one."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.training.effect.reference.lots import World, counted, drawn
from training.effect.allocations import settled
from training.effect.balance import balance, lost

WHAT = ("risk", "cycle", "tenure")


def log(seed: int, clients: int = 600, share: float = 0.2) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    held = draw.permutation(clients) < share * clients
    return counted((0, clients), (0, 0), propensity=share).assign(
        arm=np.where(held, "hold_out", "listed"),
        stratum=draw.choice(["a", "b"], clients),
        risk=draw.uniform(0, 1, clients),
        cycle=draw.integers(1, 9, clients),
        tenure=np.where(draw.random(clients) < 0.1, np.nan, draw.gamma(2, 300, clients)),
    )


def test_the_difference_is_in_standard_deviations() -> None:
    rows = counted((0, 2), (0, 2)).assign(risk=[0.2, 0.4, 0.1, 0.3])

    table = balance(rows, ["risk"]).finding.table.iloc[0]

    assert (table["listed"], table["held_out"]) == pytest.approx((0.3, 0.2))
    assert table["difference"] == pytest.approx(0.1 / np.std([0.1, 0.2, 0.3, 0.4]))
    assert table["beyond"]


def test_fair_lots_are_believed_as_often_as_stated() -> None:
    found = [balance(log(seed), WHAT) for seed in range(200)]

    assert not any(each.doubtful for each in found)
    assert 2 <= sum(each.alike_p < 0.05 for each in found) <= 20


def test_the_lot_of_a_weekly_run_with_households_and_blocks_is_believed() -> None:
    found = balance(drawn(World(weeks=40, seed=2)), WHAT)

    assert not found.doubtful
    assert abs(found.drawn - found.expected) < 15
    assert "tenure not known" in set(found.finding.table["covariate"])


def test_whoever_picks_the_easy_clients_for_the_lists_is_found_out() -> None:
    rows = log(1)
    riskiest = rows["risk"].rank(ascending=False)
    picked = rows.assign(arm=np.where((riskiest < 250) & (riskiest % 2 < 1), "hold_out", "listed"))

    found = balance(picked, WHAT)

    assert found.doubtful
    assert found.alike_p < 1e-6
    assert "too unlike to have been drawn by lot" in found.finding.said


def test_held_out_clients_who_were_taken_off_the_log_are_missed() -> None:
    rows = log(2)
    held = rows.index[rows["arm"] == "hold_out"]

    found = balance(rows.drop(held[:60]), WHAT)

    assert found.ratio_p < 0.001
    assert found.doubtful
    assert "something chose beside the lot" in found.finding.said


def test_a_household_counts_as_one_draw() -> None:
    """Ten copies of each client in her unit: as sure as without, not ten times as sure."""
    rows = log(3, clients=100)
    copies = pd.concat([rows.assign(client_id=rows["client_id"] + f" {n}") for n in range(10)])

    once, often = balance(rows, ["cycle"]), balance(copies, ["cycle"])

    assert (often.drawn, often.ratio_p) == (once.drawn, once.ratio_p)
    assert often.alike_p == pytest.approx(once.alike_p)


def test_strata_with_shares_of_their_own_are_no_imbalance() -> None:
    """Half is held out of the risky stratum and a tenth of the other, as the log says."""
    draw = np.random.default_rng(5)
    risky = draw.random(1_000) < 0.5
    share = np.where(risky, 0.5, 0.1)
    rows = counted((0, 1_000), (0, 0)).assign(
        risk=np.where(risky, 0.6, 0.1) + draw.uniform(0, 0.1, 1_000),
        stratum=np.where(risky, "high", "low"),
        propensity=share,
        arm=np.where(draw.random(1_000) < share, "hold_out", "listed"),
    )

    assert not balance(rows, ["risk"]).doubtful


def test_outcomes_lost_from_one_arm_are_told() -> None:
    rows = counted((20, 200), (30, 200))
    gone = rows.assign(left=rows["left"].mask((rows["arm"] == "hold_out") & (rows.index % 5 == 0)))

    even, uneven = (lost(settled(each, date(2025, 1, 1), 182)) for each in (rows, gone))

    assert uneven.table["lost"].tolist() == [0, 40]
    assert "part of the effect may be who was lost" in uneven.said
    assert even.said.startswith("0 clients have no final outcome")
