"""What every page for analysts has: who may read it, its tabs, what can be chosen on it, and its sections."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    ("/effect", "Effect"),
    ("/objectives", "Objectives"),
    ("/survey", "Survey"),
)
#: Pages within a page, in order: address and title.
WITHIN: Mapping[str, Sequence[tuple[str, str]]] = {
    "/drivers": (
        ("/drivers", "What weighs"),
        ("/drivers/segments", "By segment"),
        ("/deciles", "Over each figure"),
        ("/events", "After an event"),
    )
}


def _analyst(person: Visitor) -> Person:
    if not person.scope.sees_numbers:
        raise not_found()
    return person


Analyst = Annotated[Person, Depends(_analyst)]


@dataclass(frozen=True)
class Choice:
    """Something to choose on a page, too long for tabs.

    Parameters
    ----------
    title
        What is chosen.
    key
        Its name in the address.
    options
        Group to value and text of each; one group without a name where there are none.
    chosen
        The value in force.
    """

    title: str
    key: str
    options: Mapping[str, Sequence[tuple[str, str]]]
    chosen: str


def page(
    request: Request,
    shared: Served,
    person: Person,
    at: str,
    sections: Iterable[Section],
    said: str,
    *,
    ways: Iterable[tuple[str, bool]] = (),
    key: str = "by",
    choices: Sequence[Choice] = (),
    reports: Iterable[tuple[str, str]] = (),
) -> Response:
    """A page for analysts, once it is written down that it was seen.

    Parameters
    ----------
    at
        Its address: one of `PLACES` or of `WITHIN`.
    ways
        Tabs of the page itself, each with whether it is the one in force.
    key
        What the tabs change.
    choices
        What can be chosen besides.
    reports
        Address and month of each report.
    """
    shared.record(person, Event.FIGURES_VIEWED, page=f"analysis{at}")
    named = [(f"/analysis{at}?{key}={way}", way, chosen) for way, chosen in ways]
    return lay_out(
        request, shared, person, at, list(sections), about=said, ways=named, choices=choices, reports=reports
    )


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
    choices: Sequence[Choice] = (),
    reports: Iterable[tuple[str, str]] = (),
    **values: object,
) -> Response:
    """A page for analysts; whoever makes it writes down first that it is read.

    Parameters
    ----------
    at
        Which of `PLACES` or of `WITHIN` it is, or belongs to.
    said
        What has just been done.
    about
        What is said before everything else.
    title
        Of the page; empty for the place's own.
    ways
        Address, text and whether it is this one, of what else could be shown here.
    choices
        What can be chosen besides.
    reports
        Address and month of each report.
    """
    place = next((outer for outer, inner in WITHIN.items() if at in dict(inner)), at)
    return show(
        request,
        shared,
        person,
        template,
        status,
        said,
        title=title or dict(PLACES)[place],
        places=[(f"/analysis{address}", name, address == place) for address, name in PLACES],
        within=[(f"/analysis{address}", name, address == at) for address, name in WITHIN.get(place, ())],
        about=about,
        sections=sections,
        ways=list(ways),
        choices=choices,
        reports=list(reports),
        narrow=NARROW,
        wide=WIDE,
        **values,
    )
