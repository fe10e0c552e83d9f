"""Indicators of the guidance note: each declared once, with how it is measured, and the computed ones as functions.

Some stand in the book, as of a date; others somebody has to measure and upload. A computed one says how many clients,
loans or days it counts and an interval where one can be told; what the book lacks is "not known" and never 0.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from importlib.resources import files
from types import MappingProxyType

import pandas as pd

from features.book import Book, Known
from features.engines import literal
from features.exit import ExitDefinition, keep_spells
from features.indicator import Better, Indicator, Value, median_with_interval
from features.intervals import wilson


def compute(
    book: Book,
    code: str,
    as_of: date,
    from_on: date,
    until_on: date,
    among: Collection[str] | None = None,
) -> Value:
    """A computed indicator of a period, as known on a date.

    Parameters
    ----------
    among
        The clients of a segment; None takes all.

    Raises
    ------
    KeyError
        There is no computed indicator of that code.
    """
    indicator = INDICATORS[code]
    if indicator.measure is None:
        raise KeyError(code)
    with book.known(as_of) as known:
        if not all(known.has(need) for need in indicator.needs):
            return Value(None)
        with _narrowed(known, among):
            return indicator.measure(known, from_on, min(until_on, as_of))


@contextmanager
def _narrowed(known: Known, among: Collection[str] | None) -> Iterator[None]:
    """Keep table ``chosen``: the clients that count."""
    if among is None:
        known.keep("chosen", "SELECT client_id FROM clients")
    else:
        known.put("chosen", pd.DataFrame({"client_id": pd.Series(sorted(set(among)), dtype="str")}))
    yield


def _share(known: Known, name: str, from_on: date, until_on: date) -> Value:
    """Of a query that answers hits and of."""
    row = known.frame(_sql(name, known, from_on, until_on)).iloc[0]
    of = 0 if pd.isna(row["counted"]) else int(row["counted"])
    if not of or pd.isna(row["hits"]):
        return Value(None)
    return Value(float(row["hits"]) / of, of, *wilson(float(row["hits"]), of))


def _retention(known: Known, from_on: date, until_on: date) -> Value:
    keep_spells(known)
    return _share(known, "retention_rate", from_on, until_on)


def _delinquency(known: Known, from_on: date, until_on: date) -> Value:
    return _share(known, "delinquency_rate", from_on, until_on)


def _new_clients(known: Known, from_on: date, until_on: date) -> Value:
    count = int(known.frame(_sql("new_clients", known, from_on, until_on)).iloc[0]["counted"])
    return Value(float(count), count)


def _processing(known: Known, from_on: date, until_on: date) -> Value:
    return median_with_interval(
        known.frame(_sql("processing_days", known, from_on, until_on))["days"].astype("float64")
    )


def _new_products(known: Known, from_on: date, until_on: date) -> Value:
    row = known.frame(_sql("new_product_share", known, from_on, until_on)).iloc[0]
    if not int(row["loans"]) or int(row["currencies"]) > 1 or not float(row["lent"]):
        return Value(None)
    return Value(float(row["in_new"]) / float(row["lent"]), int(row["loans"]))


def _turnover(known: Known, from_on: date, until_on: date) -> Value:
    return _share(known, "officer_turnover", from_on, until_on)


def _tenure(known: Known, from_on: date, until_on: date) -> Value:
    return _share(known, "long_tenure_share", from_on, until_on)


def _repeat(known: Known, from_on: date, until_on: date) -> Value:
    return _share(known, "repeat_borrowing_rate", from_on, until_on)


def _sql(name: str, known: Known, from_on: date, until_on: date) -> str:
    shape = files("features").joinpath("sql", "indicators", f"{name}.sql").read_text(encoding="utf-8")
    return shape.format(
        day=literal(known.as_of),
        first=literal(from_on),
        last=literal(until_on),
        grace=f"INTERVAL {ExitDefinition().grace_days} DAY",
        late=literal(until_on - timedelta(days=30)),
        year_before=literal(until_on - timedelta(days=365)),
        three_years_before=literal(until_on - timedelta(days=1096)),
    )


def _uploaded(code: str, name: str, unit: str, better: Better, meaning: str) -> Indicator:
    return Indicator(code, name, unit, better, meaning)


_UP, _DOWN = Better.UP, Better.DOWN
_ALL = (
    Indicator(
        "retention_rate",
        "Client retention rate",
        "share",
        _UP,
        "Of the clients whose last loan ended in the period and whose grace period is over, those who took a new one "
        "within it. Written-off loans are left out.",
        measure=_retention,
        lag_days=ExitDefinition().maturity_days,
    ),
    Indicator(
        "delinquency_rate",
        "Delinquency rate",
        "share",
        _DOWN,
        "Of the clients with a loan open on the last day, those who by then had paid less than was due 30 days before.",
        ("instalments", "repayments"),
        _delinquency,
    ),
    Indicator(
        "new_clients",
        "New clients",
        "count",
        _UP,
        "Clients whose first loan was paid out in the period.",
        measure=_new_clients,
    ),
    Indicator(
        "processing_days",
        "Days from request to money",
        "days",
        _DOWN,
        "Median days from the request to the day its loan was paid out, of loans paid out in the period.",
        ("applications", "applications.loan_id"),
        _processing,
    ),
    Indicator(
        "new_product_share",
        "Portfolio in new products",
        "share",
        _UP,
        "Of the amount paid out on loans open on the last day, that in products first lent within the year before it; "
        "not known where there is more than one currency.",
        ("loans.product_id",),
        _new_products,
    ),
    Indicator(
        "officer_turnover",
        "Officer turnover",
        "share",
        _DOWN,
        "Of the officers who served clients on the first day of the period, those who serve none on its last.",
        ("assignments",),
        _turnover,
        of_clients=False,
    ),
    Indicator(
        "long_tenure_share",
        "Clients of more than three years",
        "share",
        _UP,
        "Of the clients with a loan open on the last day, those who joined more than three years before it.",
        measure=_tenure,
    ),
    Indicator(
        "repeat_borrowing_rate",
        "Repeat borrowing",
        "share",
        _UP,
        "Of the loans paid out in the period, those to clients who had borrowed before.",
        measure=_repeat,
    ),
    _uploaded("satisfaction_rate", "Client satisfaction", "share", _UP, "Clients who say that they are satisfied."),
    _uploaded(
        "poverty_movement",
        "Moved up a poverty line",
        "share",
        _UP,
        "Clients a level up along poverty lines after 3 years.",
    ),
    _uploaded("penetration", "Penetration", "share", _UP, "Households of the area that are clients."),
    _uploaded("service_points", "New service points", "count", _UP, "Service points opened in the period."),
    _uploaded("research_projects", "Research projects", "count", _UP, "Market and client-needs research carried out."),
    _uploaded(
        "new_products", "New or modified products", "count", _UP, "Products introduced or changed in the period."
    ),
    _uploaded("would_recommend", "Would recommend", "share", _UP, "Clients who would recommend the institution."),
)

#: Every indicator by its code.
INDICATORS: Mapping[str, Indicator] = MappingProxyType({each.code: each for each in _ALL})
