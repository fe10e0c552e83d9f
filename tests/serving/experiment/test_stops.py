"""Lists of a part stop when its alarm rings, stay stopped, and begin again by a person's decision alone."""

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.book import Book
from features.errors import UsageError
from serving import audit, issued, weekly
from serving.access import OPERATOR
from serving.cli import run
from serving.events import Event
from serving.experiment import stops, watching
from serving.experiment.stops import PARTS, WATCHED, Stop
from serving.home import Home
from serving.settings import Settings
from serving.standing import in_need
from serving.store.database import Store
from serving.weekly import run_weekly
from tests.training.effect.reference.lots import MATURES_AFTER, World, drawn
from training.effect.harm import ALL, State, Verdict

AS_OF = date(2024, 6, 30)
NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
RUNG = date(2024, 6, 24)
SETTINGS = Settings(holdout_seed="stops")


def verdict(segment: str = "band", value: str = "high", state: State = State.STOP) -> Verdict:
    return Verdict(segment, value, state, RUNG, 400, 60, 0.1, 0.02, "Alarm.", "Stop.")


def kept(store: Store, *verdicts: Verdict, on: date = AS_OF) -> list[Stop]:
    with store.write() as connection:
        stops.keep(connection, verdicts, on, NOW)
        return stops.in_force(connection, on)


def lifted(store: Store, name: str = "band high", on: date = AS_OF + timedelta(days=7), **said: str) -> Stop:
    told = {"decided_by": "A. Otieno", "why": "Visits are another matter now.", "changed": "No talk of loans."} | said
    with store.write() as connection:
        return stops.lift(connection, name, **told, on=on, now=NOW, by=OPERATOR)


def events(store: Store) -> list[tuple[str, dict[str, str]]]:
    with store.read() as connection:
        return [(entry.event, json.loads(entry.detail)) for entry in audit.entries(connection)]


def test_what_rings_stops_once_and_is_written_down(store: Store) -> None:
    (first,) = kept(store, verdict(), verdict(value="low", state=State.GO_ON))
    (again,) = kept(store, verdict(), on=AS_OF + timedelta(days=7))

    assert first == again
    assert (first.name, first.bands, first.since_on, first.said) == ("band high", {"high"}, RUNG, "Alarm.")
    assert events(store) == [
        (Event.LISTS_STOPPED, {"segment": "band", "value": "high", "since": RUNG.isoformat()}),
    ]


def test_an_alarm_for_everybody_stops_every_band(store: Store) -> None:
    assert stops.bands(kept(store, verdict(ALL, ""))) == {"high", "medium", "low"}


def test_a_later_look_without_an_alarm_is_no_lift(store: Store) -> None:
    kept(store, verdict())

    assert len(kept(store, verdict(state=State.GO_ON))) == 1


def test_a_person_lets_lists_begin_again_from_a_day_on(store: Store) -> None:
    kept(store, verdict())
    day = AS_OF + timedelta(days=7)

    done = lifted(store)

    with store.read() as connection:
        assert stops.in_force(connection, AS_OF) == [done]
        assert stops.in_force(connection, day) == []
        (decision,) = stops.lifts(stops.every(connection))
    assert (decision.decided_by, decision.changed, decision.on) == ("A. Otieno", "No talk of loans.", day)
    assert done.why == "Visits are another matter now."
    assert events(store)[-1] == (
        Event.LISTS_BEGUN_AGAIN,
        {"segment": "band", "value": "high", "on": day.isoformat()},
    )


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"name": "band low"}, "no lists called 'band low' are stopped"),
        ({"decided_by": " "}, "a lift needs both"),
        ({"changed": ""}, "a lift needs both"),
        ({"why": " "}, "the reason needs words"),
        ({"on": RUNG}, "not after the alarm"),
    ],
)
def test_a_lift_needs_a_person_a_reason_a_change_and_a_later_day(
    store: Store, said: dict[str, Any], refused: str
) -> None:
    kept(store, verdict())

    with pytest.raises(UsageError, match=refused):
        lifted(store, **said)

    with store.read() as connection:
        assert len(stops.in_force(connection, AS_OF + timedelta(weeks=10))) == 1


