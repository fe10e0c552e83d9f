"""The feedback loop: findings, and the steps they go."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictStr

from serving import findings
from serving.api.callers import NumbersPerson
from serving.api.errors import DOCUMENTED, not_found
from serving.api.served import TheServed
from serving.effect import Effect, as_value
from serving.events import Event
from serving.findings import Finding, Stage
from serving.given import printable

router = APIRouter(prefix="/v1/feedback", tags=["feedback"], responses=DOCUMENTED)

_Text = Annotated[StrictStr, Field(max_length=2_000)]
#: Days that can be counted on from.
_Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2200, 1, 1))]


class FindingSent(BaseModel):
    """What was found out, without any client's name."""

    model_config = ConfigDict(extra="forbid")

    finding: _Text
    owner: _Text = Field(description="Who answers for what becomes of it.")
    on: _Day | None = Field(default=None, description="Null is today.")
    due_on: _Day | None = None
    stage: Stage = Field(default=Stage.COLLECT, description="Where it stands already; report at the latest.")


class FigureSent(BaseModel):
    """A figure, with its interval if it has one."""

    model_config = ConfigDict(extra="forbid")

    value: FiniteFloat = Field(ge=-1e12, le=1e12)
    low: Annotated[FiniteFloat, Field(ge=-1e12, le=1e12)] | None = None
    high: Annotated[FiniteFloat, Field(ge=-1e12, le=1e12)] | None = None


class EffectSent(BaseModel):
    """Before against after."""

    model_config = ConfigDict(extra="forbid")

    what: _Text
    before: FigureSent
    after: FigureSent


class StepSent(BaseModel):
    """A step to the next stage."""

    model_config = ConfigDict(extra="forbid")

    note: _Text = Field(description="What was done.")
    to: Stage | None = Field(
        default=None,
        description="The stage that is meant: the next, or from anywhere dropped (with a decision) or handed_on (with "
        "told: who follows it up).",
    )
    on: _Day | None = Field(default=None, description="Null is today.")
    due_on: _Day | None = Field(default=None, description="By when the step after this one is to be made.")
    decision: _Text = ""
    change: _Text = ""
    told: _Text = ""
    owner: _Text = ""
    effect: EffectSent | None = None


class EffectTold(BaseModel):
    """What changed from before to after: an association, for other things change too."""

    what: str
    before: float
    after: float
    change: float
    low: float | None
    high: float | None
    label: str


class StepTold(BaseModel):
    """One step that was made."""

    stage: str
    happened_on: date
    note: str


class FindingTold(BaseModel):
    """A finding and what became of it."""

    finding_id: str
    finding: str
    owner: str
    stage: str
    since_on: date
    due_on: date | None
    overdue: bool
    decision: str
    change: str
    told: str
    effect: EffectTold | None
    steps: list[StepTold]

    @classmethod
    def of(cls, found: Finding, today: date) -> "FindingTold":
        """As it stands on a day."""
        return cls(
            finding_id=found.finding_id,
            finding=found.finding,
            owner=found.owner,
            stage=found.stage.value,
            since_on=found.since_on,
            due_on=found.due_on,
            overdue=found.overdue(today),
            decision=found.decision,
            change=found.change,
            told=found.told,
            effect=None if found.effect is None else EffectTold(**found.effect.as_dict()),
            steps=[StepTold(stage=s.stage.value, happened_on=s.happened_on, note=s.note) for s in found.moves],
        )


class Findings(BaseModel):
    """Findings, those whose next step is due first."""

    findings: list[FindingTold]


@router.get("")
def listed(shared: TheServed, asking: NumbersPerson) -> Findings:
    """Every finding with its steps; `overdue` where the next one is late."""
    today = shared.today()
    with shared.store.read() as connection:
        told = [FindingTold.of(each, today) for each in findings.every(connection)]
    shared.record(asking, Event.FINDINGS_VIEWED, points=len(told))
    return Findings(findings=told)


@router.post("")
def add(sent: FindingSent, shared: TheServed, asking: NumbersPerson) -> FindingTold:
    """Enter a finding. The same words and owner entered again are the finding that is there."""
    today = shared.today()
    with shared.store.write() as connection:
        on, at = sent.on or today, shared.now()
        made = findings.add(connection, sent.finding, sent.owner, on, asking.by, at, sent.due_on, sent.stage)
    return FindingTold.of(made, today)


@router.post("/{finding_id}/move")
def move(
    finding_id: Annotated[str, Path(max_length=36)], sent: StepSent, shared: TheServed, asking: NumbersPerson
) -> FindingTold:
    """Let a finding go on to its next stage, or end it; stages go forward only, and nothing of the past is changed."""
    today = shared.today()
    said = {name: getattr(sent, name) for name in ("decision", "change", "told", "owner")}
    with shared.store.write() as connection:
        if not printable(finding_id) or findings.one(connection, finding_id) is None:
            raise not_found()
        effect = None if sent.effect is None else _effect(sent.effect)
        made = findings.move(
            connection,
            finding_id,
            sent.on or today,
            sent.note,
            asking.by,
            shared.now(),
            today,
            stage=sent.to,
            due_on=sent.due_on,
            effect=effect,
            **said,
        )
    return FindingTold.of(made, today)


def _effect(sent: EffectSent) -> Effect:
    before, after = (as_value(each.value, each.low, each.high) for each in (sent.before, sent.after))
    return Effect.of(sent.what, before, after)
