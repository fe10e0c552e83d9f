"""L01: features of a date must not change when everything entered later is taken away."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from features.book import Book
from features.engines import literal
from features.exit import ExitDefinition
from features.schema import TABLES
from training.checks import Finding
from training.dataset import Take

#: Clients whose features are computed twice.
SAMPLE = 300

# What is undone later is not yet undone; what ends or is decided later has not ended.
_UNDONE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "loans": {"closed_known_on": ("closed_on", "closed_how", "closed_known_on")},
    "complaints": {"closed_known_on": ("closed_on", "closed_known_on")},
    "applications": {"decided_on": ("decided_on", "decision", "approved_amount", "loan_id")},
    "assignments": {"to_on": ("to_on",)},
    "memberships": {"to_on": ("to_on",)},
    "instalments": {"replaced_on": ("replaced_on",)},
    "repayments": {"reversed_on": ("reversed_on",)},
    "savings": {"reversed_on": ("reversed_on",)},
    "contacts": {"reversed_on": ("reversed_on",)},
    "departures": {"reversed_on": ("reversed_on",)},
}


def later_rows(book: Book, as_of: date, definition: ExitDefinition, take: Take) -> list[Finding]:
    """Features of some clients on `as_of`, from their rows with and without what was entered later.

    Parameters
    ----------
    take
        How a snapshot is taken.
    """
    whole, cut = _sample(book, None), _sample(book, as_of)
    found = []
    for tables in (whole, cut):
        few = Book.of(tables, name=book.name)
        with few.known(as_of) as known:
            found.append(take(known, definition).table.sort_index())
        few.engine.close()
    full, past = found
    if list(full.index) != list(past.index):
        changed = ["who is at risk"]
    else:
        same = (full == past) | (full.isna() & past.isna())
        changed = [repr(name) for name in full.columns if not same[name].all()]
    if not changed:
        return []
    return [
        Finding(
            "L01",
            f"{', '.join(changed[:5])} on {as_of} would be otherwise without rows entered later",
            "Read only the views of the date in that feature's query",
            stops=True,
        )
    ]


def _sample(book: Book, cut: date | None) -> dict[str, pa.Table]:
    book.engine.run(
        f"CREATE OR REPLACE TEMPORARY TABLE sampled_clients AS SELECT client_id FROM {book.schema}.clients "
        f"ORDER BY md5(client_id), client_id LIMIT {SAMPLE}"
    )
    return {table: book.engine.arrow(_rows(table, book, cut)) for table in book.present}


def _rows(table: str, book: Book, cut: date | None) -> str:
    spec = TABLES[table]
    columns = [column for column in spec.columns if column in book.present[table] or column in ("known_on",)]
    if "closed_known_on" in spec.columns and "closed_known_on" not in columns and "closed_on" in columns:
        columns.append("closed_known_on")
    chosen = dict(zip(columns, columns, strict=True))
    where = ["true"]
    if "client_id" in spec.columns:
        where.append("client_id IN (SELECT client_id FROM sampled_clients)")
    elif "loan_id" in spec.columns:
        where.append(
            f"loan_id IN (SELECT loan_id FROM {book.schema}.loans "
            "WHERE client_id IN (SELECT client_id FROM sampled_clients))"
        )
    if cut is not None:
        day = literal(cut)
        if "known_on" in spec.columns:
            where.append(f"(known_on IS NULL OR known_on <= {day})")
        for condition, undone in _UNDONE.get(table, {}).items():
            for column in undone:
                if column in chosen:
                    chosen[column] = f"CASE WHEN {condition} <= {day} THEN {column} END AS {column}"
    return f"SELECT {', '.join(chosen.values())} FROM {book.schema}.{table} WHERE {' AND '.join(where)}"
