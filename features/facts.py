"""What the features about others are counted from: keys and small whole numbers of every client, never money.

Stored after a snapshot of the whole book, they let one client be scored later from nothing but her own rows.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.book import Known
from features.errors import DataError, UnreadableFile
from features.schema import TABLES

#: Level of a sum to the column of the facts that places a client in it; the book has one place.
LEVELS: Mapping[str, str] = {
    "group": "group_id",
    "left_group": "left_group_id",
    "officer": "officer_id",
    "branch": "branch_id",
    "product": "product_id",
    "cohort": "cohort",
}

KEYS = tuple(LEVELS.values())

#: Whole numbers that are summed over others; `features/sql/steps/facts.sql` defines them.
COUNTED = (
    "active",
    "borrowing",
    "resting",
    "gone",
    "handed_over",
    "scheduled",
    "late",
    "due_28d",
    "late_28d",
    "due_before",
    "late_before",
    "loans_7d",
    "loans_28d",
    "loans_before",
    "loans_next_last_year",
    "loans_past_last_year",
    "meetings_56d",
    "attended_56d",
    "contacts_28d",
    "contacts_before",
    "waits",
    "wait_days",
    "complaints_91d",
)

#: Reference tables kept beside the facts, so that one client's rows can be read as the whole book's are.
REFERENCES = ("officers", "products")

_NOTE = b"exitwatch.facts"


@dataclass(frozen=True)
class Facts:
    """Facts of every client known on a date.

    Attributes
    ----------
    as_of
        The date.
    table
        client_id, `KEYS` (text, missing where none), `COUNTED` (int64); one row per client, ordered by client_id.
    present
        Tables and columns the book supplied.
    references
        `REFERENCES` as of the date, for the columns a feature of a past date may use.
    """

    as_of: date
    table: pd.DataFrame
    present: Mapping[str, frozenset[str]]
    references: Mapping[str, pd.DataFrame]

    @staticmethod
    def nothing() -> pd.DataFrame:
        """Sums over nobody."""
        empty = {"level": pd.Series(dtype="str"), "place": pd.Series(dtype="str")}
        return pd.DataFrame(empty | {name: pd.Series(dtype="int64") for name in ("people", *COUNTED)})

    @functools.cached_property
    def _sums(self) -> dict[str, pd.DataFrame]:
        counted = self.table.assign(people=1)
        return {
            level: counted[counted[key].notna()].groupby(key)[["people", *COUNTED]].sum()
            for level, key in LEVELS.items()
        } | {"book": counted.assign(book="all").groupby("book")[["people", *COUNTED]].sum()}

    @functools.cached_property
    def _by_client(self) -> pd.DataFrame:
        return self.table.set_index("client_id")

    def sums_beside(self, own: pd.DataFrame) -> pd.DataFrame:
        """Sums over everybody but the clients of `own`, at every level and place these clients stand in.

        Parameters
        ----------
        own
            Facts of the clients whose rows are at hand, as in `table`.

        Returns
        -------
        DataFrame of level, place, people, `COUNTED`; a place may come several times and is to be added up.
        """
        before = self._by_client.loc[self._by_client.index.intersection(list(own["client_id"]))]
        parts = [self.nothing()]
        for level, sums in self._sums.items():
            wanted = {"all"} if level == "book" else set(own[LEVELS[level]].dropna())
            if level == "left_group":
                wanted |= set(own["group_id"].dropna())
            place = pd.Series("all", index=before.index, dtype="str") if level == "book" else before[LEVELS[level]]
            kept = sums.loc[sums.index.intersection(sorted(wanted))]
            parts.append(kept.rename_axis("place").reset_index().assign(level=level))
            mine = before.loc[place.isin(wanted), list(COUNTED)].assign(people=1).mul(-1)
            parts.append(mine.assign(level=level, place=place[place.isin(wanted)]).reset_index(drop=True))
        return pd.concat(parts, ignore_index=True)[["level", "place", "people", *COUNTED]]

    def complete(self, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Some clients' own rows, made into the tables of a book that knows of as much as the whole one.

        Tables and columns the whole book supplied and `tables` leaves out are added empty: no row means that nothing
        happened, not that it is not known. Reference tables are added as stored.
        """
        made: dict[str, pd.DataFrame] = {}
        for name, columns in self.present.items():
            if name in self.references and name not in tables:
                made[name] = self.references[name]
                continue
            given = tables.get(name, pd.DataFrame())
            made[name] = given.assign(**{c: None for c in TABLES[name].columns if c in columns and c not in given})
        return made | {name: data for name, data in tables.items() if name not in made}

    def save(self, path: Path) -> None:
        """Write one Parquet file."""
        note = {
            "as_of": self.as_of.isoformat(),
            "present": {table: sorted(columns) for table, columns in sorted(self.present.items())},
            "references": {
                name: json.loads(data.to_json(orient="split", index=False)) for name, data in self.references.items()
            },
        }
        table = pa.Table.from_pandas(self.table, preserve_index=False)
        pq.write_table(table.replace_schema_metadata({_NOTE: json.dumps(note).encode()}), path, compression="zstd")

    @classmethod
    def load(cls, path: Path) -> "Facts":
        """Read what `save` wrote.

        Raises
        ------
        UnreadableFile
            The file is missing, damaged, or not one of facts.
        """
        try:
            stored = pq.read_table(path)
            note = json.loads((stored.schema.metadata or {})[_NOTE])
            table = stored.to_pandas()
            references = {
                name: pd.DataFrame(data["data"], columns=data["columns"]) for name, data in note["references"].items()
            }
            present = {name: frozenset(columns) for name, columns in note["present"].items()}
            return cls(date.fromisoformat(note["as_of"]), table[["client_id", *KEYS, *COUNTED]], present, references)
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            raise UnreadableFile(f"{path.name} cannot be read as facts; score the whole book again") from error


def facts_of(known: Known, table: pd.DataFrame) -> Facts:
    """The facts of a date, ready to be stored."""
    references = {name: known.frame(f"SELECT * FROM {name} ORDER BY 1") for name in REFERENCES if name in known.present}
    if list(table.columns) != ["client_id", *KEYS, *COUNTED]:
        raise DataError(f"facts have {', '.join(map(str, table.columns))}; the catalogue counts {', '.join(COUNTED)}")
    return Facts(known.as_of, table, known.present, references)
