"""What may be found at a line of a list: codes short enough for a pencil, and what each means for the book.

Why these. A code is one capital letter, so that it fits the reply box of a paper line; letters easily taken for others
(I, J, Q, V, Y, Z) and figures are left out, and a zero is read as O. There is one code for every way of leaving that
can be learnt on a visit, because a leaving that is not told apart is counted as churn: dying and going on at another
branch are no exits, the group's doing is not the client's choice, resting becomes an exit only when the grace period is
over, and needing no credit is an exit but no failure. What only the MFI's own records can say (written off, the same
person twice) has no code. Having been turned away by the MFI has one, which managers and the desk alone may enter:
nobody is asked to report on oneself. For the same reason the officer's form holds no reason about staff.

A code also says whether a contact was made, and with what result; handing a line on or passing it over is none, so it
begins no cool-off. The reasons for passing over are a closed list in neutral words: a list may be read by others in the
village.

The client's own reasons are the driver codes of `features.drivers`, in the client's order and words. The sensitive ones
(illness, family, faith) and those about staff or bribes are entered by the desk alone, the sensitive ones only with the
client's consent, and they are read back only by whoever might have entered them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from features.leaver_type import LeaverType


class Need(StrEnum):
    """What must be told besides the code."""

    PROMISED_ON = "promised_on"
    REASON = "reason"
    OVERRIDE = "override"


OFFICER, MANAGER, DESK = "officer", "manager", "desk"
_ALL = frozenset({OFFICER, MANAGER, DESK})
_ABOVE = frozenset({MANAGER, DESK})
_DESK = frozenset({DESK})


@dataclass(frozen=True)
class Code:
    """One thing that may be found.

    Parameters
    ----------
    code
        One capital letter.
    name
        English, for the catalogues; short enough for the legend of a paper list.
    contact
        Result of the contact as `contacts.result` has it; empty where nobody was contacted.
    leaver_type
        How the client left, where the code says that she did.
    needs
        What must be told besides.
    by
        Roles that may enter it.
    kinds
        Kinds of contact it can come of.
    """

    code: str
    name: str
    contact: str
    leaver_type: LeaverType | None = None
    needs: frozenset[Need] = frozenset()
    by: frozenset[str] = _ALL
    kinds: tuple[str, ...] = ("meeting", "visit", "call", "message")

    @property
    def on_paper(self) -> bool:
        """Whether it stands in the legend of an officer's paper list."""
        return OFFICER in self.by


def _needs(*needs: Need) -> frozenset[Need]:
    return frozenset(needs)


_CODES = (
    Code("S", "Stays, will borrow again", "reached"),
    Code("T", "Thinking about it", "reached"),
    Code("R", "Rests, will come back (date)", "promised", LeaverType.REST, _needs(Need.PROMISED_ON)),
    Code("L", "Leaves by own choice (reason)", "reached", LeaverType.VOL, _needs(Need.REASON)),
    Code("G", "Needs no more credit", "reached", LeaverType.GRAD),
    Code("M", "Moved away", "other", LeaverType.MOVED),
    Code("B", "Goes on at another branch or officer of ours", "other", LeaverType.XFER),
    Code("P", "Was put out by the group", "reached", LeaverType.PUSH_GRP),
    Code("E", "The group has ended", "other", LeaverType.GROUP_END),
    Code("U", "Was turned away by us", "reached", LeaverType.PUSH_MFI, by=_ABOVE),
    Code("D", "Has died", "other", LeaverType.DIED),
    Code("N", "Not reached", "not_reached"),
    Code("W", "Wrong or dead number", "wrong_number", kinds=("call", "message")),
    Code("X", "Did not want to talk", "refused"),
    Code("H", "Handed to the manager", "", kinds=()),
    Code("O", "Passed over (reason)", "", needs=_needs(Need.OVERRIDE), kinds=()),
)

#: Every code by its letter, in the order of the legend.
CODES: Mapping[str, Code] = MappingProxyType({code.code: code for code in _CODES})


@dataclass(frozen=True)
class Kind:
    """A kind of contact, with the letter that stands for it on paper."""

    kind: str
    name: str
    letter: str


#: How a client was met or tried; values of `contacts.kind` (a survey is no visit of the week).
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.kind: kind
        for kind in (
            Kind("meeting", "At the meeting", "M"),
            Kind("visit", "Visit", "V"),
            Kind("call", "Call", "C"),
            Kind("message", "Message", "T"),
        )
    }
)
#: Stands for the kind where nobody was contacted.
NO_CONTACT = "none"

