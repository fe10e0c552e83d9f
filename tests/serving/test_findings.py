"""The feedback loop: stages go forward one at a time, each with its day, its note and what it needs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import UsageError
from features.indicator import Value
from features.intervals import wilson
from serving import audit, findings
from serving.access import Actor
from serving.cli import run
from serving.effect import Effect, as_value
from serving.events import Event
from serving.findings import STAGES, Stage
from serving.home import Home
from serving.store.database import Store

NOW = datetime(2024, 7, 9, 8, 0, tzinfo=UTC)
TODAY = date(2024, 7, 9)
BY = Actor("amina", "analyst")
SAID = {
    Stage.DECIDE: {"decision": "Try fortnightly instalments"},
    Stage.IMPLEMENT: {"change": "Product FN in two branches"},
    Stage.COMMUNICATE: {"told": "Clients at meetings, staff by letter"},
    Stage.REMEASURE: {"effect": Effect.of("retention_rate", Value(0.6, 200, 0.5, 0.7), Value(0.7, 200, 0.6, 0.8))},
}


def entered(store: Store, **more: Any) -> findings.Finding:
    with store.write() as connection:
        return findings.add(connection, "Weekly meetings cost too much time", "Operations", TODAY, BY, NOW, **more)


def moved(store: Store, finding_id: str, **more: Any) -> findings.Finding:
    told = {"on": TODAY, "note": "done"} | more
    with store.write() as connection:
        return findings.move(connection, finding_id, by=BY, at=NOW, today=TODAY, **told)


def test_a_finding_goes_through_all_stages_and_each_step_is_kept(store: Store) -> None:
    made = entered(store)
    for stage in STAGES[1:]:
        made = moved(store, made.finding_id, **SAID.get(stage, {}))
        assert made.stage is stage

    assert [step.stage for step in made.moves] == list(STAGES)
    assert made.effect is not None
    assert (round(made.effect.change, 3), made.effect.label) == (0.1, "association")
    with pytest.raises(UsageError, match="was measured again and is done"):
        moved(store, made.finding_id)
    with store.read() as connection:
        assert sum(entry.event == Event.FINDING_MOVED for entry in audit.entries(connection)) == len(STAGES) - 1


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.DECIDE, "say what was decided"),
        (Stage.IMPLEMENT, "say what is changed"),
        (Stage.COMMUNICATE, "say who was told"),
        (Stage.REMEASURE, "before and after"),
    ],
)
def test_no_stage_is_reached_without_what_it_needs(store: Store, stage: Stage, said: str) -> None:
    made = entered(store, stage=Stage.REPORT)
    for earlier in STAGES[STAGES.index(Stage.DECIDE) : STAGES.index(stage)]:
        made = moved(store, made.finding_id, **SAID[earlier])

    with pytest.raises(UsageError, match=said):
        moved(store, made.finding_id)

    with store.read() as connection:
        assert findings.one(connection, made.finding_id) == made


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"stage": Stage.REPORT}, "after collect comes consolidate"),
        ({"stage": Stage.COLLECT}, "after collect comes consolidate"),
        ({"on": TODAY + timedelta(days=1)}, "and today"),
        ({"on": TODAY - timedelta(days=1)}, "the last was made"),
        ({"note": " "}, "the note needs words"),
        ({"due_on": TODAY - timedelta(days=1)}, "due before"),
        ({"salary": "x"}, "nothing that can be said"),
    ],
)
def test_a_step_that_cannot_be_is_refused(store: Store, more: dict[str, Any], said: str) -> None:
    made = entered(store)

    with pytest.raises(UsageError, match=said):
        moved(store, made.finding_id, **more)


@pytest.mark.parametrize(
    ("end", "said", "lacking"),
    [
        (Stage.DROPPED, {"decision": "Too dear for what it brings"}, "why nothing is changed"),
        (Stage.HANDED_ON, {"told": "Complaints desk"}, "who follows it up"),
    ],
)
@pytest.mark.parametrize("after", [Stage.COLLECT, Stage.REPORT, Stage.COMMUNICATE])
def test_a_finding_may_end_at_any_stage_but_says_why_or_with_whom(
    store: Store, after: Stage, end: Stage, said: dict[str, Any], lacking: str
) -> None:
    made = entered(store)
    for stage in STAGES[1 : STAGES.index(after) + 1]:
        made = moved(store, made.finding_id, due_on=TODAY, **SAID.get(stage, {}))

    with pytest.raises(UsageError, match=lacking):
        moved(store, made.finding_id, stage=end)
    done = moved(store, made.finding_id, stage=end, **said)

    assert (done.stage, done.ended, done.next_stage) == (end, True, None)
    assert not done.overdue(TODAY + timedelta(days=1))
    with pytest.raises(UsageError, match="has ended"):
        moved(store, made.finding_id)
    with pytest.raises(UsageError, match="report at the latest"):
        entered(store, stage=end)


@pytest.mark.parametrize(
    "figures", [(float("nan"),), (1.0, 2.0, 3.0), (1.0, 0.5), (1.0, None, 2.0), (1e13,), (1.0, float("-inf"), 2.0)]
)
def test_a_figure_that_cannot_be_is_refused(figures: tuple[float | None, ...]) -> None:
    with pytest.raises(UsageError, match="figure"):
        as_value(*figures)  # type: ignore[arg-type]


def test_the_same_finding_is_entered_once_and_is_found_by_how_its_id_begins(store: Store) -> None:
    made = entered(store)

    assert entered(store) == made
    assert moved(store, made.finding_id[:8]).finding_id == made.finding_id
    with pytest.raises(UsageError, match="there is no such finding"):
        moved(store, "ffff%")
    with pytest.raises(UsageError, match="report at the latest"):
        entered(store, stage=Stage.DECIDE)


def test_what_is_late_comes_first_and_what_is_done_is_never_late(store: Store) -> None:
    made = entered(store, due_on=TODAY, stage=Stage.REPORT)

    assert not made.overdue(TODAY)
    assert made.overdue(TODAY + timedelta(days=1))
    for stage in STAGES[4:]:
        made = moved(store, made.finding_id, due_on=TODAY, **SAID[stage])
    assert not made.overdue(TODAY + timedelta(days=1))


@given(st.integers(0, 200), st.integers(1, 200), st.integers(0, 200), st.integers(1, 200))
def test_the_interval_of_an_effect_holds_the_change_and_turns_round_with_it(a: int, n: int, b: int, m: int) -> None:
    one, other = Value(min(a, n) / n, n, *wilson(min(a, n), n)), Value(min(b, m) / m, m, *wilson(min(b, m), m))

    there, back = Effect.of("x", one, other), Effect.of("x", other, one)

    assert there.low is not None
    assert there.high is not None
    assert there.low - 1e-9 <= there.change <= there.high + 1e-9
    assert back.low == pytest.approx(-there.high)


def test_an_effect_needs_both_figures() -> None:
    with pytest.raises(UsageError, match="one before and one after"):
        Effect.of("x", Value(None), Value(1.0))


@pytest.fixture
def typed(home: Home, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def typed(*arguments: str) -> tuple[int, str]:
        code = run(["feedback", *arguments, "--home", str(home.path)])
        told = capsys.readouterr()
        return code, told.out + told.err

    return typed


def test_the_loop_is_walked_by_commands(typed: Callable[..., tuple[int, str]]) -> None:
    day = ("--on", "2024-01-02")
    code, told = typed(
        "add", "Money comes late", "--owner", "Operations", "--stage", "report", "--due", "2024-02-01", *day
    )
    number = told.split()[0]

    assert code == 0
    assert "OVERDUE" in typed("list", "--overdue")[1]
    assert typed("move", number, "--note", "met", *day)[0] == 2
    typed("move", number, "--note", "met", "--decision", "Two signatures less", *day)
    typed("move", number, "--note", "begun", "--change", "New form", *day)
    typed("move", number, "--note", "told", "--told", "Clients and staff", *day)
    figures = ("--measured", "processing_days", "--before", "12:11:14", "--after", "9:8:10")
    code, told = typed("move", number, "--note", "measured", *figures, *day)
    assert code == 0
    assert "processing_days: 12 before, 9 after, -3 (-5.24 to -1.59); association" in told
    assert typed("move", number, "--note", "x", "--before", "high", "--after", "1")[0] == 2
    assert typed("list", "--overdue") == (0, "")
