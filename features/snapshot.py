"""All features of all clients at risk on a date."""

import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from features.book import Known, supplies
from features.catalogue import FAMILIES, FEATURES, names
from features.engines import tables_read
from features.errors import DataError
from features.exit import ExitDefinition, keep_at_risk
from features.facts import Facts, facts_of
from features.schema import TABLES

FOLDER = Path(__file__).parent / "sql"

#: Shared intermediate tables, in the order they are made; each reads the views and the steps before it.
STEPS = ("lent", "gaps", "plans", "schedules", "received", "dues", "posts", "circles", "facts")

VIEWS = frozenset(TABLES)

#: What the query of a family about the client's own rows may read, besides the views of the book.
OWN = frozenset({"at_risk", "moment", "spells"} | set(STEPS) - {"facts"})

#: What the query of a family about others may read: nothing but sums of facts.
OTHERS = frozenset({"at_risk", "moment", "facts", "around"})

_WILFUL = re.compile(
    r"\b(current_date|current_time\w*|localtime\w*|getdate|now|today|random|uuid|gen_random_uuid|getenv|getvariable|"
    r"current_setting|query|query_table|read_\w+|glob|sniff_csv|parquet_\w+|duckdb_\w+|pragma\w*)\s*\(|"
    r"\b(current_date|current_timestamp|localtime|localtimestamp)\b",
    re.IGNORECASE,
)


class LeakyQuery(RuntimeError):
    """A query reads something it must not; it is refused before it runs."""


@dataclass(frozen=True)
class Snapshot:
    """Everything known on a date about the clients at risk.

    Attributes
    ----------
    as_of
        The date.
    table
        float64, one row per client at risk, indexed by client_id in ascending order, columns exactly
        `features.catalogue.names`; NaN is "not known".
    population
        client_id, state (open, resting), rests_since; same rows, same order.
    facts
        What other clients' features may count by; to be stored for scoring one client later.
    """

    as_of: date
    table: pd.DataFrame
    population: pd.DataFrame
    facts: Facts


def snapshot(known: Known, definition: ExitDefinition, others: Facts | None = None) -> Snapshot:
    """All features of all clients at risk.

    Parameters
    ----------
    known
        The book as known on the date.
    definition
        Who is at risk.
    others
        Facts stored from a snapshot of the whole book on the same date. Then `known` may hold only some clients' own
        rows, which take the place of theirs; the features are those the whole book would give.

    Raises
    ------
    LeakyQuery
        A query reads anything but the views of the date.
    DataError
        `others` is of another date.
    """
    if others is not None and others.as_of != known.as_of:
        raise DataError(f"facts of {others.as_of} cannot serve {known.as_of}; score that date first, or post for it")
    queries = _queries()
    keep_at_risk(known, definition)
    for step in STEPS:
        known.keep(step, queries[f"steps/{step}"])
    own = known.frame("SELECT * FROM facts ORDER BY client_id")
    known.put("stored", Facts.nothing() if others is None else others.sums_beside(own))
    known.keep("around", queries["steps/around"])
    for family in FAMILIES:
        known.keep(f"family_{family}", queries[family])
    table = _table(known)
    population = known.frame("SELECT client_id, state, rests_since FROM at_risk ORDER BY client_id")
    if list(population["client_id"]) != list(table.index):
        raise RuntimeError("a family gives more or fewer rows than there are clients at risk")
    found = Snapshot(known.as_of, table, population, facts_of(known, own))
    # The steps of a large book take gigabytes, which the next date needs.
    known.drop([*STEPS, "stored", "around", *(f"family_{family}" for family in FAMILIES)])
    return found


def _queries() -> dict[str, str]:
    """Every query by its name, each checked before any of them runs."""
    may_read = {f"steps/{step}": VIEWS | (OWN - frozenset(STEPS[place:])) for place, step in enumerate(STEPS)}
    may_read["steps/around"] = frozenset({"facts", "stored"})
    for family, content in FAMILIES.items():
        may_read[family] = OTHERS if content.about_others else VIEWS | OWN
    queries = {name: (FOLDER / f"{name}.sql").read_text(encoding="utf-8") for name in may_read}
    for name, sql in queries.items():
        refuse_leak(name, sql, may_read[name])
    return queries


@functools.lru_cache(maxsize=256)
def refuse_leak(name: str, sql: str, allowed: frozenset[str]) -> None:
    """Refuse a query that reads anything but `allowed`, or that could answer differently on another day.

    Raises
    ------
    LeakyQuery
        It does.
    """
    strays = tables_read(sql) - allowed
    if strays:
        raise LeakyQuery(f"query {name!r} reads {', '.join(sorted(strays)) or 'a table function'}; only views are open")
    wilful = _WILFUL.search(sql)
    if wilful:
        raise LeakyQuery(f"query {name!r} calls {wilful.group()!r}, which is no part of the book")


def _table(known: Known) -> pd.DataFrame:
    chosen, joined = [], []
    for family, content in FAMILIES.items():
        joined.append(f"LEFT JOIN family_{family} ON at_risk.client_id = family_{family}.client_id")
        for feature in content.features:
            there = all(known.has(need) for need in feature.needs)
            figure = f"family_{family}.{feature.name}" if there else "NULL"
            chosen.append(f"CAST({figure} AS DOUBLE) AS {feature.name}")
    answer = known.frame(f"SELECT at_risk.client_id, {', '.join(chosen)} FROM at_risk {' '.join(joined)}")
    table = answer.set_index("client_id").sort_index().astype(np.float64)
    if tuple(table.columns) != names() or not table.index.is_unique:
        raise RuntimeError("the families do not give exactly the catalogue's columns, once for each client")
    largest = float(np.nanmax(np.abs(table.to_numpy()), initial=0.0))
    if not math.isfinite(largest):
        raise RuntimeError("a feature is infinite")
    return table


def unknown_features(present: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Features that a book supplying `present` cannot know for anybody, in column order."""
    return tuple(name for name, feature in FEATURES.items() if not all(supplies(present, n) for n in feature.needs))
