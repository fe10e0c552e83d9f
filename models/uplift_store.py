"""Models of who is helped, on disk: JSON and LightGBM text under one hash, as `models.store` keeps models of risk."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DamagedModel
from models import bundle, golden, store, structure, trees
from models.bundle import GOLDEN, MANIFEST, REMEDY
from models.effect_learners import Line
from models.rows import Floats
from models.uplift import BenefitModel

KIND = "uplift"


def save_under(model: BenefitModel, models: Path) -> Path:
    """Write a model into the folder ``models/<hash>``, whole or not at all, and return that folder.

    Raises
    ------
    StorageError
        The disk is full, or the folder cannot be written.
    """
    files = _files(model)
    folder = models / bundle.digest_of(files)
    bundle.write(folder, files)
    return folder


def load(folder: Path, *, expected: str | None = None, features: Collection[str] | None = None) -> BenefitModel:
    """Read a bundle: hashes, structure of every tree, the texts in a child process, then every golden answer.

    Parameters
    ----------
    expected
        The hash it must have; None takes the bundle's own.
    features
        The features this version computes, of which the model may read some; None does not compare.

    Raises
    ------
    NoModel
        There is no bundle.
    DamagedModel
        It is truncated, edited, unreadable, another model than `expected`, or no model of who is helped.
    SchemaMismatch
        It was trained on other features.
    """
    manifest, _ = bundle.read_manifest(folder, expected)
    if manifest.get("kind") != KIND:
        raise DamagedModel(f"the stored model {folder.name[:12]!r} is none of who is helped by contact. {REMEDY}")
    names = store.names_of(manifest)
    if features is not None:
        store.check_features(names, [name for name in names if name in features])
    texts = store.texts_of(folder, manifest)
    stored = bundle.from_json(bundle.read(folder, GOLDEN, manifest["files"]), GOLDEN)
    for name, text in texts.items():
        structure.check(text, names, name)
    model = BenefitModel.of(manifest["model"], texts)
    try:
        X, raw, answers = golden.frame(stored["rows"], names), stored["raw"], stored["answers"]
    except (KeyError, TypeError) as error:
        raise DamagedModel(f"{GOLDEN} of the stored model is not what exitwatch writes. {REMEDY}") from error
    if not golden.same(raw, _raw(model, X)) or not golden.same(answers, _answers(model, X)):
        raise DamagedModel(f"the stored model no longer gives its own golden answers; see {MANIFEST}. {REMEDY}")
    return model


def _files(model: BenefitModel) -> dict[str, bytes]:
    X = _rows(model)
    kept = {"rows": _plain(X.to_numpy()), "raw": _raw(model, X), "answers": _answers(model, X)}
    manifest = {"kind": KIND, "model": model.manifest(), "libraries": store.versions()}
    files = {f"{name}.txt": text.encode("ascii") for name, text in sorted(model.texts().items())}
    return bundle.sealed(manifest, {**files, GOLDEN: bundle.as_json(kept)})


def _rows(model: BenefitModel) -> pd.DataFrame:
    """Rows that walk through the trees and along the lines: nothing known, all zero, then mixtures."""
    points: dict[str, list[float]] = {name: [0.0] for name in model.features}
    for text in model.texts().values():
        names, grown = trees.parse(text)
        for tree in grown:
            for place, threshold in zip(tree.split_feature.tolist(), tree.threshold.tolist(), strict=True):
                points[names[place]].append(threshold)
    for line in (part.term for part in model.parts if isinstance(part.term, Line)):
        for name, mean, scale in zip(model.features, line.mean, line.scale, strict=True):
            points[name] += [mean, mean - scale, mean + 2 * scale]
    columns = {}
    for place, name in enumerate(model.features):
        levels = [float(f"{v:.6g}") for v in sorted(set(points[name])) if np.isfinite(v)]
        steps = [(row * (place + 3) + row * row) % (len(levels) + 1) for row in range(2, golden.ROWS)]
        columns[name] = [np.nan, 0.0, *((*levels, np.nan)[step] for step in steps)]
    rows = pd.DataFrame(columns, dtype=np.float64)
    # Of what the benefit is a share of, something must be known.
    return rows.fillna({model.share_of: 0.5}) if model.share_of else rows


def _raw(model: BenefitModel, X: pd.DataFrame) -> dict[str, list[float]]:
    texts = model.texts()
    return store.read_apart({name: (text, _plain(X.to_numpy())) for name, text in texts.items()}) if texts else {}


def _answers(model: BenefitModel, X: pd.DataFrame) -> dict[str, Any]:
    return {"benefit": model.benefit(X).to_numpy().tolist()}


def _plain(values: Floats) -> list[list[float | None]]:
    return [[float(v) if np.isfinite(v) else None for v in row] for row in values]
