"""Scores kept in the working folder: what the server answers from, and scores single clients with."""

import io
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from features.book import Book
from features.errors import StorageError
from features.facts import Facts
from serving.home import Home
from serving.score import Scores
from serving.whole import as_json, folder_written_whole

_ROWS_PER_GROUP = 8_192  # one group is what is read to find one client


def keep(home: Home, scores: Scores, book: Book, book_digest: str, without: Collection[str] = frozenset()) -> Path:
    """Keep the scores of a date, in place of any that are there.

    Parameters
    ----------
    without
        Clients of whom nothing at all is kept: they were erased.

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
        }
    )
    people = book.current_clients()[["client_id", "officer_id", "branch_id"]].sort_values("client_id", kind="stable")
    people = people[~people["client_id"].isin(list(without))]
    counted = scores.snapshot.facts.table
    facts = replace(scores.snapshot.facts, table=counted[~counted["client_id"].isin(list(without))])
    with folder_written_whole(target) as half:
        _write(scores.table, half / "scores.parquet")
        _write(scores.snapshot.table.rename_axis("client_id").reset_index(), half / "features.parquet")
        facts.save(half / "facts.parquet")
        _write(people, half / "people.parquet")
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

    def scores_of(self, client_id: str) -> dict[str, object] | None:
        """The row of one client; None if she was not at risk."""
        rows = self._find("scores", client_id)
        return None if rows.num_rows == 0 else dict(rows.to_pylist()[0])

    def features_of(self, client_id: str) -> pd.DataFrame:
        """One row of features, indexed by client; empty if she was not at risk."""
        found: pd.DataFrame = self._find("features", client_id).to_pandas()
        return found.set_index("client_id")

    def features(self) -> pd.DataFrame:
        """Features of everybody at risk, indexed by client."""
        try:
            return pd.read_parquet(self.folder / "features.parquet").set_index("client_id")
        except (OSError, pa.ArrowException) as error:
            raise StorageError(
                f"the scores of {self.folder.name} cannot be read; run `exitwatch weekly` again"
            ) from error

    def person(self, client_id: str) -> dict[str, object] | None:
        """officer_id and branch_id of a client; None if unknown."""
        rows = self._find("people", client_id)
        return None if rows.num_rows == 0 else dict(rows.to_pylist()[0])

    @cached_property
    def facts(self) -> Facts:
        """What features about others are computed from."""
        return Facts.load(self.folder / "facts.parquet")

    def _find(self, name: str, client_id: str) -> pa.Table:
        """Rows of one client, from the one row group that can hold her: files are ordered by client_id."""
        try:
            with pa.parquet.ParquetFile(self.folder / f"{name}.parquet") as file:
                place = file.schema_arrow.get_field_index("client_id")
                for group in range(file.metadata.num_row_groups):
                    bounds = file.metadata.row_group(group).column(place).statistics
                    if bounds is None or not bounds.has_min_max or bounds.min <= client_id <= bounds.max:
                        rows = file.read_row_group(group)
                        found = rows.filter(pa.compute.equal(rows["client_id"], client_id))
                        if found.num_rows:
                            return found
                return file.schema_arrow.empty_table()
        except (OSError, pa.ArrowException) as error:
            raise StorageError(
                f"the scores of {self.folder.name} cannot be read; run `exitwatch weekly` again"
            ) from error


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
    pa.parquet.write_table(table, sink, compression="zstd", row_group_size=_ROWS_PER_GROUP)
    file.write_bytes(sink.getbuffer())
