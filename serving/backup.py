"""Backup and restore: one archive with everything a working folder and its database hold.

The database is carried as rows, so a backup of SQLite restores into PostgreSQL and the other way round. MLflow's own
database and artefacts are not part of it: they tell how models were made, and no list is made from them.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from features.errors import StorageError, UsageError
from serving import audit
from serving.access import OPERATOR
from serving.archive import Archive, archive_written_whole, is_plain, opened_archive
from serving.audit import Head, Verified
from serving.erasure import Marked, mark_again
from serving.events import Event
from serving.home import Home
from serving.restoring import Content, ensure_found, erased_before, place_of
from serving.store.database import Store, migrate, newest, open_store, revision
from serving.store.portable import as_lines, load, row_count, tables_of
from serving.whole import alone, folder_written_whole

Progress = Callable[[str, int, int], None]

#: Of the archive's layout; another one is refused.
FORMAT = 1
#: An archive that unpacks to more is refused unless more is allowed.
MOST_BYTES = 64 * 1024**3

_FILES = ("settings.toml", "target.toml", "promotions.jsonl", "tokens.json")
_FOLDERS = ("models", "backtests", "scores", "features", "lists", "measures", "reports")
_OWNERS_ALONE = 0o700
_DATABASE = "database/"
_ROWS = ".jsonl"


@dataclass(frozen=True)
class BackedUp:
    """What a backup holds, in counts."""

    parts: int
    rows: int
    size: int


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Parameters
    ----------
    aside
        Where the earlier folder was moved; None if there was none.
    made_at, software
        When the backup was made, and by which version.
    audit
        What the audit log was found to be.
    erased_since
        How many clients were erased since the backup and are in it again; None where that is not known.
    """

    parts: int
    rows: int
    aside: Path | None
    made_at: str
    software: str
    audit: Verified
    erased_since: int | None


def back_up(home: Home, url: str, target: Path, now: datetime, software: str, told: Progress | None = None) -> BackedUp:
    """Write everything into one archive, also while the server runs: the rows are those of one moment.

    Parameters
    ----------
    url
        Address of the database; its tables may be of any version.
    software
        Version of this software.

    Raises
    ------
    UsageError
        There is a file of that name already, the database has no tables, or a link stands where a file belongs.
    StorageError
        The disk is full, or the database cannot be reached.
    """
    progress = told or _silent
    about: dict[str, Any] = {"format": FORMAT, "software": software, "made_at": now.isoformat()}
    with closing(open_store(url, any_version=True)) as store, alone(home.lock):
        with archive_written_whole(target, about) as writing:
            about["tables"] = version = _version(store)
            with store.read() as connection:
                about["audit_head"] = audit.head(connection).text
                about["rows"] = rows = {}
                tables = tables_of(connection)
                for table in tables:
                    rows[table.name] = row_count(connection, table)
                    writing.add(f"{_DATABASE}{table.name}{_ROWS}", as_lines(connection, table))
                    progress("database", len(rows), len(tables))
            files = list(_files(home.path))
            for done, (name, file) in enumerate(files, 1):
                writing.add_file(name, file)
                progress("files", done, len(files))
        if version == newest():
            with store.write() as connection:
                made = Event.BACKUP_MADE
                audit.record(connection, now, OPERATOR.name, OPERATOR.role, made, files=len(writing.parts))
    return BackedUp(len(writing.parts), sum(rows.values()), target.stat().st_size)


def restore(
    file: Path,
    home: Home,
    now: datetime,
    *,
    url: str = "",
    force: bool = False,
    most_bytes: int = MOST_BYTES,
    told: Progress | None = None,
) -> Restored:
    """Bring a working folder and its database back from an archive, once all of it has been verified.

    A kill leaves what was there before, or what was restored. A weekly run waits meanwhile; the server must not run.
    Whoever was erased since the backup, as far as the folder that is replaced knows, is marked to be erased again.

    Parameters
    ----------
    url
        An empty database to restore into; by default the one the restored settings name.
    force
        Move a folder that is not empty aside, and keep it.
    most_bytes
        The archive may not unpack to more.

    Raises
    ------
    UsageError
        There is no such file, or the folder or the database is not empty.
    StorageError
        The archive is damaged or hostile, of a newer version, or the disk is full. Nothing was changed. Or the database
        at its address is not the one that was restored.
    """
    progress = told or _silent
    empty = not home.path.exists() or all(each == home.lock for each in home.path.iterdir())
    aside = None if empty else home.path.with_name(f"{home.path.name}.aside-{now:%Y%m%dT%H%M%SZ}")
    if aside is not None and not force:
        raise UsageError(
            f"{home.path.name!r} is not empty; restore into another folder, or move this one aside with --force"
        )
    with ExitStack() as locks, opened_archive(file, most_bytes) as archive:
        if home.path.exists():
            locks.enter_context(alone(home.lock))
        version, head, rows = _about(archive)
        files = sorted(name for name in archive.parts if not name.startswith(_DATABASE))
        before = erased_before(home)
        with folder_written_whole(home.path, aside) as half:
            locks.enter_context(alone(Home(half).lock))
            for done, name in enumerate(files, 1):
                archive.unpack(name, half / name)
                progress("files", done, len(files))
            half.chmod(home.path.stat().st_mode & 0o777 if home.path.exists() else _OWNERS_ALONE)
            place = place_of(url or home.database_url(Home(half).settings()), home.path, half)
            verified = _restore_rows(archive, place.written, version, head, rows, now)
            erased_since = None if before is None else _mark_erased(place.written, before, now)
            content = Content.of(place.written)
        ensure_found(place, content)
    return Restored(
        parts=len(archive.parts),
        rows=sum(rows.values()),
        aside=aside,
        made_at=str(archive.about.get("made_at", "")),
        software=str(archive.about.get("software", "")),
        audit=verified,
        erased_since=erased_since,
    )


