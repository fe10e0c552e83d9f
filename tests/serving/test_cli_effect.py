"""The command effect: what it says where enough is known, and that it says nothing where it is not."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from serving.cli import run
from tests.training.effect.reference.lots import World, drawn
from training.tracking_client import Client

WORLD = World(weeks=80, per_week=80, share=0.2, helped=-0.3, seed=11)


@pytest.fixture(scope="module")
def folder(mfi: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small MFI as a folder of CSV files."""
    book = tmp_path_factory.mktemp("effect") / "book"
    book.mkdir()
    for name, frame in mfi(clients=40).items():
        if len(frame):
            frame.to_csv(book / f"{name}.csv", index=False)
    return book


@pytest.fixture
def ready(lived: Any, tmp_path: Path) -> Path:
    """A home with a model in use and nothing else."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(lived.home.path / "models", home / "models")
    shutil.copy(lived.home.path / "promotions.jsonl", home)
    return home


@pytest.fixture
def long_log(monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """A log that has run for a year and a half, in the place of the short one of the database."""
    log = drawn(WORLD)
    log["as_of"] = pd.to_datetime(log["as_of"]) + (pd.Timestamp("2024-06-30") - pd.Timestamp(WORLD.last))
    log["settled_on"] = pd.to_datetime(log["settled_on"]) + (pd.Timestamp("2024-06-30") - pd.Timestamp(WORLD.last))
    monkeypatch.setattr("serving.experiment.log.logged", lambda *_: log.assign(band="high"))
    return log


def runs(home: Path) -> list[Any]:
    client = Client(home)
    return list(client.search_runs([client.experiment()], "tags.question = 'who is helped'"))


def test_it_says_in_plain_words_whether_lists_help_and_writes_every_table(
    folder: Path, ready: Path, long_log: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "effect.json"

    code = run(
        ["effect", str(folder), "--as-of", "2024-06-30", "--visit-cost", "2", "--out", str(out), "--home", str(ready)]
    )

    told = capsys.readouterr().out
    assert code == 0, told
    assert "Of 100 clients on lists" in told
    assert "Does contact harm anybody?" in told
    found = json.loads(out.read_text())["findings"]
    assert {"effect", "reached", "kept", "segments", "power", "weekly", "harm", "balance"} <= set(found)
    assert not set(long_log["client_id"]) & set(out.read_text().split('"'))


def test_it_says_nothing_of_an_effect_before_enough_is_known(
    folder: Path, ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["effect", str(folder), "--as-of", "2024-06-30", "--home", str(ready)])

    told = capsys.readouterr()
    assert code != 0
    assert "Traceback" not in told.err
    assert "Of 100 clients" not in told.out


def test_a_model_of_who_is_helped_is_learnt_judged_and_kept_and_lists_do_not_change(
    folder: Path,
    ready: Path,
    long_log: pd.DataFrame,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of every third week: enough to judge, and features are computed for each day.
    third = long_log[(long_log["as_of"] - long_log["as_of"].min()).dt.days % 21 == 0].assign(band="high")
    monkeypatch.setattr("serving.experiment.log.logged", lambda *_: third)
    # Who was drawn in the long log is not in the small book: only the risk of the draw is known of her.
    monkeypatch.setattr("models.uplift_choice.LEAST", 10**9)

    code = run(["uplift", "learn", str(folder), "--as-of", "2024-06-30", "--home", str(ready)])

    told = capsys.readouterr()
    assert code == 0, told.err
    assert "lines, " in told.out
    assert "of 100 clients who would leave contacts keep" in told.out
    assert "Visits stay in the order of risk." in told.out or "visits stay in the order of risk" in told.out
    assert run(["uplift", "show", "--home", str(ready)]) == 0
    assert "kept  " in capsys.readouterr().out
    [logged] = runs(ready)
    assert logged.data.tags["book"] == folder.name
    assert logged.data.params["horizon"] == "91"
    assert list((ready / "models").glob(logged.data.tags["model_hash"]))
    assert logged.data.tags["verdict"] in told.out


def test_before_any_outcome_is_final_nothing_is_learnt_and_that_is_said(
    folder: Path, ready: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["uplift", "learn", str(folder), "--as-of", "2024-06-30", "--home", str(ready)])

    told = capsys.readouterr()
    assert code != 0
    assert "no line's outcome is final yet" in told.err
    assert runs(ready) == []
