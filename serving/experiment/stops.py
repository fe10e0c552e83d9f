"""Lists that stopped because contact seemed to harm: kept until a person lets them begin again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from features.errors import UsageError
from serving import audit
from serving.access import OPERATOR, Actor
from serving.effect import in_words
from serving.events import Event
from serving.score import BANDS
from serving.store.tables import stops
from training.effect import harm
from training.effect.harm import ALL, Lift, State, Verdict

#: Columns of the lot's log whose parts have an alarm of their own, and how many parts are watched with everybody.
WATCHED = ("band",)
PARTS = 1 + len(BANDS)


@dataclass(frozen=True)
class Stop:
    """Lists of a part of the clients that stopped.

    Parameters
    ----------
    segment, value
        As in `training.effect.harm.Verdict`.
    stopped_on
        Date of the weekly run that stopped them.
    since_on
        Last day of the week in which the alarm rang first.
    clients, held_out, effect, low, said
        What was found then.
    lifted_on
        First day on which they are drawn again; None while nobody decided that.
    lifted_by, why, changed
        Who decided it, the reason, and what is done otherwise now.
    """

    segment: str
    value: str
    stopped_on: date
    since_on: date
    clients: int
    held_out: int
    effect: float
    low: float
    said: str
    stopped_at: datetime
    lifted_on: date | None = None
    lifted_by: str | None = None
    why: str = ""
    changed: str = ""
    lifted_at: datetime | None = None

    @property
    def name(self) -> str:
        """As people type it: `all`, or `band high`."""
        return f"{self.segment} {self.value}".strip()

    @property
    def bands(self) -> frozenset[str]:
        """Bands whose clients it keeps from lists."""
        return frozenset(BANDS if self.segment == ALL else [self.value])

    def holds_on(self, day: date) -> bool:
        """Whether lists of a day heed it, however old that day is: what harms is not drawn for the past either."""
        return self.lifted_on is None or self.lifted_on > day


def every(connection: Connection) -> list[Stop]:
    """Every stop, the oldest first."""
    rows = connection.execute(select(stops).order_by(stops.c.stopped_on, stops.c.segment, stops.c.value))
    return [Stop(**row) for row in rows.mappings()]


def in_force(connection: Connection, day: date) -> list[Stop]:
    """Stops that lists of a day heed."""
    return [each for each in every(connection) if each.holds_on(day)]


def lifts(found: Iterable[Stop]) -> list[Lift]:
    """Decisions to let lists begin again, as the alarm reads them."""
    return [
        Lift(each.segment, each.value, each.lifted_by or "", each.changed, each.lifted_on)
        for each in found
        if each.lifted_on is not None
    ]


def bands(found: Iterable[Stop]) -> frozenset[str]:
    """Bands of which nobody is asked for on account of some stops."""
    return frozenset().union(*(each.bands for each in found))


def keep(connection: Connection, verdicts: Sequence[Verdict], on: date, now: datetime) -> list[Stop]:
    """Stop the lists of every part whose alarm rings and that is not stopped yet.

    Parameters
    ----------
    connection
        Of `Store.write`.
    on
        Date of the lists that are about to be drawn.
    """
    stopped = {(each.segment, each.value) for each in in_force(connection, on)}
    new = []
    for verdict in verdicts:
        if verdict.state is not State.STOP or verdict.since is None or (verdict.segment, verdict.value) in stopped:
            continue
        of_it = verdict.clients, verdict.held_out, verdict.effect, verdict.low, verdict.said
        stop = Stop(verdict.segment, verdict.value, on, verdict.since, *of_it, now)
        connection.execute(insert(stops).values({field.name: getattr(stop, field.name) for field in fields(stop)}))
        detail = {"segment": stop.segment, "value": stop.value, "since": stop.since_on.isoformat()}
        audit.record(connection, now, OPERATOR.name, OPERATOR.role, Event.LISTS_STOPPED, **detail)
        new.append(stop)
    return new


def lift(
    connection: Connection, name: str, decided_by: str, why: str, changed: str, on: date, now: datetime, by: Actor
) -> Stop:
    """Let lists begin again; the alarm counts from that day on anew.

    Parameters
    ----------
    connection
        Of `Store.write`.
    name
        Which: `all`, or `band high`.
    on
        Date of the first lists that are drawn again.

    Raises
    ------
    UsageError
        They are not stopped, or it is not said who decides, why and what was changed, or the day lies before the alarm.
    """
    stop = next((each for each in every(connection) if each.name == name.strip() and each.lifted_on is None), None)
    if stop is None:
        raise UsageError(f"no lists called {name!r} are stopped; exitwatch stops show says which are")
    found = stop.clients, stop.held_out, stop.effect, stop.low, stop.said, ""
    verdict = Verdict(stop.segment, stop.value, State.STOP, stop.since_on, *found)
    decided = harm.lift(verdict, decided_by, changed, on)
    done = replace(
        stop,
        lifted_on=decided.on,
        lifted_by=in_words(decided.decided_by, "the name of who decides", 120),
        why=in_words(why, "the reason"),
        changed=in_words(decided.changed, "what was changed"),
        lifted_at=now,
    )
    names = ("lifted_on", "lifted_by", "why", "changed", "lifted_at")
    this = (stops.c.segment == stop.segment, stops.c.value == stop.value, stops.c.stopped_on == stop.stopped_on)
    connection.execute(update(stops).where(*this).values({name: getattr(done, name) for name in names}))
    detail = {"segment": stop.segment, "value": stop.value, "on": on.isoformat()}
    audit.record(connection, now, by.name, by.role, Event.LISTS_BEGUN_AGAIN, **detail)
    return done
