"""One small book from simulation to a bundle, and the ways it must stop."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.book import Book
from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings, simulate
from features.errors import CheckFailed, DataError, TooShortHistory
from models import store
from training.left_alone import DrawnLines
from training.measuring import ALL
from training.recipe import recipe_of
from training.replay import BASELINES, MODEL
from training.run import TrainedRun, candidates, train
from training.unproven import unproven

# What takes longest to set up is set up once.
pytestmark = pytest.mark.xdist_group("run")

END = date(2025, 12, 28)
SMALL = recipe_of(
    {
        "horizons": [28, 91],
        "dates": {"step_days": 140, "warmup_days": 140},
        "learning": {"boosting": {"rounds": 20, "learning_rate": 0.2, "min_rows": 20, "leaves": 6, "depth": 4}},
        "backtest": {"folds": 1, "resamples": 20},
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("book")
    simulate(place, SimulationSettings(clients=400, weeks=156, seed=5, end_on=END))
    return place


@pytest.fixture(scope="module")
def book(folder: Path) -> Book:
    return open_book(folder)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def run(book: Book, home: Path) -> TrainedRun:
    return train(book, END, SMALL, home, threads=1)


def test_a_run_leaves_a_model_that_can_be_loaded_and_answers(run: TrainedRun, home: Path) -> None:
    model = store.load(home / "models" / run.model_hash, expected=run.model_hash)
    assert model.horizon == 91
    assert model.trained == (28, 91)
    assert (home / "mlflow.db").exists()
    kept = json.loads((home / "backtests" / f"{run.model_hash}.json").read_text())
    assert [each["origin"] for each in kept["dates"]] == [str(r.origin) for r in run.evaluation.replays]


def test_the_backtest_is_judged_on_a_day_whose_outcomes_are_known(run: TrainedRun) -> None:
    assert [one.origin for one in run.evaluation.replays] == [END - timedelta(days=182)]
    assert set(run.evaluation.pooled[ALL]) == {MODEL, *BASELINES}
    assert run.evaluation.pooled[ALL][MODEL]["auc"].value > 0.6


def test_no_check_finds_a_leak_in_the_simulated_book(run: TrainedRun) -> None:
    assert [finding.code for finding in run.findings if finding.stops] == []


def test_the_run_says_what_it_found(run: TrainedRun) -> None:
    text = str(run)
    assert run.model_hash[:12] in text
    assert "above the rule of thumb" in text
    assert (run.promotion is None) == bool(run.refused)


def test_the_rule_of_thumb_chooses_among_figures_of_recency(run: TrainedRun) -> None:
    assert run.evaluation.replays[0].rule in candidates()


def test_a_model_to_look_with_is_the_one_a_run_would_have_tested(run: TrainedRun, book: Book) -> None:
    model = unproven(book, END, SMALL, threads=1)

    assert store.save_under(model, run.bundle.parent).name == run.model_hash


def test_a_day_outside_the_book_stops_the_run(book: Book, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="lies after the book"):
        train(book, END + timedelta(days=60), SMALL, tmp_path, threads=1)
    assert list(tmp_path.iterdir()) == []


def test_too_short_a_history_stops_the_run(book: Book, tmp_path: Path) -> None:
    with pytest.raises(TooShortHistory, match="more days are needed"):
        train(book, date(2023, 6, 1), SMALL, tmp_path, threads=1)


def test_a_finding_stops_the_run_before_anything_is_stored(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.checks.TOO_GOOD", 0.5)
    with pytest.raises(CheckFailed, match="L04"):
        train(book, END, SMALL, tmp_path, threads=1)
    assert not (tmp_path / "models").exists()


def test_a_book_without_exits_gets_a_sentence(tmp_path: Path) -> None:
    names = [f"c{i:03d}" for i in range(120)]
    loans = pd.DataFrame({"loan_id": names, "client_id": names, "disbursed_on": "2022-01-01", "amount": 100})
    last = pd.DataFrame({"loan_id": ["z"], "client_id": ["c000"], "disbursed_on": ["2025-01-01"], "amount": [100]})
    people = pd.DataFrame({"client_id": names, "joined_on": "2022-01-01"})
    book = Book.of({"clients": people, "loans": pd.concat([loans, last])})
    with pytest.raises(DataError, match=r"0 of 120 clients at risk .* left by choice within 91 days"):
        train(book, date(2025, 1, 1), SMALL, tmp_path, threads=1)


def test_outcomes_with_a_visit_are_left_out_of_the_final_fit_and_the_record_says_so(
    run: TrainedRun, book: Book, tmp_path: Path
) -> None:
    clients = book.current_clients()["client_id"].to_numpy(dtype=object)
    source = np.random.default_rng(1)
    lines = DrawnLines(
        clients,
        np.full(len(clients), (END - timedelta(days=400)).toordinal()),
        source.random(len(clients)) < 0.5,
        np.full(len(clients), 0.5),
    )

    found = train(book, END, SMALL, tmp_path, threads=1, lines=lines)

    assert found.model_hash != run.model_hash
    assert found.counts["with_a_visit"] > 0
    assert found.counts["rows"] == run.counts["rows"]
    assert "came about with a list's visit" in str(found)
    assert "came about with a list's visit" not in str(run)


def test_a_log_without_a_hold_out_stops_the_run(book: Book, tmp_path: Path) -> None:
    clients = book.current_clients()["client_id"].to_numpy(dtype=object)
    every = [END - timedelta(days=days) for days in range(0, 1100, 14)]
    lines = DrawnLines(
        np.tile(clients, len(every)),
        np.repeat([day.toordinal() for day in every], len(clients)),
        np.ones(len(clients) * len(every), dtype=bool),
        np.ones(len(clients) * len(every)),
    )

    with pytest.raises(DataError, match="without a hold-out"):
        train(book, END, SMALL, tmp_path, threads=1, lines=lines)
    assert not (tmp_path / "models").exists()
