"""Models on disk: JSON and LightGBM text under one hash, checked before anything is loaded. Never a pickle."""

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import DamagedModel, ExitwatchError, SchemaMismatch
from models import bundle, golden, structure
from models.bundle import GOLDEN, MANIFEST, REMEDY
from models.exit_risk import ExitModel
from models.learning import HORIZON

LIBRARIES = ("lightgbm", "numpy", "pandas")
LOAD_SECONDS = 120

_PROVEN: set[str] = set()  # hashes of bundles whose texts a child process has read to the end


def save(model: ExitModel, folder: Path) -> str:
    """Write a model as a bundle, whole or not at all.

    Parameters
    ----------
    folder
        Where it shall stand; parents are made. If it is there already it must hold this very model.

    Returns
    -------
    The model's hash. The same model has the same bytes.

    Raises
    ------
    StorageError
        The disk is full, the folder cannot be written, or it holds something else.
    """
    files = _files(model)
    bundle.write(folder, files)
    return bundle.digest_of(files)


def save_under(model: ExitModel, models: Path) -> Path:
    """Write a model into the folder ``models/<hash>`` and return that folder.

    Raises
    ------
    StorageError
        As `save`.
    """
    files = _files(model)
    folder = models / bundle.digest_of(files)
    bundle.write(folder, files)
    return folder


def load(folder: Path, *, expected: str | None = None, features: Sequence[str] | None = None) -> ExitModel:
    """Read a bundle.

    In this order: hashes; shape of the JSON; structure of every tree, in Python; the texts in a child process with a
    time limit, which must give the golden margins; then here, where every golden answer is computed again.

    Parameters
    ----------
    expected
        The hash it must have, as the promotion log states it; None takes the bundle's own.
    features
        The features this version computes, in order; None does not compare.

    Raises
    ------
    NoModel
        There is no bundle.
    DamagedModel
        It is truncated, edited, unreadable, or another model than `expected`.
    SchemaMismatch
        It was trained on other features.
    """
    manifest, digest = bundle.read_manifest(folder, expected)
    if features is not None:
        check_features(names_of(manifest), features)
    texts = texts_of(folder, manifest)
    stored = bundle.from_json(bundle.read(folder, GOLDEN, manifest["files"]), GOLDEN)
    for name, text in texts.items():
        extra = (HORIZON,) if name == "curve" else ()
        structure.check(text, (*names_of(manifest), *extra), name)
    model = _model(manifest["model"], texts)
    try:
        X = golden.frame(stored["rows"], model.features)
        raw, answers = stored["raw"], stored["answers"]
    except (KeyError, TypeError) as error:
        raise DamagedModel(f"{GOLDEN} of the stored model is not what exitwatch writes. {REMEDY}") from error
    if digest not in _PROVEN:
        asked = {name: (text, golden.inputs(model, name, X)) for name, text in texts.items()}
        if not golden.same(raw, read_apart(asked)):
            raise DamagedModel(f"the stored model no longer gives its own golden margins. {REMEDY}")
        _PROVEN.add(digest)
    if not golden.same(answers, _answers(model, X)):
        raise DamagedModel(f"the stored model no longer gives its own golden answers. {REMEDY}")
    return model


def verify(folder: Path, expected: str | None = None) -> str:
    """The hash of a bundle whose files all have the hashes its manifest states; nothing is loaded.

    Raises
    ------
    NoModel, DamagedModel
        As `load`.
    """
    manifest, digest = bundle.read_manifest(folder, expected)
    for name in manifest["files"]:
        bundle.read(folder, name, manifest["files"])
    return digest


def describe(folder: Path) -> dict[str, Any]:
    """The manifest of a bundle whose own hash is right: features, horizons, definition, recipe, library versions."""
    return bundle.read_manifest(folder, None)[0]


