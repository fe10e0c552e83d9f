"""Which drivers truly move clients, from the truth file."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from features.connectors.simulated.causes import CODES
from features.errors import MissingTable


def true_driver_ranking(directory: Path) -> list[tuple[str, float]]:
    """Drivers by true strength over the book, strongest first.

    The strength of a driver is the mean absolute deviation of what it adds to the client's cumulative hazard of
    leaving, over the client-dates that decide within 91 days (probability above one half) or rest: how much the driver
    tells clients apart, as the mean absolute SHAP value does.

    Parameters
    ----------
    directory
        Folder `simulate` wrote.

    Returns
    -------
    list of (driver code, strength)
        Strength on the cumulative hazard, 0 or more.

    Raises
    ------
    MissingTable
        If the folder holds no truth.
    """
    file = Path(directory) / "truth" / "client_dates.parquet"
    if not file.is_file():
        raise MissingTable(f"no truth/client_dates.parquet in {Path(directory).name!r}. Simulate the book first.")
    table = pq.read_table(file, columns=["decides_91d", *CODES], filters=[("decides_91d", ">", 0.5)])
    strengths = []
    for code in CODES:
        adds = table.column(code).to_numpy().astype(np.float64)
        strengths.append((code, float(np.abs(adds - adds.mean()).mean()) if len(adds) else 0.0))
    return sorted(strengths, key=lambda pair: (-pair[1], pair[0]))
