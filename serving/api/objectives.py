"""Objectives, and where they stand by the newest figures that are stored."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from serving.access import Person, Role, Scope
from serving.api.callers import only
from serving.api.errors import DOCUMENTED
from serving.api.served import TheServed
from serving.events import Event
from serving.objectives.objective import Objective
from serving.objectives.read import read_courses
from serving.objectives.status import Standing

router = APIRouter(prefix="/v1/objectives", tags=["objectives"], responses=DOCUMENTED)


def _may(scope: Scope) -> bool:
    return scope.sees_numbers or scope.role is Role.MANAGER


#: Analysts and administrators see all; a manager those of the own branch.
ObjectivesPerson = Annotated[Person, Depends(only(_may))]


class OneObjective(BaseModel):
    """An objective and where it stands."""

    name: str
    goal: str
    kind: str = Field(description="process or result.")
    indicator: str
    unit: str = Field(description="share (0 to 1), count or days.")
    segment: str = Field(description="Such as area=rural; empty is everybody.")
    owner: str
    means: str
    baseline: float
    baseline_on: date
    target: float
    by: date
    status: str = Field(description="reached, on_the_way, behind, off or not_known.")
    value: float | None
    low: float | None
    high: float | None
    expected: float = Field(description="Where it should stand today, on the line from baseline to target.")
    sure: bool | None = Field(description="Whether the interval leaves no doubt on which side of that line it is.")
    days_left: int


class Objectives(BaseModel):
    """Objectives as far as whoever asks may see them."""

    objectives: list[OneObjective]
    not_smart: int = Field(description="How many of the file lack something: `exitwatch objectives check` says what.")


@router.get("")
def objectives(shared: TheServed, asking: ObjectivesPerson) -> Objectives:
    """Where every objective of the working folder's objectives.toml stands today."""
    with shared.store.read() as connection:
        read = read_courses(connection, shared.home.path, shared.today(), lambda each: _sees(asking.scope, each))
    told = [_told(each.standing) for each in read.courses]
    shared.record(asking, Event.OBJECTIVES_VIEWED, objectives=len(told))
    return Objectives(objectives=told, not_smart=read.not_smart if asking.scope.sees_numbers else 0)


def _sees(scope: Scope, objective: Objective) -> bool:
    return scope.sees_numbers or (bool(scope.of) and objective.segment.branch_id == scope.of)


def _told(each: Standing) -> OneObjective:
    of = each.objective
    return OneObjective(
        name=of.name,
        goal=of.goal,
        kind=of.kind,
        indicator=of.indicator.code,
        unit=of.indicator.unit,
        segment=of.segment.text,
        owner=of.owner,
        means=of.means,
        baseline=of.baseline,
        baseline_on=of.baseline_on,
        target=of.target,
        by=of.by,
        status=each.status.value,
        value=each.value.value,
        low=each.value.low,
        high=each.value.high,
        expected=each.expected,
        sure=each.sure,
        days_left=each.days_left,
    )
