"""When clients come back after a loan: the return curve, a grace period to suit it, and what depends on it."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from features.book import NEVER, Book
from features.engines import literal
from features.errors import DataError
from features.exit import keep_spells

#: Grace periods of the sensitivity table, in days; `domain.md` 1.3.
GRACE_DAYS = (30, 60, 90, 180, 365)

#: A grace period is long enough when fewer than this share of all returns come after it.
LATE_RETURNS = 0.05


def decision_points(book: Book, as_of: date) -> pd.DataFrame:
    """Every decision point known on a date.

    Returns
    -------
    DataFrame of client_id, ended_on, back_on (missing where no loan followed yet), written_off (bool); ordered by
    client_id and ended_on
    """
    with book.known(as_of) as known:
        keep_spells(known)
        return known.frame(
            "SELECT client_id, ended_on, back_on, written_off = 1 AS written_off FROM spells "
            f"WHERE ended_on < {literal(NEVER)} ORDER BY client_id, ended_on"
        )


def return_curve(points: pd.DataFrame, as_of: date, longest_days: int = 730) -> pd.Series:
    """Share of clients back with a new loan by day t after their last loan ended.

    Clients who have not come back by `as_of` are censored then (product-limit estimate, Kaplan and Meier 1958), so
    recent ends count for as long as they have been watched and no longer. Written-off clients are left out: they
    could not come back.

    Parameters
    ----------
    points
        As `decision_points` gives them.

    Returns
    -------
    Series of float in [0, 1], rising, indexed by days since the end (0 to `longest_days`)

    Raises
    ------
    DataError
        No loan has ended yet.
    """
    deciders = points[~points["written_off"].astype(bool)]
    if deciders.empty:
        raise DataError(f"no loan has ended by {as_of}; a return curve needs ends to count from")
    ended = pd.to_datetime(deciders["ended_on"])
    back = (pd.to_datetime(deciders["back_on"]) - ended).dt.days.to_numpy(dtype=float)
    watched = (pd.Timestamp(as_of) - ended).dt.days.to_numpy(dtype=float)
    returned = np.isfinite(back)
    until = np.where(returned, back, watched)
    days = np.arange(longest_days + 1)
    events = np.bincount(until[returned].clip(0, longest_days + 1).astype(int), minlength=longest_days + 2)
    leaving = np.bincount(until.clip(0, longest_days + 1).astype(int), minlength=longest_days + 2)
    at_risk = np.maximum(len(until) - np.concatenate([[0], np.cumsum(leaving)[:-1]]), 1)
    away = np.cumprod(1.0 - events / at_risk)
    return pd.Series(1.0 - away[: longest_days + 1], index=pd.Index(days, name="days"), name="back")


def proposed_grace(curve: pd.Series, late_returns: float = LATE_RETURNS) -> int:
    """Smallest number of days after which fewer than `late_returns` of all returns on the curve are still to come.

    >>> proposed_grace(pd.Series([0.0, 0.5, 0.79, 0.80], index=[0, 30, 60, 90]))
    60
    """
    total = float(curve.iloc[-1])
    if total <= 0:
        raise DataError("nobody came back after a loan; a grace period cannot be proposed from this book")
    return int(curve.index[int(np.argmax(curve.to_numpy() >= (1 - late_returns) * total))])


def sensitivity(points: pd.DataFrame, as_of: date, grace_days: tuple[int, ...] = GRACE_DAYS) -> pd.DataFrame:
    """Exit rate per decision under several grace periods (Waterfield 2006: only deciders whose days have run out).

    Written-off clients are left out: they had nothing to decide.

    Returns
    -------
    DataFrame indexed by grace_days: deciders (decision points whose grace period is over), left, exit_rate (share of
    the deciders, NaN without any), back_later (of those counted as left, how many came back after all)
    """
    rows = []
    deciders = points[~points["written_off"].astype(bool)]
    for grace in grace_days:
        over = deciders[pd.to_datetime(deciders["ended_on"]) < pd.Timestamp(as_of - timedelta(days=grace))]
        gap = (pd.to_datetime(over["back_on"]) - pd.to_datetime(over["ended_on"])).dt.days
        left = ~(gap <= grace)
        rows.append(
            {
                "grace_days": grace,
                "deciders": len(over),
                "left": int(left.sum()),
                "exit_rate": float(left.mean()) if len(over) else float("nan"),
                "back_later": int((left & gap.notna()).sum()),
            }
        )
    return pd.DataFrame(rows).set_index("grace_days")
