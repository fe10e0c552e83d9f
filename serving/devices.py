"""Browsers on which somebody has signed in before. Wrong passwords elsewhere do not lock them.

Whoever knows a name can lock its account again and again. So a browser keeps a secret from a sign-in with a password,
and tries that show it are counted for that browser alone. Only the secret's hash is kept. It proves nobody: the
password is asked for all the same.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from serving.store.tables import devices

#: So long after the last sign-in a browser is known.
KNOWN_FOR = timedelta(days=180)
_SECRET_BYTES = 32


@dataclass(frozen=True)
class Device:
    """A browser that is known for an account, and its wrong passwords in a row."""

    digest: str
    username: str
    failed: int
    locked_until: datetime | None


def known(connection: Connection, secret: str, username: str, now: datetime) -> Device | None:
    """The browser that shows a secret, if it is known for this account."""
    row = connection.execute(select(devices).where(_of(digest_of(secret), username))).first()
    if row is None or row.expires_at <= now:
        return None
    return Device(row.digest, row.username, row.failed, row.locked_until)


def count(connection: Connection, device: Device, failed: int, locked_until: datetime | None) -> None:
    """Write down how many tries it has had, and until when it has none left."""
    values = {"failed": failed, "locked_until": locked_until}
    connection.execute(update(devices).where(_of(device.digest, device.username)).values(values))


def remember(connection: Connection, secret: str, username: str, now: datetime) -> str:
    """Know the browser on which somebody has proved who they are; none of its tries counts against it any more.

    Parameters
    ----------
    secret
        What the browser showed. It is kept where this server made it, so that several people can share a phone.

    Returns
    -------
    What the browser is to keep; it is kept nowhere else.
    """
    connection.execute(delete(devices).where(devices.c.expires_at <= now))
    digest = digest_of(secret)
    if connection.execute(select(devices.c.digest).where(devices.c.digest == digest)).first() is None:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        digest = digest_of(secret)
    connection.execute(delete(devices).where(_of(digest, username)))
    connection.execute(
        insert(devices).values(
            digest=digest, username=username, failed=0, locked_until=None, expires_at=now + KNOWN_FOR
        )
    )
    return secret


def unlock(connection: Connection, username: str) -> None:
    """Give each browser of an account its tries again."""
    mine = devices.c.username == username
    connection.execute(update(devices).where(mine).values(failed=0, locked_until=None))


def forget(connection: Connection, username: str) -> None:
    """Know no browser of an account any more."""
    connection.execute(delete(devices).where(devices.c.username == username))


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _of(digest: str, username: str) -> ColumnElement[bool]:
    return and_(devices.c.digest == digest, devices.c.username == username)
