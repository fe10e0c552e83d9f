"""How small an effect is seen, and when one of a given size will be."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from features.errors import DataError
from tests.training.effect.reference.lots import counted, row
from training.effect.allocations import settled
from training.effect.itt import itt
from training.effect.power import Flow, detectable, inflation, power, weeks_until

NOTHING = np.array([], dtype=np.int64)


def flow(per_week: float = 100, share: float = 0.1, settled: int = 0, waiting: np.ndarray = NOTHING) -> Flow:
    return Flow(per_week, share, settled, waiting, delay=26)


def weekly(weeks: int, per_week: int, held_out: int) -> pd.DataFrame:
    """So many drawn every Monday from the first of January 2024, the first of them held out."""
    days = [date(2024, 1, 1) + timedelta(weeks=n // per_week) for n in range(weeks * per_week)]
    arms = ["hold_out" if n % per_week < held_out else "listed" for n in range(weeks * per_week)]
    return pd.DataFrame(
        [row(n, arm, None, as_of=day, propensity=0.1) for n, (day, arm) in enumerate(zip(days, arms, strict=True))]
    )


def test_the_flow_is_read_from_the_latest_quarter() -> None:
    slow, fast = weekly(20, 10, 1), weekly(20, 20, 4)
    log = pd.concat([slow[slow["as_of"] < date(2024, 2, 12)], fast[fast["as_of"] >= date(2024, 2, 12)]])

    found = Flow.of(log.assign(unit_id=range(len(log))), date(2024, 5, 12), 28)

    assert (found.per_week, found.share) == (20, pytest.approx(0.2))
    assert found.settled == 6 * 10 + 9 * 20
    assert sorted(set(found.waiting)) == [1, 2, 3, 4]
    assert found.delay == 4


def test_what_is_drawn_today_is_final_when_its_horizon_and_grace_are_over() -> None:
    now = flow(per_week=50, settled=300, waiting=np.array([1, 1, 3]))

    assert [now.settled_in(weeks) for weeks in (0, 1, 3, 26, 28)] == [
        (300, 0),
        (302, 0),
        (303, 0),
        (303, 0),
        (303, 100),
    ]


def test_an_effect_of_the_size_that_is_detectable_is_seen_four_times_in_five() -> None:
    """Simulated: shares of two arms, the plain test of their difference."""
    clients, share, base = 6_000, 0.1, 0.2
    effect, draw = detectable(clients, base, share), np.random.default_rng(1)
    held, listed = round(clients * share), round(clients * (1 - share))

    p0 = draw.binomial(held, base, 4_000) / held
    p1 = draw.binomial(listed, base - effect, 4_000) / listed
    z = (p1 - p0) / np.sqrt(p0 * (1 - p0) / held + p1 * (1 - p1) / listed)

    assert np.mean(np.abs(z) > stats.norm.ppf(0.975)) == pytest.approx(0.8, abs=0.04)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.02, 0.15), st.floats(0.2, 0.5), st.integers(20, 400), st.floats(0.05, 0.5), st.integers(0, 5_000))
def test_larger_effects_faster_flows_and_fairer_shares_never_take_longer(
    effect: float, base: float, per_week: int, share: float, have: int
) -> None:
    def weeks(found: int | None) -> float:
        return float("inf") if found is None else found

    usual = weeks(weeks_until(-effect, base, flow(per_week, share, have)))

    assert weeks(weeks_until(-effect * 1.2, base, flow(per_week, share, have))) <= usual
    assert weeks(weeks_until(-effect, base, flow(per_week * 2, share, have))) <= usual
    assert weeks(weeks_until(-effect, base, flow(per_week, min(share * 1.3, 0.5), have))) <= usual
    assert weeks(weeks_until(-effect, base, flow(per_week, share, have + 500))) <= usual
    assert weeks(weeks_until(-effect, base, flow(per_week, share, have), inflation=2.0)) >= usual


def test_the_sentence_says_how_many_more_weeks() -> None:
    found = itt(settled(counted((360, 1_800), (50, 200), propensity=0.1), date(2025, 1, 1), 182))
    now = flow(per_week=400, settled=2_000)

    result = power(now, found)

    weeks = weeks_until(-0.03, found.held_out_rate, now, None, inflation(found))
    assert f"It needs {weeks} more weeks to see 3 points, at 400 clients drawn a week." in result.said
    usual = result.table[(result.table["share"] == 0.1) & (result.table["points"] == 3)].iloc[0]
    assert (usual["weeks"], usual["not_listed"]) == (weeks, pytest.approx(40))


def test_a_small_mfi_is_told_what_else_it_can_do() -> None:
    found = itt(settled(counted((72, 360), (10, 40), propensity=0.1), date(2025, 1, 1), 182))

    said = power(flow(per_week=15, settled=400), found).said

    assert "would take more than five years at 15 clients drawn a week" in said
    assert "hold out a larger share (half: " in said
    assert "branch by branch in an order drawn by lot" in said


def test_clusters_that_leave_together_cost_clients() -> None:
    log = counted((40, 200), (60, 200))
    pairs = pd.concat([log, log.assign(client_id="copy " + log["client_id"])])

    once, twice = (inflation(itt(settled(rows, date(2025, 1, 1), 182))) for rows in (log, pairs))

    assert (once, twice) == (pytest.approx(1, rel=0.02), pytest.approx(2, rel=0.02))


def test_before_the_first_draw_there_is_no_flow() -> None:
    with pytest.raises(DataError, match="nobody was drawn by 2023-12-31"):
        Flow.of(weekly(2, 10, 1), date(2023, 12, 31), 182)
