"""Commands about what is kept: what they say, their exit codes, what stands in the log, and no client's name."""

import json
import shutil
import zipfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from known_client import AS_OF, HER, ORIGIN, pages
from sqlalchemy import select, update

from serving import audit, cli_store
from serving.cli import run
from serving.erasure import rows_about
from serving.home import Home
from serving.settings import Settings
from serving.store.tables import issues, tokens
from serving.weekly import give_out


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Home(tmp_path_factory.mktemp("cli") / "home").create()
    with closing(home.store(Settings())) as store:
        for drawn in ([pages(HER, "kofi")], [pages("kofi", HER)]):
            give_out(home, store, drawn, AS_OF, Settings(), ORIGIN, cli_store.now())
    return home.path


@pytest.fixture
def kept(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "home"))


def events(home: Path) -> list[str]:
    with closing(Home(home).store(Settings())) as store, store.read() as connection:
        assert audit.verify(connection).first_break is None
        return [entry.event for entry in audit.entries(connection)]


def asked(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = run([str(argument) for argument in arguments])
    told = capsys.readouterr()
    assert HER not in told.out + told.err
    assert "Traceback" not in told.err
    return code, told.out, told.err


def test_a_backup_is_made_and_restored(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, there = tmp_path / "b.zip", tmp_path / "there"

    code, out, _ = asked(capsys, "backup", file, "--home", kept)
    assert (code, out.split(":")[0]) == (0, "b.zip")
    code, out, _ = asked(capsys, "restore", file, "--home", there)

    assert code == 0
    assert "restored" in out
    assert "the audit log is whole: 1 rows" in out
    assert events(kept) == ["backup_made"]
    assert events(there) == ["backup_restored"]
    assert (there / "lists" / "2024-W27" / "lists.csv").read_bytes() == (
        kept / "lists" / "2024-W27" / "lists.csv"
    ).read_bytes()


def test_after_a_restore_it_is_said_who_has_to_be_erased_again_and_how(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "b.zip"
    asked(capsys, "backup", file, "--home", kept)

    for home, told in (
        (tmp_path / "there", "whoever was erased since 20"),
        (kept, "nobody is here again who was erased since"),
    ):
        code, out, _ = asked(capsys, "restore", file, "--home", home, "--force")
        assert (code, told in out) == (0, True), out
    assert run(["rights", "erase", HER, "--home", str(kept), "--yes"]) == 0
    capsys.readouterr()
    later = cli_store.now() + timedelta(hours=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_store, "now", lambda: later)
        _, out, _ = asked(capsys, "restore", file, "--home", kept, "--force")
    assert "1 client was erased since and left out of all lists: run `exitwatch retention`" in out

    asked(capsys, "retention", "--home", kept)

    with closing(Home(kept).store(Settings())) as store, store.read() as connection:
        assert rows_about(connection, HER) == 0


def test_what_stops_a_restore_is_said_with_its_exit_code(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "b.zip"
    asked(capsys, "backup", file, "--home", kept)

    assert asked(capsys, "restore", file, "--home", kept)[0] == 2
    assert asked(capsys, "restore", tmp_path / "none.zip", "--home", tmp_path / "there")[0] == 2
    assert asked(capsys, "backup", file, "--home", kept)[0] == 2
    assert asked(capsys, "backup", tmp_path / "c.zip", "--home", tmp_path / "nowhere")[0] == 2
    code, _, err = asked(capsys, "restore", kept / "settings.toml", "--home", tmp_path / "elsewhere")
    assert (code, "damaged" in err) == (7, True)
    assert not (tmp_path / "elsewhere").exists()
    assert asked(capsys, "restore", file, "--home", kept, "--force")[0] == 0
    assert len(list(tmp_path.glob("home.aside-*"))) == 1


def test_a_broken_log_ends_a_restore_with_its_own_exit_code(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(capsys, "lists", "--home", kept)
    asked(capsys, "backup", tmp_path / "first.zip", "--home", kept)
    with closing(Home(kept).store(Settings())) as store, store.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET actor = 'juma'")
    asked(capsys, "backup", tmp_path / "b.zip", "--home", kept)

    code, _, err = asked(capsys, "restore", tmp_path / "b.zip", "--home", tmp_path / "there")

    assert (code, "broken at row 1" in err) == (5, True)
    assert (tmp_path / "there" / "exitwatch.db").exists()


def test_lists_are_named_with_their_draws_and_made_again(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, weeks, _ = asked(capsys, "lists", "--home", kept)
    _, drawn, _ = asked(capsys, "lists", "2024-W27", "--home", kept)
    assert [line.split("  ")[:2] for line in weeks.splitlines()] == [
        ["2024-W27", "revision 1"],
        ["2024-W27", "revision 2"],
    ]
    assert all("1 lists, 2 lines" in line for line in weeks.splitlines())
    printed = [line.split("  ")[0] for line in drawn.splitlines()]
    assert len(set(printed)) == 2

    assert asked(capsys, "replay", "2024-W27-o17", "--out", tmp_path / "last", "--home", kept)[0] == 0
    assert asked(capsys, "replay", printed[0], "--out", tmp_path / "first", "--home", kept)[0] == 0
    assert (
        asked(capsys, "replay", "2024-W27-o17", "--revision", "1", "--out", tmp_path / "same", "--home", kept)[0] == 0
    )

    made = {name: {f.name: f.read_bytes() for f in (tmp_path / name).iterdir()} for name in ("last", "first", "same")}
    now = {f.name: f.read_bytes() for f in (kept / "lists" / "2024-W27").glob("2024-W27-o17.*")}
    assert made["last"] == now
    assert made["first"] == made["same"] != now
    assert events(kept) == ["list_replayed"] * 3
    assert asked(capsys, "replay", "2024-W27-o9", "--out", tmp_path / "x", "--home", kept)[0] == 2
    assert asked(capsys, "lists", "2024-W30", "--home", kept)[0] == 2
    assert asked(capsys, "lists", "../etc", "--home", kept)[0] == 2


def test_migrate_makes_tables_and_takes_over_an_old_file_of_tokens_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    row = {"name": "old", "sha256": "a" * 64, "scope": "desk", "expires_on": "2030-01-01"}
    (home / "tokens.json").write_text(json.dumps({"tokens": [row]}))

    code, out, _ = asked(capsys, "migrate", "--home", home)
    assert (code, "before there were none" in out, "1 tokens were taken over" in out) == (0, True, True)
    code, out, _ = asked(capsys, "migrate", "--home", home)
    assert (code, "taken over" in out) == (0, False)

    assert events(home) == ["migrated", "tokens_taken_over"]
    with closing(Home(home).store(Settings())) as store, store.read() as connection:
        assert connection.execute(select(tokens.c.name)).scalars().all() == ["old"]


def test_retention_says_what_it_would_erase_and_then_erases_it(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Home(kept).store(Settings())) as store, store.write() as connection:
        connection.execute(update(issues).values(week="2001-W01"))
    (kept / "lists" / "2024-W27").rename(kept / "lists" / "2001-W01")

    code, looked, _ = asked(capsys, "retention", "--dry-run", "--home", kept)
    assert (code, (kept / "lists" / "2001-W01").exists(), events(kept)) == (0, True, [])
    code, done, _ = asked(capsys, "retention", "--home", kept)

    assert code == 0
    assert looked.splitlines()[:-1] == done.splitlines()[:-1]
    assert looked.splitlines()[-1] == "nothing was erased: this was a look"
    row = next(line.split() for line in done.splitlines() if line.startswith("lists"))
    assert row[2] == "6"
    assert not (kept / "lists" / "2001-W01").exists()
    assert "retention_run" in events(kept)


def test_an_archive_too_large_is_refused_by_its_size(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (kept / "models").mkdir(exist_ok=True)
    (kept / "models" / "large").write_bytes(bytes(5_000_000))
    asked(capsys, "backup", tmp_path / "b.zip", "--home", kept)
    with zipfile.ZipFile(tmp_path / "b.zip") as opened:
        assert sum(entry.file_size for entry in opened.infolist()) > 5_000_000

    code, _, err = asked(capsys, "restore", tmp_path / "b.zip", "--home", tmp_path / "there", "--most-gb", "0.004")

    assert (code, "--most-gb" in err) == (7, True)
