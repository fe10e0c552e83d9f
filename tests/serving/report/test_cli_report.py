"""The command of the month, and what the weekly run says of the report."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kept_report import CONTENT

from serving import audit
from serving.cli import run
from serving.home import Home
from serving.settings import Settings

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(lived: Any, tmp_path: Path) -> Home:
    shutil.copytree(lived.home.path, tmp_path / "home")
    return Home(tmp_path / "home")


def test_without_a_month_it_is_the_last_that_was_seen_whole_and_it_is_written_down(home: Home, capsys: Capture) -> None:
    assert run(["report", "--home", str(home.path)]) == 0

    file = home.reports / "2024-06.pdf"
    assert capsys.readouterr().out == f"Open {file}\n"
    assert file.read_bytes().startswith(b"%PDF-")
    assert file.stat().st_mode & 0o777 == 0o600
    store = home.store(Settings())
    with store.read() as connection:
        assert list(audit.entries(connection))[-1].detail == '{"page":"report 2024-06"}'
    store.close()


def test_a_month_and_a_file_may_be_chosen(home: Home, tmp_path: Path) -> None:
    assert run(["report", "--month", "2024-05", "--out", str(tmp_path / "may.pdf"), "--home", str(home.path)]) == 0

    assert (tmp_path / "may.pdf").read_bytes().startswith(b"%PDF-")
    assert not home.reports.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--month", "May"], "--month='May' is no month; write it as 2025-11"),
        (["--month", "2024-07"], "no weekly run has seen the whole of 2024-07 yet; run `exitwatch weekly BOOK"),
        (["--out", "report.docx"], "--out='report.docx' does not end in .pdf"),
    ],
)
def test_what_cannot_be_reported_is_a_sentence(home: Home, capsys: Capture, arguments: list[str], said: str) -> None:
    assert run(["report", *arguments, "--home", str(home.path)]) == 2

    assert said in capsys.readouterr().err
    assert not home.reports.exists()


def test_before_the_first_weekly_run_it_is_said_what_to_do(tmp_path: Path, capsys: Capture) -> None:
    assert run(["report", "--home", str(tmp_path / "new")]) == 2

    assert "run `exitwatch weekly` first" in capsys.readouterr().err


def test_a_weekly_run_after_a_months_end_makes_its_report(
    home: Home, mfi: Callable[..., Any], tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "book"
    book.mkdir()
    for name, frame in mfi(clients=30).items():
        if len(frame):
            frame.to_csv(book / f"{name}.csv", index=False)
    monkeypatch.setattr("serving.report.kept.printed", lambda *_: CONTENT)

    assert run(["weekly", str(book), "--as-of", "2024-06-30", "--home", str(home.path)]) == 0

    assert f"The report of 2024-06 is in {home.reports / '2024-06.pdf'}\n" in capsys.readouterr().out
    assert (home.reports / "2024-06.pdf").read_bytes() == CONTENT