def _mark_erased(url: str, before: Marked, now: datetime) -> int | None:
    with closing(open_store(url)) as store, store.write() as connection:
        return mark_again(connection, before, now, OPERATOR)


def _restore_rows(
    archive: Archive, url: str, version: str, head: Head, rows: Mapping[str, int], now: datetime
) -> Verified:
    with closing(open_store(url, any_version=True)) as store:
        found = revision(store)
        if found is None:
            migrate(url, version)
        elif found != version:
            raise UsageError(
                f"the database to restore into has tables of version {found}, the backup those of {version}; "
                "name an empty database"
            )
        with store.write() as connection:
            if not _restored_before(connection, head):
                _load(connection, archive, rows)
                files = len(archive.parts)
                audit.record(connection, now, OPERATOR.name, OPERATOR.role, Event.BACKUP_RESTORED, files=files)
            verified = audit.verify(connection, kept=head if head.seq else None)
    if version != newest():
        migrate(url)
    return verified


def _load(connection: Connection, archive: Archive, rows: Mapping[str, int]) -> None:
    tables = tables_of(connection)
    if {table.name for table in tables} != set(rows):
        raise StorageError("the backup holds other tables than its version has. Take another backup.")
    if any(row_count(connection, table) for table in tables):
        raise UsageError(
            "the database to restore into is not empty; name an empty one with --database, or empty it yourself"
        )
    for table in tables:
        loaded = load(connection, table, archive.lines(f"{_DATABASE}{table.name}{_ROWS}"))
        if loaded != rows[table.name]:
            raise StorageError(
                f"the backup holds {loaded:,} rows of table {table.name}, not the {rows[table.name]:,} "
                "its manifest names. Take another backup."
            )


def _restored_before(connection: Connection, head: Head) -> bool:
    """Whether a restore that was killed had come as far as this: the log goes on from the backup's with one row."""
    last = [entry for entry in audit.entries(connection, event=Event.BACKUP_RESTORED) if entry.seq == head.seq + 1]
    return bool(last) and last[0].previous == head.digest and audit.head(connection).seq == head.seq + 1


def _about(archive: Archive) -> tuple[str, Head, dict[str, int]]:
    try:
        about = archive.about
        if about["format"] != FORMAT:
            raise StorageError("the archive is of another layout; restore it with the exitwatch that made it")
        rows = {str(name): int(count) for name, count in about["rows"].items()}
        version, head = str(about["tables"]), Head.of_text(str(about["audit_head"]))
    except (KeyError, TypeError, ValueError, AttributeError, UsageError) as error:
        raise StorageError("the archive's manifest lacks what a backup's has; exitwatch never wrote it") from error
    dumped = {name.removeprefix(_DATABASE).removesuffix(_ROWS) for name in archive.parts if name.startswith(_DATABASE)}
    strays = [
        name
        for name in archive.parts
        if not name.startswith((_DATABASE, *(f"{folder}/" for folder in _FOLDERS))) and name not in _FILES
    ]
    if dumped != set(rows) or strays:
        raise StorageError("the archive holds parts no backup has; exitwatch never wrote it. Take another backup.")
    return version, head, rows


def _files(home: Path) -> Iterator[tuple[str, Path]]:
    """Every file that belongs into a backup, by its name there. What a run has not finished begins with a dot."""
    for name in _FILES:
        if (home / name).is_file():
            yield name, _no_link(home / name, home)
    for folder in _FOLDERS:
        for place, below, names in os.walk(_no_link(home / folder, home)):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in below:
                _no_link(Path(place, name), home)
            for name in sorted(names):
                if not name.startswith("."):
                    file = _no_link(Path(place, name), home)
                    yield file.relative_to(home).as_posix(), file


def _no_link(path: Path, home: Path) -> Path:
    if path.is_symlink() or not is_plain(path.relative_to(home).as_posix()):
        raise UsageError(
            f"{path.relative_to(home).as_posix()!r} is a link, or has a name no archive can hold; a backup holds files "
            "alone. Put the file itself there."
        )
    return path


def _version(store: Store) -> str:
    found = revision(store)
    if found is None:
        raise UsageError("the database has no tables yet, so there is nothing to back up; run `exitwatch migrate`")
    return found


def _silent(_what: str, _done: int, _of: int) -> None:
    return None
