"""From a drawn book to rows: what is known on a day, what has matured, and what stays out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from features import exit as exits
from features.book import Book, Known
from features.errors import RecipeError
from features.exit import ExitDefinition
from training import accounting, dataset
from training.dataset import Snapshots, build
from training.left_alone import DrawnLines
from training.recipe import Recipe, recipe_of

RECIPE = recipe_of({"horizons": [28, 91], "horizon": 91})


@dataclass(frozen=True)
class Counted:
    """A snapshot with two figures: how many loans, and the days since the last."""

    table: pd.DataFrame
    population: pd.DataFrame


def counted(known: Known, definition: ExitDefinition) -> Counted:
    population = exits.at_risk(known, definition)
    table = known.frame(
        "SELECT client_id, CAST(count(*) AS DOUBLE) AS loans, "
        "CAST(min(date_diff('day', disbursed_on, as_of)) AS DOUBLE) AS since FROM loans CROSS JOIN moment "
        "WHERE client_id IN (SELECT client_id FROM at_risk) GROUP BY client_id"
    )
    return Counted(table.set_index("client_id"), population)


def snapshots(book: Book, recipe: Recipe = RECIPE, max_rows: int = 10_000, left_out: tuple[str, ...] = ()) -> Snapshots:
    return Snapshots(book, recipe.exit, ("loans", "since"), counted, max_rows, 1, left_out)


@pytest.fixture
def book(drawn_book: Callable[..., Book]) -> Book:
    return drawn_book(
        loans="""
        client_id | disbursed_on | closed_on  | closed_how  | product_id
        ama       | 2023-01-02   | 2023-05-01 | repaid      | group
        kofi      | 2023-01-10   | 2023-05-10 | repaid      | group
        kofi      | 2023-06-01   |            |             | single
        esi       | 2023-02-01   | 2023-05-20 | written_off | group
        yaw       | 2023-03-01   |            |             |
        """,
        assignments="""
        client_id | officer_id | from_on    | to_on
        ama       | o1         | 2023-01-01 | 2023-04-10
        ama       | o2         | 2023-04-11 |
        yaw       | o3         | 2023-01-01 | 2023-03-01
        """,
    )


def test_what_became_of_the_clients_of_a_date(book: Book) -> None:
    day = snapshots(book).on(date(2023, 4, 15))
    data = build([day], book, RECIPE, date(2024, 1, 1))
    found = pd.DataFrame(data.rows.choice, index=data.rows.client_id, columns=[28, 91])
    assert found[28].to_dict() == {"ama": True, "esi": False, "kofi": False, "yaw": False}
    assert dict(zip(data.rows.client_id, data.rows.forced[:, 1], strict=True))["esi"]
    assert data.rows.decides[:, 1].tolist() == [True, True, True, False]
    assert data.rows.matured.all()


def test_an_outcome_counts_only_once_the_grace_period_is_over(book: Book) -> None:
    day = snapshots(book).on(date(2023, 4, 15))
    # 28 + 91 days after: the shorter horizon is known, the longer one is not.
    data = build([day], book, RECIPE, date(2023, 8, 12))
    assert data.rows.matured.all(axis=0).tolist() == [True, False]
    assert build([day], book, RECIPE, date(2023, 8, 11)).rows.matured.any() == np.False_


def test_reports_know_who_served_whom_then_and_not_today(book: Book) -> None:
    about = snapshots(book).on(date(2023, 4, 5)).about.set_index("client_id")
    assert about["officer_id"].to_dict() == {"ama": "o1", "esi": None, "kofi": None, "yaw": None}
    later = snapshots(book).on(date(2023, 4, 20)).about.set_index("client_id")
    assert later.loc["ama", "officer_id"] == "o2"
    assert later["product"].to_dict() == {"ama": "group", "esi": "group", "kofi": "group", "yaw": "not known"}
    assert set(later["cycle"]) == {"1"}


def test_reports_know_for_how_long_a_client_has_rested(book: Book) -> None:
    about = snapshots(book).on(date(2023, 5, 15)).about.set_index("client_id")
    assert about.loc[["ama", "kofi"], "rest_days"].tolist() == [14.0, 5.0]
    assert about.loc[["esi", "yaw"], "rest_days"].isna().all()
    assert about["state"].to_dict() == {"ama": "resting", "esi": "open", "kofi": "resting", "yaw": "open"}


def test_rows_are_ordered_by_date_and_client_whatever_the_order_of_days(book: Book) -> None:
    taken = snapshots(book)
    days = [taken.on(date(2023, 4, 15)), taken.on(date(2023, 3, 15))]
    one, other = (build(order, book, RECIPE, date(2024, 1, 1)) for order in (days, days[::-1]))
    assert one.rows.client_id.tolist() == other.rows.client_id.tolist()
    assert (np.diff(one.rows.day) >= 0).all()
    pd.testing.assert_frame_equal(one.about, other.about)
    assert one.about["client_id"].tolist() == one.rows.client_id.tolist()


def test_old_dates_count_less_where_the_recipe_says_so(book: Book) -> None:
    recipe = recipe_of({"horizons": [28, 91], "horizon": 91, "dates": {"half_life_days": 30}})
    taken = snapshots(book, recipe)
    data = build([taken.on(date(2023, 3, 16)), taken.on(date(2023, 4, 15))], book, recipe, date(2023, 12, 1))
    early, late = (data.rows.weight[data.rows.day == day] for day in np.unique(data.rows.day))
    assert late[0] == pytest.approx(2 * early[0])
    assert dataset.weights(data.rows).mean() == pytest.approx(1.0)


def test_a_feature_left_out_is_never_known(book: Book) -> None:
    day = snapshots(book, left_out=("since",)).on(date(2023, 4, 15))
    assert day.X["since"].isna().all()
    assert day.X["loans"].notna().all()
    with pytest.raises(RecipeError, match="leave_out has 'colour', which is no feature"):
        snapshots(book, left_out=("colour",))


def test_a_large_book_is_thinned_by_client_and_not_by_row() -> None:
    names = [f"c{i:04d}" for i in range(400)]
    loans = pd.DataFrame({"loan_id": names, "client_id": names, "disbursed_on": "2023-01-01", "amount": 100})
    book = Book.of({"clients": pd.DataFrame({"client_id": names, "joined_on": "2023-01-01"}), "loans": loans})
    days = [date(2023, 3, 1), date(2023, 4, 1)]
    taken = snapshots(book, max_rows=200)
    taken.plan(days)
    assert taken.share == pytest.approx(0.25)
    first, second = (taken.on(day).population["client_id"].tolist() for day in days)
    assert first == second
    assert 60 <= len(first) <= 140
    # Clients are judged in full all the same.
    assert len(taken.whole(days[1])) == 400


def test_counts_hold_numbers_only(book: Book) -> None:
    data = build([snapshots(book).on(date(2023, 4, 15))], book, RECIPE, date(2024, 1, 1))
    assert dataset.counts(data.rows) == {
        "rows": 4,
        "clients": 4,
        "dates": 1,
        "matured_28d": 4,
        "left_28d": 1,
        "matured_91d": 4,
        "left_91d": 1,
    }


def test_where_lists_were_given_out_the_record_tells_what_visits_took(book: Book) -> None:
    data = build([snapshots(book).on(date(2023, 4, 15))], book, RECIPE, date(2024, 1, 1))
    day = date(2023, 4, 17).toordinal()
    lines = DrawnLines(
        np.array(["ama", "kofi"], dtype=object), np.full(2, day), np.array([True, False]), np.array([0.5, 0.5])
    )

    found = accounting.alone(data, lines, RECIPE)

    assert found.rows.alone is not None
    assert dict(zip(found.rows.client_id, found.rows.alone[:, 1], strict=True)) == pytest.approx(
        {"ama": 0, "esi": 1, "kofi": 2, "yaw": 1}
    )
    told = accounting.counts(found)
    assert {name: told[name] for name in ("with_a_visit", "never_held_out", "bounded", "worth_without_lists")} == {
        "with_a_visit": 1,
        "never_held_out": 0,
        "bounded": 0,
        "worth_without_lists": 3,
    }
    assert accounting.in_words(told)[0].startswith("1 of 4 outcomes came about with a list's visit")


@pytest.mark.parametrize("lines", [None, "nobody"])
def test_without_a_log_nothing_changes(book: Book, lines: str | None) -> None:
    data = build([snapshots(book).on(date(2023, 4, 15))], book, RECIPE, date(2024, 1, 1))
    empty = np.empty(0, dtype=np.int64)
    nobody = DrawnLines(np.empty(0, dtype=object), empty, empty.astype(bool), empty.astype(float))

    found = accounting.alone(data, None if lines is None else nobody, RECIPE)

    assert found is data
    assert accounting.counts(found) == dataset.counts(data.rows)
