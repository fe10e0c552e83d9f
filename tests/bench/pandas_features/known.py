"""The files of a book as known on a date, as pandas tables.

Written as an analyst would who cares for speed: only the columns needed, ids as whole numbers in the order of the ids,
money as whole cents in float64 (exact to 90 thousand milliards), text as categories.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

#: Day a row is about, by table; a row is known once its known_on, by default this day, has come.
ABOUT = {
    "clients": "joined_on",
    "loans": "disbursed_on",
    "repayments": "paid_on",
    "applications": "applied_on",
    "savings": "moved_on",
    "contacts": "happened_on",
    "attendance": "meeting_on",
    "complaints": "opened_on",
    "assignments": "from_on",
    "memberships": "from_on",
    "departures": "left_on",
}
#: Columns that hold the id of another table's row.
KEYS = {"client_id": "clients", "officer_id": "officers", "group_id": "groups", "product_id": "products"}


@dataclass(frozen=True)
class Files:
    """A folder of Parquet files, one per canonical table, seen on a day."""

    folder: Path
    as_of: date
    indexes: dict[str, pd.Index] = field(default_factory=dict)

    @cached_property
    def day(self) -> pd.Timestamp:
        """The date as pandas has it."""
        return pd.Timestamp(self.as_of)

    def ago(self, days: pd.Series) -> pd.Series:
        """Days from a day to the date."""
        found: pd.Series = (self.day - days).dt.days
        return found

    def index(self, table: str) -> pd.Index:
        """Ids of a table in ascending order; their places stand for them."""
        if table not in self.indexes:
            column = f"{table[:-1]}_id"
            ids = pq.read_table(self.folder / f"{table}.parquet", columns=[column])[column].to_pylist()
            self.indexes[table] = pd.Index(sorted(ids))
        return self.indexes[table]

    def read(self, table: str, columns: Sequence[str]) -> pd.DataFrame:
        """Columns of a table; those the file does not have are missing throughout."""
        path = self.folder / f"{table}.parquet"
        schema = pq.read_schema(path)
        there = [c for c in columns if c in schema.names]
        texts = [c for c in there if pa.types.is_string(schema.field(c).type)]
        data = pq.read_table(path, columns=there, read_dictionary=texts)
        for place, column in enumerate(data.column_names):
            if pa.types.is_decimal(data.schema.field(column).type):
                cents = pc.round(pc.multiply(pc.cast(data[column], pa.float64()), 100.0))
                data = data.set_column(place, column, cents)
        frame: pd.DataFrame = data.to_pandas(date_as_object=False, split_blocks=True, self_destruct=True)
        for column in columns:
            if column not in frame:
                frame[column] = pd.NaT if column.endswith("_on") else None
            elif column == "loan_id" or column in KEYS:
                frame[column] = self._places(frame[column], KEYS.get(column, "loans"))
        return frame

    def known(self, table: str, columns: Sequence[str]) -> pd.DataFrame:
        """Rows of a table that were known on the date and not undone by then."""
        about = ABOUT[table]
        asked = list(dict.fromkeys([*columns, about, "known_on", "reversed_on"]))
        frame = self.read(table, asked)
        frame["known_on"] = frame["known_on"].astype("datetime64[ms]").fillna(frame[about])
        there = (frame["known_on"] <= self.day) & (frame[about] <= self.day)
        if frame["reversed_on"].notna().any():
            there &= ~(frame["reversed_on"] <= self.day)
        return frame.loc[there, list(dict.fromkeys([*columns, about, "known_on"]))]

    def until(self, frame: pd.DataFrame, mark: str, columns: Sequence[str]) -> pd.DataFrame:
        """The table with `columns` emptied where the day in `mark` lies after the date."""
        return frame.assign(**{c: frame[c].where(frame[mark] <= self.day) for c in columns})

    def _places(self, ids: pd.Series, table: str) -> pd.Series:
        """Places of ids in their table's index, -1 where there is none."""
        places = pd.Series(self.index(table).get_indexer(ids.cat.categories), dtype="int64")
        if (places < 0).any():
            raise LookupError(f"an id of table {table!r} is not in it")
        codes = ids.cat.codes.to_numpy()
        found = pd.Series(-1, index=ids.index, dtype="int64")
        found[codes >= 0] = places.to_numpy()[codes[codes >= 0]]
        return found
