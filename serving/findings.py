"""The feedback loop: what was found out, what was decided and changed, what came of it, and who was told.

A finding goes through eight stages, one at a time and only forward, each step with its day and a note. What a stage
needs has to be there first: nothing is implemented that nobody decided. `serving.effect` holds what was
measured before against what was measured after. A finding may end before that: it is dropped by a decision, or handed
on to whoever follows up complaints and whistle-blowing, who do not work in the open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import Connection, func, insert, select, update

from features.errors import UsageError
from serving import audit
from serving.access import Actor
from serving.effect import Effect, in_words
from serving.events import Event
from serving.store.tables import finding_moves, findings

_LONGEST_OWNER = 120


class Stage(StrEnum):
    """Where a finding stands in the loop, in their order."""

    COLLECT = "collect"
    CONSOLIDATE = "consolidate"
    ANALYSE = "analyse"
    REPORT = "report"
    DECIDE = "decide"
    IMPLEMENT = "implement"
    COMMUNICATE = "communicate"
    REMEASURE = "remeasure"
    #: Ends outside of the loop.
    DROPPED = "dropped"
    HANDED_ON = "handed_on"


#: The loop itself, in order.
STAGES = tuple(stage for stage in Stage if stage not in (Stage.DROPPED, Stage.HANDED_ON))
#: Where a finding may stand when it is entered; what follows has to be said step by step.
BEGINNINGS = STAGES[: STAGES.index(Stage.REPORT) + 1]
#: Behind these nothing comes.
ENDS = (Stage.REMEASURE, Stage.DROPPED, Stage.HANDED_ON)
#: What has to be said of a finding before it stands at a stage, with what to do.
NEEDS: Mapping[Stage, tuple[str, str]] = MappingProxyType(
    {
        Stage.DECIDE: ("decision", "say what was decided"),
        Stage.IMPLEMENT: ("change", "say what is changed"),
        Stage.COMMUNICATE: ("told", "say who was told: clients, staff, or both"),
        Stage.REMEASURE: ("effect", "give the measured effect: before and after"),
        Stage.DROPPED: ("decision", "say what was decided and why nothing is changed"),
        Stage.HANDED_ON: ("told", "say who follows it up: the complaints desk, or whoever follows up fraud and bribes"),
    }
)


@dataclass(frozen=True)
class Move:
    """One step of a finding."""

    number: int
    stage: Stage
    happened_on: date
    note: str


@dataclass(frozen=True)
class Finding:
    """A finding and what became of it.

    Parameters
    ----------
    since_on
        Since when it stands at its stage.
    due_on
        By when its next step is to be made.
    told
        Who was told what was done.
    """

    finding_id: str
    finding: str
    owner: str
    stage: Stage
    since_on: date
    due_on: date | None
    decision: str
    change: str
    told: str
    effect: Effect | None
    moves: tuple[Move, ...] = ()

    def overdue(self, today: date) -> bool:
        """Whether its next step should have been made already. Whatever has ended is done."""
        return not self.ended and self.due_on is not None and self.due_on < today

    @property
    def ended(self) -> bool:
        """Whether no further step can be made."""
        return self.stage in ENDS

    @property
    def next_stage(self) -> Stage | None:
        """The stage that comes next in the loop; None at its end."""
        return None if self.ended else STAGES[STAGES.index(self.stage) + 1]


def add(
    connection: Connection,
    finding: str,
    owner: str,
    on: date,
    by: Actor,
    at: datetime,
    due_on: date | None = None,
    stage: Stage = Stage.COLLECT,
) -> Finding:
    """Enter a finding. The same words and owner entered again are the finding that is there.

    Parameters
    ----------
    connection
        Of `Store.write`.
    stage
        Where it stands already; nothing later than a report, for what follows has to be said step by step.

    Raises
    ------
    UsageError
        Words cannot be kept, or the stage is too late to begin with.
    """
    text, name = in_words(finding, "the finding"), in_words(owner, "the owner", _LONGEST_OWNER)
    if stage not in BEGINNINGS:
        raise UsageError("a finding begins at report at the latest; go on from there with `exitwatch feedback move`")
    _refuse_date(due_on, on)
    finding_id = str(uuid5(NAMESPACE_OID, f"{text}\n{name}"))
    before = one(connection, finding_id)
    if before is not None:
        return before
    row = {"finding_id": finding_id, "finding": text, "owner": name, "stage": stage.value, "since_on": on}
    entered = {"due_on": due_on, "entered_by": by.name, "entered_at": at}
    connection.execute(insert(findings).values(**row, **entered))
    _step(connection, finding_id, stage, on, "", by, at)
    audit.record(connection, at, by.name, by.role, Event.FINDING_ADDED, finding_id)
    return _there(connection, finding_id)


def move(
    connection: Connection,
    finding_id: str,
    on: date,
    note: str,
    by: Actor,
    at: datetime,
    today: date,
    *,
    stage: Stage | None = None,
    due_on: date | None = None,
    effect: Effect | None = None,
    **said: str,
) -> Finding:
    """Let a finding go on to its next stage, or to an end outside of the loop.

    Parameters
    ----------
    connection
        Of `Store.write`.
    on
        The day the step was made.
    note
        What was done.
    stage
        Which stage is meant: the next, or DROPPED or HANDED_ON from anywhere. None takes the next.
    due_on
        By when the step after it is to be made.
    said
        decision, change, told or owner, where they are said now.

    Raises
    ------
    UsageError
        There is no such finding, the stage is not the next one, or what it needs is not said.
    """
    now = _there(connection, finding_id)
    finding_id = now.finding_id
    wanted = _wanted(now, stage)
    if on > today or on < now.since_on:
        raise UsageError(f"the day of a step lies between {now.since_on}, when the last was made, and today")
    _refuse_date(due_on, on)
    noted = in_words(note, "the note")
    unknown = set(said) - {"decision", "change", "told", "owner"}
    if unknown:
        raise UsageError(f"{', '.join(sorted(unknown))} is nothing that can be said of a finding")
    values: dict[str, Any] = {name: in_words(words, f"the {name}") for name, words in said.items() if words.strip()}
    if effect is not None:
        values["effect"] = effect.as_dict()
    need = NEEDS.get(wanted)
    said_before = wanted in STAGES and need is not None and getattr(now, need[0])
    if need is not None and not values.get(need[0]) and not said_before:
        raise UsageError(f"before {wanted}, {need[1]}")
    _change(connection, now, values, by, at)
    step = {"stage": wanted.value, "since_on": on, "due_on": due_on}
    connection.execute(update(findings).where(findings.c.finding_id == finding_id).values(step))
    _step(connection, finding_id, wanted, on, noted, by, at)
    told = {"stage": wanted.value, "before": now.stage.value}
    audit.record(connection, at, by.name, by.role, Event.FINDING_MOVED, finding_id, **told)
    return _there(connection, finding_id)


def one(connection: Connection, finding_id: str) -> Finding | None:
    """A finding by its id, or by the beginning of it that no other has."""
    chosen = select(findings).where(findings.c.finding_id.startswith(finding_id, autoescape=True)).limit(2)
    rows = connection.execute(chosen).all() if finding_id else []
    return _finding(connection, rows[0]) if len(rows) == 1 else None


def every(connection: Connection) -> list[Finding]:
    """Every finding, those that wait longest for their next step first."""
    rows = connection.execute(select(findings).order_by(findings.c.due_on, findings.c.since_on, findings.c.finding_id))
    found = [_finding(connection, row) for row in rows]
    return sorted(found, key=lambda each: (each.ended, each.due_on or date.max))


def _wanted(now: Finding, stage: Stage | None) -> Stage:
    if now.stage is Stage.REMEASURE:
        raise UsageError("this finding was measured again and is done; enter a new one for what was found then")
    following = now.next_stage
    if following is None:
        raise UsageError(f"this finding has ended: {now.stage}; enter a new one for what was found since")
    if stage in (None, following):
        return following
    if stage in ENDS and stage not in STAGES:
        return stage
    raise UsageError(f"after {now.stage} comes {following}; a finding goes forward, one stage at a time")


def _there(connection: Connection, finding_id: str) -> Finding:
    found = one(connection, finding_id)
    if found is None:
        raise UsageError("there is no such finding, or more than one begins so; see `exitwatch feedback list`")
    return found


def _change(connection: Connection, now: Finding, values: Mapping[str, Any], by: Actor, at: datetime) -> None:
    for name, value in values.items():
        of = findings.c.finding_id == now.finding_id
        connection.execute(update(findings).where(of).values({name: value}))
        audit.record(connection, at, by.name, by.role, Event.FINDING_CHANGED, now.finding_id, what=name)


def _step(connection: Connection, finding_id: str, stage: Stage, on: date, note: str, by: Actor, at: datetime) -> None:
    last = select(func.max(finding_moves.c.number)).where(finding_moves.c.finding_id == finding_id)
    number = (connection.execute(last).scalar() or 0) + 1
    row = {"finding_id": finding_id, "number": number, "stage": stage.value, "happened_on": on, "note": note}
    connection.execute(insert(finding_moves).values(**row, moved_by=by.name, moved_at=at))


def _finding(connection: Connection, row: Any) -> Finding:
    steps = select(finding_moves).where(finding_moves.c.finding_id == row.finding_id).order_by(finding_moves.c.number)
    return Finding(
        finding_id=row.finding_id,
        finding=row.finding,
        owner=row.owner,
        stage=Stage(row.stage),
        since_on=row.since_on,
        due_on=row.due_on,
        decision=row.decision,
        change=row.change,
        told=row.told,
        effect=None if row.effect is None else Effect(**row.effect),
        moves=tuple(Move(s.number, Stage(s.stage), s.happened_on, s.note) for s in connection.execute(steps)),
    )


def _refuse_date(due_on: date | None, on: date) -> None:
    if due_on is not None and due_on < on:
        raise UsageError("the next step is due before this one was made; check both days")
