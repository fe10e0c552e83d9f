"""Pages for analysts: how many leave, who, after how long, the model, objectives, survey."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving import findings, kept_measures
from serving.analysis import of_findings, of_measures, of_model
from serving.analysis.section import of_charts
from serving.api.errors import not_found
from serving.api.served import TheServed
from serving.charts.chart import NARROW, WIDE
from serving.events import Event
from serving.objectives.measured import stand
from serving.objectives.objective import FILE, read_objectives
from serving.pages import reports
from serving.pages.analysis_charts import BY, DRAWN
from serving.pages.analysis_page import Analyst, page
from serving.pages.rendering import PAGES
from serving.pages.site import moment
from serving.survey.reasons import reasons_of_year
from training import backtests, promotion

router = APIRouter(prefix="/analysis", **PAGES)


@router.get("")
def overview(
    request: Request, shared: TheServed, person: Analyst, by: Annotated[str, Query(max_length=10)] = "month"
) -> Response:
    """How many leave, by the published formulas."""
    if by not in BY:
        raise not_found()
    kept = kept_measures.newest(shared.home)
    charts = [] if kept is None else [*of_measures.of_periods(kept, by), *of_measures.of_leavers(kept)]
    since = "" if kept is None else f"As known on {kept.as_of}; grace period {kept.grace_days} days."
    ways = [(each, each == by) for each in BY]
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


@router.get("/model")
def model(request: Request, shared: TheServed, person: Analyst) -> Response:
    """How good the model in use is, in plain words."""
    backtest = backtests.of_champion(shared.home.path)
    promoted = promotion.history(shared.home.path)
    found = [*of_model.of_promotions(promoted)]
    if promoted:
        found[1:1] = [*of_model.of_lists(backtest), *of_charts(of_model.of_backtest(backtest))]
    said = "Figures of the back-test by which the model in use was promoted. The whole card stands in MLflow."
    return page(request, shared, person, "/model", found, said)


@router.get("/objectives")
def objectives(request: Request, shared: TheServed, person: Analyst) -> Response:
    """Where objectives stand, and what becomes of findings."""
    file, today = shared.home.path / FILE, moment(shared).today
    read = read_objectives(file) if file.exists() else None
    with shared.store.read() as connection:
        standings = [] if read is None else stand(connection, tuple(read.objectives), today)
        loop = findings.every(connection)
    lacking = 0 if read is None else len({fault.place for fault in read.faults})
    found = [of_findings.of_objectives(standings, lacking), of_findings.of_loop(loop, today)]
    return page(request, shared, person, "/objectives", found, "")


@router.get("/survey")
def survey(
    request: Request, shared: TheServed, person: Analyst, year: Annotated[int | None, Query(ge=1990, le=2100)] = None
) -> Response:
    """Why clients say they left."""
    newest = moment(shared).today.year
    asked = newest if year is None else year
    with shared.store.read() as connection:
        table = reasons_of_year(connection, asked)
    ways = [(str(each), each == asked) for each in range(newest - 2, newest + 1)]
    found = of_findings.of_reasons(table, f"Asked in {asked}, drawn samples aside")
    return page(request, shared, person, "/survey", found, "", ways=ways, key="year")


@router.get("/chart/{name}/{width}")
def chart(shared: TheServed, person: Analyst, name: str, width: int) -> Response:
    """A drawing, for a narrow or a wide screen."""
    if width not in (NARROW, WIDE):
        raise not_found()
    drawn = DRAWN.picture(shared, name, width)
    shared.record(person, Event.FIGURES_VIEWED, page=f"chart {name}")
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return Response(drawn, headers=headers, media_type="image/svg+xml")


@router.get("/table/{name}")
def table(shared: TheServed, person: Analyst, name: str) -> Response:
    """The table of a chart, for a spreadsheet."""
    found = DRAWN.chart(shared, name)
    shared.record(person, Event.FIGURES_VIEWED, page=f"table {name}")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found.csv(), headers=headers, media_type="text/csv; charset=utf-8")