def check_features(stored: Sequence[str], computed: Sequence[str]) -> None:
    """Whether a model can be used on the features this version computes.

    Raises
    ------
    SchemaMismatch
        The names or their order differ.
    """
    if list(stored) == list(computed):
        return
    gone = [name for name in stored if name not in set(computed)]
    new = [name for name in computed if name not in set(stored)]
    if gone or new:
        lists = [
            f"{what} {_some(names)}" for what, names in (("no longer has", gone), ("has in addition", new)) if names
        ]
        found = f"this version {' and '.join(lists)}"
    else:
        found = "this version computes the same ones in another order"
    raise SchemaMismatch(
        f"the stored model was trained on {len(stored)} features; {found}. Train again with `exitwatch train`, "
        "or use the version that trained it."
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _files(model: ExitModel) -> dict[str, bytes]:
    X = golden.rows(model)
    texts = model.texts()
    kept = {
        "rows": [[None if v != v else v for v in row] for row in X.to_numpy().tolist()],
        "raw": read_apart({name: (text, golden.inputs(model, name, X)) for name, text in texts.items()}),
        "answers": golden.answers(model, X),
    }
    manifest = {"model": model.manifest(), "libraries": versions()}
    files = {f"{name}.txt": text.encode("ascii") for name, text in sorted(texts.items())}
    return bundle.sealed(manifest, {**files, GOLDEN: bundle.as_json(kept)})


def _model(manifest: dict[str, Any], texts: Mapping[str, str]) -> ExitModel:
    if any(not isinstance(manifest.get(name), dict) for name in ("definition", "recipe", "calibration")):
        raise DamagedModel(f"{MANIFEST} does not describe a model. {REMEDY}")
    try:
        return ExitModel.of(manifest, texts)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise DamagedModel(f"{MANIFEST} does not describe a model. {REMEDY}") from error


def _answers(model: ExitModel, X: pd.DataFrame) -> dict[str, Any]:
    try:
        return golden.answers(model, X)
    except (
        ExitwatchError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise DamagedModel(f"the stored model does not answer its own golden rows. {REMEDY}") from error


def versions() -> dict[str, str]:
    """Versions of what a model's answers depend on."""
    found = {name: metadata.version(name) for name in LIBRARIES}
    return {"python": ".".join(platform.python_version_tuple()[:2]), **found}


def names_of(manifest: Mapping[str, Any]) -> list[str]:
    """The features a manifest lists, in order; refused where they are no distinct names."""
    names = manifest["model"].get("features")
    fine = (
        isinstance(names, list)
        and names
        and all(isinstance(n, str) and re.fullmatch(r"[a-z]\w{0,99}", n) for n in names)
    )
    if not fine or len(set(names)) != len(names):
        raise DamagedModel(f"{MANIFEST} does not list distinct features. {REMEDY}")
    return list(names)


def texts_of(folder: Path, manifest: Mapping[str, Any]) -> dict[str, str]:
    """The forests of a bundle as text, by name; nothing is loaded."""
    texts = {}
    for name in manifest["files"]:
        if name.endswith(".txt"):
            content = bundle.read(folder, name, manifest["files"])
            if not content.isascii():
                raise DamagedModel(f"{name} of the stored model holds signs LightGBM never writes. {REMEDY}")
            texts[name.removesuffix(".txt")] = content.decode("ascii")
    return texts


def read_apart(asked: Mapping[str, tuple[str, list[list[float | None]]]]) -> dict[str, list[float]]:
    """The margins as a child process computes them."""
    try:
        child = subprocess.run(
            [sys.executable, "-m", "models.probe"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=LOAD_SECONDS,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise DamagedModel(f"LightGBM did not finish reading the model in {LOAD_SECONDS} s. {REMEDY}") from error
    if child.returncode:
        how = f"signal {-child.returncode}" if child.returncode < 0 else f"exit code {child.returncode}"
        raise DamagedModel(f"LightGBM broke off when reading the model ({how}). {REMEDY}")
    answer: dict[str, list[float]] = json.loads(child.stdout)
    return answer
