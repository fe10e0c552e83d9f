"""The page on which what was found at one line is told, whoever's line it is."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request, Response
from sqlalchemy import Connection
from starlette.datastructures import FormData

from serving import outcomes
from serving.access import Person
from serving.api.served import Served
from serving.events import Event
from serving.given import Given, OutcomeRefused
from serving.line import Line, OfficerList
from serving.outcomes import Answer, Outcome, Recorded, Status
from serving.pages.entering import fits_peace
from serving.pages.found import Filled, filled, form, given_in, new_id, refilled
from serving.pages.sent import field, on
from serving.pages.site import moment, show, tongue
from serving.peace import at_peace


@dataclass(frozen=True)
class At:
    """The line something is told of.

    Parameters
    ----------
    action
        Where the form is sent.
    back, mark
        The page that is read next, and the place on it.
    """

    page: OfficerList
    line: Line
    action: str
    back: str
    mark: str


def asked(request: Request, shared: Served, person: Person, at: At) -> Response:
    """The form, with what is known already."""
    with shared.store.read() as connection:
        standing = _standing(connection, person, at)
    shared.record(person, Event.CLIENT_VIEWED, client=at.line.client_id, numbers=False)
    kind = "call" if at.page.is_desk else "meeting" if at.line.meeting_on else "visit"
    given = filled(standing, kind, moment(shared).today)
    return _page(request, shared, person, at, given, standing.outcome_id if standing else "")


def taken(
    request: Request, shared: Served, person: Person, at: At, sent: FormData, enters: Callable[[Given], Recorded]
) -> Response:
    """Keep what the form says; with a mistake in it, it is shown again as it was filled in.

    Parameters
    ----------
    enters
        Keeps it, in the name of somebody who may.
    """
    language = tongue(request, shared, person)
    with shared.store.read() as connection:
        peace = at_peace(connection, at.page, moment(shared).today, language, shared.settings).get(at.line.client_id)
    try:
        given = given_in(sent, at.line.client_id)
        wrong = "" if fits_peace(given, peace) else language.text("Only what was found before that day can be entered.")
        kept = None if wrong else enters(given)
    except OutcomeRefused as refused:
        wrong, kept = language.text(refused.why.message), None
    if kept is None:
        shared.record(person, Event.CLIENT_VIEWED, client=at.line.client_id, numbers=False)
        return _page(request, shared, person, at, refilled(sent), field(sent, "based_on"), wrong)
    done = "conflict" if kept.status is Answer.CONFLICT or kept.other is not None else "kept"
    return on(at.back, done, at.mark)


def _page(
    request: Request, shared: Served, person: Person, at: At, given: Filled, based_on: str, wrong: str = ""
) -> Response:
    language, today = tongue(request, shared, person), moment(shared).today
    with shared.store.read() as connection:
        peace = at_peace(connection, at.page, today, language, shared.settings).get(at.line.client_id)
    last = today if peace is None or peace.from_on is None or based_on else min(today, peace.from_on)
    fields = form(
        language,
        str(person.scope.role),
        person.csrf or "",
        given,
        outcome_id=new_id(),
        based_on=based_on,
        as_of=at.page.as_of,
        last=last,
    )
    card = at.line.card
    return show(
        request,
        shared,
        person,
        "found.html",
        422 if wrong else 200,
        name=card.name or at.line.client_id,
        where=[part for part in (at.line.client_id, card.group, card.village) if part],
        peace=peace,
        wrong=wrong,
        form=fields,
        action=at.action,
        check=at.page.check,
        back=f"{at.back}#{at.mark}",
    )


def _standing(connection: Connection, person: Person, at: At) -> Outcome | None:
    """The outcome of the line that holds, as this person may read it."""
    entered = outcomes.of_list(connection, at.page.list_id)
    hers = (each for each in entered if each.client_id == at.line.client_id and each.status is Status.ACCEPTED)
    return next((each.seen_by(str(person.scope.role)) for each in hers), None)
