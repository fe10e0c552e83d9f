"""A book as it would stand had it been copied on a date: every later row deleted, every later correction undone."""

from datetime import date
from typing import Any

import pandas as pd
from rich_books import changed

from features.schema import TABLES

Row = dict[str, Any]

#: Columns that are filled in later, and the column that says when.
FILLED_LATER = {
    "loans": {"closed_on": "closed_known_on", "closed_how": "closed_known_on", "closed_known_on": "closed_known_on"},
    "complaints": {"closed_on": "closed_known_on", "closed_known_on": "closed_known_on"},
    "applications": dict.fromkeys(("decision", "approved_amount", "loan_id", "decided_on"), "decided_on"),
    "assignments": {"to_on": "to_on"},
    "memberships": {"to_on": "to_on"},
    "repayments": {"reversed_on": "reversed_on"},
    "savings": {"reversed_on": "reversed_on"},
    "contacts": {"reversed_on": "reversed_on"},
    "departures": {"reversed_on": "reversed_on"},
    "instalments": {"replaced_on": "replaced_on"},
}


def day_of(value: object) -> date | None:
    """A date from its text; missing stays missing."""
    return None if value is None or pd.isna(value) else date.fromisoformat(str(value))


def entered_on(table: str, row: Row, disbursed: dict[str, date]) -> date | None:
    """The day a row came into the book."""
    known = day_of(row.get("known_on"))
    if known is not None:
        return known
    if table == "instalments":
        return disbursed.get(row["loan_id"])
    about = TABLES[table].about
    return day_of(row[about]) if about else None


def filled_on(table: str, row: Row, by: str) -> date | None:
    """The day the columns that `by` dates were filled in."""
    when = day_of(row.get(by))
    ended = day_of(row.get("closed_on")) if by == "closed_known_on" else None
    if ended is not None:
        return max(ended, when or ended)
    return when


def undone(tables: dict[str, pd.DataFrame], as_of: date) -> dict[str, pd.DataFrame]:
    """The book as copied at the end of `as_of`."""
    disbursed = {row["loan_id"]: day_of(row["disbursed_on"]) for row in tables["loans"].to_dict("records")}

    def one(table: str, row: Row) -> Row | None:
        entered = entered_on(table, row, {loan: day for loan, day in disbursed.items() if day})
        if entered is not None and entered > as_of:
            return None
        then = dict(row)
        for column, by in FILLED_LATER.get(table, {}).items():
            when = filled_on(table, row, by)
            if when is None or when > as_of:
                then[column] = None
        return {column: then[column] for column in row}

    return {name: changed(data, lambda row, name=name: one(name, row)) for name, data in tables.items()}
