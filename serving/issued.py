"""Lists as they were issued, and every earlier draw of them: what pages, interface, paper and replay are made from."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from serving.line import DESK, Line, OfficerList, Owner
from serving.store.tables import issues, lines, lists


@dataclass(frozen=True)
class Issue:
    """A week's lists, as one run drew them.

    Parameters
    ----------
    revision
        1 for the first draw of a week; the highest is in force.
    settings
        Those that decide what stands on a list and how it looks, as they were.
    files
        SHA-256 of the files made for the week as a whole, by name.
    """

    issue_id: int
    week: str
    revision: int
    as_of: date
    model_version: str
    book_digest: str
    last_week: str
    settings: Mapping[str, Any]
    files: Mapping[str, str]
    software: str
    issued_at: datetime


@dataclass(frozen=True)
class Origin:
    """What lists were made from and by.

    Parameters
    ----------
    uplift_version
        Hash of the model of who is helped that gave the places; empty where there was none.
    """

    model_version: str
    book_digest: str
    last_week: str
    software: str
    uplift_version: str = ""


def issue(
    connection: Connection,
    drawn: Sequence[OfficerList],
    week: str,
    as_of: date,
    settings: Mapping[str, Any],
    origin: Origin,
    files: Mapping[str, str],
    now: datetime,
) -> Issue:
    """Put a week's lists in force. The same lists as those in force change nothing.

    Parameters
    ----------
    connection
        Of `Store.write`: all lists of the week come into force at once, or none.
    files
        SHA-256 of every file by name; those of one list begin with its id and a dot.
    """
    digest = _digest(drawn, as_of, settings, origin, files)
    before = newest(connection, week)
    if before is not None and _digest_of(connection, before) == digest:
        return before
    row = {
        "week": week,
        "revision": 1 if before is None else before.revision + 1,
        "as_of": as_of,
        "model_version": origin.model_version,
        "book_digest": origin.book_digest,
        "last_week": origin.last_week,
        "settings": dict(settings),
        "files": {name: files[name] for name in sorted(set(files) - _own_files(drawn, files))},
        "software": origin.software,
        "digest": digest,
        "issued_at": now,
    }
    number = connection.execute(issues.insert().values(row)).inserted_primary_key
    issue_id = int(number[0]) if number else 0
    for page in drawn:
        connection.execute(
            lists.insert().values(
                issue_id=issue_id,
                list_id=page.list_id,
                officer_id=page.officer_id,
                officer_name=page.officer_name,
                branch_id=page.branch_id,
                branch_name=page.branch_name,
                language=page.language,
                check=page.check,
                files={name: files[name] for name in sorted(files) if name.startswith(f"{page.list_id}.")},
            )
        )
    content = [
        {
            "issue_id": issue_id,
            "list_id": page.list_id,
            "place": line.place,
            "client_id": line.client_id,
            "content": line.as_content(),
        }
        for page in drawn
        for line in page.lines
    ]
    if content:
        connection.execute(lines.insert(), content)
    return _required(newest(connection, week))


def weeks(connection: Connection) -> list[str]:
    """ISO weeks that have lists, oldest first."""
    return sorted(connection.execute(select(issues.c.week).distinct()).scalars())


def newest(connection: Connection, week: str | None = None) -> Issue | None:
    """The lists in force of a week, by default of the newest; None if there are none."""
    query = select(issues).order_by(issues.c.week.desc(), issues.c.revision.desc()).limit(1)
    row = connection.execute(query if week is None else query.where(issues.c.week == week)).first()
    return None if row is None else _issue(row)


def sheets(
    connection: Connection, issued: Issue, *, officer_id: str | None = None, branch_id: str | None = None
) -> list[OfficerList]:
    """The lists of an issue by officer_id, the desk's last; of one officer or one branch where that is given."""
    chosen = select(lists).where(lists.c.issue_id == issued.issue_id)
    if officer_id is not None:
        chosen = chosen.where(lists.c.officer_id == officer_id)
    if branch_id is not None:
        chosen = chosen.where(lists.c.branch_id == branch_id)
    heads = sorted(connection.execute(chosen).all(), key=lambda head: (head.officer_id == DESK, head.officer_id))
    wanted = [head.list_id for head in heads]
    of_these = select(lines).where(lines.c.issue_id == issued.issue_id).order_by(lines.c.list_id, lines.c.place)
    if officer_id is not None or branch_id is not None:
        of_these = of_these.where(lines.c.list_id.in_(wanted))
    rows: dict[str, list[Line]] = {}
    for row in connection.execute(of_these):
        if row.content is not None:
            rows.setdefault(row.list_id, []).append(Line.from_content(row.content))
    return [_page(head, issued, rows.get(head.list_id, [])) for head in heads]


