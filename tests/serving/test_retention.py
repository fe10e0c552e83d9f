"""Retention: what is older than the settings allow goes, the rest stays, and what a kill leaves the next run ends."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killed import COMMIT, FILE, killed_everywhere
from sqlalchemy import func, insert, select

from serving import audit
from serving.access import OPERATOR
from serving.events import Event
from serving.home import Home, week_of
from serving.months import months_before
from serving.retention import Due, clean, due
from serving.settings import Settings
from serving.store.database import Store, open_store
from serving.store.tables import (
    accounts,
    allocations,
    corrections,
    devices,
    handovers,
    holds,
    issues,
    lines,
    lists,
    metadata,
    openid_tries,
    outcomes,
    sessions,
    survey_answers,
    survey_sampled,
    survey_samples,
    tokens,
)

TODAY = date(2026, 3, 15)
NOW = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
SETTINGS = Settings()
#: So many months back and a day; and the day itself, which stays.
OLD = {months: months_before(TODAY, months) - timedelta(days=1) for months in (13, 36, 60)}
KEPT = {months: months_before(TODAY, months) for months in (13, 36, 60)}


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def scored(home: Home, day: date, *names: str) -> Path:
    folder = home.scores / day.isoformat()
    folder.mkdir(parents=True)
    for name in names or ("scores.parquet", "features.parquet", "facts.parquet", "people.parquet", "context.json"):
        (folder / name).write_text(name)
    return folder


def a_week(connection: Any, number: int, day: date) -> str:
    week = week_of(day)
    connection.execute(
        insert(issues).values(
            issue_id=number,
            week=week,
            revision=1,
            as_of=day,
            model_version="m",
            book_digest="b",
            settings={},
            files={},
            software="1",
            digest="d",
            issued_at=noon(day),
        )
    )
    plain = dict.fromkeys(("officer_id", "officer_name", "branch_id", "branch_name", "language"), "x")
    connection.execute(insert(lists).values(issue_id=number, list_id=f"{week}-o", check="abc", files={}, **plain))
    connection.execute(
        insert(lines).values(issue_id=number, list_id=f"{week}-o", place=1, client_id="ama", content={"a": 1})
    )
    return week


def an_outcome(connection: Any, day: date) -> None:
    text = ("list_id", "client_id", "officer_id", "branch_id", "entered_by", "entered_role", "channel", "kind", "code")
    connection.execute(
        insert(outcomes).values(
            outcome_id=f"o-{day}",
            place=1,
            status="replaced",
            recorded_at=noon(day),
            recorded_on=day,
            happened_on=day,
            **dict.fromkeys(text, "x"),
        )
    )
    by = {"handed_by": "x", "handed_at": noon(day), "list_id": "x", "place": 1, "client_id": "ama", "branch_id": "b"}
    connection.execute(insert(handovers).values(handover_id=f"h-{day}", **by))
    right = {"client_id": "ama", "what": "phone", "value": "1", "entered_by": "x", "entered_at": noon(day)}
    connection.execute(insert(corrections).values(correction_id=f"c-{day}", **right))


def a_survey(connection: Any, day: date) -> None:
    name = f"s-{day}"
    at = {"drawn_by": "x", "drawn_at": noon(day), "drawn_on": day}
    connection.execute(insert(survey_samples).values(sample_id=name, plan={}, digest="d", **at))
    who = {"client_id": "ama", "stratum": "all", "left_on": day, "leaver_type": "VOL"}
    connection.execute(insert(survey_sampled).values(sample_id=name, place=1, **who))
    told = {"client_id": "ama", "consent": True, "interviewed_on": day, "recorded_on": day, "recorded_at": noon(day)}
    by = {"entered_by": "x", "entered_role": "analyst", "channel": "api"}
    connection.execute(insert(survey_answers).values(answer_id=name, sample_id=name, **told, **by))


def a_lot(connection: Any, number: int, until: date) -> None:
    of = {"client_id": "ama", "unit": "client:ama", "officer_id": "o", "branch_id": "b", "band": "high", "week": "x"}
    said = {"arm": "listed", "share": 0.1, "risk": 0.4, "drawn_at": noon(until)}
    days = {"from_on": until - timedelta(weeks=13), "until_on": until}
    connection.execute(insert(allocations).values(stratum="b/high", place=number, **of, **said, **days))


def a_hold(connection: Any, name: str, from_on: date, **ends: date) -> None:
    row = {"kind": "bereavement", "reach": "client", "target": "ama", "entered_by": "x", "entered_at": noon(from_on)}
    connection.execute(insert(holds).values(hold_id=name, from_on=from_on, **row, **ends))


def lived(home: Home, store: Store) -> None:
    """Something a day too old, and something just young enough, of each kind."""
    for months in (13, 36):
        scored(home, OLD[months])
        scored(home, KEPT[months])
    with store.write() as connection:
        for number, day in enumerate((OLD[13] - timedelta(days=7), KEPT[13]), 1):
            week = a_week(connection, number, day)
            (home.lists / week).mkdir(parents=True)
            (home.lists / week / "lists.csv").write_text("ama")
            (home.lists / "superseded" / f"{week}-0123abcd").mkdir(parents=True)
        for day in (OLD[36], KEPT[36]):
            an_outcome(connection, day)
            a_survey(connection, day)
            a_lot(connection, day.toordinal(), day)
        a_hold(connection, "ended", OLD[60], until_on=OLD[36])
        a_hold(connection, "lifted", OLD[60], lifted_on=OLD[36])
        a_hold(connection, "ended later", OLD[60], until_on=KEPT[36])
        a_hold(connection, "without end", OLD[60])
        connection.execute(insert(accounts).values(username="ama", role="officer", of="o", created_at=noon(OLD[60])))
        for name, day in (("old", TODAY - timedelta(days=1)), ("new", TODAY)):
            at = {"created_at": noon(day), "seen_at": noon(day), "expires_at": noon(day)}
            connection.execute(insert(sessions).values(digest=name, username="ama", csrf="x", **at))
            connection.execute(insert(devices).values(digest=name, username="ama", expires_at=noon(day)))
            tried = {"nonce": "", "verifier": "", "redirect_uri": "", "back_to": "", "expires_at": noon(day)}
            connection.execute(insert(openid_tries).values(digest=name, **tried))
            made = {"scope": "desk", "expires_on": day, "created_at": noon(OLD[60])}
            connection.execute(insert(tokens).values(name=name, digest=name, **made))
        for day in (OLD[60], KEPT[60], TODAY):
            audit.record(connection, noon(day), "ama", "officer", Event.SIGNED_OUT)


def counts(store: Store) -> Mapping[str, int]:
    with store.read() as connection:
        return {
            name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in metadata.tables.items()
        }


def cleaned(home: str, url: str) -> tuple[Due, ...]:
    with closing(open_store(url)) as store:
        return clean(store, Home(Path(home)), SETTINGS, NOW, TODAY, OPERATOR)


def entries(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if not each.name.endswith(".lock")) if folder.is_dir() else []


def test_what_is_a_day_too_old_goes_and_what_is_not_stays(home: Home, store: Store, database: str) -> None:
    lived(home, store)
    before = counts(store)

    cleaned(str(home.path), database)

    after = counts(store)
    gone = {name: before[name] - after[name] for name in before if name not in ("audit", "facts")}
    assert {name: rows for name, rows in gone.items() if rows} == {
        "allocations": 1,
        "corrections": 1,
        "devices": 1,
        "handovers": 1,
        "holds": 2,
        "issues": 1,
        "lines": 1,
        "lists": 1,
        "openid_tries": 1,
        "outcomes": 1,
        "sessions": 1,
        "survey_answers": 1,
        "survey_sampled": 1,
        "survey_samples": 1,
        "tokens": 1,
    }
    assert entries(home.scores) == [KEPT[13].isoformat()]
    assert entries(home.features) == [KEPT[36].isoformat(), OLD[13].isoformat()]
    assert entries(home.features / OLD[13].isoformat()) == ["context.json", "features.parquet"]
    assert entries(home.lists) == [week_of(KEPT[13]), "superseded"]
    assert entries(home.lists / "superseded") == [f"{week_of(KEPT[13])}-0123abcd"]
    with store.read() as connection:
        kept = set(connection.execute(select(holds.c.hold_id)).scalars())
    assert kept == {"ended later", "without end"}


def test_what_was_erased_stands_in_the_audit_log_whose_chain_stays_whole(
    home: Home, store: Store, database: str
) -> None:
    lived(home, store)

    cleaned(str(home.path), database)

    with store.read() as connection:
        verified = audit.verify(connection)
        told = [entry for entry in audit.entries(connection) if entry.event == Event.RETENTION_RUN]
        forgotten = [entry for entry in audit.entries(connection) if entry.event == Event.AUDIT_FORGOTTEN]
    assert verified.first_break is None
    assert verified.anchored == 1
    assert len(forgotten) == 1
    assert [entry.detail for entry in told] == [
        '{"before":"2025-02-15","rows":3,"what":"scores"}',
        '{"before":"2025-02-15","rows":4,"what":"lists"}',
        '{"before":"2023-03-15","rows":4,"what":"outcomes"}',
        '{"before":"2023-03-15","rows":2,"what":"holds"}',
        '{"before":"2023-03-15","rows":3,"what":"survey"}',
        '{"before":"2026-03-15","rows":3,"what":"sessions"}',
        '{"before":"2026-03-15","rows":1,"what":"tokens"}',
    ]
    assert {entry.actor for entry in told} == {"command line"}


def test_a_look_changes_nothing_and_tells_what_a_run_then_does(home: Home, store: Store, database: str) -> None:
    lived(home, store)
    before, folders = counts(store), sorted(home.path.rglob("*"))

    looked = due(store, home, SETTINGS, TODAY)

    assert counts(store) == before
    assert sorted(home.path.rglob("*")) == folders
    assert looked == cleaned(str(home.path), database)
    assert {each.what: (each.rows, each.folders) for each in looked} == {
        "scores": (0, 3),
        "features": (0, 0),
        "lists": (2, 2),
        "outcomes": (4, 0),
        "holds": (2, 0),
        "survey": (3, 0),
        "sessions": (3, 0),
        "tokens": (1, 0),
        "audit": (1, 0),
    }


def test_a_second_run_finds_nothing(home: Home, store: Store, database: str) -> None:
    lived(home, store)
    cleaned(str(home.path), database)
    before, folders = counts(store), sorted(home.path.rglob("*"))

    again = cleaned(str(home.path), database)

    assert {each.rows + each.folders for each in again} == {0}
    assert counts(store) == before
    assert sorted(home.path.rglob("*")) == folders


def test_figures_that_may_be_kept_for_less_time_than_scores_go_before_them(home: Home, store: Store) -> None:
    folder = scored(home, OLD[13] + timedelta(days=60))

    clean(store, home, Settings(keep_features_months=6), NOW, TODAY, OPERATOR)

    assert entries(folder) == ["context.json", "people.parquet", "scores.parquet"]
    assert not home.features.exists()


def test_an_empty_folder_has_nothing_to_erase(home: Home, store: Store) -> None:
    assert {each.rows + each.folders for each in clean(store, home, SETTINGS, NOW, TODAY, OPERATOR)} == {0}


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 240))
def test_months_are_counted_by_the_calendar(day: date, months: int) -> None:
    before = months_before(day, months)

    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == months
    assert before.day == day.day or (before.day < day.day and (before + timedelta(days=1)).day == 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_database(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> Callable[[], str]:
    """Makes addresses of fresh databases, of each kind in turn."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        return lambda: str(server.fresh())
    numbers = count()

    def copied() -> str:
        file = tmp_path / f"fresh-{next(numbers)}.db"
        shutil.copyfile(migrated, file)
        return f"sqlite:///{file}"

    return copied


