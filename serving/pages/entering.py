"""What is entered on a page: which line it is about, and what may be entered of somebody who is left in peace."""

from serving import entering
from serving.access import Person
from serving.api.errors import not_found
from serving.api.served import Served
from serving.given import Given, OutcomeRefused, Why
from serving.line import Line, OfficerList
from serving.outcomes import Keep, Outcome, Recorded
from serving.peace import Peace


def line_at(page: OfficerList, place: int) -> Line:
    """The line with a number; the same answer as for a list that is not there."""
    found = next((line for line in page.lines if line.place == place), None)
    if found is None:
        raise not_found()
    return found


def fits_peace(given: Given, peace: Peace | None) -> bool:
    """Whether it may be entered of somebody under a hold: only what came before it, or a correction, may."""
    new = given.based_on is None and bool(given.code.contact)
    return peace is None or peace.from_on is None or not new or given.happened_on <= peace.from_on


def enter(shared: Served, person: Person, page: OfficerList, given: Given, channel: str) -> Recorded:
    """Keep what was found at a line; the same answer as for a list that is not there, if the line is gone meanwhile.

    Raises
    ------
    OutcomeRefused
        It does not fit; nothing was kept.
    """
    try:
        return enter_typed(shared, person, page, given, channel)
    except OutcomeRefused as refused:
        if refused.why is Why.NOT_FOUND:
            raise not_found() from None
        raise


def enter_typed(shared: Served, person: Person, page: OfficerList, given: Given, channel: str) -> Recorded:
    """As `enter`, one line of many: a line that is gone is refused like any other that does not fit.

    Raises
    ------
    OutcomeRefused
        It does not fit; nothing was kept.
    """
    with shared.store.write() as connection:
        sheet = entering.sheet_again(connection, page)
        return entering.enter(connection, person, sheet, given, channel, shared.now(), shared.today())


def decide(shared: Served, person: Person, outcome_id: str, keep: Keep) -> Outcome:
    """Decide between two outcomes of a line; the same answer for another's and for none.

    Raises
    ------
    OutcomeRefused
        It was decided otherwise, or somebody above entered the one that stands.
    """
    channel = entering.channel_of(person)
    try:
        with shared.store.write() as connection:
            return entering.decide(connection, person, outcome_id, keep, channel, shared.now(), shared.today())
    except OutcomeRefused as refused:
        if refused.why is Why.NOT_FOUND:
            raise not_found() from None
        raise
