"""What somebody says was found at a line, and everything that can be wrong with it."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from features.errors import UsageError
from serving.line import DESK, OfficerList
from serving.outcome_codes import (
    KINDS,
    NEEDS_NOTE,
    NO_CONTACT,
    OVERRIDES,
    REASONS,
    Code,
    Need,
    code_of,
)
from serving.spoken_code import SpokenCode

#: A contact may be older than the list: whoever was met on the way in the week before is not asked twice.
DAYS_BEFORE_LIST = 7
#: A rest that is longer is none.
FURTHEST_PROMISE_DAYS = 730
LONGEST_NOTE = 500
MOST_REASONS = 5

#: Results of a contact in which the client, or somebody who knows, said something.
_SPOKEN = frozenset({"reached", "promised", "other"})
_PROMISING = frozenset({"reached", "promised"})
#: Joiners that scripts of India are written with; all other signs of this kind can make a text lie about itself.
_JOINERS = frozenset({"\u200c", "\u200d"})


class Why(SpokenCode):
    """Why an outcome is refused.

    Examples
    --------
    >>> Why.FUTURE, Why.FUTURE.message
    (<Why.FUTURE: 'future'>, 'The day lies after today.')
    """

    NOT_FOUND = "not_found", "There is no such line for you."
    NO_ID = "no_id", "The entry has no id of its own."
    ID_TAKEN = "id_taken", "The id of this entry belongs to another one."
    NOT_A_DATE = "not_a_date", "A day is not written as a date."
    FUTURE = "future", "The day lies after today."
    TOO_EARLY = "too_early", "The day lies long before this list."
    CODE = "code", "This is not one of the outcome codes."
    NOT_YOURS = "not_yours", "Only somebody else may enter this code or reason."
    KIND = "kind", "Say how the client was met: at the meeting, by visit, call or message."
    KIND_DIFFERS = "kind_differs", "This code does not go with that kind of contact."
    PROMISE_NEEDED = "promise_needed", "Say on which day the client means to come back."
    PROMISE_UNASKED = "promise_unasked", "A promised day does not go with this code."
    PROMISE_EARLY = "promise_early", "The promised day must lie after the day it was said."
    PROMISE_LATE = "promise_late", "The promised day is more than two years away."
    REASON_NEEDED = "reason_needed", "Say why, or that the client did not say."
    REASON = "reason", "This is not one of the reasons."
    REASON_TWICE = "reason_twice", "A reason stands twice."
    REASONS_MANY = "reasons_many", "There are more than five reasons."
    REASON_UNASKED = "reason_unasked", "Reasons do not go with this code: nobody said any."
    CONSENT = "consent", "The client has to agree before this is written down."
    OVERRIDE_NEEDED = "override_needed", "Say why the line was passed over."
    OVERRIDE = "override", "This is not one of the reasons for passing over."
    OVERRIDE_UNASKED = "override_unasked", "A reason for passing over does not go with this code."
    NOTE_NEEDED = "note_needed", "Write in the note what it is."
    NOTE_LONG = "note_long", "The note is longer than 500 characters."
    SIGNS = "signs", "There are signs in the text that cannot be printed."
    BRANCH = "branch", "There is no such branch."
    DESK_LINE = "desk_line", "A line of the desk is handed to a branch, not to a manager."
    SETTLED = "settled", "Somebody has decided this already."
    RANK = "rank", "What somebody above you entered is not yours to replace."


#: Every message of this module, for the catalogues.
MESSAGES: tuple[str, ...] = tuple(why.message for why in Why)


class OutcomeRefused(UsageError):
    """Something is wrong with what was given; nothing was kept.

    Attributes
    ----------
    why
        What is wrong.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(why.message)
        self.why = why


@dataclass(frozen=True)
class Sheet:
    """What has to be known of a list so that something may be entered for it.

    Parameters
    ----------
    clients
        client_id to place, of everybody on it.
    """

    list_id: str
    officer_id: str
    branch_id: str
    as_of: date
    clients: Mapping[str, int]

    @classmethod
    def of(cls, page: OfficerList) -> "Sheet":
        """The sheet of a list."""
        places = {line.client_id: line.place for line in page.lines}
        return cls(page.list_id, page.officer_id, page.branch_id, page.as_of, places)

    @property
    def is_desk(self) -> bool:
        """Whether it is the retention desk's."""
        return self.officer_id == DESK


@dataclass(frozen=True)
class Given:
    """What was found at one line. Made by `Given.of`, which reads text; `refuse_unfit` compares it with its list.

    Parameters
    ----------
    outcome_id
        A UUID made where it was entered, so that it is kept once however often it is sent.
    happened_on
        The day of the contact, or on which the line was passed over.
    kind
        One of `KINDS`, or "none".
    reasons
        Driver codes in the client's own order.
    promised_on
        The day by which the client means to come back.
    do_not_contact
        The client asked for peace.
    wrong
        What the list says is wrong; kept for those who mend data.
    override
        Why the line was passed over, one of `OVERRIDES`; empty otherwise.
    consent
        The client agreed that a sensitive reason be written down.
    based_on
        The outcome this one corrects, as it was seen by whoever corrects it.
    """

    outcome_id: str
    client_id: str
    happened_on: date
    kind: str
    code: Code
    reasons: tuple[str, ...] = ()
    promised_on: date | None = None
    do_not_contact: bool = False
    wrong: bool = False
    override: str = ""
    note: str = ""
    consent: bool = False
    based_on: str | None = None

    @classmethod
    def of(
        cls,
        *,
        outcome_id: str,
        client_id: str,
        happened_on: str | date,
        code: str,
        kind: str = "",
        reasons: Iterable[str] = (),
        promised_on: str | date | None = None,
        do_not_contact: bool = False,
        wrong: bool = False,
        override: str = "",
        note: str = "",
        consent: bool = False,
        based_on: str | None = None,
    ) -> "Given":
        """What was found, from the text of a form, a file or a request.

        Raises
        ------
        OutcomeRefused
            It cannot be read, something is missing, or what is said does not go together.
        """
        found = code_of(code)
        if found is None:
            raise OutcomeRefused(Why.CODE)
        if not printable(client_id):
            raise OutcomeRefused(Why.NOT_FOUND)
        given = cls(
            outcome_id=as_id(outcome_id),
            client_id=client_id,
            happened_on=_day(happened_on),
            kind=kind or (NO_CONTACT if not found.contact else ""),
            code=found,
            reasons=tuple(reason.strip().upper() for reason in reasons if reason.strip()),
            promised_on=None if promised_on in (None, "") else _day(promised_on),
            do_not_contact=do_not_contact,
            wrong=wrong,
            override=override or ("line_wrong" if wrong and Need.OVERRIDE in found.needs else ""),
            note=one_line(note),
            consent=consent,
            based_on=as_id(based_on) if based_on else None,
        )
        _agree(given)
        return given


