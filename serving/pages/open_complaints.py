"""Open complaints of each branch, counted by the newest scores; those about staff are the desk's and not among them."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import StorageError
from serving.kept_scores import ABOUT_STAFF, KeptScores

_OPEN, _DAYS, _STAFF_OF_A_YEAR = "complaints_open", "complaint_open_days", "complaints_about_staff_365d"
_A_YEAR = 365
_HELD = 2


@dataclass(frozen=True)
class OpenComplaints:
    """Clients of a branch with an open complaint.

    Parameters
    ----------
    oldest_days
        For how long the oldest has been open; None where there is none.
    """

    clients: int
    oldest_days: int | None


class Complaints:
    """Counts of all branches, made once for each run's scores: a million clients are read in a fraction of a second."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[Path, int], dict[str, OpenComplaints]] = OrderedDict()
        self._lock = Lock()

    def of_branch(self, kept: KeptScores, branch_id: str) -> OpenComplaints:
        """Those of one branch."""
        key = (kept.folder, (kept.folder / "context.json").stat().st_mtime_ns)
        with self._lock:
            if key not in self._made:
                self._made[key] = _counted(kept.folder)
                while len(self._made) > _HELD:
                    self._made.popitem(last=False)
            return self._made[key].get(branch_id, OpenComplaints(0, None))


def _counted(folder: Path) -> dict[str, OpenComplaints]:
    try:
        features = pq.read_table(folder / "features.parquet", columns=["client_id", _OPEN, _DAYS, _STAFF_OF_A_YEAR])
        people = pq.read_table(folder / "people.parquet")
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"the scores of {folder.name} cannot be read; run `exitwatch weekly` again") from error
    asked = features.filter(pc.greater(pc.fill_null(features[_OPEN], 0), 0)).join(people, "client_id")
    theirs = asked.filter(pc.invert(_about_staff(asked)))
    joined = theirs.group_by("branch_id").aggregate([("client_id", "count"), (_DAYS, "max")])
    return {
        str(row["branch_id"]): OpenComplaints(
            int(row["client_id_count"]), None if row[f"{_DAYS}_max"] is None else int(row[f"{_DAYS}_max"])
        )
        for row in joined.to_pylist()
        if row["branch_id"] is not None
    }


def _about_staff(asked: pa.Table) -> pa.ChunkedArray:
    """Whose open complaint is about staff, or may be where older scores say so of the last year's complaints alone."""
    if ABOUT_STAFF in asked.column_names:
        return pc.fill_null(asked[ABOUT_STAFF], fill_value=True)
    of_a_year = pc.greater(pc.fill_null(asked[_STAFF_OF_A_YEAR], 0), 0)
    return pc.or_(of_a_year, pc.greater_equal(pc.fill_null(asked[_DAYS], _A_YEAR), _A_YEAR))
