"""The harm alarm: when it rings, that it stays, and that only a person lifts it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.errors import UsageError
from tests.training.effect.reference.null_scores import null, scores
from training.effect.harm import ALL, State, Verdict, lift, watch, weeks_until_alarm


def world(seed: int, harm: float, weeks: int = 100, per_week: int = 40, share: float = 0.3) -> pd.DataFrame:
    """Half the clients live in the north, where being listed makes so many more leave."""
    draw = np.random.default_rng(seed)
    count = weeks * per_week
    held, north = draw.random(count) < share, draw.random(count) < 0.5
    left = draw.random(count) < np.where(north & ~held, 0.2 + harm, 0.2)
    score = np.where(held, -1 / share, 1 / (1 - share)) * (left - 0.2)
    rows = scores(score, per_week, ~held, left)
    branch = np.where(north, "north", "south")
    return rows.assign(variance=0.16 / share / (1 - share), branch=branch, as_of=rows["looked_on"])


def of(verdicts: list[Verdict], value: str) -> Verdict:
    return next(verdict for verdict in verdicts if verdict.value == value)


def test_it_rings_for_the_segment_that_is_harmed_and_says_what_to_do() -> None:
    verdicts, finding = watch(world(1, 0.2), ["branch"])

    north, south = of(verdicts, "north"), of(verdicts, "south")
    assert north.state is State.STOP
    assert north.low > 0
    assert north.said.startswith(f"Alarm since {north.since}: of 100 clients on the lists of branch north")
    assert north.todo.startswith("Stop the lists of branch north; usual service goes on.")
    assert "A person decides when lists begin again" in north.todo
    assert (south.state, south.since) == (State.GO_ON, None)
    assert verdicts[0].state is State.STOP
    assert finding.table["state"].iloc[0] == "stop"
    assert north.said in finding.said


def test_an_alarm_that_has_rung_stays_whatever_comes_later() -> None:
    """The harm ends when half the weeks are over."""
    rows = world(1, 0.25)
    calm = world(2, 0.0).assign(score=lambda rows: rows["score"] - 2)
    early = rows[rows["look"] < 60]
    both = pd.concat([early, calm[calm["look"] >= 60].assign(unit_id=lambda rows: "x" + rows["unit_id"])])

    then, now = (of(watch(log, ["branch"])[0], "north") for log in (early, both))

    assert then.state is now.state is State.STOP
    assert now.since == then.since


def test_where_lists_help_or_do_nothing_no_alarm_rings() -> None:
    for harm in (0.0, -0.1):
        verdicts, finding = watch(world(3, harm), ["branch"])

        assert {verdict.state for verdict in verdicts} == {State.GO_ON}
        assert finding.said.startswith("No alarm: in none of 3 parts")


def test_too_early_says_how_many_are_needed() -> None:
    verdicts, _ = watch(world(1, 0.3, weeks=3), ["branch"])

    assert of(verdicts, "north").state is State.TOO_EARLY
    assert "held out by lot are final, and 40 are needed" in of(verdicts, "north").said


def test_the_more_parts_are_watched_the_surer_each_must_be() -> None:
    few, many = (of(watch(world(1, 0.1), ["branch"], parts=parts)[0], "south") for parts in (None, 50))

    assert many.low < few.low


def test_nothing_in_the_watch_lifts_an_alarm_and_a_person_needs_a_reason() -> None:
    verdicts, _ = watch(world(1, 0.2), ["branch"])
    north, south = of(verdicts, "north"), of(verdicts, "south")

    with pytest.raises(UsageError, match="a lift needs both"):
        lift(north, "", "shorter visits", date(2026, 6, 1))
    with pytest.raises(UsageError, match="a lift needs both"):
        lift(north, "head of the desk", "  ", date(2026, 6, 1))
    with pytest.raises(UsageError, match="is not after the alarm"):
        lift(north, "head of the desk", "shorter visits", date(2024, 1, 1))
    with pytest.raises(UsageError, match="not stopped"):
        lift(south, "head of the desk", "shorter visits", date(2026, 6, 1))


def test_after_a_lift_only_what_was_drawn_since_counts() -> None:
    rows = world(1, 0.2)
    north = of(watch(rows, ["branch"])[0], "north")
    step = lift(north, "head of the desk", "shorter visits", date(2026, 6, 1))

    before, _ = watch(rows, ["branch"], [step])
    calm = world(5, 0.0).assign(as_of=pd.Timestamp("2026-06-01"), look=lambda new: new["look"] + 200)
    after, _ = watch(pd.concat([rows, calm.assign(unit_id=lambda new: "x" + new["unit_id"])]), ["branch"], [step])

    assert step.share == 0.5
    assert of(before, "north").state is State.TOO_EARLY
    assert "since they began again on 2026-06-01" in of(before, "north").said
    assert of(after, "north").state is State.GO_ON


def test_everybody_together_is_watched_without_any_segment() -> None:
    verdicts, _ = watch(world(1, 0.3), [])

    assert [(verdict.segment, verdict.state) for verdict in verdicts] == [(ALL, State.STOP)]


def test_it_rings_within_the_weeks_that_were_foretold_nine_times_in_ten() -> None:
    """The first outcomes are final at once here, so that no weeks are added for them."""
    harm, per_week, share = 0.2, 20, 0.3
    weeks = weeks_until_alarm(harm, 0.2, per_week, share, matures_after=0, parts=3)
    assert weeks is not None

    rung = 0
    for seed in range(40):
        rows = world(seed, harm, weeks=weeks, per_week=2 * per_week, share=share)
        rung += of(watch(rows, ["branch"])[0], "north").state is State.STOP

    assert rung >= 32


def test_more_harm_and_more_clients_ring_sooner_and_more_parts_later() -> None:
    def weeks(harm: float = 0.1, per_week: float = 100, share: float = 0.1, parts: int = 5) -> int:
        found = weeks_until_alarm(harm, 0.2, per_week, share, 181, parts)
        assert found is not None
        return found

    assert weeks(harm=0.15) < weeks() < weeks(parts=20)
    assert weeks(per_week=200) < weeks()
    assert weeks(share=0.3) < weeks()
    assert weeks_until_alarm(0.01, 0.2, 10, 0.1, 181, 5) is None


def test_no_effect_rings_seldom() -> None:
    rung = 0
    for seed in range(40):
        rows = null(seed, 80, 40, 0.2, 0.2)
        rows = rows.assign(as_of=rows["looked_on"], branch=np.where(rows.index % 2, "north", "south"))
        rung += any(verdict.state is State.STOP for verdict in watch(rows, ["branch"])[0])

    assert rung <= 4
