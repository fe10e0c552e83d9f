"""What each driver adds to the risk on average: over the book, a branch, a segment or a period."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.catalogue import FEATURES
from features.drivers import DRIVERS
from features.feature import Feature
from features.intervals import Z
from models.explanation import FLOOR, Explanations
from training.drivers.finding import ASSOCIATION, Finding, per_cent
from training.drivers.shares import hidden, hidden_shares

EVERYBODY = "everybody"
PART_NOT_KNOWN = "not known"

COLUMNS = ("part", "clients", "driver", "mean", "low", "high", "strength", "raised")


def of_explanations(explained: Explanations) -> pd.DataFrame:
    """Contributions by driver, log-odds, shape (clients, drivers), indexed by client."""
    return pd.DataFrame(
        explained.by_driver.astype(np.float64), index=explained.clients, columns=list(explained.drivers)
    )


def by_driver(contributions: pd.DataFrame, features: Mapping[str, Feature] = FEATURES) -> pd.DataFrame:
    """Contributions by feature summed by driver, columns in the order of the taxonomy."""
    owner = {str(name): features[str(name)].driver for name in contributions.columns}
    codes = [code for code in DRIVERS if code in owner.values()]
    own = {code: [name for name in contributions.columns if owner[str(name)] == code] for code in codes}
    return pd.DataFrame({code: contributions[names].sum(axis=1) for code, names in own.items()})


def averages(contributions: pd.DataFrame, part: pd.Series | None = None) -> Finding:
    """What each driver adds on average, in each part of the clients.

    Parameters
    ----------
    contributions
        Log-odds, one row per client, one column per driver.
    part
        Branch, segment or period of each client, indexed alike; missing is a part "not known". Without it everybody
        is one part.

    Returns
    -------
    DataFrame of part, clients, driver, mean (log-odds; above 0 it raises the risk), low, high (95 % interval over
    clients), strength (mean size, whatever its sign), raised (share of clients whose odds it raises by 5 % or more;
    missing where these are few, or nearly all). Parts of fewer than 20 clients are named without figures.
    """
    parts = (
        pd.Series(EVERYBODY, index=contributions.index)
        if part is None
        else part.reindex(contributions.index).astype(object).where(lambda known: known.notna(), PART_NOT_KNOWN)
    )
    names = sorted(map(str, parts.unique()))
    places = [np.flatnonzero(parts.astype(str).to_numpy() == name) for name in names]
    hide = hidden(np.array([len(place) for place in places], dtype=np.int64))
    blocks = [
        _block(name, contributions.iloc[place], shown=not flag)
        for name, place, flag in zip(names, places, hide, strict=True)
    ]
    table = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(columns=list(COLUMNS))
    table = _without_few_raised(table)
    return Finding(table, _said(table, contributions, split=part is not None))


def _block(name: str, own: pd.DataFrame, *, shown: bool) -> pd.DataFrame:
    values = own.to_numpy(dtype=np.float64)
    n, drivers = values.shape
    mean = values.mean(axis=0) if n else np.zeros(drivers)
    half = Z * values.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(drivers, np.nan)
    block = pd.DataFrame(
        {
            "part": name,
            "clients": float(n),
            "driver": list(map(str, own.columns)),
            "mean": mean,
            "low": mean - half,
            "high": mean + half,
            "strength": np.abs(values).mean(axis=0) if n else np.zeros(drivers),
            "raised": (values >= FLOOR).mean(axis=0) if n else np.zeros(drivers),
        }
    )
    if not shown:
        block.loc[:, ["clients", "mean", "low", "high", "strength", "raised"]] = np.nan
    order = np.lexsort((block["driver"].to_numpy(dtype=str), -block["strength"].fillna(0.0).round(6).to_numpy()))
    return block.iloc[order]


def _without_few_raised(table: pd.DataFrame) -> pd.DataFrame:
    """Without shares that would tell of fewer than 20 clients that a driver raises their odds, or does not."""
    table = table.assign(raised=table["raised"].astype(float))
    for _, rows in table.groupby("driver"):
        clients = rows["clients"].fillna(0).to_numpy(dtype=float)
        few = hidden_shares(np.rint(rows["raised"].fillna(0) * clients).to_numpy(np.int64), clients.astype(np.int64))
        table.loc[rows.index[few], "raised"] = np.nan
    return table


def _of_them(raised: float) -> str:
    return "hardly any or nearly all of them" if np.isnan(raised) else f"{per_cent(raised)} of them"


def _said(table: pd.DataFrame, contributions: pd.DataFrame, *, split: bool) -> str:
    known = table.dropna(subset=["mean"])
    if known.empty:
        return "There are too few clients to say what weighs on them."
    if not split:
        first = known.iloc[0]
        return (
            f"Over {len(contributions):,} clients {first['driver']} ({DRIVERS[first['driver']].name}) moves the risk "
            f"most; it raises the odds of leaving for {_of_them(float(first['raised']))}. {ASSOCIATION}"
            if first["driver"] in DRIVERS
            else f"Over {len(contributions):,} clients {first['driver']} moves the risk most. {ASSOCIATION}"
        )
    apart = known.groupby("driver")["mean"].agg(lambda mean: mean.max() - mean.min()).sort_index()
    widest = str(apart.idxmax())
    rows = known[known["driver"] == widest]
    high, low = rows.iloc[int(rows["mean"].argmax())], rows.iloc[int(rows["mean"].argmin())]
    if high["part"] == low["part"]:
        return f"Only {high['part']} has enough clients to be shown; {widest} moves their risk. {ASSOCIATION}"
    return (
        f"The parts differ most in {widest}: it adds {high['mean']:+.2f} log-odds in {high['part']} and "
        f"{low['mean']:+.2f} in {low['part']}. {ASSOCIATION}"
    )
