"""Effects by segment: hidden where few, corrected for every look, and whether they differ at all."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from features.intervals import holm
from tests.training.effect.reference.lots import counted
from training.effect.allocations import settled
from training.effect.by_segment import BySegment, by_segment, welch
from training.effect.itt import itt


def of(**parts: tuple[tuple[int, int], tuple[int, int]]) -> pd.DataFrame:
    logs = []
    for name, (listed, held_out) in parts.items():
        log = counted(listed, held_out, branch=name, lending="group")
        logs.append(log.assign(unit_id=name + log["unit_id"], client_id=name + log["client_id"]))
    return pd.concat(logs, ignore_index=True)


def found(log: pd.DataFrame, columns: tuple[str, ...] = ("branch",)) -> BySegment:
    return by_segment(settled(log, date(2025, 1, 1), 182), columns)


def test_each_part_has_its_own_effect() -> None:
    table = found(of(north=((10, 100), (30, 100)), south=((30, 100), (30, 100)))).effects.table

    assert table["value"].tolist() == ["north", "south"]
    assert table["effect"].tolist() == pytest.approx([-0.2, 0.0])


def test_parts_with_fewer_than_20_in_an_arm_are_hidden_and_cannot_be_subtracted() -> None:
    """East has 19 held out; with east alone hidden its figures were the total less the others, so south hides too."""
    log = of(north=((10, 100), (30, 100)), south=((9, 50), (5, 25)), east=((20, 90), (5, 19)))

    table = found(log).effects.table.set_index("value")

    assert table["effect"].notna().to_dict() == {"east": False, "north": True, "south": False}
    assert table.loc[["east", "south"], ["listed", "held_out", "p"]].isna().all(axis=None)


def test_every_part_shown_counts_as_a_look() -> None:
    log = of(north=((10, 100), (30, 100)), south=((30, 100), (30, 100)), west=((20, 100), (33, 100)))

    table = found(log, ("branch", "lending")).effects.table

    assert len(table) == 4
    np.testing.assert_allclose(table["p_corrected"], holm(table["p"].to_numpy()))
    assert (table["p_corrected"] >= table["p"]).all()


def test_a_chance_find_among_many_parts_is_not_told() -> None:
    parts = {f"b{n}": ((30, 100), (30, 100)) for n in range(9)} | {"lucky": ((17, 100), (30, 100))}

    result = found(of(**parts))

    lucky = result.effects.table.set_index("value").loc["lucky"]
    assert lucky["p"] < 0.05 < lucky["p_corrected"]
    assert result.effects.said.startswith("In no part do the lists keep clients or drive them away by more than chance")


def test_a_part_that_is_sure_is_told_in_words() -> None:
    said = found(of(north=((20, 200), (80, 200)), south=((60, 200), (60, 200)))).effects.said

    assert "of 100 with branch north, 30 more stayed" in said
    assert "corrected for 2 looks" in said
    assert "south" not in said


def test_effects_that_differ_are_seen_and_equal_ones_are_not() -> None:
    unlike = found(of(north=((20, 200), (80, 200)), south=((80, 200), (60, 200)))).differ.table.iloc[0]
    alike = found(of(north=((40, 200), (60, 200)), south=((40, 200), (60, 200)))).differ.table.iloc[0]

    assert (unlike["parts"], unlike["p_corrected"] < 0.001) == (2, True)
    assert alike["p"] == pytest.approx(1)


def test_with_two_parts_of_many_clients_it_is_the_z_test_of_their_difference() -> None:
    trial = settled(
        of(north=((2000, 10000), (2500, 10000)), south=((2100, 10000), (2450, 10000))), date(2025, 1, 1), 182
    )
    here = [itt(trial.only((trial.rows["branch"] == name).to_numpy())) for name in ("north", "south")]

    z = (here[0].value - here[1].value) / np.hypot(here[0].adjusted.se, here[1].adjusted.se)
    assert welch(here) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=0.01)


def test_where_nothing_can_be_shown_nothing_is_said() -> None:
    result = found(of(north=((3, 10), (3, 10))))

    assert result.effects.said.startswith("No part has 20 clients")
    assert np.isnan(result.differ.table["p"].iloc[0])
