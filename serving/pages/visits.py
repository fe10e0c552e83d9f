"""The plan of the week: for an officer, for the desk, for a manager the branch; and what other hours would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from features.errors import UsageError
from serving import issued, outcomes
from serving.access import Person, Role
from serving.api.callers import Visitor
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.charts.chart import NARROW, WIDE, Chart
from serving.charts.pictures import Pictures
from serving.documents.content import span
from serving.documents.xlsx import as_sheet
from serving.events import Event
from serving.issued import Issue
from serving.kept_scores import KeptScores
from serving.languages import Language
from serving.outcomes import Status
from serving.pages.chart_files import as_file, as_picture
from serving.pages.officer import FILES
from serving.pages.rendering import PAGES
from serving.pages.site import moment, only, show, tongue
from serving.pages.visits_view import cells, list_plan, widths
from serving.visits.hours import NAME, hours_chart, rows_of, said_of
from serving.visits.plan import Plan
from serving.visits.table import as_table
from serving.visits.told import chances
from serving.visits.week import PLANNERS, Today, as_of_today, hours_of, lists_of, other_hours, plans_of

router = APIRouter(prefix="/visits", **PAGES)

_PICTURES = Pictures()
#: Who decides on hours, and so sees what others would change. An officer is shown no figure of what is expected.
_DECIDE = (Role.MANAGER, Role.DESK)


@dataclass(frozen=True)
class _Asked:
    """Lists of whoever asks as they stand today, and their plans."""

    issue: Issue
    lists: Sequence[Today]
    scores: KeptScores
    plans: Sequence[Plan]
    done: frozenset[str]


@router.get("")
def visits(
    request: Request, shared: TheServed, person: Visitor, hours: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """The week by day, each line with why it does not stand where the list has it, or has no day."""
    only(person, *PLANNERS)
    language = tongue(request, shared, person)
    asked = _asked(shared, person, language)
    if asked is None:
        return show(request, shared, person, "no_plan.html")
    lines = sum(len(each.page.lines) for each in asked.lists)
    shared.record(
        person, Event.PLAN_VIEWED, asked.issue.week, scope=person.scope.text, lists=len(asked.lists), lines=lines
    )
    return show(
        request,
        shared,
        person,
        "visits.html",
        week=span(asked.issue.as_of, language),
        lists=[
            list_plan(each.page, plan, asked.done, language)
            for each, plan in zip(asked.lists, asked.plans, strict=True)
        ],
        other=_other(asked, shared, language, hours) if person.scope.role in _DECIDE else None,
        narrow=NARROW,
        wide=WIDE,
    )


@router.get("/file/{kind}")
def a_file(request: Request, shared: TheServed, person: Visitor, kind: str) -> Response:
    """The plan as a table or as a workbook."""
    only(person, *PLANNERS)
    language = tongue(request, shared, person)
    asked = _asked(shared, person, language) if kind in ("csv", "xlsx") else None
    if asked is None:
        raise not_found()
    pages = [each.page for each in asked.lists]
    if kind == "csv":
        content = "\ufeff".encode() + as_table(pages, asked.plans, language)
    else:
        week = span(asked.issue.as_of, language)
        rows = [row for page, plan in zip(pages, asked.plans, strict=True) for row in cells(page, plan, language)]
        content = as_sheet(language.text("Plan of the week"), week, asked.issue.as_of, widths(language), rows)
    lines = sum(len(page.lines) for page in pages)
    shared.record(person, Event.LIST_EXPORTED, asked.issue.week, format=f"visits {kind}", lines=lines)
    headers = {
        "Content-Disposition": f'attachment; filename="visits-{asked.issue.week}.{kind}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, media_type=FILES[kind])


@router.get("/chart/{name}/{width}")
def chart(request: Request, shared: TheServed, person: Visitor, name: str, width: int) -> Response:
    """The drawing of what other hours would change."""
    if width not in (NARROW, WIDE):
        raise not_found()
    return as_picture(_PICTURES.of(_chart(request, shared, person, name), width))


@router.get("/table/{name}")
def table(request: Request, shared: TheServed, person: Visitor, name: str) -> Response:
    """The figures of what other hours would change, for a spreadsheet."""
    return as_file(_chart(request, shared, person, name))


def _asked(shared: Served, person: Person, language: Language) -> _Asked | None:
    """The newest week of whoever asks; None where there are no lists, or their scores are not kept any more."""
    with shared.store.read() as connection:
        newest = issued.newest(connection)
        pages = [] if newest is None else lists_of(connection, newest, person.scope)
        lists = as_of_today(connection, pages, moment(shared).today, language, shared.settings)
        entered = [each for page in pages for each in outcomes.of_list(connection, page.list_id)]
    scores = None if newest is None or not lists else shared.scores(newest.as_of)
    if newest is None or scores is None:
        return None
    try:
        plans = plans_of(lists, scores, shared.settings, shared.home)
    except UsageError:
        return None
    done = frozenset(each.client_id for each in entered if each.status is Status.ACCEPTED)
    return _Asked(newest, lists, scores, plans, done)


def _other(asked: _Asked, shared: Served, language: Language, chosen: str) -> dict[str, object]:
    """What other hours would change, and the hours that were chosen to look at; those there are where none were."""
    now = hours_of([each.page for each in asked.lists], shared.settings)
    found = other_hours(asked.lists, asked.scores, shared.settings, shared.home)
    options = [
        (f"{hours:g}", row[0], said_of(found, hours, now, language))
        for hours, row in zip(found["hours"], rows_of(found, language), strict=True)
    ]
    at = chosen if chosen in {value for value, _, _ in options} else f"{now:g}"
    made = hours_chart(found, now, language, asked.scores.uplift_version)
    return {
        "options": options,
        "chosen": at,
        "said": next(said for value, _, said in options if value == at),
        "chances": chances(language, asked.scores.uplift_version),
        "chart": made.name,
        "title": made.title,
        "heads": [head.title for head in made.heads.values()],
        "rows": rows_of(found, language),
    }


def _chart(request: Request, shared: Served, person: Person, name: str) -> Chart:
    only(person, *_DECIDE)
    language = tongue(request, shared, person)
    asked = _asked(shared, person, language) if name == NAME else None
    if asked is None:
        raise not_found()
    shared.record(person, Event.FIGURES_VIEWED, page=f"visits {name}")
    now = hours_of([each.page for each in asked.lists], shared.settings)
    return hours_chart(
        other_hours(asked.lists, asked.scores, shared.settings, shared.home), now, language, asked.scores.uplift_version
    )
