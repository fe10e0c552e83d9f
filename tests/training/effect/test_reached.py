"""The effect of a contact among those the list made an officer reach, and visits of the held-out."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.training.effect.reference.lots import World, counted, drawn
from training.effect.allocations import Settled, settled
from training.effect.reached import reached


def trial_of(log: pd.DataFrame) -> Settled:
    return settled(log, date(2026, 1, 1), 182)


def met(log: pd.DataFrame, listed: int, held_out: int) -> pd.DataFrame:
    """So many of each arm were reached, those who stayed first."""
    order = log.sort_values("left").groupby("arm", sort=False).cumcount().sort_index()
    return log.assign(reached=order < np.where(log["arm"] == "listed", listed, held_out))


def test_it_is_the_effect_of_being_listed_over_the_share_it_moved() -> None:
    found = reached(trial_of(met(counted((200, 1_000), (300, 1_000)), 800, 300)))

    assert found.moved.value == pytest.approx(0.5)
    assert found.effect.value == pytest.approx(-0.1 / 0.5)
    assert found.effect.low < -0.2 < found.effect.high < 0
    assert found.finding.said.startswith("Of 100 clients reached because they were listed, 20 more stayed")


def test_held_out_who_were_visited_anyway_are_counted() -> None:
    found = reached(trial_of(met(counted((200, 1_000), (300, 1_000)), 800, 120)))

    assert found.contaminated == 120
    assert found.finding.table["reached"].tolist() == [800, 120]
    assert "120 of 1,000 clients left out by lot were visited or called anyway (12 %)" in found.finding.said
    assert "it cannot feign one" in found.finding.said


def test_where_the_lists_moved_nothing_nothing_is_said_of_a_contact() -> None:
    found = reached(trial_of(met(counted((200, 1_000), (300, 1_000)), 405, 400)))

    assert not found.effect.bounded
    assert found.finding.said.startswith("The lists moved too few contacts")


def test_the_interval_holds_whatever_became_of_those_of_whom_nobody_knows() -> None:
    log = met(counted((200, 1_000), (300, 1_000)), 800, 100)
    unknown = (log["arm"] == "listed") & (log.index % 5 == 0)

    known = [reached(trial_of(log.assign(reached=log["reached"].mask(unknown, value)))) for value in (True, False)]
    unsure = reached(trial_of(log.assign(reached=log["reached"].astype("boolean").mask(unknown))))

    assert unsure.effect.low <= min(each.effect.low for each in known)
    assert unsure.effect.high >= max(each.effect.high for each in known)
    assert "Of 200 nobody knows whether they were reached" in unsure.finding.said


def test_contacts_of_the_held_out_do_not_move_it_off_the_truth() -> None:
    """Twice as many visits of the held-out halve the effect of being listed, not that of a contact."""
    covered = 0
    for seed in range(20):
        world = World(weeks=40, share=0.3, reached_anyway=0.3, helped=-0.2, driven=0.0, seed=seed)
        log = drawn(world)
        trial = trial_of(log)
        covered += reached(trial).effect.low <= trial.rows["by_contact"].mean() <= reached(trial).effect.high

    assert covered >= 17
