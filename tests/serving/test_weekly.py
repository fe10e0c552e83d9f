"""The weekly run: same inputs same bytes, safe to run twice, and nothing lost when the disk is full or a kill comes."""

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.book import Book
from features.errors import StorageError
from serving import kept_measures, list_files, weekly
from serving.home import Home
from serving.kept_scores import latest
from serving.pages.open_complaints import Complaints, OpenComplaints
from serving.settings import Settings
from serving.weekly import WeeklyRun, run_weekly

NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)


def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


#: Chance would draw another lot in every home.
SEEDED = Settings(holdout_seed="tests")


@pytest.fixture
def run(as_of: Any, model: Any) -> Callable[..., WeeklyRun]:
    def weekly(
        book: Book, home: Home, days_before: int = 0, settings: Settings | None = None, *, lists_only: bool = True
    ) -> WeeklyRun:
        day = as_of - timedelta(days=days_before)
        chosen = settings or SEEDED
        with closing(home.store(chosen)) as store:
            return run_weekly(book, day, model, "0123", home, chosen, store, NOW, lists_only=lists_only)

    return weekly


@pytest.fixture(scope="module")
def done(model: Any, mfi: Callable[..., Any], as_of: Any, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One weekly run, to be looked at and not touched."""
    home = Home(tmp_path_factory.mktemp("done")).create()
    with closing(home.store(SEEDED)) as store:
        run_weekly(Book.of(mfi(clients=30)), as_of, model, "0123", home, SEEDED, store, NOW)
    return home


def shuffled(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: frame.sample(frac=1, random_state=3) for name, frame in tables.items()}


def test_the_same_book_in_another_order_gives_the_same_bytes(
    mfi: Callable[..., Any], run: Callable[..., WeeklyRun], done: Home, home: Home
) -> None:
    run(Book.of(shuffled(mfi(clients=30))), home, lists_only=False)

    assert files(home.lists) == files(done.lists)
    assert files(home.scores) == files(done.scores)


def test_lists_alone_are_the_same_lists_and_the_tables_for_analysts_come_with_the_next_whole_run(
    mfi: Callable[..., Any], run: Callable[..., WeeklyRun], done: Home, home: Home
) -> None:
    book = Book.of(mfi(clients=30))

    run(book, home)
    assert files(home.lists) == files(done.lists)
    assert files(done.scores).keys() - files(home.scores).keys() == {"2024-06-30/driver_tables.json"}
    assert kept_measures.newest(home) is None

    run(book, home, lists_only=False)
    assert files(home.lists) == files(done.lists)
    assert files(home.scores) == files(done.scores)
    assert kept_measures.newest(home) == kept_measures.newest(done)


@pytest.mark.usefixtures("same_features")
def test_a_second_run_touches_nothing(mfi: Callable[..., Any], run: Callable[..., WeeklyRun], home: Home) -> None:
    book = Book.of(mfi(clients=30))
    folder = run(book, home, lists_only=False).folder
    before = {name: (folder / name).stat().st_mtime_ns for name in files(folder)}

    run(book, home, lists_only=False)

    assert {name: (folder / name).stat().st_mtime_ns for name in files(folder)} == before
    assert not (home.lists / "superseded").exists()


@pytest.mark.usefixtures("same_features")
def test_lists_that_a_corrected_run_replaces_are_kept(
    mfi: Callable[..., Any], run: Callable[..., WeeklyRun], home: Home
) -> None:
    book = Book.of(mfi(clients=30))
    folder = run(book, home).folder
    before = files(folder)

    run(book, home, settings=Settings(list_length=2))

    (kept,) = (home.lists / "superseded").iterdir()
    assert files(kept) == before
    assert files(folder) != before
    assert home.weeks() == ["2024-W27"]


def test_who_is_asked_for_again_is_marked(mfi: Callable[..., Any], run: Callable[..., WeeklyRun], home: Home) -> None:
    tables = mfi(clients=30)
    book = Book.of({name: frame for name, frame in tables.items() if name != "contacts"})
    earlier = pd.read_csv(run(book, home, days_before=7).folder / "lists.csv")

    now = pd.read_csv(run(book, home).folder / "lists.csv")

    assert (now["carried_over"] == "yes").any()
    whose = set(zip(earlier["client_id"], earlier["officer_id"], strict=True))
    again = [each in whose for each in zip(now["client_id"], now["officer_id"], strict=True)]
    assert list(now["carried_over"] == "yes") == again
    assert again != list(now["client_id"].isin(earlier["client_id"]))


def test_counts_are_those_of_the_table(
    done: Home, mfi: Callable[..., Any], run: Callable[..., WeeklyRun], home: Home
) -> None:
    told = run(Book.of(mfi(clients=30)), home)
    table = pd.read_csv(told.folder / "lists.csv")

    assert told.week == "2024-W27"
    assert (told.lines + told.desk_lines, told.desk_lines) == (len(table), int((table["officer_id"] == "desk").sum()))
    assert told.officers == table.loc[table["officer_id"] != "desk", "officer_id"].nunique()


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[list[int]]:
    """Every way a run writes fails with ENOSPC from the write number `after` on."""
    import pyarrow.parquet

    from serving import whole

    made = [0]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def write(*given: Any, **more: Any) -> Any:
            made[0] += 1
            if made[0] > after:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*given, **more)

        return write

    with monkeypatch.context() as patch:
        for owner, name in (
            (Path, "write_bytes"),
            (Path, "mkdir"),
            (Path, "rename"),
            (pyarrow.parquet, "write_table"),
            (os, "fsync"),
            (whole.shutil, "copytree"),
        ):
            patch.setattr(owner, name, counted(getattr(owner, name)))
        yield made


def once(real: Callable[..., Any]) -> Callable[..., Any]:
    """A step that is computed the first time it is asked for: what is tried are the writes that follow."""
    found: list[Any] = []

    def kept(*given: Any, **more: Any) -> Any:
        if not found:
            found.append(real(*given, **more))
        return found[0]

    return kept


@pytest.mark.usefixtures("same_features")
def test_a_disk_that_fills_up_at_any_write_leaves_the_old_lists_whole(
    mfi: Callable[..., Any], run: Callable[..., WeeklyRun], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book.of(mfi(clients=12, officers=1))
    run(book, home, lists_only=False)
    week = home.lists / "2024-W27"
    before = files(week)
    shorter = Settings(list_length=2)
    for owner, step in (
        *((weekly, step) for step in ("score", "features_on", "draw", "driver_summary", "driver_tables", "measure")),
        *((list_files, step) for step in ("contents_of_all", "week_contents")),
    ):
        monkeypatch.setattr(owner, step, once(getattr(owner, step)))

    with full_disk(monkeypatch, after=3), pytest.raises(StorageError, match="the disk is full"):
        run(book, home, settings=shorter, lists_only=False)
    for place in range(100):
        with full_disk(monkeypatch, after=place) as made, suppress(StorageError):
            run(book, home, settings=shorter, lists_only=False)
        if made[0] <= place:
            break
        now = files(week)
        manifest = json.loads(now["manifest.json"])
        assert now == before or (manifest["settings"]["list_length"], len(now)) == (2, len(manifest["files"]) + 1), (
            place
        )
        assert not list(home.lists.glob(".*half-written"))

    assert place > 15
    assert files(week) != before


@pytest.mark.usefixtures("same_features")
def test_a_disk_that_is_really_full_leaves_the_old_lists_whole(
    mfi: Callable[..., Any], run: Callable[..., WeeklyRun], tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs rights this user has not")
    try:
        home = Home(small / "home").create()
        book = Book.of(mfi(clients=30))
        run(book, home)
        before = files(home.lists)
        with (small / "ballast").open("wb") as ballast:
            ballast.write(b"x" * max(0, _free(small) - 20_000))

        with pytest.raises(StorageError, match=r"the disk is full|its disk has room"):
            run(book, home, settings=Settings(list_length=5))

        assert files(home.lists) == before
        (small / "ballast").unlink()
        assert run(book, home, settings=Settings(list_length=5)).lines > 0
    finally:
        subprocess.run(["umount", str(small)], check=True)


def _free(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


@pytest.mark.usefixtures("same_features")
def test_a_run_that_is_killed_leaves_the_old_lists_whole_and_the_next_one_ends_well(
    home: Home, run: Callable[..., WeeklyRun], mfi: Callable[..., Any]
) -> None:
    book = Book.of(mfi(clients=12, officers=1))
    run(book, home)
    before = files(home.lists / "2024-W27")
    script = textwrap.dedent(
        f"""
        import os, signal
        from pathlib import Path
        from serving.whole import folder_written_whole
        with folder_written_whole(Path({str(home.lists / "2024-W27")!r})) as half:
            (half / "lists.csv").write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    died = subprocess.run([sys.executable, "-c", script], check=False)

    assert died.returncode == -signal.SIGKILL
    assert files(home.lists / "2024-W27") == before
    run(book, home, settings=Settings(list_length=3))
    assert home.weeks() == ["2024-W27"]
    assert not list(home.lists.glob(".*half-written"))


def test_scores_of_another_date_do_not_touch_these(
    mfi: Callable[..., Any], run: Callable[..., WeeklyRun], home: Home
) -> None:
    book = Book.of(mfi(clients=12))
    run(book, home)
    before = files(home.scores)

    run(book, home, days_before=7)

    assert {name: data for name, data in files(home.scores).items() if name in before} == before


def test_an_old_complaint_about_staff_is_not_among_those_a_branch_is_told_of(
    mfi: Callable[..., Any], run: Callable[..., WeeklyRun], home: Home, as_of: Any
) -> None:
    tables = mfi(clients=30)
    branch_of = tables["clients"].set_index("client_id")["branch_id"]
    told = {"c000": "o0", "c002": None, "c004": "o1"}
    tables["complaints"] = pd.DataFrame(
        [
            {
                "complaint_id": client,
                "client_id": client,
                "opened_on": as_of - timedelta(days=500),
                "closed_on": None,
                "topic": "fees",
                "about_officer": officer,
            }
            for client, officer in told.items()
        ]
    )
    run(Book.of(tables), home)

    kept = latest(home)
    assert kept is not None
    assert [client for client in told if (kept.person(client) or {})["complaint_about_staff"]] == ["c000", "c004"]
    assert set(branch_of[list(told)]) == {"b0", "b1"}
    assert Complaints().of_branch(kept, str(branch_of["c002"])) == OpenComplaints(1, 500)
    assert Complaints().of_branch(kept, str(branch_of["c004"])) == OpenComplaints(0, None)
