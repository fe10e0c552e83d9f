"""A stored model is damaged, foreign or gone: whoever scores gets a sentence and keeps what there was."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.catalogue import names
from models import bundle, exit_risk, store
from models.boosting import Boosting
from models.learning import Learning
from models.rows import Rows
from training import promotion
from training.metrics import Figure
from training.promotion import MODELS, Evidence

AS_OF = "2024-06-30"
GOOD = Evidence(
    measure="auc",
    value=Figure(0.8, 0.79, 0.81),
    gains={name: Figure(0.05, 0.04, 0.06) for name in ("rule_of_thumb", "scorecard", "plain_lightgbm")},
    calibration_error=Figure(0.01, 0.0, 0.02),
)


def home_with_a_model_on(features: tuple[str, ...], home: Path) -> Path:
    """A working folder whose model in use reads these features; its bundle."""
    draw = np.random.default_rng(0)
    X = pd.DataFrame(draw.normal(size=(600, len(features))), columns=list(features))
    left = (X.iloc[:, 0] + draw.normal(size=600) > 0.5).to_numpy()[:, np.newaxis]
    everything = np.ones_like(left)
    rows = Rows(
        X=X,
        client_id=np.array([str(i) for i in range(600)], dtype=object),
        day=np.full(600, 738000, dtype=np.int64),
        horizons=(91,),
        choice=left,
        forced=~everything,
        decides=everything,
        matured=everything,
        weight=np.ones(600),
    )
    small = Learning(boosting=Boosting(rounds=3, leaves=4, depth=2, min_rows=20))
    folder = store.save_under(exit_risk.fit(rows, small, 91, 1, threads=1), home / MODELS)
    promotion.promote(home, folder.name, GOOD, date(2024, 6, 1))
    return folder


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "clients.csv").write_text("client_id,joined_on\nama,2023-01-01\nkofi,2023-02-01\n")
    (folder / "loans.csv").write_text(
        "loan_id,client_id,disbursed_on,amount,due_on\n1,ama,2024-01-10,100,2024-07-10\n2,kofi,2024-02-10,80,2024-08-10\n"
    )
    return folder


def score(book: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """`exitwatch score` in a process of its own, over a file that is there already."""
    out = home / "scores.csv"
    out.write_text("last week's scores\n")
    command = [
        sys.executable,
        "-c",
        "from serving.cli import main; main()",
        "score",
        str(book),
        "--as-of",
        AS_OF,
        "--out",
        str(out),
    ]
    return subprocess.run([*command, "--home", str(home)], capture_output=True, text=True, check=False)


def refused(done: subprocess.CompletedProcess[str], home: Path, *words: str) -> None:
    said = " ".join(done.stderr.split())
    assert done.returncode == 4, done.stderr
    for word in words:
        assert word in said
    assert "Traceback" not in said
    assert (home / "scores.csv").read_text() == "last week's scores\n"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def edited(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"leaf_value=", b"leaf_value=9", 1))


@pytest.mark.parametrize("damage", [cut, edited, Path.unlink])
def test_a_damaged_model_file_kills_nobody_and_changes_nothing(
    book: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    home = tmp_path / "home"
    damage(home_with_a_model_on(names(), home) / "explained.txt")

    refused(score(book, home), home, "explained.txt of the stored model", "Restore the bundle from a copy")


def test_a_model_of_another_feature_set_says_what_differs(book: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home_with_a_model_on(("loans_taken", "shoe_size"), home)

    refused(score(book, home), home, "trained on 2 features", "no longer has 'shoe_size'", "Train again")


def test_a_model_put_there_by_hand_is_not_used(book: Path, tmp_path: Path) -> None:
    """Every hash inside the bundle is right, but it is not the one that was promoted."""
    home = tmp_path / "home"
    folder = home_with_a_model_on(names(), home)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    manifest = json.loads(files.pop(bundle.MANIFEST))
    del files[bundle.SEAL], manifest["files"]
    manifest["model"]["forced_rate"] = 0.5
    for name, content in bundle.sealed(manifest, files).items():
        (folder / name).write_bytes(content)

    refused(score(book, home), home, "is not the one that was saved")


def test_an_edited_promotion_log_stops_the_scoring(book: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home_with_a_model_on(names(), home)
    log = home / promotion.LOG
    log.write_text(log.read_text().replace("2024-06-01", "2024-06-02"))

    refused(score(book, home), home, "promotions.jsonl was edited or cut", "Restore it from a copy")


def test_without_a_model_the_first_step_is_named(book: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()

    refused(score(book, home), home, "no model is in use yet", "exitwatch train")
