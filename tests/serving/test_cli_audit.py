"""Commands about the audit log."""

import csv
import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serving import audit
from serving.audit import Entry
from serving.cli import run
from serving.events import Event
from serving.home import Home
from serving.settings import Settings

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with four things done, on four days."""
    with closing(Home(tmp_path).create().store(Settings())) as store, store.write() as connection:
        for n in range(3):
            audit.record(
                connection, NOW + timedelta(days=n), "amina", "officer", Event.LISTS_VIEWED, f"w{n}", lists=1, lines=n
            )
        who = audit.pseudonym(connection, "c001")
        audit.record(connection, NOW + timedelta(days=3), "baba", "desk", Event.CLIENT_VIEWED, who, numbers=False)
    return tmp_path


def asked(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(["audit", *words, "--home", str(home)])
    told = capsys.readouterr()
    return code, told.out, told.err


def altered(home: Path, sql: str) -> None:
    """As somebody with the file in hand would."""
    with closing(sqlite3.connect(home / "exitwatch.db")) as file:
        for trigger in ("audit_no_update", "audit_no_delete"):
            file.execute(f"DROP TRIGGER {trigger}")
        file.execute(sql)
        file.commit()


def test_a_whole_log_ends_with_0_and_its_head(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(home, capsys, "verify")

    assert (code, err) == (0, "")
    first, second = out.splitlines()
    assert first == "whole: 4 rows, from its first row"
    assert second.startswith("head 4:")
    assert asked(home, capsys, "verify", "--head", second.removeprefix("head "))[0] == 0


def test_a_broken_log_ends_with_5_and_says_where(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    altered(home, "UPDATE audit SET actor = 'baba' WHERE seq = 2")

    code, out, err = asked(home, capsys, "verify")

    assert (code, out) == (5, "")
    assert "the audit log is broken at row 2: its content is not what was written" in err


def test_a_cut_off_end_ends_with_5_against_a_head_kept_elsewhere(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = asked(home, capsys, "verify")[1].split()[-1]
    altered(home, "DELETE FROM audit WHERE seq = 4")

    assert asked(home, capsys, "verify")[0] == 0
    code, _, err = asked(home, capsys, "verify", "--head", head)
    assert code == 5
    assert "its end was cut" in err


def test_what_is_no_head_ends_with_2(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(home, capsys, "verify", "--head", "4")[0] == 2


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ([], [1, 2, 3, 4]),
        (["--since", "2024-07-03"], [3, 4]),
        (["--actor", "amina"], [1, 2, 3]),
        (["--event", "client_viewed"], [4]),
        (["--client", "c001"], [4]),
        (["--client", "c002"], []),
        (["--actor", "amina", "--since", "2024-07-02"], [2, 3]),
    ],
)
def test_rows_are_chosen_and_looking_is_written_down(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], rows: list[int]
) -> None:
    code, out, _ = asked(home, capsys, "show", *words)

    assert code == 0
    assert [int(line.split()[0]) for line in out.splitlines() if not line.startswith(" ")] == rows
    assert "c001" not in out
    last = asked(home, capsys, "show", "--actor", "command line")[1].splitlines()
    assert last[-1] == f'    {{"rows":{len(rows)}}}'


def test_a_row_is_shown_on_a_line_with_its_details_below(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = asked(home, capsys, "show", "--since", "2024-07-03", "--actor", "amina")[1]

    assert out == '3  2024-07-03 08:00:00  amina  officer  lists_viewed  w2\n    {"lines":2,"lists":1}\n'


def test_an_export_can_be_verified_without_this_program(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert asked(home, capsys, "export", "--out", str(tmp_path / "audit.csv"))[:2] == (0, "")
    printed = asked(home, capsys, "export")[1]

    written = (tmp_path / "audit.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(written)))
    assert printed.startswith(written)
    previous = audit.GENESIS
    for row in rows:
        seq, at = int(row.pop("seq")), datetime.fromisoformat(row.pop("at"))
        entry = Entry(seq=seq, at=at, **row)
        assert entry.previous == previous
        assert entry.due == entry.digest
        previous = entry.digest
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "--event", "eaten"], "event='eaten' is not one; there are signed_in"),
        (["show", "--since", "yesterday"], "--since='yesterday' is not a date"),
        (["export", "--out", "no/where/audit.csv"], "stands in a folder that is not there"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    code, _, err = asked(home, capsys, *words)

    assert code == 2
    assert said in err
