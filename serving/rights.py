"""What a client may ask for: to see what is kept, to have it put right, to be left out, to have it erased.

Each is written into the audit log, under her pseudonym, in the same transaction as what it tells of. The page of the
data-protection officer and the command line both call these.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from features.book import Book
from features.errors import UsageError
from serving import audit, corrections, erasure, holds
from serving.access import Actor
from serving.corrections import Correction
from serving.erased_files import folders_with
from serving.erasure import Erased, rows_about
from serving.events import Event
from serving.given import printable
from serving.holds import Held, Hold, Reach
from serving.home import Home
from serving.languages import Language
from serving.settings import Settings
from serving.store.database import Store
from serving.subject_access import gathered, is_empty, plain
from serving.subject_page import as_subject_page
from serving.whole import as_json, folder_written_whole, write_whole

PAGE, DATA = "what-is-kept.html", "what-is-kept.json"
_BEGINNING = (1980, 1, 1, 0, 0, 0)
_OWNERS_ALONE = 0o600
_LONGEST_ID = 200


@dataclass(frozen=True)
class SubjectFile:
    """What a client is given.

    Parameters
    ----------
    content
        The same as plain values, as the JSON has them.
    files
        The page in her language, and the JSON, by name.
    """

    content: Mapping[str, Any]
    files: Mapping[str, bytes]

    def as_zip(self) -> bytes:
        """Both files in one archive; the same content gives the same bytes."""
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as into:
            for name, content in self.files.items():
                into.writestr(zipfile.ZipInfo(name, _BEGINNING), content, zipfile.ZIP_DEFLATED)
        return sink.getvalue()

    def write(self, out: Path) -> None:
        """Write one archive if the name ends in .zip, else a folder; readable by whoever runs this alone.

        Raises
        ------
        UsageError
            There is something of that name already.
        """
        if out.exists():
            raise UsageError(f"there is {out.name!r} already; choose another name, or move it away")
        if out.suffix == ".zip":
            write_whole(out, self.as_zip())
            out.chmod(_OWNERS_ALONE)
            return
        with folder_written_whole(out) as half:
            for name, content in self.files.items():
                (half / name).write_bytes(content)
                (half / name).chmod(_OWNERS_ALONE)


def export(
    store: Store,
    home: Home,
    settings: Settings,
    client_id: str,
    language: Language,
    now: datetime,
    today: date,
    by: Actor,
    *,
    book: Book | None = None,
    way: str = "file",
) -> SubjectFile:
    """Everything that is kept about a client.

    Parameters
    ----------
    book
        The book as it is today, for the attributes that are read from it; None leaves them out.
    way
        How she gets it, for the audit log.

    Raises
    ------
    UsageError
        Nothing is kept about a client of this id.
    """
    _refuse_unfit(client_id)
    with store.write() as connection:
        audit.pseudonym(connection, client_id)  # makes the key, if there is none yet
    with store.read() as connection:
        kept = gathered(connection, home, settings, client_id, language, book)
    if is_empty(kept):
        raise UsageError("nothing is kept about a client of this id; see that it is written as in the book")
    with store.write() as connection:
        _told(connection, now, by, Event.SUBJECT_EXPORTED, client_id, format=way)
    content = {
        "client_id": client_id,
        "institution": settings.institution,
        "made_at": now.isoformat(),
        "software": version("exitwatch"),
        "language": language.code,
        **plain(kept),
    }
    page = as_subject_page(kept, client_id, settings.institution, today, language)
    return SubjectFile(content, {PAGE: page.encode(), DATA: as_json(content)})


def show(store: Store, home: Home, client_id: str, now: datetime, by: Actor) -> Erased:
    """How much is kept about a client, in counts.

    Raises
    ------
    UsageError
        Nothing is.
    """
    _refuse_unfit(client_id)
    folders = folders_with(home, client_id)
    with store.write() as connection:
        kept = Erased(rows_about(connection, client_id), folders)
        if kept == Erased(0, 0):
            raise UsageError("nothing is kept about a client of this id; see that it is written as in the book")
        _told(connection, now, by, Event.CLIENT_VIEWED, client_id, numbers=False)
    return kept


def correct(store: Store, client_id: str, what: str, value: str, now: datetime, by: Actor) -> Correction:
    """Keep what a client says is right, until the institution's own system says the same.

    Raises
    ------
    UsageError
        It is nothing that can be corrected, or the value cannot be.
    """
    _refuse_unfit(client_id)
    with store.write() as connection:
        made = corrections.correct(connection, client_id, what, value, by=by, at=now)
        _told(connection, now, by, Event.CORRECTION_MADE, client_id, what=what)
    return made


def object_to(store: Store, client_id: str, now: datetime, today: date, by: Actor, *, note: str = "") -> Held:
    """Leave a client out from today: nothing is computed about her, and she stands on no list. Objecting twice is once.

    Raises
    ------
    UsageError
        The id or the note cannot be kept.
    """
    _refuse_unfit(client_id)
    with store.write() as connection:
        for held in holds.every(connection, target=client_id.strip()):
            if held.kind is Hold.OBJECTION and held.reach is Reach.CLIENT and held.holds_on(today):
                return held
        kind, reach = Hold.OBJECTION, Reach.CLIENT
        made = holds.add(connection, kind, reach, client_id, today, None, actor=by.name, at=now, note=note)
        _told(connection, now, by, Event.OBJECTION_MADE, client_id, reach=str(reach))
    return made


def erase(
    store: Store, home: Home, settings: Settings, client_id: str, now: datetime, today: date, by: Actor
) -> Erased:
    """As `serving.erasure.erase`.

    Raises
    ------
    ErasureRefused
        A law of the settings obliges to keep what was found, until a day.
    UsageError
        Nothing is kept about her.
    """
    _refuse_unfit(client_id)
    return erasure.erase(store, home, settings, client_id, now, today, by)


def _told(
    connection: Connection, now: datetime, by: Actor, event: Event, client_id: str, **detail: audit.Detail
) -> None:
    audit.record(connection, now, by.name, by.role, event, audit.pseudonym(connection, client_id), **detail)


def _refuse_unfit(client_id: str) -> None:
    if not client_id.strip() or len(client_id) > _LONGEST_ID or not printable(client_id):
        raise UsageError(f"a client's id has 1 to {_LONGEST_ID} signs that can be printed")
