"""Each check fires on the fault it is named for, and stays silent without it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.book import Book, Known
from features.errors import CheckFailed
from features.exit import ExitDefinition
from models.rows import Rows
from training import checks, restated
from training.checks import Finding, settle
from training.dataset import Dataset
from training.later_rows import later_rows
from training.measuring import ALL, DECIDES, REACH
from training.metrics import Figure
from training.recipe import Recipe, parse_recipe, recipe_of
from training.replay import MODEL

RECIPE = recipe_of({"horizons": [28, 91], "horizon": 91})
DAY = date(2024, 1, 1).toordinal()


def rows(n: int = 2000, seed: int = 0) -> Rows:
    source = np.random.default_rng(seed)
    left = source.random((n, 1)) < 0.3
    return Rows(
        X=pd.DataFrame({"weak": source.normal(size=n) + 0.5 * left[:, 0], "noise": source.normal(size=n)}),
        client_id=np.array([f"c{i:05d}" for i in range(n)], dtype=object),
        day=DAY + 28 * np.repeat(np.arange(8), n // 8).astype(np.int64),
        horizons=(28, 91),
        choice=np.repeat(left, 2, axis=1),
        forced=np.zeros((n, 2), dtype=bool),
        decides=np.ones((n, 2), dtype=bool),
        matured=np.ones((n, 2), dtype=bool),
        weight=np.ones(n),
    )


def test_every_check_has_a_title() -> None:
    assert list(checks.TITLES) == [f"L0{n}" for n in range(1, 9)]


def test_a_finding_stops_the_run_and_says_how_to_go_on() -> None:
    finding = Finding("L04", "feature 'x' alone has an AUC of 0.990", "Look at it", stops=True)
    with pytest.raises(CheckFailed, match=r"L04 one feature.*'x' alone.*\[accept\] in the recipe: L04 = \"why\""):
        settle([finding], Recipe())


def test_a_reason_lets_a_finding_stand_and_is_kept() -> None:
    finding = Finding("L04", "found", "Look at it", stops=True)
    (told,) = settle([finding], parse_recipe("[accept]\nL04 = 'it is the loan end'"))
    assert told.accepted == "it is the loan end"
    assert "Accepted: it is the loan end" in str(told)
    with pytest.raises(CheckFailed):
        settle([finding], parse_recipe("[accept]\nL05 = 'another'"))


def test_a_note_stops_nothing() -> None:
    assert len(settle([Finding("L07", "found", "Train again", stops=False)], Recipe())) == 1


def test_l02_outcomes_known_after_the_origin() -> None:
    # The last date is 196 days after the first; its outcome is known 91 + 91 days later.
    known = date.fromordinal(DAY + 196 + 182)
    assert checks.overlapping_windows(rows(), known, RECIPE) == []
    (finding,) = checks.overlapping_windows(rows(), date.fromordinal(DAY + 196 + 181), RECIPE)
    assert (finding.code, finding.stops) == ("L02", True)
    assert "250 training outcomes" in finding.found


def test_l02_counts_only_what_is_learnt_from() -> None:
    young = rows()
    young.matured[young.day > DAY + 28] = False
    assert checks.overlapping_windows(young, date.fromordinal(DAY + 28 + 182), RECIPE) == []


def test_l03_the_same_client_and_date_on_both_sides() -> None:
    everything = rows()
    early, late = everything.take(everything.day < DAY + 100), everything.take(everything.day > DAY + 100)
    assert checks.shared_rows(early, late) == []
    (finding,) = checks.shared_rows(everything, late)
    assert finding.found.startswith("1000 client-dates")


@pytest.mark.parametrize("turn", [1.0, -1.0])
def test_l04_a_feature_that_knows_the_answer(turn: float) -> None:
    known = rows()
    known.X["leak"] = turn * (known.choice[:, 1] + 0.1 * known.X["noise"])
    (finding,) = checks.too_good(known, RECIPE)
    assert finding.stops
    assert "'leak'" in finding.found


def test_l04_a_feature_that_is_missing_only_for_those_who_left() -> None:
    known = rows()
    known.X["leak"] = np.where(known.choice[:, 1], np.nan, known.X["noise"])
    assert [finding.code for finding in checks.too_good(known, RECIPE)] == ["L04"]


def test_l04_is_silent_for_honest_features() -> None:
    assert checks.too_good(rows(), RECIPE) == []


@pytest.mark.parametrize(
    ("everyone", "within_reach", "stops"),
    [
        ("0.94 to 0.97", "0.90 to 0.94", 0),
        ("0.96 to 0.98", "0.93 to 0.97", 1),
        ("0.93 to 0.96", "0.951 to 0.97", 1),
        ("0.98 to 1.00", "0.97 to 1.00", 2),
    ],
)
def test_l04_a_model_whose_whole_interval_is_too_good(everyone: str, within_reach: str, stops: int) -> None:
    def auc(text: str) -> Mapping[str, Mapping[str, Figure]]:
        low, high = map(float, text.split(" to "))
        return {MODEL: {"auc": Figure((low + high) / 2, low, high)}}

    found = checks.too_good_model({ALL: auc(everyone), REACH: auc(within_reach), DECIDES: auc("0.99 to 1.00")})
    assert [finding.code for finding in found] == ["L04"] * stops
    assert all(finding.stops for finding in found)


def test_l07_the_share_who_leave_has_doubled() -> None:
    assert checks.shifted(rows(8000)) == []
    drifting = rows(8000)
    drifting.choice[drifting.day >= DAY + 6 * 28] |= np.random.default_rng(1).random((2000, 1)) < 0.5
    (finding,) = checks.shifted(drifting)
    assert (finding.code, finding.stops) == ("L07", False)
    assert "from 2024-06-17" in finding.found


def test_l08_a_table_that_begins_midway() -> None:
    known = rows()
    assert checks.coverage(known) == []
    known.X["weak"] = known.X["weak"].where(known.day > DAY + 56)
    (finding,) = checks.coverage(known)
    assert "1 features become known midway, such as 'weak'" in finding.found


class Peeked:
    """A snapshot whose only feature is the number of loans in the whole book, whatever the date."""

    def __init__(self, known: Known, loans: str) -> None:
        self.population = known.frame("SELECT client_id, 'open' AS state FROM clients ORDER BY client_id")
        count = known.frame(f"SELECT count(*) AS n FROM {loans}")["n"][0]
        self.table = pd.DataFrame({"loans": float(count)}, index=self.population["client_id"])


def test_l01_a_feature_that_reads_the_raw_table(drawn_book: object) -> None:
    book: Book = drawn_book(  # type: ignore[operator]
        loans="""
        client_id | disbursed_on
        ama       | 2024-01-01
        ama       | 2024-06-01
        kofi      | 2024-01-05
        """
    )
    day, rule = date(2024, 3, 1), ExitDefinition()
    assert later_rows(book, day, rule, lambda known, _: Peeked(known, "loans")) == []
    (finding,) = later_rows(book, day, rule, lambda known, _: Peeked(known, "raw.loans"))
    assert (finding.code, finding.stops) == ("L01", True)
    assert "'loans'" in finding.found


def lent(*, restated_later: bool, known_late: bool, clients: int = 900) -> tuple[Book, Dataset]:
    """Two loans each, of 28 days; a charge is written onto the second one's schedule if the client never comes back."""
    source = np.random.default_rng(4)
    names = np.array([f"c{i:04d}" for i in range(clients)], dtype=object)
    left = source.random(clients) < 0.3
    charge = np.where(left & restated_later, 1.3, 1.1) + 0.005 * source.random(clients)
    starts = [date(2024, 1, 1), date(2024, 2, 20)]
    loans = pd.concat(
        [
            pd.DataFrame(
                {
                    "loan_id": [f"{name}-{place}" for name in names],
                    "client_id": names,
                    "disbursed_on": start,
                    "amount": 100,
                    "closed_on": date.fromordinal(start.toordinal() + 28),
                }
            )
            for place, start in enumerate(starts)
        ]
    )
    due = [date.fromordinal(day.toordinal()) for day in loans["closed_on"]]
    instalments = pd.DataFrame(
        {
            "loan_id": loans["loan_id"],
            "due_on": due,
            "amount_due": np.concatenate([np.full(clients, 110.0), (charge * 100).round(2)]),
            "known_on": [date.fromordinal(day.toordinal() + 14) if known_late else None for day in due],
        }
    )
    people = pd.DataFrame({"client_id": names, "joined_on": date(2024, 1, 1)})
    book = Book.of({"clients": people, "loans": loans, "instalments": instalments})
    n = clients
    data = Rows(
        X=pd.DataFrame({"noise": source.normal(size=n) + 0.6 * left}),
        client_id=names,
        day=np.full(n, date(2024, 3, 10).toordinal(), dtype=np.int64),
        horizons=(28, 91),
        choice=np.column_stack([left, left]),
        forced=np.zeros((n, 2), dtype=bool),
        decides=np.ones((n, 2), dtype=bool),
        matured=np.ones((n, 2), dtype=bool),
        weight=np.ones(n),
    )
    return book, Dataset(data, pd.DataFrame(), date(2024, 12, 1))


