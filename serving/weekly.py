"""The weekly run: score, keep the scores, draw the lists, write them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from features.book import Book
from features.snapshot import snapshot
from serving import kept_scores
from serving.home import Home, week_of
from serving.line import DESK
from serving.list_files import Origin, listed_clients, write_lists
from serving.score import Scoring, definition_of, score
from serving.settings import Settings
from serving.speaking import speaker
from serving.weekly_list import draw
from serving.whole import alone
from training.splits import refuse_outside

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class WeeklyRun:
    """What a weekly run did, in counts."""

    folder: Path
    week: str
    clients: int
    officers: int
    lines: int
    desk_lines: int


def run_weekly(
    book: Book,
    as_of: date,
    model: Scoring,
    model_version: str,
    home: Home,
    settings: Settings,
    progress: Progress | None = None,
) -> WeeklyRun:
    """Score everybody and write this week's lists. The same inputs give the same bytes; a second run waits its turn.

    Parameters
    ----------
    as_of
        The day on which we stand; the lists are for the seven days after it.
    progress
        Called with what is done, how much of it, and of how much.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written. The lists and scores that were there are unchanged.
    SchemaMismatch
        The model was trained on other features.
    DataError
        as_of lies before the book, or long after its last entry.
    """
    refuse_outside(*book.span(), as_of)
    with alone(home.path / ".weekly.lock"):
        digest = book.digest()
        previous, listed = listed_clients(home, as_of)
        with book.known(as_of) as known:
            scores = score(known, model, model_version, settings, progress=progress)
            before = last_week(book, as_of, model, home)
            lists = draw(known, book, scores, settings, speaker(model, scores, before, settings), last_week=listed)
        kept_scores.keep(home, scores, book, digest)
        week = week_of(as_of)
        folder = write_lists(home, lists, week, as_of, settings, Origin(model_version, digest, previous))
    desk = sum(len(page.lines) for page in lists if page.officer_id == DESK)
    return WeeklyRun(
        folder=folder,
        week=week,
        clients=len(scores.table),
        officers=sum(page.officer_id != DESK for page in lists),
        lines=sum(len(page.lines) for page in lists) - desk,
        desk_lines=desk,
    )


#: Tables and columns without which a list protects less, or reaches nobody.
_MISSED = {
    "contacts": "no cool-off and no limit of contacts can be kept",
    "complaints": "an open complaint cannot be seen before a client is asked to stay",
    "clients.contact_opt_out": "who asked to be left in peace is not known",
    "clients.officer_id": "no officer can be given a list; all lines go to the desk",
}


def gaps(book: Book) -> tuple[str, ...]:
    """What this week's lists cannot heed because the book does not say it, in sentences."""
    return tuple(f"{need} is not in the book: {so}." for need, so in _MISSED.items() if not book.has(need))


def last_week(book: Book, as_of: date, model: Scoring, home: Home) -> pd.DataFrame | None:
    """Features of the clients at risk a week ago, as known then: those that were kept, else computed from the book."""
    then = as_of - timedelta(days=7)
    kept = kept_scores.on(home, then)
    if kept is not None:
        features = kept.features()
        if tuple(features.columns) == tuple(model.features):
            return features
    if then < book.span()[0]:
        return None
    with book.known(then) as known:
        return snapshot(known, definition_of(model)).table
