"""What was ever issued, in counts: for whoever looks for a list to make again."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from serving.store.tables import issues, lines, lists


@dataclass(frozen=True)
class DrawnWeek:
    """One draw of a week's lists.

    Parameters
    ----------
    revision
        1 for the first draw; the highest of a week is in force.
    lines
        Lines that were issued, erased ones among them.
    """

    week: str
    revision: int
    as_of: date
    issued_at: datetime
    model_version: str
    software: str
    lists: int
    lines: int
    erased: int


@dataclass(frozen=True)
class DrawnList:
    """One list of one draw."""

    list_id: str
    check: str
    revision: int
    officer_name: str
    branch_name: str
    lines: int
    erased: int


def drawn_weeks(connection: Connection) -> list[DrawnWeek]:
    """Every draw, by week and revision."""
    of_issue = issues.c.issue_id
    of_lists = select(func.count()).where(lists.c.issue_id == of_issue).scalar_subquery()
    of_lines = select(func.count()).where(lines.c.issue_id == of_issue).scalar_subquery()
    gone = select(func.count(lines.c.erased_at)).where(lines.c.issue_id == of_issue).scalar_subquery()
    told = (issues.c.week, issues.c.revision, issues.c.as_of, issues.c.issued_at, issues.c.model_version)
    chosen = select(*told, issues.c.software, of_lists, of_lines, gone).order_by(issues.c.week, issues.c.revision)
    return [DrawnWeek(*row) for row in connection.execute(chosen)]


def drawn_lists(connection: Connection, week: str) -> list[DrawnList]:
    """Every list of a week in each of its draws, by id and revision."""
    here = (lines.c.issue_id == lists.c.issue_id, lines.c.list_id == lists.c.list_id)
    of_lines = select(func.count()).where(*here).scalar_subquery()
    gone = select(func.count(lines.c.erased_at)).where(*here).scalar_subquery()
    told = (lists.c.list_id, lists.c.check, issues.c.revision, lists.c.officer_name, lists.c.branch_name)
    chosen = (
        select(*told, of_lines, gone)
        .join(issues, issues.c.issue_id == lists.c.issue_id)
        .where(issues.c.week == week)
        .order_by(lists.c.list_id, issues.c.revision)
    )
    return [DrawnList(*row) for row in connection.execute(chosen)]
