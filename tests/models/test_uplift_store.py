"""Models of who is helped, on disk."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import DamagedModel, SchemaMismatch
from models import bundle, store, uplift_choice, uplift_store
from models.boosting import Boosting
from models.effect_learners import Learner
from models.uplift import BenefitModel

SMALL = Boosting(rounds=20, learning_rate=0.1, leaves=4, depth=2, min_rows=50, l2=10.0)


def sloping(X: pd.DataFrame) -> np.ndarray:
    return 0.3 * np.tanh(X["arrears"].to_numpy())


@pytest.fixture(scope="module", params=[Learner.AVERAGE, Learner.SPARSE, Learner.CROSSED, Learner.APART])
def model(request, drawn_trial) -> BenefitModel:
    trial, _ = drawn_trial(3000, 1, sloping)
    fitted = uplift_choice.fit(trial, 1, learners=(request.param,), number=2, boosting=SMALL).model
    assert fitted.learner is request.param or request.param is Learner.AVERAGE
    return fitted


def test_a_stored_model_answers_as_before_and_has_the_same_bytes(
    model: BenefitModel, tmp_path: Path, drawn_trial
) -> None:
    folder = uplift_store.save_under(model, tmp_path)
    again = uplift_store.save_under(model, tmp_path)
    trial, _ = drawn_trial(500, 2, sloping)

    loaded = uplift_store.load(folder, expected=folder.name, features=model.features)

    assert again == folder
    assert {path.suffix for path in folder.iterdir()} <= {".json", ".txt", ".sha256"}
    pd.testing.assert_frame_equal(loaded.benefit(trial.X), model.benefit(trial.X), rtol=0, atol=1e-12)


def test_a_model_of_the_part_of_a_risk_is_kept_as_such(model: BenefitModel, tmp_path: Path) -> None:
    part = replace(model, share_of="risk")
    asked = pd.DataFrame({name: [0.2, 0.4] for name in model.features})

    loaded = uplift_store.load(uplift_store.save_under(part, tmp_path))

    assert loaded.share_of == "risk"
    assert loaded.benefit(asked)["benefit"].tolist() == part.benefit(asked)["benefit"].tolist()


def test_an_edited_file_is_refused_before_it_is_loaded(model: BenefitModel, tmp_path: Path) -> None:
    folder = uplift_store.save_under(model, tmp_path)
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        path.write_bytes(whole[:-2] + b"9\n")
        with pytest.raises(DamagedModel):
            uplift_store.load(folder)
        path.write_bytes(whole)

    assert uplift_store.load(folder).learner is model.learner


def test_a_figure_changed_by_somebody_who_put_every_hash_right_is_refused(model: BenefitModel, tmp_path: Path) -> None:
    folder = uplift_store.save_under(model, tmp_path)
    files = {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name not in (bundle.MANIFEST, bundle.SEAL)
    }
    manifest = json.loads((folder / bundle.MANIFEST).read_bytes())
    del manifest["files"]
    manifest["model"]["average"] += 0.01
    for name, content in bundle.sealed(manifest, files).items():
        (folder / name).write_bytes(content)

    with pytest.raises(DamagedModel, match="golden answers"):
        uplift_store.load(folder)


def test_it_is_not_taken_for_a_model_of_risk_nor_for_one_of_other_features(model: BenefitModel, tmp_path: Path) -> None:
    folder = uplift_store.save_under(model, tmp_path)

    with pytest.raises(DamagedModel):
        store.load(folder)
    with pytest.raises(SchemaMismatch):
        uplift_store.load(folder, features=["risk"])
