"""What an officer may be asked to do with a client who must be protected first. The set of actions is closed."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from features.drivers import ACTIONS, DRIVERS, Action
from serving.list_settings import ListSettings

#: Actions in which a loan may come up, each classified on purpose: a test asks for every action of the closed set.
SPEAKS_OF_A_LOAN = frozenset(
    {
        Action.ASK_PLANS,
        Action.EXPLAIN_LADDER,
        Action.OTHER_PRODUCT,
        Action.EXPEDITE,
        Action.EXPLAIN_DECISION,
        Action.HELP_WITH_FILE,
        Action.GROUP_MEETING,
        Action.RENEWAL_TALK,
        Action.ASK_RETURN,
    }
)
PROTECTIVE = frozenset({Action.REVIEW, Action.PROTECTIVE_TALK, Action.CLOSE_COMPLAINT, Action.INDEPENDENT_CALL})
SILENT_ON_LOANS = frozenset(Action) - SPEAKS_OF_A_LOAN
#: Actions that are a call; whoever is not safe on the phone gets another.
BY_CALL = frozenset({Action.INDEPENDENT_CALL, Action.WELCOME})

#: Complaints and the conduct of staff are the desk's: no officer's paper or screen ever names them.
ONLY_FOR_THE_DESK = frozenset({"CMP-1", "OFF-3"})

#: The end of a loan stands behind nearly every line; whatever else can be acted on says more about the client.
_ON_NEARLY_EVERY_LIST = frozenset({"RNW-1"})

_NO_COLLECTION_NO_LOAN = "Do not collect at this visit, and do not offer a loan."
_NO_LOAN = "Do not offer a loan or a top-up."
_NO_PRESSURE = "Do not press for a new loan."


@dataclass(frozen=True)
class Protection:
    """Why a client must not hear of a new loan.

    Parameters
    ----------
    complaint
        A complaint is open.
    in_arrears
        Something is past due, or a loan was written off; None where the book cannot tell.
    about_staff
        The complaint names an officer.
    over_indebted
        Several loans at once, or the data shows a heavy burden of instalments.
    no_call
        A call is not safe, or no hour suits both her and the MFI.
    """

    complaint: bool = False
    in_arrears: bool | None = False
    over_indebted: bool = False
    about_staff: bool = False
    no_call: bool = False

    @classmethod
    def of(cls, row: Mapping[Hashable, Any], weigh: Collection[str], settings: ListSettings) -> "Protection":
        """What protects the client of one line.

        Parameters
        ----------
        row
            complaint, about_staff and may_call of `serving.rules.choose`; days_late, lateness_unknown, written_off and
            open_loans of `serving.standing.details`, any of which may not be known.
        weigh
            Codes of all drivers that weigh as much as a reason must, spoken of or not.
        """
        late, unknown, written_off = row["days_late"], row["lateness_unknown"], row["written_off"]
        owes = (not pd.isna(late) and float(late) >= settings.arrears_days) or (
            not pd.isna(written_off) and bool(written_off)
        )
        open_loans = 0 if pd.isna(row["open_loans"]) else int(row["open_loans"])
        return cls(
            complaint=bool(row["complaint"]),
            in_arrears=True if owes else None if pd.isna(unknown) or unknown else False,
            over_indebted=open_loans >= settings.many_loans or (open_loans > 0 and "OVD-1" in weigh),
            about_staff=bool(row["about_staff"]),
            no_call=not row["may_call"],
        )

    @property
    def protected(self) -> bool:
        """Whether only a protective action is possible."""
        return self.complaint or bool(self.in_arrears) or self.over_indebted


@dataclass(frozen=True)
class Advice:
    """One thing to do and one thing not to do."""

    action: Action
    avoid: str

    @property
    def sentence(self) -> str:
        """The action in plain words."""
        return ACTIONS[self.action]


def advise(drivers: Sequence[str], protection: Protection) -> Advice:
    """One action and one thing to avoid: those of the strongest driver that can be acted on and is particular to her.

    Parameters
    ----------
    drivers
        Codes behind the line's reasons, strongest first.
    protection
        What must come before any talk about keeping the client.

    Examples
    --------
    >>> advise(["RNW-1"], Protection()).action
    <Action.RENEWAL_TALK: 'renewal_talk'>
    >>> advise(["RNW-1", "AMT-1"], Protection()).action
    <Action.EXPLAIN_LADDER: 'explain_ladder'>
    >>> advise(["RNW-1"], Protection(in_arrears=True)).action
    <Action.REVIEW: 'review'>
    """
    if protection.complaint:
        by_others = protection.about_staff and not protection.no_call
        return Advice(Action.INDEPENDENT_CALL if by_others else Action.CLOSE_COMPLAINT, DRIVERS["CMP-1"].avoid)
    if protection.in_arrears:
        return Advice(Action.REVIEW, _NO_COLLECTION_NO_LOAN)
    if protection.over_indebted:
        return Advice(Action.PROTECTIVE_TALK, _NO_LOAN)
    possible = [DRIVERS[code] for code in drivers if DRIVERS[code].shown and DRIVERS[code].action is not Action.NONE]
    if protection.in_arrears is None:
        possible = [driver for driver in possible if driver.action in SILENT_ON_LOANS]
    if protection.no_call:
        possible = [driver for driver in possible if driver.action not in BY_CALL]
    can_be_acted_on = [driver for driver in possible if driver.actionable]
    particular = [driver for driver in can_be_acted_on if driver.code not in _ON_NEARLY_EVERY_LIST]
    for driver in [*particular, *can_be_acted_on, *possible]:
        return Advice(driver.action, driver.avoid)
    return Advice(Action.VISIT, _NO_PRESSURE)
