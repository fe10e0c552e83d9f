"""One line of a list, and the list it stands on: codes and figures, in no language yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Protocol

from models.changed import Change

__all__ = ["DESK", "Card", "Change", "Line", "OfficerList", "Owner", "Said", "Speak", "Words", "check_letters"]

#: Whose list it is when a client has no officer, or must not be on the officer's. No officer can bear this id.
DESK = "desk"

#: Why there are no reasons on a line.
NO_REASON, REASONS_MISSING, COMPLAINT_ALONE = "none", "missing", "complaint"

#: Without vowels, so that no word comes of it, and without letters that are mistaken for each other on paper.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_CHECK_LETTERS = 3
_WEEK = 7


@dataclass(frozen=True)
class Said:
    """One reason: a driver, and the figure of the client that is told for it."""

    driver: str
    feature: str
    value: float


#: By which a hold may reach a client; shown nowhere.
FOUND_BY = frozenset({"group_id", "household_id", "branch_id"})


@dataclass(frozen=True)
class Card:
    """How to find and to address a client, and how her loans stand. Empty or None where it is not known."""

    name: str = ""
    phone: str = ""
    phone_works: bool | None = None
    group: str = ""
    village: str = ""
    language: str = ""
    reach_by: str = ""
    hours_from: str = ""
    hours_until: str = ""
    safe_to_call: bool | None = None
    visitor: str = ""
    cycle: int | None = None
    state: str = "open"
    last_contact_kind: str = ""
    contacts_known: bool = True
    open_complaint: bool = False
    group_id: str = ""
    household_id: str = ""
    branch_id: str = ""


@dataclass(frozen=True)
class Line:
    """One client one officer is asked to see.

    Parameters
    ----------
    place
        Number printed on the list, 1 for the first meeting of the week: the list rides on the meetings.
    rank
        1 is the client whom a contact is expected to help most, after all rules; on the desk's list open complaints
        come first.
    band
        high, medium or low; never a number.
    reasons
        Up to three, strongest first.
    reasons_note
        Empty where there are reasons; else none (no single one stands out), missing (they could not be computed) or
        complaint (listed because of it alone).
    changes, changes_note
        What grew since last week; the note is new, unchanged, no_last_week, failed or empty.
    action, avoid
        One thing to do (a `features.drivers.Action`) and one thing not to do (its English sentence).
    last_contact_on, last_contact_result
        Empty where no contact is known.
    loan_ends_on
        The day the last open loan ends; of a resting client the day it ended.
    meeting_on
        The client's meeting within the seven days after as_of.
    carried_over
        Whether last week's list of the same owner already asked for this client.
    routed
        Why the line is the desk's: complaint, conduct, unreachable, no_officer. Empty on an officer's list.
    before_riskier
        Whether it comes before a line of the same list that is more at risk, for that client's loan has ended.
    """

    client_id: str
    place: int
    rank: int
    band: str
    reasons: tuple[Said, ...]
    reasons_note: str
    changes: tuple[Change, ...]
    changes_note: str
    action: str
    avoid: str
    last_contact_on: date | None
    last_contact_result: str
    loan_ends_on: date | None
    meeting_on: date | None
    carried_over: bool
    routed: tuple[str, ...]
    card: Card
    before_riskier: bool = False

    def as_content(self) -> dict[str, Any]:
        """Plain values, as they are stored."""
        content = asdict(self)
        for name in _DATES:
            day = content[name]
            content[name] = None if day is None else day.isoformat()
        return content

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "Line":
        """The line that `as_content` gave."""
        # Lists of older versions do not say it.
        content = {"before_riskier": False, **content}
        plain = {field.name: content[field.name] for field in fields(cls)}
        plain |= {name: None if plain[name] is None else date.fromisoformat(plain[name]) for name in _DATES}
        return cls(
            **plain
            | {
                "reasons": tuple(Said(**said) for said in plain["reasons"]),
                "changes": tuple(Change(**change) for change in plain["changes"]),
                "routed": tuple(plain["routed"]),
                "card": Card(**plain["card"]),
            }
        )


_DATES = ("last_contact_on", "loan_ends_on", "meeting_on")


@dataclass(frozen=True)
class Owner:
    """Whose a list is: an officer of a branch, or the desk."""

    officer_id: str
    branch_id: str

    @property
    def is_desk(self) -> bool:
        """Whether it is the retention desk's."""
        return self.officer_id == DESK


@dataclass(frozen=True)
class OfficerList:
    """One officer's list, or the desk's, for one week. Lines stand in the order of the week.

    Parameters
    ----------
    language
        Code of the language it is printed in.
    check
        Letters printed behind the list's id; see `check_letters`.
    """

    list_id: str
    officer_id: str
    officer_name: str
    branch_id: str
    branch_name: str
    week: str
    as_of: date
    language: str
    check: str
    lines: tuple[Line, ...]

    def current(self, today: date) -> bool:
        """Whether the seven days it was made for are not over."""
        return today <= self.as_of + timedelta(days=_WEEK)

    @property
    def is_desk(self) -> bool:
        """Whether it is the retention desk's."""
        return self.officer_id == DESK

    @property
    def printed_id(self) -> str:
        """The list's id as it stands on paper and is typed in again."""
        return f"{self.list_id}-{self.check}"


def check_letters(list_id: str, client_ids: Sequence[str]) -> str:
    """Letters that tell one draw of a list from another and a slip of the pen from what was meant.

    >>> check_letters("2024-W27-o1", ["ama", "kofi"]) != check_letters("2024-W27-o1", ["kofi", "ama"])
    True
    """
    number = int.from_bytes(sha256("\x1f".join((list_id, *client_ids)).encode()).digest()[:8], "big")
    letters = ""
    for _ in range(_CHECK_LETTERS):
        number, place = divmod(number, len(_LETTERS))
        letters += _LETTERS[place]
    return letters


@dataclass(frozen=True)
class Words:
    """What is said of one client: reasons and what is new, each with a note where there is nothing to say.

    Parameters
    ----------
    weigh
        Codes of all drivers that weigh as much as a reason must, also where stronger ones are spoken. Shown to nobody.
    """

    reasons: tuple[Said, ...] = ()
    reasons_note: str = NO_REASON
    changes: tuple[Change, ...] = ()
    changes_note: str = ""
    weigh: tuple[str, ...] = ()


class Speak(Protocol):
    """Says why each of some clients is listed; the desk may read more than an officer."""

    def __call__(self, client_ids: Collection[str], *, for_desk: bool) -> Mapping[str, Words]:
        """What is said of each client."""
        ...
