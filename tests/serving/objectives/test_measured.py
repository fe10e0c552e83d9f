"""Figures measured from the book or uploaded, the newest of which says where an objective stands."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from features.book import Book
from features.errors import MissingColumn, UsageError
from features.indicator import Value
from features.indicators import INDICATORS
from serving.access import OPERATOR
from serving.objectives.measured import build_baseline, from_book, measure, stand
from serving.objectives.objective import Objective
from serving.objectives.segment import RULE_FILE, Segment, rule_of
from serving.objectives.status import Status
from serving.objectives.values import Figure, figures_of, keep
from serving.store.database import Store

NOW = datetime(2024, 7, 9, 8, 0, tzinfo=UTC)
AS_OF = date(2024, 7, 9)
EVERYBODY = Segment()
OBJECTIVE = Objective(
    name="Repeat",
    indicator=INDICATORS["repeat_borrowing_rate"],
    segment=EVERYBODY,
    baseline=0.2,
    baseline_on=date(2024, 1, 1),
    target=0.6,
    by=date(2024, 12, 31),
    owner="x",
    goal="x",
    kind="process",
    means="x",
)


def a_book(clients: int = 60, north: int = 10) -> Book:
    """Half of the clients borrow a second time, five of the first ten in the north."""
    people = [
        {"client_id": f"c{n:02d}", "joined_on": date(2023, 1, 1), "branch_id": "north" if n < north else "south"}
        for n in range(clients)
    ]
    loans = [
        {"loan_id": f"{n}-{time}", "client_id": f"c{n:02d}", "disbursed_on": day, "amount": 1}
        for n in range(clients)
        for time, day in enumerate((date(2023, 8, 1), date(2024, 5, 1)))
        if time == 0 or n % 2
    ]
    return Book.of({"clients": pd.DataFrame(people), "loans": pd.DataFrame(loans)})


def figure(until: date, value: float, **more: object) -> Figure:
    return replace(
        Figure("repeat_borrowing_rate", "", until - timedelta(days=90), until, Value(value, 50, 0.1, 0.9), "x", "rose"),
        **more,
    )


@pytest.mark.parametrize(
    ("segment", "north", "told"),
    [
        ("", 10, True),
        ("branch_id=south", 50, True),
        ("branch_id=north", 50, True),
        ("branch_id=north", 10, False),
        ("branch_id=south", 10, False),  # less all clients it would tell of the ten in the north
        ("branch_id=north", 30, False),  # 15 of them borrowed again
        ("branch_id=none", 50, False),
    ],
)
def test_of_a_segment_of_few_clients_or_of_all_but_few_nothing_is_told(segment: str, north: int, *, told: bool) -> None:
    of = Segment.of_text(segment)

    found = from_book(a_book(120, north), OBJECTIVE.indicator, of, AS_OF, date(2023, 7, 10), AS_OF)

    assert (found.value.value is not None) == told
    assert told == (found.value.counted >= 20)


def test_a_segment_the_book_knows_nothing_of_is_told_as_such() -> None:
    with pytest.raises(MissingColumn, match="no column 'area'"):
        Segment.of_text("area=rural").clients(a_book())
    for text in ("rural", "gender=f", "area=sea", "branch_id="):
        with pytest.raises(UsageError):
            Segment.of_text(text)


RULE = """
name = "southern"
[[condition]]
column = "branch_id"
op = "is"
value = "south"
"""


@pytest.mark.parametrize(("segment", "clients"), [("target=yes", 50), ("target=no", 10)])
def test_target_clients_are_those_of_the_institutions_own_rule(tmp_path: Path, segment: str, clients: int) -> None:
    (tmp_path / RULE_FILE).write_text(RULE)
    of, rule = Segment.of_text(segment), rule_of(tmp_path)

    there = of.clients(a_book(), rule)
    found = from_book(a_book(), OBJECTIVE.indicator, of, AS_OF, date(2023, 7, 10), AS_OF, rule)

    assert len(there or ()) == clients
    assert found.source.endswith("; target clients: southern")
    assert found.value.value is None  # for fewer than 20 loans are of clients of the other kind


def test_without_a_rule_nobody_is_a_target_client_and_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"write target\.toml into the working folder"):
        Segment.of_text("target=yes").clients(a_book(), rule_of(tmp_path))
    with pytest.raises(UsageError, match="target is yes or no"):
        Segment.of_text("target=poor")
    (tmp_path / RULE_FILE).write_text(RULE.replace("branch_id", "area"))
    with pytest.raises(MissingColumn, match="no column area, so who is a target client by the rule 'southern'"):
        Segment.of_text("target=yes").clients(a_book(), rule_of(tmp_path))


def test_an_objective_stands_by_the_newest_figure_since_its_baseline_and_never_by_a_later_one(store: Store) -> None:
    def status_on(day: date) -> tuple[Status, float | None]:
        with store.read() as connection:
            found = stand(connection, (OBJECTIVE,), day)[0]
        return found.status, found.value.value

    with store.write() as connection:
        keep(connection, [figure(date(2023, 12, 1), 0.9), figure(date(2024, 3, 31), 0.3)], OPERATOR, NOW)
        keep(connection, [figure(date(2024, 6, 30), 0.6), figure(date(2024, 3, 31), 0.9, segment="a")], OPERATOR, NOW)

    assert status_on(date(2024, 3, 1)) == (Status.NOT_KNOWN, None)
    assert status_on(date(2024, 5, 1)) == (Status.BEHIND, 0.3)
    assert status_on(date(2024, 7, 1)) == (Status.REACHED, 0.6)


def test_a_figure_is_kept_once_replaced_by_a_newer_one_and_comes_back_if_it_was_right_after_all(store: Store) -> None:
    first, second = figure(date(2024, 6, 30), 0.5), figure(date(2024, 6, 30), 0.4)
    told = []
    for each in (first, first, second, first):
        with store.write() as connection:
            told.append(keep(connection, [each], OPERATOR, NOW))
            holding = figures_of(connection, "repeat_borrowing_rate", "")

    assert told == [(1, 0), (0, 0), (1, 1), (1, 1)]
    assert holding == [first]


def test_what_is_measured_counts_the_newest_period_that_is_fully_known(tmp_path: Path) -> None:
    lag = replace(OBJECTIVE, indicator=INDICATORS["retention_rate"])

    plain, late = measure(a_book(), (OBJECTIVE, lag), AS_OF)

    assert (plain.from_on, plain.until_on) == (date(2023, 7, 10), AS_OF)
    assert late.until_on == AS_OF - timedelta(days=91)
    assert plain.value.value == pytest.approx(30 / 90)


def test_a_baseline_is_four_whole_quarters_and_their_year(store: Store) -> None:
    with store.read() as connection:
        found = build_baseline(connection, a_book(), "new_clients", EVERYBODY, AS_OF)
        asked = build_baseline(connection, a_book(), "satisfaction_rate", EVERYBODY, AS_OF)

    assert [(each.from_on, each.value.value) for each in found.quarters] == [
        (date(2023, 7, 1), 60.0),
        (date(2023, 10, 1), 0.0),
        (date(2024, 1, 1), 0.0),
        (date(2024, 4, 1), 0.0),
    ]
    assert found.year is not None
    assert (found.year.from_on, found.year.until_on, found.year.value.value) == (
        date(2023, 7, 1),
        date(2024, 6, 30),
        60,
    )
    assert (asked.year, asked.to_ask) == (None, 47)
