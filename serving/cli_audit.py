"""Commands about the audit log: verify it, look into it, export it. Looking is written down too."""

import csv
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, TextIO
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from features.errors import BrokenLog, UsageError
from serving import audit
from serving.access import OPERATOR
from serving.audit import Entry, Head
from serving.cli_terminal import DEFAULT_HOME, HomeOption, as_date, home_at, now, say
from serving.events import Event
from serving.settings import Settings
from serving.store.database import Store
from serving.whole import said_as_storage_error

app = typer.Typer(help="Who saw, exported and changed what.", no_args_is_help=True, rich_markup_mode=None)

COLUMNS = ("seq", "at", "actor", "role", "event", "subject", "detail", "previous", "digest")

SinceOption = Annotated[str | None, typer.Option("--since", metavar="DATE", help="From the beginning of this day on.")]
ActorOption = Annotated[str | None, typer.Option("--actor", help="What this person or token:NAME did.")]
EventOption = Annotated[str | None, typer.Option("--event", help="Only this kind, such as client_viewed.")]
ClientOption = Annotated[
    str | None,
    typer.Option("--client", metavar="ID", help="Only about this client, who is in the log under a pseudonym."),
]


@app.command("verify")
def verify(
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="SEQ:DIGEST", help="A head printed earlier and kept in another place."),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Go through the whole log and print its head; ends with 5 if anything was changed, taken out or put in.

    A cut-off end shows only against a head kept elsewhere, so keep each head that is printed, on paper or in a mail.
    """
    kept = None if head is None else Head.of_text(head)
    with _opened(home) as (_, store), store.read() as connection:
        found = audit.verify(connection, kept)
    if found.first_break is not None:
        raise BrokenLog(
            f"the audit log is broken at row {found.first_break.seq}: {found.first_break.why}. Rows before it are as "
            "they were written. Stop, keep a copy of the database, and compare with a backup."
        )
    begins = f"from row {found.anchored + 1}, as retention left it" if found.anchored else "from its first row"
    say(f"whole: {found.rows:,} rows, {begins}")
    say(f"head {found.head.text}")


@app.command("show")
def show(
    since: SinceOption = None,
    actor: ActorOption = None,
    event: EventOption = None,
    client: ClientOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Print rows of the log, oldest first."""
    with _chosen(home, since, actor, event, client, Event.AUDIT_VIEWED) as rows:
        for row in rows:
            at = row.at.astimezone(UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
            say("  ".join(part for part in (str(row.seq), at, row.actor, row.role, row.event, row.subject) if part))
            if row.detail != "{}":
                say(f"    {row.detail}")


@app.command("export")
def export(
    since: SinceOption = None,
    actor: ActorOption = None,
    event: EventOption = None,
    client: ClientOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write; else standard output.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write rows of the log as CSV, with the digests by which the whole of it can be verified without this program."""
    with _chosen(home, since, actor, event, client, Event.AUDIT_EXPORTED) as rows:
        if out is None:
            _write(rows, sys.stdout)
            return
        if not out.parent.is_dir():
            raise UsageError(f"--out={out.name!r} stands in a folder that is not there; make it first")
        with said_as_storage_error(out), out.open("w", encoding="utf-8", newline="") as file:
            _write(rows, file)


def _write(rows: Iterator[Entry], file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
        writer.writerow([at if name == "at" else getattr(row, name) for name in COLUMNS])


@contextmanager
def _opened(home: Path) -> Iterator[tuple[Settings, Store]]:
    folder = home_at(home)
    settings = folder.settings()
    with closing(folder.store(settings)) as store:
        yield settings, store


@contextmanager
def _chosen(
    home: Path, since: str | None, actor: str | None, event: str | None, client: str | None, done: Event
) -> Iterator[Iterator[Entry]]:
    """Rows that fit, one after the other; how many were looked at is written down, also when the reader stops."""
    kind, seen = _event(event), 0
    with _opened(home) as (settings, store):
        try:
            with store.read() as connection:
                found = audit.entries(
                    connection,
                    since=_beginning(since, settings),
                    actor=actor,
                    event=kind,
                    subject=_subject(connection, client),
                )

                def counted() -> Iterator[Entry]:
                    nonlocal seen
                    for row in found:
                        seen += 1
                        yield row

                yield counted()
        finally:
            with store.write() as connection:
                audit.record(connection, now(), OPERATOR.name, OPERATOR.role, done, rows=seen)


def _subject(connection: Connection, client: str | None) -> str | None:
    return None if client is None else audit.pseudonym(connection, client)


def _event(text: str | None) -> Event | None:
    known = {str(each): each for each in Event}
    if text is not None and text not in known:
        raise UsageError(f"event={text!r} is not one; there are {', '.join(known)}")
    return None if text is None else known[text]


def _beginning(day: str | None, settings: Settings) -> datetime | None:
    return None if day is None else datetime.combine(as_date(day, "--since"), time(), ZoneInfo(settings.timezone))
