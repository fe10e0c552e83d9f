"""What the commands share: options of the same name and meaning, and progress on stderr."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from features.errors import UsageError
from serving.home import Home

if TYPE_CHECKING:
    from features.book import Book

BookArgument = Annotated[Path, typer.Argument(metavar="BOOK", help="A folder of tables, or a book.toml.")]
AsOfOption = Annotated[str, typer.Option("--as-of", metavar="DATE", help="The day on which we stand, as 2024-06-30.")]
HomeOption = Annotated[
    Path, typer.Option("--home", metavar="DIR", envvar="EXITWATCH_HOME", help="Working folder of exitwatch.")
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", envvar="EXITWATCH_DATA", help="Folder a book.toml's files are relative to."),
]
DEFAULT_HOME = Path("exitwatch-home")


class Told:
    """Progress as every part reports it: what is done, how much of it and of how much, or which share."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: float = 1.0, of: float = 1.0) -> None:
        """Tell of one step."""
        if self._bar is None:
            if what not in self._tasks:
                self._tasks[what] = TaskID(0)
                print(f"  {what}", file=sys.stderr, flush=True)
            return
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=max(of, 1e-9))
        self._bar.update(self._tasks[what], completed=done, total=max(of, 1e-9))


@contextmanager
def progress() -> Iterator[Told]:
    """Progress bars on a terminal; elsewhere one line for each step."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Told(None)
        return
    columns = (TextColumn("{task.description:<32}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield Told(bar)


def now() -> datetime:
    """The moment it is, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is on the owner's calendar."""
    return date.today()  # noqa: DTZ011


def say(text: str = "") -> None:
    """Print a line to stdout."""
    typer.echo(text)


def as_date(text: str, option: str = "--as-of") -> date:
    """A date from the command line.

    Raises
    ------
    UsageError
        It is not an ISO date.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError as error:
        raise UsageError(f"{option}={text!r} is not a date; write it as 2024-06-30") from error


def home_at(path: Path) -> Home:
    """The working folder, made where it is missing."""
    return Home(path).create()


def opened(book: Path, data: Path | None, as_of: date | None = None) -> "Book":
    """The book behind BOOK, once it has been found usable; its warnings are printed to stderr.

    Parameters
    ----------
    as_of
        The day on which one stands. Nothing may have happened after it and after today.

    Raises
    ------
    UnusableBook
        Something must be mended first.
    """
    from features.connectors.folder import open_book
    from features.report import Severity, ensure_usable
    from features.validate import check

    report = check(book, data, max(today(), as_of or today()))
    ensure_usable(report)
    for each in report.of(Severity.WARNING):
        print(f"  WARNING {each.place}: {each.message}", file=sys.stderr, flush=True)
    notes = len(report.of(Severity.NOTE))
    if notes:
        print(f"  {notes} notes on what is not known: run `exitwatch check` to read them", file=sys.stderr, flush=True)
    return open_book(book, data)


def with_what_was_found(source: "Book", as_of: date, home: Home) -> "Book":
    """The book with what was found at this home's lists joined to it; what that means is printed to stderr.

    Raises
    ------
    DataError
        as_of lies before the book, or long after its last entry; nothing was touched.
    """
    from serving.feedback import with_outcomes
    from training.splits import refuse_outside

    refuse_outside(*source.span(), as_of)
    with closing(home.store(home.settings())) as store:
        found = with_outcomes(source, store)
    for sentence in found.said:
        print(f"  {sentence}", file=sys.stderr, flush=True)
    return found.book