# Each attempt lives through years first, so of the many changes to files only some are died at.
@pytest.mark.parametrize(("kinds", "step"), [({COMMIT}, 1), ({FILE}, 9)], ids=["commits", "files"])
def test_a_run_killed_anywhere_shows_whole_folders_and_the_next_ends_it(
    tmp_path: Path, fresh_database: Callable[[], str], kinds: set[str], step: int
) -> None:
    if FILE in kinds and not fresh_database().startswith("sqlite"):
        pytest.skip("what becomes of files does not depend on the database")
    numbers = count()

    def fresh() -> list[str]:
        home = Home(tmp_path / f"home-{next(numbers)}").create()
        url = fresh_database()
        with closing(open_store(url)) as store:
            lived(home, store)
        return [str(home.path), url]

    places = 0
    for end in killed_everywhere(cleaned, fresh, kinds=kinds, step=step):
        home, url = Home(Path(str(end.arguments[0]))), str(end.arguments[1])
        for day in home.scored_dates():
            assert len(entries(home.scores / day.isoformat())) == 5, end
        for week in home.weeks():
            assert entries(home.lists / week) in (["lists.csv"], []), end
        cleaned(*end.arguments)
        assert entries(home.scores) == [KEPT[13].isoformat()], end
        assert entries(home.features) == [KEPT[36].isoformat(), OLD[13].isoformat()], end
        assert entries(home.lists) == [week_of(KEPT[13]), "superseded"], end
        with closing(open_store(url)) as store, store.read() as connection:
            assert audit.verify(connection).first_break is None, end
        places += 1
    assert places > 1
