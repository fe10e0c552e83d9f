"""Commands about a client's rights. Each stands in the audit log, under her pseudonym."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from serving.cli_terminal import DEFAULT_HOME, DataOption, HomeOption, home_at, now, opened, say
from serving.home import Home
from serving.settings import Settings
from serving.store.database import Store

app = typer.Typer(
    help="What a client may ask for: see, correct, object, erase.", no_args_is_help=True, rich_markup_mode=None
)

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id, as in the book.")]
BookOption = Annotated[
    Path | None,
    typer.Option("--book", metavar="BOOK", help="The book, for what is read from it: a folder, or a book.toml."),
]


@dataclass(frozen=True)
class _Here:
    folder: Home
    settings: Settings
    store: Store
    moment: datetime
    today: date


@app.command("show")
def show(client: ClientArgument, home: HomeOption = DEFAULT_HOME) -> None:
    """Say how much is kept about a client, without what it is."""
    from serving import rights
    from serving.access import OPERATOR

    with _here(home) as here:
        kept = rights.show(here.store, here.folder, client, here.moment, OPERATOR)
    say(f"{kept.rows} rows of the database and {kept.folders} folders speak of this client")


@app.command("export")
def export(
    client: ClientArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A name ending in .zip, or a folder to make.")],
    language: Annotated[
        str, typer.Option("--language", help="Language of the page; else the settings'.", show_default=False)
    ] = "",
    book: BookOption = None,
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write everything that is kept about a client: a page in her language, and the same for machines.

    Give it to nobody but her. What the book holds stays in the institution's own system; with --book her particulars
    are shown as they are read from it.
    """
    from serving import rights
    from serving.access import OPERATOR
    from serving.languages import language as spoken_in

    with _here(home) as here:
        tongue = spoken_in(language or here.settings.language)
        source = None if book is None else opened(book, data)
        times = (here.moment, here.today)
        made = rights.export(here.store, here.folder, here.settings, client, tongue, *times, OPERATOR, book=source)
        made.write(out)
    say(f"{out.name}: {', '.join(made.files)}")


@app.command("correct")
def correct(
    client: ClientArgument,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What is wrong, such as phone, name or village.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="What is right.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Keep what a client says is right. Her lines show it until the institution's own system says the same."""
    from serving import rights
    from serving.access import OPERATOR

    with _here(home) as here:
        made = rights.correct(here.store, client, what, value, here.moment, OPERATOR)
    say(f"kept: {made.what}. Have it put right in the institution's own system too: `exitwatch rights corrections`")


@app.command("corrections")
def waiting(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A CSV file; else it is printed.")] = None,
    book: BookOption = None,
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """List corrections for the institution's own system. With --book those it says by now are let go of."""
    from serving import corrections
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.whole import write_whole

    said = None if book is None else corrections.said_by(opened(book, data))
    with _here(home) as here, here.store.write() as connection:
        if said is not None:
            met = corrections.forget_met(connection, said)
            print(f"  {met} corrections were taken over by the institution's system", file=sys.stderr)
        found = corrections.every(connection)
        record(connection, here.moment, OPERATOR.name, OPERATOR.role, Event.CORRECTIONS_EXPORTED, rows=len(found))
    table = corrections.as_table(found)
    if out is None:
        say(table.decode().rstrip("\n"))
        return
    write_whole(out, table)
    say(f"{out.name}: {len(found)} corrections")


@app.command("object")
def object_to(
    client: ClientArgument,
    note: Annotated[str, typer.Option("--note", help="Where and how she said it; at most 500 signs.")] = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Leave a client out from today: nothing is computed about her, and she stands on no list."""
    from serving import rights
    from serving.access import OPERATOR

    with _here(home) as here:
        held = rights.object_to(here.store, client, here.moment, here.today, OPERATOR, note=note)
    say(f"left out since {held.from_on}; what is kept stays until it is erased or too old: `exitwatch rights erase`")


@app.command("erase")
def erase(
    client: ClientArgument,
    home: HomeOption = DEFAULT_HOME,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Erase what is kept about a client, for good, and never list her again. The book is the institution's own.

    Backups made before still hold her: delete them when newer ones are made.
    """
    from serving import rights
    from serving.access import OPERATOR

    if not yes:
        typer.confirm("Erase for good what is kept about this client?", abort=True)
    with _here(home) as here:
        times = (here.moment, here.today)
        done = rights.erase(here.store, here.folder, here.settings, client, *times, OPERATOR)
    say(f"erased: {done.rows} rows, and from {done.folders} folders. Backups made before still hold her.")


@contextmanager
def _here(home: Path) -> Iterator[_Here]:
    folder = home_at(home)
    settings, moment = folder.settings(), now()
    with closing(folder.store(settings)) as store:
        yield _Here(folder, settings, store, moment, moment.astimezone(ZoneInfo(settings.timezone)).date())
