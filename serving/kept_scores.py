"""Scores kept in the working folder: what the server answers from, and scores single clients with."""

import io
import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from features.book import Book
from features.errors import StorageError
from features.facts import Facts
from serving.found_rows import GROUP, FoundFigures, FoundRows
from serving.home import Home
from serving.score import Scores
from serving.whole import as_json, folder_written_whole

#: Column of people.parquet: an open complaint of the client names an officer.
ABOUT_STAFF = "complaint_about_staff"

#: Explanations of single clients that are held.
_TOLD = 4_096

T = TypeVar("T")


def keep(
    home: Home,
    scores: Scores,
    book: Book,
    book_digest: str,
    without: Collection[str] = frozenset(),
    about_staff: Collection[str] = frozenset(),
    beside: Mapping[str, bytes] | None = None,
    uplift_version: str = "",
) -> Path:
    """Keep the scores of a date, in place of any that are there.

    Parameters
    ----------
    without
        Clients of whom nothing at all is kept: they were erased.
    about_staff
        Clients with an open complaint that names an officer; written down of those who were scored.
    beside
        Further files by name, without a row of any client.
    uplift_version
        Hash of the model of who is helped that gave the places; empty where there was none.

    Returns
    -------
    The folder.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written; what was there is unchanged.
    """
    target = home.scores / scores.as_of.isoformat()
    context = as_json(
        {
            "as_of": scores.as_of.isoformat(),
            "model_version": scores.model_version,
            "book_digest": book_digest,
            "clients": len(scores.table),
            **({"uplift_version": uplift_version} if uplift_version else {}),
        }
    )
    people = book.current_clients()[["client_id", "officer_id", "branch_id"]].sort_values("client_id", kind="stable")
    people = people[~people["client_id"].isin(list(without))]
    conduct = set(about_staff).intersection(scores.table["client_id"])
    people = people.assign(**{ABOUT_STAFF: people["client_id"].isin(sorted(conduct))})
    counted = scores.snapshot.facts.table
    facts = replace(scores.snapshot.facts, table=counted[~counted["client_id"].isin(list(without))])
    with folder_written_whole(target) as half:
        _write(scores.table, half / "scores.parquet")
        _write(scores.snapshot.table.rename_axis("client_id").reset_index(), half / "features.parquet")
        facts.save(half / "facts.parquet")
        _write(people, half / "people.parquet")
        for name, content in (beside or {}).items():
            (half / name).write_bytes(content)
        (half / "context.json").write_bytes(context)
    return target


@dataclass(frozen=True)
class KeptScores:
    """The scores of one date, read a client at a time."""

    folder: Path

    @cached_property
    def context(self) -> Mapping[str, object]:
        """as_of, model_version, book_digest and number of clients."""
        try:
            content = json.loads((self.folder / "context.json").read_bytes())
        except (OSError, ValueError) as error:
            raise StorageError(
                f"the scores of {self.folder.name} cannot be read; run `exitwatch weekly` again"
            ) from error
        return dict(content)

    @property
    def as_of(self) -> date:
        """Date of the scores."""
        return date.fromisoformat(str(self.context["as_of"]))

    @property
    def model_version(self) -> str:
        """Hash of the model they were made with."""
        return str(self.context["model_version"])

    @property
    def uplift_version(self) -> str:
        """Hash of the model of who is helped that gave the places; empty where there was none."""
        return str(self.context.get("uplift_version", ""))

    def scores_of(self, client_id: str) -> Mapping[str, object] | None:
        """The row of one client; None if she was not at risk."""
        with self._readable():
            return self._scores.row(client_id)

    def past_of(self, client_id: str) -> Mapping[str, object] | None:
        """Band and risk of one client, for her history; None if she was not at risk."""
        with self._readable():
            return self._past.row(client_id)

    def features_of(self, client_id: str) -> pd.DataFrame:
        """One row of features, indexed by client; empty if she was not at risk."""
        with self._readable():
            return self._features.figures(client_id)

    def features(self) -> pd.DataFrame:
        """Features of everybody at risk, indexed by client."""
        with self._readable():
            return pd.read_parquet(self.folder / "features.parquet").set_index("client_id")

    def person(self, client_id: str) -> Mapping[str, object] | None:
        """officer_id and branch_id of a client; None if unknown."""
        with self._readable():
            return self._people.row(client_id)

    def beside(self, name: str) -> dict[str, Any] | None:
        """What a JSON file beside the scores holds; None where it was not (yet) written.

        Raises
        ------
        StorageError
            It is damaged.
        """
        file = self.folder / name
        if not file.exists():
            return None
        try:
            return dict(json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise damaged(self, name) from error

    def told_once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made of these scores under a key before, or is made now; the latest few thousand are held."""
        found: T | None = self._told.get(key)
        if found is None:
            found = self._told[key] = make()
            while len(self._told) > _TOLD:
                self._told.popitem(last=False)
        return found

    @cached_property
    def _told(self) -> OrderedDict[Hashable, Any]:
        return OrderedDict()

    def warm(self) -> None:
        """Read everything once, so that the first who asks waits no longer. Of damage whoever asks is told."""
        with suppress(StorageError), self._readable():
            for rows in (self._people, self._scores, self._features):
                rows.warm()

    def warm_past(self) -> None:
        """As `warm`, of what a history tells."""
        with suppress(StorageError), self._readable():
            self._past.warm()

    @cached_property
    def facts(self) -> Facts:
        """What features about others are computed from."""
        return Facts.load(self.folder / "facts.parquet")

    @cached_property
    def _scores(self) -> FoundRows:
        return FoundRows(self.folder / "scores.parquet")

    @cached_property
    def _past(self) -> FoundRows:
        return FoundRows(self.folder / "scores.parquet", ("band", "risk"))

    @cached_property
    def _features(self) -> FoundFigures:
        return FoundFigures(self.folder / "features.parquet")

    @cached_property
    def _people(self) -> FoundRows:
        return FoundRows(self.folder / "people.parquet")

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, pa.ArrowException) as error:
            raise StorageError(
                f"the scores of {self.folder.name} cannot be read; run `exitwatch weekly` again"
            ) from error


def damaged(stored: KeptScores, name: str) -> StorageError:
    """What is said of a file beside the scores that cannot be read."""
    return StorageError(f"{name} of {stored.folder.name} cannot be read; run `exitwatch weekly` again")


def latest(home: Home) -> KeptScores | None:
    """The newest scores; None before the first run."""
    dates = home.scored_dates()
    return KeptScores(home.scores / dates[-1].isoformat()) if dates else None


def on(home: Home, as_of: date) -> KeptScores | None:
    """The scores of a date; None if it was not scored."""
    folder = home.scores / as_of.isoformat()
    return KeptScores(folder) if folder.is_dir() else None


def _write(frame: pd.DataFrame, file: Path) -> None:
    sink = io.BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pa.parquet.write_table(table, sink, compression="zstd", row_group_size=GROUP)
    file.write_bytes(sink.getbuffer())
