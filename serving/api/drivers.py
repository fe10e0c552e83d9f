"""What weighs on clients, for the book and by branch, as far as the caller may see it."""

from typing import Annotated

from fastapi import APIRouter, Depends

from serving.access import Person, Role
from serving.api.answers import DriverFigures, DriversOf, DriversSummary
from serving.api.callers import only
from serving.api.errors import DOCUMENTED, not_found
from serving.api.served import TheServed
from serving.driver_summary import read_summary
from serving.events import Event

router = APIRouter(prefix="/v1/drivers", tags=["drivers"], responses=DOCUMENTED)

DriversPerson = Annotated[Person, Depends(only(lambda scope: scope.sees_drivers))]


@router.get("")
def drivers(shared: TheServed, asking: DriversPerson) -> DriversSummary:
    """Drivers of the newest scores: the book and every branch, or a manager's own branch. Associations, not causes."""
    stored = shared.scores()
    found = None if stored is None else read_summary(stored)
    if stored is None or found is None:
        raise not_found()
    parts = found["parts"]
    if asking.scope.role is Role.MANAGER:
        parts = [part for part in parts if part["branch"] == asking.scope.of]
        if not parts and found["missing"] is None:
            raise not_found()
    shared.record(asking, Event.FIGURES_VIEWED, page="drivers")
    return DriversSummary(
        as_of=stored.as_of,
        model_version=stored.model_version,
        missing=found["missing"],
        parts=[
            DriversOf(
                branch_id=part["branch"] or None,
                clients=part["clients"],
                exits=part["exits"],
                said=part["said"],
                drivers=[DriverFigures(**row) for row in part["drivers"]],
            )
            for part in parts
        ],
    )
