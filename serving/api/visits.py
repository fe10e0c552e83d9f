"""The plan of the newest week, for whoever goes out or calls, and for managers."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, FiniteFloat

from features.errors import UsageError
from serving import issued
from serving.access import Person, Role
from serving.api.callers import only
from serving.api.errors import DOCUMENTED, not_found
from serving.api.served import TheServed
from serving.events import Event
from serving.languages import Language, language
from serving.line import OfficerList
from serving.visits.plan import Plan
from serving.visits.table import PlanLine, lines_of
from serving.visits.told import chances
from serving.visits.week import PLANNERS, as_of_today, lists_of, plans_of

router = APIRouter(prefix="/v1/visits", tags=["visits"], responses=DOCUMENTED)

Planner = Annotated[Person, Depends(only(lambda scope: scope.role in PLANNERS))]


class PlannedVisit(BaseModel):
    """One line of a list: its day, or why it has none."""

    client_id: str
    name: str
    village: str
    group: str
    place: int = Field(description="Number printed on the list.")
    day: date | None = Field(description="Null where no day of the week has it.")
    order: int | None = Field(description="1 for the first of the week.")
    how: str | None = Field(description="meeting, visit or call.")
    minutes: int | None
    told: str | None = Field(
        description="In the list's language: why it does not stand where the list has it, or has no day."
    )


class ListPlan(BaseModel):
    """The plan of one list."""

    list_id: str
    check: str
    officer_id: str
    way_minutes: int = Field(description="Minutes on the way in the week.")
    proven: bool = Field(description="Whether no better plan exists; else it is at least as good as the list's order.")
    expected_kept: FiniteFloat | None = Field(
        description="Clients expected to be kept by all that is planned; null for officers."
    )
    lines: list[PlannedVisit]


class WeekPlan(BaseModel):
    """Plans of the newest week, as far as the caller may see them."""

    week: str
    as_of: date
    chances: str = Field(description="How far `expected_kept` is to be trusted.")
    lists: list[ListPlan]


@router.get("")
def visits(shared: TheServed, asking: Planner) -> WeekPlan:
    """The plan of the newest week as it stands today: who is met on which day, and what does not fit."""
    scope, tongue = asking.scope, language(shared.settings.language)
    with shared.store.read() as connection:
        newest = issued.newest(connection)
        drawn = [] if newest is None else lists_of(connection, newest, scope)
        lists = as_of_today(connection, drawn, shared.today(), tongue, shared.settings)
    scores = None if newest is None else shared.scores(newest.as_of)
    if newest is None or scores is None:
        raise not_found()
    try:
        plans = plans_of(lists, scores, shared.settings, shared.home)
    except UsageError as error:
        raise not_found() from error
    lines = sum(len(each.page.lines) for each in lists)
    shared.record(asking, Event.PLAN_VIEWED, newest.week, scope=scope.text, lists=len(lists), lines=lines)
    return WeekPlan(
        week=newest.week,
        as_of=newest.as_of,
        chances=chances(tongue, scores.uplift_version),
        lists=[
            _plan(each.page, plan, told=scope.role is not Role.OFFICER) for each, plan in zip(lists, plans, strict=True)
        ],
    )


def _plan(page: OfficerList, plan: Plan, *, told: bool) -> ListPlan:
    tongue: Language = language(page.language)
    return ListPlan(
        list_id=page.list_id,
        check=page.check,
        officer_id=page.officer_id,
        way_minutes=plan.way,
        proven=plan.proven,
        expected_kept=round(plan.kept, 4) if told else None,
        lines=[_line(each) for each in lines_of(page, plan, tongue)],
    )


def _line(each: PlanLine) -> PlannedVisit:
    card, planned = each.line.card, each.planned
    return PlannedVisit(
        client_id=each.line.client_id,
        name=card.name,
        village=card.village,
        group=card.group,
        place=each.line.place,
        day=None if planned is None else planned.day,
        order=None if planned is None else planned.order,
        how=None if planned is None else planned.how.value,
        minutes=None if planned is None else planned.minutes,
        told=each.told or None,
    )
