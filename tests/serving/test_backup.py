"""Backup and restore: everything comes back, into either database, and a kill anywhere loses nothing."""

import json
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from filled import ROWS, fill
from homes import FILES, files_of, small_home
from killed import COMMIT, FILE, killed_everywhere
from sqlalchemy import insert, select

from features.errors import StorageError, UsageError
from serving import audit
from serving.backup import BackedUp, Restored, back_up, restore
from serving.events import Event
from serving.home import Home
from serving.settings import Settings
from serving.store.database import open_store
from serving.store.portable import as_lines, tables_of
from serving.store.tables import facts, metadata

NOW = datetime(2024, 7, 2, 6, 0, tzinfo=UTC)
Rows = dict[str, list[bytes]]


def saved(home: str, url: str, target: str) -> BackedUp:
    return back_up(Home(Path(home)), url, Path(target), NOW, "0.1.0")


def brought_back(file: str, home: str, url: str, force: int) -> Restored:
    return restore(Path(file), Home(Path(home)), NOW, url=url, force=bool(force))


def rows_of(url: str) -> Rows:
    with closing(open_store(url, any_version=True)) as store, store.read() as connection:
        return {table.name: list(as_lines(connection, table)) for table in tables_of(connection)}


def url_of(home: Path) -> str:
    return Home(home).database_url(Settings())


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes addresses of databases without any table, of each kind in turn."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        return lambda: str(server.empty())
    numbers = count()
    return lambda: f"sqlite:///{tmp_path / f'empty-{next(numbers)}.db'}"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a small home on SQLite."""
    home = small_home(tmp_path / "source")
    saved(str(home.path), url_of(home.path), str(tmp_path / "backup.zip"))
    return tmp_path / "backup.zip"


def test_what_is_backed_up_comes_back_whatever_the_database(
    database: str, empty: Callable[[], str], tmp_path: Path
) -> None:
    home = small_home(tmp_path / "source", database)
    before, target = rows_of(database), empty()

    made = saved(str(home.path), database, str(tmp_path / "backup.zip"))
    done = brought_back(str(tmp_path / "backup.zip"), str(tmp_path / "restored"), target, 0)

    after = rows_of(target)
    assert files_of(tmp_path / "restored") == files_of(home.path)
    assert set(files_of(home.path)) == {*FILES, "settings.toml"}
    assert {name: lines for name, lines in after.items() if name != "audit"} == {
        name: lines for name, lines in before.items() if name != "audit"
    }
    assert after["audit"][:-1] == before["audit"]
    assert b'"backup_restored"' in after["audit"][-1]
    assert (made.rows, done.rows, made.parts) == (ROWS * len(metadata.tables),) * 2 + (done.parts,)
    assert done.audit.first_break is None
    assert (tmp_path / "backup.zip").stat().st_mode & 0o777 == 0o600


def test_reports_and_the_measures_they_are_made_from_come_back_too(tmp_path: Path) -> None:
    home = small_home(tmp_path / "source")
    kept = {"reports/2024-06.pdf": b"%PDF-1.7", "measures/2024-06-30.json": b"{}"}
    for name, content in kept.items():
        (home.path / name).parent.mkdir(exist_ok=True)
        (home.path / name).write_bytes(content)

    saved(str(home.path), url_of(home.path), str(tmp_path / "backup.zip"))
    brought_back(str(tmp_path / "backup.zip"), str(tmp_path / "restored"), "", 0)

    assert {name: (tmp_path / "restored" / name).read_bytes() for name in kept} == kept


def test_a_restored_folder_with_its_own_database_is_ready_to_work(backup: Path, tmp_path: Path) -> None:
    done = brought_back(str(backup), str(tmp_path / "restored"), "", 0)

    home = Home(tmp_path / "restored")
    with closing(home.store(Settings())) as store, store.write() as connection:
        assert audit.verify(connection).first_break is None
        fill_again = audit.record(connection, NOW, "ama", "officer", Event.SIGNED_OUT)
    assert fill_again.seq == done.audit.head.seq + 1
    assert (home.path / "exitwatch.db").stat().st_mode & 0o777 == 0o600
    assert home.path.stat().st_mode & 0o777 == 0o700
    assert not list(home.path.glob("*.db-*"))


def test_a_backup_made_while_others_write_holds_whole_transactions(database: str, tmp_path: Path) -> None:
    home = small_home(tmp_path / "source", database)
    going, written = threading.Event(), threading.Event()

    def write() -> None:
        with closing(open_store(database)) as store:
            for number in count():
                with store.write() as connection:
                    for half in "ab":
                        connection.execute(insert(facts).values(name=f"pair-{number:06d}-{half}", value="1"))
                    audit.record(connection, NOW, "ama", "officer", Event.SIGNED_OUT)
                written.set()
                if going.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    written.wait(30)
    try:
        saved(str(home.path), database, str(tmp_path / "backup.zip"))
    finally:
        going.set()
        writer.join()

    done = brought_back(str(tmp_path / "backup.zip"), str(tmp_path / "restored"), "", 0)
    with closing(open_store(url_of(tmp_path / "restored"))) as store, store.read() as connection:
        pairs = connection.execute(select(facts.c.name).where(facts.c.name.startswith("pair-"))).scalars().all()
    assert len(pairs) > 0
    assert len(pairs) == 2 * len({name[:-2] for name in pairs})
    assert done.audit.first_break is None


def test_a_folder_that_is_not_empty_is_left_alone_unless_it_may_be_moved_aside(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / "models").mkdir(parents=True)
    (tmp_path / "home" / "models" / "mine").write_text("mine")

    with pytest.raises(UsageError, match=r"'home' is not empty.*--force"):
        brought_back(str(backup), str(tmp_path / "home"), "", 0)
    assert files_of(tmp_path / "home") == {"models/mine": b"mine"}

    done = brought_back(str(backup), str(tmp_path / "home"), "", 1)
    assert done.aside == tmp_path / "home.aside-20240702T060000Z"
    assert files_of(done.aside) == {"models/mine": b"mine"}
    assert set(files_of(tmp_path / "home")) == {*FILES, "settings.toml"}


def test_a_database_that_is_not_empty_is_never_restored_into(backup: Path, database: str, tmp_path: Path) -> None:
    with closing(open_store(database)) as store, store.write() as connection:
        fill(connection)
    before = rows_of(database)

    with pytest.raises(UsageError, match="database to restore into is not empty"):
        brought_back(str(backup), str(tmp_path / "home"), database, 1)

    assert rows_of(database) == before
    assert not (tmp_path / "home").exists()


def test_tables_of_another_version_can_be_backed_up_but_not_restored_by_this_one(database: str, tmp_path: Path) -> None:
    home = small_home(tmp_path / "source", database)
    with closing(open_store(database)) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    saved(str(home.path), database, str(tmp_path / "backup.zip"))

    with zipfile.ZipFile(tmp_path / "backup.zip") as opened:
        assert json.loads(opened.read("manifest.json"))["tables"] == "9999"
    with pytest.raises(StorageError, match=r"version 9999.*newer exitwatch"):
        brought_back(str(tmp_path / "backup.zip"), str(tmp_path / "restored"), "", 0)
    assert not (tmp_path / "restored").exists()


def test_a_log_that_was_changed_before_the_backup_is_told_after_the_restore(tmp_path: Path) -> None:
    home = small_home(tmp_path / "source")
    with sqlite3.connect(home.path / "exitwatch.db") as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET actor = 'juma' WHERE seq = 2")
    saved(str(home.path), url_of(home.path), str(tmp_path / "backup.zip"))

    done = brought_back(str(tmp_path / "backup.zip"), str(tmp_path / "restored"), "", 0)

    assert done.audit.first_break is not None
    assert done.audit.first_break.seq == 2


def test_a_backup_is_not_written_over_and_needs_tables_to_back_up(backup: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    with pytest.raises(UsageError, match="already"):
        saved(str(source), url_of(source), str(backup))
    with pytest.raises(UsageError, match="no tables yet"):
        saved(str(source), f"sqlite:///{tmp_path / 'none.db'}", str(tmp_path / "other.zip"))
    assert not (tmp_path / "other.zip").exists()


@pytest.mark.parametrize("link", ["lists/2024-W27/more", "models", "settings.toml"])
def test_links_are_refused_rather_than_left_out(tmp_path: Path, link: str) -> None:
    home = small_home(tmp_path / "source")
    place = home.path / link
    if place.exists():
        place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(UsageError, match=r"is a link"):
        saved(str(home.path), url_of(home.path), str(tmp_path / "backup.zip"))


def changed(backup: Path, change: Callable[[dict[str, object]], object]) -> Path:
    """The backup with another manifest."""
    target = backup.with_name("changed.zip")
    with zipfile.ZipFile(backup) as opened, zipfile.ZipFile(target, "w") as into:
        for entry in opened.infolist():
            content = opened.read(entry)
            if entry.filename == "manifest.json":
                manifest = json.loads(content)
                change(manifest)
                content = json.dumps(manifest).encode()
            into.writestr(entry, content)
    return target


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update(format=2), "another layout"),
        (lambda m: m.pop("format"), "lacks what a backup's has"),
        (lambda m: m.update(audit_head="?"), "lacks what a backup's has"),
        (lambda m: m.update(rows=[]), "lacks what a backup's has"),
        (lambda m: m["rows"].pop("facts"), "parts no backup has"),
        (lambda m: m["rows"].update(secrets=1), "parts no backup has"),
        (lambda m: m["rows"].update(facts=99), "3 rows of table facts, not the 99"),
        (lambda m: m.update(tables="'; DROP TABLE audit"), "newer exitwatch"),
    ],
)
def test_a_manifest_that_is_not_a_backups_is_refused_and_nothing_is_left(
    backup: Path, tmp_path: Path, change: Callable[[dict[str, object]], object], said: str
) -> None:
    with pytest.raises(StorageError, match=said):
        brought_back(str(changed(backup, change)), str(tmp_path / "restored"), "", 0)

    assert not (tmp_path / "restored").exists()


def test_parts_that_no_backup_has_are_refused(backup: Path, tmp_path: Path) -> None:
    target = tmp_path / "changed.zip"
    with zipfile.ZipFile(backup) as opened, zipfile.ZipFile(target, "w") as into:
        for entry in opened.infolist():
            content = opened.read(entry)
            if entry.filename == "settings.toml":
                entry.filename = "bin/run"
            if entry.filename == "manifest.json":
                content = content.replace(b'"settings.toml"', b'"bin/run"')
            into.writestr(entry, content)

    with pytest.raises(StorageError, match="parts no backup has"):
        brought_back(str(target), str(tmp_path / "restored"), "", 0)


def test_a_backup_killed_anywhere_leaves_a_whole_one_or_none(tmp_path: Path) -> None:
    home = small_home(tmp_path / "source")
    numbers, ends = count(), []

    def fresh() -> list[str]:
        return [str(home.path), url_of(home.path), str(tmp_path / f"{next(numbers)}.zip")]

    for end in killed_everywhere(saved, fresh):
        target = Path(str(end.arguments[2]))
        if target.exists():
            with zipfile.ZipFile(target) as opened:
                assert opened.testzip() is None
                assert "manifest.json" in opened.namelist()
        else:
            assert not end.unharmed
        ends.append(target.exists())

    assert {True, False} == set(ends)


# Each attempt is followed by another restore, so of the many changes to files only some are died at.
@pytest.mark.parametrize(("kinds", "step"), [({COMMIT}, 1), ({FILE}, 12)], ids=["commits", "files"])
def test_a_restore_killed_anywhere_leaves_the_old_or_the_restored_and_can_be_run_again(
    backup: Path, tmp_path: Path, empty: Callable[[], str], kinds: set[str], step: int
) -> None:
    if FILE in kinds and not empty().startswith("sqlite"):
        pytest.skip("what becomes of files does not depend on the database")
    numbers, places = count(), 0
    new = set(files_of(tmp_path / "source"))

    def fresh() -> list[str | int]:
        folder = tmp_path / f"home-{next(numbers)}"
        folder.mkdir()
        (folder / "old").write_text("old")
        return [str(backup), str(folder), empty(), 1]

    for end in killed_everywhere(brought_back, fresh, kinds=kinds, step=step):
        home, url = Path(str(end.arguments[1])), str(end.arguments[2])
        found = set(files_of(home))
        assert found in ({"old"}, new), end
        if found == {"old"}:
            assert not end.unharmed
            brought_back(*end.arguments)
        assert set(files_of(home)) == new, end
        after = rows_of(url)
        assert {len(lines) for name, lines in after.items() if name != "audit"} == {ROWS + 1}, end
        assert len(after["audit"]) == ROWS + 2, end
        places += 1

    assert places > 2
