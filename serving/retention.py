"""Retention: what is older than the settings allow is erased, each kind in its months, and it is written down.

Rows go in one transaction; folders go each in one step. A kill leaves some of it undone, and the next run does it.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select

from serving import audit, issued
from serving.access import Actor
from serving.erased_files import tidy_all
from serving.erasure import finish
from serving.events import Event
from serving.home import Home, is_week
from serving.months import months_before
from serving.settings import Settings
from serving.store.database import Store
from serving.store.tables import (
    allocations,
    corrections,
    devices,
    handovers,
    holds,
    issues,
    lines,
    openid_tries,
    outcomes,
    sessions,
    stops,
    survey_answers,
    survey_sampled,
    survey_samples,
    tokens,
)
from serving.store.tables import audit as log
from serving.whole import alone, folder_written_whole

_GONE = ".erased"
#: Of a date's scores, what is kept once the scores themselves are too old.
_FIGURES = ("features.parquet", "context.json")
#: Of a date's scores, what holds the figures behind them.
_BEHIND = ("features.parquet", "facts.parquet")


@dataclass(frozen=True)
class Due:
    """One kind of data, and how much of it is older than may be kept.

    Parameters
    ----------
    what
        scores, features, lists, outcomes, holds, survey, sessions, tokens or audit.
    before
        What is older than this day is erased.
    rows
        Rows of the database.
    folders
        Folders of the working folder.
    """

    what: str
    before: date
    rows: int = 0
    folders: int = 0


def due(store: Store, home: Home, settings: Settings, today: date) -> tuple[Due, ...]:
    """What is older than may be kept, kind by kind; changes nothing."""
    with store.read() as connection:
        rows = _due_rows(connection, settings, today)
    return _with_folders(rows, home, settings, today)


def clean(store: Store, home: Home, settings: Settings, now: datetime, today: date, by: Actor) -> tuple[Due, ...]:
    """Erase what is older than may be kept, and finish killed erasures. A second run finds nothing to do.

    Parameters
    ----------
    now, today
        The moment, and the day it is on the institution's calendar.
    by
        Whom the audit log names.

    Returns
    -------
    What was erased.

    Raises
    ------
    StorageError
        The folder or the database cannot be written; what has gone has gone, and the next run does the rest.
    """
    finish(store, home, settings, now, today, by)
    with alone(home.lock):
        _sweep(home)
        with store.write() as connection:
            found = _with_folders(_due_rows(connection, settings, today), home, settings, today)
            for each in found:
                if each.what != "audit" and each.rows + each.folders:
                    run, before = Event.RETENTION_RUN, each.before.isoformat()
                    rows = each.rows + each.folders
                    audit.record(connection, now, by.name, by.role, run, what=each.what, rows=rows, before=before)
            _erase_rows(connection, settings, today)
            for each in found:
                if each.what == "audit" and each.rows:
                    audit.forget(connection, _midnight(each.before), now, by.name, by.role)
        store.let_go()
        _erase_folders(home, settings, today)
    return found


def _due_rows(connection: Connection, settings: Settings, today: date) -> list[Due]:
    """The kinds in the order in which they are told, with the rows of each."""
    starts = {
        "scores": settings.keep_scores_months,
        "features": settings.keep_features_months,
        "lists": settings.keep_scores_months,
        "outcomes": settings.keep_outcomes_months,
        "holds": settings.keep_outcomes_months,
        "survey": settings.keep_survey_months,
        "sessions": 0,
        "tokens": 0,
        "audit": settings.keep_audit_months,
    }
    kinds = {what: months_before(today, months) for what, months in starts.items()}
    counted = dict.fromkeys(kinds, 0)
    for what, table, old in _old(connection, settings, today):
        counted[what] += int(connection.execute(select(func.count()).select_from(table).where(old)).scalar_one())
    newer = select(func.min(log.c.seq)).where(log.c.at >= _midnight(kinds["audit"]))
    until = connection.execute(newer).scalar() or audit.head(connection).seq + 1
    forgotten = select(func.count()).select_from(log).where(log.c.seq < until)
    counted["audit"] = int(connection.execute(forgotten).scalar_one())
    return [Due(what, before, rows=counted[what]) for what, before in kinds.items()]


def _old(connection: Connection, settings: Settings, today: date) -> Iterator[tuple[str, Table, ColumnElement[bool]]]:
    """Kind, table and which of its rows are too old."""
    lists_before = months_before(today, settings.keep_scores_months)
    weeks = [week for week in issued.weeks(connection) if _last_day(week) < lists_before]
    of_weeks = select(issues.c.issue_id).where(issues.c.week.in_(weeks))
    yield "lists", lines, lines.c.issue_id.in_(of_weeks)
    yield "lists", issues, issues.c.week.in_(weeks)
    before = months_before(today, settings.keep_outcomes_months)
    yield "outcomes", outcomes, outcomes.c.recorded_on < before
    yield "outcomes", handovers, handovers.c.handed_at < _midnight(before)
    yield "outcomes", corrections, corrections.c.entered_at < _midnight(before)
    yield "outcomes", allocations, allocations.c.until_on < before
    yield "outcomes", stops, stops.c.lifted_on < before
    ended = or_(holds.c.lifted_on < before, and_(holds.c.until_on.is_not(None), holds.c.until_on < before))
    yield "holds", holds, ended
    asked_before = months_before(today, settings.keep_survey_months)
    yield "survey", survey_answers, survey_answers.c.recorded_on < asked_before
    of_samples = select(survey_samples.c.sample_id).where(survey_samples.c.drawn_on < asked_before)
    yield "survey", survey_sampled, survey_sampled.c.sample_id.in_(of_samples)
    yield "survey", survey_samples, survey_samples.c.drawn_on < asked_before
    for table in (sessions, devices, openid_tries):
        yield "sessions", table, table.c.expires_at < _midnight(today)
    yield "tokens", tokens, tokens.c.expires_on < today


def _erase_rows(connection: Connection, settings: Settings, today: date) -> None:
    for _, table, old in _old(connection, settings, today):
        connection.execute(delete(table).where(old))


def _with_folders(found: Sequence[Due], home: Home, settings: Settings, today: date) -> tuple[Due, ...]:
    counted = {"scores": 0, "features": 0, "lists": 0}
    for what, _ in _old_folders(home, settings, today):
        counted[what] += 1
    return tuple(replace(each, folders=counted.get(each.what, 0)) for each in found)


def _old_folders(home: Home, settings: Settings, today: date) -> Iterator[tuple[str, Callable[[], None]]]:
    """Kind of each folder that is too old, and what erases it."""
    scores_before = months_before(today, settings.keep_scores_months)
    features_before = months_before(today, settings.keep_features_months)
    for folder in _dated(home.scores):
        day = date.fromisoformat(folder.name)
        if day < scores_before and day < features_before:
            yield "scores", _erasing(folder)
        elif day < scores_before:
            yield "scores", _keeping_figures(folder, home.features / folder.name)
        elif day < features_before and any((folder / name).exists() for name in _BEHIND):
            yield "features", _without(folder, _BEHIND)
    for folder in _dated(home.features):
        if date.fromisoformat(folder.name) < features_before:
            yield "features", _erasing(folder)
    for parent in (home.lists, home.lists / "superseded"):
        for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
            if is_week(folder.name[:8]) and folder.is_dir() and _last_day(folder.name[:8]) < scores_before:
                yield "lists", _erasing(folder)


def _erase_folders(home: Home, settings: Settings, today: date) -> None:
    for _, erase in list(_old_folders(home, settings, today)):
        erase()


def _erasing(folder: Path) -> Callable[[], None]:
    def erase() -> None:
        gone = folder.with_name(f".{folder.name}{_GONE}")
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        folder.with_name(f".{folder.name}.lock").unlink(missing_ok=True)

    return erase


def _keeping_figures(folder: Path, kept: Path) -> Callable[[], None]:
    def keep() -> None:
        if any((folder / name).exists() for name in _FIGURES[:1]):
            with folder_written_whole(kept) as half:
                for name in _FIGURES:
                    if (folder / name).exists():
                        os.link(folder / name, half / name)
        _erasing(folder)()

    return keep


def _without(folder: Path, names: Sequence[str]) -> Callable[[], None]:
    def rewrite() -> None:
        with folder_written_whole(folder) as half:
            for file in sorted(folder.iterdir()):
                if file.name not in names:
                    os.link(file, half / file.name)

    return rewrite


def _sweep(home: Home) -> None:
    """Drop what a killed run had begun to erase, or left beside a folder."""
    tidy_all(home)
    for parent in (home.scores, home.features, home.lists, home.lists / "superseded"):
        for left in sorted(parent.glob(f".*{_GONE}")):
            shutil.rmtree(left, ignore_errors=True)


def _dated(parent: Path) -> list[Path]:
    return sorted(each for each in parent.iterdir() if _is_date(each.name)) if parent.is_dir() else []


def _is_date(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def _last_day(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:8]), 7)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
