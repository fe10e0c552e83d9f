"""What every page for analysts has: who may read it, its tabs and its sections."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import Depends, Request, Response

from serving.access import Person
from serving.analysis.section import Section
from serving.api.callers import Visitor
from serving.api.errors import not_found
from serving.api.served import Served
from serving.charts.chart import NARROW, WIDE
from serving.events import Event
from serving.pages.site import show

#: Address and title of each page, in order.
PLACES = (
    ("", "Overview"),
    ("/segments", "Segments"),
    ("/cohorts", "Cohorts"),
    ("/drivers", "Drivers"),
    ("/model", "Model"),
    ("/objectives", "Objectives"),
    ("/survey", "Survey"),
)


def _analyst(person: Visitor) -> Person:
    if not person.scope.sees_numbers:
        raise not_found()
    return person


Analyst = Annotated[Person, Depends(_analyst)]


def page(
    request: Request,
    shared: Served,
    person: Person,
    at: str,
    sections: Iterable[Section],
    said: str,
    *,
    ways: Iterable[tuple[str, bool]] = (),
    reports: Iterable[tuple[str, str]] = (),
) -> Response:
    """A page of figures, once it is written down that it was seen.

    Parameters
    ----------
    ways
        Lengths of period, each with whether it is the one in force.
    reports
        Address and month of each report that can be opened from it.
    """
    shown = list(sections)
    shared.record(person, Event.FIGURES_VIEWED, page=f"analysis{at}")
    named = [(f"/analysis{at}?by={way}", way, chosen) for way, chosen in ways]
    return lay_out(request, shared, person, at, shown, about=said, ways=named, reports=reports)


def lay_out(
    request: Request,
    shared: Served,
    person: Person,
    at: str,
    sections: Sequence[Section],
    template: str = "analysis.html",
    status: int = 200,
    *,
    said: str = "",
    about: str = "",
    title: str = "",
    ways: Iterable[tuple[str, str, bool]] = (),
    reports: Iterable[tuple[str, str]] = (),
    **values: object,
) -> Response:
    """A page for analysts; whoever makes it writes down first that it is read.

    Parameters
    ----------
    at
        Which of `PLACES` it is, or belongs to.
    said
        What has just been done.
    about
        What is said before everything else.
    title
        Of the page; empty for the place's own.
    ways
        Address, text and whether it is this one, of what else could be shown here.
    reports
        Address and month of each report that can be opened from it.
    """
    return show(
        request,
        shared,
        person,
        template,
        status,
        said,
        title=title or dict(PLACES)[at],
        places=[(f"/analysis{address}", name, address == at) for address, name in PLACES],
        about=about,
        sections=sections,
        ways=list(ways),
        reports=list(reports),
        narrow=NARROW,
        wide=WIDE,
        **values,
    )