def sheet(
    connection: Connection, list_id: str, check: str | None = None, may: Callable[[Owner], bool] | None = None
) -> tuple[Issue, OfficerList] | None:
    """One list and the issue it belongs to; None if there is none.

    Parameters
    ----------
    check
        The letters printed behind the id, which tell an earlier draw from the one in force; None asks for the latter.
    may
        Whose lists are looked at. It is asked before anything of a list is read, so that another's list takes no longer
        than one that does not exist.
    """
    columns = lists.c.issue_id, lists.c.officer_id, lists.c.branch_id
    query = select(*columns).where(lists.c.list_id == list_id).order_by(lists.c.issue_id.desc()).limit(1)
    head = connection.execute(query if check is None else query.where(lists.c.check == check.casefold())).first()
    if head is None or (may is not None and not may(Owner(head.officer_id, head.branch_id))):
        return None
    issued = _issue(connection.execute(select(issues).where(issues.c.issue_id == head.issue_id)).one())
    in_force = newest(connection, issued.week)
    if check is None and (in_force is None or in_force.issue_id != issued.issue_id):
        return None
    return issued, page_of(connection, issued, list_id)


def owners(connection: Connection, list_id: str) -> frozenset[Owner]:
    """Whose a list is and was, in all its draws; nobody's if there is none."""
    query = select(lists.c.officer_id, lists.c.branch_id).where(lists.c.list_id == list_id).distinct()
    return frozenset(Owner(row.officer_id, row.branch_id) for row in connection.execute(query))


def page_of(connection: Connection, issued: Issue, list_id: str) -> OfficerList:
    """One list of an issue, without the lines that were erased since."""
    key = issued.issue_id
    head = connection.execute(select(lists).where(lists.c.issue_id == key, lists.c.list_id == list_id)).one()
    own = select(lines).where(lines.c.issue_id == key, lines.c.list_id == list_id).order_by(lines.c.place)
    kept = [Line.from_content(row.content) for row in connection.execute(own) if row.content is not None]
    return _page(head, issued, kept)


def draws(connection: Connection, list_id: str) -> list[tuple[Issue, Mapping[str, str], int]]:
    """Every draw of a list, oldest first: its issue, the SHA-256 of its files, and how many lines were erased since."""
    query = select(lists.c.issue_id, lists.c.files).where(lists.c.list_id == list_id).order_by(lists.c.issue_id)
    answer: list[tuple[Issue, Mapping[str, str], int]] = []
    for row in connection.execute(query).all():
        issued = _issue(connection.execute(select(issues).where(issues.c.issue_id == row.issue_id)).one())
        gone = select(func.count()).where(
            lines.c.issue_id == row.issue_id, lines.c.list_id == list_id, lines.c.erased_at.is_not(None)
        )
        answer.append((issued, dict(row.files), int(connection.execute(gone).scalar_one())))
    return answer


def where_listed(connection: Connection, client_id: str) -> list[tuple[Issue, str, Line]]:
    """Every line ever issued for a client, oldest first, with its issue and list."""
    query = select(lines).where(lines.c.client_id == client_id, lines.c.content.is_not(None))
    answer = []
    for row in connection.execute(query.order_by(lines.c.issue_id, lines.c.list_id)).all():
        issued = _issue(connection.execute(select(issues).where(issues.c.issue_id == row.issue_id)).one())
        answer.append((issued, str(row.list_id), Line.from_content(row.content)))
    return answer


