"""What is kept of the effect: the same for the page, the interface and the command, and of nobody by herself."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from serving import effect_tables
from serving.analysis import of_trial
from serving.effect_tables import EffectTables, keep_effect, read_effect
from serving.experiment.stops import Stop
from serving.home import Home
from serving.kept_scores import KeptScores
from tests.training.effect.reference.lots import MATURES_AFTER, World, drawn

ON = date(2025, 1, 6)


def log(**world: Any) -> pd.DataFrame:
    return drawn(World(**{"weeks": 80, "per_week": 80, "share": 0.2, "helped": -0.3, "seed": 11} | world)).assign(
        band="high", action=""
    )


def tables(found: pd.DataFrame, on: date = ON, stops: tuple[Stop, ...] = ()) -> EffectTables:
    return effect_tables.effect_tables(found, on, MATURES_AFTER, stops, visit_cost=2.0)


@pytest.fixture(scope="module")
def told() -> EffectTables:
    return tables(log())


def rows(told: EffectTables, name: str) -> list[dict[str, Any]]:
    plain = told.plain[name]
    return [dict(zip(plain["columns"], row, strict=True)) for row in plain["rows"]]


def test_it_says_what_being_listed_does_with_everything_behind_it(told: EffectTables) -> None:
    assert not told.missing
    assert told.said.startswith("Of 100 clients on lists")
    assert list(told.plain) == list(effect_tables.TITLES)
    assert told.about.startswith(f"{rows(told, 'effect')[0]['listed']:,.0f} clients listed and")


@pytest.mark.parametrize("weeks", [1, 12])
def test_while_nothing_can_be_said_it_says_when_and_how_long_a_small_effect_takes(weeks: int) -> None:
    early = log(weeks=weeks, per_week=30)

    told = tables(early, max(pd.to_datetime(early["as_of"])).date())

    assert told.missing
    assert "40 of each" in told.said
    assert "more weeks to see 3 points" in told.said_of("power") or "more than five years" in told.said_of("power")
    assert set(told.plain) == {"power", "balance"}


def test_before_the_first_draw_it_says_so() -> None:
    assert tables(log().iloc[:0]).said.startswith("Nobody was drawn by lot yet")


def test_no_number_of_fewer_than_twenty_people_is_kept(told: EffectTables) -> None:
    few = tables(log(per_week=30, reached_anyway=0.01))

    for each in (told, few):
        for name, counts in effect_tables._COUNTS.items():
            for row in rows(each, name):
                assert all(row[count] is None or row[count] >= 20 for count in counts), (name, row)
        for row in rows(each, "segments"):
            assert row["held_out"] is None or row["held_out"] >= 20
    assert "Fewer than 20 of" in few.said_of("reached")
    assert rows(few, "reached")[1]["reached_share"] is None


def test_no_client_stands_in_what_is_kept(told: EffectTables) -> None:
    text = json.dumps(dict(told.plain))

    assert not {client for client in log()["client_id"] if f'"{client}"' in text}


def test_what_is_kept_is_read_as_it_was(told: EffectTables, home: Home) -> None:
    folder = home.scores / ON.isoformat()
    folder.mkdir(parents=True)

    keep_effect(home, told)

    assert read_effect(KeptScores(folder)) == told
    before = (folder / effect_tables.FILE).read_bytes()
    keep_effect(home, told)
    assert (folder / effect_tables.FILE).read_bytes() == before


def test_charts_turn_effects_round_so_that_more_is_better(told: EffectTables) -> None:
    charts = {chart.name: chart for chart in of_trial.of_trial(told)}

    assert list(charts) == ["trial-effect", "trial-weekly", "trial-segments"]
    main, kept = charts["trial-effect"].table, rows(told, "effect")
    assert main["value"].tolist() == [-row["effect"] for row in kept]
    assert (main["low"] <= main["value"]).all()
    assert (main["value"] <= main["high"]).all()
    for chart in charts.values():
        assert chart.svg(300).startswith("<svg")


def test_every_finding_has_its_place_on_the_page(told: EffectTables) -> None:
    sections = list(of_trial.sections(told, ()))

    assert [section.title for section in sections] == ["Does being listed help?", *effect_tables.TITLES.values()]
    assert all(section.said for section in sections)
    assert all(len(row) == len(section.heads) for section in sections for row in section.rows)


def test_what_stopped_stands_first_with_who_let_it_begin_again(told: EffectTables) -> None:
    moment = datetime(2025, 1, 5, 20, tzinfo=UTC)
    figures = (400, 60, 0.1, 0.02, "Alarm.", moment)
    stop = Stop(
        "band", "high", ON, ON - timedelta(days=7), *figures, ON + timedelta(days=7), "A. Otieno", "why", "what"
    )

    section = list(of_trial.sections(told, (stop,)))[1]

    assert section.title == "Lists that stopped"
    assert section.rows == [["band high", "2025-01-06", "Alarm.", "2025-01-13 by A. Otieno: what"]]


def test_on_a_phone_no_name_of_a_part_lies_upon_the_next(told: EffectTables) -> None:
    action = "Say sorry for the wait; if a request is open, find out where it stands and give a date."
    by_action = tables(log().assign(action=action))
    heights = [
        {chart.name: chart for chart in of_trial.of_trial(each)}["trial-segments"].drawn(300).to_dict()["height"]
        for each in (told, by_action)
    ]
    parts = len(rows(by_action, "segments"))

    assert heights[1] == 28 * parts > heights[0]
    assert f"of 100 with action “{action[:-1]}”, " in by_action.said_of("segments")
