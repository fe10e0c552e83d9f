"""Reports of months, as they are opened from the overview for analysts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from serving.access import Person
from serving.api.callers import Visitor
from serving.api.errors import not_found
from serving.api.reports import as_file
from serving.api.served import Served, TheServed
from serving.pages.rendering import PAGES
from serving.report import kept

router = APIRouter(prefix="/analysis/reports", **PAGES)


def _analyst(person: Visitor) -> Person:
    if not person.scope.sees_numbers:
        raise not_found()
    return person


@router.get("/{month}.pdf")
def report(month: str, shared: TheServed, person: Annotated[Person, Depends(_analyst)]) -> Response:
    """The report of a month as PDF."""
    return as_file(shared, person, month)


def links(shared: Served) -> list[tuple[str, str]]:
    """Address and month of each report, newest first."""
    return [(f"/analysis/reports/{month}.pdf", month) for month in reversed(kept.months(shared.home))]
