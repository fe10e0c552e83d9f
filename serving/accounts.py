"""People who sign in: who they are, in which role, and whether their account is open."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from serving import devices
from serving.access import Actor, Role, Scope
from serving.audit import record
from serving.events import Event
from serving.passwords import Passwords, check_choice
from serving.refusals import AccountRefused, Why
from serving.store.tables import accounts, sessions

_USERNAME = re.compile(r"[^\W_][\w.@+-]{0,79}")
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Account:
    """One account, without its password.

    Parameters
    ----------
    username
        As `normalised` writes it.
    of
        The officer's id, or the manager's branch; empty for the others.
    language
        The one the person chose; empty if none.
    by_password
        Whether a password is kept; who signs in through OpenID Connect has none.
    locked_until
        Until when no password is right; may be past.
    """

    username: str
    display_name: str
    role: Role
    of: str
    language: str
    active: bool
    by_password: bool
    locked_until: datetime | None

    @property
    def scope(self) -> Scope:
        """What may be seen with it."""
        return Scope(self.role, self.of)


def normalised(username: str) -> str:
    """A username in the one spelling it is kept in, however it was typed.

    Raises
    ------
    AccountRefused
        It is none.

    Examples
    --------
    >>> normalised(" Amina.Otieno "), normalised("ＡＭＩＮＡ")
    ('amina.otieno', 'amina')
    """
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).strip().casefold())
    if not _USERNAME.fullmatch(name):
        raise AccountRefused(Why.USERNAME)
    return name


def add(
    connection: Connection,
    username: str,
    scope: Scope,
    by: Actor,
    now: datetime,
    *,
    password_hash: str | None = None,
    oidc_subject: str | None = None,
    display_name: str = "",
    language: str = "",
) -> Account:
    """Make an account.

    Parameters
    ----------
    password_hash
        Of `hashed`. None for who signs in through OpenID Connect.

    Raises
    ------
    AccountRefused
        The username is taken or none, or the name is too long.
    """
    name = normalised(username)
    if find(connection, name) is not None:
        raise AccountRefused(Why.TAKEN, name=repr(name))
    connection.execute(
        insert(accounts).values(
            username=name,
            display_name=_fitting(display_name),
            role=str(scope.role),
            of=scope.of,
            language=language,
            password_hash=password_hash,
            oidc_subject=oidc_subject,
            active=True,
            failed=0,
            password_changed_at=now if password_hash else None,
            created_at=now,
        )
    )
    record(connection, now, by.name, by.role, Event.ACCOUNT_ADDED, name, scope=scope.text)
    return existing(connection, name)


def hashed(passwords: Passwords, password: str, username: str, fewest: int) -> str:
    """What is kept of a new password; made before the transaction, for it takes a good part of a second.

    Parameters
    ----------
    fewest
        Setting `password_length`.

    Raises
    ------
    AccountRefused
        The password is refused.
    """
    check_choice(password, normalised(username), fewest)
    return passwords.hash(password)


def find(connection: Connection, username: str) -> Account | None:
    """An account by its normalised username."""
    row = connection.execute(select(accounts).where(accounts.c.username == username)).first()
    return None if row is None else of_row(row)


def existing(connection: Connection, username: str) -> Account:
    """An account by its name, however it is typed.

    Raises
    ------
    AccountRefused
        There is none.
    """
    found = find(connection, normalised(username))
    if found is None:
        raise AccountRefused(Why.MISSING, name=repr(username))
    return found


def every(connection: Connection) -> Sequence[Account]:
    """Every account, by username."""
    return tuple(of_row(row) for row in connection.execute(select(accounts).order_by(accounts.c.username)))


def set_password(
    connection: Connection, username: str, password_hash: str, by: Actor, now: datetime, keep: str | None = None
) -> int:
    """Change a password, lift a lock-out, end the account's other sessions, and know its browsers no more.

    Parameters
    ----------
    password_hash
        Of `hashed`.
    keep
        Digest of the session that goes on: the one in which its owner changes it.

    Returns
    -------
    How many sessions ended.
    """
    account = existing(connection, username)
    _write(connection, account, password_hash=password_hash, password_changed_at=now, failed=0, locked_until=None)
    ended = end_sessions(connection, account.username, keep)
    devices.forget(connection, account.username)
    record(connection, now, by.name, by.role, Event.PASSWORD_CHANGED, account.username, sessions_ended=ended)
    return ended


def change(
    connection: Connection,
    username: str,
    by: Actor,
    now: datetime,
    *,
    scope: Scope | None = None,
    display_name: str | None = None,
    language: str | None = None,
) -> Account:
    """Change what is given; a new role or reach counts from the next request on."""
    account = existing(connection, username)
    given: dict[str, object] = {}
    if display_name is not None:
        given["display_name"] = _fitting(display_name)
    if language is not None:
        given["language"] = language
    if scope is not None and scope != account.scope:
        given |= {"role": str(scope.role), "of": scope.of}
        detail = {"scope": scope.text, "before": account.scope.text}
        record(connection, now, by.name, by.role, Event.ACCOUNT_CHANGED, account.username, **detail)
    if given:
        _write(connection, account, **given)
    return existing(connection, account.username)


def disable(connection: Connection, username: str, by: Actor, now: datetime) -> int:
    """Close an account, end its sessions, and know its browsers no more.

    Returns
    -------
    How many sessions ended.
    """
    account = existing(connection, username)
    _write(connection, account, active=False)
    devices.forget(connection, account.username)
    record(connection, now, by.name, by.role, Event.ACCOUNT_DISABLED, account.username)
    return end_sessions(connection, account.username)


def enable(connection: Connection, username: str, by: Actor, now: datetime) -> None:
    """Open an account again."""
    account = existing(connection, username)
    _write(connection, account, active=True)
    record(connection, now, by.name, by.role, Event.ACCOUNT_ENABLED, account.username)


def unlock(connection: Connection, username: str, by: Actor, now: datetime) -> None:
    """Lift a lock-out before its time, on known browsers too."""
    account = existing(connection, username)
    _write(connection, account, failed=0, locked_until=None)
    devices.unlock(connection, account.username)
    record(connection, now, by.name, by.role, Event.ACCOUNT_UNLOCKED, account.username)


def end_sessions(connection: Connection, username: str, keep: str | None = None) -> int:
    """Sign somebody out everywhere, but for one session."""
    ending = delete(sessions).where(sessions.c.username == username)
    return connection.execute(ending if keep is None else ending.where(sessions.c.digest != keep)).rowcount


def of_row(row: Row[Any]) -> Account:
    """An account as its row says."""
    return Account(
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        of=row.of,
        language=row.language,
        active=row.active,
        by_password=row.password_hash is not None,
        locked_until=row.locked_until,
    )


def _write(connection: Connection, account: Account, **values: object) -> None:
    connection.execute(update(accounts).where(accounts.c.username == account.username).values(values))


def _fitting(name: str) -> str:
    clean = " ".join(name.split())
    if len(clean) > _LONGEST_NAME or not clean.isprintable():
        raise AccountRefused(Why.NAME, longest=_LONGEST_NAME)
    return clean
