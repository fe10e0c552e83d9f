"""The log of the lot, and the part of it whose outcomes are final: what every figure of the effect is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import pandas as pd

from features.errors import DataError, MissingColumn
from models.rows import Flags, Floats


class Arm(StrEnum):
    """What the lot said."""

    LISTED = "listed"
    HOLD_OUT = "hold_out"


#: One row per client and draw. Units are what is drawn: a client, a household or a group.
COLUMNS = {
    "unit_id": "what was drawn; its clients share the arm",
    "client_id": "who",
    "draw": "1 for a unit's first draw, 2 once it was drawn anew",
    "as_of": "day of the first consideration; the horizon begins here",
    "arm": "listed or hold_out",
    "propensity": "chance of hold_out in this draw",
    "stratum": "within which the lot was balanced",
    "risk": "probability of leaving on as_of, without a visit",
    "action": "what the line suggests, or would have",
    "reached": "whether a contact happened within the horizon; missing where nobody knows",
    "contacts": "contacts within the horizon; missing where nobody knows",
    "left": "1 left by choice within the horizon, 0 did not; missing while not settled",
    "settled_on": "day on which left became final; missing while not settled",
}


@dataclass(frozen=True)
class Settled:
    """Allocations old enough that everybody's outcome is final.

    Exits are known later than stays, so a day's allocations count all or none: taking the early ones would count too
    many stays.

    Attributes
    ----------
    rows
        The columns of `COLUMNS`; left, reached and contacts as floats, and besides: listed (1.0 or 0.0) and weight, one
        over the chance of the arm that was drawn.
    on
        The day we stand on.
    matures_after
        Days from as_of until an outcome is final: horizon, grace and what closings come late.
    in_flight
        as_of of the allocations that are not old enough yet.
    lost
        Old enough and still without an outcome, by arm: died, moved within the MFI, merged.
    """

    rows: pd.DataFrame
    on: date
    matures_after: int
    in_flight: pd.Series
    lost: dict[Arm, int]

    @property
    def listed(self) -> Flags:
        """Rows that were listed; the others were held out."""
        flags: Flags = self.rows["listed"].to_numpy(dtype=np.float64) > 0
        return flags

    def count(self, arm: Arm) -> int:
        """Clients of an arm, counted once a draw."""
        return int((self.rows["arm"] == arm.value).sum())

    def only(self, which: Flags) -> "Settled":
        """Some of the rows."""
        return Settled(self.rows[which], self.on, self.matures_after, self.in_flight, self.lost)

    def floats(self, column: str) -> Floats:
        """A column as floats."""
        return self.rows[column].to_numpy(dtype=np.float64)


def checked(allocations: pd.DataFrame, besides: Sequence[str] = ()) -> pd.DataFrame:
    """The log as every figure reads it.

    Raises
    ------
    MissingColumn
        A column is not there.
    DataError
        A value cannot be, or a unit's clients do not share their arm.
    """
    missing = [name for name in (*COLUMNS, *besides) if name not in allocations]
    if missing:
        raise MissingColumn(
            f"the log of allocations has no column {', '.join(missing)}; it has {', '.join(allocations.columns)}"
        )
    rows = allocations.reset_index(drop=True).copy()
    for column in ("as_of", "settled_on"):
        rows[column] = pd.to_datetime(rows[column])
    rows["reached"] = rows["reached"].astype("boolean").astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    for column in ("propensity", "risk", "contacts", "left"):
        rows[column] = pd.to_numeric(rows[column]).astype(np.float64)
    rows["arm"] = rows["arm"].astype(str)
    wrong = {
        "arm": ~rows["arm"].isin([arm.value for arm in Arm]),
        "propensity": ~((rows["propensity"] > 0) & (rows["propensity"] < 1)),
        "risk": ~rows["risk"].between(0, 1),
        "left": ~(rows["left"].isna() | rows["left"].isin([0.0, 1.0])),
        "contacts": rows["contacts"] < 0,
        "as_of": rows["as_of"].isna(),
    }
    for column, bad in wrong.items():
        if bad.any():
            found = rows.loc[bad, column].iloc[0]
            raise DataError(
                f"{int(bad.sum())} allocations have an impossible {column}, such as {found!r}; "
                f"{column} is: {COLUMNS[column]}. Write the log again from the draws"
            )
    rows["listed"] = (rows["arm"] == Arm.LISTED.value).astype(np.float64)
    drawn = rows.groupby(["unit_id", "draw"], sort=False)
    if (drawn["arm"].transform("nunique") > 1).any() or rows.duplicated(["unit_id", "draw", "client_id"]).any():
        raise DataError("a unit has two arms in one draw, or a client stands in it twice; the lot cannot be read")
    rows["weight"] = np.where(rows["listed"] > 0, 1 / (1 - rows["propensity"]), 1 / rows["propensity"])
    return rows


def settled(allocations: pd.DataFrame, on: date, matures_after: int, besides: Sequence[str] = ()) -> Settled:
    """Allocations whose outcomes are final on a day.

    Parameters
    ----------
    allocations
        The columns of `COLUMNS`, and `besides`.
    on
        The day we stand on.
    matures_after
        Days from as_of until the outcome of everybody is final.
    """
    rows = checked(allocations, besides)
    day = pd.Timestamp(on)
    rows = rows[rows["as_of"] <= day]
    old = rows["as_of"] + timedelta(days=matures_after) <= day
    known = rows["left"].notna() & (rows["settled_on"] <= day)
    lost = {arm: int((old & ~known & (rows["arm"] == arm.value)).sum()) for arm in Arm}
    final = rows[old & known].reset_index(drop=True)
    return Settled(final, on, matures_after, rows.loc[~old, "as_of"], lost)
