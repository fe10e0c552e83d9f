"""Reports of months, for analysts and administrators."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from serving.access import Person
from serving.api.callers import NumbersPerson
from serving.api.errors import DOCUMENTED, not_found
from serving.api.served import Served, TheServed
from serving.events import Event
from serving.report import kept

router = APIRouter(prefix="/v1/reports", tags=["reports"], responses=DOCUMENTED)

PDF = "application/pdf"


class Reports(BaseModel):
    """Months of which there is a report."""

    months: list[str] = Field(description="Such as 2025-11, oldest first; the first weekly run after a month makes it.")


@router.get("")
def reports(shared: TheServed, asking: NumbersPerson) -> Reports:
    """Months of which there is a report."""
    shared.record(asking, Event.FIGURES_VIEWED, page="reports")
    return Reports(months=kept.months(shared.home))


@router.get("/{month}", response_class=Response, responses={200: {"content": {PDF: {}}}})
def report(month: str, shared: TheServed, asking: NumbersPerson) -> Response:
    """The report of a month such as 2025-11, as PDF."""
    return as_file(shared, asking, month)


def as_file(shared: Served, person: Person, month: str) -> Response:
    """A report as it is sent, once it is written down who reads it."""
    found = kept.read(shared.home, month)
    if found is None:
        raise not_found()
    shared.record(person, Event.FIGURES_VIEWED, page=f"report {month}")
    headers = {
        "Content-Disposition": f'inline; filename="report-{month}.pdf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found, headers=headers, media_type=PDF)
