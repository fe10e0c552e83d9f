"""Why a driver weighs more or less than before: other clients' figures, or another weight for the same figure.

Each feature is cut into tenths over both periods. What its mean contribution changed by is split exactly (Kitagawa
1955, JASA 50(272), 1168-1194) into the part due to how many clients fall into each tenth, and the part due to what the
same tenth weighs. One model explains both periods, so the second part comes from what else is true of those clients.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.catalogue import FEATURES
from features.feature import Feature
from models.rows import Floats
from training.drivers.bins import tenths
from training.drivers.finding import ASSOCIATION, Finding


def shift(
    before: tuple[pd.DataFrame, pd.DataFrame],
    after: tuple[pd.DataFrame, pd.DataFrame],
    features: Mapping[str, Feature] = FEATURES,
) -> Finding:
    """Change of each driver's mean contribution between two periods.

    Parameters
    ----------
    before, after
        Features and contributions (log-odds) of the clients at risk in each period; the same columns in all four.

    Returns
    -------
    DataFrame of driver, before, after, change, composition (due to clients' figures having changed), weight (due to
    the same figure weighing differently), largest change first. change = composition + weight.

    Raises
    ------
    ValueError
        The columns differ, or a period has no client.
    """
    (X0, c0), (X1, c1) = before, after
    if any(list(other.columns) != list(X0.columns) for other in (c0, X1, c1)):
        raise ValueError("the two periods were not explained by the same features")
    if X0.empty or X1.empty:
        raise ValueError("a period without clients cannot be compared")
    rows: dict[str, Floats] = {}
    for name in map(str, X0.columns):
        own = _split(*(frame[name].to_numpy(dtype=np.float64) for frame in (X0, c0, X1, c1)))
        driver = features[name].driver
        rows[driver] = rows.get(driver, np.zeros(4)) + own
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["before", "after", "composition", "weight"])
    table = table.rename_axis("driver").reset_index()
    table.insert(3, "change", table["after"] - table["before"])
    order = np.lexsort((table["driver"].to_numpy(dtype=str), -table["change"].abs().round(6).to_numpy()))
    table = table.iloc[order].reset_index(drop=True)
    return Finding(table, _said(table))


def _split(x0: Floats, c0: Floats, x1: Floats, c1: Floats) -> Floats:
    """Mean before, mean after, composition, weight of one feature."""
    bin_of = tenths(np.concatenate([x0, x1])) + 1
    bins = int(bin_of.max()) + 1
    shares, means = [], []
    for own, values in ((bin_of[: len(x0)], c0), (bin_of[len(x0) :], c1)):
        count = np.bincount(own, minlength=bins)
        shares.append(count / len(values))
        means.append(np.bincount(own, weights=values, minlength=bins) / np.where(count, count, np.nan))
    # A tenth that one period lacks weighs there what it weighs in the other: its whole change is composition.
    first, second = (np.where(np.isnan(own), other, own) for own, other in (means, means[::-1]))
    first, second = np.nan_to_num(first), np.nan_to_num(second)
    composition = float(np.sum((shares[1] - shares[0]) * (first + second) / 2))
    weight = float(np.sum((shares[0] + shares[1]) / 2 * (second - first)))
    return np.array([c0.mean(), c1.mean(), composition, weight])


def _said(table: pd.DataFrame) -> str:
    first = table.iloc[0]
    if abs(first["change"]) < 5e-3:
        return "No driver weighs differently from before."
    mostly = "clients' own figures changed" if abs(first["composition"]) >= abs(first["weight"]) else (
        "the same figures weigh differently beside what else is true of these clients"
    )  # fmt: skip
    way = "more" if first["change"] > 0 else "less"
    return (
        f"{first['driver']} adds {abs(first['change']):.2f} log-odds {way} than before, mostly because {mostly}. "
        f"{ASSOCIATION}"
    )
