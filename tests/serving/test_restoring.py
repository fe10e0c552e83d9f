"""A restore ends with the database where it is looked for, alone with its folder, and lets nobody erased come back."""

import fcntl
import os
import shutil
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from homes import files_of, small_home
from killed import COMMIT, FILE, killed_everywhere
from known_client import HER, NOW, OTHER, TODAY, made_once

from features.errors import StorageError, UsageError
from serving import backup, restoring
from serving.access import OPERATOR
from serving.backup import Restored, back_up, restore
from serving.erasure import erase, finish, left_out, rows_about
from serving.home import Home
from serving.restoring import Content, Place, place_of
from serving.settings import Settings
from serving.whole import alone


def saved(home: Home, target: Path) -> Path:
    back_up(home, home.database_url(home.settings()), target, NOW, "0.1.0")
    return target


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return saved(small_home(tmp_path / "source"), tmp_path / "backup.zip")


def rows(url: str) -> dict[str, int]:
    """How many rows each table has, but for the audit log, which tells of backup and restore."""
    return {name: count for name, count in Content.of(url).rows.items() if name != "audit"}


def source_rows(tmp_path: Path) -> dict[str, int]:
    return rows(f"sqlite:///{tmp_path / 'source' / 'exitwatch.db'}")


@pytest.mark.parametrize("there", [False, True], ids=["no folder yet", "an empty folder"])
@pytest.mark.parametrize("name", ["exitwatch.db", "ops.db", "data/deep/ops.db"])
def test_a_database_that_is_to_stand_in_the_restored_folder_stands_in_it(
    archive: Path, tmp_path: Path, there: bool, name: str
) -> None:
    new = Home(tmp_path / "new")
    if there:
        new.path.mkdir()
    url = f"sqlite:///{new.path / name}"

    restore(archive, new, NOW, url=url)

    assert (new.path / name).stat().st_mode & 0o777 == 0o600
    assert rows(url) == source_rows(tmp_path)
    assert {file.name for file in (new.path / name).parent.glob("*.db*")} == {Path(name).name}


@pytest.mark.parametrize("said", ["in the settings", "in the environment", "from where we stand", "through a link"])
def test_it_does_however_its_address_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    source, new = small_home(tmp_path / "source"), Home(tmp_path / "new")
    address, url = f"sqlite:///{new.path / 'ops.db'}", ""
    if said == "in the settings":
        (tmp_path / "source" / "settings.toml").write_text(f'database_url = "{address}"\n')
    back_up(source, f"sqlite:///{source.path / 'exitwatch.db'}", tmp_path / "b.zip", NOW, "0.1.0")
    if said == "in the environment":
        monkeypatch.setenv("EXITWATCH_DATABASE_URL", address)
    if said == "from where we stand":
        new.path.mkdir()
        monkeypatch.chdir(new.path)
        url = "sqlite:///ops.db"
    if said == "through a link":
        new.path.mkdir()
        (tmp_path / "link").symlink_to(new.path)
        url = f"sqlite:///{tmp_path / 'link' / 'ops.db'}"

    restore(tmp_path / "b.zip", new, NOW, url=url)

    assert rows(address) == source_rows(tmp_path)


def test_a_database_in_a_folder_that_is_moved_aside_is_kept_in_it(archive: Path, tmp_path: Path) -> None:
    old = small_home(tmp_path / "old")
    before = rows(old.database_url(Settings()))

    done = restore(archive, old, NOW, url=old.database_url(Settings()), force=True)

    assert done.aside is not None
    assert rows(Home(done.aside).database_url(Settings())) == before
    assert rows(old.database_url(Settings())) == source_rows(tmp_path)


@pytest.mark.parametrize("name", ["settings.toml", "promotions.jsonl", "models"])
def test_no_part_of_the_backup_is_written_over_by_a_database(archive: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=rf"a part of the backup is called '{name}'"):
        restore(archive, Home(tmp_path / "new"), NOW, url=f"sqlite:///{tmp_path / 'new' / name}")

    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "url",
    ["postgresql://a:secret@db/x", "sqlite:////elsewhere/x.db", "sqlite:////h/newer/x.db", "no address", "sqlite://"],
)
def test_a_database_elsewhere_is_written_where_it_is_found(url: str) -> None:
    assert place_of(url, Path("/h/new"), Path("/h/.new.half")) == Place(url, url)


def test_a_database_that_is_not_found_after_all_is_told_and_not_reported_as_restored(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "place_of", lambda url, *_: Place(url, url))
    new = Home(tmp_path / "new")
    new.path.mkdir()

    with pytest.raises(StorageError, match="is not the one that was restored"):
        restore(archive, new, NOW, url=f"sqlite:///{new.path / 'exitwatch.db'}")


