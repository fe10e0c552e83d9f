"""The branch manager's page: what becomes of this week's lists, what waits, and figures without a league table."""

from dataclasses import dataclass, replace
from datetime import date

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from serving import handovers, issued
from serving.access import Role
from serving.api.callers import Visitor
from serving.api.served import Served, TheServed
from serving.documents.content import span
from serving.events import Event
from serving.experiment import stops
from serving.handovers import Handover
from serving.languages import Language
from serving.line import Line
from serving.pages import figures
from serving.pages.figures import Share
from serving.pages.open_complaints import Complaints, OpenComplaints
from serving.pages.rendering import PAGES
from serving.pages.sent import Done, said
from serving.pages.site import moment, only, show, tongue
from serving.pages.whereabouts import kept_from_branches
from serving.spoken_line import SpokenLine, band_in_words, spoken

router = APIRouter(**PAGES)

_COMPLAINTS = Complaints()


@router.get("/branch")
def branch(request: Request, shared: TheServed, person: Visitor, done: Done = "") -> Response:
    """A manager's own branch in the newest week."""
    only(person, Role.MANAGER)
    language, own = tongue(request, shared, person), person.scope.of
    with shared.store.read() as connection:
        newest = issued.newest(connection)
        if newest is None:
            pages, covered, officers, phones = [], [], [], []
        else:
            pages = [page for page in issued.sheets(connection, newest, branch_id=own) if not page.is_desk]
            covered = figures.coverage(connection, pages, moment(shared).today)
            officers = figures.by_officer(connection, own, newest)
            phones = figures.dead_phones(connection, pages)
        stopped = [] if newest is None else _stopped(connection, newest.as_of, language)
        handed = [_handed(connection, each, language) for each in handovers.of_branch(connection, own)]
    if not pages and not handed:
        return show(request, shared, person, "none.html")
    shared.record(person, Event.FIGURES_VIEWED, own, page="branch")
    return show(
        request,
        shared,
        person,
        "branch.html",
        said=said(done, language),
        branch=pages[0].branch_name or own if pages else own,
        week=span(newest.as_of, language) if newest else "",
        covered=covered,
        total=Share(sum(one.done.some for one in covered), sum(one.done.all for one in covered)),
        late=[one for one in covered if one.late],
        conflicts=sum(one.conflicts for one in covered),
        officers=officers,
        phones=phones,
        complaints=_complaints(shared, own),
        handed=handed,
        stopped=stopped,
        weeks=figures.WEEKS,
        late_after=figures.LATE_AFTER_DAYS,
        percent=figures.percent,
    )


@dataclass(frozen=True)
class _Handed:
    """A line that was handed over.

    Parameters
    ----------
    line, told
        What its list says of it; None where it was erased since, or is not for the branch any more.
    taken_up
        The desk deals with it, for it is about the conduct of staff now.
    """

    each: Handover
    line: Line | None = None
    told: SpokenLine | None = None
    taken_up: bool = False


def _stopped(connection: Connection, day: date, language: Language) -> list[str]:
    """Of which bands lists are stopped: a sentence about all of them, and of no client whether she is one."""
    return [
        language.text(
            "Since {day} nobody in band {band} is put on an officer's list: it seems that more clients leave where "
            "they are visited. Usual service goes on, and the desk hears complaints and those in need.",
            day=language.full_day(stop.stopped_on),
            band=band_in_words(band, language),
        )
        for stop in stops.in_force(connection, day)
        for band in sorted(stop.bands)
    ]


def _handed(connection: Connection, each: Handover, language: Language) -> _Handed:
    if kept_from_branches(connection, each.list_id, each.client_id):
        return _Handed(replace(each, note=""), taken_up=True)
    found = issued.sheet(connection, each.list_id)
    lines = () if found is None else found[1].lines
    line = next((line for line in lines if line.client_id == each.client_id), None)
    return _Handed(each, line, None if line is None else spoken(line, language))


def _complaints(shared: Served, branch_id: str) -> OpenComplaints | None:
    kept = shared.scores()
    return None if kept is None else _COMPLAINTS.of_branch(kept, branch_id)
