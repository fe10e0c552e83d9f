"""Cohorts of clients: when each came, and when and how she left, as far as it is settled.

An exit is known only when the grace period after the last loan is over, and some closings are entered late. Who looks
present today may be gone since weeks, so nobody is watched beyond the last settled day: censoring on the day one stands
on would count the undecided as stayed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

import numpy as np
import pandas as pd

from features.book import NEVER, Book, Known
from features.engines import literal, quoted
from features.exit import ExitDefinition
from features.leaver_type import Cause
from features.measures.clustered import LEVELS, UNKNOWN, Clusters, widened
from features.measures.episodes import SAVES, Span, keep_episodes
from features.measures.survival import Spells, aalen_johansen, counted, kaplan_meier

#: Ways to leave that compete with each other; `no_exit` is death, transfer, a merged id or going on as a saver.
WAYS = ("choice", "forced", "no_exit")
#: Days at which curves are told.
DAYS = (91, 182, 365, 730, 1095)


@dataclass(frozen=True)
class Cohort:
    """Clients who came within some days.

    Parameters
    ----------
    label
        As people write it.
    spells
        Days since the first loan; events number `ways`, from 1.
    ways
        Names of the ways to leave, in the order of their numbers.
    clusters
        Which of them may leave together.
    """

    label: str
    spells: Spells
    ways: tuple[str, ...]
    clusters: Clusters

    def curves(self, days: Sequence[int] = DAYS) -> dict[str, pd.DataFrame]:
        """``still_there`` and one curve per way: value, low, high, indexed by days."""
        counts = counted(self.spells, len(self.ways), max(days))
        together = (self.spells, counts, self.clusters, days)
        return {
            "still_there": widened(kaplan_meier(counts), *together),
            **{
                way: widened(aalen_johansen(counts, number), *together, number)
                for number, way in enumerate(self.ways, start=1)
            },
        }

    def gone_by(self, day: int) -> tuple[int, int]:
        """Who is known to have gone within so many days, of all clients of the cohort: a plain count.

        It is the truth where everybody was watched for so long. Else it takes those who were not for clients who
        stayed, and is too low.
        """
        return int(((self.spells.event > 0) & (self.spells.until <= day)).sum()), len(self.spells.until)


def lives(known: Known, span: Span, definition: ExitDefinition, segment: str | None = None) -> pd.DataFrame:
    """First episodes of all clients up to the last settled day. `keep_episodes` must have run for this date.

    New clients count from their first loan. Clients who were there when the book begins count from the day they joined
    and are watched from its begin on (they enter late: those like them who had left by then are not in the book).
    Clients who joined before it and had no loan then are left out: since when they had been away is not known.

    Parameters
    ----------
    segment
        Column of the stored table ``people``; None for everybody.

    Returns
    -------
    DataFrame of value (text), came_on, since, until (days since came_on), way (0 = still there, else number in `WAYS`),
    and branch, officer, group: numbers of those she was with on the first day she was watched, or `UNKNOWN`
    """
    forced = definition.types_of(Cause.FORCED)
    no_exits = definition.types_of(Cause.NOT_AN_EXIT)
    settled, begins = literal(span.settled), literal(span.begins)
    value, joined = (
        ("'everybody'", "") if segment is None else (f"people.{quoted(segment)}", "JOIN people USING (client_id)")
    )
    known.keep(
        "firsts",
        "SELECT client_id, episodes.left_on, episodes.leaver_type, "
        f"CASE WHEN began_on >= {begins} THEN began_on ELSE least(began_on, clients.joined_on) END AS came_on, "
        f"greatest(came_on, {begins}) AS seen_on "
        "FROM episodes JOIN clients USING (client_id) "
        f"WHERE episode = 1 AND (came_as = 'new' OR began_on < {begins}) AND began_on < {settled}",
    )
    sql = files("features").joinpath("sql", "measures", "together.sql").read_text(encoding="utf-8")
    known.keep("together", sql.format(never=literal(NEVER), unknown=UNKNOWN))
    rows = known.frame(
        f"SELECT {value} AS value, came_on, date_diff('day', came_on, seen_on) AS since, "
        f"date_diff('day', came_on, least(coalesce(left_on, {settled}), {settled})) AS until, "
        f"CASE WHEN left_on IS NULL OR left_on > {settled} THEN 0 WHEN leaver_type IN {forced} THEN 2 "
        f"WHEN leaver_type IN {no_exits} OR leaver_type = '{SAVES}' THEN 3 ELSE 1 END AS way, "
        'branch, officer, in_group AS "group" '
        f"FROM firsts JOIN together USING (client_id) {joined} "
        "ORDER BY value, came_on, until, way, branch, officer, in_group"
    )
    known.drop(("firsts", "together"))
    return rows


def cohort(rows: pd.DataFrame, label: str, first: date | None = None, last: date | None = None) -> Cohort:
    """Clients of `lives` who came from `first` to `last`, both included.

    Raises
    ------
    DataError
        Nobody did who was watched for a day.
    """
    came = pd.to_datetime(rows["came_on"])
    chosen = (rows["until"] > rows["since"]).to_numpy(copy=True)
    if first is not None:
        chosen &= (came >= pd.Timestamp(first)).to_numpy()
    if last is not None:
        chosen &= (came <= pd.Timestamp(last)).to_numpy()
    here = {name: rows[name].to_numpy(dtype=np.int64)[chosen] for name in ("until", "way", "since", *LEVELS)}
    spells = Spells(here["until"], here["way"], here["since"])
    return Cohort(label, spells, WAYS, Clusters.coarsest({name: here[name] for name in LEVELS}, len(spells.until)))


def came_between(book: Book, as_of: date, definition: ExitDefinition, first: date, last: date) -> Cohort:
    """Clients whose first loan lies between two days, both included, watched from then on, as known on a date.

    Raises
    ------
    DataError
        As `cohort`, and where no loan has ended yet.
    """
    with book.known(as_of) as known:
        rows = lives(known, keep_episodes(known, definition), definition)
    return cohort(rows[rows["since"] == 0], f"came from {first} to {last}", first, last)
