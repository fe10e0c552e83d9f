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
    shown = list(sections)
    place = next((outer for outer, inner in WITHIN.items() if at in dict(inner)), at)
    within = WITHIN.get(place, ())
    shared.record(person, Event.FIGURES_VIEWED, page=f"analysis{at}")
    return show(
        request,
        shared,
        person,
        "analysis.html",
        title=dict(PLACES)[place],
        places=[(f"/analysis{address}", title, address == place) for address, title in PLACES],
        within=[(f"/analysis{address}", title, address == at) for address, title in within],
        about=said,
        sections=shown,
        ways=[(f"/analysis{at}?{key}={way}", way, chosen) for way, chosen in ways],
        choices=choices,
        reports=list(reports),
        narrow=NARROW,
        wide=WIDE,
    )