#: Why a line was passed over; what is "other" needs a note.
OVERRIDES: Mapping[str, str] = MappingProxyType(
    {
        "known": "I know already what the client plans",
        "seen": "I saw the client a short while ago",
        "somebody_else": "Somebody else is seeing the client",
        "bad_moment": "It is not a good moment for the client",
        "not_safe": "The way or the visit is not safe",
        "no_time": "There was no time this week",
        "line_wrong": "What the list says is wrong",
        "other": "Something else, see the note",
    }
)
NEEDS_NOTE = "other"


@dataclass(frozen=True)
class Reason:
    """A reason a client may give.

    Parameters
    ----------
    code
        A driver code of `features.drivers`.
    name
        English, for the catalogues, in the client's words.
    by
        Roles that may enter it, and read it back.
    consent
        Whether the client must have agreed that it be written down.
    """

    code: str
    name: str
    by: frozenset[str] = _ALL
    consent: bool = False


_REASONS = (
    Reason("ARR-1", "Fell behind with payments"),
    Reason("ARR-2", "Instalments too heavy"),
    Reason("PAY-1", "Wanted to be free of debt"),
    Reason("AMT-1", "Loan smaller than asked for"),
    Reason("AMT-2", "Loans do not grow any more"),
    Reason("TRM-1", "Payment days do not fit the business"),
    Reason("PRC-1", "Too dear"),
    Reason("SAV-1", "Savings are locked"),
    Reason("WAIT-1", "Money came too late"),
    Reason("DEN-1", "Last request was refused"),
    Reason("DOC-1", "Too much paperwork"),
    Reason("GRP-1", "Had to pay for others in the group"),
    Reason("GRP-2", "Meetings take too much time"),
    Reason("GRP-3", "Quarrel in the group"),
    Reason("OFF-1", "The officer changed"),
    Reason("OFF-2", "Nobody came by"),
    Reason("OFF-3", "How staff behaved", _DESK),
    Reason("CMP-1", "A complaint is not settled"),
    Reason("NEW-1", "New here, not used to it"),
    Reason("RNW-1", "Nobody asked what comes next"),
    Reason("RST-1", "Always pauses between loans"),
    Reason("CMPT-1", "Borrows elsewhere"),
    Reason("OVD-1", "Too many debts already"),
    Reason("BUS-1", "Business is weak or closed"),
    Reason("SEA-1", "Wrong season"),
    Reason("SHK-1", "Flood, strike or prices hit everybody"),
    Reason("DST-1", "Branch or meeting too far"),
    Reason("MOV-1", "Is moving"),
    Reason("CHN-1", "Number changed or phone lost"),
    Reason("DIG-1", "Paying by phone does not work"),
    Reason("INF-1", "Did not understand the terms"),
    Reason("POL-1", "Rules or products changed"),
    Reason("GRD-1", "Has enough money of her or his own"),
    Reason("HLT-1", "Illness or a death in the family", _DESK, consent=True),
    Reason("FAM-1", "Family matters", _DESK, consent=True),
    Reason("REL-1", "Faith", _DESK, consent=True),
    Reason("FRD-1", "Bribes or cheating", _DESK),
    Reason("OTH-9", "Something else"),
    Reason("UNK-0", "Did not say"),
)

#: Every reason by its driver code, in the order of the taxonomy.
REASONS: Mapping[str, Reason] = MappingProxyType({reason.code: reason for reason in _REASONS})

#: The client gave no reason.
NOT_SAID = "UNK-0"

#: Reasons that go no further than the table of outcomes: into no book, no export and onto no list.
KEPT_BACK = frozenset(code for code, reason in REASONS.items() if OFFICER not in reason.by)

#: How an outcome came in.
CHANNELS = ("phone", "desk", "api", "paper", "file")

#: Every message of this module, for the catalogues.
MESSAGES: tuple[str, ...] = (
    *(code.name for code in _CODES),
    *(kind.name for kind in KINDS.values()),
    *OVERRIDES.values(),
    *(reason.name for reason in _REASONS),
)


def codes_for(role: str) -> tuple[Code, ...]:
    """Codes that somebody of a role may enter, in the order of the legend.

    >>> "".join(code.code for code in codes_for("officer"))
    'STRLGMBPEDNWXHO'
    """
    return tuple(code for code in _CODES if role in code.by)


def reasons_for(role: str) -> tuple[Reason, ...]:
    """Reasons that somebody of a role may enter and read back, in the order of the taxonomy.

    >>> [reason.code for reason in reasons_for("desk") if reason.consent]
    ['HLT-1', 'FAM-1', 'REL-1']
    """
    return tuple(reason for reason in _REASONS if role in reason.by)


def code_of(text: str) -> Code | None:
    """The code somebody wrote, whatever the case; a zero is an O. None if it is none.

    >>> code_of(" r ").name, code_of("0").code, code_of("?")
    ('Rests, will come back (date)', 'O', None)
    """
    return CODES.get(text.strip().upper().replace("0", "O"))
