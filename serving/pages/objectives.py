"""The page of objectives: where they stand, how they got there, and what becomes of findings."""

from fastapi import APIRouter, Request, Response

from features.errors import UsageError
from serving import findings
from serving.analysis.of_findings import of_loop
from serving.analysis.of_objectives import AT, of_courses, of_objectives
from serving.analysis.section import Section, by_name
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.charts.chart import NARROW, WIDE, Chart
from serving.charts.pictures import Pictures
from serving.events import Event
from serving.objectives.read import Courses, read_courses
from serving.pages.analysis_page import Analyst, lay_out
from serving.pages.chart_files import as_file, as_picture
from serving.pages.rendering import PAGES
from serving.pages.sent import Done, said
from serving.pages.site import moment, tongue

router = APIRouter(prefix=AT, **PAGES)

_PICTURES = Pictures()


@router.get("")
def objectives(request: Request, shared: TheServed, person: Analyst, done: Done = "") -> Response:
    """Where objectives stand, each with its course, and the feedback loop."""
    today = moment(shared).today
    read, wrong = _read(shared)
    with shared.store.read() as connection:
        loop = findings.every(connection)
    shared.record(person, Event.OBJECTIVES_VIEWED, objectives=len(read.courses))
    shared.record(person, Event.FINDINGS_VIEWED, points=len(loop))
    shown = [of_objectives([each.standing for each in read.courses], read.not_smart)]
    shown += [Section.of(chart, AT) for chart in of_courses(read.courses, today)]
    told = said(done, tongue(request, shared, person))
    sections = [*shown, of_loop(loop, today)]
    return lay_out(request, shared, person, "/objectives", sections, "objectives.html", about=wrong, said=told)


@router.get("/chart/{name}/{width}")
def chart(shared: TheServed, person: Analyst, name: str, width: int) -> Response:
    """The drawing of an objective's course, for a narrow or a wide screen."""
    if width not in (NARROW, WIDE):
        raise not_found()
    drawn = _PICTURES.of(_chart(shared, name), width)
    shared.record(person, Event.OBJECTIVES_VIEWED, name, objectives=1)
    return as_picture(drawn)


@router.get("/table/{name}")
def table(shared: TheServed, person: Analyst, name: str) -> Response:
    """The figures of an objective's course, for a spreadsheet."""
    found = _chart(shared, name)
    shared.record(person, Event.OBJECTIVES_VIEWED, name, objectives=1)
    return as_file(found)


def _chart(shared: Served, name: str) -> Chart:
    found = by_name(of_courses(_read(shared)[0].courses, moment(shared).today))
    if name not in found:
        raise not_found()
    return found[name]


def _read(shared: Served) -> tuple[Courses, str]:
    """Objectives, and what is wrong with their file."""
    try:
        with shared.store.read() as connection:
            return read_courses(connection, shared.home.path, moment(shared).today), ""
    except UsageError as error:
        return Courses(), f"No objective can be read: {error}."
