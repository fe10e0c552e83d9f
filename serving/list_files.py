"""Lists as files: one table for machines, and for each list a page and a table for people."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from features.errors import StorageError
from models.reasons import NO_LAST_WEEK, UNCHANGED
from serving.home import Home, week_of
from serving.line import Card, Line, OfficerList
from serving.settings import LIST_SETTINGS, Settings
from serving.whole import as_json, folder_written_whole, said_as_storage_error

MANIFEST = "manifest.json"
TABLE = "lists.csv"
INDEX = "index.html"

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_KINDS = {"visit": "visit", "call": "call", "message": "message", "meeting": "at the meeting", "survey": "survey"}
# What a spreadsheet runs, also behind blanks; apostrophes count as blanks, so that each cell can be read back exactly.
_FORMULA = re.compile(r"[\s']*[=+\-@\t\r]")
_SPLITS = re.compile(r'[",\r\n]')
_RESULTS = {"not_reached": "not reached", "wrong_number": "wrong number"}


@dataclass(frozen=True)
class Origin:
    """What the lists were made from: enough to make them again."""

    model_version: str
    book_digest: str
    last_week: str


def write_lists(
    home: Home, lists: Sequence[OfficerList], week: str, as_of: date, settings: Settings, origin: Origin
) -> Path:
    """Write a week's lists whole or not at all. The same lists leave everything untouched.

    Lists that were there for the week are kept under ``lists/superseded``.

    Returns
    -------
    The folder.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written; the lists that were there are unchanged.
    """
    content = contents(lists, week, as_of, settings, origin)
    target = home.lists / week
    with said_as_storage_error(target):
        if _same(target, content):
            return target
        before = _digest_of(target)
    with folder_written_whole(target, home.lists / "superseded" / f"{week}-{before[:8]}") as half:
        for name, data in content.items():
            (half / name).write_bytes(data)
    return target


def contents(
    lists: Sequence[OfficerList], week: str, as_of: date, settings: Settings, origin: Origin
) -> dict[str, bytes]:
    """Every file of a week's folder, by name."""
    files = {TABLE: _table([line for page in lists for line in page.lines])}
    for page in lists:
        files[f"{page.list_id}.csv"] = _table_for_people(page.lines)
        files[f"{page.list_id}.html"] = as_page(page, settings).encode()
    files[INDEX] = _index(lists, week, as_of, settings).encode()
    decided = settings.as_dict()
    manifest = {
        "week": week,
        "as_of": as_of.isoformat(),
        "model_version": origin.model_version,
        "book_digest": origin.book_digest,
        "last_week": origin.last_week,
        "settings": {name: decided[name] for name in LIST_SETTINGS},
        "lists": [
            {
                "list_id": page.list_id,
                "officer_id": page.officer_id,
                "officer_name": page.officer_name,
                "branch_id": page.branch_id,
                "branch_name": page.branch_name,
                "lines": len(page.lines),
            }
            for page in lists
        ],
        "files": {name: sha256(data).hexdigest() for name, data in sorted(files.items())},
    }
    return {**files, MANIFEST: as_json(manifest)}


def as_page(page: OfficerList, settings: Settings) -> str:
    """A list as one self-contained page, readable at 320 px and printed on A4 in black and white."""
    hours = (f"{settings.contact_from:%H:%M}", f"{settings.contact_until:%H:%M}")
    first, last = _span(page.as_of)
    text = (
        _pages()
        .get_template("list.html")
        .render(page=page, institution=settings.institution, hours=hours, first=first, last=last, style=_style())
    )
    return text + "\n"


@dataclass(frozen=True)
class StoredLists:
    """A week's lists as they stand on the disk."""

    manifest: Mapping[str, object]
    lines: Mapping[str, Sequence[Mapping[str, str]]]

    @property
    def heads(self) -> list[dict[str, str]]:
        """list_id, officer_id, officer_name, branch_id, branch_name and number of lines of each list."""
        heads = self.manifest["lists"]
        return [dict(head) for head in heads] if isinstance(heads, list) else []


