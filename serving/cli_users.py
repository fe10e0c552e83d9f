"""Commands about access: accounts for people, tokens for machines. Each change stands in the audit log."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from features.errors import UsageError
from serving import accounts, tokens
from serving.access import OPERATOR, Scope
from serving.audit import record
from serving.cli_terminal import DEFAULT_HOME, HomeOption, home_at, now, say
from serving.events import Event
from serving.languages import LANGUAGES
from serving.passwords import Passwords
from serving.settings import Settings

app = typer.Typer(help="Who may ask the server, and for what.", no_args_is_help=True, rich_markup_mode=None)

TokenArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the token is called, such as amina-phone.")]
UserArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with, such as amina.")]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


@app.command("add")
def add_account(
    name: UserArgument,
    role: Annotated[
        str, typer.Option("--role", help="officer, manager, desk, analyst, dpo (data protection), admin or credit.")
    ],
    of: Annotated[str, typer.Option("--of", help="The officer's id, or the manager's branch.")] = "",
    display_name: Annotated[str, typer.Option("--name", help="The person's name, as colleagues read it.")] = "",
    language: Annotated[
        str, typer.Option("--language", help="Language of the pages; else the browser's.", show_default=False)
    ] = "",
    home: HomeOption = DEFAULT_HOME,
    *,
    password_stdin: StdinOption = False,
) -> None:
    """Make an account; its password is asked for and not shown."""
    scope = Scope.of_text(f"{role}:{of}" if of else role)
    if language and language not in LANGUAGES:
        raise UsageError(f"language={language!r} is not there; there are {', '.join(LANGUAGES)}")
    accounts.normalised(name)
    kept = _hashed(home, name, asked=not password_stdin)
    with _changing(home) as (_, connection, moment):
        made = accounts.add(
            connection,
            name,
            scope,
            OPERATOR,
            moment,
            password_hash=kept,
            display_name=display_name,
            language=language,
        )
    say(f"added {made.username}  {made.scope.text}")


@app.command("password")
def password(name: UserArgument, home: HomeOption = DEFAULT_HOME, *, password_stdin: StdinOption = False) -> None:
    """Give an account a new password; whoever is signed in with it is signed out."""
    with _reading(home) as connection:
        username = accounts.existing(connection, name).username
    kept = _hashed(home, username, asked=not password_stdin)
    with _changing(home) as (_, connection, moment):
        ended = accounts.set_password(connection, username, kept, OPERATOR, moment)
    say(f"changed the password of {username}; {ended} signed out")


@app.command("disable")
def disable(name: UserArgument, home: HomeOption = DEFAULT_HOME) -> None:
    """Close an account and sign it out; nothing it did is lost."""
    with _changing(home) as (_, connection, moment):
        ended = accounts.disable(connection, name, OPERATOR, moment)
    say(f"disabled {name}; {ended} signed out")


@app.command("enable")
def enable(name: UserArgument, home: HomeOption = DEFAULT_HOME) -> None:
    """Open a closed account again."""
    with _changing(home) as (_, connection, moment):
        accounts.enable(connection, name, OPERATOR, moment)
    say(f"enabled {name}")


@app.command("unlock")
def unlock(name: UserArgument, home: HomeOption = DEFAULT_HOME) -> None:
    """Lift a lock-out after wrong passwords."""
    with _changing(home) as (_, connection, moment):
        accounts.unlock(connection, name, OPERATOR, moment)
    say(f"unlocked {name}")


@app.command("add-token")
def add_token(
    name: TokenArgument,
    scope: Annotated[
        str,
        typer.Option("--scope", help="officer:<officer_id>, manager:<branch_id>, desk, analyst, dpo, admin or credit."),
    ],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Days until it expires.")] = 365,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Make a token and show it this once; only its hash is kept."""
    wanted = Scope.of_text(scope)
    with _changing(home) as (settings, connection, moment):
        today = moment.astimezone(ZoneInfo(settings.timezone)).date()
        token = tokens.add(connection, name, wanted, moment, today, days)
        (made,) = (one for one in tokens.every(connection) if one.name == name)
        until = made.expires_on.isoformat()
        record(connection, moment, OPERATOR.name, OPERATOR.role, Event.TOKEN_ADDED, name, scope=scope, until=until)
    say(token)


@app.command("list")
def list_all(home: HomeOption = DEFAULT_HOME) -> None:
    """Accounts, and names, scopes and last days of all tokens."""
    with _reading(home) as connection:
        moment = now()
        for account in accounts.every(connection):
            locked = account.locked_until is not None and account.locked_until > moment
            state = "disabled" if not account.active else "locked" if locked else "signs in"
            say(f"{account.username}  {account.scope.text}  {state}")
        for token in tokens.every(connection):
            say(f"{token.name}  {token.scope.text}  until {token.expires_on}")


@app.command("remove-token")
def remove_token(name: TokenArgument, home: HomeOption = DEFAULT_HOME) -> None:
    """Make a token worthless from now on."""
    with _changing(home) as (_, connection, moment):
        tokens.remove(connection, name)
        record(connection, moment, OPERATOR.name, OPERATOR.role, Event.TOKEN_REMOVED, name)
    say(f"removed {name}")


@contextmanager
def _reading(home: Path) -> Iterator[Connection]:
    folder = home_at(home)
    with closing(folder.store(folder.settings())) as store, store.read() as connection:
        yield connection


@contextmanager
def _changing(home: Path) -> Iterator[tuple[Settings, Connection, datetime]]:
    """The settings, a transaction, and this moment."""
    folder = home_at(home)
    settings = folder.settings()
    with closing(folder.store(settings)) as store, store.write() as connection:
        yield settings, connection, now()


def _hashed(home: Path, username: str, *, asked: bool) -> str:
    """A new password, of which only the hash goes on: typed twice without being shown, or read from standard input."""
    fewest = home_at(home).settings().password_length
    if asked:
        typed = str(typer.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True))
        return accounts.hashed(Passwords(), typed, username, fewest)
    try:
        return accounts.hashed(Passwords(), sys.stdin.readline().rstrip("\r\n"), username, fewest)
    except UnicodeDecodeError as error:
        raise UsageError("the password on standard input is not UTF-8") from error
