"""Which part of the clients each belongs to, for tables that compare parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from features.book import Book, Known
from features.errors import UsageError
from features.measures import segments as measured
from features.measures.target_client import TargetRule

#: The MFI's own rule for its target clients.
TARGET = measured.TARGET
#: Attributes of clients as they stand today; sex, age and poverty band describe who leaves and are never a model's
#: input (`features.feature` refuses a feature that needs them).
_OF_TODAY = ("area", "client_type", "gender", "age", "poverty")


@dataclass(frozen=True)
class Segment:
    """Something drivers are compared by.

    Parameters
    ----------
    title
        In plain words.
    sql
        The value of each client, over the joins of a date or, where `of_today`, over today's ``clients``.
    needs
        Columns of the book without any one of which nobody's value is known.
    of_today
        It is an attribute as it stands today, and not as it was known on the date.
    """

    title: str
    sql: str
    needs: tuple[str, ...] = ()
    of_today: bool = False


#: Every segment but the target rule. Where the past is known, values of today are not taken for it, so that a branch is
#: that of the officer who serves the client then.
SEGMENTS: Mapping[str, Segment] = MappingProxyType(
    {
        "branch": Segment("branch", "officers.branch_id", ("assignments", "officers.branch_id")),
        "officer": Segment("officer", "served.officer_id", ("assignments",)),
        "product": Segment("product of the latest loan", "latest.product_id", ("loans.product_id",)),
        "lending": Segment("kind of lending", "products.lending", ("loans.product_id", "products.lending")),
        "purpose": Segment("purpose of the latest loan", "latest.purpose", ("loans.purpose",)),
        "cycle": Segment(
            "how many loans so far",
            "CASE WHEN lent.cycle <= 1 THEN '1' WHEN lent.cycle = 2 THEN '2' WHEN lent.cycle = 3 THEN '3' "
            "WHEN lent.cycle <= 6 THEN '4-6' ELSE '7 and more' END",
        ),
        "state": Segment("whether a loan is open", "asked_about.state"),
        **{
            name: Segment(each.title, each.sql, each.needs, of_today=True)
            for name in _OF_TODAY
            for each in [measured.SEGMENTS[name]]
        },
    }
)

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
_QUERY_OF_TODAY = """
SELECT asked_about.client_id, CAST({what} AS VARCHAR) AS part
FROM asked_about LEFT JOIN people_of_today ON asked_about.client_id = people_of_today.client_id
ORDER BY asked_about.client_id
"""


def known_segments(book: Book, target: TargetRule | None = None) -> Mapping[str, str]:
    """Segments a book has values for, and their titles; the target rule is the last of them."""
    found = {name: each.title for name, each in SEGMENTS.items() if all(map(book.has, each.needs))}
    return found if target is None else {**found, TARGET: target.name}


def parts(
    book: Book, known: Known, population: pd.DataFrame, segment: str, target: TargetRule | None = None
) -> pd.Series:
    """Part of each client on a date; missing where the book does not say.

    Parameters
    ----------
    known
        The book as known on the date.
    population
        client_id and state of the clients at risk.
    segment
        One of `SEGMENTS`, or "target".
    target
        Who is a target client.

    Raises
    ------
    UsageError
        There is no such segment, the book has no values for it, or no rule says who is a target client.
    """
    known.put("asked_about", population[["client_id", "state"]])
    if segment == TARGET:
        if target is None:
            raise UsageError("segment='target' needs the rule that says who is a target client; give it with --target")
        chosen = Segment(target.name, target.sql(), of_today=True)
    elif segment in SEGMENTS:
        chosen = SEGMENTS[segment]
    else:
        raise UsageError(f"segment={segment!r} is not known; there are {', '.join(SEGMENTS)}, {TARGET}")
    lacking = [need for need in chosen.needs if not book.has(need)]
    if lacking:
        raise UsageError(f"segment={segment!r}: the book has no {lacking[0]}. Supply it, or take another segment.")
    if chosen.of_today:
        book.keep_current(known, "clients", "people_of_today")
        what = chosen.sql.format(year=known.as_of.year) if segment != TARGET else chosen.sql
        found = known.frame(_QUERY_OF_TODAY.format(what=what))
        known.drop(["people_of_today"])
    else:
        found = known.frame(_QUERY.format(what=chosen.sql))
    return pd.Series(found["part"].to_numpy(dtype=object), index=pd.Index(found["client_id"], name="client_id"))