def lines_of(connection: Connection, list_id: str, clients: Collection[str]) -> list[Line]:
    """Lines of some clients in whichever draw of a list had them last, by client_id."""
    query = select(lines).where(lines.c.list_id == list_id, lines.c.client_id.in_(sorted(clients)))
    rows = connection.execute(query.order_by(lines.c.client_id, lines.c.issue_id)).all()
    return list({row.client_id: Line.from_content(row.content) for row in rows if row.content is not None}.values())


def listed(connection: Connection, week: str) -> frozenset[str]:
    """Clients on the lists in force of a week; nobody where there are none."""
    issued = newest(connection, week)
    if issued is None:
        return frozenset()
    found = connection.execute(select(lines.c.client_id).where(lines.c.issue_id == issued.issue_id))
    return frozenset(str(row.client_id) for row in found)


def list_with(connection: Connection, client_id: str) -> tuple[str, str] | None:
    """Officer and branch of the list of the newest week on which a client stands; None where she is on none."""
    issued = newest(connection)
    if issued is None:
        return None
    whose = and_(lists.c.issue_id == lines.c.issue_id, lists.c.list_id == lines.c.list_id)
    hers = select(lists.c.officer_id, lists.c.branch_id).join(lines, whose)
    found = connection.execute(
        hers.where(lines.c.issue_id == issued.issue_id, lines.c.client_id == client_id).limit(1)
    ).first()
    return None if found is None else (str(found.officer_id), str(found.branch_id))


def listed_with(connection: Connection, week: str) -> dict[str, str]:
    """Clients on the lists in force of a week, each with whose list it is: an officer's id, or the desk."""
    issued = newest(connection, week)
    if issued is None:
        return {}
    whose = and_(lists.c.issue_id == lines.c.issue_id, lists.c.list_id == lines.c.list_id)
    found = select(lines.c.client_id, lists.c.officer_id).join(lists, whose).where(lines.c.issue_id == issued.issue_id)
    return {str(row.client_id): str(row.officer_id) for row in connection.execute(found)}


def _issue(row: Row[Any]) -> Issue:
    return Issue(
        issue_id=row.issue_id,
        week=row.week,
        revision=row.revision,
        as_of=row.as_of,
        model_version=row.model_version,
        book_digest=row.book_digest,
        last_week=row.last_week,
        settings=dict(row.settings),
        files=dict(row.files),
        software=row.software,
        issued_at=row.issued_at,
    )


def _page(head: Row[Any], issued: Issue, kept: Sequence[Line]) -> OfficerList:
    return OfficerList(
        list_id=head.list_id,
        officer_id=head.officer_id,
        officer_name=head.officer_name,
        branch_id=head.branch_id,
        branch_name=head.branch_name,
        week=issued.week,
        as_of=issued.as_of,
        language=head.language,
        check=head.check,
        lines=tuple(kept),
    )


def _own_files(drawn: Sequence[OfficerList], files: Mapping[str, str]) -> set[str]:
    prefixes = tuple(f"{page.list_id}." for page in drawn)
    return {name for name in files if name.startswith(prefixes)}


def _digest(
    drawn: Sequence[OfficerList],
    as_of: date,
    settings: Mapping[str, Any],
    origin: Origin,
    files: Mapping[str, str],
) -> str:
    content = [
        as_of.isoformat(),
        [origin.model_version, origin.book_digest, origin.last_week, origin.software],
        dict(settings),
        dict(files),
        [[page.list_id, [line.as_content() for line in page.lines]] for page in drawn],
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _digest_of(connection: Connection, issued: Issue) -> str:
    return str(connection.execute(select(issues.c.digest).where(issues.c.issue_id == issued.issue_id)).scalar_one())


def _required(issued: Issue | None) -> Issue:
    if issued is None:  # pragma: no cover - it was inserted in this very transaction
        raise LookupError("an issue vanished within its own transaction")
    return issued
