"""What a weekly run heeds besides the book: holds, last week's lines without an answer, and the lists there are.

It is read when a run begins and once more when its lists are put in force: a run takes minutes, and what was accepted
meanwhile may not be lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

import pandas as pd
from sqlalchemy import Connection

from features.errors import Busy
from serving import issued
from serving.experiment.stops import bands
from serving.experiment.stops import in_force as in_force_stops
from serving.holds import PASSING, Held, in_force
from serving.home import week_of
from serving.kept_outcomes import answered, answers


class Overtaken(Busy):
    """What lists heed was changed while they were drawn, so that they may not be put in force."""

    def __init__(self) -> None:
        super().__init__(
            "while the lists were drawn, holds or answers were entered, or another run put lists of the week in force; "
            "nothing was issued, and the lists that were there are unchanged. Run the same command again, on one "
            "machine only."
        )


@dataclass(frozen=True)
class Heeded:
    """What was known when a run began.

    Parameters
    ----------
    held
        Holds, among them the marks of who was erased.
    standing
        Lines of last week's lists: client, owner, whether they were answered, weeks.
    seen
        Clients of earlier draws of this week whose line has an answer, and whose list it was; without open complaints,
        which take nobody's place.
    revision
        The draw of the week that is in force; 0 where there is none.
    stopped
        Bands whose lists stopped.
    """

    as_of: date
    today: date
    held: tuple[Held, ...]
    standing: tuple[tuple[str, str, bool, int], ...]
    seen: tuple[tuple[str, str], ...]
    revision: int
    stopped: frozenset[str] = frozenset()

    @classmethod
    def of(cls, connection: Connection, as_of: date, today: date) -> "Heeded":
        """As it is known to this connection."""
        lines = standing_lines(connection, as_of)
        there = issued.newest(connection, week_of(as_of))
        return cls(
            as_of=as_of,
            today=today,
            held=tuple(holding(connection, as_of, today)),
            standing=tuple(lines.itertuples(index=False, name=None)),
            seen=tuple(sorted(seen_already(connection, as_of).items())),
            revision=0 if there is None else there.revision,
            stopped=bands(in_force_stops(connection, as_of)),
        )

    @property
    def lines(self) -> pd.DataFrame:
        """Lines of last week's lists, as `standing_lines` gave them."""
        return _as_frame(self.standing)

    def refuse_change(self, connection: Connection) -> None:
        """Refuse what was drawn from it, if something of it has changed since.

        Raises
        ------
        Overtaken
            Something has.
        """
        if Heeded.of(connection, self.as_of, self.today) != self:
            raise Overtaken


def holding(connection: Connection, as_of: date, today: date) -> list[Held]:
    """Holds that lists drawn on `as_of` heed: those in force then, and those in force today.

    What passes, a bereavement or a disaster, is heeded as of today only as long as no newer week has lists: lists of
    the past, drawn again much later, know nothing of it. A wish of her own and a danger are heeded whatever the week.

    Parameters
    ----------
    today
        The day on which the lists are drawn, however old the book is.
    """
    newest = issued.newest(connection)
    past = newest is not None and newest.week > week_of(as_of)
    found = {each.hold_id: each for each in in_force(connection, as_of)}
    for each in in_force(connection, today) if today > as_of else ():
        if not (past and each.kind in PASSING):
            found[each.hold_id] = each
    return [found[hold_id] for hold_id in sorted(found)]


def standing_lines(connection: Connection, as_of: date) -> pd.DataFrame:
    """Lines of last week's lists, as known on `as_of`.

    Returns
    -------
    DataFrame of client_id, owner (whose list it was: an officer's id, or the desk), answered (an outcome was entered by
    then), weeks (how many weeks in a row, last week's among them, the client has stood on lists of that owner without
    an answer). No row where there were no lists last week.
    """
    weeks: dict[str, int] = {}
    owners: dict[str, str] = {}
    still: frozenset[str] = frozenset()
    for back in count(1):
        week = week_of(as_of - timedelta(days=7 * back))
        listed = issued.listed_with(connection, week)
        if back == 1:
            owners = listed
        silent = frozenset(client for client, owner in listed.items() if owners.get(client) == owner)
        silent -= answered(connection, week, as_of)
        still = silent if back == 1 else still & silent
        if not still:
            break
        weeks |= {client: weeks.get(client, 0) + 1 for client in still}
    return _as_frame([(client, owners[client], client not in weeks, weeks.get(client, 0)) for client in sorted(owners)])


def seen_already(connection: Connection, as_of: date) -> dict[str, str]:
    """Clients whose line of an earlier draw of this week has an answer, each with whose list it was.

    Known on `as_of`, so that the same inputs give the same lists. Lines of an open complaint are not counted: they take
    nobody's place.
    """
    clients: dict[str, set[str]] = {}
    for list_id, client_id in answers(connection, week_of(as_of), as_of):
        clients.setdefault(list_id, set()).add(client_id)
    return {
        line.client_id: owner.officer_id
        for list_id, seen in sorted(clients.items())
        for owner in issued.owners(connection, list_id)
        for line in issued.lines_of(connection, list_id, seen)
        if not line.card.open_complaint
    }


def _as_frame(rows: Sequence[tuple[str, str, bool, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["client_id", "owner", "answered", "weeks"])
    return frame.astype({"client_id": "str", "owner": "str", "answered": "bool", "weeks": "int64"})
