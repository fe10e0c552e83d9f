"""Reports as they are kept: one file for each month, made by the first weekly run after it."""

from contextlib import closing
from datetime import date
from pathlib import Path

from features.errors import ExitwatchError, StorageError
from serving.home import Home
from serving.report.known import gather, run_after
from serving.report.month import is_month, last_whole
from serving.report.report import printed
from serving.settings import Settings
from serving.store.database import Store
from serving.whole import write_whole


def months(home: Home) -> list[str]:
    """Months of which there is a report, oldest first."""
    return sorted(file.stem for file in home.reports.glob("*.pdf") if is_month(file.stem))


def read(home: Home, month: str) -> bytes | None:
    """The report of a month; None where there is none.

    Raises
    ------
    StorageError
        It cannot be read.
    """
    if not is_month(month):
        return None
    try:
        return _file(home, month).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(
            f"the report of {month} cannot be read; run `exitwatch report --month {month}` again"
        ) from error


def make(home: Home, store: Store, settings: Settings, month: str, file: Path | None = None) -> Path:
    """Make the report of a month, in place of any that is there. The same inputs give the same bytes.

    Parameters
    ----------
    file
        Where to write it; by default where it is kept.

    Raises
    ------
    UsageError
        No weekly run has seen the whole month, or it is no month.
    StorageError
        What it is made from cannot be read, or the file cannot be written.
    """
    with store.read() as connection:
        known = gather(home, connection, month)
    target = file or _file(home, month)
    write_whole(target, printed(known, settings.institution))
    return target


def make_due(home: Home, settings: Settings, as_of: date) -> str:
    """After a weekly run, make the report of the last whole month, unless an earlier run has.

    A report never stands in the way of a week: if it cannot be made, the lists are as they are.

    Returns
    -------
    What happened, in a sentence; empty where there was nothing to do.
    """
    month = last_whole(as_of)
    try:
        if run_after(home, month) != as_of and _file(home, month).exists():
            return ""
        with closing(home.store(settings)) as store:
            return f"The report of {month} is in {make(home, store, settings, month)}"
    except ExitwatchError as error:
        why = str(error)
    except Exception as error:  # the lists are out; whatever a drawing stumbles over must not undo the week
        why = f"an unforeseen {type(error).__name__}"
    return f"The report of {month} was not made: {why}. Try `exitwatch report --month {month}` once that is put right."


def _file(home: Home, month: str) -> Path:
    return home.reports / f"{month}.pdf"
