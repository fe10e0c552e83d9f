"""What a training run leaves in MLflow, and that nothing of it leaves the machine."""

import json
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.errors import DamagedModel, NoModel, PromotionRefused, StorageError
from models import store
from training import promotion, provenance, recording, tracking
from training.checks import Finding
from training.metrics import Figure
from training.promotion import Limits
from training.recipe import Recipe
from training.tracking import CHALLENGER, CHAMPION, Tracker
from training.tracking_client import Client, quiet

AS_OF = date(2024, 1, 1)
FINDING = Finding("L07", "twice as many", "look at the newest folds alone", stops=False)


@dataclass(frozen=True)
class Recorded:
    """A home with one run in it."""

    home: Path
    bundle: Path
    run: Any
    folds: list[Any]
    version: int

    @property
    def artefacts(self) -> Path:
        return self.home / "mlartifacts" / self.run.info.run_id / "artifacts"


@pytest.fixture(scope="module")
def recorded(made: Any, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    home = tmp_path_factory.mktemp("home")
    bundle = store.save_under(made.model, home / "models")
    tracker = Tracker(home)
    tags = {
        "as_of": AS_OF.isoformat(),
        "book": "made",
        "data_digest": "0123456789abcdef" * 4,
        "model_hash": bundle.name,
    }
    with tracker.run("made", recipe.as_dict(), tags=tags) as run:
        recording.record(run, made.model, made.evaluation, [FINDING], made.now, tags)
        version = tracker.register(run, bundle)
    client = Client(home)
    folds = client.search_runs([run.experiment], f"tags.mlflow.parentRunId = '{run.id}'")
    return Recorded(home, bundle, client.get_run(run.id), list(folds), version)


def test_the_run_is_finished_and_says_what_went_in(recorded: Recorded, recipe: Recipe) -> None:
    run = recorded.run

    assert run.info.status == "FINISHED"
    assert run.data.params["horizon"] == "91"
    assert run.data.params["backtest.folds"] == "2"
    assert run.data.params["exit.rule"] == "decision_point"
    assert json.loads((recorded.artefacts / "recipe.json").read_text()) == json.loads(json.dumps(recipe.as_dict()))
    assert run.data.tags["data_digest"] == "0123456789abcdef" * 4
    assert run.data.tags["as_of"] == "2024-01-01"
    assert run.data.tags["code.sources"] == provenance.sources_hash()
    assert set(json.loads((recorded.artefacts / "libraries.json").read_text())) >= {"python", "lightgbm", "duckdb"}


def test_every_measure_stands_there_with_its_interval_its_baselines_and_its_gain(recorded: Recorded, made: Any) -> None:
    logged, evaluation = recorded.run.data.metrics, made.evaluation

    for scope in ("all", "decides"):
        for name, measures in evaluation.pooled[scope].items():
            for measure, figure in measures.items():
                key = f"{scope}/{measure}" if name == "model" else f"{scope}/{name}/{measure}"
                for end, value in (("", figure.value), ("_low", figure.low), ("_high", figure.high)):
                    if np.isfinite(value):
                        assert logged[key + end] == pytest.approx(value)
        for name in ("rule_of_thumb", "scorecard", "plain_lightgbm"):
            assert f"{scope}/gain_over_{name}/auc_low" in logged
    assert not any(np.isnan(value) for value in logged.values())


def test_the_best_share_to_contact_stands_among_the_figures_and_on_top_of_the_page(recorded: Recorded) -> None:
    logged, note = recorded.run.data.metrics, recorded.run.data.tags["mlflow.note.content"]

    assert 0 < logged["reach/listed_share"] < logged["reach/best_share_to_contact"] < 1
    assert f"with {logged['reach/best_share_to_contact']:.0%} contacted" in note
    assert f"Expected maximum profit {logged['reach/expected_maximum_profit']:.3f}" in note


def test_each_fold_is_a_run_within_the_run(recorded: Recorded, made: Any) -> None:
    by_name = {fold.info.run_name: fold for fold in recorded.folds}

    assert set(by_name) == {"2023-07-01", "2023-10-01"}
    for day, found in made.evaluation.by_fold.items():
        fold = by_name[day.isoformat()]
        assert fold.info.status == "FINISHED"
        assert fold.data.metrics["all/auc"] == pytest.approx(found["all"]["model"]["auc"].value)
        assert fold.data.params["rule_of_thumb"] == "days_since_contact"


@pytest.mark.parametrize(
    "name",
    [
        "calibration",
        "gains_at_capacity",
        "beside_baselines_all",
        "beside_baselines_decides",
        "auc_by_segment",
        "profit_by_share",
        "importance_by_driver",
        "shap_summary",
    ],
)
def test_each_picture_is_there(recorded: Recorded, name: str) -> None:
    content = (recorded.artefacts / "plots" / f"{name}.png").read_bytes()

    assert content.startswith(b"\x89PNG")
    assert len(content) > 5_000


def test_the_card_the_evaluation_and_the_bundle_are_kept_with_the_run(recorded: Recorded) -> None:
    kept = recorded.artefacts

    assert (kept / "model_card.md").read_text().startswith("# Model card: exit risk")
    assert json.loads((kept / "evaluation.json").read_text())["origins"] == ["2023-07-01", "2023-10-01"]
    assert json.loads((kept / "checks.json").read_text())[0]["code"] == "L07"
    assert (
        "- Finding of a check: L07 the share who leave has shifted: twice as many"
        in (kept / "model_card.md").read_text()
    )
    assert store.verify(kept / "bundle") == recorded.bundle.name == recorded.run.data.tags["model_hash"]
    assert "| AUC |" in recorded.run.data.tags["mlflow.note.content"]


def test_nothing_recorded_names_a_client(recorded: Recorded) -> None:
    for path in recorded.home.rglob("*"):
        if path.is_file():
            assert b"client-0" not in path.read_bytes(), path.name


def test_the_registered_model_is_the_challenger_and_loads_from_code(recorded: Recorded, made: Any) -> None:
    with quiet():
        import mlflow.pyfunc

        version = Client(recorded.home).get_model_version("exit-risk", str(recorded.version))
        served = mlflow.pyfunc.load_model(version.source)
    X = made.now.X

    assert Tracker(recorded.home).hash_behind(CHALLENGER) == recorded.bundle.name
    assert np.abs(served.predict(X)["risk"].to_numpy() - made.model.risk(X)).max() == 0
    assert [str(kind) for kind in served.metadata.signature.inputs.input_types()] == ["DataType.double"] * 4
    assert served.metadata.signature.inputs.input_names() == list(made.model.features)
    assert served.metadata.signature.outputs.input_names() == ["risk", "risk_forced", "margin"]
    with pytest.raises(Exception, match="Model is missing inputs"):
        served.predict(X.drop(columns="loans_taken"))
    assert not list(recorded.home.rglob("*.pkl"))


def test_registering_the_same_bundle_again_gives_the_same_version(recorded: Recorded, recipe: Recipe) -> None:
    tracker = Tracker(recorded.home)
    with tracker.run("again", recipe.as_dict()) as run:
        again = tracker.register(run, recorded.bundle)

    assert again == recorded.version


def test_promotion_moves_the_alias_and_stands_in_the_log(recorded: Recorded, made: Any) -> None:
    tracker = Tracker(recorded.home)
    evidence = promotion.evidence_of(made.evaluation.pooled, made.evaluation.gains)
    limits = Limits(calibration_error=1.0)

    line = tracker.promote(recorded.bundle.name, evidence, AS_OF, limits)

    assert tracker.hash_behind(CHAMPION) == recorded.bundle.name == line.model
    assert tracking.champion_bundle(recorded.home) == recorded.bundle
    tags = Client(recorded.home).get_model_version("exit-risk", str(recorded.version)).tags
    assert (tags["promoted_on"], tags["promotion_seal"]) == ("2024-01-01", line.seal)
    assert tracker.promote(recorded.bundle.name, evidence, AS_OF, limits) == line


def test_refused_evidence_moves_no_alias(made: Any, recorded: Recorded, recipe: Recipe) -> None:
    tracker = Tracker(recorded.home)
    other = replace(made.model, forced_rate=0.5, forced_forest=None)
    bundle = store.save_under(other, recorded.home / "models")
    with tracker.run("other", recipe.as_dict()) as run:
        tracker.register(run, bundle)
    before = tracker.hash_behind(CHAMPION)
    evidence = promotion.evidence_of(made.evaluation.pooled, made.evaluation.gains)
    weak = replace(evidence, gains=evidence.gains | {"scorecard": Figure(0.0, -0.1, 0.1)})

    with pytest.raises(PromotionRefused, match=r"beats the scorecard by 0\.000 \[-0\.100, 0\.100\]"):
        tracker.promote(bundle.name, weak, AS_OF)

    assert tracker.hash_behind(CHAMPION) == before
    assert tracker.hash_behind(CHALLENGER) == bundle.name


def test_a_model_that_was_never_registered_is_not_promoted(recorded: Recorded, made: Any) -> None:
    evidence = promotion.evidence_of(made.evaluation.pooled, made.evaluation.gains)

    with pytest.raises(NoModel, match="is not registered"):
        Tracker(recorded.home).promote("0" * 64, evidence, AS_OF)


def test_a_damaged_bundle_is_not_registered(recorded: Recorded, made: Any, recipe: Recipe, tmp_path: Path) -> None:
    store.save(made.model, tmp_path / "bundle")
    (tmp_path / "bundle" / "explained.txt").write_text("cut")
    tracker = Tracker(recorded.home)

    with pytest.raises(DamagedModel), tracker.run("damaged", recipe.as_dict()) as run:
        tracker.register(run, tmp_path / "bundle")

    assert Client(recorded.home).get_run(run.id).info.status == "FAILED"


def test_a_run_that_fails_is_marked_and_its_error_is_kept(recorded: Recorded, recipe: Recipe) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        Tracker(recorded.home).run("fails", recipe.as_dict()) as run,
        run.fold("2023-01-01") as fold,
    ):
        _ = 1 / 0

    client = Client(recorded.home)
    assert [client.get_run(one.id).info.status for one in (run, fold)] == ["FAILED", "FAILED"]


