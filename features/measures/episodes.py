"""From loans to episodes: from the day a client came to the day she went, as known on a date."""

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

from features.book import NEVER, Known
from features.engines import literal
from features.errors import DataError
from features.exit import ExitDefinition, keep_spells
from features.leaver_type import Cause

#: Ends of an episode that are no decision of anybody: nothing was asked when they came.
SAVES = "SAVES"
#: Share of closings that must have been entered before a period counts as complete.
ENTERED = 0.99
#: Longest wait for closings entered late, in days; a book in which entries take longer has another problem.
LONGEST_LAG = 90


@dataclass(frozen=True)
class Span:
    """What part of time a book can be measured in.

    Parameters
    ----------
    begins
        From this day on both loans and their ends are in the book.
    settled
        Up to this day everything that happened is known: the grace period is over and late closings are entered.
    lag_days
        Days until nearly all closings were entered.
    """

    begins: date
    settled: date
    lag_days: int


def keep_episodes(known: Known, definition: ExitDefinition) -> Span:
    """Store tables ``spells``, ``episodes`` and ``decisions`` for later queries of this date.

    ``episodes``: client_id, episode (1, 2, ...), spell (its last), began_on, left_on (empty while she is a client or
    while it is not settled), leaver_type (a code of `LeaverType`, or ``SAVES``), rests (no open loan, not settled),
    came_as (new; back = after an exit; earlier = joined before the book begins), ended_before_it_began.

    ``decisions``: client_id, spell, ended_on, fate (renewed, gone, open = not settled), leaver_type.

    Raises
    ------
    DataError
        No loan has been paid out, or none has ended.
    """
    keep_spells(known)
    span = _span(known, definition)
    words = {
        "day": literal(known.as_of),
        "never": literal(NEVER),
        "begins": literal(span.begins),
        "grace": f"INTERVAL {definition.grace_days} DAY",
        "savers_stay": "true" if definition.savers_stay else "false",
        "not_exits": definition.types_of(Cause.NOT_AN_EXIT),
    }
    for name in ("episodes", "decisions"):
        sql = files("features").joinpath("sql", "measures", f"{name}.sql").read_text(encoding="utf-8")
        known.keep(name, sql.format(**words))
    return span


def _span(known: Known, definition: ExitDefinition) -> Span:
    row = known.frame(
        "SELECT min(disbursed_on) AS lent, min(closed_on) AS closed, "
        f"quantile_disc(date_diff('day', closed_on, closed_known_on), {ENTERED}) AS lag "
        "FROM loans WHERE closed_how IS NULL OR closed_how <> 'cancelled'"
    ).iloc[0]
    if row.isna().any():
        raise DataError(
            f"no loan has ended by {known.as_of}; exits are counted from the ends of loans. Take a later --as-of."
        )
    lag = max(definition.closing_lag_days, min(max(int(row["lag"]), 0), LONGEST_LAG))
    return Span(
        begins=max(row["lent"].date(), row["closed"].date()),
        settled=known.as_of - timedelta(days=definition.grace_days + 1 + lag),
        lag_days=lag,
    )
