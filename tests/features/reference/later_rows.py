"""A book with everything that may still happen to it after a date: late and back-dated rows, reversals, corrections."""

import random
from datetime import date, timedelta
from typing import Any

import pandas as pd
from rich_books import Drawer, as_frames, changed
from undone import day_of

from features.schema import TABLES

Row = dict[str, Any]


def with_later_rows(tables: dict[str, pd.DataFrame], as_of: date, seed: int) -> dict[str, pd.DataFrame]:
    """The same book seen later: nothing known at the end of `as_of` is different, much else is."""
    dice = random.Random(seed)

    def afterwards() -> str:
        return (as_of + timedelta(days=dice.choice((1, 2, 30, 400)))).isoformat()

    known_loans = [row["loan_id"] for row in tables["loans"].to_dict("records")]
    drawn = as_frames(Drawer(seed + 1, as_of).draw(12))
    answer = {}
    for name, data in tables.items():
        corrected = changed(data, lambda row, name=name: _corrected(name, row, as_of, afterwards, dice))
        extra = changed(drawn[name], lambda row, name=name: _entered(name, row, known_loans, afterwards, dice))
        answer[name] = pd.concat([corrected, extra[list(data.columns)]], ignore_index=True).astype("object")
    return answer


def _entered(name: str, row: Row, known_loans: list[str], afterwards: Any, dice: random.Random) -> Row:
    """A new row, about any day, known only afterwards; ids are new, clients and at times loans are not."""
    new = dict(row)
    for column, spec in TABLES[name].columns.items():
        if column in TABLES[name].key and new[column] is not None:
            new[column] = f"later-{new[column]}"
        elif column == "loan_id" and new[column] is not None:
            new[column] = dice.choice(known_loans) if dice.random() < 0.5 else f"later-{new[column]}"
        elif spec.kind == "id" and column not in ("client_id", "loan_id") and dice.random() < 0.2:
            new[column] = "later"
    if "known_on" in new:
        new["known_on"] = afterwards()
    elif name == "officers":
        new["from_on"] = afterwards()
    return new


def _corrected(name: str, row: Row, as_of: date, afterwards: Any, dice: random.Random) -> Row:
    """A row as it stands once somebody has gone over it after `as_of`."""
    new = dict(row)
    if dice.random() < 0.5:
        return new
    for column in ("reversed_on", "replaced_on"):
        if column in new and (new[column] is None or (day_of(new[column]) or as_of) > as_of):
            new[column] = afterwards()
    if name in ("assignments", "memberships") and (day_of(new["to_on"]) or date.max) > as_of:
        new["to_on"] = afterwards()
    if name in ("loans", "complaints") and new["closed_on"] is None:
        new["closed_on"] = (as_of - timedelta(days=dice.choice((0, 3, 90)))).isoformat()
        new["closed_known_on"] = afterwards()
        if name == "loans":
            new["closed_how"] = dice.choice(("repaid", "written_off", "cancelled"))
    if name == "applications" and new["decided_on"] is None:
        new |= {"decided_on": afterwards(), "decision": "refused"}
    return new
