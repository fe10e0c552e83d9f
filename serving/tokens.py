"""API tokens: machines' way in. Only hashes are kept, each with one scope and a last day."""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from features.errors import StorageError, UsageError
from serving.access import Scope
from serving.installation import fact, set_fact
from serving.store.tables import tokens

#: Tokens are 256 random bits, so one plain SHA-256 cannot be turned back; slow hashes are for passwords.
_TOKEN_BYTES = 32
_PREFIX = "ew_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_LONGEST_SCOPE = 240
_TAKEN_OVER = "tokens_taken_over"


@dataclass(frozen=True)
class Token:
    """One stored token, without the token."""

    name: str
    scope: Scope
    expires_on: date


def who(connection: Connection, token: str, today: date) -> Token | None:
    """Whose token it is; None if it is unknown or has expired. One look into an index."""
    row = connection.execute(
        select(tokens.c.name, tokens.c.scope, tokens.c.expires_on).where(tokens.c.digest == _digest(token))
    ).first()
    return None if row is None or row.expires_on < today else Token(row.name, Scope.of_text(row.scope), row.expires_on)


def every(connection: Connection) -> Sequence[Token]:
    """Every stored token, by name."""
    rows = connection.execute(select(tokens.c.name, tokens.c.scope, tokens.c.expires_on).order_by(tokens.c.name))
    return tuple(Token(row.name, Scope.of_text(row.scope), row.expires_on) for row in rows)


def add(connection: Connection, name: str, scope: Scope, now: datetime, today: date, days: int) -> str:
    """Store a new token and return it; it is shown this once.

    Parameters
    ----------
    now, today
        The moment it is made, and the day that is on the institution's calendar.
    days
        It is good for so many days after today.

    Raises
    ------
    UsageError
        The name is taken or is not a name, or the scope is too long.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"name={name!r} is not a name; use letters, digits, dot, dash, underscore, at most 40")
    if len(scope.text) > _LONGEST_SCOPE:
        raise UsageError(f"a scope has at most {_LONGEST_SCOPE} characters, this one has {len(scope.text)}")
    if name in _names(connection):
        raise UsageError(f"there is a token named {name!r} already; remove it first, or choose another name")
    token = _PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    _insert(connection, name, _digest(token), scope, today + timedelta(days=days), now)
    return token


def remove(connection: Connection, name: str) -> None:
    """Make a token worthless from now on.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    if connection.execute(delete(tokens).where(tokens.c.name == name)).rowcount == 0:
        raise UsageError(f"there is no token named {name!r}; `exitwatch users list` shows which there are")


def take_over(file: Path, connection: Connection, now: datetime) -> int:
    """Take over the tokens of an older version's ``tokens.json``, once; afterwards the file is never read again.

    Names that are in the database already stay as they are there.

    Returns
    -------
    How many were taken over.

    Raises
    ------
    StorageError
        The file is damaged; nothing was taken over.
    """
    if fact(connection, _TAKEN_OVER) is not None or not file.exists():
        return 0
    try:
        stored = json.loads(file.read_bytes())["tokens"]
        rows = [
            (str(row["name"]), str(row["sha256"]), Scope.of_text(row["scope"]), date.fromisoformat(row["expires_on"]))
            for row in stored
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise StorageError(
            f"{file.name} cannot be read as tokens. Delete it, run `exitwatch migrate` again and give out new tokens."
        ) from error
    names, digests = _names(connection), set(connection.execute(select(tokens.c.digest)).scalars())
    taken = 0
    for name, digest, scope, expires_on in rows:
        if name not in names and digest not in digests:
            _insert(connection, name, digest, scope, expires_on, now)
            names.add(name)
            digests.add(digest)
            taken += 1
    set_fact(connection, _TAKEN_OVER, now.isoformat())
    return taken


def _insert(connection: Connection, name: str, digest: str, scope: Scope, expires_on: date, now: datetime) -> None:
    connection.execute(
        insert(tokens).values(name=name, digest=digest, scope=scope.text, expires_on=expires_on, created_at=now)
    )


def _names(connection: Connection) -> set[str]:
    return set(connection.execute(select(tokens.c.name)).scalars())


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
