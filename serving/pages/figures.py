"""Figures of a branch for its manager: what was done of this week's lists, and of the weeks before by officer.

Shares come with their counts and an interval, officers stand in alphabetical order, and nothing is sorted by a rate:
the figures are for help, not for pay or dismissal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from features.intervals import wilson
from serving.issued import Issue
from serving.line import OfficerList
from serving.outcome_codes import CODES
from serving.store.tables import issues, lines, lists, outcomes

#: A list without a single entry on the third working day is asked after; earlier it is only early.
LATE_AFTER_DAYS = 3
#: Weeks over which an officer's figures are summed: a quarter, or the intervals say nothing at all.
WEEKS = 13
_TALKED = tuple(code.code for code in CODES.values() if code.contact in ("reached", "promised"))
_DEAD = "W"


@dataclass(frozen=True)
class Share:
    """So many of so many, with a 95 % interval by Wilson (1927), which holds for small counts too.

    Examples
    --------
    >>> Share(0, 0).interval is None, [round(end, 2) for end in Share(5, 10).interval]
    (True, [0.24, 0.76])
    """

    some: int
    all: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper end; None of nothing."""
        if not self.all:
            return None
        return wilson(self.some, self.all)


@dataclass(frozen=True)
class Coverage:
    """What was done of one list of this week.

    Parameters
    ----------
    late
        Whether there is no entry at all though some should be.
    conflicts
        Entries that wait for a decision.
    """

    list_id: str
    officer_name: str
    done: Share
    late: bool
    conflicts: int


@dataclass(frozen=True)
class OfficerFigures:
    """An officer over some weeks.

    Parameters
    ----------
    done
        Lines with an entry, of all lines.
    talked
        Clients who were talked to, of all lines with an entry.
    """

    officer_name: str
    done: Share
    talked: Share


@dataclass(frozen=True)
class DeadPhone:
    """A number that does not work, by the list or by what was found this week."""

    list_id: str
    place: int
    name: str
    client_id: str
    phone: str


def coverage(connection: Connection, pages: Sequence[OfficerList], today: date) -> list[Coverage]:
    """What was done of each of a branch's lists of one week, by the officers' names."""
    stand = {page.list_id: {line.client_id for line in page.lines} for page in pages}
    query = select(outcomes.c.list_id, outcomes.c.client_id, outcomes.c.status).where(
        outcomes.c.list_id.in_(list(stand)), outcomes.c.status.in_(("accepted", "conflict"))
    )
    answered: dict[str, set[str]] = {number: set() for number in stand}
    conflicts = dict.fromkeys(stand, 0)
    for row in connection.execute(query):
        if row.status == "conflict":
            conflicts[row.list_id] += 1
        elif row.client_id in stand[row.list_id]:
            answered[row.list_id].add(row.client_id)
    answer = []
    for page in pages:
        done = len(answered[page.list_id])
        waited = (today - page.as_of).days > LATE_AFTER_DAYS
        answer.append(
            Coverage(
                list_id=page.list_id,
                officer_name=page.officer_name,
                done=Share(done, len(page.lines)),
                late=waited and not done and bool(page.lines),
                conflicts=conflicts[page.list_id],
            )
        )
    return sorted(answer, key=lambda one: (one.officer_name.casefold(), one.list_id))


def by_officer(connection: Connection, branch_id: str, newest: Issue) -> list[OfficerFigures]:
    """Figures of a branch's officers over the last weeks, in alphabetical order."""
    since = newest.as_of - timedelta(days=7 * (WEEKS - 1))
    in_force = (
        select(func.max(issues.c.issue_id).label("issue_id"))
        .where(issues.c.as_of >= since, issues.c.as_of <= newest.as_of)
        .group_by(issues.c.week)
    )
    of_branch = lists.c.branch_id == branch_id
    listed = (
        select(lists.c.officer_id, func.max(lists.c.officer_name).label("name"), func.count().label("n"))
        .join(lines, (lines.c.issue_id == lists.c.issue_id) & (lines.c.list_id == lists.c.list_id))
        .where(of_branch, lists.c.issue_id.in_(in_force))
        .group_by(lists.c.officer_id)
    )
    told = (
        select(outcomes.c.officer_id, outcomes.c.code, func.count().label("n"))
        .where(
            outcomes.c.branch_id == branch_id,
            outcomes.c.status == "accepted",
            outcomes.c.list_id.in_(select(lists.c.list_id).where(of_branch, lists.c.issue_id.in_(in_force))),
        )
        .group_by(outcomes.c.officer_id, outcomes.c.code)
    )
    entered: dict[str, int] = {}
    talked: dict[str, int] = {}
    for row in connection.execute(told):
        entered[row.officer_id] = entered.get(row.officer_id, 0) + int(row.n)
        if row.code in _TALKED:
            talked[row.officer_id] = talked.get(row.officer_id, 0) + int(row.n)
    found = [
        OfficerFigures(
            officer_name=str(row.name),
            done=Share(min(entered.get(row.officer_id, 0), int(row.n)), int(row.n)),
            talked=Share(talked.get(row.officer_id, 0), entered.get(row.officer_id, 0)),
        )
        for row in connection.execute(listed)
    ]
    return sorted(found, key=lambda one: one.officer_name.casefold())


def dead_phones(connection: Connection, pages: Sequence[OfficerList]) -> list[DeadPhone]:
    """Clients of a branch's lists whose number does not work, in the order of the lists."""
    numbers = [page.list_id for page in pages]
    query = select(outcomes.c.list_id, outcomes.c.client_id).where(
        outcomes.c.list_id.in_(numbers), outcomes.c.status == "accepted", outcomes.c.code == _DEAD
    )
    tried = {(row.list_id, row.client_id) for row in connection.execute(query)}
    return [
        DeadPhone(page.list_id, line.place, line.card.name or line.client_id, line.client_id, line.card.phone)
        for page in sorted(pages, key=lambda page: (page.officer_name.casefold(), page.list_id))
        for line in page.lines
        if line.card.phone_works is False or (page.list_id, line.client_id) in tried
    ]


def percent(share: Share) -> Mapping[str, int] | None:
    """An interval in whole per cent, widened where it is rounded; None of nothing."""
    if share.interval is None:
        return None
    low, high = share.interval
    return {"low": int(low * 100), "high": -int(-high * 100 // 1)}
