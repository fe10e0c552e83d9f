"""Commands: what they say, where, and with which exit code. No traceback, no client data."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet
import pytest

from serving import cli_week, kept_measures
from serving.cli import run
from serving.home import Home


@pytest.fixture
def folder(mfi: Callable[..., Any], tmp_path: Path) -> Path:
    """The small MFI as a folder of CSV files."""
    book = tmp_path / "book"
    book.mkdir()
    for name, frame in mfi(clients=30).items():
        if len(frame):
            frame.to_csv(book / f"{name}.csv", index=False)
    return book


@pytest.fixture
def ready(lived: Any, tmp_path: Path) -> Path:
    """A home with a model in use and nothing else."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(lived.home.path / "models", home / "models")
    shutil.copy(lived.home.path / "promotions.jsonl", home)
    return home


def test_without_a_command_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    run([])

    told = "".join(capsys.readouterr())
    for command in (
        "demo",
        "simulate",
        "check",
        "exits",
        "drivers",
        "events",
        "train",
        "promotions",
        "score",
        "weekly",
        "serve",
        "users",
        "audit",
        "manual",
    ):
        assert f"\n  {command} " in told


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["weekly", "BOOK", "--as-of", "30.6.2024"], 2, "--as-of='30.6.2024' is not a date; write it as 2024-06-30"),
        (["weekly", "nowhere", "--as-of", "2024-06-30"], 3, "'nowhere'"),
        (["weekly", "BOOK", "--as-of", "2024-06-30"], 4, "no model is in use yet. Train one with `exitwatch train`"),
        (["score", "BOOK", "--as-of", "2024-06-30", "--out", "s.xlsx"], 2, "ends in neither .parquet nor .csv"),
        (["users", "add-token", "me", "--scope", "boss"], 2, "scope='boss' is not a scope"),
        (["users", "remove-token", "me"], 2, "there is no token named 'me'"),
        (["weekly", "BOOK"], 2, "--as-of"),
        (["wekly"], 2, "wekly"),
        (["simulate", "OUT", "--clients", "3"], 2, "clients=3"),
    ],
)
def test_an_error_is_a_sentence_on_stderr_with_its_exit_code(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    places = {"BOOK": str(folder), "OUT": str(tmp_path / "out")}
    needs_home = arguments[0] in ("weekly", "score", "users")
    given = [places.get(word, word) for word in arguments] + (["--home", str(tmp_path / "home")] if needs_home else [])

    assert run(given) == code

    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert "c000" not in err


@pytest.mark.parametrize("command", [["weekly"], ["score", "--out", "OUT"]])
@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("1999-01-01", "lies before the book, which begins"),
        ("0001-01-01", "lies before the book, which begins"),
        ("2099-01-01", "lies after the book, which ends"),
        ("9999-12-31", "lies after the book, which ends"),
    ],
)
def test_a_day_the_book_cannot_speak_of_leaves_nothing_behind(
    folder: Path,
    ready: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    as_of: str,
    said: str,
) -> None:
    before = sorted(ready.rglob("*"))
    name, *rest = [str(tmp_path / "s.csv") if word == "OUT" else word for word in command]

    assert run([name, str(folder), *rest, "--as-of", as_of, "--home", str(ready)]) == 3

    assert said in capsys.readouterr().err
    assert not (tmp_path / "s.csv").exists()
    assert [path for path in ready.rglob("*") if path not in before] == [ready / "settings.toml"]


