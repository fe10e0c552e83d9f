"""One client's row of a large file: what a server asks for again and again is decoded once.

Parquet keeps rows in groups, and finding one row means decoding its group. Files here are ordered by client_id, so the
group is known from its bounds; a group that was decoded once is held, so that its next client costs almost nothing.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from models.rows import Floats

#: Rows of a group: few, so that a first look is quick; not fewer, or reading a whole file takes several times as long.
GROUP = 16_384
#: Rows of decoded groups that are held of one file.
_HELD = 2_097_152


class FoundRows:
    """Rows of a Parquet file ordered by ``client_id``, one client at a time.

    Parameters
    ----------
    columns
        Those to read besides client_id; None reads all.
    """

    def __init__(self, file: Path, columns: Sequence[str] | None = None) -> None:
        self.file = file
        self.columns = None if columns is None else ["client_id", *columns]
        self._groups: OrderedDict[int, pa.Table] = OrderedDict()
        self._lock = Lock()

    def row(self, client_id: str) -> Mapping[str, object] | None:
        """The values of a client by column; None if she is not among them."""
        for group in self.within(client_id):
            table = self._decoded(group)
            place = _place(table["client_id"], client_id)
            if place is not None:
                return dict(table.slice(place, 1).to_pylist()[0])
        return None

    def warm(self) -> None:
        """Decode every group, so that nobody waits for it."""
        for group in range(min(self.metadata.num_row_groups, self._most)):
            self._decoded(group)

    def within(self, client_id: str) -> range:
        """Groups that can hold a client: one, or none."""
        group = bisect_right(self._firsts, client_id) - 1
        return range(max(group, 0), group + 1)

    def read(self, group: int, columns: Sequence[str] | None = None) -> pa.Table:
        """One group, decoded now."""
        with pa.parquet.ParquetFile(self.file, metadata=self.metadata) as opened:
            return opened.read_row_group(group, columns=columns, use_threads=False).combine_chunks()

    @cached_property
    def metadata(self) -> pa.parquet.FileMetaData:
        """What the file says of itself, read once."""
        return pa.parquet.read_metadata(self.file)

    @cached_property
    def _most(self) -> int:
        """Groups that are held."""
        return _HELD // max(self.metadata.row_group(0).num_rows, 1) if self.metadata.num_row_groups else 0

    @cached_property
    def _firsts(self) -> list[str]:
        """The first client of each group."""
        schema = self.metadata.schema.to_arrow_schema()
        place = schema.get_field_index("client_id")
        groups = [self.metadata.row_group(group) for group in range(self.metadata.num_row_groups)]
        return [str(group.column(place).statistics.min) for group in groups if group.num_rows]

    def _decoded(self, group: int) -> pa.Table:
        # Who asks for what is there does not wait for somebody else's group.
        if (there := self._groups.get(group)) is not None:
            return there
        with self._lock:
            if group in self._groups:
                return self._groups[group]
            table = self._groups[group] = self.read(group, self.columns)
            while len(self._groups) > self._most:
                self._groups.popitem(last=False)
            return table


class FoundFigures(FoundRows):
    """As `FoundRows`, of a file that holds nothing but numbers beside client_id.

    All that was decoded is held: eight bytes a figure, so 1.5 GB for a million clients with 192 figures each.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._there: dict[int, tuple[pa.Array, int]] = {}

    def figures(self, client_id: str) -> pd.DataFrame:
        """One row, indexed by client; no row if she is not among them."""
        for group in self.within(client_id):
            ids, start = self._written(group)
            place = _place(ids, client_id)
            if place is not None:
                row = np.array(self._matrix[start + place : start + place + 1])
                return pd.DataFrame(row, index=_index([client_id]), columns=self._names)
        return pd.DataFrame(np.empty((0, len(self._names))), index=_index([]), columns=self._names)

    def warm(self) -> None:
        """Decode every group, so that nobody waits for it."""
        for group in range(self.metadata.num_row_groups):
            self._written(group)

    @cached_property
    def _names(self) -> list[str]:
        return [name for name in self.metadata.schema.to_arrow_schema().names if name != "client_id"]

    @cached_property
    def _matrix(self) -> Floats:
        # Memory is taken where rows are written. A file in its place would be written to the disk behind our back, and
        # whatever is entered meanwhile would wait for that.
        return np.empty((self.metadata.num_rows, len(self._names)))

    def _written(self, group: int) -> tuple[pa.Array, int]:
        """Ids of a group, and the place of its first row in the matrix."""
        if (there := self._there.get(group)) is not None:
            return there
        with self._lock:
            if group not in self._there:
                table = self.read(group)
                start = sum(self.metadata.row_group(before).num_rows for before in range(group))
                # Arrow puts rows together without holding up other threads.
                (batch,) = table.select(self._names).combine_chunks().to_batches()
                figures = batch.to_tensor(null_to_nan=True).to_numpy()
                self._matrix[start : start + table.num_rows] = figures
                self._there[group] = table["client_id"], start
            return self._there[group]


def _place(ids: pa.Array, client_id: str) -> int | None:
    """Where a client stands among ids in order; None if she does not."""
    place = bisect_left(range(len(ids)), client_id, key=lambda at: ids[at].as_py())
    return place if place < len(ids) and ids[place].as_py() == client_id else None


def _index(ids: Sequence[str]) -> "pd.Index[str]":
    return pd.Index(pd.Series(ids, dtype="str"), name="client_id")