def test_a_restore_waits_for_a_weekly_run_and_a_weekly_run_that_waited_is_told_of_it(
    archive: Path, tmp_path: Path
) -> None:
    home, done, told = small_home(tmp_path / "old"), list[Restored](), list[str]()

    def bring_back() -> None:
        done.append(restore(archive, home, NOW, force=True))

    def run() -> None:
        try:
            with alone(home.lock):
                told.append("ran")
        except StorageError as error:
            told.append(str(error))

    threads = [threading.Thread(target=bring_back), threading.Thread(target=run)]
    with alone(home.lock):
        threads[0].start()
        threads[0].join(1)
        assert not done
        assert "old" not in [path.name for path in tmp_path.glob("old.aside*")]
    threads[0].join(60)
    with alone(home.lock):
        assert len(done) == 1

    real = backup._restore_rows

    def slow(*given: Any) -> Any:
        threads[1].start()
        threads[1].join(1)
        return real(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup, "_restore_rows", slow)
        restore(archive, home, NOW + timedelta(hours=1), force=True)
    threads[1].join(60)
    assert len(told) == 1
    assert "'old' was exchanged for another folder meanwhile" in told[0]
    run()
    assert told[1] == "ran"


def test_nobody_gets_at_the_new_folder_before_its_database_was_looked_at(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, locked = Home(tmp_path / "new"), list[bool]()

    def look(*_: object) -> None:
        handle = os.open(home.lock, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            locked.append(False)
        except BlockingIOError:
            locked.append(True)
        finally:
            os.close(handle)

    monkeypatch.setattr(backup, "ensure_found", look)
    restore(archive, home, NOW)

    assert locked == [True]


def brought_back(file: str, folder: str) -> Restored:
    home = Home(Path(folder))
    return restore(Path(file), home, NOW, url=f"sqlite:///{home.path / 'ops.db'}", force=True)


@pytest.mark.parametrize(("kinds", "step"), [({COMMIT}, 1), ({FILE}, 12)], ids=["commits", "files"])
def test_killed_anywhere_it_leaves_the_old_folder_or_the_restored_one_with_its_database(
    archive: Path, tmp_path: Path, kinds: set[str], step: int
) -> None:
    new, ends = set(files_of(tmp_path / "source")), 0

    def fresh() -> list[str]:
        folder = tmp_path / f"home-{len(list(tmp_path.glob('home-*')))}"
        folder.mkdir()
        (folder / "old").write_text("old")
        return [str(archive), str(folder)]

    for end in killed_everywhere(brought_back, fresh, kinds=kinds, step=step):
        home = Path(str(end.arguments[1]))
        found = set(files_of(home)) - {"ops.db"}
        assert found in ({"old"}, new), end
        if found == {"old"}:
            assert not end.unharmed
            assert not (home / "ops.db").exists(), end
            brought_back(*map(str, end.arguments))
        assert rows(f"sqlite:///{home / 'ops.db'}") == source_rows(tmp_path), end
        ends += 1

    assert ends > 1


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    return made_once(tmp_path_factory.mktemp("template") / "home", migrated)


@pytest.fixture
def life(template: Path, tmp_path: Path) -> Home:
    """A folder in which one client has a history, and a backup of it."""
    home = Home(Path(shutil.copytree(template, tmp_path / "home")))
    saved(home, tmp_path / "older.zip")
    return home


def known(home: Home) -> tuple[set[str], int]:
    """Who is left out of all lists, and how many rows speak of her."""
    with closing(home.store(Settings())) as store, store.write() as connection:
        return set(left_out(connection, [HER, OTHER], TODAY)), rows_about(connection, HER)


def erase_her(home: Home) -> None:
    with closing(home.store(Settings())) as store:
        erase(store, home, Settings(), HER, NOW, TODAY, OPERATOR)


def test_who_was_erased_since_the_backup_is_left_out_at_once_and_erased_again_by_the_next_retention(
    life: Home, tmp_path: Path
) -> None:
    erase_her(life)

    done = restore(tmp_path / "older.zip", life, NOW, force=True)

    assert done.erased_since == 1
    left, speaking = known(life)
    assert left == {HER}
    assert speaking > 0
    with closing(life.store(Settings())) as store:
        assert finish(store, life, Settings(), NOW, TODAY, OPERATOR) == 1
    assert known(life) == ({HER}, 0)
    assert HER.encode() not in b"".join(files_of(life.path).values())


def test_who_was_erased_before_the_backup_stays_erased_and_is_not_counted(life: Home, tmp_path: Path) -> None:
    erase_her(life)
    saved(life, tmp_path / "newer.zip")

    done = restore(tmp_path / "newer.zip", life, NOW, force=True)

    assert done.erased_since == 0
    assert known(life) == ({HER}, 0)


@pytest.mark.parametrize("old", ["no folder", "an empty folder", "no database", "damaged", "another installation's"])
def test_where_nobody_can_tell_who_was_erased_since_that_is_told(life: Home, tmp_path: Path, old: str) -> None:
    home = Home(tmp_path / "there")
    if old == "an empty folder":
        home.path.mkdir()
    elif old == "another installation's":
        shutil.copytree(life.path, home.path)
        with closing(home.store(Settings())) as store, store.write() as connection:
            connection.exec_driver_sql("DELETE FROM facts WHERE name = 'pseudonym_key'")
        erase_her(home)
    elif old != "no folder":
        shutil.copytree(life.path, home.path)
        (home.path / "exitwatch.db").unlink()
        if old == "damaged":
            (home.path / "exitwatch.db").write_bytes(b"damaged" * 1000)

    assert restore(tmp_path / "older.zip", home, NOW, force=True).erased_since is None
    assert known(home)[1] > 0
    assert restoring.erased_before(Home(tmp_path / "nowhere")) is None
