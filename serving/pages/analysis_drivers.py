"""Pages about drivers: what weighs on clients, by segment, over the tenths of each figure, and after an event."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from features.drivers import DRIVERS
from serving.analysis import of_driver_parts, of_drivers, of_tenths
from serving.analysis.section import Section
from serving.api.errors import not_found
from serving.api.served import TheServed
from serving.charts.chart import Chart
from serving.driver_tables import ALIKE, CHANGE, DECILES, EVENTS, SEGMENTS, SHAPES, DriverTables
from serving.pages.analysis_charts import DRAWN, driver_summary
from serving.pages.analysis_page import Analyst, Choice, page
from serving.pages.rendering import PAGES
from training.drivers.segments import TARGET

router = APIRouter(prefix="/analysis", **PAGES)

_ASSOCIATIONS = "These are associations, not causes."
_AUDIT_ONLY = (
    "Sex, age band and poverty band are here to see whether some leave more than others. No model has them as an "
    "input; what differs between such parts comes from other figures."
)
#: In place of what a part of the tables would show.
_NOT_THERE = {
    CHANGE: "What changed since the quarter before",
    ALIKE: "Figures that move together",
    DECILES: "Exit rates by tenths",
    SEGMENTS: "Drivers by segment",
    TARGET: "The target-client rule",
    EVENTS: "After the officer changed",
}

Asked = Annotated[str | None, Query(max_length=120)]


@router.get("/drivers")
def drivers(request: Request, shared: TheServed, person: Analyst, branch: Asked = None) -> Response:
    """What weighs on clients, what could be won soon, and what changed."""
    summary, tables = driver_summary(shared), DRAWN.tables(shared)
    said = f"What the data shows of the clients scored last. {_ASSOCIATIONS}"
    if summary is None:
        return page(request, shared, person, "/drivers", (), said)
    places = of_drivers.places(summary)
    asked = branch or ""
    if asked not in places:
        raise not_found()
    found = [*of_drivers.of_place(summary, asked)]
    if not found:
        found.append(Section(places[asked], of_drivers.said_of(summary, asked)))
    if not asked and tables is not None:
        found += _sections(tables, CHANGE, [of_driver_parts.of_change(tables)])
        found += _sections(tables, ALIKE, [of_driver_parts.of_alike(tables)])
    choice = Choice("Of whom", "branch", {"": list(places.items())}, asked)
    return page(request, shared, person, "/drivers", found, said, choices=[choice] if len(places) > 1 else [])


@router.get("/drivers/segments")
def segments(
    request: Request, shared: TheServed, person: Analyst, segment: Asked = None, driver: Asked = None
) -> Response:
    """Drivers compared between parts of the clients."""
    at, tables = "/drivers/segments", DRAWN.tables(shared)
    said = f"What each driver adds to the log-odds of leaving, on average. {_ASSOCIATIONS} {_AUDIT_ONLY}"
    there = () if tables is None else tables.names(SEGMENTS)
    if tables is None or not there:
        return page(request, shared, person, at, _missing(tables, SEGMENTS), said)
    first = "area" if "area" in there else there[0]
    asked = segment or first
    codes = of_driver_parts.drivers_by_spread(tables, asked)
    if asked not in there or (driver and driver not in DRIVERS):
        raise not_found()
    shown = [driver] if driver else codes[: of_driver_parts.FIRST]
    charts = [*_of(of_driver_parts.of_part(tables, asked, code) for code in shown)]
    none = Section("Drivers by segment", "There are too few clients in each part to say what weighs on them.")
    titles = sorted(((name, tables.titles[name]) for name in there), key=lambda pair: pair[1])
    named = [(code, f"{code} {DRIVERS[code].name}") for code in codes]
    choices = [
        Choice("Compare by", "segment", {"": titles}, asked),
        Choice("Driver", "driver", {"": [("", "those that differ most"), *named]}, driver or ""),
    ]
    sections = [*(charts or [none]), *_missing(tables, TARGET)]
    return page(request, shared, person, at, sections, said, choices=choices)


@router.get("/deciles")
def deciles(request: Request, shared: TheServed, person: Analyst, feature: Asked = None) -> Response:
    """Exit rates over the tenths of a figure."""
    tables = DRAWN.tables(shared)
    groups = {} if tables is None else of_tenths.features(tables)
    if tables is None or not groups:
        return page(request, shared, person, "/deciles", _missing(tables, DECILES), "")
    every = [name for names in groups.values() for name in names]
    asked = feature or every[0]
    if asked not in every:
        raise not_found()
    options = {title: [(name, _told(name)) for name in names] for title, names in groups.items()}
    shapes, summary = of_tenths.of_shapes(tables), tables.finding(SHAPES)
    none = [] if shapes or summary is None else [Section("Figures over which the exit rate changes", summary.said)]
    sections = [*_of([of_tenths.of_tenth(tables, asked), shapes]), *none]
    choice = Choice("Figure", "feature", options, asked)
    said = f"{of_tenths.whose(tables)} {_ASSOCIATIONS}"
    return page(request, shared, person, "/deciles", sections, said, choices=[choice])


@router.get("/events")
def events(request: Request, shared: TheServed, person: Analyst) -> Response:
    """What followed a change of officer."""
    tables = DRAWN.tables(shared)
    said = (
        "Exits of clients whose officer handed over all clients, beside those of clients like them whose officer "
        "stayed, per decision at a loan's end. The command exitwatch events does the same for changes of product or of "
        "branch."
    )
    charts = [] if tables is None or tables.finding(EVENTS) is None else ["events", "events-rates"]
    sections = [*_of(DRAWN.chart(shared, name) for name in charts), *_missing(tables, EVENTS)]
    return page(request, shared, person, "/events", sections, said)


def _of(charts: Iterable[Chart | None]) -> Iterator[Section]:
    return (Section.of(chart) for chart in charts if chart is not None)


def _sections(tables: DriverTables, part: str, charts: Iterable[Chart | None]) -> list[Section]:
    """Charts of a part; where there are none its sentence, which says why."""
    found, finding = list(_of(charts)), tables.finding(part)
    if found or finding is None:
        return [*found, *_missing(tables, part)]
    return [Section(_NOT_THERE[part], finding.said)]


def _missing(tables: DriverTables | None, part: str) -> Iterator[Section]:
    if tables is not None and part in tables.missing:
        yield Section(_NOT_THERE[part], f"Not here: {tables.missing[part]}")


def _told(feature: str) -> str:
    meaning = of_tenths.meaning(feature)
    return f"{feature}: {meaning[:1].lower()}{meaning[1:].rstrip('.')}" if meaning else feature
