"""A stored model: the same bytes every time, and no damage to it can harm whoever loads it."""

import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import DamagedModel, ExitwatchError, NoModel, SchemaMismatch, StorageError
from models import bundle, exit_risk, golden, store, trees
from models.boosting import Boosting, Forest
from models.exit_risk import ExitModel
from models.learning import Learning
from models.rows import Rows

FEATURES = ("days_since_contact", "late_share", "cycle", "savings_slope")


def rows(seed: int = 1, n: int = 1500) -> Rows:
    draw = np.random.default_rng(seed)
    X = pd.DataFrame(draw.normal(size=(n, len(FEATURES))), columns=list(FEATURES))
    X.loc[draw.random(n) < 0.3, "savings_slope"] = np.nan
    leaning = X["days_since_contact"] + X["savings_slope"].fillna(0.5) * X["cycle"]
    choice = np.column_stack([leaning + draw.normal(size=n) > bar for bar in (2.0, 1.0)])
    forced = ~choice & (draw.random((n, 1)) < 0.1)
    return Rows(
        X=X,
        client_id=np.array([f"client-{i:05d}" for i in range(n)], dtype=object),
        day=np.full(n, 738000, dtype=np.int64),
        horizons=(28, 91),
        choice=choice,
        forced=forced,
        decides=np.ones_like(choice),
        matured=np.ones_like(choice),
        weight=np.ones(n),
    )


@pytest.fixture(scope="module")
def model() -> ExitModel:
    small = Learning(boosting=Boosting(rounds=8, leaves=6, depth=4, min_rows=30, seeds=2))
    return exit_risk.fit(
        rows(), small, 91, seed=3, definition={"rule": "decision_point"}, recipe={"seed": 3}, threads=1
    )


@pytest.fixture(scope="module")
def kept(model: ExitModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store.save_under(model, tmp_path_factory.mktemp("models"))


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "copy"))


def resealed(folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The bundle after an edit by somebody who also put every hash right."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    manifest = json.loads(files.pop(bundle.MANIFEST))
    del files[bundle.SEAL], manifest["files"]
    files["manifest"] = bundle.as_json(manifest)
    change(files)
    manifest = json.loads(files.pop("manifest"))
    for name, content in bundle.sealed(manifest, files).items():
        (folder / name).write_bytes(content)
    return folder


def test_what_is_loaded_answers_as_what_was_saved(model: ExitModel, kept: Path) -> None:
    back = store.load(kept)
    X = rows(seed=9).X

    assert back == model
    assert np.array_equal(back.margin(X), model.margin(X))
    assert np.array_equal(back.risk(X, 28), model.risk(X, 28))
    assert back.curve(X).equals(model.curve(X))


def test_the_same_model_has_the_same_bytes_and_hash_and_saving_twice_is_safe(
    model: ExitModel, kept: Path, tmp_path: Path
) -> None:
    first, again = store.save(model, tmp_path / "a"), store.save(model, tmp_path / "a")
    reloaded = store.save(store.load(kept), tmp_path / "b")

    assert first == again == reloaded == kept.name == store.verify(kept)
    for path in kept.iterdir():
        assert (
            (tmp_path / "a" / path.name).read_bytes() == path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
        )


def test_rows_in_another_order_give_the_same_hash(kept: Path, tmp_path: Path) -> None:
    shuffled = rows().take(np.random.default_rng(0).permutation(1500))
    small = Learning(boosting=Boosting(rounds=8, leaves=6, depth=4, min_rows=30, seeds=2))
    again = exit_risk.fit(shuffled, small, 91, 3, definition={"rule": "decision_point"}, recipe={"seed": 3}, threads=2)

    assert store.save(again, tmp_path / "shuffled") == kept.name


def test_a_bundle_holds_no_client_and_no_path(kept: Path) -> None:
    extremes = {f"{value:.6g}" for value in [*rows().X.min(), *rows().X.max()]}
    for path in kept.iterdir():
        text = path.read_text()
        assert "client-0" not in text
        assert str(kept.parent) not in text
        assert not any(value in text for value in extremes)


def test_the_manifest_says_what_the_model_is(kept: Path) -> None:
    manifest = store.describe(kept)

    assert manifest["model"]["features"] == list(FEATURES)
    assert manifest["model"]["horizons"] == [28, 91]
    assert manifest["model"]["definition"] == {"rule": "decision_point"}
    assert manifest["model"]["recipe"] == {"seed": 3}
    assert set(manifest["libraries"]) == {"python", "lightgbm", "numpy", "pandas"}
    assert set(manifest["files"]) == {"explained.txt", "horizon_28.txt", "forced.txt", "golden.json"}


def test_golden_rows_walk_through_the_trees_and_miss_values(model: ExitModel) -> None:
    X = golden.rows(model)

    assert len(X) == golden.ROWS
    assert X.isna().any().all()
    assert len(np.unique(model.margin(X))) > golden.ROWS / 2


@pytest.mark.parametrize("points", [[math.inf], [-math.inf, math.inf], [-math.inf, 2.5, math.inf]])
def test_golden_rows_are_finite_where_a_tree_splits_at_infinity(model: ExitModel, points: list[float]) -> None:
    assert model.explained is not None
    names, grown = trees.parse(model.explained.text)
    splits = [np.array(points)[np.arange(len(tree.threshold)) % len(points)] for tree in grown]
    at_infinity = [replace(tree, threshold=split) for tree, split in zip(grown, splits, strict=True)]
    only = replace(model, explained=Forest(trees.render(names, at_infinity)), beside={}, forced_forest=None)

    X = golden.rows(only)

    known = X.to_numpy()[X.notna().to_numpy()]
    assert np.isfinite(known).all()
    assert set(known) <= {0.0, 2.5}


def test_no_bundle_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match=r"there is no model bundle in 'nothing': manifest\.json is missing"):
        store.load(tmp_path / "nothing")


