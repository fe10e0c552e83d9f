"""What has become of a list since it was drawn: entries, holds and corrections, as they stand at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from serving import issued, outcomes
from serving.corrected import corrected
from serving.corrections import Correction, corrections_of
from serving.languages import Language
from serving.line import Line, OfficerList
from serving.outcomes import Outcome, Status
from serving.peace import Peace, at_peace
from serving.settings import Settings


@dataclass(frozen=True)
class Moment:
    """Now, where the institution is."""

    at: datetime

    @property
    def today(self) -> date:
        """The day on its calendar."""
        return self.at.date()

    @property
    def clock(self) -> str:
        """The hour on its clock."""
        return f"{self.at:%H:%M}"


@dataclass(frozen=True)
class State:
    """A list and what has become of it. Two that are equal look alike on a page, at the same hour.

    Parameters
    ----------
    page
        With what clients put right.
    entered
        Every entry, as whoever reads it may read it, oldest first.
    at_peace, put_right
        By client; those who have none are not among them.
    earlier
        Lines of an earlier draw of the list for which something was entered, and which it has no more.
    """

    page: OfficerList
    entered: tuple[Outcome, ...]
    at_peace: tuple[tuple[str, Peace], ...]
    put_right: tuple[tuple[str, tuple[Correction, ...]], ...]
    earlier: tuple[Line, ...] = ()

    @property
    def peace(self) -> Mapping[str, Peace]:
        """Who is left in peace, by client_id."""
        return dict(self.at_peace)

    @property
    def right(self) -> Mapping[str, tuple[Correction, ...]]:
        """Corrections by client_id."""
        return dict(self.put_right)

    @property
    def held(self) -> Mapping[str, Outcome]:
        """The entry of each line that holds, by client_id."""
        return {each.client_id: each for each in self.entered if each.status is Status.ACCEPTED}

    @property
    def waiting(self) -> Mapping[str, list[Outcome]]:
        """Entries that wait for a person's decision, by client_id."""
        found: dict[str, list[Outcome]] = {}
        for each in self.entered:
            if each.status is Status.CONFLICT:
                found.setdefault(each.client_id, []).append(each)
        return found


def state_of(
    connection: Connection, page: OfficerList, role: str, today: date, language: Language, settings: Settings
) -> State:
    """What has become of a list. Once its week is over, nothing newer is told of its clients.

    Parameters
    ----------
    role
        Of whoever reads.
    """
    current = page.current(today)
    right = corrections_of(connection, [line.client_id for line in page.lines]) if current else {}
    entered = outcomes.of_list(connection, page.list_id)
    there = {line.client_id for line in page.lines}
    gone = sorted({each.client_id for each in entered} - there)
    return State(
        page=corrected(page, right),
        entered=tuple(each.seen_by(role) for each in entered),
        at_peace=tuple(at_peace(connection, page, today, language, settings).items()),
        put_right=tuple(right.items()),
        earlier=tuple(issued.lines_of(connection, page.list_id, gone)) if gone else (),
    )
