"""Clients with an open loan on a day, as known the day before, and what they decided when it ended."""

from datetime import date, timedelta

import pandas as pd

from features.book import NEVER, Book, Known
from features.engines import literal
from features.exit import ExitDefinition
from features.leaver_type import Cause

#: Everything is as known on the eve. Who serves a client for the last time that day still serves her. `until` is the
#: day the loan is planned to end; `served_since` is missing where the client has had one officer from the beginning.
_OPEN = """
WITH served AS (
    SELECT client_id, officer_id, from_on, row_number() OVER (
        PARTITION BY client_id ORDER BY to_on NULLS LAST, from_on DESC, officer_id
    ) AS place FROM assignments CROSS JOIN moment WHERE to_on IS NULL OR to_on >= as_of
), firsts AS (
    SELECT client_id, min(from_on) AS first_on FROM assignments GROUP BY client_id
), running AS (
    SELECT client_id, due_on, product_id, row_number() OVER (
        PARTITION BY client_id ORDER BY due_on DESC, loan_id
    ) AS place FROM loans WHERE closed_on IS NULL AND due_on IS NOT NULL
), taken AS (
    SELECT client_id, count(*) AS loans, min(disbursed_on) AS since FROM loans
    WHERE closed_how IS NULL OR closed_how <> 'cancelled' GROUP BY client_id
)
SELECT running.client_id, running.due_on AS until, running.product_id AS product, products.lending,
    served.officer_id AS officer, officers.branch_id AS branch, taken.loans,
    date_diff('day', least(clients.joined_on, taken.since), moment.as_of) AS tenure_days,
    CASE WHEN served.from_on > firsts.first_on THEN served.from_on END AS served_since
FROM running CROSS JOIN moment
JOIN clients ON running.client_id = clients.client_id
JOIN taken ON running.client_id = taken.client_id
LEFT JOIN served ON running.client_id = served.client_id AND served.place = 1
LEFT JOIN firsts ON running.client_id = firsts.client_id
LEFT JOIN officers ON served.officer_id = officers.officer_id
LEFT JOIN products ON running.product_id = products.product_id
WHERE running.place = 1
ORDER BY running.client_id
"""

#: The loans open on the day are decided on when the last of them ends. Whoever then has a loan that outlasts it, or
#: takes one within the grace period, stayed: a loan that swallows the old one is a decision to stay.
_DECIDED = """
WITH mine AS (
    SELECT loans.client_id, max(coalesce(loans.closed_on, {never})) AS ended_on
    FROM loans JOIN asked ON loans.client_id = asked.client_id
    WHERE loans.disbursed_on < {day} AND (loans.closed_on IS NULL OR loans.closed_on >= {day})
        AND (loans.closed_how IS NULL OR loans.closed_how <> 'cancelled')
    GROUP BY loans.client_id
), ended AS (
    SELECT mine.client_id, mine.ended_on,
        max(CASE WHEN loans.closed_how = 'written_off' THEN 1 ELSE 0 END) AS written_off
    FROM mine JOIN loans ON mine.client_id = loans.client_id AND loans.closed_on = mine.ended_on
    WHERE mine.ended_on < {never} GROUP BY mine.client_id, mine.ended_on
), back AS (
    SELECT ended.client_id FROM ended JOIN loans ON ended.client_id = loans.client_id
    WHERE loans.disbursed_on >= {day} AND loans.disbursed_on <= ended.ended_on + {grace}
        AND (loans.closed_on IS NULL OR loans.closed_on > ended.ended_on)
        AND (loans.closed_how IS NULL OR loans.closed_how <> 'cancelled')
    GROUP BY ended.client_id
), gone AS (
    SELECT ended.client_id, max(departures.leaver_type) AS leaver_type
    FROM ended JOIN departures ON ended.client_id = departures.client_id
        AND departures.left_on >= ended.ended_on - {grace} AND departures.left_on <= ended.ended_on + {grace}
        AND departures.leaver_type <> 'REST'
    GROUP BY ended.client_id
)
SELECT ended.client_id, ended.ended_on,
    CASE WHEN back.client_id IS NOT NULL THEN 'stayed'
         WHEN ended.written_off = 1 OR gone.leaver_type IN {forced} THEN 'forced'
         WHEN gone.leaver_type IN {not_exits} THEN 'not_an_exit'
         ELSE 'choice' END AS how
FROM ended LEFT JOIN back ON ended.client_id = back.client_id LEFT JOIN gone ON ended.client_id = gone.client_id
ORDER BY ended.client_id
"""


def open_on(book: Book, day: date) -> pd.DataFrame:
    """Clients with an open loan at the start of a day, everything as known on its eve.

    Returns
    -------
    DataFrame of client_id, until (planned end of the last open loan), product, lending, officer, branch (the
    officer's), loans (how many so far), tenure_days, served_since (when the officer took over; missing for the first);
    ordered by client_id. A client without a planned end is left out.
    """
    with book.known(day - timedelta(days=1)) as known:
        return known.frame(_OPEN)


def decided(later: Known, clients: pd.DataFrame, day: date, definition: ExitDefinition) -> pd.DataFrame:
    """What became of the loans that some clients had open on a day, as known on a later one.

    Parameters
    ----------
    later
        The book on the day we stand on.
    clients
        client_id.

    Returns
    -------
    DataFrame of client_id, ended_on, how (stayed, choice, forced, not_an_exit): those whose decision is final by then
    """
    later.put("asked", clients[["client_id"]])
    found = later.frame(
        _DECIDED.format(
            day=literal(day),
            never=literal(NEVER),
            grace=f"INTERVAL {definition.grace_days} DAY",
            forced=definition.types_of(Cause.FORCED),
            not_exits=definition.types_of(Cause.NOT_AN_EXIT),
        )
    )
    final = later.as_of - timedelta(days=definition.grace_days + definition.closing_lag_days)
    return found[pd.to_datetime(found["ended_on"]) < pd.Timestamp(final)].reset_index(drop=True)
