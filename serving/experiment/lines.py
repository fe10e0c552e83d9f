"""Whom lists named and whom the lot kept off them, as training takes it: visited clients must not teach that they stay.

Whoever was drawn is under what the lot said for as long as it holds, and so is everybody of her household or group
where that was drawn. A line that no lot decided (an open complaint, arrears) stands alone.
"""

from collections.abc import Collection
from datetime import date

import numpy as np
from sqlalchemy import Connection, select

from features.book import Book
from serving.experiment.drawing import unit_of_client
from serving.experiment.lot import Arm
from serving.people import people
from serving.store.tables import allocations, issues, lines
from training.left_alone import DrawnLines

_CLIENT = unit_of_client("")
_MEMBERS = {"household": "household_id", "group": "group_id"}


def drawn_lines(connection: Connection, book: Book, on: date, rest_days: int) -> DrawnLines | None:
    """All that was drawn and all that was given out until a day; None where nobody was ever drawn.

    Without a lot nobody stands for those who were listed, so nothing can be taken account of.

    Parameters
    ----------
    on
        The day we stand on.
    rest_days
        `ListSettings.rest_days`.
    """
    told = (allocations.c.unit, allocations.c.arm, allocations.c.share, allocations.c.from_on, allocations.c.until_on)
    turns = connection.execute(select(*told).where(allocations.c.from_on <= on)).all()
    members = _members(book, on, {str(turn.unit) for turn in turns})
    found: list[tuple[str, int, int, bool, float]] = []
    under: dict[str, list[tuple[int, int]]] = {}
    for unit, arm, share, from_on, until_on in turns:
        begins, ends = _acted_on(from_on), until_on.toordinal()
        for client in members[unit]:
            found.append((client, begins, max(begins, ends), arm == Arm.LISTED.value, 1 - share))
            under.setdefault(client, []).append((begins, ends))
    if not found:
        return None
    given = select(lines.c.client_id, issues.c.as_of).join(issues, issues.c.issue_id == lines.c.issue_id).distinct()
    for client, as_of in connection.execute(given.where(issues.c.as_of <= on)):
        day = _acted_on(as_of)
        if not any(begins <= day <= ends for begins, ends in under.get(client, ())):
            found.append((client, day, day, True, 1.0))
    found.sort()
    client_id, days, until, out, chance = zip(*found, strict=True)
    return DrawnLines(
        np.array(client_id, dtype=object),
        np.array(days, dtype=np.int64),
        np.array(out, dtype=bool),
        np.array(chance, dtype=np.float64),
        np.array(until, dtype=np.int64),
        rest_days,
    )


def _acted_on(as_of: date) -> int:
    """The first day of the week that a list is for."""
    return as_of.toordinal() + 1


def _members(book: Book, on: date, units: Collection[str]) -> dict[str, list[str]]:
    """The clients of each unit of the lot, as the book has them today."""
    clients = people(book, on).reset_index()
    found: dict[str, list[str]] = {}
    for kind, column in _MEMBERS.items():
        if column in clients and any(unit.startswith(f"{kind}:") for unit in units):
            known = clients[["client_id", column]].dropna()
            for name, rows in known.groupby(column)["client_id"]:
                found[f"{kind}:{name}"] = rows.astype(str).tolist()
    return {unit: found.get(unit, []) if not unit.startswith(_CLIENT) else [unit[len(_CLIENT) :]] for unit in units}
