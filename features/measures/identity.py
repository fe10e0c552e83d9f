"""The flow identity AC_b + NC - DO = AC_e: by how much it fails in a book, and which clients break it and why.

Head counts from a book rarely keep it. Who comes back after an exit stands at the end and is not new; so does a client
whose earlier loans lie before the book. Who died or was transferred is gone and no exit. Who joined and left inside
the period keeps it, and is charged by F2 to clients she never belonged to. Loans and ends entered after the period
made the head count of that day another one.
"""

from collections.abc import Mapping
from enum import StrEnum

import pandas as pd

from features.book import Known
from features.engines import literal
from features.exit import ExitDefinition
from features.leaver_type import Cause
from features.measures.episodes import SAVES
from features.measures.periods import By, Period


class Break(StrEnum):
    """Why a client does not fit into AC_b + new - exits = AC_e, or did not on the day."""

    BACK = "back"
    EARLIER = "earlier"
    NO_EXIT = "no_exit"
    INSIDE = "inside"
    LATE = "late"
    BACKWARDS = "backwards"

    @property
    def sentence(self) -> str:
        """In plain words, about a number of clients."""
        return _SENTENCES[self]


_SENTENCES = {
    Break.BACK: "came back after an exit: at the end they are counted, and they are not new",
    Break.EARLIER: "joined before the book begins and rested: their first loan in it is not their first",
    Break.NO_EXIT: "died, were transferred, merged or went on saving: gone from the count, and no exits",
    Break.INSIDE: "came and went inside the period: the identity holds; F2 charges them to the clients at the begin",
    Break.LATE: "had a loan or its end entered after the period: a head count taken on its last day was another one",
    Break.BACKWARDS: "have a loan that ended before it was paid out: counted as gone on the day it was paid out",
}


def breaks(known: Known, period: Period, definition: ExitDefinition) -> pd.DataFrame:
    """The clients who break the identity in a period. `keep_episodes` must have run for this date.

    Returns
    -------
    DataFrame of client_id and why (a `Break`), ordered by both; a client may stand there for several reasons
    """
    rows = _sql(period.by, definition)
    return known.frame(
        f"SELECT DISTINCT client_id, why FROM ({rows}) WHERE first = {literal(period.first)} ORDER BY client_id, why"
    )


def broken(known: Known, by: By, definition: ExitDefinition) -> pd.DataFrame:
    """How many clients break the identity, by reason, in all periods.

    Returns
    -------
    DataFrame of first (first day of the period), why (a `Break`) and clients
    """
    rows = _sql(by, definition)
    return known.frame(
        f"SELECT first, why, count(DISTINCT client_id) AS clients FROM ({rows}) GROUP BY first, why ORDER BY first, why"
    )


def gap(counted: Mapping[Break, int]) -> int:
    """AC_e - (AC_b + new - exits), from the clients who make it: 0 where the identity holds."""
    return counted.get(Break.BACK, 0) + counted.get(Break.EARLIER, 0) - counted.get(Break.NO_EXIT, 0)


def _sql(by: By, definition: ExitDefinition) -> str:
    def first(day: str) -> str:
        return f"CAST(date_trunc('{by}', {day}) AS DATE)"

    no_exits = f"(leaver_type IN {definition.types_of(Cause.NOT_AN_EXIT)} OR leaver_type = '{SAVES}')"
    after = f"INTERVAL {by.months} MONTH"
    whys = [
        (Break.BACK, "began_on", "episodes", "came_as = 'back'"),
        (Break.EARLIER, "began_on", "episodes", "came_as = 'earlier'"),
        (Break.NO_EXIT, "left_on", "episodes", no_exits),
        (Break.INSIDE, "left_on", "episodes", f"{first('began_on')} = {first('left_on')}"),
        (Break.LATE, "disbursed_on", "loans", f"known_on >= {first('disbursed_on')} + {after}"),
        (Break.LATE, "closed_on", "loans", f"closed_known_on >= {first('closed_on')} + {after}"),
        (Break.BACKWARDS, "left_on", "episodes", "ended_before_it_began"),
    ]
    return " UNION ALL ".join(
        f"SELECT client_id, {first(day)} AS first, '{why}' AS why FROM {table} WHERE {day} IS NOT NULL AND {where}"
        for why, day, table, where in whys
    )
