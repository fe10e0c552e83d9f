"""What an indicator is, its value of one period, and the intervals that values come with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil, floor, sqrt

import pandas as pd

from features.book import Known
from features.intervals import Z


class Better(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"


class Source(StrEnum):
    """Where the figures come from."""

    COMPUTED = "computed"
    UPLOADED = "uploaded"


@dataclass(frozen=True)
class Value:
    """An indicator of one period.

    Parameters
    ----------
    value
        None where it is not known.
    counted
        Of how many clients, loans or officers.
    low, high
        The 95 % interval; None where there is none, as for a count.
    """

    value: float | None
    counted: int = 0
    low: float | None = None
    high: float | None = None


#: What is asked of a computed indicator: the views of the date, the first and last day of the period.
Measure = Callable[[Known, date, date], Value]


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Parameters
    ----------
    code
        snake_case, stable.
    unit
        share (0 to 1), count or days.
    needs
        Tables and columns without which nobody can know it.
    measure
        How it is computed; None where it is uploaded.
    lag_days
        Days after a period until all of it is known.
    of_clients
        Whether clients or their loans are counted, so that few of them must not be told.
    """

    code: str
    name: str
    unit: str
    better: Better
    meaning: str
    needs: tuple[str, ...] = ()
    measure: Measure | None = None
    lag_days: int = 0
    of_clients: bool = True

    @property
    def source(self) -> Source:
        """Where its figures come from."""
        return Source.UPLOADED if self.measure is None else Source.COMPUTED


def median_with_interval(values: "pd.Series[float]") -> Value:
    """A median and its interval by order statistics, which supposes nothing of how values are spread.

    >>> median_with_interval(pd.Series([3.0, 1.0, 2.0]))
    Value(value=2.0, counted=3, low=None, high=None)
    """
    ordered = values.sort_values().to_numpy()
    n = len(ordered)
    if not n:
        return Value(None)
    half = Z * sqrt(n) / 2
    first, last = floor(n / 2 - half), ceil(n / 2 + half)
    middle = float(values.median())
    if first < 0 or last >= n:
        return Value(middle, n)
    return Value(middle, n, float(ordered[first]), float(ordered[last]))
