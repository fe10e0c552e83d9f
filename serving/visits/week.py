"""The plan of the newest week as it stands today: for whoever may see the lists it is made of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import Connection

from serving import issued
from serving.access import Role, Scope
from serving.corrected import corrected
from serving.corrections import corrections_of
from serving.home import Home
from serving.issued import Issue
from serving.kept_scores import KeptScores
from serving.languages import Language
from serving.line import DESK, OfficerList
from serving.peace import at_peace
from serving.settings import Settings
from serving.visit_settings import VisitSettings
from serving.visits.expected import expected
from serving.visits.plan import Plan, plan_week
from serving.visits.what_if import compared, hours_to_try, with_hours

#: Who has a plan: whoever goes out or calls, and managers.
PLANNERS = frozenset({Role.OFFICER, Role.MANAGER, Role.DESK})


@dataclass(frozen=True)
class Today:
    """A list with what clients put right since it was drawn, and who on it is to be left in peace by now."""

    page: OfficerList
    in_peace: frozenset[str]


def lists_of(connection: Connection, of: Issue, scope: Scope) -> list[OfficerList]:
    """The lists somebody's plan is made of; nobody but an officer, a manager or the desk has one."""
    match scope.role:
        case Role.OFFICER:
            found = issued.sheets(connection, of, officer_id=scope.of)
        case Role.MANAGER:
            found = issued.sheets(connection, of, branch_id=scope.of)
        case Role.DESK:
            found = issued.sheets(connection, of, officer_id=DESK)
        case _:
            return []
    return [page for page in found if scope.sees_list(page.officer_id, page.branch_id, is_desk=page.is_desk)]


def as_of_today(
    connection: Connection, pages: Sequence[OfficerList], today: date, tongue: Language, settings: Settings
) -> list[Today]:
    """Lists as they stand today; once their week is over, nothing newer is told of their clients."""
    found = []
    for page in pages:
        right = corrections_of(connection, [line.client_id for line in page.lines]) if page.current(today) else {}
        peace = at_peace(connection, page, today, tongue, settings)
        found.append(Today(corrected(page, right), frozenset(peace)))
    return found


def plans_of(lists: Sequence[Today], scores: KeptScores, settings: VisitSettings, home: Home) -> list[Plan]:
    """The plan of each list. One that was made of the same list, scores and settings before is found again.

    Raises
    ------
    UsageError, StorageError
        As `serving.visits.expected.expected`.
    """
    return [_plan(each, scores, settings, home) for each in lists]


def other_hours(lists: Sequence[Today], scores: KeptScores, settings: VisitSettings, home: Home) -> pd.DataFrame:
    """What other hours a day would change, as `serving.visits.what_if.compared` tells it.

    Raises
    ------
    UsageError, StorageError
        As `serving.visits.expected.expected`.
    """
    hours = hours_to_try(hours_of([each.page for each in lists], settings))
    return compared({each: plans_of(lists, scores, with_hours(settings, each), home) for each in hours}, settings)


def hours_of(pages: Collection[OfficerList], settings: VisitSettings) -> float:
    """Hours a day there are: the desk's for its own list, else an officer's."""
    return settings.desk_hours_a_day if any(page.is_desk for page in pages) else settings.visit_hours_a_day


def _plan(today: Today, scores: KeptScores, settings: VisitSettings, home: Home) -> Plan:
    hours = hours_of([today.page], settings)

    def make() -> Plan:
        kept = expected([today.page], scores, settings, home)
        (made,) = plan_week([today.page], kept, settings, in_peace=today.in_peace)
        return made

    return scores.told_once(("plan", today, hours), make)
