"""Pages for analysts: how many leave, who, after how long, and the model."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving import kept_measures
from serving.analysis import of_measures, of_model, of_profit
from serving.analysis.section import of_charts
from serving.api.errors import not_found
from serving.api.served import TheServed
from serving.charts.chart import NARROW, WIDE
from serving.events import Event
from serving.pages import reports
from serving.pages.analysis_charts import BY, DRAWN
from serving.pages.analysis_page import Analyst, page
from serving.pages.chart_files import as_file, as_picture
from serving.pages.rendering import PAGES
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
        charts = [*of_model.of_backtest(backtest), *of_profit.of_profit(backtest)]
        found[1:1] = [*of_model.of_lists(backtest), *of_charts(charts)]
    said = "Figures of the back-test by which the model in use was promoted. The whole card stands in MLflow."
    return page(request, shared, person, "/model", found, said)


@router.get("/chart/{name}/{width}")
def chart(shared: TheServed, person: Analyst, name: str, width: int) -> Response:
    """A drawing, for a narrow or a wide screen."""
    if width not in (NARROW, WIDE):
        raise not_found()
    drawn = DRAWN.picture(shared, name, width)
    shared.record(person, Event.FIGURES_VIEWED, page=f"chart {name}")
    return as_picture(drawn)


@router.get("/table/{name}")
def table(shared: TheServed, person: Analyst, name: str) -> Response:
    """The table of a chart, for a spreadsheet."""
    found = DRAWN.chart(shared, name)
    shared.record(person, Event.FIGURES_VIEWED, page=f"table {name}")
    return as_file(found)