def test_another_model_than_the_promoted_one_is_refused(kept: Path) -> None:
    assert store.load(kept, expected=kept.name)
    with pytest.raises(DamagedModel, match="is not the one that was saved"):
        store.load(kept, expected="0" * 64)


@pytest.mark.parametrize("name", ["explained.txt", "horizon_28.txt", "forced.txt", "golden.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["truncated", "edited", "empty", "gone"])
def test_a_damaged_file_gets_a_sentence(copy: Path, name: str, damage: str) -> None:
    path, content = copy / name, (copy / name).read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        changed = {"truncated": content[: len(content) // 2], "edited": content.replace(b"1", b"2", 1), "empty": b""}
        path.write_bytes(changed[damage])

    with pytest.raises((DamagedModel, NoModel)) as caught:
        store.load(copy)

    assert re.search(r"Restore the bundle from a copy, or train again|Train one first", str(caught.value))
    assert str(copy) not in str(caught.value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_bit_anywhere_is_noticed(kept: Path, tmp_path: Path, data: st.DataObject) -> None:
    copy = Path(shutil.copytree(kept, tmp_path / "flipped", dirs_exist_ok=True))
    name = data.draw(st.sampled_from(sorted(path.name for path in kept.iterdir())))
    content = bytearray((copy / name).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (copy / name).write_bytes(content)

    with pytest.raises(DamagedModel):
        store.load(copy)


def can_be_sealed(manifest: bytes) -> bool:
    """Whether an edited manifest still has a place for the hashes of the files."""
    try:
        return isinstance(json.loads(manifest, parse_constant=lambda word: 1 / 0), dict)
    except (ArithmeticError, ValueError, RecursionError):
        return False


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_edit_with_all_hashes_put_right_kills_nobody(kept: Path, tmp_path: Path, data: st.DataObject) -> None:
    copy = Path(shutil.copytree(kept, tmp_path / "resealed", dirs_exist_ok=True))
    name = data.draw(st.sampled_from(["explained.txt", "horizon_28.txt", "forced.txt", "golden.json", "manifest"]))
    signs = st.sampled_from([b"", b"9", b"-", b"\n", b" ", b"99999999", b"nan", b"=", b"null", b"\xff", b"[" * 2000])

    def change(files: dict[str, bytes]) -> None:
        place = data.draw(st.integers(0, len(files[name]) - 1))
        cut = data.draw(st.sampled_from([0, 1, 5, 10_000_000]))
        changed = files[name][:place] + data.draw(signs) + files[name][place + cut :]
        if name == "manifest" and not can_be_sealed(changed):
            return
        files[name] = changed

    try:
        found = store.load(resealed(copy, change))
    except ExitwatchError:
        return
    assert np.isfinite(found.margin(rows(n=5).X)).all()


@pytest.mark.parametrize(
    ("line", "value", "why"),
    [
        ("left_child", "7", "reached twice, never, or does not exist|not written as exitwatch"),
        ("left_child", "0", "reached twice, never, or does not exist"),
        ("right_child", "-99", "reached twice, never, or does not exist"),
        ("split_feature", "12", "splits on an input there is not"),
        ("split_feature", "-1", "splits on an input there is not"),
        ("decision_type", "1", "decides in a way exitwatch never trains"),
        ("decision_type", "99", "decides in a way exitwatch never trains"),
        ("leaf_count", "0", "no training row took"),
        ("leaf_count", "77777", "row counts that do not add up"),
        ("leaf_value", "inf", "not a finite number"),
        ("threshold", "nan", "not a finite number"),
        ("threshold", "1_0.0", "not written as exitwatch writes it"),
    ],
)
def test_a_tree_that_does_not_hang_together_never_reaches_lightgbm(
    copy: Path, monkeypatch: pytest.MonkeyPatch, line: str, value: str, why: str
) -> None:
    def change(files: dict[str, bytes]) -> None:
        text = files["explained.txt"].decode()
        changed = re.sub(rf"(?m)^({line}=)(\S+)", rf"\g<1>{value}", text, count=1)
        body = changed[changed.index("Tree=0") : changed.index("Tree=1")]
        files["explained.txt"] = re.sub(r"(?m)^(tree_sizes=)(\d+)", rf"\g<1>{len(body)}", changed).encode()

    monkeypatch.setattr(store, "read_apart", lambda asked: pytest.fail("the text was handed to LightGBM"))

    with pytest.raises(DamagedModel, match=why):
        store.load(resealed(copy, change))


def test_a_forest_with_another_number_of_inputs_is_damaged(copy: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        _, grown = trees.parse(files["explained.txt"].decode())
        files["explained.txt"] = trees.render((*FEATURES, "one_more"), grown).encode()

    with pytest.raises(DamagedModel, match="reads 5 inputs where the manifest names 4"):
        store.load(resealed(copy, change))


def test_another_leaf_value_with_all_hashes_put_right_fails_the_golden_rows(copy: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        names, grown = trees.parse(files["explained.txt"].decode())
        grown[0] = replace(grown[0], leaf_value=grown[0].leaf_value + 0.25)
        files["explained.txt"] = trees.render(names, grown).encode()

    with pytest.raises(DamagedModel, match="no longer gives its own golden margins"):
        store.load(resealed(copy, change))


def test_another_calibration_with_all_hashes_put_right_fails_the_golden_rows(copy: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest"])
        manifest["model"]["calibration"] = {"91": {"margin": [-1.0, 1.0], "log_odds": [-2.0, 2.0]}}
        files["manifest"] = bundle.as_json(manifest)

    with pytest.raises(DamagedModel, match="no longer gives its own golden answers"):
        store.load(resealed(copy, change))


FOREIGN = [
    (entry, value)
    for entry in (
        "features",
        "horizons",
        "horizon",
        "trained",
        "calibration",
        "definition",
        "kind",
        "forced_calibration",
    )
    for value in (None, [], {}, "x", [1, 1], -1, {"1": None})
    if not (entry in ("definition", "calibration") and value in ({}, {"1": None}))  # a definition may hold anything
] + [("calibration", {"1": None})]


@pytest.mark.parametrize(("entry", "value"), FOREIGN)
def test_a_foreign_manifest_gets_a_sentence(
    copy: Path, monkeypatch: pytest.MonkeyPatch, entry: str, value: object
) -> None:
    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest"])
        manifest["model"][entry] = value
        files["manifest"] = bundle.as_json(manifest)

    raw = json.loads((copy / "golden.json").read_bytes())["raw"]
    monkeypatch.setattr(store, "read_apart", lambda asked: raw)
    resealed(copy, change)
    with pytest.raises((DamagedModel, SchemaMismatch)):
        store.load(copy)


def test_what_kills_lightgbm_kills_only_the_child(monkeypatch: pytest.MonkeyPatch, model: ExitModel) -> None:
    """The reason for the child: LightGBM 4.7 ends the process on this text."""
    assert model.explained is not None
    broken = re.sub(r"(?m)^left_child=\S+", "left_child=100000000", model.explained.text, count=1)
    rows_to_walk = golden.inputs(model, "explained", golden.rows(model))

    with pytest.raises(DamagedModel, match=r"LightGBM broke off when reading the model \((signal|exit code) \d+\)"):
        store.read_apart({"explained": (broken, rows_to_walk)})


def test_a_child_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
    monkeypatch.setattr(store, "LOAD_SECONDS", 0.01)
    monkeypatch.setattr(store, "_PROVEN", set())

    with pytest.raises(DamagedModel, match="LightGBM did not finish reading the model"):
        store.load(kept)


def test_a_model_of_another_feature_set_says_which(kept: Path) -> None:
    assert store.load(kept, features=FEATURES)
    with pytest.raises(SchemaMismatch, match=r"4 features; this version no longer has 'late_share', 'cycle'") as caught:
        store.load(kept, features=("days_since_contact", "savings_slope", "new_one"))
    assert "has in addition 'new_one'. Train again" in str(caught.value)
    with pytest.raises(SchemaMismatch, match="the same ones in another order"):
        store.load(kept, features=FEATURES[::-1])


def test_a_folder_with_something_else_is_left_alone(model: ExitModel, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "letter.txt").write_text("dear")

    with pytest.raises(StorageError, match="holds something else than this model"):
        store.save(model, tmp_path / "there")

    assert [path.name for path in tmp_path.rglob("*")] == ["there", "letter.txt"]


def test_a_full_disk_leaves_nothing_half_written(
    model: ExitModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StorageError, match=r"could not be written \(No space left on device\); nothing was changed"):
        store.save(model, tmp_path / "models" / "x")

    assert list((tmp_path / "models").iterdir()) == []


def test_a_bundle_never_names_a_file_outside_itself(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_bytes())
    manifest["files"]["../../etc/passwd"] = "0" * 64
    content = bundle.as_json(manifest)
    (copy / "manifest.json").write_bytes(content)
    (copy / "bundle.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")

    with pytest.raises(DamagedModel, match="lists a file exitwatch never writes"):
        store.load(copy)


def test_a_model_without_a_forced_forest_or_curve_is_stored_too(model: ExitModel, tmp_path: Path) -> None:
    plain = replace(model, forced_forest=None, forced_rate=0.02)

    store.save(plain, tmp_path / "plain")

    assert store.load(tmp_path / "plain") == plain


def test_a_stump_is_a_tree_too(model: ExitModel, tmp_path: Path) -> None:
    assert model.explained is not None
    names, grown = trees.parse(model.explained.text)
    leaf = np.array([0.5])
    one, none, nothing = np.zeros(1), np.empty(0), np.empty(0, dtype=np.int64)
    stump = trees.Tree(
        nothing, none, none, nothing, nothing, nothing, leaf, one, np.zeros(1, dtype=np.int64), none, none, nothing
    )
    with_stump = replace(model, explained=Forest(trees.render(names, [*grown, stump])))

    store.save(with_stump, tmp_path / "stump")

    X = rows(seed=5).X
    assert np.allclose(store.load(tmp_path / "stump").margin(X), model.margin(X) + 0.5, atol=1e-12)


def test_loading_runs_without_the_source_folder_as_working_folder(kept: Path, tmp_path: Path) -> None:
    script = f"from models import store; print(store.load(__import__('pathlib').Path({str(kept)!r})).horizon)"

    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.returncode) == ("91", 0)
