"""Lists as files: one table for machines, and for each list what people hold: paper, sheet, page, message, table."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from datetime import date
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from features.errors import StorageError
from serving.delimited import as_csv
from serving.documents.index import as_index
from serving.documents.message import as_message
from serving.documents.page import as_page
from serving.documents.pdf import as_code_sheet, as_pdf
from serving.documents.xlsx import as_xlsx
from serving.home import Home
from serving.issued import Origin
from serving.languages import language
from serving.line import DESK, FOUND_BY, Card, OfficerList
from serving.settings import LIST_SETTINGS, Settings
from serving.spoken_line import SpokenLine, spoken
from serving.whole import as_json, folder_written_whole, said_as_storage_error, tidy

MANIFEST = "manifest.json"
TABLE = "lists.csv"
INDEX = "index.html"

#: So many lists are worth starting a process for each core, which takes some seconds.
MANY = 200
#: Columns of ``lists.csv``, in order.
COLUMNS = (
    *("list_id", "officer_id", "rank", "client_id", "band", "driver_1", "driver_2", "driver_3"),
    *("reason_1", "reason_2", "reason_3", "action", "avoid", "last_contact_on", "last_contact_result"),
    *("loan_ends_on", "meeting_on", "carried_over", "why_now"),
)
#: What the table of one list shows besides.
_FOR_PEOPLE = ("place", *(field.name for field in fields(Card) if field.name not in FOUND_BY))


def list_contents(page: OfficerList, settings: Settings) -> dict[str, bytes]:
    """Every file of one list, by name. Made from the list and the settings alone: the same give the same bytes."""
    tongue = language(page.language)
    name = page.list_id
    return {
        f"{name}.pdf": as_pdf(page, tongue, settings),
        f"{name}.xlsx": as_xlsx(page, tongue, settings),
        f"{name}.csv": _table_for_people(page),
        f"{name}.txt": as_message(page, tongue).encode(),
        f"{name}.html": as_page(page, tongue, settings).encode(),
    }


def contents_of_all(
    lists: Sequence[OfficerList], settings: Settings, told: Callable[[int], None] | None = None
) -> dict[str, bytes]:
    """As `list_contents`, of many lists; of very many, on every core there is.

    Parameters
    ----------
    told
        Called with how many lists are done.
    """
    files: dict[str, bytes] = {}
    for done, made in enumerate(_made(lists, settings), 1):
        files |= made
        if told is not None:
            told(done)
    return files


def _made(lists: Sequence[OfficerList], settings: Settings) -> Iterator[dict[str, bytes]]:
    cores = os.cpu_count() or 1
    if len(lists) < MANY or cores == 1:
        yield from (list_contents(page, settings) for page in lists)
        return
    # Started anew and not forked: the libraries of the weekly run have threads of their own.
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        yield from pool.map(partial(list_contents, settings=settings), lists, chunksize=8)


def week_contents(lists: Sequence[OfficerList], week: str, as_of: date, settings: Settings) -> dict[str, bytes]:
    """The files made for a week as a whole, by name: the table, the index, and the keys of the reply boxes.

    The manifest is written last, by `write_lists`.
    """
    codes = {
        f"codes-{'desk' if desk else 'officer'}-{spoken_in}.pdf": as_code_sheet(
            DESK if desk else "officer", language(spoken_in), settings
        )
        for spoken_in, desk in sorted({(page.language, page.is_desk) for page in lists})
    }
    return {
        TABLE: as_table(lists),
        INDEX: as_index(lists, week, as_of, language(settings.language), settings).encode(),
        **codes,
    }


def as_table(lists: Sequence[OfficerList]) -> bytes:
    """``lists.csv``: every line of the lists, each in its list's language, by rank."""
    rows = (
        [_machine_cell(page, said, column) for column in COLUMNS]
        for page in lists
        for said in sorted(_spoken(page), key=lambda said: said.line.rank)
    )
    return as_csv(COLUMNS, rows)


