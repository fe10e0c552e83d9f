"""What was found at each line: kept once, never changed, and never silently overruled."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, insert, update

from serving import handovers, holds
from serving.given import Given, OutcomeRefused, Sheet, Why, refuse_if, refuse_unfit
from serving.holds import Hold, Reach
from serving.kept_outcomes import (
    WRITTEN,
    Outcome,
    Status,
    answered,
    of_client,
    of_list,
    of_week,
    one,
    standing,
    waiting_conflicts,
)
from serving.outcome_codes import DESK, MANAGER, OFFICER
from serving.store.tables import outcomes

__all__ = [
    "Answer",
    "By",
    "Keep",
    "Outcome",
    "Recorded",
    "Status",
    "answered",
    "of_client",
    "of_list",
    "of_week",
    "one",
    "record",
    "settle",
    "waiting_conflicts",
]

_RANK: Mapping[str, int] = MappingProxyType({OFFICER: 1, MANAGER: 2, DESK: 2})


class Answer(StrEnum):
    """What became of an outcome that was sent."""

    ACCEPTED = "accepted"
    SAME = "same"
    CONFLICT = "conflict"


class Keep(StrEnum):
    """How a person decides a conflict: for the outcome that waits, or for the one that stands."""

    THIS = "this"
    OTHER = "other"


@dataclass(frozen=True)
class By:
    """Who enters something.

    Parameters
    ----------
    actor
        As the audit log names them.
    role
        officer, manager or desk.
    channel
        One of `serving.outcome_codes.CHANNELS`.
    """

    actor: str
    role: str
    channel: str

    @property
    def rank(self) -> int:
        """Whose word it is when two differ."""
        return 1 if self.channel in WRITTEN else _RANK[self.role]


@dataclass(frozen=True)
class Recorded:
    """What became of it.

    Parameters
    ----------
    other
        In a conflict, the outcome that stands.
    """

    status: Answer
    outcome_id: str
    other: Outcome | None = None


def record(connection: Connection, sheet: Sheet, given: Given, by: By, at: datetime, today: date) -> Recorded:
    """Keep what was found, once.

    The same outcome sent again changes nothing. A line that has another outcome already keeps it, unless `based_on`
    names it and whoever entered it stands no higher: what comes in waits as a conflict for a person to decide. So
    does an officer's correction of an entry with a reason that is kept back from officers. A wish not to be contacted
    is heeded from that day in either case, and ends only when the outcome that told of it is corrected, or somebody
    lifts the hold.

    Parameters
    ----------
    connection
        Of `Store.write`: the outcome, the peace it asks for and the line it hands on are kept together or not at all.
    at, today
        Now, and the day it is on the MFI's calendar.

    Raises
    ------
    OutcomeRefused
        It does not fit; nothing was kept.
    """
    refuse_unfit(given, sheet, by.role, today)
    known = one(connection, given.outcome_id)
    if known is not None:
        refuse_if(known.list_id != sheet.list_id or not _says_the_same(known, given), Why.ID_TAKEN)
        other = standing(connection, known.list_id, known.client_id) if known.status is Status.CONFLICT else None
        return Recorded(Answer.SAME, known.outcome_id, other)
    before = standing(connection, sheet.list_id, given.client_id)
    if before is not None and _says_the_same(before, given):
        return Recorded(Answer.SAME, before.outcome_id)
    if before is not None and not _may_replace(before, given, by):
        _add(connection, sheet, given, by, at, today, accepted=False)
        return Recorded(Answer.CONFLICT, given.outcome_id, before)
    if before is not None:
        _end(connection, before, at, today)
        _lift_wish_of(connection, before, by, at, today)
    _add(connection, sheet, given, by, at, today, accepted=True)
    return Recorded(Answer.ACCEPTED, given.outcome_id)


def settle(connection: Connection, outcome_id: str, keep: Keep, by: By, at: datetime, today: date) -> Outcome:
    """Decide a conflict. Both outcomes stay stored; one holds.

    Parameters
    ----------
    outcome_id
        The one that waits.
    keep
        ``this`` lets it hold from today in place of the one that stands; ``other`` sets it aside.

    Returns
    -------
    The outcome that holds. Deciding once more in the same way changes nothing.

    Raises
    ------
    OutcomeRefused
        There is none of this id, it was decided otherwise, the one that stands was entered by somebody above, it hands
        a line to the manager of no branch, or an officer would do away with one that keeps a reason back from officers.
    """
    waiting = one(connection, outcome_id)
    if waiting is None:
        raise OutcomeRefused(Why.NOT_FOUND)
    other = standing(connection, waiting.list_id, waiting.client_id)
    if waiting.status is not Status.CONFLICT:
        decided = waiting.settled_at is not None and (waiting.status is not Status.SET_ASIDE) == (keep is Keep.THIS)
        refuse_if(not decided, Why.SETTLED)
        return other or waiting
    settled = {"settled_by": by.actor, "settled_at": at}
    if keep is Keep.OTHER and other is not None:
        refuse_if(_keeps_back(waiting, by), Why.RANK)
        _change(connection, outcome_id, {**settled, "status": Status.SET_ASIDE})
        return other
    refuse_if(waiting.code == "H" and not waiting.branch_id, Why.BRANCH)
    if other is not None:
        refuse_if(_rank(other) > by.rank or _keeps_back(other, by), Why.RANK)
        _end(connection, other, at, today)
    _change(connection, outcome_id, {**settled, "status": Status.ACCEPTED, "accepted_on": today})
    found = one(connection, outcome_id)
    if found is None:
        raise OutcomeRefused(Why.NOT_FOUND)
    if found.code == "H":
        _hand_on(connection, found, by, at)
    return found


def _rank(outcome: Outcome) -> int:
    return By(outcome.entered_by, outcome.entered_role, outcome.channel).rank


def _may_replace(before: Outcome, given: Given, by: By) -> bool:
    above = by.actor == before.entered_by or by.rank >= _rank(before)
    return given.based_on == before.outcome_id and above and not _keeps_back(before, by)


def _keeps_back(outcome: Outcome, by: By) -> bool:
    """Whether an officer would replace what he cannot read; managers decide without reading it."""
    return by.role == OFFICER and outcome.keeps_back_from(by.role)


def _says_the_same(known: Outcome, given: Given) -> bool:
    return (
        known.client_id == given.client_id
        and known.happened_on == given.happened_on
        and known.kind == given.kind
        and known.code == given.code.code
        and known.reasons == given.reasons
        and known.promised_on == given.promised_on
        and known.do_not_contact == given.do_not_contact
        and known.wrong == given.wrong
        and known.override == given.override
        and known.note == given.note
    )


def _add(
    connection: Connection, sheet: Sheet, given: Given, by: By, at: datetime, today: date, *, accepted: bool
) -> None:
    row = Outcome(
        outcome_id=given.outcome_id,
        list_id=sheet.list_id,
        place=sheet.clients[given.client_id],
        client_id=given.client_id,
        officer_id=sheet.officer_id,
        branch_id=sheet.branch_id,
        status=Status.ACCEPTED if accepted else Status.CONFLICT,
        replaces=given.based_on,
        entered_by=by.actor,
        entered_role=by.role,
        channel=by.channel,
        recorded_at=at,
        recorded_on=today,
        happened_on=given.happened_on,
        kind=given.kind,
        code=given.code.code,
        reasons=given.reasons,
        promised_on=given.promised_on,
        do_not_contact=given.do_not_contact,
        wrong=given.wrong,
        override=given.override,
        note=given.note,
        accepted_on=today if accepted else None,
        replaced_at=None,
        replaced_on=None,
        settled_by=None,
        settled_at=None,
    )
    connection.execute(insert(outcomes).values(_values(row)))
    # The wish holds at once, also while somebody has still to decide which of two outcomes is right; and by itself,
    # whatever other peace there is: that may end, and this one does not.
    if given.do_not_contact:
        holds.add(
            connection,
            Hold.DO_NOT_CONTACT,
            Reach.CLIENT,
            given.client_id,
            today,
            None,
            actor=by.actor,
            at=at,
            outcome_id=given.outcome_id,
        )
    if accepted and row.code == "H":
        _hand_on(connection, row, by, at)


def _lift_wish_of(connection: Connection, corrected: Outcome, by: By, at: datetime, today: date) -> None:
    """Whoever corrects an outcome says anew whether there is such a wish; that of any other source stays."""
    for held in holds.every(connection, target=corrected.client_id):
        if held.outcome_id == corrected.outcome_id and held.lifted_on is None:
            holds.lift(connection, held.hold_id, today, actor=by.actor, at=at)


def _end(connection: Connection, before: Outcome, at: datetime, today: date) -> None:
    """Let an outcome hold no longer, and take back a line it handed on."""
    _change(connection, before.outcome_id, {"status": Status.REPLACED, "replaced_at": at, "replaced_on": today})
    if before.code == "H":
        handovers.take_back(connection, before.outcome_id)


def _hand_on(connection: Connection, outcome: Outcome, by: By, at: datetime) -> None:
    handovers.keep(
        connection,
        handovers.Handover(
            handover_id=outcome.outcome_id,
            list_id=outcome.list_id,
            place=outcome.place,
            client_id=outcome.client_id,
            branch_id=outcome.branch_id,
            note=outcome.note,
            handed_by=by.actor,
            handed_at=at,
        ),
    )


def _change(connection: Connection, outcome_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(outcomes).where(outcomes.c.outcome_id == outcome_id).values(values))


def _values(outcome: Outcome) -> dict[str, Any]:
    plain = {field.name: getattr(outcome, field.name) for field in fields(outcome)}
    return plain | {"reasons": ";".join(outcome.reasons), "status": outcome.status.value}
