"""The weekly run: score, keep the scores, draw the lists, write them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib.metadata import version
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from features.book import Book
from features.measures.published import measure
from serving import issued, kept_measures, kept_scores, list_files
from serving.audit import is_pseudonym
from serving.documents.pdf import unprintable
from serving.driver_summary import FILE, driver_summary
from serving.driver_tables import driver_tables, keep_tables
from serving.earlier import features_on
from serving.effect_tables import effect_tables, keep_effect
from serving.erasure import erased_among
from serving.experiment.kept import lottery
from serving.experiment.stops import Stop
from serving.experiment.watching import watch_for_harm
from serving.heeded import Heeded, Overtaken
from serving.holds import Held, Hold, unmatched
from serving.home import Home, week_of
from serving.line import DESK, OfficerList
from serving.people import people
from serving.score import Scores, Scoring, definition_of, score
from serving.settings import Settings
from serving.speaking import speaker
from serving.standing import complaining_about_staff
from serving.store.database import Store
from serving.uplift import Helped, in_use
from serving.weekly_list import draw
from serving.whole import alone
from training.splits import refuse_outside

Progress = Callable[[str, int, int], None]

#: So often lists are drawn where what they heed changes under way.
_MOST_TRIES = 3


@dataclass(frozen=True)
class WeeklyRun:
    """What a weekly run did, in counts.

    Parameters
    ----------
    somebody
        An officer who has a list; empty if none has.
    unheeded
        What could not be heeded, in sentences: holds that reach nobody in the book, signs that cannot be printed.
    uplift_version
        Hash of the model of who is helped by which places were given; empty where there was none.
    stopped
        Of which part of the clients lists stopped, in sentences.
    """

    folder: Path
    week: str
    clients: int
    officers: int
    lines: int
    desk_lines: int
    somebody: str
    unheeded: tuple[str, ...]
    uplift_version: str = ""
    stopped: tuple[str, ...] = ()


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
    *,
    lists_only: bool = False,
) -> WeeklyRun:
    """Score everybody and issue this week's lists. The same inputs give the same bytes; a second run waits its turn.

    Parameters
    ----------
    as_of
        The day on which we stand; the lists are for the seven days after it.
    now
        The moment stored as the time of issue. Of it lists depend on the day alone, by the holds in force.
    progress
        Called with what is done, how much of it, and of how much.
    lists_only
        Leave out what analysts read: drivers and measures. The effect of lists is told even so.

    Raises
    ------
    StorageError
        The disk is full, or the folder or the database cannot be written. The lists that were there are unchanged.
    SchemaMismatch
        The model was trained on other features.
    NoModel, DamagedModel
        A model of who is helped is switched on and cannot be used.
    DataError
        as_of lies before the book, or long after its last entry.
    Overtaken
        What was accepted meanwhile made each draw out of date; the lists that were there are unchanged.
    UnreadableFile, RecipeError
        The rule for target clients cannot be understood; nothing was drawn.
    """
    target = home.target()
    refuse_outside(*book.span(), as_of)
    week = week_of(as_of)
    with alone(home.lock):
        digest = book.digest()
        previous = week_of(as_of - timedelta(days=7))
        today = now.astimezone(ZoneInfo(settings.timezone)).date()
        watched = watch_for_harm(store, book, model, as_of, now)
        lots = lottery(store, settings, as_of, now, model.probability, watched.again)
        with store.read() as connection:
            helped = in_use(home, connection, settings)
        uplift = "" if helped is None else helped.version
        scores, left_out = None, frozenset[str]()
        for tried in count(1):
            with store.read() as connection:
                heeded = Heeded.of(connection, as_of, today)
                erased = erased_among(connection, book.current_clients()["client_id"])
            objected = erased.union(each.target for each in heeded.held if each.kind is Hold.OBJECTION)
            with book.known(as_of) as known:
                if scores is None or objected != left_out:
                    left_out = objected
                    scores = score(known, model, model_version, settings, progress=progress, without=left_out)
                    scores = _with_helped(scores, helped)
                    before = features_on(book, as_of - timedelta(days=7), model, home, left_out)
                    about_staff = complaining_about_staff(known)
                    branch = book.current_clients().set_index("client_id")["branch_id"]
                    drivers = {FILE: driver_summary(scores, model, branch)}
                speak = speaker(model, scores, before, settings)
                last_week, stopped = heeded.lines, heeded.stopped
                seen = dict(heeded.seen)
                lists = draw(known, book, scores, settings, speak, last_week, lots, heeded.held, seen, stopped)
            last = previous if heeded.standing else ""
            origin = issued.Origin(model_version, digest, last, version("exitwatch"), uplift)
            clients = len(scores.table)
            try:
                # Most of the time of a run has gone by then, and nothing is written yet.
                with store.read() as connection:
                    heeded.refuse_change(connection)
                kept_scores.keep(home, scores, book, digest, erased, about_staff, drivers, uplift)
                folder = give_out(home, store, lists, as_of, settings, origin, now, progress, heeded)
                given_out = scores
                break
            except Overtaken:
                if tried == _MOST_TRIES:
                    raise
        if not lists_only:
            if progress is not None:
                progress("drivers", 1, 1)
            keep_tables(home, driver_tables(book, given_out, model, home, left_out))
        if watched.log is not None:
            of_log = watched.log, as_of, watched.matures_after, watched.stops
            keep_effect(home, effect_tables(*of_log, settings.visit_cost or None))
    if not lists_only:
        if progress is not None:
            progress("measures", 1, 1)
        kept_measures.keep(home, measure(book, as_of, definition_of(model), target))
    desk = sum(len(page.lines) for page in lists if page.officer_id == DESK)
    return WeeklyRun(
        folder=folder,
        week=week,
        clients=clients,
        officers=sum(page.officer_id != DESK for page in lists),
        lines=sum(len(page.lines) for page in lists) - desk,
        desk_lines=desk,
        unheeded=(
            *_unheeded(unmatched(people(book, as_of), [each for each in heeded.held if not is_pseudonym(each.target)])),
            *_unprintable(lists),
            *filter(None, [watched.failed]),
        ),
        uplift_version=uplift,
        stopped=tuple(_stopped(each) for each in watched.in_force(as_of)),
        somebody=next((page.officer_id for page in lists if page.officer_id != DESK), ""),
    )


def _with_helped(scores: Scores, helped: Helped | None) -> Scores:
    if helped is None:
        return scores
    by_client = scores.table.set_index("client_id")["risk"].reindex(scores.snapshot.table.index)
    benefit = helped.benefit(scores.snapshot.table, by_client.to_numpy(dtype=np.float64))
    return replace(scores, helped=benefit)


def give_out(
    home: Home,
    store: Store,
    lists: Sequence[OfficerList],
    as_of: date,
    settings: Settings,
    origin: issued.Origin,
    now: datetime,
    progress: Progress | None = None,
    heeded: Heeded | None = None,
) -> Path:
    """Put lists in force, all in one transaction, then write their files, all at once.

    After a kill between the two the lists are in force and the files are those of before; the next run writes them.

    Parameters
    ----------
    heeded
        What the lists heed; looked at once more within the transaction.

    Returns
    -------
    The folder of the files.

    Raises
    ------
    Overtaken
        Something of it has changed since; nothing was put in force.
    """
    week = week_of(as_of)

    def told(done: int) -> None:
        if progress is not None:
            progress("lists", done, len(lists))

    files = list_files.contents_of_all(lists, settings, told)
    files |= list_files.week_contents(lists, week, as_of, settings)
    with store.write() as connection:
        if heeded is not None:
            heeded.refuse_change(connection)
        kept, sums = list_files.list_settings(settings), list_files.digests(files)
        issued.issue(connection, lists, week, as_of, kept, origin, sums, now)
    return list_files.write_lists(home, lists, files, week, as_of, settings, origin)


def _stopped(stop: Stop) -> str:
    return f"Lists of {stop.name} are stopped. {stop.said} A person decides when they begin again: exitwatch stops."


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
