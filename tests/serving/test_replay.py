"""Replay: any past list comes back byte for byte, whatever has changed since; where it cannot, it says so."""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from officer_lists import officer_list
from sqlalchemy import select, update

from features.book import Book
from features.errors import StorageError, UsageError
from serving import issued
from serving.backup import back_up, restore
from serving.home import Home
from serving.issued import Origin
from serving.line import DESK
from serving.list_files import list_settings, settings_of
from serving.replay import replay
from serving.settings import Settings
from serving.store.database import Store, open_store
from serving.store.tables import lines, lists
from serving.weekly import give_out, run_weekly

AS_OF = date(2024, 6, 30)
NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
ORIGIN = Origin("m" * 64, "b" * 64, "", "0.1.0")


def files(folder: Path) -> Mapping[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


def replayed(store: Store, list_id: str, revision: int | None = None) -> Mapping[str, bytes]:
    with store.read() as connection:
        return replay(connection, list_id, "0.1.0", revision).files


def test_a_list_comes_back_the_same_after_settings_model_and_book_have_changed(
    model: Any, mfi: Callable[..., Any], home: Home, store: Store
) -> None:
    first = Settings(institution="Bright Corner", list_length=6)
    later = Settings(institution="Another", list_length=3, language="sw", contact_from="11:00", band_high=0.6)
    run_weekly(Book.of(mfi(clients=30)), AS_OF, model, "0123", home, first, store, NOW, lists_only=True)
    before = files(home.lists / "2024-W27")
    run_weekly(Book.of(mfi(seed=9, clients=40)), AS_OF, model, "4567", home, later, store, NOW, lists_only=True)
    after = files(home.lists / "2024-W27")
    with store.read() as connection:
        drawn = [row.list_id for row in connection.execute(select(lists.c.list_id).distinct())]

    for list_id in drawn:
        own = {name: content for name, content in before.items() if name.startswith(f"{list_id}.")}
        assert len(own) == 5
        assert replayed(store, list_id, 1) == own
        anew = {name: content for name, content in after.items() if name.startswith(f"{list_id}.")}
        assert replayed(store, list_id) == replayed(store, list_id, 2) == anew
        assert anew != own


@pytest.mark.parametrize("code", ["en", "fr", "es", "sw", "hi"])
def test_a_list_comes_back_in_the_language_it_was_issued_in(home: Home, store: Store, code: str) -> None:
    pages = [officer_list(4, language=code), officer_list(3, officer=DESK, language=code)]
    folder = give_out(home, store, pages, AS_OF, Settings(language=code), ORIGIN, NOW)

    for page in pages:
        issued_then = {name: data for name, data in files(folder).items() if name.startswith(f"{page.list_id}.")}
        assert replayed(store, page.list_id) == issued_then


def test_the_environment_changes_nothing(home: Home, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = officer_list(4)
    folder = give_out(home, store, [page], AS_OF, Settings(institution="Then"), ORIGIN, NOW)
    monkeypatch.setenv("EXITWATCH_INSTITUTION", "Now")
    monkeypatch.setenv("EXITWATCH_CONTACT_UNTIL", "12:00:00")

    assert replayed(store, page.list_id)[f"{page.list_id}.html"] == (folder / f"{page.list_id}.html").read_bytes()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CAPACITY", '{"o0": 2}'),
        ("HOLIDAYS", '{"all": ["2024-07-03"]}'),
        ("BRANCH_LANGUAGES", '{"b9": "fr"}'),
        ("CAPACITY", '{"o0": 99}'),
        ("CAPACITY", "not JSON"),
        ("KEEP_BY_LAW_MONTHS", "12"),
        ("PORT", "none"),
        ("TIMEZONE", "Mars/Olympus"),
    ],
)
def test_settings_are_read_from_what_was_stored_alone(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    then = Settings(capacity={"o1": 3}, holidays={"b1": (AS_OF,)}, branch_languages={"b1": "sw"}, list_length=5)
    stored = list_settings(then)
    monkeypatch.setenv(f"EXITWATCH_{name}", value)

    assert list_settings(settings_of(stored)) == stored


@pytest.mark.parametrize("stored", [{"list_length": 99}, {"a_setting_of_tomorrow": 1}])
def test_settings_of_another_version_are_told_in_a_sentence(stored: dict[str, object]) -> None:
    with pytest.raises(StorageError, match=rf"stored with the list cannot be read \({next(iter(stored))}\)"):
        settings_of(stored)


def test_a_list_or_draw_that_never_was_is_told(home: Home, store: Store) -> None:
    page = officer_list(2)
    give_out(home, store, [page], AS_OF, Settings(), ORIGIN, NOW)

    for list_id, revision in (("2024-W27-o99", None), (page.list_id, 2), ("'; DROP TABLE lists", None)):
        with pytest.raises(UsageError, match=r"there is no list.*`exitwatch lists`"):
            replayed(store, list_id, revision)


def test_a_line_that_was_changed_in_the_database_is_seen(home: Home, store: Store) -> None:
    page = officer_list(2)
    give_out(home, store, [page], AS_OF, Settings(), ORIGIN, NOW)
    with store.write() as connection:
        row = connection.execute(select(lines).where(lines.c.place == 1)).one()
        content = {**row.content, "card": {**row.content["card"], "name": "Somebody Else"}}
        connection.execute(update(lines).where(lines.c.place == 1).values(content=content))

    with pytest.raises(StorageError, match=r"cannot be made again with the same bytes \(damaged\)"):
        replayed(store, page.list_id)


def test_another_version_that_writes_other_bytes_names_the_one_to_install(home: Home, store: Store) -> None:
    page = officer_list(2)
    give_out(home, store, [page], AS_OF, Settings(), ORIGIN, NOW)
    with store.write() as connection:
        stored = connection.execute(select(lists.c.files)).scalar_one()
        connection.execute(update(lists).values(files={**stored, f"{page.list_id}.txt": "0" * 64}))

    with store.read() as connection, pytest.raises(StorageError, match=r"issued by version 0\.1\.0, this is 0\.2\.0"):
        replay(connection, page.list_id, "0.2.0")


def test_a_list_comes_back_the_same_from_a_restored_backup(
    home: Home, store: Store, database: str, tmp_path: Path
) -> None:
    page = officer_list(4)
    folder = give_out(home, store, [page], AS_OF, Settings(), ORIGIN, NOW)
    back_up(home, database, tmp_path / "backup.zip", NOW, "0.1.0")
    there = Home(tmp_path / "there")
    restore(tmp_path / "backup.zip", there, NOW, url=f"sqlite:///{tmp_path / 'there.db'}")

    with closing(open_store(f"sqlite:///{tmp_path / 'there.db'}")) as restored:
        assert replayed(restored, page.list_id) == replayed(store, page.list_id)
    assert files(there.lists / "2024-W27") == files(folder)


def test_replay_needs_no_file_of_the_working_folder(home: Home, store: Store, tmp_path: Path) -> None:
    page = officer_list(3)
    folder = give_out(home, store, [page], AS_OF, Settings(), ORIGIN, NOW)
    before = files(folder)
    home.path.rename(tmp_path / "gone")

    made = replayed(store, page.list_id)

    assert made == {name: data for name, data in before.items() if name in made}
    with store.read() as connection:
        assert issued.newest(connection) is not None