def test_l05_a_charge_written_onto_the_schedule_later_is_named() -> None:
    book, data = lent(restated_later=True, known_late=False)
    (finding,) = restated.restated(book, data, RECIPE, {}, threads=1)
    assert (finding.code, finding.stops) == ("L05", True)
    assert finding.found.startswith("instalments.amount_due")


def test_l05_is_silent_where_the_column_is_known_only_after_the_loan() -> None:
    book, data = lent(restated_later=True, known_late=True)
    assert restated.restated(book, data, RECIPE, {}, threads=1) == []


def test_l05_is_silent_for_a_schedule_that_stands_from_the_first_day() -> None:
    book, data = lent(restated_later=False, known_late=False)
    assert restated.restated(book, data, RECIPE, {}, threads=1) == []


def test_l05_does_not_measure_a_column_against_features_built_on_it() -> None:
    book, data = lent(restated_later=True, known_late=False)
    with book.known(date(2024, 3, 10)) as known:
        due = known.frame(
            "SELECT CAST(sum(amount_due) AS DOUBLE) AS due FROM instalments GROUP BY client_id ORDER BY client_id"
        )
    data = replace(data, rows=replace(data.rows, X=data.rows.X.assign(due=due["due"].to_numpy())))
    assert restated.restated(book, data, RECIPE, {"due": ("instalments",)}, threads=1) != []
    assert restated.restated(book, data, RECIPE, {"due": ()}, threads=1) == []
