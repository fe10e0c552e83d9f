"""Lists of a week, as far as the caller may see them."""

from collections.abc import Mapping

from fastapi import APIRouter

from serving.access import Scope
from serving.api.answers import ListLine, OneList, WeekLists
from serving.api.errors import DOCUMENTED, not_found
from serving.api.served import Caller, Served, TheServed
from serving.home import is_week
from serving.line import DESK

router = APIRouter(prefix="/v1/lists", tags=["lists"], responses=DOCUMENTED)


@router.get("/current")
def current(shared: TheServed, scope: Caller) -> WeekLists:
    """Lists of the newest week."""
    weeks = shared.home.weeks()
    if not weeks:
        raise not_found()
    return _lists(shared, scope, weeks[-1])


@router.get("/{week}")
def of_week(week: str, shared: TheServed, scope: Caller) -> WeekLists:
    """Lists of an ISO week such as 2024-W27."""
    if not is_week(week):
        raise not_found()
    return _lists(shared, scope, week)


def _lists(shared: Served, scope: Scope, week: str) -> WeekLists:
    stored = shared.week(week)
    if stored is None:
        raise not_found()
    lists = [
        OneList(
            list_id=head["list_id"],
            officer_id=head["officer_id"],
            officer_name=head["officer_name"],
            branch_id=head["branch_id"],
            branch_name=head["branch_name"],
            lines=[_line(line) for line in stored.lines.get(head["list_id"], ())],
        )
        for head in stored.heads
        if scope.sees_list(head["officer_id"], head["branch_id"], is_desk=head["officer_id"] == DESK)
    ]
    return WeekLists.model_validate({"week": week, "as_of": stored.manifest["as_of"], "lists": lists})


def _line(line: Mapping[str, str]) -> ListLine:
    return ListLine.model_validate(
        {
            "rank": line["rank"],
            "client_id": line["client_id"],
            "band": line["band"],
            "drivers": [line[name] for name in ("driver_1", "driver_2", "driver_3") if line[name]],
            "reasons": [line[name] for name in ("reason_1", "reason_2", "reason_3") if line[name]],
            "action": line["action"],
            "avoid": line["avoid"],
            "last_contact_on": line["last_contact_on"] or None,
            "last_contact_result": line["last_contact_result"] or None,
            "loan_ends_on": line["loan_ends_on"] or None,
            "meeting_on": line["meeting_on"] or None,
            "carried_over": line["carried_over"] == "yes",
            "why_now": line["why_now"] or None,
        }
    )
