"""The whole report, from a log a weekly run would have written."""

from datetime import date, timedelta

import pandas as pd
import pytest

from features.errors import TooShortHistory
from tests.training.effect.reference.lots import MATURES_AFTER, NOTHING, World, counted, drawn, row
from training.effect.report import EffectReport, Question, report

WORLD = World(weeks=80, per_week=80, share=0.2, helped=-0.3, seed=11)
ASKED = Question(
    segments=("branch", "lending", "action"), watched=("lending",), compared=("cycle", "tenure"), visit_cost=2.5
)


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return drawn(WORLD)


@pytest.fixture(scope="module")
def found(log: pd.DataFrame) -> EffectReport:
    return report(log, WORLD.last, MATURES_AFTER, ASKED)


def test_plain_words_come_first(found: EffectReport) -> None:
    assert found.said.startswith("Of 100 clients on lists ")
    assert " more stayed than of those left out by lot (between " in found.said
    assert "never left out and are not compared" in found.about


def test_the_interval_holds_the_true_effect(found: EffectReport, log: pd.DataFrame) -> None:
    final = log[pd.to_datetime(log["as_of"]) + timedelta(days=MATURES_AFTER) <= pd.Timestamp(WORLD.last)]

    assert found.effect.low <= final["truth"].mean() <= found.effect.high


def test_every_table_has_a_sentence(found: EffectReport) -> None:
    assert set(found.findings) == {
        *("effect", "reached", "kept", "segments", "differ", "power", "weekly", "harm", "balance", "lost")
    }
    assert all(len(finding.said) > 20 and finding.said.endswith(".") for finding in found.findings.values())
    assert not any("nan" in finding.said.split() or "inf" in finding.said for finding in found.findings.values())


def test_lists_that_help_go_on(found: EffectReport) -> None:
    assert found.stopped == []
    assert not found.balance.doubtful


def test_the_same_log_gives_the_same_report(found: EffectReport, log: pd.DataFrame) -> None:
    again = report(log.sample(frac=1, random_state=1), WORLD.last, MATURES_AFTER, ASKED)

    assert again.said == found.said
    for name, finding in found.findings.items():
        pd.testing.assert_frame_equal(again.findings[name].table, finding.table)


def test_where_lists_do_nothing_it_says_that_it_cannot_tell() -> None:
    world = World(weeks=60, share=0.2, seed=3, **NOTHING)

    said = report(drawn(world), world.last, MATURES_AFTER).said

    assert said.startswith("Whether being listed helps cannot be told yet: of 100 clients on lists between ")


def test_with_few_held_out_it_says_nothing_but_when_it_will() -> None:
    world = World(weeks=32, per_week=30, seed=2)
    log = drawn(world)

    with pytest.raises(TooShortHistory) as refused:
        report(log, world.last, MATURES_AFTER)

    said = str(refused.value)
    assert "40 of each, of 10 units, are needed before anything is said" in said
    when = date.fromisoformat(said.rsplit(" ", 1)[1].rstrip("."))
    assert world.last < when < world.last + timedelta(weeks=40)
    later = drawn(World(weeks=80, per_week=30, seed=2))
    assert report(later, when + timedelta(weeks=6), MATURES_AFTER).effect.held_out >= 40


def test_forty_clients_of_a_few_groups_are_too_few() -> None:
    log = counted((20, 200), (10, 60)).assign(unit_id=lambda rows: rows["arm"] + (rows.index % 5).astype(str))

    with pytest.raises(TooShortHistory, match="60 clients left out by lot and 200 listed have a final outcome"):
        report(log, date(2025, 1, 1), MATURES_AFTER)


def test_a_lot_that_was_not_fair_is_warned_of_instead_of_an_answer() -> None:
    rows = [
        row(
            n,
            "hold_out" if n % 4 == 0 else "listed",
            float(n % 3 == 0),
            risk=0.9 if n % 4 == 0 else 0.1,
            propensity=0.25,
        )
        for n in range(400)
    ]
    log = pd.DataFrame(rows).assign(risk=lambda rows: rows["risk"] + rows.index % 7 / 100)

    said = report(log, date(2025, 1, 1), MATURES_AFTER).said

    assert "too unlike to have been drawn by lot" in said
    assert "stayed" not in said
