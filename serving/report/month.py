"""The month a report is of."""

from datetime import date, timedelta

from features.errors import UsageError
from serving.months import months_before


def is_month(text: str) -> bool:
    """Whether a text names a month as reports do.

    >>> is_month("2025-11"), is_month("2025-13"), is_month("2025-1"), is_month("../../x")
    (True, False, False, False)
    """
    if len(text) != 7 or text[4] != "-" or not text.isascii() or not (text[:4] + text[5:]).isdigit():
        return False
    return int(text[:4]) >= 1 and 1 <= int(text[5:]) <= 12


def last_day(month: str) -> date:
    """Last day of a month.

    >>> last_day("2024-02")
    datetime.date(2024, 2, 29)

    Raises
    ------
    UsageError
        It is no month.
    """
    if not is_month(month):
        raise UsageError(f"--month={month!r} is no month; write it as 2025-11")
    return months_before(date(int(month[:4]), int(month[5:]), 1), -1) - timedelta(days=1)


def last_whole(day: date) -> str:
    """The last month that was over by the end of a day.

    >>> last_whole(date(2025, 11, 30)), last_whole(date(2025, 12, 6)), last_whole(date(2026, 1, 30))
    ('2025-11', '2025-11', '2025-12')
    """
    return f"{(day + timedelta(days=1)).replace(day=1) - timedelta(days=1):%Y-%m}"
