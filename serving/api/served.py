"""What the routes share: the working folder, the database, the model loaded once, the clock, and what is counted."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from threading import Lock, Thread
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry, Counter, Histogram

from features.errors import NoModel
from models.exit_risk import ExitModel
from serving import audit
from serving.access import Person
from serving.events import Event
from serving.home import Home
from serving.kept_scores import KeptScores
from serving.passwords import Passwords
from serving.settings import Settings
from serving.store.database import Store

#: Dates beside those of a client's history, so that none of them is read anew for each request.
_MORE_DATES = 2

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
    store: Store
    now: Callable[[], datetime]
    passwords: Passwords = field(default_factory=Passwords)
    metrics: Metrics = field(default_factory=Metrics)
    _newest: OrderedDict[Path, tuple[int, KeptScores]] = field(default_factory=OrderedDict)
    _dates: OrderedDict[Path, tuple[int, KeptScores]] = field(default_factory=OrderedDict)
    _taking: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.room = asyncio.Semaphore(self.settings.requests_at_once)

    def today(self) -> date:
        """The day it is where the institution is."""
        return self.now().astimezone(ZoneInfo(self.settings.timezone)).date()

    def record(
        self, person: Person, event: Event, subject: str = "", *, client: str | None = None, **detail: audit.Detail
    ) -> None:
        """Write to the audit log what somebody saw; if that cannot be, they do not see it.

        What is changed is recorded with `serving.audit.record`, in the transaction of the change.

        Parameters
        ----------
        subject
            A list, a week or an account.
        client
            Id of the client it is about, who becomes the subject, under her pseudonym.
        """
        with self.store.write() as connection:
            about = subject if client is None else audit.pseudonym(connection, client)
            audit.record(connection, self.now(), person.by.name, person.by.role, event, about, **detail)

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
        if as_of is not None:
            return self._of(as_of)
        # Only the newest are looked into client by client; those before it let go of what was held for that.
        return self._held(self._newest, dates[-1], self._warming, 1)

    def scores_before(self, weeks: int) -> Iterator[KeptScores]:
        """Stored scores of so many dates before the newest, the latest first."""
        for day in reversed(self.home.scored_dates()[:-1][-weeks:]):
            yield self._of(day)

    def _of(self, day: date) -> KeptScores:
        return self._held(self._dates, day, KeptScores, self.settings.history_weeks + _MORE_DATES)

    def _held(
        self, held: OrderedDict[Path, tuple[int, KeptScores]], day: date, make: Callable[[Path], KeptScores], most: int
    ) -> KeptScores:
        folder = self.home.scores / day.isoformat()
        with self._taking:
            return _held(held, folder, folder / "context.json", make, most)

    def _warming(self, folder: Path) -> KeptScores:
        """Scores that are read once from end to end, and their history, beside whatever is asked meanwhile."""
        kept = KeptScores(folder)
        Thread(target=self._warm, args=(kept,), name="warm", daemon=True).start()
        return kept

    def _warm(self, kept: KeptScores) -> None:
        kept.warm()
        for past in self.scores_before(self.settings.history_weeks):
            past.warm_past()


def _held(held: OrderedDict[Path, tuple[int, T]], folder: Path, mark: Path, make: Callable[[Path], T], most: int) -> T:
    """What was read before, unless the file that marks it has changed since; then nothing of the older is kept."""
    try:
        stamp = mark.stat().st_mtime_ns
    except FileNotFoundError:
        stamp = 0
    found = held.get(folder)
    if found is not None and found[0] == stamp:
        held.move_to_end(folder)
        return found[1]
    made = make(folder)
    held[folder] = stamp, made
    held.move_to_end(folder)
    while len(held) > most:
        held.popitem(last=False)
    return made


async def served(request: Request) -> Served:
    """What the app was made with."""
    answer: Served = request.app.state.served
    return answer


TheServed = Annotated[Served, Depends(served)]
