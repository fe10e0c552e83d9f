"""What learning who is helped leaves in MLflow, read back from the store."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from models import bundle, uplift_store
from models.effect_learners import Learner, Line, Part
from models.uplift import BenefitModel
from models.uplift_choice import Evidence
from training.helped import Learnt
from training.metrics import Figure
from training.recording_helped import recorded
from training.tracking_client import Client
from training.uplift_gate import Verdict

NAN = float("nan")
PART = Part(Line((0.0, 0.0), (1.0, 1.0), (0.5, 0.0), 0.0))
MODEL = BenefitModel(("contacts_91d", "risk"), Learner.LINEAR, (PART,), 0.04, 0.7, 0.0, (1e-4, 0.0, 1e-4))
SENTENCE = "In 9 unseen weeks with 800 clients contacted and 90 held out, benefit did better."
LEARNT = Learnt(
    MODEL,
    Verdict(True, SENTENCE, Figure(0.012, 0.004, 0.02), Figure(0.1, 0.05, 0.15), Figure(0.02, -0.03, NAN)),
    (Evidence(Learner.AVERAGE, 0.0, 0.0, 0.02, 0.01), Evidence(Learner.LINEAR, 0.02, 0.008, 0.0, NAN)),
    900,
    90,
)
ASKED = {"horizon": 91, "matures_after": 182}
TAGS = {"book": "made", "data_digest": "0123456789abcdef" * 4, "as_of": "2024-06-30"}


@dataclass(frozen=True)
class Read:
    """A home, the folder of the bundle, and the run as the store gives it back."""

    home: Path
    bundle: Path
    run: Any

    @property
    def artefacts(self) -> Path:
        return self.home / "mlartifacts" / self.run.info.run_id / "artifacts"


def read(home: Path, learnt: Learnt) -> Read:
    folder = recorded(home, learnt, ASKED, TAGS)
    client = Client(home)
    [run] = client.search_runs([client.experiment()], f"tags.model_hash = '{folder.name}'")
    return Read(home, folder, run)


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Read:
    return read(tmp_path_factory.mktemp("home"), LEARNT)


def test_the_run_says_what_was_asked_and_of_which_data(logged: Read) -> None:
    data = logged.run.data

    assert logged.run.info.status == "FINISHED"
    assert (data.params["horizon"], data.params["learner"]) == ("91", "linear")
    assert data.params["features"] == '["contacts_91d", "risk"]'
    assert {name: data.tags[name] for name in TAGS} == TAGS
    assert data.tags["question"] == "who is helped"
    assert data.tags["mlflow.source.name"] == "exitwatch uplift learn"


def test_the_verdict_stands_there_with_every_figure_and_its_interval(logged: Read) -> None:
    metrics, tags = logged.run.data.metrics, logged.run.data.tags

    assert (tags["replaces"], tags["verdict"]) == ("yes", SENTENCE)
    assert (metrics["lines"], metrics["held_out"], metrics["average"], metrics["replaces"]) == (900, 90, 0.04, 1)
    assert [metrics[name] for name in ("gain", "gain_low", "gain_high")] == [0.012, 0.004, 0.02]
    assert (metrics["by_benefit"], metrics["by_risk_low"]) == (0.1, -0.03)
    assert "by_risk_high" not in metrics
    assert SENTENCE in tags["mlflow.note.content"]


def test_what_each_way_of_learning_was_worth_stands_there(logged: Read) -> None:
    metrics = logged.run.data.metrics
    document = json.loads((logged.artefacts / "verdict.json").read_text())

    assert (metrics["evidence/linear/auuc"], metrics["evidence/linear/error"]) == (0.02, 0.008)
    assert metrics["evidence/average/behind"] == 0.02
    assert document["gain"] == {"value": 0.012, "low": 0.004, "high": 0.02}
    assert document["evidence"][1]["behind_error"] is None
    assert "| linear | +0.0200 | 0.0080 |" in logged.run.data.tags["mlflow.note.content"]


def test_the_bundle_is_kept_with_the_run_and_loads(logged: Read) -> None:
    kept = logged.artefacts / "bundle"

    assert sorted(file.name for file in kept.iterdir()) == sorted(file.name for file in logged.bundle.iterdir())
    assert bundle.read_manifest(kept, logged.bundle.name)
    assert uplift_store.load(kept, expected=logged.run.data.tags["model_hash"]).average == MODEL.average
    assert not list(logged.home.rglob("*.pkl"))


def test_a_no_is_recorded_too(tmp_path: Path) -> None:
    early = replace(
        LEARNT,
        model=replace(MODEL, learner=Learner.AVERAGE, parts=()),
        verdict=Verdict(replaces=False, sentence="Final are the outcomes of 20 weeks; some 34 are needed."),
        evidence=(),
    )

    found = read(tmp_path, early)

    assert found.run.data.tags["replaces"] == "no"
    assert found.run.data.metrics["replaces"] == 0
    assert "gain" not in found.run.data.metrics
    assert json.loads((found.artefacts / "verdict.json").read_text())["gain"] is None
