"""Measures of exit as they were kept by the weekly run, as far as the caller may see them."""

from typing import Annotated

from fastapi import APIRouter, Depends

from serving import kept_measures
from serving.access import Person, Role
from serving.api.callers import only
from serving.api.errors import DOCUMENTED, not_found
from serving.api.measured import AllMeasures
from serving.api.served import TheServed
from serving.events import Event

router = APIRouter(prefix="/v1", tags=["measures"], responses=DOCUMENTED)

#: For managers, analysts and administrators.
MeasuresPerson = Annotated[Person, Depends(only(lambda scope: scope.sees_measures))]


@router.get("/measures")
def measures(shared: TheServed, asking: MeasuresPerson) -> AllMeasures:
    """How many clients leave, by the published formulas, periods and segments: as the newest weekly run kept it."""
    kept = kept_measures.newest(shared.home)
    if kept is None:
        raise not_found()
    tables = dict(kept.tables)
    if asking.scope.role is Role.MANAGER:
        tables = {name: [] for name in kept_measures.TABLES} | {"segments": kept.of_branch(asking.scope.of)}
    shared.record(asking, Event.FIGURES_VIEWED, page="measures")
    return AllMeasures.model_validate(
        {"as_of": kept.as_of, "grace_days": kept.grace_days, "settled": kept.settled, **tables}
    )
