"""Erasure of one client: everything that is kept about her goes, but for a mark that keeps her from being listed again.

The mark is a hold on her pseudonym, a keyed hash: the book of the institution may still name her, and each weekly run
asks here who must be left out. The mark is set first and says that erasing has begun; then the files go, folder by
folder; then the rows, together with the entry in the audit log. So whatever a kill leaves undone is known, and is done
by the next call, or by the next `exitwatch retention`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    null,
    select,
    update,
)

from features.errors import UsageError
from serving import audit, holds
from serving.access import Actor
from serving.audit import is_pseudonym, pseudonym, pseudonyms
from serving.erased_files import clients_in_files, erase_from_files, folders_with
from serving.events import Event
from serving.experiment.drawing import unit_of_client
from serving.holds import Hold, Reach
from serving.home import Home
from serving.months import months_before
from serving.outcomes import Status
from serving.settings import Settings
from serving.store.database import Store
from serving.store.tables import (
    NOBODY,
    Moment,
    allocations,
    corrections,
    handovers,
    lines,
    outcomes,
    survey_answers,
    survey_sampled,
)
from serving.store.tables import holds as peace
from serving.whole import alone

#: Notes of the mark: erasing has begun, and erasing is done.
_BEGUN, _DONE = "erasing has begun", "erased"
#: The mark holds on every day, also where a week of the past is drawn anew.
_ALWAYS = date(1970, 1, 1)
#: Tables whose rows name a client.
_OF_CLIENTS = (lines, outcomes, handovers, corrections, survey_answers, survey_sampled, allocations)


class ErasureRefused(UsageError):
    """A law obliges to keep what was asked to be erased.

    Attributes
    ----------
    until
        The first day on which it may be erased.
    """

    def __init__(self, law: str, until: date) -> None:
        super().__init__(
            f"{law} obliges to keep what was found at her until {until}; she may be erased from that day on. An "
            "objection leaves her in peace until then: `exitwatch rights object`."
        )
        self.until = until


@dataclass(frozen=True)
class Erased:
    """What was erased, in counts.

    Parameters
    ----------
    rows
        Rows of the database.
    folders
        Folders whose files were made again without her.
    """

    rows: int
    folders: int


def rows_about(connection: Connection, client_id: str) -> int:
    """How many rows of the database speak of a client."""
    return sum(
        int(connection.execute(select(func.count()).select_from(table).where(hers)).scalar_one())
        for table, hers in _hers(client_id)
    )


def erase(
    store: Store, home: Home, settings: Settings, client_id: str, now: datetime, today: date, by: Actor
) -> Erased:
    """Erase what is kept about a client, and keep her from being scored and listed again.

    Lines and outcomes keep what is counted, such as the code of what was found, and lose whom it was about. What waited
    for somebody, a conflict or a line handed over, waits no more.

    Parameters
    ----------
    by
        Whom the audit log names.

    Raises
    ------
    ErasureRefused
        A law of the settings obliges to keep what was found; the refusal stands in the audit log.
    UsageError
        Nothing is kept about her.
    StorageError
        The disk is full or a file is damaged; the same call does what is left.
    """
    if is_pseudonym(client_id):
        raise UsageError("that is a pseudonym of the audit log; erasure needs the client's id as in the book")
    with alone(home.lock):
        folders = folders_with(home, client_id)
        with store.write() as connection:
            name = pseudonym(connection, client_id)
            begun = name in _marks(connection, _BEGUN)
            if not begun and folders + rows_about(connection, client_id) == 0:
                if name in _marks(connection, _DONE):
                    raise UsageError("this client was erased already; nothing is kept about her")
                raise UsageError(
                    "nothing is kept about a client of this id; see that it is written as in the book. To keep her "
                    "from being listed: `exitwatch rights object`"
                )
            until = _law(connection, client_id, settings)
            if until is not None and until > today:
                event, day = Event.ERASURE_REFUSED, until.isoformat()
                audit.record(connection, now, by.name, by.role, event, name, until=day)
            else:
                until = None
                _begin(connection, name, now, by)
        if until is not None:
            raise ErasureRefused(settings.keep_by_law, until)
        folders = erase_from_files(home, store, client_id)
        with store.write() as connection:
            rows = _erase_rows(connection, client_id, now)
            _end(connection, name)
            event = Event.CLIENT_ERASED
            audit.record(connection, now, by.name, by.role, event, name, rows=rows, files=folders)
        store.let_go()
    return Erased(rows, folders)


def finish(store: Store, home: Home, settings: Settings, now: datetime, today: date, by: Actor) -> int:
    """Do what killed erasures left undone.

    Returns
    -------
    How many erasures were finished.
    """
    with store.read() as connection:
        begun = _marks(connection, _BEGUN)
    for clients in _candidates(store, home) if begun else ():
        with store.write() as connection:
            found = [client for client, name in pseudonyms(connection, clients).items() if name in begun]
        for client_id in found:
            erase(store, home, settings, client_id, now, today, by)
    with store.write() as connection:
        # Whoever is not found any more had been taken out of everything but was not yet marked so.
        for name in sorted(_marks(connection, _BEGUN) & begun):
            _end(connection, name)
            audit.record(connection, now, by.name, by.role, Event.CLIENT_ERASED, name, rows=0, files=0)
    return len(begun)


def erased_among(connection: Connection, client_ids: Iterable[str]) -> frozenset[str]:
    """Those of some clients who were erased, or are being erased: they are neither scored nor listed, on any day."""
    marks = _marks(connection, _BEGUN, _DONE)
    if not marks:
        return frozenset()
    return frozenset(client for client, name in pseudonyms(connection, client_ids).items() if name in marks)


def left_out(connection: Connection, client_ids: Iterable[str], on: date) -> frozenset[str]:
    """Those of some clients who must be neither scored nor listed on a date: who objected, and who was erased."""
    asked = list(client_ids)
    return holds.objectors(connection, on).intersection(asked) | erased_among(connection, asked)


@dataclass(frozen=True)
class Marked:
    """Who was erased, or is being erased, by pseudonym, and the key that pseudonyms were made with."""

    key: str = field(repr=False)
    names: frozenset[str]


def marked(connection: Connection) -> Marked:
    """Everybody who bears a mark."""
    return Marked(audit.pseudonym_key(connection) or "", frozenset(_marks(connection, _BEGUN, _DONE)))


def mark_again(connection: Connection, before: Marked, now: datetime, by: Actor) -> int | None:
    """Leave out whom an older database, brought back, does not know as erased; `finish` erases them once more.

    Parameters
    ----------
    connection
        Of `Store.write`.
    before
        Whom the newer database knew as erased.

    Returns
    -------
    How many; None where the two give clients other pseudonyms, so that nobody can be told.
    """
    if not before.names:
        return 0
    if not audit.same_pseudonyms(connection, before.key):
        return None
    missing = sorted(before.names - marked(connection).names)
    for name in missing:
        _begin(connection, name, now, by)
    return len(missing)


def _law(connection: Connection, client_id: str, settings: Settings) -> date | None:
    """Until when a law forbids to erase a client; None if none does."""
    newest = select(func.max(outcomes.c.recorded_on)).where(outcomes.c.client_id == client_id)
    found: date | None = connection.execute(newest).scalar()
    return months_before(found, -settings.keep_by_law_months) if found and settings.keep_by_law_months else None


def _begin(connection: Connection, name: str, now: datetime, by: Actor) -> None:
    """Set the mark, or set it back: from now on she is neither scored nor listed."""
    if connection.execute(update(peace).where(_mark_of(name)).values(note=_BEGUN)).rowcount == 0:
        holds.add(connection, Hold.OBJECTION, Reach.CLIENT, name, _ALWAYS, None, actor=by.name, at=now, note=_BEGUN)


def _end(connection: Connection, name: str) -> None:
    connection.execute(update(peace).where(_mark_of(name)).values(note=_DONE))


def _mark_of(name: str) -> ColumnElement[bool]:
    return and_(peace.c.target == name, peace.c.note.in_((_BEGUN, _DONE)), peace.c.lifted_on.is_(None))


def _marks(connection: Connection, *notes: str) -> set[str]:
    """Pseudonyms whose mark bears one of some notes."""
    chosen = select(peace.c.target).where(peace.c.note.in_(notes), peace.c.lifted_on.is_(None))
    return {target for target in connection.execute(chosen).scalars() if is_pseudonym(target)}


def _hers(client_id: str) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Each table that can speak of a client, and which of its rows do."""
    for table in _OF_CLIENTS:
        yield table, table.c.client_id == client_id
    yield peace, and_(peace.c.reach == Reach.CLIENT, peace.c.target == client_id)


