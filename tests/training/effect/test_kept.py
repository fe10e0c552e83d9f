"""Clients kept and their cost."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.errors import UsageError
from tests.training.effect.reference.lots import counted
from training.effect.allocations import settled
from training.effect.itt import itt
from training.effect.kept import Kept, kept


def found(log: pd.DataFrame, cost: float | None = None) -> Kept:
    trial = settled(log, date(2025, 1, 1), 182)
    return kept(trial, itt(trial), cost)


def test_clients_kept_are_the_effect_times_the_listed() -> None:
    log = counted((200, 1_000), (300, 1_000))
    effect = itt(settled(log, date(2025, 1, 1), 182))

    row = found(log).finding.table.iloc[0]

    assert (row["listed"], row["clients_kept"]) == (1_000, pytest.approx(100))
    assert (row["low"], row["high"]) == pytest.approx((-1_000 * effect.high, -1_000 * effect.low))
    assert np.isnan(row["cost"])


def test_only_contacts_that_would_not_have_been_made_anyway_are_paid_for() -> None:
    """Each listed client was contacted three times, each held-out once: 2,000 contacts more for 100 clients."""
    log = counted((200, 1_000), (300, 1_000))
    log["contacts"] = np.where(log["arm"] == "listed", 3, 1)

    result = found(log, cost=2.5)

    row = result.finding.table.iloc[0]
    assert (row["contacts"], row["cost"], row["cost_per_client"]) == pytest.approx((2_000, 5_000, 50))
    assert (row["cost_low"], row["cost_high"]) == pytest.approx((5_000 / row["high"], 5_000 / row["low"]))
    assert "a client kept cost 50 (" in result.finding.said


def test_while_it_may_be_that_nobody_was_kept_the_cost_of_one_has_no_end() -> None:
    result = found(counted((28, 100), (30, 100)), cost=2.0)

    assert np.isinf(result.finding.table["cost_high"].iloc[0])
    assert "what a client kept cost cannot be told" in result.finding.said


def test_clients_driven_away_are_called_so() -> None:
    result = found(counted((300, 1_000), (200, 1_000)))

    assert result.clients == pytest.approx(-100)
    assert result.finding.said.startswith("Among 1,000 listed clients the lists drove 100 away (")


@pytest.mark.parametrize("cost", [-1.0, float("nan"), float("inf")])
def test_a_cost_is_no_negative_number(cost: float) -> None:
    with pytest.raises(UsageError, match="is not a cost"):
        found(counted((20, 100), (30, 100)), cost=cost)
