"""Who left in a period, as known on a date: whom an exit survey asks."""

from datetime import date
from importlib.resources import files

import pandas as pd

from features.book import Book
from features.engines import literal
from features.exit import ExitDefinition, keep_spells
from features.leaver_type import Cause


def leavers(
    book: Book, as_of: date, from_on: date, until_on: date, definition: ExitDefinition | None = None
) -> pd.DataFrame:
    """Clients whose last loan ended in a period and who took no other within the grace period.

    Whoever died, went to another branch or was entered twice did not leave. A client who left twice counts with the
    newest time.

    Parameters
    ----------
    as_of
        The day on which we stand; a grace period must be over by then.
    definition
        Rule and grace period; None takes the defaults.

    Returns
    -------
    DataFrame of client_id, left_on (the day the last loan ended), cycle (which loan that was), leaver_type (as the
    register says, else WO for a loan written off, else UNK); ordered by client_id
    """
    rule = definition or ExitDefinition()
    with book.known(as_of) as known:
        keep_spells(known)
        shape = files("features").joinpath("sql", "exit", "leavers.sql").read_text(encoding="utf-8")
        words = {
            "day": literal(as_of),
            "first": literal(from_on),
            "last": literal(until_on),
            "grace": f"INTERVAL {rule.grace_days} DAY",
            "not_exits": rule.types_of(Cause.NOT_AN_EXIT),
        }
        return known.frame(shape.format(**words))
