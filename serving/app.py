"""The web application. `create_app` is the only wiring."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.catalogue import names
from features.errors import NoModel
from models.store import load
from serving.api import (
    clients,
    drivers,
    effect,
    feedback,
    lists,
    measures,
    objectives,
    outcomes,
    reports,
    scoring,
    status,
    survey,
    visits,
)
from serving.api.errors import add_error_handlers
from serving.api.limits import BodyLimit
from serving.api.served import Champion, Metrics, Served
from serving.home import Home
from serving.pages.routes import add_pages
from training.promotion import champion_bundle

#: Whatever else is sent as a method is counted as one, so that nobody makes the counts grow without end.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(home: Path, now: Callable[[], datetime] = _now) -> FastAPI:
    """The application over a working folder.

    Parameters
    ----------
    home
        The working folder; settings, database, model and scores are read from it.
    now
        The clock, in UTC: by it tokens and sessions expire, and the audit log is dated.

    Raises
    ------
    ModelError
        The promoted model is damaged or was trained on other features. Without any promoted model the app starts, says
        that it is not ready, and still shows lists.
    UsageError
        The settings cannot be used.
    StorageError
        The database cannot be reached, or its tables are of another version.
    """
    folder = Home(home)
    settings = folder.settings()
    shared = Served(folder, settings, _champion(folder), folder.store(settings), now)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        shared.scores()
        yield
        shared.store.close()

    app = FastAPI(
        lifespan=life,
        title="exitwatch",
        version="1",
        summary="Which clients are about to leave, why the data says so, and whom to visit this week.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.served = shared
    parts = (
        status,
        lists,
        visits,
        clients,
        measures,
        drivers,
        effect,
        scoring,
        outcomes,
        survey,
        objectives,
        feedback,
        reports,
    )
    for part in parts:
        app.include_router(part.router)
    add_error_handlers(app)
    add_pages(app, shared)
    app.add_middleware(BodyLimit, largest=settings.request_bytes)
    app.add_middleware(Counted, metrics=shared.metrics)
    return app


class Counted:
    """Count and time every answer by its route, never by its address, which may name a client."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        answered = 500

        async def watch(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = int(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            self.metrics.requests.labels(route, method, str(answered)).inc()
            self.metrics.seconds.labels(route).observe(time.perf_counter() - began)


def _champion(home: Home) -> Champion | None:
    try:
        bundle = champion_bundle(home.path)
    except NoModel:
        return None
    return Champion(load(bundle, features=names()), bundle.name)