def refuse_unfit(given: Given, sheet: Sheet, role: str, today: date) -> None:
    """Refuse what does not fit the list it is said of, or is not for this role to say.

    Parameters
    ----------
    role
        Of whoever enters it.
    today
        The newest day something can have happened on.

    Raises
    ------
    OutcomeRefused
        It does not.
    """
    asked = [REASONS[code] for code in given.reasons]
    refuse_if(given.client_id not in sheet.clients, Why.NOT_FOUND)
    refuse_if(role not in given.code.by or any(role not in reason.by for reason in asked), Why.NOT_YOURS)
    refuse_if(any(reason.consent for reason in asked) and not given.consent, Why.CONSENT)
    refuse_if(given.code.code == "H" and sheet.is_desk, Why.DESK_LINE)
    refuse_if(given.code.code == "H" and not sheet.branch_id, Why.BRANCH)
    refuse_if(given.happened_on > today, Why.FUTURE)
    refuse_if(given.happened_on < sheet.as_of - timedelta(days=DAYS_BEFORE_LIST), Why.TOO_EARLY)


def refuse_if(wrong: bool, why: Why) -> None:  # noqa: FBT001
    """Refuse, if it is so."""
    if wrong:
        raise OutcomeRefused(why)


def printable(text: str) -> bool:
    r"""Whether a text holds letters and signs alone: no control characters, no halves, nothing that turns text around.

    >>> printable("Wanjiru Ng'ang'a"), printable("a\x00"), printable("\u202eabc")
    (True, False, False)
    """
    return all(sign in _JOINERS or not unicodedata.category(sign).startswith("C") for sign in text)


def one_line(note: str) -> str:
    """A note as it is kept: on one line, of printable signs, at most 500.

    Raises
    ------
    OutcomeRefused
        It is longer, or holds signs that cannot be printed.
    """
    refuse_if(len(note) > 2 * LONGEST_NOTE, Why.NOTE_LONG)
    flat = " ".join(part.strip() for part in note.replace("\t", " ").splitlines()).strip()
    refuse_if(not printable(flat), Why.SIGNS)
    refuse_if(len(flat) > LONGEST_NOTE, Why.NOTE_LONG)
    return flat


def _agree(given: Given) -> None:
    """Refuse what does not go together, whatever the list."""
    code = given.code
    if code.contact:
        refuse_if(given.kind not in KINDS, Why.KIND)
        refuse_if(given.kind not in code.kinds, Why.KIND_DIFFERS)
    else:
        refuse_if(given.kind != NO_CONTACT, Why.KIND_DIFFERS)
    refuse_if(Need.PROMISED_ON in code.needs and given.promised_on is None, Why.PROMISE_NEEDED)
    if given.promised_on is not None:
        refuse_if(code.contact not in _PROMISING, Why.PROMISE_UNASKED)
        refuse_if(given.promised_on <= given.happened_on, Why.PROMISE_EARLY)
        refuse_if((given.promised_on - given.happened_on).days > FURTHEST_PROMISE_DAYS, Why.PROMISE_LATE)
    refuse_if(Need.REASON in code.needs and not given.reasons, Why.REASON_NEEDED)
    refuse_if(any(reason not in REASONS for reason in given.reasons), Why.REASON)
    refuse_if(len(set(given.reasons)) < len(given.reasons), Why.REASON_TWICE)
    refuse_if(len(given.reasons) > MOST_REASONS, Why.REASONS_MANY)
    refuse_if(bool(given.reasons) and code.contact not in _SPOKEN, Why.REASON_UNASKED)
    refuse_if(Need.OVERRIDE in code.needs and not given.override, Why.OVERRIDE_NEEDED)
    refuse_if(bool(given.override) and given.override not in OVERRIDES, Why.OVERRIDE)
    refuse_if(bool(given.override) and Need.OVERRIDE not in code.needs, Why.OVERRIDE_UNASKED)
    refuse_if(given.override == NEEDS_NOTE and not given.note, Why.NOTE_NEEDED)


def _day(day: str | date | None) -> date:
    if isinstance(day, date):
        return day
    text = (day or "").strip()
    try:
        refuse_if(len(text) != 10, Why.NOT_A_DATE)
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day on the owner's calendar
    except ValueError as error:
        raise OutcomeRefused(Why.NOT_A_DATE) from error


def as_id(text: str) -> str:
    """The id of an entry, as it is kept.

    Raises
    ------
    OutcomeRefused
        It is no UUID.
    """
    try:
        refuse_if(len(text) != 36, Why.NO_ID)
        return str(UUID(text))
    except ValueError as error:
        raise OutcomeRefused(Why.NO_ID) from error
