"""Signing in with a password, and out. A wrong name and a wrong password are told apart by nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, select, update

from features.errors import UsageError
from serving import devices, sessions
from serving.accounts import Account, find, normalised
from serving.audit import pseudonym, record
from serving.devices import Device
from serving.events import Event
from serving.installation import set_fact
from serving.passwords import Passwords
from serving.sessions import Session
from serving.store.database import Store
from serving.store.tables import accounts

_LAST_TRY = "last_sign_in_try"
#: Who acts before somebody has proved who they are.
_NOBODY = "nobody"


class Rules(Protocol):
    """The settings that signing in heeds."""

    @property
    def session_hours(self) -> int:
        """Hours without use after which a session ends."""

    @property
    def lock_out_tries(self) -> int:
        """Wrong passwords in a row that lock an account."""

    @property
    def lock_out_minutes(self) -> int:
        """For how long it is locked."""


@dataclass(frozen=True)
class SignedIn:
    """Somebody has proved who they are.

    Parameters
    ----------
    cookie
        What the browser is given; it is kept nowhere else.
    device
        By what the browser is known from now on, see `serving.devices`; empty if it was not by password.
    """

    cookie: str
    session: Session
    device: str = ""


@dataclass(frozen=True)
class _Try:
    """What a sign-in begins with: whose it would be, the hash to compare, and why it fails whatever the password is.

    Parameters
    ----------
    device
        The browser it comes from, if it is known for that account: then the try is counted there alone.
    """

    username: str | None
    kept: str | None
    why: str | None
    locks: bool
    device: Device | None = None


@dataclass(frozen=True)
class _Count:
    """How many tries there were, and until when there is none left."""

    failed: int
    locked_until: datetime | None

    def locked(self, now: datetime) -> bool:
        """Whether no password is right."""
        return self.locked_until is not None and self.locked_until > now

    def after_a_try(self, now: datetime, rules: Rules) -> "_Count":
        """One more; none while it is locked. A lock that has passed begins anew."""
        if self.locked(now):
            return self
        failed = (0 if self.locked_until is not None else self.failed) + 1
        locks = failed >= rules.lock_out_tries
        return _Count(failed, now + timedelta(minutes=rules.lock_out_minutes) if locks else None)


def sign_in(
    store: Store, passwords: Passwords, username: str, password: str, now: datetime, rules: Rules, device: str = ""
) -> SignedIn | None:
    """Sign somebody in by name and password; written to the audit log either way.

    A try counts before its password is looked at, so many at once are no more than many one after the other. The
    password is compared outside any transaction, for that takes a good part of a second.

    Parameters
    ----------
    device
        What the browser shows of an earlier sign-in, see `serving.devices`.

    Returns
    -------
    None for a wrong name, a wrong password, a locked and a closed account alike, after the same time.

    Raises
    ------
    Busy
        Too many sign in at this moment.
    """
    with _tried(store, passwords, username, password, now, rules, device) as (connection, account):
        if account is None:
            return None
        entered = enter(connection, account, "password", now, rules)
        return replace(entered, device=devices.remember(connection, device, account.username, now))


def knows_password(
    store: Store, passwords: Passwords, username: str, password: str, now: datetime, rules: Rules, device: str = ""
) -> bool:
    """Whether somebody knows their password; counted as a try to sign in, but no session begins.

    Raises
    ------
    Busy
        Too many sign in at this moment.
    """
    with _tried(store, passwords, username, password, now, rules, device) as (_, account):
        return account is not None


def sign_out(connection: Connection, session: Session, now: datetime) -> None:
    """End a session; its cookie is worthless from now on."""
    if sessions.end(connection, session.digest):
        by = session.person.by
        record(connection, now, by.name, by.role, Event.SIGNED_OUT, by.name)


@contextmanager
def _tried(
    store: Store, passwords: Passwords, username: str, password: str, now: datetime, rules: Rules, device: str
) -> Iterator[tuple[Connection, Account | None]]:
    """The account whose password it is, if it is one's, and the transaction in which that is written down."""
    with store.write() as connection:
        tried = _begin_try(connection, username, device, now, rules)
    right = passwords.matches(tried.kept, password) and tried.why is None
    anew = passwords.hash(password) if right and tried.kept and passwords.outdated(tried.kept) else None
    with store.write() as connection:
        if right and tried.username is not None:
            yield connection, _proved(connection, tried.username, tried.device, anew, now)
        else:
            _turn_away(connection, tried, username, now, rules)
            yield connection, None


def _begin_try(connection: Connection, typed: str, secret: str, now: datetime, rules: Rules) -> _Try:
    try:
        name = normalised(typed)
    except UsageError:
        name = ""
    row = connection.execute(select(accounts).where(accounts.c.username == name)).first()
    device = devices.known(connection, secret, name, now)
    counted = device or row
    before = _Count(0, None) if counted is None else _Count(counted.failed, counted.locked_until)
    after = before.after_a_try(now, rules)
    if device is None:
        # An unknown name changes no row, but the same statements run for it, so that it takes as long.
        values = {"failed": after.failed, "locked_until": after.locked_until}
        connection.execute(update(accounts).where(accounts.c.username == name).values(values))
    else:
        devices.count(connection, device, after.failed, after.locked_until)
    set_fact(connection, _LAST_TRY, now.isoformat())
    if row is None:
        return _Try(None, None, "unknown", locks=False)
    why = "disabled" if not row.active else "locked" if before.locked(now) else None
    return _Try(name, row.password_hash, why, not before.locked(now) and after.locked(now), device)


def _proved(
    connection: Connection, name: str, device: Device | None, anew: str | None, now: datetime
) -> Account | None:
    account = find(connection, name)
    if account is None or not account.active:  # it was closed while the password was compared
        _refused(connection, name, "disabled", now)
        return None
    values: dict[str, object] = {} if anew is None else {"password_hash": anew}
    if device is None:
        values |= {"failed": 0, "locked_until": None}
    else:
        devices.count(connection, device, 0, None)
    if values:
        connection.execute(update(accounts).where(accounts.c.username == name).values(values))
    return account


def enter(connection: Connection, account: Account, way: str, now: datetime, rules: Rules) -> SignedIn:
    """Begin the session of somebody who has proved who they are, by password or through OpenID Connect."""
    sessions.purge(connection, now)
    cookie, session = sessions.begin(connection, account, now, rules.session_hours)
    by = session.person.by
    record(connection, now, by.name, by.role, Event.SIGNED_IN, by.name, way=way)
    return SignedIn(cookie, session)


def _turn_away(connection: Connection, tried: _Try, typed: str, now: datetime, rules: Rules) -> None:
    # People type passwords into the field for the name, so a name that is nobody's is not written down.
    subject = tried.username or pseudonym(connection, f"username {typed}").replace("client-", "unknown-", 1)
    _refused(connection, subject, tried.why or "password", now)
    if tried.locks and tried.why is None:
        known = tried.device is not None
        record(connection, now, _NOBODY, "", Event.LOCKED_OUT, subject, minutes=rules.lock_out_minutes, device=known)


def _refused(connection: Connection, subject: str, why: str, now: datetime) -> None:
    record(connection, now, _NOBODY, "", Event.SIGN_IN_FAILED, subject, way="password", why=why)
