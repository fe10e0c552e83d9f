"""Erasure: nothing of her is left but a pseudonym, everybody else's files stay, and what a kill leaves is finished."""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from killed import COMMIT, FILE, killed_everywhere
from known_client import AS_OF, HER, NOW, OTHER, TODAY, an_outcome, copied, made_once
from sqlalchemy import insert, select

from features.book import Book
from features.errors import StorageError, UsageError
from serving import audit, handovers, holds, issued
from serving.access import OPERATOR
from serving.delimited import read_table
from serving.erased_files import folders_with
from serving.erasure import Erased, ErasureRefused, erase, finish, left_out
from serving.events import Event
from serving.feedback import returned
from serving.holds import Hold, Reach
from serving.home import Home
from serving.issued import newest, sheets
from serving.kept_scores import KeptScores
from serving.list_files import list_contents
from serving.outcomes import waiting_conflicts
from serving.replay import replay
from serving.settings import Settings
from serving.store import database as database_door
from serving.store.database import Store, open_store
from serving.store.tables import lines, metadata, outcomes
from serving.weekly import WeeklyRun, run_weekly


def erased(home: str, url: str) -> Erased:
    with closing(open_store(url)) as store:
        return erase(store, Home(Path(home)), Settings(), HER, NOW, TODAY, OPERATOR)


def everything(home: Home, url: str) -> bytes:
    """All bytes of the working folder but for the database, and all rows of the database as text."""
    files = [f for f in sorted(home.path.rglob("*")) if f.is_file() and "exitwatch.db" not in f.name]
    parts = [f.name.encode() + f.read_bytes() for f in files]
    parts += [pq.read_table(file).to_pandas().to_csv().encode() for file in files if file.suffix == ".parquet"]
    with closing(open_store(url)) as store, store.read() as connection:
        for table in metadata.sorted_tables:
            parts += [repr(tuple(row)).encode() for row in connection.execute(select(table))]
    return b"\n".join(parts)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    return made_once(tmp_path_factory.mktemp("template") / "home", migrated)


@pytest.fixture
def life(template: Path, store: Store, tmp_path: Path) -> Home:
    return copied(template, tmp_path / "home", store)


def test_nothing_of_her_is_left_anywhere(life: Home, store: Store, database: str) -> None:
    before = everything(life, database)
    assert HER.encode() in before
    assert f"on {HER}".encode() in before

    erased(str(life.path), database)

    after = everything(life, database)
    assert HER.encode() not in after
    assert OTHER.encode() in after
    with store.read() as connection:
        assert audit.verify(connection).first_break is None


