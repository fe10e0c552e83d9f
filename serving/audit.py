"""The audit log: who saw, exported and changed what, as a chain of hashes in which no row can be changed unseen.

Each row holds the SHA-256 of itself and of the row before. A row that was changed, left out or put in breaks the chain
at that place. Cut-off ends do not: for that an operator keeps a head, the last number and digest, in another place.
"""

import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from features.errors import UsageError
from serving.events import Event
from serving.installation import fact, set_fact
from serving.store.tables import audit

#: What stands before the first row.
GENESIS = "0" * 64

_ANCHOR, _FORGOTTEN, _KEY = "audit_anchor", "audit_forgotten_until", "pseudonym_key"
_PSEUDONYM_LETTERS = 20
_LONGEST = {"actor": 120, "subject": 300}
_ROWS_AT_ONCE = 5_000

Detail = str | int | bool | None


@dataclass(frozen=True)
class Head:
    """Where a chain ends: number and digest of its last row.

    Examples
    --------
    >>> Head.of_text(Head(3, "ab" * 32).text).seq
    3
    """

    seq: int
    digest: str

    @property
    def text(self) -> str:
        """As it is printed and kept."""
        return f"{self.seq}:{self.digest}"

    @classmethod
    def of_text(cls, text: str) -> "Head":
        """A head as `text` writes it.

        Raises
        ------
        UsageError
            It is not one.
        """
        seq, _, digest = text.strip().partition(":")
        if not (
            seq.isascii() and seq.isdigit() and len(digest) == len(GENESIS) and set(digest) <= set("0123456789abcdef")
        ):
            raise UsageError("that is no head; write it as `exitwatch audit verify` printed it, such as 812:4f0c...")
        return cls(int(seq), digest)


@dataclass(frozen=True)
class Entry:
    """One row of the log."""

    seq: int
    at: datetime
    actor: str
    role: str
    event: str
    subject: str
    detail: str
    previous: str
    digest: str

    @property
    def due(self) -> str:
        """The digest this row must have: SHA-256 of its canonical JSON."""
        return sha256(
            _canonical(
                {
                    "seq": self.seq,
                    "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                    "actor": self.actor,
                    "role": self.role,
                    "event": self.event,
                    "subject": self.subject,
                    "detail": self.detail,
                    "previous": self.previous,
                }
            ).encode()
        ).hexdigest()


@dataclass(frozen=True)
class Break:
    """The first place at which the log is not as it was written."""

    seq: int
    why: str


@dataclass(frozen=True)
class Verified:
    """What `verify` found.

    Parameters
    ----------
    rows
        Rows there are.
    first_break
        None if the chain is whole.
    anchored
        Number of the last row that retention erased; 0 if the chain begins at its genesis.
    head
        Where the chain ends.
    """

    rows: int
    first_break: Break | None
    anchored: int
    head: Head


def record(
    connection: Connection, at: datetime, actor: str, role: str, event: Event, subject: str = "", **detail: Detail
) -> Head:
    """Add a row to the end of the chain, inside the transaction of what it tells of.

    Parameters
    ----------
    connection
        Of `Store.write`, under which writers take turns, so that the chain has one end.
    actor
        Username, ``token:NAME`` or ``command line``: see `serving.access.Actor`.
    subject
        What it was done to: a list, a week, an account, or a client under her `pseudonym`.
    detail
        Those the event names; counts, codes, days.

    Raises
    ------
    ValueError
        A detail that the event does not name.
    """
    strays = set(detail) - set(event.details)
    if strays:
        raise ValueError(
            f"{event} has no detail {', '.join(sorted(strays))}; it has {', '.join(event.details) or 'none'}"
        )
    last = head(connection)
    fields = {
        "actor": _within(actor, "actor"),
        "role": role,
        "event": str(event),
        "subject": _within(subject, "subject"),
    }
    entry = Entry(seq=last.seq + 1, at=at, detail=_canonical(detail), previous=last.digest, digest="", **fields)
    connection.execute(
        insert(audit).values(
            seq=entry.seq, at=at, detail=entry.detail, previous=entry.previous, digest=entry.due, **fields
        )
    )
    return Head(entry.seq, entry.due)


def head(connection: Connection) -> Head:
    """The end of the chain."""
    last = connection.execute(select(audit.c.seq, audit.c.digest).order_by(audit.c.seq.desc()).limit(1)).first()
    return _anchor(connection) if last is None else Head(last.seq, last.digest)


def verify(connection: Connection, kept: Head | None = None) -> Verified:
    """Go through the whole chain.

    Parameters
    ----------
    kept
        A head printed earlier and kept elsewhere: the chain must still contain it, so a cut-off end is seen.
    """
    anchor = _anchor(connection)
    last, rows, broken, forgotten = anchor, 0, None, None
    seen = kept is None or kept == anchor
    for entry in _rows(connection, select(audit).order_by(audit.c.seq)):
        rows += 1
        broken = broken or _wrong(entry, last)
        seen = seen or (kept is not None and kept == Head(entry.seq, entry.digest))
        if entry.event == Event.AUDIT_FORGOTTEN:
            forgotten = entry.detail
        last = Head(entry.seq, entry.digest)
    told = _canonical({"anchor": anchor.digest, "until": anchor.seq})
    if broken is None and (forgotten or _canonical({"anchor": GENESIS, "until": 0})) != told:
        broken = Break(anchor.seq, "the place where the log begins is not the one its last erasure wrote down")
    if broken is None and not seen and kept is not None:
        gone = kept.seq < anchor.seq
        why = "retention has erased it; keep a newer one" if gone else "the log does not contain it, so its end was cut"
        broken = Break(kept.seq, f"the head that was given cannot be confirmed: {why}")
    return Verified(rows, broken, anchor.seq, last)


