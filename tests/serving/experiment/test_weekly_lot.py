"""The lot as a weekly run meets it: logged before the lists, and by one seed until the end."""

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from features.book import Book
from serving import audit, weekly
from serving.cli import run
from serving.events import Event
from serving.experiment.kept import KeptLottery
from serving.home import Home
from serving.settings import Settings
from serving.store.tables import allocations, issues
from serving.weekly import run_weekly

NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
SETTINGS = Settings(list_length=3, holdout_share=0.3, holdout_seed="one")


@pytest.fixture(scope="module")
def tables(mfi: Callable[..., Any]) -> dict[str, Any]:
    made: dict[str, Any] = mfi(clients=40)
    return made


@pytest.fixture
def go(tables: dict[str, Any], as_of: Any, model: Any) -> Callable[[Home], None]:
    """A weekly run in a home."""

    def went(home: Home) -> None:
        with closing(home.store(SETTINGS)) as store:
            run_weekly(Book.of(tables), as_of, model, "0123", home, SETTINGS, store, NOW, lists_only=True)

    return went


def rows(home: Home, table: Any) -> int:
    with closing(home.store(SETTINGS)) as store, store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def lists(home: Home) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(home.lists.rglob("*")) if file.is_file()}


class PowerCut(Exception):
    """Everything ends here."""


def cut(*_given: Any, **_more: Any) -> None:
    raise PowerCut


def test_there_is_no_list_without_its_log(
    go: Callable[[Home], None], home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(KeptLottery, "log", cut)
        with pytest.raises(PowerCut):
            go(home)
    assert (rows(home, allocations), rows(home, issues), lists(home)) == (0, 0, {})

    with monkeypatch.context() as broken:
        broken.setattr(weekly, "give_out", cut)
        with pytest.raises(PowerCut):
            go(home)
    drawn = rows(home, allocations)
    assert drawn > 0
    assert (rows(home, issues), lists(home)) == (0, {})

    go(home)
    unharmed = Home(tmp_path / "unharmed").create()
    go(unharmed)
    assert rows(home, allocations) == drawn
    assert lists(home) == lists(unharmed) != {}


def test_another_seed_after_the_lists_were_issued_is_refused_and_written_down(
    tables: dict[str, Any], lived: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, book = Home(tmp_path / "home").create(), tmp_path / "book"
    shutil.copytree(lived.home.path / "models", home.path / "models")
    shutil.copy(lived.home.path / "promotions.jsonl", home.path)
    book.mkdir()
    for name, frame in tables.items():
        if len(frame):
            frame.to_csv(book / f"{name}.csv", index=False)
    command = ["weekly", str(book), "--as-of", "2024-06-30", "--home", str(home.path)]
    home.settings_file.write_text('list_length = 3\nholdout_seed = "one"\n')
    assert run(command) == 0, capsys.readouterr().err
    issued, drawn = lists(home), rows(home, allocations)

    home.settings_file.write_text('list_length = 3\nholdout_seed = "two"\n')
    code = run(command)

    told = capsys.readouterr().err
    assert code == 2
    assert "not the seed by which clients were drawn" in " ".join(told.split())
    assert "Traceback" not in told
    assert (lists(home), rows(home, allocations)) == (issued, drawn)
    with closing(home.store(SETTINGS)) as store, store.read() as connection:
        assert [entry.event for entry in audit.entries(connection)][-1] == Event.LOT_SEED_REFUSED
