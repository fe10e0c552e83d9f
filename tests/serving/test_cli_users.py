"""Commands about access, and what the audit log keeps of them."""

import io
import os
import pty
import select
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from quick_hashes import quick

from serving import accounts, audit, tokens
from serving.access import Role, Scope
from serving.cli import run
from serving.home import Home
from serving.settings import Settings
from serving.signing_in import SignedIn, sign_in
from serving.store.database import Store

GOOD = "three goats by the well"
OTHER = "a boat without any oars"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Quick hashes; standard input is typed with ``typed.setattr(sys, "stdin", ...)``."""
    monkeypatch.setattr("serving.cli_users.Passwords", quick)
    monkeypatch.setattr(sys, "stdin", io.StringIO(GOOD + "\n"))
    return monkeypatch


def opened(home: Path) -> Store:
    return Home(home).store(Settings())


def entered(home: Path, name: str, password: str, later: timedelta = timedelta()) -> SignedIn | None:
    with closing(opened(home)) as store:
        return sign_in(store, quick(), name, password, datetime.now(UTC) + later, Settings())


def logged(home: Path) -> list[tuple[str, str, str, str]]:
    with closing(opened(home)) as store, store.read() as connection:
        assert audit.verify(connection).first_break is None
        return [(row.actor, row.event, row.subject, row.detail) for row in audit.entries(connection)]


def added(home: Path, name: str, *more: str) -> int:
    return run(["users", "add", name, *more, "--password-stdin", "--home", str(home)])


def test_an_account_is_made_and_can_sign_in(
    tmp_path: Path, typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--role", "officer", "--of", "o 1", "--name", "Amina Otieno", "--language", "en"]
    assert added(tmp_path, "Amina", *given) == 0
    assert capsys.readouterr().out == "added amina  officer:o 1\n"

    found = entered(tmp_path, "amina", GOOD)
    assert found is not None
    assert found.session.person.scope == Scope(Role.OFFICER, "o 1")
    assert (found.session.account.display_name, found.session.account.language) == ("Amina Otieno", "en")
    assert logged(tmp_path)[0] == ("command line", "account_added", "amina", '{"scope":"officer:o 1"}')


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--role", "officer"], "an officer needs the officer's number"),
        (["--role", "desk", "--of", "b1"], "no other role has one"),
        (["--role", "boss"], "is not a scope"),
        (["--role", "desk", "--language", "xx"], "language='xx' is not there; there are en"),
    ],
)
def test_what_cannot_be_is_refused_before_a_password_is_asked_for(
    tmp_path: Path, typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert added(tmp_path, "amina", *more) == 2

    assert said in capsys.readouterr().err
    assert sys.stdin.read() == GOOD + "\n"


def test_a_password_that_is_refused_makes_no_account(
    tmp_path: Path, typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for weak, said in (
        ("short", "at least 12 characters"),
        ("amina-amina-1", "first that are tried"),
        ("", "at least"),
    ):
        typed.setattr(sys, "stdin", io.StringIO(weak))
        assert added(tmp_path, "amina", "--role", "desk") == 2
        told = capsys.readouterr()
        assert said in told.err
        assert not weak or weak not in told.err

    with closing(opened(tmp_path)) as store, store.read() as connection:
        assert accounts.every(connection) == ()


def read_until(terminal: int, wanted: bytes) -> bytes:
    shown = b""
    while wanted not in shown:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, f"nothing came after {shown!r}"
        shown += os.read(terminal, 1024)
    return shown


def test_a_password_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    code = "import sys; from serving.cli import run; sys.exit(run(sys.argv[1:]))"
    words = ["users", "add", "amina", "--role", "desk", "--home", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    ) as running:
        os.close(theirs)
        try:
            shown = read_until(ours, b"Password: ")  # the blank is printed once the terminal shows nothing typed
            os.write(ours, GOOD.encode() + b"\n")
            shown += read_until(ours, b"Once more: ")
            os.write(ours, GOOD.encode() + b"\n")
            shown += read_until(ours, b"added amina")
            assert running.wait(60) == 0
        finally:
            running.kill()
            os.close(ours)

    assert b"goats" not in shown
    with closing(opened(tmp_path)) as store, store.read() as connection:
        assert accounts.existing(connection, "amina").by_password


def test_a_new_password_signs_out_and_lets_in(
    tmp_path: Path, typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    added(tmp_path, "amina", "--role", "desk")
    entered(tmp_path, "amina", GOOD)
    capsys.readouterr()
    typed.setattr(sys, "stdin", io.StringIO(OTHER + "\r\n"))

    assert run(["users", "password", "Amina", "--password-stdin", "--home", str(tmp_path)]) == 0

    assert capsys.readouterr().out == "changed the password of amina; 1 signed out\n"
    assert entered(tmp_path, "amina", GOOD) is None
    assert entered(tmp_path, "amina", OTHER) is not None


def test_an_account_is_disabled_enabled_and_unlocked(
    tmp_path: Path, typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(tmp_path)]
    added(tmp_path, "amina", "--role", "desk")
    entered(tmp_path, "amina", GOOD)

    assert run(["users", "disable", "amina", *home]) == 0
    assert entered(tmp_path, "amina", GOOD) is None
    assert run(["users", "list", *home]) == 0
    assert run(["users", "enable", "amina", *home]) == 0
    for _ in range(Settings().lock_out_tries):
        entered(tmp_path, "amina", OTHER)
    assert run(["users", "list", *home]) == 0
    assert run(["users", "unlock", "amina", *home]) == 0
    assert entered(tmp_path, "amina", GOOD) is not None

    told = capsys.readouterr().out.splitlines()
    assert told == [
        "added amina  desk",
        "disabled amina; 1 signed out",
        "amina  desk  disabled",
        "enabled amina",
        "amina  desk  locked",
        "unlocked amina",
    ]
    done = [event for actor, event, *_ in logged(tmp_path) if actor == "command line"]
    assert done == ["account_added", "account_disabled", "account_enabled", "account_unlocked"]


@pytest.mark.parametrize("command", ["password", "disable", "enable", "unlock"])
def test_an_account_that_is_not_there_is_said_to_be(
    tmp_path: Path, typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run(["users", command, "amina", "--home", str(tmp_path)]) == 2

    assert "there is no account named 'amina'" in capsys.readouterr().err


def test_a_token_is_shown_once_and_works_until_its_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(tmp_path)]
    assert run(["users", "add-token", "amina", "--scope", "officer:o1", "--days", "7", *home]) == 0
    token = capsys.readouterr().out.strip()
    with closing(opened(tmp_path)) as store, store.read() as connection:
        (stored,) = tokens.every(connection)
        last = stored.expires_on
        assert tokens.who(connection, token, last) == stored
        assert tokens.who(connection, token, last + timedelta(days=1)) is None

    assert run(["users", "list", *home]) == 0
    assert capsys.readouterr().out == f"amina  officer:o1  until {last}\n"
    assert run(["users", "remove-token", "amina", *home]) == 0
    with closing(opened(tmp_path)) as store, store.read() as connection:
        assert tokens.who(connection, token, last) is None
    assert logged(tmp_path) == [
        ("command line", "token_added", "amina", f'{{"scope":"officer:o1","until":"{last}"}}'),
        ("command line", "token_removed", "amina", "{}"),
    ]
    assert token not in repr(logged(tmp_path))
