"""The matched difference and its interval, beside a slow count by hand."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from training.drivers.matched import difference, matched

ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("uvwxyz"), st.booleans(), st.booleans()), min_size=1, max_size=40
).map(lambda rows: pd.DataFrame(rows, columns=["cell", "unit", "exposed", "left"]))


def slow(rows: list[dict[str, object]]) -> Fraction | None:
    """Each exposed client beside the mean of the others in her cell."""
    gaps = []
    for row in rows:
        if row["exposed"]:
            others = [other["left"] for other in rows if other["cell"] == row["cell"] and not other["exposed"]]
            if others:
                gaps.append(Fraction(int(bool(row["left"]))) - Fraction(sum(map(bool, others)), len(others)))
    return sum(gaps, Fraction(0)) / len(gaps) if gaps else None


@given(ROWS)
def test_the_difference_and_its_interval_are_those_of_a_slow_count(rows: pd.DataFrame) -> None:
    found = difference(rows, ["cell"], "unit")

    kept = rows[matched(rows, ["cell"])].to_dict("records")
    value = slow(kept)
    if value is None:
        assert math.isnan(found.difference)
        return
    assert found.difference == pytest.approx(float(value), abs=1e-12)
    names = sorted({row["unit"] for row in kept})
    without = [slow([row for row in kept if row["unit"] != name]) for name in names]
    known = [float(each) for each in without if each is not None]
    exposed = len({row["unit"] for row in kept if row["exposed"]})
    spread = (
        math.sqrt((len(known) - 1) / max(len(known), 1) * sum((k - float(value)) ** 2 for k in known)) if known else 0
    )
    if exposed < 2 or len(known) < 2 or spread < 1e-9:
        return
    assert found.high - found.difference == pytest.approx(stats.t.ppf(0.975, exposed - 1) * spread, rel=1e-6)


def test_the_others_weigh_as_the_exposed_are_spread() -> None:
    """Nine of ten exposed are in the cell where nine of ten leave anyway: matching takes that out."""
    cells = [("a", True, 90, 81), ("a", False, 10, 9), ("b", True, 10, 1), ("b", False, 90, 9)]
    rows = pd.DataFrame(
        [
            {"cell": cell, "exposed": exposed, "left": n < left, "unit": f"{exposed}{n % 6}"}
            for cell, exposed, count, left in cells
            for n in range(count)
        ]
    )

    found = difference(rows, ["cell"], "unit")

    assert found.exposed_rate == pytest.approx(found.others_rate)
    assert rows.groupby("exposed")["left"].mean().diff().iloc[-1] == pytest.approx(0.64)


def test_clients_of_a_few_units_are_not_taken_for_independent() -> None:
    """Whole units leave or stay: the interval must be that of units, many times that of as many clients."""
    draw = np.random.default_rng(3)
    rows = pd.DataFrame(
        [
            {"cell": "a", "unit": f"u{unit}", "client_id": f"{unit}-{n}", "exposed": unit < 10, "left": leaves}
            for unit in range(20)
            for leaves in [bool(draw.random() < 0.5)]
            for n in range(50)
        ]
    )

    by_unit, by_client = (difference(rows, ["cell"], cluster) for cluster in ("unit", "client_id"))

    assert by_unit.high - by_unit.low > 4 * (by_client.high - by_client.low)


def test_one_unit_has_no_interval_and_nobody_alike_has_no_difference() -> None:
    rows = pd.DataFrame(
        {"cell": "a", "unit": ["u", "u", "v", "w"], "exposed": [True, True, False, False], "left": [True, False] * 2}
    )

    one = difference(rows, ["cell"], "unit")
    nobody = difference(rows.assign(cell=["a", "a", "b", "b"]), ["cell"], "unit")

    assert (one.difference, math.isnan(one.low), one.units) == (0.0, True, 1)
    assert (nobody.exposed, math.isnan(nobody.difference)) == (0, True)
