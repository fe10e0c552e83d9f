"""The page on whether being listed helps."""

from fastapi import APIRouter, Request, Response

from serving.analysis import of_trial
from serving.api.served import TheServed
from serving.effect_tables import read_effect
from serving.experiment import stops
from serving.pages.analysis_page import Analyst, page
from serving.pages.rendering import PAGES

router = APIRouter(prefix="/analysis", **PAGES)


@router.get("/effect")
def effect(request: Request, shared: TheServed, person: Analyst) -> Response:
    """Whether being listed helps, by those whom the lot left out."""
    stored = shared.scores()
    tables = None if stored is None else read_effect(stored)
    if tables is None:
        return page(request, shared, person, "/effect", (), "")
    with shared.store.read() as connection:
        stopped = stops.every(connection)
    said = (
        f"As known on {tables.as_of}. A part of those who would be listed is left out by lot and gets the usual "
        "service; only so can it be known what a list does. Nobody who acts on lists can see who they are."
    )
    return page(request, shared, person, "/effect", of_trial.sections(tables, stopped), said)