def test_what_a_book_without_contacts_cannot_heed_is_said(
    folder: Path, ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    poor = tmp_path / "poor"
    shutil.copytree(folder, poor)
    for file in poor.glob("contacts.*"):
        file.unlink()

    assert run(["weekly", str(poor), "--as-of", "2024-06-30", "--home", str(ready)]) == 0

    assert "contacts is not in the book: no cool-off and no limit of contacts can be kept." in capsys.readouterr().out


def test_lists_alone_are_drawn_where_analysts_can_wait(folder: Path, ready: Path) -> None:
    arguments = ["weekly", str(folder), "--as-of", "2024-06-30", "--home", str(ready)]

    assert run([*arguments, "--lists-only"]) == 0
    assert Home(ready).weeks() == ["2024-W27"]
    assert kept_measures.newest(Home(ready)) is None

    assert run(arguments) == 0
    assert kept_measures.newest(Home(ready)) is not None


def test_a_broken_setting_stops_every_command_before_it_does_anything(
    folder: Path, ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ready / "settings.toml").write_text("list_length = 99")

    assert run(["weekly", str(folder), "--as-of", "2024-06-30", "--home", str(ready)]) == 2

    assert "setting list_length=99 cannot be used" in capsys.readouterr().err
    assert not (ready / "lists").exists()


def test_an_unforeseen_error_names_its_place_and_not_its_message(
    folder: Path, ready: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("client c007 owes 500")

    monkeypatch.setattr(cli_week, "opened", broken)

    assert run(["weekly", str(folder), "--as-of", "2024-06-30", "--home", str(ready)]) == 1

    err = capsys.readouterr().err
    assert "an unforeseen KeyError in test_cli.py line" in err
    assert "c007" not in err
    assert "Traceback" not in err


def test_weekly_writes_lists_and_says_counts_only(
    folder: Path, ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["weekly", str(folder), "--as-of", "2024-06-30", "--home", str(ready)]) == 0

    out, err = capsys.readouterr()
    table = pd.read_csv(ready / "lists" / "2024-W27" / "lists.csv")
    assert f"{(table.officer_id != 'desk').sum()} lines on 3 officers' lists" in out
    assert f"Open {ready / 'lists' / '2024-W27' / 'index.html'}" in out
    assert not [client for client in table.client_id if client in out + err]


def test_whatever_a_command_writes_is_its_owners_alone(folder: Path, ready: Path) -> None:
    before = set(ready.rglob("*"))
    command = "import os; os.umask(0); from serving.cli import main; main()"
    given = ["weekly", str(folder), "--as-of", "2024-06-30", "--home", str(ready)]

    subprocess.run([sys.executable, "-c", command, *given], check=True, capture_output=True)

    made = set(ready.rglob("*")) - before
    assert {"lists.csv", "people.parquet", "exitwatch.db"} <= {path.name for path in made}
    assert not [path for path in made if path.stat().st_mode & 0o077]


def test_weekly_refuses_a_book_that_is_not_usable_and_writes_nothing(
    folder: Path, ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loans = pd.read_csv(folder / "loans.csv", dtype=str)
    loans["amount"] = "a lot"
    loans.to_csv(folder / "loans.csv", index=False)

    assert run(["weekly", str(folder), "--as-of", "2024-06-30", "--home", str(ready)]) == 3

    assert "loans.amount" in capsys.readouterr().err
    assert not (ready / "lists").exists()


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_scores_are_written_as_the_ending_says(folder: Path, ready: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"scores.{ending}"

    assert run(["score", str(folder), "--as-of", "2024-06-30", "--out", str(out), "--home", str(ready)]) == 0

    table = pyarrow.parquet.read_table(out).to_pandas() if ending == "parquet" else pd.read_csv(out)
    agreed = (
        "client_id as_of risk risk_28d risk_91d risk_182d risk_forced band model_version driver_1 driver_2 driver_3 "
        "driver_1_contribution driver_2_contribution driver_3_contribution"
    )
    assert " ".join(table.columns).startswith(agreed)
    assert table["risk"].between(0, 1).all()
    assert table["client_id"].is_monotonic_increasing
    assert (table["risk_28d"] <= table["risk_91d"]).all()
    assert (table["risk_91d"] == table["risk"]).all()


def test_check_ends_with_0_or_3(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(folder), "--out", str(tmp_path / "report.md")]) == 0
    assert (tmp_path / "report.md").read_text().startswith("# Data report")

    (folder / "loans.csv").unlink()

    assert run(["check", str(folder)]) == 3
    assert "loans" in capsys.readouterr().out


def test_exits_shows_when_clients_come_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exits", str(folder), "--as-of", "2024-06-30"]) == 0

    out = capsys.readouterr().out
    assert "back with a new loan within, of the decisions up to 2024-06-30" in out
    assert "a grace period that suits this book" in out


def test_exits_sets_the_formulas_side_by_side_and_marks_what_is_not_final(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["exits", str(folder), "--as-of", "2024-06-30", "--by", "month"]) == 0

    out = capsys.readouterr().out
    heads = next(line for line in out.splitlines() if line.strip().startswith("period"))
    assert heads.split()[7:] == ["F1", "F2", "F3", "repeat", "decided", "left", "F5", "95", "%"]
    assert "2024-05  not final before" in out
    assert "Periods do not add up" in out


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_exits_writes_its_tables(folder: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"exits.{ending}"
    arguments = ["exits", str(folder), "--as-of", "2024-06-30", "--segment", "branch", "--out", str(out)]

    assert run(arguments) == 0
    first = out.read_bytes()
    assert run(arguments) == 0

    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}[ending]
    table = read(out)
    assert out.read_bytes() == first
    assert set(table["segment"]) == {"everybody", "branch"}
    assert set(table["by"]) == {"quarter"}
    assert {"f1_dropout", "f2_retention", "f3_renewal", "f5_exit", "maturity", "warning"} <= set(table.columns)


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--out", "e.pdf"], 2, "--out='e.pdf' ends in none of .csv, .xlsx, .parquet"),
        (["--segment", "sex"], 2, "--segment='sex' is none; there are area"),
        (["--target", "nowhere.toml"], 3, "the target rule 'nowhere.toml' cannot be read"),
        (["--grace", "0"], 2, "grace_days=0 is not between 1 and 3650 days"),
    ],
)
def test_exits_says_what_it_cannot_do(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: int, said: str
) -> None:
    assert run(["exits", str(folder), "--as-of", "2024-06-30", *more]) == code
    assert said in capsys.readouterr().err


def test_promotions_shows_the_log(ready: Path, lived: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["promotions", "--home", str(ready)]) == 0

    out = capsys.readouterr().out
    assert out.startswith(f"1  2024-06-30  {lived.version[:12]}  auc 0.800  over ")
    assert out.count("+0.100 [+0.050, +0.150]") == 3


def test_the_home_is_made_with_its_settings(tmp_path: Path) -> None:
    assert run(["users", "list", "--home", str(tmp_path / "a" / "b")]) == 0

    assert Home(tmp_path / "a" / "b").settings_file.read_text().startswith("# Settings of exitwatch")


def test_manual_writes_the_generated_pages(tmp_path: Path) -> None:
    assert run(["manual", str(tmp_path)]) == 0

    for name in ("book.md", "features.md", "settings.md"):
        assert (tmp_path / name).read_text().startswith("# ")


def test_the_committed_page_of_settings_is_the_generated_one() -> None:
    from serving.settings import as_markdown

    page = Path(__file__).resolve().parents[2] / "docs" / "settings.md"

    assert page.read_text() == as_markdown(), "run `exitwatch manual docs`"
