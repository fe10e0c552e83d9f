"""Each week, before lists are drawn, it is looked whether contact harms anybody; what must stop is stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from features.book import Book
from features.errors import ExitwatchError
from serving.experiment import stops
from serving.experiment.log import logged
from serving.experiment.stops import PARTS, WATCHED, Stop
from serving.score import Scoring, definition_of
from serving.store.database import Store
from training.effect.allocations import Arm, settled
from training.effect.harm import State, Verdict, watch
from training.effect.scores import scored


@dataclass(frozen=True)
class Watched:
    """What a weekly look found.

    Parameters
    ----------
    log
        The log of the lot, as `training.effect.allocations` reads it; None where it could not be read.
    matures_after
        Days from a draw to its final outcome.
    stops
        Every stop so far, those of this week among them.
    again
        Bands whose lists began again and of which too little is known yet: half of them are left out.
    failed
        Why nothing could be looked at; empty where it could.
    """

    log: pd.DataFrame | None
    matures_after: int
    stops: tuple[Stop, ...]
    again: frozenset[str]
    failed: str = ""

    def in_force(self, day: date) -> list[Stop]:
        """Stops that lists of a day heed."""
        return [each for each in self.stops if each.holds_on(day)]


def watch_for_harm(store: Store, book: Book, model: Scoring, as_of: date, now: datetime) -> Watched:
    """Look at everybody and at each band, and keep what must stop, before any list is drawn."""
    definition = definition_of(model)
    matures_after = model.horizon + definition.maturity_days
    log, verdicts, failed = None, list[Verdict](), ""
    try:
        with store.read() as connection:
            log = logged(connection, book, as_of, definition, model.horizon)
            earlier = stops.every(connection)
        verdicts = verdicts_of(log, as_of, matures_after, earlier)
    except ExitwatchError as error:  # what was stopped before stays so, and the lists of the others go on
        failed = f"Whether contact harms anybody could not be looked at: {error}"
    with store.write() as connection:
        stops.keep(connection, verdicts, as_of, now)
        found = tuple(stops.every(connection))
    return Watched(log, matures_after, found, _again(found, verdicts, as_of), failed)


def verdicts_of(log: pd.DataFrame, as_of: date, matures_after: int, found: Sequence[Stop]) -> list[Verdict]:
    """What becomes of everybody's lists and of each band's; nothing while one of the arms has no outcome."""
    if log.empty:
        return []
    trial = settled(log, as_of, matures_after, WATCHED)
    if not all(trial.count(arm) for arm in Arm):
        return []
    return watch(scored(trial), WATCHED, stops.lifts(found), PARTS)[0]


def _again(found: Sequence[Stop], verdicts: Sequence[Verdict], as_of: date) -> frozenset[str]:
    known = {(each.segment, each.value) for each in verdicts if each.state is State.GO_ON}
    begun = (each for each in found if not each.holds_on(as_of) and (each.segment, each.value) not in known)
    return stops.bands(begun)
