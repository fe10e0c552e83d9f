"""Entering and deciding outcomes as somebody: kept and written to the audit log together, or not at all."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Connection

from serving import handovers, holds, issued, outcomes
from serving.access import OPERATOR, Actor, Person, Role
from serving.audit import Detail, pseudonym
from serving.audit import record as log
from serving.events import Event
from serving.given import Given, OutcomeRefused, Sheet, Why
from serving.handovers import Handover
from serving.holds import Held
from serving.line import OfficerList
from serving.outcomes import Answer, By, Keep, Outcome, Recorded


def may_enter(person: Person, officer_id: str, branch_id: str, *, is_desk: bool, on_paper: bool = False) -> bool:
    """Whether somebody may enter what was found for a list.

    Parameters
    ----------
    on_paper
        The check letters printed on it were given; then the desk may type in any list.
    """
    typist = on_paper and person.scope.role is Role.DESK
    return typist or person.scope.may_record(officer_id, branch_id, is_desk=is_desk)


def sheet_again(connection: Connection, page: OfficerList) -> Sheet:
    """The sheet of a list read before, as it is now: whoever was erased meanwhile does not stand on it any more.

    Parameters
    ----------
    connection
        Of the `Store.write` in which something is entered for it.

    Raises
    ------
    OutcomeRefused
        The list is gone.
    """
    found = issued.sheet(connection, page.list_id, page.check)
    if found is None:
        raise OutcomeRefused(Why.NOT_FOUND)
    return Sheet.of(found[1])


def channel_of(person: Person) -> str:
    """How something that was not typed in from paper came in: a token is a machine's, a session a person's."""
    if person.csrf is None:
        return "api"
    return "phone" if person.scope.role is Role.OFFICER else "desk"


def enter(
    connection: Connection, person: Person, sheet: Sheet, given: Given, channel: str, at: datetime, today: date
) -> Recorded:
    """As `serving.outcomes.record`, in the name of somebody who may.

    Raises
    ------
    OutcomeRefused
        It does not fit, or is not theirs to enter; nothing was kept.
    """
    on_paper = channel == "paper"
    if not may_enter(person, sheet.officer_id, sheet.branch_id, is_desk=sheet.is_desk, on_paper=on_paper):
        raise OutcomeRefused(Why.NOT_FOUND)
    by = By(person.actor, str(person.scope.role), channel)
    return _entered(connection, sheet, given, by, person.by, at, today)


def enter_handed(
    connection: Connection,
    person: Person,
    sheet: Sheet,
    handed: Handover,
    given: Given,
    channel: str,
    at: datetime,
    today: date,
) -> Recorded:
    """As `enter`, by the manager of the branch the line was handed over to; with that it is dealt with.

    Raises
    ------
    OutcomeRefused
        It does not fit, or the line was not handed to theirs; nothing was kept.
    """
    theirs = person.scope.role is Role.MANAGER and person.scope.of == handed.branch_id
    if not theirs or (sheet.list_id, given.client_id) != (handed.list_id, handed.client_id):
        raise OutcomeRefused(Why.NOT_FOUND)
    kept = _entered(connection, sheet, given, By(person.actor, str(Role.MANAGER), channel), person.by, at, today)
    mark_done(connection, person, handed, at)
    return kept


def mark_done(connection: Connection, person: Person, handed: Handover, at: datetime) -> None:
    """Write down that a line which was handed over is dealt with, once."""
    if handovers.done(connection, handed.handover_id, person.actor, at) == handed:
        return
    subject = pseudonym(connection, handed.client_id)
    log(connection, at, person.actor, person.by.role, Event.HANDOVER_DONE, subject, list=handed.list_id)


def enter_as_operator(connection: Connection, sheet: Sheet, given: Given, at: datetime, today: date) -> Recorded:
    """As `serving.outcomes.record`, from a file that somebody imports on the server."""
    return _entered(connection, sheet, given, By(OPERATOR.name, str(Role.DESK), "file"), OPERATOR, at, today)


def decide(
    connection: Connection, person: Person, outcome_id: str, keep: Keep, channel: str, at: datetime, today: date
) -> Outcome:
    """As `serving.outcomes.settle`, in the name of somebody who may enter outcomes for the list.

    Raises
    ------
    OutcomeRefused
        There is no such conflict of theirs, it was decided otherwise, or somebody above entered what stands.
    """
    waiting = outcomes.one(connection, outcome_id)
    if waiting is None or not may_enter(person, waiting.officer_id, waiting.branch_id, is_desk=waiting.is_desk):
        raise OutcomeRefused(Why.NOT_FOUND)
    handed = _handed(connection, waiting.list_id, waiting.client_id)
    held = outcomes.settle(connection, outcome_id, keep, By(person.actor, str(person.scope.role), channel), at, today)
    subject = pseudonym(connection, waiting.client_id)

    def told(event: Event, **detail: Detail) -> None:
        log(connection, at, person.actor, person.by.role, event, subject, list=waiting.list_id, **detail)

    told(Event.OUTCOME_SETTLED, kept=str(keep))
    _tell_handed(handed, _handed(connection, waiting.list_id, waiting.client_id), told)
    return held


def _entered(
    connection: Connection, sheet: Sheet, given: Given, by: By, actor: Actor, at: datetime, today: date
) -> Recorded:
    client, list_id = given.client_id, sheet.list_id
    before, handed = _peace(connection, client, today), _handed(connection, list_id, client)
    kept = outcomes.record(connection, sheet, given, by, at, today)

    def told(event: Event, **detail: Detail) -> None:
        log(connection, at, actor.name, actor.role, event, pseudonym(connection, client), **detail)

    def of_list(event: Event, **detail: Detail) -> None:
        told(event, list=list_id, **detail)

    if kept.status is Answer.SAME:
        if kept.other is not None:
            of_list(Event.OUTCOME_VIEWED)
        return kept
    of_list(Event.OUTCOME_RECORDED, channel=by.channel, status=str(kept.status))
    after = _peace(connection, client, today)
    for held in (*before, *after):
        if held not in after:
            told(Event.HOLD_LIFTED, kind=str(held.kind), reach=str(held.reach))
        elif held not in before:
            told(Event.HOLD_PLACED, kind=str(held.kind), reach=str(held.reach), until=None)
    _tell_handed(handed, _handed(connection, list_id, client), of_list)
    return kept


def _handed(connection: Connection, list_id: str, client_id: str) -> dict[str, str]:
    """Handovers of a line, by id, and to which branch."""
    there = handovers.of_client(connection, client_id)
    return {each.handover_id: each.branch_id for each in there if each.list_id == list_id}


def _tell_handed(before: dict[str, str], after: dict[str, str], told: Callable[..., None]) -> None:
    """Write down what became of a line that waited, or waits now, at a branch."""
    for number, branch in (before | after).items():
        if number not in after:
            told(Event.LINE_TAKEN_BACK, branch=branch)
        elif number not in before:
            told(Event.LINE_HANDED_OVER, branch=branch)


def _peace(connection: Connection, client_id: str, today: date) -> list[Held]:
    return [held for held in holds.every(connection, target=client_id) if held.holds_on(today)]