def test_no_byte_of_her_is_left_in_the_files_of_the_database(
    template: Path, migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while they are open, and on a SQLite that was built to leave what is deleted where it was."""
    prepare = database_door._prepare

    def careless(connection: Any, record: object) -> None:
        connection.execute("PRAGMA secure_delete=OFF")
        prepare(connection, record)

    def in_files(text: str) -> bool:
        return any(text.encode() in file.read_bytes() for file in tmp_path.glob("exitwatch.db*"))

    monkeypatch.setattr(database_door, "_prepare", careless)
    file = tmp_path / "exitwatch.db"
    shutil.copyfile(migrated, file)
    with closing(open_store(f"sqlite:///{file}")) as store:
        life = copied(template, tmp_path / "home", store)
        assert in_files(f"a note on {HER}")

        erase(store, life, Settings(), HER, NOW, TODAY, OPERATOR)

        assert not in_files(HER)
        assert in_files(f"a note on {OTHER}")


def test_pdfs_and_sheets_are_made_again_without_her(life: Home, store: Store, database: str) -> None:
    """Compressed files hide what they hold: they must be exactly those of the list without her."""
    erased(str(life.path), database)

    with store.read() as connection:
        drawn = newest(connection)
        assert drawn is not None
        left = {page.list_id: page for page in sheets(connection, drawn)}
    folder = life.lists / "2024-W27"
    for name in ("2024-W27-o17", "2024-W27-desk"):
        for file, content in list_contents(left[name], Settings()).items():
            assert (folder / file).read_bytes() == content
    assert [line.client_id for line in left["2024-W27-o17"].lines] == [OTHER, "z"]
    assert [line.place for line in left["2024-W27-o17"].lines] == [1, 3]


def test_lists_and_scores_of_others_stay_byte_for_byte(life: Home, store: Store, database: str) -> None:
    other = sorted((life.lists / "2024-W27").glob("2024-W27-o18.*"))
    before = {file: file.read_bytes() for file in other}

    erased(str(life.path), database)

    assert {file: file.read_bytes() for file in other} == before
    kept = KeptScores(life.scores / AS_OF.isoformat())
    assert kept.scores_of(HER) is None
    assert kept.person(HER) is None
    assert kept.scores_of(OTHER) == kept.scores_of("a") | {"client_id": OTHER}
    assert sorted(kept.facts.table["client_id"]) == ["a", "b", OTHER, "z"]
    assert (kept.context["clients"], kept.context["erased"]) == (4, 1)
    with store.read() as connection:
        assert (
            replay(connection, "2024-W27-o18", "0.1.0").files["2024-W27-o18.pdf"]
            == before[life.lists / "2024-W27" / "2024-W27-o18.pdf"]
        )
        with pytest.raises(StorageError, match="1 of the lines of 2024-W27-o17 were erased"):
            replay(connection, "2024-W27-o17", "0.1.0")


def test_the_manifest_says_how_many_lines_were_erased_and_fits_the_files(
    life: Home, store: Store, database: str
) -> None:
    erased(str(life.path), database)

    folders = [life.lists / "2024-W27", *(f for f in (life.lists / "superseded").iterdir() if f.is_dir())]
    assert len(folders) == 2
    for folder in folders:
        manifest = json.loads((folder / "manifest.json").read_text())
        files = {f.name for f in folder.iterdir()} - {"manifest.json"}
        assert manifest["erased"] == 2
        assert manifest["files"] == {name: sha256((folder / name).read_bytes()).hexdigest() for name in files}
        told = {each["list_id"]: each["lines"] for each in manifest["lists"]}
        table = read_table((folder / "lists.csv").read_bytes())
        assert told == {name: sum(row["list_id"] == name for row in table) for name in told}


def test_what_was_found_keeps_its_counts_and_loses_whom_it_was_about(life: Home, store: Store, database: str) -> None:
    done = erased(str(life.path), database)

    with store.read() as connection:
        rows = connection.execute(select(outcomes).order_by(outcomes.c.outcome_id)).all()
        gone = connection.execute(select(lines).where(lines.c.erased_at.is_not(None))).all()
        told = [entry for entry in audit.entries(connection) if entry.event == Event.CLIENT_ERASED]
        name = audit.pseudonym(connection, HER)
    assert [(row.code, row.kind, row.status) for row in rows] == [("L", "visit", "accepted")] * 4
    assert [row.note for row in rows] == ["", "a note on kofi", "", "a note on kofi"]
    assert {row.client_id for row in rows[::2]}.isdisjoint({HER, OTHER})
    assert len({row.client_id for row in rows}) == 3
    assert [row.content for row in gone] == [None] * 4
    assert [(entry.subject, entry.detail) for entry in told] == [(name, '{"files":4,"rows":12}')]
    assert done == Erased(rows=12, folders=4)


def test_nothing_about_her_waits_for_anybody_any_more(life: Home, store: Store, database: str) -> None:
    with store.write() as connection:
        other = an_outcome("2024-W27-o17", HER, 9) | {"status": "conflict", "code": "S", "accepted_on": None}
        connection.execute(insert(outcomes).values(other))
        assert len(waiting_conflicts(connection)) == 1
        assert len(handovers.of_branch(connection, "b3")) == 2

    erased(str(life.path), database)

    with store.read() as connection:
        assert waiting_conflicts(connection) == []
        assert set(returned(connection).contacts["client_id"].to_pylist()) == {OTHER}
        assert [each.client_id for each in handovers.of_branch(connection, "b3")] == [OTHER]


def test_she_is_left_out_of_every_week_past_and_to_come_though_the_book_names_her(
    life: Home, store: Store, database: str
) -> None:
    everybody = ["a", HER, OTHER]
    with store.write() as connection:
        assert left_out(connection, everybody, TODAY) == frozenset()

    erased(str(life.path), database)

    with store.write() as connection:
        for day in (date(2020, 1, 1), AS_OF, TODAY, date(2099, 1, 1)):
            assert left_out(connection, everybody, day) == {HER}
        holds.add(connection, Hold.OBJECTION, Reach.CLIENT, OTHER, TODAY, None, actor="desk", at=NOW)
        assert left_out(connection, everybody, TODAY) == {HER, OTHER}
        assert left_out(connection, ["a"], TODAY) == frozenset()


def test_a_later_weekly_run_neither_scores_nor_lists_her_though_the_book_names_her(
    model: Any, mfi: Callable[..., Any], as_of: date, home: Home, store: Store, database: str
) -> None:
    book = Book.of(mfi(clients=30))

    def week(days_before: int) -> WeeklyRun:
        day = as_of - timedelta(days=days_before)
        return run_weekly(book, day, model, "0123", home, Settings(), store, NOW)

    first = week(7)
    with store.read() as connection:
        her = min(issued.listed(connection, first.week))
    erase(store, home, Settings(), her, NOW, TODAY, OPERATOR)

    later = week(0)

    assert later.unheeded == ()
    with store.read() as connection:
        assert issued.listed(connection, later.week)
        assert her not in issued.listed(connection, later.week)
        assert issued.where_listed(connection, her) == []
    assert f"'{her}'".encode() not in everything(home, database)
    assert not folders_with(home, her)


def test_a_law_can_forbid_it_until_a_day_and_the_refusal_is_written_down(
    life: Home, store: Store, database: str
) -> None:
    before = everything(life, database)
    law = Settings(keep_by_law="The Act", keep_by_law_months=6)

    with pytest.raises(
        ErasureRefused, match="The Act obliges to keep what was found at her until 2025-01-03"
    ) as caught:
        erase(store, life, law, HER, NOW, TODAY, OPERATOR)

    assert caught.value.until == date(2025, 1, 3)
    with store.write() as connection:
        last = list(audit.entries(connection))[-1]
        assert (last.event, last.detail) == ("erasure_refused", '{"until":"2025-01-03"}')
        assert left_out(connection, [HER], TODAY) == frozenset()
    assert len(everything(life, database)) > len(before)
    assert erase(store, life, law, HER, NOW, date(2025, 1, 3), OPERATOR).rows == 12


def test_somebody_nothing_is_kept_about_is_told_so_and_no_mark_is_set(life: Home, store: Store, database: str) -> None:
    for client, said in (("nobody", "nothing is kept about"), ("client-" + "a" * 20, "is a pseudonym")):
        with pytest.raises(UsageError, match=said):
            erase(store, life, Settings(), client, NOW, TODAY, OPERATOR)
    erased(str(life.path), database)
    with pytest.raises(UsageError, match="was erased already"):
        erased(str(life.path), database)
    with store.write() as connection:
        assert left_out(connection, ["nobody"], TODAY) == frozenset()


def test_lists_the_database_no_longer_holds_are_removed(life: Home, store: Store, database: str) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM lines")
        connection.exec_driver_sql("DELETE FROM issues")

    erased(str(life.path), database)

    left = {file.name for file in (life.lists / "2024-W27").iterdir()}
    assert {"2024-W27-o18.pdf", "index.html", "manifest.json"} <= left
    assert not [name for name in left if name.startswith(("2024-W27-o17", "2024-W27-desk"))]
    assert "lists.csv" not in left
    assert HER.encode() not in everything(life, database)


def test_a_damaged_file_stops_it_and_she_is_left_out_meanwhile(life: Home, store: Store, database: str) -> None:
    (life.scores / AS_OF.isoformat() / "people.parquet").write_bytes(b"damaged")

    with pytest.raises(StorageError, match=r"people\.parquet is damaged"):
        erased(str(life.path), database)


def test_a_killed_erasure_leaves_whole_folders_leaves_her_out_and_is_finished_by_the_next_retention(
    tmp_path: Path, template: Path
) -> None:
    numbers, places = count(), 0

    def fresh() -> list[str]:
        folder = tmp_path / f"home-{next(numbers)}"
        shutil.copytree(template, folder)
        return [str(folder), f"sqlite:///{folder / 'exitwatch.db'}"]

    for end in killed_everywhere(erased, fresh, kinds={COMMIT, FILE}, step=31):
        home, url = Home(Path(end.arguments[0])), end.arguments[1]
        with closing(open_store(url)) as store:
            for folder in (home.lists / "2024-W27", *(home.lists / "superseded").glob("2024*")):
                manifest = json.loads((folder / "manifest.json").read_text())
                assert {file.name for file in folder.iterdir()} == {*manifest["files"], "manifest.json"}, end
            assert KeptScores(home.scores / AS_OF.isoformat()).facts, end
            with store.write() as connection:
                begun = left_out(connection, [HER], TODAY) == {HER}
            done = finish(store, home, Settings(), NOW, TODAY, OPERATOR)
            assert done == (begun and not end.unharmed), end
        assert (HER.encode() in everything(home, url)) == (not begun), end
        places += 1
    assert places > 3


def test_the_rows_go_all_at_once_on_either_database(life: Home, store: Store, database: str, tmp_path: Path) -> None:
    numbers = count()

    def fresh() -> list[str]:
        folder = tmp_path / f"again-{next(numbers)}"
        shutil.copytree(life.path, folder)
        return [str(folder), database]

    ends = []
    for end in killed_everywhere(erased, fresh, kinds={COMMIT}):
        with store.read() as connection:
            left = len(connection.execute(select(lines).where(lines.c.client_id == HER)).all())
            assert left == (0 if end.unharmed else 4), end
            assert audit.verify(connection).first_break is None
        ends.append(end)

    assert len(ends) == 3
