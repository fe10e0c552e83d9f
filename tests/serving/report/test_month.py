"""Which month a report is of."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import UsageError
from serving.report.month import is_month, last_day, last_whole

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@given(DAYS)
def test_the_last_whole_month_is_over_by_then_and_the_next_is_not(day: date) -> None:
    month = last_whole(day)

    assert is_month(month)
    assert last_day(month) <= day < last_day(f"{last_day(month) + timedelta(days=1):%Y-%m}")


@pytest.mark.parametrize("text", ["2024-13", "2024-00", "0000-01", "24-01", "2024-1", "2024-011", "2024/01", "٢٠٢٤-٠١"])
def test_what_is_no_month_is_refused_with_how_to_write_one(text: str) -> None:
    assert not is_month(text)
    with pytest.raises(UsageError, match="write it as 2025-11"):
        last_day(text)