def read_lists(folder: Path) -> StoredLists:
    """A stored week.

    Raises
    ------
    StorageError
        A file is missing, or is not what the manifest says.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        data = (folder / TABLE).read_bytes()
        whole = sha256(data).hexdigest() == manifest["files"][TABLE]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"the lists of {folder.name} cannot be read; run `exitwatch weekly` again") from error
    if not whole:
        raise StorageError(
            f"the lists of {folder.name} were changed after they were written; run `exitwatch weekly` again"
        )
    lines: dict[str, list[Mapping[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(data.decode(), newline="")):
        line = {column: _as_written(cell) for column, cell in row.items()}
        lines.setdefault(line["list_id"], []).append(line)
    return StoredLists(manifest, lines)


def listed_clients(home: Home, as_of: date) -> tuple[str, frozenset[str]]:
    """The week before and the clients on its lists; nobody where there is none.

    Raises
    ------
    StorageError
        That week's lists are damaged.
    """
    week = week_of(as_of - timedelta(days=7))
    if not (home.lists / week).is_dir():
        return "", frozenset()
    stored = read_lists(home.lists / week)
    return week, frozenset(line["client_id"] for lines in stored.lines.values() for line in lines)


def _table(lines: Sequence[Line]) -> bytes:
    columns = Line.columns()
    return _csv(columns, ([getattr(line, column) for column in columns] for line in lines))


def _table_for_people(lines: Sequence[Line]) -> bytes:
    """As `_table`, with the card's columns, and with the mark by which a spreadsheet knows the encoding."""
    columns, extra = Line.columns(), [f.name for f in fields(Card)]
    rows = ([*(getattr(line, c) for c in columns), *(getattr(line.card, c) for c in extra)] for line in lines)
    return "\ufeff".encode() + _csv([*columns, *extra], rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table with nothing in it that a spreadsheet would take for a formula."""
    lines = [head, *([_tame(_cell(cell)) for cell in row] for row in rows)]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines).encode()


def _quoted(cell: str) -> str:
    """As `csv` does, which leaves a lone carriage return bare in some versions of Python."""
    return '"' + cell.replace('"', '""') + '"' if _SPLITS.search(cell) else cell


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _tame(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _as_written(cell: str) -> str:
    """The cell that `_tame` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def _index(lists: Sequence[OfficerList], week: str, as_of: date, settings: Settings) -> str:
    first, last = _span(as_of)
    text = (
        _pages()
        .get_template("index.html")
        .render(
            lists=lists,
            week=week,
            as_of=as_of,
            first=first,
            last=last,
            institution=settings.institution,
            style=_style(),
        )
    )
    return text + "\n"


def _span(as_of: date) -> tuple[date, date]:
    return as_of + timedelta(days=1), as_of + timedelta(days=7)


@lru_cache(maxsize=1)
def _pages() -> Environment:
    pages = Environment(loader=PackageLoader("serving", "templates"), autoescape=True, undefined=StrictUndefined)
    pages.filters["day"] = _day
    pages.filters["full_day"] = _full_day
    pages.filters["last_contact"] = _last_contact
    pages.filters["worth_saying"] = lambda clause: clause not in ("", NO_LAST_WEEK, UNCHANGED)
    return pages


@lru_cache(maxsize=1)
def _style() -> str:

    return Markup((resources.files("serving") / "templates" / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own stylesheet


def _day(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def _full_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _last_contact(line: Line) -> str:
    if line.last_contact_on is None:
        return "none on record" if line.card.contacts_known else "not known"
    result = _RESULTS.get(line.last_contact_result, line.last_contact_result)
    kind = _KINDS.get(line.card.last_contact_kind, line.card.last_contact_kind)
    return ", ".join(part for part in (_full_day(line.last_contact_on), kind, result) if part)


def _same(target: Path, content: Mapping[str, bytes]) -> bool:
    if not target.is_dir() or {file.name for file in target.iterdir()} != set(content):
        return False
    return all((target / name).read_bytes() == data for name, data in content.items())


def _digest_of(target: Path) -> str:
    manifest = target / MANIFEST
    return sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else "unknown0"
