"""One line of a list, and the list it stands on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Protocol

#: Whose list it is when a client has no officer, or must not be on the officer's. No officer can bear this id.
DESK = "desk"
REASONS_MISSING = "The reasons could not be computed this week."
NO_REASON = "No single reason stands out; the picture as a whole does."
COMPLAINT_ALONE = "Listed because a complaint is open."


@dataclass(frozen=True)
class Line:
    """One client one officer is asked to see. The fields up to `why_now` are the columns of ``lists.csv``.

    Parameters
    ----------
    officer_id
        Whose list it is; `DESK` for the retention desk.
    rank
        1 is the client most at risk after all rules; on the desk's list open complaints come first.
    band
        high, medium or low; never a number.
    action, avoid
        One thing to do and one thing not to do.
    last_contact_on, last_contact_result
        Empty where no contact is known.
    loan_ends_on
        The day the last open loan ends; of a resting client the day it ended.
    meeting_on
        The client's meeting within the seven days after as_of.
    carried_over
        Whether last week's lists already asked for this client.
    why_now
        What changed since last week, or that nothing did.
    """

    list_id: str
    officer_id: str
    rank: int
    client_id: str
    band: str
    driver_1: str
    driver_2: str
    driver_3: str
    reason_1: str
    reason_2: str
    reason_3: str
    action: str
    avoid: str
    last_contact_on: date | None
    last_contact_result: str
    loan_ends_on: date | None
    meeting_on: date | None
    carried_over: bool
    why_now: str
    card: "Card" = field(compare=False)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Columns of ``lists.csv``, in order."""
        return tuple(f.name for f in fields(cls) if f.name != "card")

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons there are, strongest first."""
        return tuple(reason for reason in (self.reason_1, self.reason_2, self.reason_3) if reason)


@dataclass(frozen=True)
class Card:
    """What the page shows of a client besides the line: how to find and to address her."""

    group: str
    village: str
    phone_works: bool | None
    language: str
    cycle: int | None
    state: str
    last_contact_kind: str
    contacts_known: bool
    open_complaint: bool


@dataclass(frozen=True)
class OfficerList:
    """One officer's list, or the desk's, for one week."""

    list_id: str
    officer_id: str
    officer_name: str
    branch_id: str
    branch_name: str
    week: str
    as_of: date
    lines: tuple[Line, ...]

    @property
    def is_desk(self) -> bool:
        """Whether it is the retention desk's."""
        return self.officer_id == DESK


@dataclass(frozen=True)
class Words:
    """What is said of one client: driver codes and as many sentences, strongest first, and what is new."""

    drivers: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    why_now: str = ""


class Speak(Protocol):
    """Says why each of some clients is listed; the desk may read more than an officer."""

    def __call__(self, client_ids: Collection[str], *, for_desk: bool) -> Mapping[str, Words]:
        """What is said of each client."""
        ...
