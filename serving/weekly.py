"""The weekly run: score, keep the scores, draw the lists, write them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection

from features.book import Book
from features.snapshot import snapshot
from serving import issued, kept_scores, list_files
from serving.audit import is_pseudonym
from serving.documents.pdf import unprintable
from serving.erasure import erased_among
from serving.holds import Held, Hold, in_force, unmatched
from serving.home import Home, week_of
from serving.line import DESK, OfficerList
from serving.outcomes import answered
from serving.people import people
from serving.score import Scoring, definition_of, score
from serving.settings import Settings
from serving.speaking import speaker
from serving.standing import complaining_about_staff
from serving.store.database import Store
from serving.weekly_list import draw
from serving.whole import alone
from training.splits import refuse_outside

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class WeeklyRun:
    """What a weekly run did, in counts.

    Parameters
    ----------
    somebody
        An officer who has a list; empty if none has.
    unheeded
        What could not be heeded, in sentences: holds that reach nobody in the book, signs that cannot be printed.
    """

    folder: Path
    week: str
    clients: int
    officers: int
    lines: int
    desk_lines: int
    somebody: str
    unheeded: tuple[str, ...]


def run_weekly(
    book: Book,
    as_of: date,
    model: Scoring,
    model_version: str,
    home: Home,
    settings: Settings,
    store: Store,
    now: datetime,
    progress: Progress | None = None,
) -> WeeklyRun:
    """Score everybody and issue this week's lists. The same inputs give the same bytes; a second run waits its turn.

    Parameters
    ----------
    as_of
        The day on which we stand; the lists are for the seven days after it.
    now
        The moment stored as the time of issue; no list depends on it.
    progress
        Called with what is done, how much of it, and of how much.

    Raises
    ------
    StorageError
        The disk is full, or the folder or the database cannot be written. The lists that were there are unchanged.
    SchemaMismatch
        The model was trained on other features.
    DataError
        as_of lies before the book, or long after its last entry.
    """
    refuse_outside(*book.span(), as_of)
    week = week_of(as_of)
    with alone(home.lock):
        digest = book.digest()
        previous = week_of(as_of - timedelta(days=7))
        with store.read() as connection:
            held = holding(connection, as_of, now.astimezone(ZoneInfo(settings.timezone)).date())
            lines = standing_lines(connection, as_of)
            erased = erased_among(connection, book.current_clients()["client_id"])
        left_out = erased.union(each.target for each in held if each.kind is Hold.OBJECTION)
        with book.known(as_of) as known:
            scores = score(known, model, model_version, settings, progress=progress, without=left_out)
            before = last_week(book, as_of, model, home)
            about_staff = complaining_about_staff(known)
            lists = draw(known, book, scores, settings, speaker(model, scores, before, settings), lines, held=held)
        kept_scores.keep(home, scores, book, digest, without=erased, about_staff=about_staff)
        origin = issued.Origin(model_version, digest, previous if len(lines) else "", version("exitwatch"))
        folder = give_out(home, store, lists, as_of, settings, origin, now, progress)
    desk = sum(len(page.lines) for page in lists if page.officer_id == DESK)
    return WeeklyRun(
        folder=folder,
        week=week,
        clients=len(scores.table),
        officers=sum(page.officer_id != DESK for page in lists),
        lines=sum(len(page.lines) for page in lists) - desk,
        desk_lines=desk,
        unheeded=(
            *_unheeded(unmatched(people(book, as_of), [each for each in held if not is_pseudonym(each.target)])),
            *_unprintable(lists),
        ),
        somebody=next((page.officer_id for page in lists if page.officer_id != DESK), ""),
    )


def holding(connection: Connection, as_of: date, today: date) -> list[Held]:
    """Holds that a list drawn on `as_of` heeds: those in force then, and those entered since, within the list's week.

    Lists of a past date, drawn again much later, know nothing of today's holds.
    """
    days = (as_of, today) if as_of < today <= as_of + timedelta(days=7) else (as_of,)
    found = {each.hold_id: each for day in days for each in in_force(connection, day)}
    return [found[hold_id] for hold_id in sorted(found)]


def standing_lines(connection: Connection, as_of: date) -> pd.DataFrame:
    """Lines of last week's lists, as known on `as_of`.

    Returns
    -------
    DataFrame of client_id, owner (whose list it was: an officer's id, or the desk), answered (an outcome was entered by
    then), weeks (how many weeks in a row, last week's among them, the client has stood on lists of that owner without
    an answer). No row where there were no lists last week.
    """
    weeks: dict[str, int] = {}
    owners: dict[str, str] = {}
    still: frozenset[str] = frozenset()
    for back in count(1):
        week = week_of(as_of - timedelta(days=7 * back))
        listed = issued.listed_with(connection, week)
        if back == 1:
            owners = listed
        silent = frozenset(client for client, owner in listed.items() if owners.get(client) == owner)
        silent -= answered(connection, week, as_of)
        still = silent if back == 1 else still & silent
        if not still:
            break
        weeks |= {client: weeks.get(client, 0) + 1 for client in still}
    clients = sorted(owners)
    return pd.DataFrame(
        {
            "client_id": pd.Series(clients, dtype="str"),
            "owner": pd.Series([owners[client] for client in clients], dtype="str"),
            "answered": pd.Series([client not in weeks for client in clients], dtype=bool),
            "weeks": pd.Series([weeks.get(client, 0) for client in clients], dtype="int64"),
        }
    )


def give_out(
    home: Home,
    store: Store,
    lists: Sequence[OfficerList],
    as_of: date,
    settings: Settings,
    origin: issued.Origin,
    now: datetime,
    progress: Progress | None = None,
) -> Path:
    """Put lists in force, all in one transaction, then write their files, all at once.

    After a kill between the two the lists are in force and the files are those of before; the next run writes them.

    Returns
    -------
    The folder of the files.
    """
    week = week_of(as_of)
    files: dict[str, bytes] = {}
    for done, page in enumerate(lists, 1):
        files |= list_files.list_contents(page, settings)
        if progress is not None:
            progress("lists", done, len(lists))
    files |= list_files.week_contents(lists, week, as_of, settings)
    with store.write() as connection:
        kept, sums = list_files.list_settings(settings), list_files.digests(files)
        issued.issue(connection, lists, week, as_of, kept, origin, sums, now)
    return list_files.write_lists(home, lists, files, week, as_of, settings, origin)


def _unprintable(lists: Sequence[OfficerList]) -> tuple[str, ...]:
    strange = sum(
        any(unprintable(f"{line.card.name}{line.card.village}{line.card.group}") for line in page.lines)
        for page in lists
    )
    if not strange:
        return ()
    many = "1 list" if strange == 1 else f"{strange} lists"
    return (
        f"{many} on paper with a question mark for signs no font here holds: the pages show the names as they are.",
    )


def _unheeded(reaching_nobody: Sequence[Held]) -> tuple[str, ...]:
    by_reach = Counter(held.reach.value for held in reaching_nobody)
    return tuple(
        f"{'1 hold' if number == 1 else f'{number} holds'} on a {reach}: none like that is in the book; see how it is "
        "spelled."
        for reach, number in sorted(by_reach.items())
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
    missed = {need: so for need, so in _MISSED.items() if not book.has(need) and need not in book.joined}
    return tuple(f"{need} is not in the book: {so}." for need, so in missed.items())


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
