"""Everything that is kept about one client, gathered for her: codes and figures for machines, beside plain words.

The rows of the book itself are the institution's own system's: they are read each week and not kept here. What stands
here was made from them. Staff appear by what they do, never by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet
from sqlalchemy import Connection

from features.book import Book
from features.drivers import DRIVERS
from features.errors import StorageError
from serving import holds, issued, outcomes
from serving.corrections import corrections_of
from serving.erased_files import scored_folders
from serving.events import Event
from serving.experiment.kept import lots_of
from serving.handovers import of_client as handed_over
from serving.holds import Reach
from serving.home import Home
from serving.kept_scores import KeptScores
from serving.languages import Language
from serving.looks import Look, looks
from serving.settings import Settings
from serving.spoken_line import spoken
from serving.survey import kept as answers
from serving.survey import samples

#: Columns that name staff; they are left out of what a client is given.
_STAFF = frozenset({"entered_by", "settled_by", "handed_by", "done_by", "lifted_by", "officer_id", "interviewer"})
_MEANINGS: Mapping[str, str] = MappingProxyType({str(event): event.meaning for event in Event})
_DRIVERS = ("driver_1", "driver_2", "driver_3")


def gathered(
    connection: Connection, home: Home, settings: Settings, client_id: str, language: Language, book: Book | None
) -> dict[str, Any]:
    """What is kept about a client.

    Parameters
    ----------
    connection
        Of `Store.read`; the key of pseudonyms has to be there.
    language
        In which the plain words are.
    book
        The book as it is today, for the attributes that are read from it; None leaves them out.

    Returns
    -------
    Plain values: attributes, scores, figures, lists, found, handed_over, peace, corrections, asked, sampled, lots, seen
    and kept_months.
    """
    return {
        "attributes": None if book is None else _attributes(book, client_id),
        "scores": _scores(home, client_id, language),
        "figures": _figures(home, client_id),
        "lists": _lists(connection, client_id, language),
        "found": [_without_staff(each) for each in outcomes.of_client(connection, client_id)],
        "handed_over": [_without_staff(each) for each in handed_over(connection, client_id)],
        "peace": [
            _without_staff(each) for each in holds.every(connection, target=client_id) if each.reach is Reach.CLIENT
        ],
        "corrections": [_without_staff(each) for each in corrections_of(connection, [client_id]).get(client_id, ())],
        "asked": [
            {
                **_without_staff(each.answer),
                "recorded_on": plain(each.recorded_on),
                "replaced_on": plain(each.replaced_on),
            }
            for each in answers.of_client(connection, client_id)
        ],
        "lots": [plain(each) for each in lots_of(connection, client_id)],
        "sampled": [_without_staff(each) for each in samples.of_client(connection, client_id)],
        "seen": [_seen(look) for look in looks(connection, client_id)],
        "kept_months": {
            "scores": settings.keep_scores_months,
            "lists": settings.keep_scores_months,
            "figures": settings.keep_features_months,
            "found": settings.keep_outcomes_months,
            "seen": settings.keep_audit_months,
            "asked": settings.keep_survey_months,
            "by_law": settings.keep_by_law_months,
        },
        "law": settings.keep_by_law,
    }


def is_empty(kept: Mapping[str, Any]) -> bool:
    """Whether nothing at all is kept about her."""
    return not any(
        kept[part]
        for part in (
            "attributes",
            "scores",
            "figures",
            "lists",
            "found",
            "handed_over",
            "peace",
            "corrections",
            "asked",
            "sampled",
            "lots",
            "seen",
        )
    )


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, str) or value is None:
        return None if value is None else str(value)
    if isinstance(value, Sequence | frozenset | set):
        return [plain(each) for each in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if value is pd.NaT or value is pd.NA or value != value:
        return None
    return value.item() if hasattr(value, "item") else value


def _attributes(book: Book, client_id: str) -> dict[str, dict[str, Any]]:
    """Her row of the tables lists are made from, as it is today."""
    found = {}
    for table in ("clients", "directory"):
        if table in book.present:
            rows = book.current_clients() if table == "clients" else book.reference(table)
            for row in rows[rows["client_id"] == client_id].to_dict("records"):
                kept = {name: _as_read(value) for name, value in row.items() if name in book.present[table]}
                found[table] = {str(name): value for name, value in kept.items() if value is not None}
    return found


def _as_read(value: Any) -> Any:
    """A value of the book; it knows days and no hours."""
    return plain(value.date() if isinstance(value, pd.Timestamp) else value)


def _scores(home: Home, client_id: str, language: Language) -> list[dict[str, Any]]:
    """One entry for each date she was scored on, oldest first, with the names of what weighed most."""
    found = []
    for day in home.scored_dates():
        row = KeptScores(home.scores / day.isoformat()).scores_of(client_id)
        if row is not None:
            codes = [str(row[name]) for name in _DRIVERS if row.get(name) is not None]
            why = [language.text(DRIVERS[code].name) for code in codes if code in DRIVERS]
            found.append({**plain(row), "why": why})
    return found


def _figures(home: Home, client_id: str) -> list[dict[str, Any]]:
    """The figures behind the scores and what else is counted of her, by date and file."""
    found = []
    for folder in scored_folders(home):
        for name in ("features", "facts", "people"):
            row = _row(folder / f"{name}.parquet", client_id)
            if row is not None:
                found.append({"as_of": folder.name, "kind": name, "values": plain(row)})
    return found


def _row(file: Path, client_id: str) -> dict[str, Any] | None:
    if not file.exists():
        return None
    try:
        found = pa.parquet.read_table(file, filters=pa.compute.field("client_id") == client_id)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"{file.parent.name}/{file.name} cannot be read; restore it from a backup") from error
    return dict(found.to_pylist()[0]) if found.num_rows else None


def _lists(connection: Connection, client_id: str, language: Language) -> list[dict[str, Any]]:
    found = []
    for drawn, list_id, line in issued.where_listed(connection, client_id):
        said = spoken(line, language)
        found.append(
            {
                "list_id": list_id,
                "week": drawn.week,
                "revision": drawn.revision,
                "as_of": drawn.as_of.isoformat(),
                "issued_at": drawn.issued_at.isoformat(),
                "model_version": drawn.model_version,
                "reasons": list(said.reasons),
                "asked_to": said.action,
                "asked_not_to": said.avoid,
                "band": said.band,
                "line": line.as_content(),
            }
        )
    return found


def _seen(look: Look) -> dict[str, Any]:
    """Who looked, by role, at what and when."""
    entry = look.entry
    return {
        "at": entry.at.isoformat(),
        "role": entry.role,
        "event": entry.event,
        "meaning": _MEANINGS.get(entry.event, entry.event),
        "list_id": look.list_id,
    }


def _without_staff(row: Any) -> dict[str, Any]:
    return {field.name: plain(getattr(row, field.name)) for field in fields(row) if field.name not in _STAFF}
