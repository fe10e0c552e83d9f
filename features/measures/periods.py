"""Months, quarters and years, and whether what happened in one is known in full."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from features.measures.episodes import Span


class By(StrEnum):
    """How time is cut."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Length in months."""
        return {By.MONTH: 1, By.QUARTER: 3, By.YEAR: 12}[self]


class Maturity(StrEnum):
    """Whether the figures of a period can still change."""

    FINAL = "final"
    GRACE = "the grace period is not over"
    LATE = "closings may still be entered"
    BEGINS = "the book begins in it"


@dataclass(frozen=True)
class Period:
    """A calendar month, quarter or year, both days included.

    >>> Period.of(By.QUARTER, date(2024, 5, 17))
    Period(by=<By.QUARTER: 'quarter'>, first=datetime.date(2024, 4, 1), last=datetime.date(2024, 6, 30))
    """

    by: By
    first: date
    last: date

    @classmethod
    def of(cls, by: By, day: date) -> "Period":
        """The period a day lies in."""
        month = (day.month - 1) // by.months * by.months + 1
        beyond = day.year * 12 + month - 1 + by.months
        return cls(by, date(day.year, month, 1), date(beyond // 12, beyond % 12 + 1, 1) - timedelta(days=1))

    @property
    def label(self) -> str:
        """As people write it.

        >>> [Period.of(by, date(2024, 5, 17)).label for by in By]
        ['2024-05', '2024-Q2', '2024']
        """
        match self.by:
            case By.MONTH:
                return f"{self.first:%Y-%m}"
            case By.QUARTER:
                return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        return str(self.first.year)

    def maturity(self, span: Span, grace_days: int, as_of: date) -> Maturity:
        """Whether its figures can still change, seen on `as_of`.

        A period that begins within the grace period after the book does counts clients as new who only rested. A month
        waits for its quarter: whether its figures may be shown depends on the other two.
        """
        if self.by is By.MONTH:
            return Period.of(By.QUARTER, self.first).maturity(span, grace_days, as_of)
        if self.first <= span.begins + timedelta(days=grace_days):
            return Maturity.BEGINS
        if as_of <= self.last + timedelta(days=grace_days):
            return Maturity.GRACE
        return Maturity.FINAL if self.last <= span.settled else Maturity.LATE

    def final_from(self, span: Span, grace_days: int) -> date:
        """First day on which its figures are final."""
        if self.by is By.MONTH:
            return Period.of(By.QUARTER, self.first).final_from(span, grace_days)
        return self.last + timedelta(days=grace_days + 1 + span.lag_days)


def periods(by: By, first: date, as_of: date) -> Iterator[Period]:
    """Complete periods from the one that holds `first` to the last that ended by `as_of`."""
    period = Period.of(by, first)
    while period.last <= as_of:
        yield period
        period = Period.of(by, period.last + timedelta(days=1))