def write_lists(
    home: Home,
    lists: Sequence[OfficerList],
    files: Mapping[str, bytes],
    week: str,
    as_of: date,
    settings: Settings,
    origin: Origin,
) -> Path:
    """Write a week's files whole or not at all. The same files leave everything untouched.

    Files that were there for the week are kept under ``lists/superseded``.

    Returns
    -------
    The folder.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written; the files that were there are unchanged.
    """
    content = {**files, MANIFEST: _manifest(lists, files, week, as_of, settings, origin)}
    target = home.lists / week
    with said_as_storage_error(target):
        if _same(target, content):
            tidy(target)
            return target
        before = _digest_of(target)
    with folder_written_whole(target, home.lists / "superseded" / f"{week}-{before[:8]}") as half:
        for name, data in content.items():
            (half / name).write_bytes(data)
    return target


def list_settings(settings: Settings) -> dict[str, object]:
    """The settings that decide what stands on a list and how it looks, as they are stored with it."""
    decided = settings.as_dict()
    return {name: decided[name] for name in LIST_SETTINGS}


def settings_of(stored: Mapping[str, Any]) -> Settings:
    """The settings that `list_settings` gave: from what was stored alone, whatever stands in the environment by now.

    Raises
    ------
    StorageError
        They are those of a version that knew other settings.
    """
    try:
        return _AsStored(**stored)
    except ValidationError as error:
        names = ", ".join(sorted({str(each["loc"][0]) for each in error.errors() if each["loc"]}))
        raise StorageError(
            f"the settings stored with the list cannot be read ({names}); another version of exitwatch issued it. "
            "Install that one, or use the copy under lists/."
        ) from error


class _AsStored(Settings):
    """Settings that look nowhere but at what they are given."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file."""
    return {name: sha256(data).hexdigest() for name, data in sorted(files.items())}


def _manifest(
    lists: Sequence[OfficerList],
    files: Mapping[str, bytes],
    week: str,
    as_of: date,
    settings: Settings,
    origin: Origin,
) -> bytes:
    return as_json(
        {
            "week": week,
            "as_of": as_of.isoformat(),
            "model_version": origin.model_version,
            **({"uplift_version": origin.uplift_version} if origin.uplift_version else {}),
            "book_digest": origin.book_digest,
            "last_week": origin.last_week,
            "software": origin.software,
            "settings": list_settings(settings),
            "lists": [
                {
                    "list_id": page.list_id,
                    "check": page.check,
                    "officer_id": page.officer_id,
                    "officer_name": page.officer_name,
                    "branch_id": page.branch_id,
                    "branch_name": page.branch_name,
                    "language": page.language,
                    "lines": len(page.lines),
                }
                for page in lists
            ],
            "files": digests(files),
        }
    )


def _spoken(page: OfficerList) -> list[SpokenLine]:
    tongue = language(page.language)
    return [spoken(line, tongue) for line in page.lines]


def _machine_cell(page: OfficerList, said: SpokenLine, column: str) -> object:
    kind, _, place = column.rpartition("_")
    if kind in ("driver", "reason"):
        texts = [each.driver for each in said.line.reasons] if kind == "driver" else list(said.reasons)
        return (*texts, "", "", "")[int(place) - 1]
    if column in ("list_id", "officer_id"):
        return getattr(page, column)
    if column in ("action", "avoid", "why_now"):
        return getattr(said, column)
    return getattr(said.line, column)


def _table_for_people(page: OfficerList) -> bytes:
    """As ``lists.csv``, in the order of the week and with the card, and with the mark that tells the encoding."""
    rows = (
        [
            *(_machine_cell(page, said, column) for column in COLUMNS),
            said.line.place,
            *(getattr(said.line.card, column) for column in _FOR_PEOPLE[1:]),
        ]
        for said in _spoken(page)
    )
    return "\ufeff".encode() + as_csv([*COLUMNS, *_FOR_PEOPLE], rows)


def _same(target: Path, content: Mapping[str, bytes]) -> bool:
    if not target.is_dir() or {file.name for file in target.iterdir()} != set(content):
        return False
    return all((target / name).read_bytes() == data for name, data in content.items())


def _digest_of(target: Path) -> str:
    manifest = target / MANIFEST
    return sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else "unknown0"
