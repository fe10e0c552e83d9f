"""What the routes share: the working folder, the model loaded once, who is asking, and what is counted."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CollectorRegistry, Counter, Histogram

from features.errors import NoModel
from models.exit_risk import ExitModel
from serving.access import Scope, Tokens
from serving.api.errors import refusal
from serving.home import Home
from serving.kept_scores import KeptScores
from serving.list_files import MANIFEST, StoredLists, read_lists
from serving.settings import Settings

_BEARER = HTTPBearer(auto_error=False, description="A token made by `exitwatch users add-token`.")
_DATES_HELD = 2
_WEEKS_HELD = 4

T = TypeVar("T")


@dataclass(frozen=True)
class Champion:
    """The model in use and its hash."""

    model: ExitModel
    version: str


@dataclass
class Metrics:
    """What Prometheus reads: counts and times, never who or what."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.requests = Counter(
            "exitwatch_requests_total", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "exitwatch_request_seconds", "Time to answer, in seconds.", ("route",), registry=self.registry
        )
        self.scored = Counter("exitwatch_clients_scored_total", "Clients scored on request.", registry=self.registry)


@dataclass
class Served:
    """Everything a route may use. Made once, in `create_app`."""

    home: Home
    settings: Settings
    champion: Champion | None
    tokens: Tokens
    today: Callable[[], date]
    metrics: Metrics = field(default_factory=Metrics)
    _dates: OrderedDict[tuple[str, int], KeptScores] = field(default_factory=OrderedDict)
    _weeks: OrderedDict[tuple[str, int], StoredLists] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.room = asyncio.Semaphore(self.settings.requests_at_once)

    def in_use(self) -> Champion:
        """The model.

        Raises
        ------
        NoModel
            None has been promoted.
        """
        if self.champion is None:
            raise NoModel("no model is in use; train one with `exitwatch train` and start the server again")
        return self.champion

    def scores(self, as_of: date | None = None) -> KeptScores | None:
        """Stored scores of a date, by default the newest; read again when a run has written them anew."""
        dates = self.home.scored_dates()
        if not dates or (as_of is not None and as_of not in dates):
            return None
        folder = self.home.scores / (as_of or dates[-1]).isoformat()
        return _held(self._dates, folder, folder / "context.json", KeptScores, _DATES_HELD)

    def week(self, week: str) -> StoredLists | None:
        """Stored lists of a week; None if there are none."""
        if week not in self.home.weeks():
            return None
        folder = self.home.lists / week
        return _held(self._weeks, folder, folder / MANIFEST, read_lists, _WEEKS_HELD)


def _held(held: OrderedDict[tuple[str, int], T], folder: Path, mark: Path, make: Callable[[Path], T], most: int) -> T:
    """What was read before, unless the file that marks it has changed since."""
    key = (str(folder), mark.stat().st_mtime_ns if mark.exists() else 0)
    found = held.get(key)
    if found is None:
        found = held[key] = make(folder)
        while len(held) > most:
            held.popitem(last=False)
    return found


def served(request: Request) -> Served:
    """What the app was made with."""
    answer: Served = request.app.state.served
    return answer


TheServed = Annotated[Served, Depends(served)]


def caller(shared: TheServed, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)] = None) -> Scope:
    """Scope of whoever asks; without a valid token there is none, and no answer."""
    scope = None if sent is None else shared.tokens.who(sent.credentials, shared.today())
    if scope is None:
        raise refusal(401)
    return scope


Caller = Annotated[Scope, Depends(caller)]


def needs_numbers(scope: Caller) -> Scope:
    """For analysts and administrators only."""
    if not scope.sees_numbers:
        raise refusal(403)
    return scope


NumbersCaller = Annotated[Scope, Depends(needs_numbers)]

__all__ = ["Caller", "Champion", "Metrics", "NumbersCaller", "Served", "TheServed"]
