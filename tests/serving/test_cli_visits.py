"""The command of the week's plan: what it says, what it writes, and what stands in the log."""

from contextlib import closing
from pathlib import Path

import pytest
from known_client import AS_OF, HER, ORIGIN, OTHER, pages, scored

from serving import audit, cli_terminal
from serving.cli import run
from serving.delimited import read_table
from serving.home import Home
from serving.languages import language
from serving.settings import Settings
from serving.visits.told import chances
from serving.weekly import give_out


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = Home(tmp_path / "home").create()
    with closing(made.store(Settings())) as store:
        give_out(made, store, [pages(HER, OTHER)], AS_OF, Settings(), ORIGIN, cli_terminal.now())
    scored(made, HER, OTHER)
    return made.path


def asked(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = run(["visits", *(str(argument) for argument in arguments)])
    told = capsys.readouterr()
    assert HER not in told.out + told.err
    return code, told.out, told.err


def test_every_line_is_in_the_file_and_the_log_tells_that_it_left(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "visits.csv"

    code, said, _ = asked(capsys, "--out", out, "--home", home)

    assert code == 0
    assert "2 of 2 lines have a day" in said
    assert chances(language("en"), "") in said
    assert {row["client_id"] for row in read_table(out.read_bytes())} == {HER, OTHER}
    with closing(Home(home).store(Settings())) as store, store.read() as connection:
        assert [entry.event for entry in audit.entries(connection)] == ["list_exported"]


def test_it_tells_what_other_hours_would_change(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = asked(capsys, "--out", tmp_path / "v.csv", "--home", home, "--hours", "4", "--hours", "0")

    rows = [line.split() for line in said.splitlines() if line.split()[:1] in (["0"], ["4"])]
    assert [row[:2] for row in rows] == [["0", "0"], ["4", "2"]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--out", "plan.pdf"], "does not end in .csv"),
        (["--out", "plan.csv", "--week", "soon"], "is not a week"),
        (["--out", "plan.csv", "--week", "2020-W01"], "no list was issued"),
    ],
)
def test_what_cannot_be_planned_is_told_in_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    code, _, error = asked(capsys, *arguments, "--home", home)

    assert code != 0
    assert told in error
