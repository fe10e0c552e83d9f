"""Commands about a client's rights: what they write, what they refuse, and that they name her to nobody."""

import csv
import json
import shutil
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from known_client import HER, OTHER, made_once

from serving import audit
from serving.cli import run
from serving.home import Home
from serving.settings import Settings


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    return made_once(tmp_path_factory.mktemp("template") / "home", migrated)


@pytest.fixture
def kept(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "home"))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "clients.csv").write_text(
        f"client_id,joined_on,village\n{HER},2020-01-02,Kibera\n{OTHER},2020-01-02,Juja\n"
    )
    (folder / "loans.csv").write_text(
        f"loan_id,client_id,disbursed_on,amount,due_on,closed_on\n1,{HER},2023-01-01,50.00,2023-06-01,2023-06-01\n"
    )
    (folder / "directory.csv").write_text(f"client_id,phone\n{HER},0711 000\n{OTHER},0722\n")
    return folder


def asked(capsys: pytest.CaptureFixture[str], home: Path, *arguments: str | Path) -> tuple[int, str, str]:
    code = run(["rights", *[str(argument) for argument in arguments], "--home", str(home)])
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out, told.err


def events(home: Path) -> list[tuple[str, str]]:
    with closing(Home(home).store(Settings())) as store, store.read() as connection:
        assert audit.verify(connection).first_break is None
        return [(entry.event, entry.actor) for entry in audit.entries(connection)][2:]


def test_she_is_given_a_page_and_a_file(
    kept: Path, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "given.zip"
    code, out, _ = asked(capsys, kept, "export", HER, "--out", made, "--language", "sw", "--book", book)

    assert (code, HER in out) == (0, False)
    with zipfile.ZipFile(made) as opened:
        page, data = opened.read("what-is-kept.html").decode(), json.loads(opened.read("what-is-kept.json"))
    assert '<html lang="sw">' in page
    assert "Kibera" in page
    assert data["attributes"]["clients"]["village"] == "Kibera"
    assert made.stat().st_mode & 0o777 == 0o600
    assert events(kept) == [("subject_exported", "command line")]


def test_counts_are_shown_and_nobody_is_named(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, kept, "show", HER)

    assert (code, err) == (0, "")
    assert out == "12 rows of the database and 4 folders speak of this client\n"
    assert events(kept) == [("client_viewed", "command line")]


def test_a_correction_goes_to_the_institution_until_its_system_says_the_same(
    kept: Path, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, kept, "correct", HER, "village", "Juja")[0] == 0
    assert asked(capsys, kept, "correct", HER, "shoe size", "38")[0] == 2
    asked(capsys, kept, "corrections", "--out", tmp_path / "first.csv")
    code, _, err = asked(capsys, kept, "corrections", "--book", book, "--out", tmp_path / "second.csv")

    tables = [list(csv.DictReader((tmp_path / f"{name}.csv").read_text().splitlines())) for name in ("first", "second")]
    assert sorted((row["client_id"], row["column"], row["value"]) for row in tables[0]) == [
        (OTHER, "directory.phone", "0711 000"),
        (HER, "clients.village", "Juja"),
        (HER, "directory.phone", "0711 000"),
    ]
    assert (code, "1 corrections were taken over" in err) == (0, True)
    assert sorted((row["client_id"], row["column"]) for row in tables[1]) == [
        (OTHER, "directory.phone"),
        (HER, "clients.village"),
    ]
    assert [event for event, _ in events(kept)] == ["correction_made", "corrections_exported", "corrections_exported"]


def test_she_objects_and_is_erased(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, kept, "object", HER, "--note", "at the meeting")[0] == 0
    code, out, _ = asked(capsys, kept, "erase", HER, "--yes")

    assert (code, HER in out) == (0, False)
    assert out.startswith("erased: 13 rows, and from 4 folders.")
    assert [event for event, _ in events(kept)] == ["objection_made", "client_erased"]
    for command in (("show", HER), ("erase", HER, "--yes")):
        code, _, err = asked(capsys, kept, *command)
        assert code == 2
        assert HER not in err


def test_erasing_asks_first(kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)

    assert asked(capsys, kept, "erase", HER)[0] != 0

    assert events(kept) == []


def test_a_law_is_told_with_its_day(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kept / "settings.toml").write_text('keep_by_law = "The Act"\nkeep_by_law_months = 1\nkeep_outcomes_months = 240\n')
    assert asked(capsys, kept, "erase", HER, "--yes")[0] == 0

    (kept / "settings.toml").write_text(
        'keep_by_law = "The Act"\nkeep_by_law_months = 240\nkeep_outcomes_months = 240\n'
    )
    code, _, err = asked(capsys, kept, "erase", OTHER, "--yes")

    assert code == 2
    assert "The Act obliges to keep what was found at her until 2044-07-03" in err
    assert [event for event, _ in events(kept)] == ["client_erased", "erasure_refused"]
