"""To which branch a client belongs, which branches there are, and whether one may see her line."""

from sqlalchemy import Connection, select

from serving import issued
from serving.api.served import Served
from serving.line import DESK
from serving.pages.list_view import NOT_FOR_BRANCHES
from serving.store.tables import lines, lists


def branch_of(connection: Connection, shared: Served, client_id: str) -> str | None:
    """Branch of a client by the newest scores, else of the officer whose list names her; None if nobody knows.

    Both are asked for everybody: a client of another branch takes no longer than one who does not exist.
    """
    kept = shared.scores()
    person = None if kept is None else kept.person(client_id)
    listed = _branch_of_list(connection, client_id)
    return listed if person is None or person["branch_id"] is None else str(person["branch_id"])


def _branch_of_list(connection: Connection, client_id: str) -> str | None:
    newest = issued.newest(connection)
    if newest is None:
        return None
    query = (
        select(lists.c.branch_id)
        .join(lines, (lines.c.issue_id == lists.c.issue_id) & (lines.c.list_id == lists.c.list_id))
        .where(lines.c.issue_id == newest.issue_id, lines.c.client_id == client_id, lists.c.branch_id != "")
    )
    found = connection.execute(query).scalars().first()
    return None if found is None else str(found)


def known(connection: Connection, shared: Served, client_id: str) -> bool:
    """Whether there is such a client: among those with scores, or on any list."""
    kept = shared.scores()
    query = select(lines.c.client_id).where(lines.c.client_id == client_id).limit(1)
    listed = connection.execute(query).scalar() is not None
    return listed or (kept is not None and kept.person(client_id) is not None)


def branches(connection: Connection) -> list[tuple[str, str]]:
    """Id and name of every branch with a list this week, by name."""
    newest = issued.newest(connection)
    if newest is None:
        return []
    query = select(lists.c.branch_id, lists.c.branch_name).where(
        lists.c.issue_id == newest.issue_id, lists.c.branch_id != ""
    )
    found = {(str(row.branch_id), str(row.branch_name)) for row in connection.execute(query)}
    return sorted(found, key=lambda branch: (branch[1], branch[0]))


def kept_from_branches(connection: Connection, list_id: str, client_id: str) -> bool:
    """Whether no branch is to see a line of a client, by the desk's list in force of this week or of a list's own.

    What was handed over before the week was drawn again may be about the conduct of staff since.
    """
    own, newest = issued.newest(connection, "-".join(list_id.split("-")[:2])), issued.newest(connection)
    query = select(lines.c.content).where(
        lines.c.issue_id.in_({drawn.issue_id for drawn in (own, newest) if drawn is not None}),
        lines.c.list_id.in_({f"{drawn.week}-{DESK}" for drawn in (own, newest) if drawn is not None}),
        lines.c.client_id == client_id,
        lines.c.content.is_not(None),
    )
    return any(NOT_FOR_BRANCHES in content["routed"] for content in connection.execute(query).scalars())
