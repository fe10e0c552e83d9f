"""One client's rows and lines taken out of the working folder's files, folder by folder, each whole or not at all."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from features.errors import StorageError
from serving.delimited import read_table
from serving.home import Home, is_week
from serving.issued import Issue, draws, sheets
from serving.line import OfficerList
from serving.list_files import MANIFEST, TABLE, digests, list_contents, settings_of, week_contents
from serving.store.database import Store
from serving.whole import as_json, folder_written_whole, tidy

_CONTEXT = "context.json"
_CSV = ".csv"


def erase_from_files(home: Home, store: Store, client_id: str) -> int:
    """Take a client out of every file: kept scores and figures, lists, and lists that others replaced.

    Lists that show her are made again without her, from the lines the database still holds; those it does not hold are
    removed. Each folder's manifest says how many lines were erased.

    Returns
    -------
    How many folders were changed.

    Raises
    ------
    StorageError
        A file is damaged or the disk is full; folders done so far stay done, and the same call does the rest.
    """
    tidy_all(home)
    changed = 0
    for folder in scored_folders(home):
        changed += _without_rows(folder, client_id)
    for folder in [*_weeks(home.lists), *_weeks(home.lists / "superseded")]:
        changed += _without_lines(folder, client_id, store)
    return changed


def tidy_all(home: Home) -> None:
    """Drop what killed runs left beside the folders: it may be a folder as it was before somebody was erased."""
    for folder in scored_folders(home):
        tidy(folder)
    for folder in (*_weeks(home.lists), *_weeks(home.lists / "superseded")):
        tidy(folder)


def clients_in_files(home: Home) -> Iterator[set[str]]:
    """Clients that files speak of, folder by folder."""
    for folder in scored_folders(home):
        for file in sorted(folder.glob("*.parquet")):
            yield set(_column(file))
    for folder in [*_weeks(home.lists), *_weeks(home.lists / "superseded")]:
        for table in sorted(folder.glob(f"*{_CSV}")):
            yield {row["client_id"] for row in read_table(table.read_bytes())}


def folders_with(home: Home, client_id: str) -> int:
    """How many folders hold a client."""
    scored = sum(
        any(_groups_of(file, client_id) for file in folder.glob("*.parquet")) for folder in scored_folders(home)
    )
    listed = [*_weeks(home.lists), *_weeks(home.lists / "superseded")]
    return scored + sum(bool(_lists_with(folder, client_id)) for folder in listed)


def scored_folders(home: Home) -> list[Path]:
    """Folders that hold figures of clients, by date: scores, then those whose scores are gone."""
    return [*_folders(home.scores), *_folders(home.features)]


def _without_rows(folder: Path, client_id: str) -> bool:
    files = sorted(folder.glob("*.parquet"))
    hers = {file: groups for file in files if (groups := _groups_of(file, client_id))}
    if not hers:
        return False
    with folder_written_whole(folder) as half:
        for file in sorted(folder.iterdir()):
            if file in hers:
                _copy_without(file, half / file.name, client_id, hers[file])
            elif file.name != _CONTEXT:
                os.link(file, half / file.name)
        context = _json(folder / _CONTEXT)
        was_scored = any(file.name == "scores.parquet" for file in hers)
        context["clients"] = int(context.get("clients", 0)) - was_scored
        context["erased"] = int(context.get("erased", 0)) + 1
        (half / _CONTEXT).write_bytes(as_json(context))
    return True


def _groups_of(file: Path, client_id: str) -> list[int]:
    """Row groups that hold a client; files are ordered by client_id, and each group knows its first and last."""
    with _said_as_damage(file), pa.parquet.ParquetFile(file) as opened:
        place = opened.schema_arrow.get_field_index("client_id")
        found = []
        for group in range(opened.metadata.num_row_groups) if place >= 0 else ():
            bounds = opened.metadata.row_group(group).column(place).statistics
            if bounds is None or not bounds.has_min_max or bounds.min <= client_id <= bounds.max:
                ids = opened.read_row_group(group, columns=["client_id"])["client_id"]
                if pa.compute.any(pa.compute.equal(ids, client_id)).as_py():
                    found.append(group)
        return found


def _copy_without(file: Path, target: Path, client_id: str, groups: Sequence[int]) -> None:
    with _said_as_damage(file), pa.parquet.ParquetFile(file) as opened, target.open("wb") as written:
        schema = opened.schema_arrow
        with pa.parquet.ParquetWriter(written, schema, compression="zstd") as writer:
            for group in range(opened.metadata.num_row_groups):
                rows = opened.read_row_group(group)
                if group in groups:
                    rows = rows.filter(pa.compute.not_equal(rows["client_id"], client_id))
                writer.write_table(rows, row_group_size=max(1, rows.num_rows))


def _column(file: Path) -> list[str]:
    with _said_as_damage(file), pa.parquet.ParquetFile(file) as opened:
        if opened.schema_arrow.get_field_index("client_id") < 0:
            return []
        return list(opened.read(columns=["client_id"])["client_id"].to_pylist())


def _without_lines(folder: Path, client_id: str, store: Store) -> bool:
    hers = _lists_with(folder, client_id)
    if not hers:
        return False
    manifest = _json(folder / MANIFEST)
    made = _made_again(manifest, hers, client_id, store)
    with folder_written_whole(folder) as half:
        for file in sorted(folder.iterdir()):
            if file.name not in (MANIFEST, TABLE, *made) and not file.name.startswith(tuple(f"{it}." for it in hers)):
                os.link(file, half / file.name)
        for name, content in made.items():
            (half / name).write_bytes(content)
        (half / MANIFEST).write_bytes(as_json(_noted(manifest, hers, half)))
    return True


def _lists_with(folder: Path, client_id: str) -> dict[str, int]:
    """Lists whose files show a client, with how many of their lines do."""
    found: dict[str, int] = {}
    for table in sorted(folder.glob(f"*{_CSV}")):
        for row in read_table(table.read_bytes()):
            if row["client_id"] == client_id and table.name != TABLE:
                found[row["list_id"]] = found.get(row["list_id"], 0) + 1
    if (folder / TABLE).exists():
        for row in read_table((folder / TABLE).read_bytes()):
            if row["client_id"] == client_id:
                found.setdefault(row["list_id"], 1)
    return found


def _made_again(manifest: dict[str, Any], hers: dict[str, int], client_id: str, store: Store) -> dict[str, bytes]:
    """Files of the lists that show her, and of the week, without her; nothing where the draw is not known any more."""
    written = {(str(each.get("list_id")), str(each.get("check"))) for each in manifest.get("lists", [])}
    with store.read() as connection:
        for drawn, _, _ in draws(connection, next(iter(hers))):
            pages = sheets(connection, drawn)
            if {(page.list_id, page.check) for page in pages} == written:
                return _files_without(drawn, pages, hers, client_id)
    return {}


def _files_without(
    drawn: Issue, pages: Sequence[OfficerList], hers: dict[str, int], client_id: str
) -> dict[str, bytes]:
    settings = settings_of(drawn.settings)
    left = [replace(page, lines=tuple(line for line in page.lines if line.client_id != client_id)) for page in pages]
    files = week_contents(left, drawn.week, drawn.as_of, settings)
    for page in left:
        if page.list_id in hers:
            files |= list_contents(page, settings)
    return files


def _noted(manifest: dict[str, Any], hers: dict[str, int], folder: Path) -> dict[str, Any]:
    """The manifest of what is left, with how many lines were erased."""
    left = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.name != MANIFEST}
    lists = [
        {**each, "lines": int(each.get("lines", 0)) - hers.get(str(each.get("list_id")), 0)}
        for each in manifest.get("lists", [])
    ]
    erased = int(manifest.get("erased", 0)) + sum(hers.values())
    return {**manifest, "lists": lists, "files": digests(left), "erased": erased}


def _folders(parent: Path) -> list[Path]:
    found = parent.iterdir() if parent.is_dir() else ()
    return sorted(each for each in found if _is_date(each.name) and each.is_dir())


def _weeks(parent: Path) -> list[Path]:
    return (
        sorted(each for each in parent.iterdir() if is_week(each.name[:8]) and each.is_dir()) if parent.is_dir() else []
    )


def _json(file: Path) -> dict[str, Any]:
    with _said_as_damage(file):
        content = json.loads(file.read_bytes()) if file.exists() else {}
        if not isinstance(content, dict):
            raise ValueError("no object")
        return content


@contextmanager
def _said_as_damage(file: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, ValueError) as error:
        raise StorageError(
            f"{file.parent.name}/{file.name} is damaged, so it cannot be told whom it holds. Delete the folder "
            f"{file.parent.name!r}, or restore it from a backup, and run the command again."
        ) from error


def _is_date(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
