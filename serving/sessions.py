"""Who is signed in. A session is a random cookie, of which only the hash is kept."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select, update

from serving.access import Person
from serving.accounts import Account, of_row
from serving.store.tables import accounts, sessions

#: A session that is used every day still ends, so that a lost phone does not stay signed in for ever.
LONGEST = timedelta(days=30)
#: A session that is in use is written down again so often, and not at every request.
_TOUCHED_EVERY = timedelta(minutes=5)
_COOKIE_BYTES = 32


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in.

    Parameters
    ----------
    digest
        SHA-256 of the cookie.
    csrf
        What the session's forms must send back.
    """

    digest: str
    account: Account
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    @property
    def person(self) -> Person:
        """Whoever it is, as routes see them."""
        return Person(self.account.username, self.account.scope, self.account.language, self.csrf)

    def to_be_touched(self, now: datetime) -> bool:
        """Whether it is time to write down that it is in use."""
        return now - self.seen_at >= _TOUCHED_EVERY


def begin(connection: Connection, account: Account, now: datetime, hours: int) -> tuple[str, Session]:
    """Sign somebody in who has proved who they are.

    Parameters
    ----------
    hours
        Setting `session_hours`: so long after its last use it ends.

    Returns
    -------
    The cookie's value, which is kept nowhere, and the session.
    """
    cookie = secrets.token_urlsafe(_COOKIE_BYTES)
    made = Session(
        _digest(cookie), account, secrets.token_urlsafe(_COOKIE_BYTES), now, now, now + timedelta(hours=hours)
    )
    connection.execute(
        insert(sessions).values(
            digest=made.digest,
            username=account.username,
            csrf=made.csrf,
            created_at=now,
            seen_at=now,
            expires_at=made.expires_at,
        )
    )
    return cookie, made


def find(connection: Connection, cookie: str, now: datetime) -> Session | None:
    """The session of a cookie; None if there is none, it has ended, or its account is closed."""
    row = connection.execute(
        select(sessions, accounts)
        .join(accounts, accounts.c.username == sessions.c.username)
        .where(sessions.c.digest == _digest(cookie))
    ).first()
    if row is None or not row.active or row.expires_at <= now:
        return None
    return Session(row.digest, of_row(row), row.csrf, row.created_at, row.seen_at, row.expires_at)


def touch(connection: Connection, session: Session, now: datetime, hours: int) -> None:
    """Write down that a session is in use; it then ends `hours` later, but never after `LONGEST`."""
    until = min(now + timedelta(hours=hours), session.created_at + LONGEST)
    connection.execute(
        update(sessions).where(sessions.c.digest == session.digest).values(seen_at=now, expires_at=until)
    )


def end(connection: Connection, digest: str) -> bool:
    """Sign out. Whether there was such a session."""
    return connection.execute(delete(sessions).where(sessions.c.digest == digest)).rowcount > 0


def purge(connection: Connection, now: datetime) -> int:
    """Forget sessions that have ended."""
    return connection.execute(delete(sessions).where(sessions.c.expires_at <= now)).rowcount


def _digest(cookie: str) -> str:
    return sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
