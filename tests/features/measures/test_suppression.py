"""What is hidden beside a small count, in one table, in several, and over months, quarters and years."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.measures import suppressed_periods
from features.measures.periods import By
from features.measures.suppressed_periods import Hidden
from features.measures.suppression import Block, blocks, closed, hidden_of, small, unsettled

YEAR = pd.Timestamp("2023-01-01").date()


def hide(
    tables: Mapping[str, Mapping[str, float]], same: Mapping[str, list[Block]], frozen: Sequence[str] = ()
) -> dict[str, set[str]]:
    found = closed(tables, {name: small(counts) for name, counts in tables.items()}, same, frozen)
    return {name: set(values) for name, values in found.items()}


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({"a": 20, "b": 20}, set()),
        ({"a": 19, "b": 25, "c": 400}, {"a", "b"}),  # a alone would follow from the total
        ({"a": 9, "b": 10, "c": 400}, {"a", "b", "c"}),  # together they are 19
        ({"a": 0, "b": 30, "c": 400}, {"a", "b"}),  # that nobody is there is told by nobody
        ({"a": 12, "b": 12, "c": 400}, {"a", "b", "c"}),  # beside a only 12 are hidden
        ({"a": 12, "b": 12, "d": 9, "c": 400}, {"a", "b", "d"}),
    ],
)
def test_what_is_hidden_beside_a_small_count(counts: dict[str, float], hidden: set[str]) -> None:
    assert hide({"t": counts}, {})["t"] == hidden


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 60), max_size=8))
def test_what_is_hidden_stays_so_or_nothing_is_shown(counts: dict[str, int]) -> None:
    hidden = hidden_of(counts)

    assert small(counts) <= hidden
    assert unsettled([counts[value] for value in hidden]) or hidden == set(counts)


def test_a_branch_cannot_be_worked_out_from_its_area() -> None:
    branches = {"b1": 90, "b2": 10, "b3": 80, "b4": 8}
    areas = {"rural": 100, "urban": 88}
    same = blocks({("branch", "area"): [("b1", "rural"), ("b2", "rural"), ("b3", "urban"), ("b4", "urban")]})

    found = hide({"branch": branches, "area": areas}, same)

    # b2 and b4 hide each other in the whole table, but rural - b1 = b2.
    assert found == {"branch": {"b1", "b2", "b3", "b4"}, "area": set()}


def test_an_area_of_one_small_branch_is_hidden_with_it() -> None:
    branches = {"b1": 90, "b2": 70, "b3": 10}
    areas = {"rural": 160, "urban": 10}
    same = blocks({("branch", "area"): [("b1", "rural"), ("b2", "rural"), ("b3", "urban")]})

    found = hide({"branch": branches, "area": areas}, same)

    assert found["area"] == {"rural", "urban"}
    assert len(found["branch"]) > 1


def test_a_later_table_hides_itself_where_it_would_open_what_is_out_already() -> None:
    branches = {"b1": 90, "b2": 10, "b3": 80, "b4": 12}
    out = {"b2", "b4", "b3"}
    same = blocks({("branch", "target"): [("b1", "yes"), ("b2", "yes"), ("b3", "no"), ("b4", "no")]})

    found = closed({"branch": branches, "target": {"yes": 100, "no": 92}}, {"branch": out}, same, frozen=["branch"])

    assert found == {"branch": out, "target": {"yes", "no"}}


def quarters(**counts: Sequence[float]) -> pd.DataFrame:
    """A table of the four quarters of a year, and the year."""
    rows = []
    for value, each in counts.items():
        for n, count in enumerate(each):
            first = pd.Timestamp(2023, 3 * n + 1, 1).date()
            rows.append({"value": value, "by": "quarter", "period": f"2023-Q{n + 1}", "first": first, "n": count})
        rows.append({"value": value, "by": "year", "period": "2023", "first": YEAR, "n": sum(each)})
    return pd.DataFrame(rows)


def shown(hidden: Hidden, by: By) -> dict[str, str]:
    return {key[3]: "".join(sorted(values)) for key, values in hidden.items() if key[2] is by}


ONE = {"one": ("n",)}


def test_a_quarter_is_hidden_by_its_own_figures_and_the_year_does_not_give_it_away() -> None:
    table = quarters(a=[40, 5, 40, 40], b=[30, 30, 30, 30], c=[50, 50, 50, 50])

    found = suppressed_periods.hidden({"t": table}, families=ONE)

    assert shown(found, By.QUARTER) == {"2023-Q1": "", "2023-Q2": "ab", "2023-Q3": "", "2023-Q4": ""}
    assert shown(found, By.YEAR) == {"2023": "ab"}


def test_who_is_small_in_every_quarter_is_shown_by_year() -> None:
    table = quarters(a=[6, 5, 8, 7], b=[30, 30, 30, 30], c=[50, 50, 50, 50])

    found = suppressed_periods.hidden({"t": table}, families=ONE)

    assert set(shown(found, By.QUARTER).values()) == {"ab"}
    assert shown(found, By.YEAR) == {"2023": ""}


def test_a_year_does_not_tell_what_hides_beside_a_value_in_some_of_its_quarters() -> None:
    """B and a are hidden together in three quarters; from b's year the three of a would follow, which are 14."""
    table = quarters(a=[30, 5, 5, 4], b=[60, 40, 40, 40], c=[90, 90, 90, 90])

    found = suppressed_periods.hidden({"t": table}, families=ONE)

    assert shown(found, By.YEAR) == {"2023": "ab"}


