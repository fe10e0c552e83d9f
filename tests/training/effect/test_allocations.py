"""Which allocations count: all of a day once everybody's outcome is final, and none before."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError, MissingColumn
from tests.training.effect.reference.lots import row
from training.effect.allocations import Arm, checked, settled

LOG = pd.DataFrame(
    [
        row(1, "listed", 1.0, as_of="2024-01-01", settled_on="2024-07-01"),
        row(2, "hold_out", 0.0, as_of="2024-01-01", settled_on="2024-02-01", propensity=0.1),
        row(3, "listed", 0.0, as_of="2024-01-08", settled_on="2024-02-01", propensity=0.1),
        row(4, "hold_out", None, as_of="2024-01-01"),
        row(5, "listed", None, as_of="2024-01-08"),
    ]
)


def test_a_day_counts_when_everybody_drawn_on_it_is_final() -> None:
    """The stay of client 3 is known since February; it waits for the exits of her day all the same."""
    trial = settled(LOG, date(2024, 7, 1), 182)

    assert trial.rows["client_id"].tolist() == ["c1", "c2"]
    assert len(trial.in_flight) == 2
    assert trial.lost == {Arm.LISTED: 0, Arm.HOLD_OUT: 1}
    assert (trial.count(Arm.LISTED), trial.count(Arm.HOLD_OUT)) == (1, 1)


def test_an_outcome_that_came_later_is_not_used() -> None:
    late = LOG.assign(settled_on=["2024-08-01", "2024-02-01", "2024-02-01", None, None])

    assert settled(late, date(2024, 7, 1), 182).rows["client_id"].tolist() == ["c2"]
    assert settled(late, date(2024, 8, 1), 182).rows["client_id"].tolist() == ["c1", "c2", "c3"]


def test_draws_after_the_day_do_not_exist_on_it() -> None:
    trial = settled(LOG, date(2024, 1, 7), 182)

    assert (len(trial.rows), len(trial.in_flight)) == (0, 3)


def test_a_row_weighs_one_over_the_chance_of_its_arm() -> None:
    assert checked(LOG)["weight"].tolist() == pytest.approx([2, 10, 1 / 0.9, 2, 2])


def test_what_nobody_knows_of_a_contact_stays_unknown() -> None:
    rows = checked(LOG.assign(reached=[True, False, None, None, True], contacts=[1, 0, None, 0, 2]))

    np.testing.assert_array_equal(rows["reached"].to_numpy(), [1, 0, np.nan, np.nan, 1])
    assert np.isnan(rows["contacts"].iloc[2])


@pytest.mark.parametrize(
    ("column", "value"),
    [("arm", "both"), ("propensity", 0.0), ("propensity", 1.0), ("risk", 1.2), ("risk", None), ("left", 0.5)],
)
def test_an_impossible_value_is_refused_by_name(column: str, value: object) -> None:
    with pytest.raises(DataError, match=f"1 allocations have an impossible {column}"):
        checked(LOG.astype({column: object}).where(LOG["client_id"] != "c2", LOG.assign(**{column: value})))


def test_a_unit_has_one_arm_in_a_draw() -> None:
    with pytest.raises(DataError, match="two arms in one draw"):
        checked(LOG.assign(unit_id="u1"))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumn, match="no column risk, village"):
        checked(LOG.drop(columns="risk"), ["village"])