def _erase_rows(connection: Connection, client_id: str, now: datetime) -> int:
    nobody = literal(NOBODY)
    emptied: dict[Table, dict[str, Any]] = {
        lines: {"client_id": nobody + cast(lines.c.place, String), "content": null(), "erased_at": now},
        outcomes: {
            "client_id": nobody + outcomes.c.outcome_id,
            "note": "",
            "reasons": "",
            "promised_on": None,
            "status": case((outcomes.c.status == Status.CONFLICT, Status.SET_ASIDE), else_=outcomes.c.status),
        },
        handovers: {
            "client_id": nobody + handovers.c.handover_id,
            "note": "",
            "done_at": func.coalesce(handovers.c.done_at, literal(now, Moment())),
        },
        survey_answers: {
            "client_id": nobody + survey_answers.c.answer_id,
            **dict.fromkeys(("interviewer", "reasons", "story", "kept_by", "since", "language", "place"), ""),
            **dict.fromkeys(("would_return", "would_recommend"), ""),
            "return_on": None,
            "left_on": None,
        },
        survey_sampled: {
            "client_id": nobody + survey_sampled.c.sample_id + "-" + cast(survey_sampled.c.place, String),
            "officer_id": "",
            "peace": "erased",
        },
        # The lot is counted on: who was drawn is forgotten, that somebody was is not.
        allocations: {
            "client_id": nobody + allocations.c.stratum + "-" + cast(allocations.c.place, String),
            "unit": case(
                (
                    allocations.c.unit == literal(unit_of_client(client_id)),
                    nobody + allocations.c.stratum + "-" + cast(allocations.c.place, String),
                ),
                else_=allocations.c.unit,
            ),
        },
    }
    done = 0
    for table, hers in _hers(client_id):
        change = update(table).where(hers).values(emptied[table]) if table in emptied else delete(table).where(hers)
        done += connection.execute(change).rowcount
    return done


def _candidates(store: Store, home: Home) -> Iterator[set[str]]:
    """Clients that rows, and then files, speak of."""
    with store.read() as connection:
        found = [set(connection.execute(select(table.c.client_id).distinct()).scalars()) for table in _OF_CLIENTS]
        found.append(set(connection.execute(select(peace.c.target).distinct()).scalars()))
    yield set().union(*found)
    yield from clients_in_files(home)
