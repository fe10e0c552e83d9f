"""Pages for analysts: how many leave, who, after how long, what weighs on clients, and the model."""

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving import kept_measures
from serving.analysis import of_drivers, of_measures, of_model
from serving.analysis.section import by_name, of_charts
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.charts.chart import NARROW, WIDE, Chart
from serving.driver_summary import read_summary
from serving.events import Event
from serving.pages import reports
from serving.pages.analysis_page import Analyst, page
from serving.pages.chart_files import as_file, as_picture
from serving.pages.rendering import PAGES
from training import promotion

router = APIRouter(prefix="/analysis", **PAGES)

_BY = ("month", "quarter", "year")


class Drawn:
    """Charts of what the newest weekly run left, put together and drawn once until the next run."""

    def __init__(self) -> None:
        self._of = ""
        self._charts: Mapping[str, Chart] = {}
        self._pictures: dict[tuple[str, int], str] = {}
        self._lock = Lock()

    def chart(self, shared: Served, name: str) -> Chart:
        """A chart by its name; the same answer for every name there is not."""
        with self._lock:
            self._renew(shared)
            if name not in self._charts:
                raise not_found()
            return self._charts[name]

    def picture(self, shared: Served, name: str, width: int) -> str:
        """The drawing of a chart."""
        found = self.chart(shared, name)
        with self._lock:
            if (name, width) not in self._pictures:
                self._pictures[name, width] = found.svg(width)
            return self._pictures[name, width]

    def _renew(self, shared: Served) -> None:
        left = _stamp(shared)
        if left != self._of:
            self._of, self._charts, self._pictures = left, by_name(_every(shared)), {}


_DRAWN = Drawn()


@router.get("")
def overview(
    request: Request, shared: TheServed, person: Analyst, by: Annotated[str, Query(max_length=10)] = "month"
) -> Response:
    """How many leave, by the published formulas."""
    if by not in _BY:
        raise not_found()
    kept = kept_measures.newest(shared.home)
    charts = [] if kept is None else [*of_measures.of_periods(kept, by), *of_measures.of_leavers(kept)]
    since = "" if kept is None else f"As known on {kept.as_of}; grace period {kept.grace_days} days."
    ways = [(each, each == by) for each in _BY]
    made = reports.links(shared)
    return page(request, shared, person, "", of_charts(charts), since, ways=ways, reports=made)


@router.get("/segments")
def segments(request: Request, shared: TheServed, person: Analyst) -> Response:
    """Who leaves more than the others."""
    kept = kept_measures.newest(shared.home)
    charts = [] if kept is None else of_measures.of_segments(kept)
    return page(
        request, shared, person, "/segments", of_charts(charts), "" if kept is None else f"As known on {kept.as_of}."
    )


@router.get("/cohorts")
def cohorts(request: Request, shared: TheServed, person: Analyst) -> Response:
    """How long clients last."""
    kept = kept_measures.newest(shared.home)
    charts = [] if kept is None else of_measures.of_cohorts(kept)
    said = "Kaplan-Meier for who is still there, Aalen-Johansen for the ways to go, with 95 % intervals."
    return page(request, shared, person, "/cohorts", of_charts(charts), said)


@router.get("/drivers")
def drivers(request: Request, shared: TheServed, person: Analyst) -> Response:
    """What weighs on clients, and what could be won soon."""
    said = "What the data shows of the clients scored last. These are associations, not causes."
    return page(request, shared, person, "/drivers", of_charts(_driver_charts(shared)), said)


@router.get("/model")
def model(request: Request, shared: TheServed, person: Analyst) -> Response:
    """How good the model in use is, in plain words."""
    found = of_model.of_promotions(promotion.history(shared.home.path))
    said = "Figures of the back-test by which the model in use was promoted. The whole card stands in MLflow."
    return page(request, shared, person, "/model", found, said)


@router.get("/chart/{name}/{width}")
def chart(shared: TheServed, person: Analyst, name: str, width: int) -> Response:
    """A drawing, for a narrow or a wide screen."""
    if width not in (NARROW, WIDE):
        raise not_found()
    drawn = _DRAWN.picture(shared, name, width)
    shared.record(person, Event.FIGURES_VIEWED, page=f"chart {name}")
    return as_picture(drawn)


@router.get("/table/{name}")
def table(shared: TheServed, person: Analyst, name: str) -> Response:
    """The table of a chart, for a spreadsheet."""
    found = _DRAWN.chart(shared, name)
    shared.record(person, Event.FIGURES_VIEWED, page=f"table {name}")
    return as_file(found)


def _every(shared: Served) -> Iterator[Chart]:
    kept = kept_measures.newest(shared.home)
    if kept is not None:
        for by in _BY:
            yield from of_measures.of_periods(kept, by)
        yield from of_measures.of_leavers(kept)
        yield from of_measures.of_segments(kept)
        yield from of_measures.of_cohorts(kept)
    yield from _driver_charts(shared)


def _driver_charts(shared: Served) -> Iterator[Chart]:
    scores = shared.scores()
    summary = None if scores is None else read_summary(scores)
    if summary is not None and summary["missing"] is None:
        yield from of_drivers.of_parts(summary)


def _stamp(shared: Served) -> str:
    """Changes whenever a weekly run has written anew."""
    files = [shared.home.measures / f"{day}.json" for day in shared.home.measured_dates()[-1:]]
    files += [shared.home.scores / f"{day}" / "context.json" for day in shared.home.scored_dates()[-1:]]
    return " ".join(f"{file}:{file.stat().st_mtime_ns}" for file in files if file.exists())
