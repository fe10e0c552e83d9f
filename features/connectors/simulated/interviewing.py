"""What those who left the simulated MFI say when they are asked why, as an interviewer would fill in the form.

The chain is told from what truly drove the client at her decision, the strongest first, each weighed anew by how it
seems to her that day: two interviews of one client say almost the same and not quite.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from features.connectors.simulated.causes import CODES
from features.errors import MissingTable
from features.leaver_type import LeaverType

#: Most links of a chain, and what a driver must add to the hazard to be spoken of.
LINKS, SPOKEN = 3, 0.02
#: Who was asked and did not want to say.
REFUSES = 0.12
_NOT_SAID = "UNK-0"


def interviewed(
    directory: Path, form: Iterable[Mapping[str, str]], on: date, interviewer: str, role: str, seed: int = 1
) -> list[dict[str, str]]:
    """A form of the exit survey, filled in.

    Parameters
    ----------
    directory
        Folder `simulate` wrote.
    form
        Rows with client_id and left_on, as they are handed out; their other columns are passed on.
    on
        Day of the interviews.
    interviewer, role
        Who asks, and in which capacity, as the form has it.

    Raises
    ------
    MissingTable
        The folder holds no truth.
    """
    rows = [dict(row) for row in form]
    adds = _added(directory, pd.DataFrame(rows))
    rng = np.random.default_rng(seed)
    seen = adds.to_numpy() * (0.5 + rng.random(adds.shape))
    agrees = rng.random(len(rows)) >= REFUSES
    asked = {"interviewed_on": on.isoformat(), "interviewer": interviewer, "interviewer_role": role}
    for row, own, yes in zip(rows, seen, agrees, strict=True):
        row |= asked | {"consent": "yes" if yes else "no"}
        if yes:
            chain = [CODES[code] for code in np.argsort(-own, kind="stable")[:LINKS] if own[code] > SPOKEN]
            row |= {"leaver_type": LeaverType.VOL.value, "reasons": "; ".join(chain) or _NOT_SAID}
    return rows


def _added(directory: Path, asked: pd.DataFrame) -> pd.DataFrame:
    """What each driver added to each client's hazard when she decided: columns `CODES`, one row each; 0 if unknown."""
    file = Path(directory) / "truth" / "client_dates.parquet"
    if not file.is_file():
        raise MissingTable(f"no truth/client_dates.parquet in {Path(directory).name!r}. Simulate the book first.")
    truth = pq.read_table(
        file, columns=["client_id", "as_of", *CODES], filters=[("client_id", "in", set(asked["client_id"]))]
    ).to_pandas()
    truth["as_of"] = pd.to_datetime(truth["as_of"])
    left = pd.DataFrame({"client_id": asked["client_id"], "left_on": pd.to_datetime(asked["left_on"])})
    # The first truth date after she left holds, for who rests, what the drivers added when she decided.
    after = truth.merge(left, on="client_id")
    after = after[after["as_of"] >= after["left_on"]].sort_values("as_of").drop_duplicates("client_id")
    added: pd.DataFrame = after.set_index("client_id")[list(CODES)].reindex(asked["client_id"]).fillna(0.0)
    return added
