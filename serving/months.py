"""Months of the calendar, in which retention is counted."""

import calendar
from datetime import date


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of a month that is shorter; months after, if negative.

    >>> months_before(date(2024, 3, 31), 1), months_before(date(2024, 3, 31), -11)
    (datetime.date(2024, 2, 29), datetime.date(2025, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
