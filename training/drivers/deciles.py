"""How many leave in each tenth of the clients, tenth by tenth of every feature."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalogue import FEATURES
from features.feature import Feature
from features.intervals import holm, wilson
from models.rows import Flags, Floats
from training.drivers.bins import NOT_KNOWN, tenths
from training.drivers.finding import ASSOCIATION, Finding, per_cent
from training.drivers.shape import Shape, fitted
from training.drivers.shares import SMALLEST_CELL, hidden_shares

NAME_NOT_KNOWN = "not known"
#: Into how many bins the clients are cut: the most of these of which none is hidden, so that small numbers cost detail
#: and not the chart. That fewer than ten stand there tells of no single bin that it is small.
BINS = (10, 5, 3, 2)


@dataclass(frozen=True)
class Deciles:
    """Exit rates by tenths of features.

    Attributes
    ----------
    shapes
        One row per feature: feature, driver, shape, trend (change of the rate from the lowest to the highest tenth by
        a straight line, a share), curve (how far the ends lie above the middle), trend_p, curve_p (corrected for all
        features by Holm's method), lowest_rate, highest_rate; the strongest trend or curve first.
    charts
        Feature to its chart: bin, from, to (the feature's unit), clients, left, rate, low, high (95 % interval);
        figures are missing where few left, or few stayed.
    """

    shapes: Finding
    charts: Mapping[str, Finding]


def chart(values: Floats, left: Flags) -> pd.DataFrame:
    """Exit rate in each tenth of one figure, or in fewer and wider bins where a tenth would be hidden.

    Parameters
    ----------
    values
        The figure of each client; NaN is not known, and gets a bin of its own.
    left
        Who left.

    Returns
    -------
    DataFrame of bin (1 and up, or "not known"), from, to, clients, left, rate, low, high; see `Deciles.charts`

    References
    ----------
    Intervals: `features.intervals.wilson`.
    """
    finest = _counted(left, tenths(values, BINS[0]))
    cuts = itertools.chain([finest], (_counted(left, tenths(values, most)) for most in BINS[1:]))
    return _drawn(values, next((counts for counts in cuts if counts.whole), finest))


@dataclass(frozen=True)
class _Counts:
    """Who is in each bin, and who of them left; not known comes last."""

    bin_of: NDArray[np.int64]
    numbers: NDArray[np.int64]
    clients: NDArray[np.int64]
    gone: NDArray[np.int64]
    hide: Flags

    @property
    def whole(self) -> bool:
        known = self.numbers != NOT_KNOWN
        return int(known.sum()) > 1 and not self.hide[known].any()


def _counted(left: Flags, bin_of: NDArray[np.int64]) -> _Counts:
    # Not known is -1: one further on, it is the first.
    clients, gone = np.bincount(bin_of + 1), np.bincount(bin_of + 1, weights=left).astype(np.int64)
    numbers = np.roll(np.arange(NOT_KNOWN, len(clients) - 1), -1)
    numbers = numbers[clients[numbers + 1] > 0]
    clients, gone = clients[numbers + 1], gone[numbers + 1]
    return _Counts(bin_of, numbers, clients, gone, hidden_shares(gone, clients))


def _drawn(values: Floats, counts: _Counts) -> pd.DataFrame:
    clients, gone = counts.clients, counts.gone
    ends = np.array([wilson(hits, of) for hits, of in zip(gone.tolist(), clients.tolist(), strict=True)]).reshape(-1, 2)
    known = counts.numbers != NOT_KNOWN
    inside = [values[counts.bin_of == number] for number in counts.numbers]
    figures = {
        "from": np.where(known, [each.min() for each in inside], np.nan),
        "to": np.where(known, [each.max() for each in inside], np.nan),
        "clients": clients.astype(np.float64),
        "left": gone.astype(np.float64),
        "rate": gone / np.maximum(clients, 1),
        "low": ends[:, 0],
        "high": ends[:, 1],
    }
    names = [str(number + 1) if number != NOT_KNOWN else NAME_NOT_KNOWN for number in counts.numbers.tolist()]
    # The bounds go too: those of a lone client would be her own figure.
    shown = {name: np.where(counts.hide, np.nan, figure) for name, figure in figures.items()}
    return pd.DataFrame({"bin": pd.array(names, dtype="str"), **shown})


def deciles(X: pd.DataFrame, left: Flags, features: Mapping[str, Feature] = FEATURES) -> Deciles:
    """Exit rates across the tenths of every feature, and the shape of each.

    Parameters
    ----------
    X
        One float64 column per feature, one row per client: each client once, since the intervals count clients.
    left
        Who left by choice, as far as it is final.

    Raises
    ------
    ValueError
        `X` and `left` differ in length.
    """
    if len(X) != len(left):
        raise ValueError(f"{len(X)} clients and {len(left)} outcomes cannot be put side by side")
    columns = {str(name): X[name].to_numpy(dtype=np.float64) for name in X.columns}
    found = {}
    for name, values in columns.items():
        bin_of = tenths(values)
        known = bin_of != NOT_KNOWN
        clients = np.bincount(bin_of[known]).astype(np.int64)
        gone = np.bincount(bin_of[known], weights=left[known]).astype(np.int64)
        # Too few clients, or too few who left, carry no test that leans on large numbers.
        gone, clients = gone[clients >= SMALLEST_CELL], clients[clients >= SMALLEST_CELL]
        enough = clients.sum() >= 2 * SMALLEST_CELL and min(gone.sum(), (clients - gone).sum()) >= SMALLEST_CELL
        found[name] = fitted(gone, clients) if enough else fitted(gone[:1], clients[:1])
    looks = holm(np.array([[t.trend_p, t.curve_p] for t in found.values()], dtype=np.float64).ravel()).reshape(-1, 2)
    charts, rows = {}, []
    for (name, values), (trend_p, curve_p) in zip(columns.items(), looks, strict=True):
        table, test = chart(values, left), found[name]
        shape = test.shape(float(trend_p), float(curve_p))
        shown = table[table["bin"] != NAME_NOT_KNOWN]
        charts[name] = Finding(table, _said(name, shape, shown))
        rows.append(
            {
                "feature": name,
                "driver": features[name].driver if name in features else "",
                "shape": shape.value,
                "trend": test.trend,
                "curve": test.curve,
                "trend_p": trend_p,
                "curve_p": curve_p,
                "lowest_rate": shown["rate"].min(),
                "highest_rate": shown["rate"].max(),
            }
        )
    names = ["feature", "driver", "shape", "trend", "curve", "trend_p", "curve_p", "lowest_rate", "highest_rate"]
    shapes = pd.DataFrame(rows, columns=names)
    least = shapes[["trend_p", "curve_p"]].min(axis=1).fillna(np.inf)
    spread = -(shapes["highest_rate"] - shapes["lowest_rate"]).fillna(0.0)
    order = np.lexsort((shapes["feature"].to_numpy(dtype=str), spread.to_numpy(), least.to_numpy()))
    shapes = shapes.iloc[order].reset_index(drop=True)
    return Deciles(Finding(shapes, _summary(shapes, left)), charts)


def _said(name: str, shape: Shape, shown: pd.DataFrame) -> str:
    rates = shown["rate"].dropna()
    if shape is Shape.TOO_FEW or rates.empty:
        return f"{name}: {Shape.TOO_FEW.value}."
    ends = f"from {per_cent(float(rates.iloc[0]))} in the lowest bin shown to {per_cent(float(rates.iloc[-1]))} in the"
    between = f"between {per_cent(float(rates.min()))} and {per_cent(float(rates.max()))}"
    if shape in (Shape.RISES, Shape.FALLS):
        return f"The exit rate {shape.value} with {name}, {ends} highest. {ASSOCIATION}"
    verb = "" if shape is Shape.BENDS else "is "
    return f"The exit rate over {name} {verb}{shape.value}; it lies {between}. {ASSOCIATION}"


def _summary(shapes: pd.DataFrame, left: Flags) -> str:
    sure = shapes[~shapes["shape"].isin([Shape.FLAT.value, Shape.TOO_FEW.value])]
    rate = "few of the clients left, or nearly all" if len(left) else "nobody had to decide"
    if min(left.sum(), (~left).sum()) >= SMALLEST_CELL:
        rate = f"{per_cent(float(left.mean()))} of {len(left):,} clients left"
    if sure.empty:
        return f"{rate}; over none of {len(shapes)} features did the exit rate change by more than chance."
    first = sure.iloc[0]
    return (
        f"{rate}; over {len(sure)} of {len(shapes)} features the exit rate changes by more than chance, above all over "
        f"{first['feature']} ({first['shape']}). {ASSOCIATION}"
    )