def test_three_months_are_hidden_together_for_one_that_is_small() -> None:
    table = quarters(a=[75] * 4, b=[90] * 4)
    months = [(f"2023-0{n}", pd.Timestamp(2023, n, 1).date()) for n in (1, 2, 3)]
    rows = [
        {"value": value, "by": "month", "period": label, "first": first, "n": count}
        for value, counts in (("a", [30, 15, 30]), ("b", [30, 30, 30]))
        for (label, first), count in zip(months, counts, strict=True)
    ]

    found = suppressed_periods.hidden({"t": pd.concat([table, pd.DataFrame(rows)])}, families=ONE)

    assert shown(found, By.MONTH) == {"2023-01": "ab", "2023-02": "ab", "2023-03": "ab"}
    assert shown(found, By.QUARTER)["2023-Q1"] == ""


def test_a_quarter_is_hidden_the_same_whatever_came_later() -> None:
    table = quarters(a=[40, 5, 40, 4], b=[30, 30, 3, 30], c=[50, 50, 50, 50])
    early = table[table["period"].isin(["2023-Q1", "2023-Q2"])]

    first, later = (suppressed_periods.hidden({"t": each}, families=ONE) for each in (early, table))

    assert first.items() <= later.items()


def test_the_quarters_of_a_figure_that_stands_alone_may_hide_each_other() -> None:
    enough = suppressed_periods.hidden({"t": quarters(a=[40, 5, 19, 18])}, families=ONE, summed=False)
    little = suppressed_periods.hidden({"t": quarters(a=[40, 5, 19, 40])}, families=ONE, summed=False)

    assert (shown(enough, By.YEAR), shown(little, By.YEAR)) == ({"2023": ""}, {"2023": "a"})


def test_nothing_is_hidden_beside_a_count_whose_sum_nobody_knows() -> None:
    found = suppressed_periods.hidden({"t": quarters(a=[40, 5, 4, 40])}, families=ONE, summed=False)

    assert shown(found, By.QUARTER) == {"2023-Q1": "", "2023-Q2": "a", "2023-Q3": "a", "2023-Q4": ""}
    assert shown(found, By.YEAR) == {"2023": "a"}


def test_a_closed_period_shows_nothing() -> None:
    shut = {"one": frozenset({(By.QUARTER, "2023-Q3")})}

    found = suppressed_periods.hidden({"t": quarters(a=[40] * 4, b=[50] * 4)}, families=ONE, shut=shut)

    assert shown(found, By.QUARTER)["2023-Q3"] == "ab"
    assert shown(found, By.YEAR) == {"2023": "ab"}  # less the other quarters it would be the third
