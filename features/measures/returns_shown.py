"""When clients come back, as it may be shown: as it stood when the last quarter ended, and without small numbers.

It stays the same until the next quarter is over, so that two weeks differ by a quarter or not at all. Between two days
of the curve, and between two rows of the table, stand at least 20 who came back or decided.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from features.measures.periods import By, Period
from features.measures.returning import sensitivity
from features.measures.suppression import SMALLEST_SHOWN

#: Days of the return curve that are told where enough came back between them.
DAYS = (7, 14, 28, 30, 60, 90, 180, 365)


def at_quarter_end(points: pd.DataFrame, as_of: date) -> tuple[pd.DataFrame, date]:
    """Decision points up to the end of the last quarter that is over, with what had followed by then, and that day.

    Parameters
    ----------
    points
        As `features.measures.returning.decision_points` gives them.
    """
    last = Period.of(By.QUARTER, as_of + timedelta(days=1)).first - timedelta(days=1)
    then = points[pd.to_datetime(points["ended_on"]) < pd.Timestamp(last)]
    back = pd.to_datetime(then["back_on"])
    return then.assign(back_on=back.where(back <= pd.Timestamp(last))), last


def days_shown(points: pd.DataFrame, days: Iterable[int] = DAYS) -> list[int]:
    """Days on which the share of those who are back may be told: enough came back since the one before, or have not."""
    deciders = points[~points["written_off"].astype(bool)]
    gap = (pd.to_datetime(deciders["back_on"]) - pd.to_datetime(deciders["ended_on"])).dt.days
    told, before = [], 0
    for day in days:
        back = int((gap <= day).sum())
        if back - before >= SMALLEST_SHOWN and len(deciders) - back >= SMALLEST_SHOWN:
            told.append(day)
            before = back
    return told


def sensitivity_shown(points: pd.DataFrame, last: date) -> pd.DataFrame:
    """Exit rate per decision under several grace periods; NaN where a small number stands in a row or follows from two.

    Returns
    -------
    DataFrame indexed by grace_days: deciders, left, exit_rate
    """
    table = sensitivity(points, last)[["deciders", "left", "exit_rate"]].astype(float)
    before = None
    for grace, row in table.iterrows():
        few = min(row["left"], row["deciders"] - row["left"]) < SMALLEST_SHOWN
        if before is not None:
            # The same deciders: who left under one grace period and not under the other came back in between.
            more = before["deciders"] - row["deciders"]
            few |= (more or before["left"] - row["left"]) < SMALLEST_SHOWN
        if few:
            table.loc[grace] = float("nan")
        else:
            before = row
    return table
