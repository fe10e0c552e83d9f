"""How long clients last, as it may be shown: years that are over, on days on which all of them have been watched."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from features.exit import ExitDefinition
from features.measures import lasting
from features.measures.clustered import LEVELS, UNKNOWN
from features.measures.episodes import Span

SETTLED = date(2023, 9, 30)


def survival(monkeypatch: pytest.MonkeyPatch, *groups: tuple[int, date, int | None], settled: date = SETTLED) -> Any:
    """So many clients who came on a day and left by choice after so many days; None is still there."""
    rows = [
        {
            "came_on": came,
            "since": 0,
            "until": (settled - came).days if days is None else days,
            "way": 0 if days is None else 1,
            **dict.fromkeys(LEVELS, UNKNOWN),
        }
        for n, came, days in groups
        for _ in range(n)
    ]
    monkeypatch.setattr(lasting, "lives", lambda *_: pd.DataFrame(rows))
    span = Span(begins=date(2020, 1, 1), settled=settled, lag_days=0)
    return lasting.survival(None, span, ExitDefinition())  # type: ignore[arg-type] - what is known is drawn above


EARLY = (
    (30, date(2022, 3, 1), 60),
    (30, date(2022, 3, 1), 150),
    (30, date(2022, 3, 1), 250),
    (40, date(2022, 3, 1), None),
)


def test_a_year_is_told_on_days_on_which_all_its_clients_have_been_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    table = survival(monkeypatch, *EARLY)

    year = table[table["cohort"] == "came in 2022"]
    # From the last day of 2022 to the last settled one are 273 days.
    assert year[["curve", "days", "value"]].to_numpy().tolist() == [
        ["still_there", 91, 0.769],
        ["still_there", 182, 0.538],
    ]
    assert set(year["clients"]) == {130}


def test_whoever_came_in_a_year_that_is_not_over_is_not_told_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    before = survival(monkeypatch, *EARLY)

    after = survival(monkeypatch, *EARLY, (3, date(2023, 5, 1), None), (200, date(2023, 6, 1), 40))

    pd.testing.assert_frame_equal(before, after)


def test_a_year_of_few_waits_for_the_next_so_that_the_sum_does_not_tell_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    few = (7, date(2023, 2, 1), None)
    later = SETTLED + timedelta(days=365)

    before = survival(monkeypatch, *EARLY, settled=later)
    after = survival(monkeypatch, *EARLY, few, settled=later)

    assert set(after["clients"]) == set(before["clients"]) == {130}
