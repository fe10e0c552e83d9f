"""Which part of the clients each belongs to, for tables that compare parts."""

from collections.abc import Mapping

import pandas as pd

from features.book import Known
from features.errors import UsageError

#: Segment to the value of each client, by SQL over the views of the date. Values of today are never taken for those of
#: a past date, so that a branch is the officer's who serves the client then.
SEGMENTS: Mapping[str, str] = {
    "branch": "officers.branch_id",
    "officer": "served.officer_id",
    "product": "latest.product_id",
    "lending": "products.lending",
    "purpose": "latest.purpose",
    "cycle": "CASE WHEN lent.cycle <= 1 THEN '1' WHEN lent.cycle = 2 THEN '2' WHEN lent.cycle = 3 THEN '3' "
    "WHEN lent.cycle <= 6 THEN '4-6' ELSE '7 and more' END",
    "state": "asked_about.state",
}

_QUERY = """
WITH served AS (
    SELECT client_id, officer_id, row_number() OVER (
        PARTITION BY client_id ORDER BY from_on DESC, officer_id
    ) AS place FROM assignments WHERE to_on IS NULL
), lent AS (
    SELECT client_id, count(*) AS cycle FROM loans
    WHERE closed_how IS NULL OR closed_how <> 'cancelled' GROUP BY client_id
), latest AS (
    SELECT client_id, product_id, purpose, row_number() OVER (
        PARTITION BY client_id ORDER BY disbursed_on DESC, loan_id DESC
    ) AS place FROM loans
)
SELECT asked_about.client_id, CAST({what} AS VARCHAR) AS part
FROM asked_about
LEFT JOIN served ON asked_about.client_id = served.client_id AND served.place = 1
LEFT JOIN lent ON asked_about.client_id = lent.client_id
LEFT JOIN latest ON asked_about.client_id = latest.client_id AND latest.place = 1
LEFT JOIN products ON latest.product_id = products.product_id
LEFT JOIN officers ON served.officer_id = officers.officer_id
ORDER BY asked_about.client_id
"""


def parts(known: Known, population: pd.DataFrame, segment: str) -> pd.Series:
    """Part of each client on a date; missing where the book does not say.

    Parameters
    ----------
    population
        client_id and state of the clients at risk.
    segment
        One of `SEGMENTS`.

    Raises
    ------
    UsageError
        There is no such segment.
    """
    if segment not in SEGMENTS:
        raise UsageError(f"segment={segment!r} is not known; there are {', '.join(SEGMENTS)}")
    known.put("asked_about", population[["client_id", "state"]])
    found = known.frame(_QUERY.format(what=SEGMENTS[segment]))
    return pd.Series(found["part"].to_numpy(dtype=object), index=pd.Index(found["client_id"], name="client_id"))
