"""The leavers a sample is drawn from, and those among them who must be left in peace."""

from collections.abc import Iterable
from datetime import date

import pandas as pd
from sqlalchemy import Connection

from features.book import Book
from features.exit import ExitDefinition
from features.leavers import leavers
from serving import holds
from serving.erasure import erased_among
from serving.holds import Hold
from serving.people import people
from serving.survey.sampling import Design, Leaver

ERASED = "erased"
#: In the order in which they are told, where several hold.
_PEACE = (Hold.OBJECTION, Hold.OPT_OUT, Hold.DO_NOT_CONTACT, Hold.UNSAFE, Hold.BEREAVEMENT, Hold.DISASTER)


def frame(book: Book, as_of: date, design: Design, definition: ExitDefinition | None = None) -> list[Leaver]:
    """Everybody who left in the period of a design, with the branch and officer of today."""
    left = leavers(book, as_of, design.from_on, design.until_on, definition)
    who = people(book, as_of)[["branch_id", "officer_id"]].astype("object")
    rows = left.join(who.where(who.notna(), ""), on="client_id").fillna({"branch_id": "", "officer_id": ""})
    return [
        Leaver(
            client_id=str(row.client_id),
            left_on=pd.Timestamp(str(row.left_on)).date(),
            leaver_type=str(row.leaver_type),
            cycle=int(str(row.cycle)),
            branch_id=str(row.branch_id),
            officer_id=str(row.officer_id),
        )
        for row in rows.itertuples(index=False)
    ]


def in_peace(connection: Connection, book: Book, as_of: date, clients: Iterable[str], today: date) -> dict[str, str]:
    """Those of some clients who must not be asked, and why.

    Parameters
    ----------
    connection
        Of `Store.write`: pseudonyms may need their key made.
    """
    asked = sorted(set(clients))
    who = people(book, as_of)
    there = who[who.index.isin(asked)]
    masks = holds.reached(there, holds.in_force(connection, today))
    opted_out = there["contact_opt_out"].fillna(value=False).astype(bool).to_numpy()
    found: dict[str, str] = {}
    for kind in reversed(_PEACE):
        mask = masks[kind] | opted_out if kind is Hold.OPT_OUT else masks[kind]
        found |= dict.fromkeys(map(str, there.index[mask]), kind.value)
    found |= dict.fromkeys(holds.objectors(connection, today).intersection(asked), Hold.OBJECTION.value)
    return found | dict.fromkeys(erased_among(connection, asked), ERASED)
