"""Features that move together, grouped so that one cause is not counted under several names.

Spearman's rank correlation over the clients for whom both are known; complete linkage, so that within a group every
pair of features is correlated by the threshold or more, whatever the sign.
"""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from models.rows import Floats
from training.drivers.finding import Finding
from training.drivers.shares import SMALLEST_CELL

#: Two features correlated by so much or more are taken for one cause seen twice.
ALIKE = 0.7


def groups(X: pd.DataFrame, threshold: float = ALIKE) -> pd.Series:
    """Group of each feature.

    Parameters
    ----------
    X
        One float64 column per feature; NaN is not known. A pair with fewer than 20 clients known of both, and a
        feature that is the same for everybody, count as uncorrelated.
    threshold
        Least absolute rank correlation of every pair in a group, above 0 and at most 1.

    Returns
    -------
    Series indexed by feature: the group's name, which is its first feature in the order of columns

    Examples
    --------
    >>> rising = np.arange(40.0)
    >>> groups(pd.DataFrame({"a": rising, "b": -(rising**3), "c": rising % 2})).to_dict()
    {'a': 'a', 'b': 'a', 'c': 'c'}
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold={threshold!r} is no correlation above 0 and up to 1")
    names = list(map(str, X.columns))
    if len(names) < 2:
        return pd.Series(names, index=names, dtype="str")
    apart = 1.0 - np.abs(_spearman(X))
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False), method="complete")
    # A hair's breadth, so that the threshold itself is inside.
    number = fcluster(tree, 1.0 - threshold + 1e-9, criterion="distance")
    first: dict[int, str] = {}
    for name, group in zip(names, number, strict=True):
        first.setdefault(int(group), name)
    return pd.Series([first[int(group)] for group in number], index=names, dtype="str")


def summed(contributions: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Contributions by feature summed by group, log-odds; a group is one column under its name."""
    owner = group.reindex(contributions.columns)
    return pd.DataFrame({name: contributions.loc[:, (owner == name).to_numpy()].sum(axis=1) for name in owner.unique()})


def grouped(X: pd.DataFrame, contributions: pd.DataFrame, driver: pd.Series, threshold: float = ALIKE) -> Finding:
    """Groups of features that move together, and what each weighs.

    Parameters
    ----------
    X, contributions
        Features of clients and what each adds, log-odds; the same rows and columns.
    driver
        Driver code of each feature, indexed by feature.

    Returns
    -------
    DataFrame of group, features (";" between), drivers (";" between), members, strength (mean size of the sum,
    log-odds), strongest first
    """
    own = groups(X, threshold)
    weight = summed(contributions, own).abs().mean()
    rows = [
        {
            "group": name,
            "features": ";".join(members := own.index[own == name].tolist()),
            "drivers": ";".join(dict.fromkeys(driver.loc[members])),
            "members": len(members),
            "strength": float(weight[name]),
        }
        for name in own.unique()
    ]
    table = pd.DataFrame(rows, columns=["group", "features", "drivers", "members", "strength"])
    order = np.lexsort((table["group"].to_numpy(dtype=str), -table["strength"].round(6).to_numpy()))
    table = table.iloc[order].reset_index(drop=True)
    several = table[table["members"] > 1]
    across = several[several["drivers"].str.contains(";")]
    said = (
        f"{len(X.columns)} features fall into {len(table)} groups within which each pair has a rank correlation of "
        f"{threshold:g} or more; {len(across)} of the groups hold features of more than one driver, whose weights "
        "should be read together."
    )
    return Finding(table, said)


def _spearman(X: pd.DataFrame) -> Floats:
    return X.corr(method="spearman", min_periods=SMALLEST_CELL).fillna(0.0).to_numpy(copy=True)
