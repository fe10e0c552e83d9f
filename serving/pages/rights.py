"""The data-protection officer's page: what is kept about a client, and what she asked for."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving import holds, issued, outcomes
from serving.access import Role
from serving.api.callers import Visitor
from serving.api.served import TheServed
from serving.events import Event
from serving.holds import Reach
from serving.pages.rendering import PAGES
from serving.pages.site import moment, only, show
from serving.pages.whereabouts import known

router = APIRouter(**PAGES)


@router.get("/rights")
def rights(
    request: Request, shared: TheServed, person: Visitor, client: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Counts of what is kept about one client, found by id; the export says what it is."""
    only(person, Role.DPO)
    client = client.strip()
    listed = entered = held = 0
    there = False
    if client:
        with shared.store.read() as connection:
            there = known(connection, shared, client)
            if there:
                listed = len(issued.where_listed(connection, client))
                entered = len(outcomes.of_client(connection, client))
                today = moment(shared).today
                of_client = holds.every(connection, client)
                held = sum(each.reach is Reach.CLIENT and each.holds_on(today) for each in of_client)
        shared.record(person, Event.CLIENT_VIEWED if there else Event.CLIENT_REFUSED, client=client)
    return show(
        request,
        shared,
        person,
        "rights.html",
        404 if client and not there else 200,
        client=client,
        there=there,
        listed=listed,
        entered=entered,
        held=held,
    )