def test_after_a_lift_the_alarm_may_ring_anew(store: Store) -> None:
    kept(store, verdict())
    lifted(store)
    later = AS_OF + timedelta(weeks=30)

    (again,) = kept(store, verdict(), on=later)

    assert again.stopped_on == later


# The weekly run


@pytest.fixture
def harmful(monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """A log by which contact drives clients of band high away, and nobody else."""
    log = drawn(World(weeks=80, per_week=150, share=0.3, helped=0.0, driven=0.0, harmed=0.3, seed=3))
    log["band"] = log["lending"].map({"individual": "high", "group": "medium"})
    for column in ("as_of", "settled_on"):
        log[column] = pd.to_datetime(log[column]) + (pd.Timestamp(AS_OF) - pd.to_datetime(log["settled_on"]).max())
    monkeypatch.setattr(watching, "logged", lambda *_: log)
    return log


@pytest.fixture(scope="module")
def tables(mfi: Any) -> dict[str, pd.DataFrame]:
    made: dict[str, pd.DataFrame] = mfi(clients=40)
    return made


def listed(home: Home) -> dict[str, set[tuple[str, str]]]:
    """Clients and bands of each list in force."""
    with closing(home.store(SETTINGS)) as store, store.read() as connection:
        newest = issued.newest(connection)
        assert newest is not None
        pages = issued.sheets(connection, newest)
    return {page.officer_id: {(line.client_id, line.band) for line in page.lines} for page in pages}


def go(home: Home, model: Any, tables: dict[str, pd.DataFrame], as_of: date = AS_OF) -> weekly.WeeklyRun:
    with closing(home.store(SETTINGS)) as store:
        return run_weekly(Book.of(tables), as_of, model, "0123", home, SETTINGS, store, NOW, lists_only=True)


def test_the_weekly_run_looks_for_harm_and_stops_the_lists_of_that_part(
    home: Home, model: Any, tables: dict[str, pd.DataFrame], harmful: pd.DataFrame
) -> None:
    verdicts = watching.verdicts_of(harmful, AS_OF, MATURES_AFTER, [])
    assert [each.value for each in verdicts if each.state is State.STOP and each.segment in WATCHED] == ["high"]

    done = go(home, model, tables)

    lists = listed(home)
    assert {band for owner, lines in lists.items() if owner != "desk" for _, band in lines} <= {"medium", "low"}
    with Book.of(tables).known(AS_OF) as known:
        high = [client for client, band in lists.get("desk", set()) if band == "high"]
        needy = in_need(known, SETTINGS, high)
    complaining = set(tables["complaints"]["client_id"])
    assert set(high) <= set(needy) | complaining
    assert any(each.startswith("Lists of band high are stopped. Alarm since") for each in done.stopped)


def test_lists_stay_as_they_are_where_nothing_rings(
    home: Home, model: Any, tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    done = go(home, model, tables)

    assert done.stopped == ()
    assert "high" in {band for lines in listed(home).values() for _, band in lines}


def test_no_word_of_a_stop_stands_in_any_file_of_the_lists(
    home: Home, model: Any, tables: dict[str, pd.DataFrame], harmful: pd.DataFrame
) -> None:
    go(home, model, tables)

    for file in home.lists.rglob("*.*"):
        if file.suffix in (".csv", ".txt", ".html", ".json"):
            assert "stopped" not in file.read_text().lower(), file.name


def test_the_commands_show_stops_and_lift_them(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--home", str(home.path)]
    with closing(home.store(SETTINGS)) as store:
        kept(store, verdict())
    lift = ["stops", "lift", "band high", "--decided-by", "A. Otieno", "--why", "Asked", "--changed", "No loans"]

    assert run(["stops", "show", *at]) == 0
    assert "band high: stopped with the lists of 2024-06-30. Alarm." in capsys.readouterr().out
    assert run([*lift, "--from", "2024-07-07", *at]) == 0
    assert run(["stops", "show", *at]) == 0

    assert "Begun again with the lists of 2024-07-07 by A. Otieno: Asked" in capsys.readouterr().out


def test_the_parts_that_are_watched_are_fixed_beforehand() -> None:
    assert PARTS == 4