def test_a_model_that_cannot_be_explained_is_recorded_with_the_reason(
    recorded: Recorded, made: Any, recipe: Recipe
) -> None:
    tracker = Tracker(recorded.home)
    with tracker.run("unexplained", recipe.as_dict()) as run:
        found = recording._explained(run, replace(made.model, explained=None), made.now.X)

    assert found == {}
    assert "no sum of trees" in Client(recorded.home).get_run(run.id).data.tags["explanation"]


def test_the_book_is_named_by_its_digest_and_the_model_by_what_it_became(recorded: Recorded) -> None:
    (book,) = recorded.run.inputs.dataset_inputs
    (logged,) = recorded.run.outputs.model_outputs

    assert (book.dataset.name, book.dataset.digest) == ("made", ("0123456789abcdef" * 4)[:36])
    assert Client(recorded.home).get_logged_model(logged.model_id).tags["model_hash"] == recorded.bundle.name


def test_what_was_logged_before_stays_when_the_disk_is_full(
    recorded: Recorded, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    said = r"could not be recorded in mlflow\.db \(No space left on device\)"
    with Tracker(recorded.home).run("full", recipe.as_dict()) as run:
        monkeypatch.setattr(run.client._client, "log_text", full)
        with pytest.raises(StorageError, match=said):
            run.text("a.txt", "a")

    assert Client(recorded.home).get_run(recorded.run.info.run_id).data.metrics


def test_a_home_that_cannot_be_written_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")

    with pytest.raises(StorageError, match="Check that the working folder can be written"):
        Client(tmp_path / "home")


def test_an_errors_own_block_is_not_taken_for_mlflows(recorded: Recorded, recipe: Recipe) -> None:
    """An OSError of the training itself must not be reported as one of the database."""
    with pytest.raises(FileNotFoundError), Tracker(recorded.home).run("own", recipe.as_dict()):
        (recorded.home / "nothing").read_text()


def test_mlflow_waits_until_it_is_used_and_then_calls_nobody_and_says_nothing(tmp_path: Path) -> None:
    """A whole run in a process without a network: any look-up or connection fails it."""
    script = f"""
import socket, sys, warnings
warnings.simplefilter("error")
def refuse(*given, **named):
    print("called out", file=sys.stderr)
    raise OSError
socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse
from pathlib import Path
from training.tracking import Tracker
assert "mlflow" not in sys.modules  # seconds that only training has to wait
with Tracker(Path({str(tmp_path / "home")!r})).run("quiet", {{"a": 1}}) as run:
    run.metrics({{"b": 2.0}})
import os
assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


def test_code_version_is_the_same_every_time_and_changes_with_the_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for package in provenance.PACKAGES:
        (tmp_path / package).mkdir()
    (tmp_path / "models" / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    first = provenance.sources_hash()
    again = provenance.sources_hash()
    (tmp_path / "models" / "a.py").write_text("x = 2\n")

    assert first == again != provenance.sources_hash()
    assert provenance.code_version()["commit"] == "unknown"


def test_the_database_is_one_file_of_the_home(recorded: Recorded) -> None:
    with sqlite3.connect(recorded.home / "mlflow.db") as database:
        location = database.execute("SELECT artifact_location FROM experiments WHERE name = 'exitwatch'").fetchone()
    database.close()

    assert location == ((recorded.home / "mlartifacts").resolve().as_uri(),)
