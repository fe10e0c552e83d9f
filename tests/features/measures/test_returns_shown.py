"""When clients come back, as it may be shown: as of the end of a quarter, and nothing small between two rows."""

from datetime import date, timedelta

import pandas as pd
import pytest

from features.measures.returns_shown import at_quarter_end, days_shown, sensitivity_shown

AS_OF = date(2025, 2, 10)
LAST = date(2024, 12, 31)


def ends(*groups: tuple[int, date, int | None]) -> pd.DataFrame:
    """So many clients whose loans ended on a day and who were back after so many days."""
    rows = [(ended, None if gap is None else ended + timedelta(days=gap)) for n, ended, gap in groups for _ in range(n)]
    table = pd.DataFrame(rows, columns=["ended_on", "back_on"]).assign(written_off=False)
    return table.assign(back_on=pd.to_datetime(table["back_on"]), client_id=[f"c{n}" for n in range(len(table))])


def test_what_happened_after_the_quarter_is_not_told_yet() -> None:
    points = ends((30, date(2024, 10, 1), 20), (25, date(2024, 12, 20), 20), (9, date(2025, 1, 5), 3))

    then, last = at_quarter_end(points, AS_OF)

    assert last == LAST
    assert (len(then), int(then["back_on"].notna().sum())) == (55, 30)


@pytest.mark.parametrize("as_of", [date(2024, 12, 31), date(2025, 1, 1), date(2025, 3, 30)])
def test_all_days_of_a_quarter_tell_the_same(as_of: date) -> None:
    points = ends((30, date(2024, 10, 1), 20), (25, date(2024, 12, 20), 20))

    then, last = at_quarter_end(points, as_of)

    assert (last, len(then), int(then["back_on"].notna().sum())) == (LAST, 55, 30)


def test_between_two_days_that_are_told_at_least_20_came_back() -> None:
    began = date(2023, 3, 1)

    points = ends((25, began, 5), (12, began, 10), (12, began, 20), (19, began, 50), (100, began, None))

    assert days_shown(points) == [7, 28]


def test_of_few_who_stayed_away_nothing_is_told() -> None:
    assert days_shown(ends((300, date(2023, 3, 1), 5), (19, date(2023, 3, 1), None))) == []


def test_two_rows_do_not_tell_how_few_came_back_in_between_nor_how_few_decided() -> None:
    began = date(2023, 3, 1)
    points = ends((60, began, 20), (15, began, 50), (30, began, 70), (80, began, None), (10, date(2024, 11, 20), None))

    table = sensitivity_shown(points, LAST)

    # 60 days: ten fewer deciders. 90 days: 45 back since the row of 30 days, of other deciders by ten.
    assert table["left"].notna().to_dict() == {30: True, 60: False, 90: False, 180: False, 365: False}
    points = points[points["ended_on"] == began]
    assert sensitivity_shown(points, LAST)["left"].dropna().to_dict() == {30: 125, 90: 80}
