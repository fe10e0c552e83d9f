"""Commands about what was found: take in filled-in lists, give it out for the MFI's own system, count it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.csv
import typer

from features.errors import DataError, UsageError
from serving import audit, issued, outcomes
from serving.access import OPERATOR
from serving.cli_terminal import DEFAULT_HOME, HomeOption, home_at, now, say
from serving.entering import enter_as_operator, sheet_again
from serving.events import Event
from serving.feedback import returned
from serving.given import OutcomeRefused, printable
from serving.home import is_week
from serving.line import OfficerList
from serving.outcomes import Status
from serving.returned_files import Returned, from_table, from_workbook
from serving.store.database import Store
from serving.whole import said_as_storage_error, write_whole

app = typer.Typer(help="What was found at the lines of lists.", no_args_is_help=True, rich_markup_mode=None)


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv of typed-in paper, or a filled-in .xlsx list.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Keep every line that was filled in. Importing a file again changes nothing; what is wrong is told row by row.

    A CSV has the columns list (the id printed on it), place and code, and where needed kind, happened_on, promised_on,
    reasons, do_not_contact, wrong, override, note and outcome_id.
    """
    with _opened(home) as (store, moment, today):
        lines, pages = _read(file, store)
        told: Counter[str] = Counter()
        for line in lines:
            status = _kept(store, pages.get(line.printed_id), line, moment, today)
            told[status.split(":")[0]] += 1
            say(f"row {line.row}: {status}")
    say(", ".join(f"{told[status]} {status}" for status in ("accepted", "same", "conflict", "refused")))
    if told["refused"]:
        raise DataError(
            f"{told['refused']} of {len(lines)} rows were refused, the others are kept. Put them right and import the "
            "file again; what is kept already stays kept once."
        )


@app.command("export")
def give_out(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for contacts.csv and departures.csv.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write everything that was found as contacts and departures of the canonical book, for the MFI's own system.

    Take over the columns as they are, contact_id and list_id above all: then nothing counts twice, and no past day
    changes. Reasons about staff and private matters are left out.
    """
    with _opened(home) as (store, moment, _):
        with store.write() as connection:
            rows = returned(connection)
            count = len(rows.contacts) + len(rows.departures)
            name, role = OPERATOR.name, OPERATOR.role
            audit.record(connection, moment, name, role, Event.LIST_EXPORTED, "outcomes", format="csv", lines=count)
        with said_as_storage_error(out):
            out.mkdir(parents=True, exist_ok=True)
        for table in ("contacts", "departures"):
            write_whole(out / f"{table}.csv", _as_csv(getattr(rows, table)))
    say(f"{len(rows.contacts):,} contacts and {len(rows.departures):,} departures in {out}")


@app.command("list")
def count(
    week: Annotated[str, typer.Option("--week", metavar="WEEK", help="An ISO week; else the newest.")] = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """How many lines of each list were answered, and which places wait for somebody to decide."""
    if week and not is_week(week):
        raise UsageError(f"--week={week!r} is not a week; write it as 2024-W27")
    with _opened(home) as (store, _, _), store.read() as connection:
        issue = issued.newest(connection, week or None)
        if issue is None:
            raise UsageError("there are no lists of that week; `exitwatch weekly` draws them")
        for page in issued.sheets(connection, issue):
            say(_counted(page, outcomes.of_list(connection, page.list_id)))


def _read(file: Path, store: Store) -> tuple[list[Returned], dict[str, OfficerList]]:
    """Filled-in lines, and the lists they name, as far as they exist."""
    match file.suffix.lower():
        case ".csv":
            lines = from_table(file)
            return lines, _pages(store, {line.printed_id for line in lines})
        case ".xlsx":
            book = from_workbook(file)
            pages = _pages(store, {book.printed_id})
            return [*(book.of(pages[book.printed_id]) if pages else book.lines)], pages
    raise UsageError(f"file {file.name!r} is neither .csv nor .xlsx; save it as one of them")


def _pages(store: Store, printed: set[str]) -> dict[str, OfficerList]:
    found = {}
    with store.read() as connection:
        for printed_id in sorted(printed):
            list_id, _, check = printed_id.rpartition("-")
            named = bool(list_id and check) and printable(printed_id)
            page = issued.sheet(connection, list_id, check) if named else None
            if page is not None:
                found[printed_id] = page[1]
    return found


def _kept(store: Store, page: OfficerList | None, line: Returned, moment: datetime, today: date) -> str:
    """What became of a line; of whom it speaks is not printed."""
    if page is None:
        return "refused: there is no list with this id and these check letters"
    try:
        given = line.given(page)
        with store.write() as connection:
            return enter_as_operator(connection, sheet_again(connection, page), given, moment, today).status.value
    except OutcomeRefused as error:
        return f"refused: {error}"


def _counted(page: OfficerList, entered: list[outcomes.Outcome]) -> str:
    there = {line.client_id for line in page.lines}
    answered = {row.client_id for row in entered if row.status is Status.ACCEPTED} & there
    waiting = sorted({row.place for row in entered if row.status is Status.CONFLICT})
    told = f"{page.list_id}  {len(answered)} of {len(page.lines)} lines answered"
    return told + (f", to be decided: {', '.join(map(str, waiting))}" if waiting else "")


def _as_csv(table: pa.Table) -> bytes:
    held = pa.BufferOutputStream()
    pa.csv.write_csv(table, held, pa.csv.WriteOptions(quoting_style="needed"))
    return bytes(held.getvalue().to_pybytes())


@contextmanager
def _opened(home: Path) -> Iterator[tuple[Store, datetime, date]]:
    """The database of a home, the moment it is, and the day that is on the institution's calendar."""
    folder = home_at(home)
    settings, moment = folder.settings(), now()
    with closing(folder.store(settings)) as store:
        yield store, moment, moment.astimezone(ZoneInfo(settings.timezone)).date()