def entries(
    connection: Connection,
    *,
    since: datetime | None = None,
    actor: str | None = None,
    event: Event | None = None,
    subject: str | None = None,
) -> Iterator[Entry]:
    """Rows of the log, oldest first, as far as they fit what is asked for."""
    chosen = select(audit).order_by(audit.c.seq)
    for column, value in ((audit.c.actor, actor), (audit.c.event, event), (audit.c.subject, subject)):
        if value is not None:
            chosen = chosen.where(column == str(value))
    return _rows(connection, chosen if since is None else chosen.where(audit.c.at >= since))


def forget(connection: Connection, before: datetime, at: datetime, actor: str, role: str) -> int:
    """Erase rows older than a moment from the beginning of the chain; a row says so, and to where.

    Returns
    -------
    How many rows were erased.
    """
    newer = connection.execute(select(func.min(audit.c.seq)).where(audit.c.at >= before)).scalar()
    until = head(connection).seq if newer is None else int(newer) - 1
    digest = connection.execute(select(audit.c.digest).where(audit.c.seq == until)).scalar()
    if digest is None:
        return 0
    record(connection, at, actor, role, Event.AUDIT_FORGOTTEN, until=until, anchor=str(digest))
    set_fact(connection, _FORGOTTEN, str(until))
    set_fact(connection, _ANCHOR, str(digest))
    return connection.execute(delete(audit).where(audit.c.seq <= until)).rowcount


def pseudonym(connection: Connection, client_id: str) -> str:
    """The name a client bears in the log: a keyed hash, the same each time, that nobody turns back without the key.

    The key is made when it is first needed, so the first call needs a connection of `Store.write`.
    """
    return pseudonyms(connection, [client_id])[client_id]


def pseudonyms(connection: Connection, client_ids: Iterable[str]) -> dict[str, str]:
    """As `pseudonym`, of many clients at once."""
    key = fact(connection, _KEY)
    if key is None:
        key = secrets.token_hex(32)
        set_fact(connection, _KEY, key)
    mixer = hmac.new(bytes.fromhex(key), digestmod=sha256)
    return {client_id: _mixed(mixer.copy(), client_id) for client_id in client_ids}


def pseudonym_key(connection: Connection) -> str | None:
    """The key behind the pseudonyms, to be shown to nobody; None where none was ever needed."""
    return fact(connection, _KEY)


def same_pseudonyms(connection: Connection, key: str) -> bool:
    """Whether pseudonyms are made with this key: from now on they are, where none was ever needed."""
    if fact(connection, _KEY) is None:
        set_fact(connection, _KEY, key)
    return fact(connection, _KEY) == key


def is_pseudonym(text: str) -> bool:
    """Whether a text is such a name, and not a client's id.

    >>> is_pseudonym("client-" + 20 * "a"), is_pseudonym("c012")
    (True, False)
    """
    return re.fullmatch(rf"client-[0-9a-f]{{{_PSEUDONYM_LETTERS}}}", text) is not None


def _mixed(mixer: hmac.HMAC, client_id: str) -> str:
    mixer.update(client_id.encode("utf-8", "surrogatepass"))
    return f"client-{mixer.hexdigest()[:_PSEUDONYM_LETTERS]}"


def _wrong(entry: Entry, last: Head) -> Break | None:
    if entry.seq != last.seq + 1:
        missing = "a row is missing before it" if entry.seq > last.seq + 1 else "it stands before the log's beginning"
        return Break(entry.seq, missing)
    if entry.previous != last.digest:
        return Break(entry.seq, "it does not follow from the row before it")
    if entry.digest != entry.due:
        return Break(entry.seq, "its content is not what was written")
    return None


def _anchor(connection: Connection) -> Head:
    until = fact(connection, _FORGOTTEN) or "0"
    return Head(int(until) if until.isdigit() else -1, fact(connection, _ANCHOR) or GENESIS)


def _rows(connection: Connection, chosen: Select[tuple[object, ...]]) -> Iterator[Entry]:
    for part in connection.execute(chosen, execution_options={"yield_per": _ROWS_AT_ONCE}).partitions():
        yield from map(_entry, part)


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(row.seq, row.at, row.actor, row.role, row.event, row.subject, row.detail, row.previous, row.digest)


def _canonical(content: dict[str, Detail]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _within(text: str, field: str) -> str:
    """A text as the column can hold it; what is too long keeps its beginning and is told apart by a hash."""
    clean = text.encode("utf-8", "replace").decode().replace("\x00", "?")
    most = _LONGEST[field]
    return clean if len(clean) <= most else f"{clean[: most - 65]} {sha256(clean.encode()).hexdigest()}"
