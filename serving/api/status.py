"""Whether the server lives and is ready, which model it uses, and what it counts."""

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import generate_latest

from serving.api.answers import CurrentModel, Health
from serving.api.callers import Caller, NumbersPerson, ScoresPerson
from serving.api.errors import DOCUMENTED, refusal
from serving.api.served import TheServed
from serving.score import definition_of

router = APIRouter(tags=["status"], responses=DOCUMENTED)


@router.get("/healthz")
def healthz() -> Health:
    """The process lives. Needs no token."""
    return Health(status="alive")


@router.get("/readyz")
def readyz(shared: TheServed) -> Health:
    """A model is loaded and a date has been scored. Needs no token."""
    if shared.champion is None or not shared.home.scored_dates():
        raise refusal(503)
    return Health(status="ready")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(shared: TheServed, _asking: NumbersPerson) -> Response:
    """Counts and times for Prometheus."""
    return Response(generate_latest(shared.metrics.registry), media_type="text/plain; version=0.0.4")


@router.get("/v1/models/current")
def current_model(shared: TheServed, _asking: ScoresPerson) -> CurrentModel:
    """The model in use."""
    champion = shared.in_use()
    dates = shared.home.scored_dates()
    return CurrentModel(
        version=champion.version,
        kind=champion.model.kind.value,
        horizon_days=champion.model.horizon,
        horizons=list(champion.model.horizons),
        features=len(champion.model.features),
        exit_rule=definition_of(champion.model).rule.value,
        scored=dates[-1] if dates else None,
    )


@router.get("/v1/openapi.json")
def openapi(request: Request, _scope: Caller) -> dict[str, Any]:
    """The description of this interface."""
    described: dict[str, Any] = request.app.openapi()
    return described
