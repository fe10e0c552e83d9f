"""A model is put into use on evidence, and the log of it cannot be edited unnoticed."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import DamagedModel, NoModel, PromotionRefused, StorageError
from models import bundle
from training import promotion
from training.metrics import Figure
from training.promotion import Evidence, Limits, champion_bundle, history, promote
from training.recipe import Standard

MONDAY = date(2024, 7, 1)


def figure(value: float, half: float = 0.01) -> Figure:
    return Figure(value, value - half, value + half)


GOOD = Evidence(
    measure="auc",
    value=figure(0.84),
    gains={"rule_of_thumb": figure(0.06), "scorecard": figure(0.03), "plain_lightgbm": figure(0.002)},
    calibration_error=figure(0.012),
)


def stored(home: Path, content: str) -> str:
    """A bundle whose hashes are right; what is in it does not matter here."""
    files = bundle.sealed({"model": {"features": [content]}}, {bundle.GOLDEN: content.encode()})
    digest = bundle.digest_of(files)
    bundle.write(home / promotion.MODELS / digest, files)
    return digest


def test_good_evidence_puts_a_model_into_use(tmp_path: Path) -> None:
    model = stored(tmp_path, "a")

    line = promote(tmp_path, model, GOOD, MONDAY)

    assert champion_bundle(tmp_path) == tmp_path / "models" / model
    assert (line.number, line.model, line.on) == (1, model, "2024-07-01")
    assert line.evidence["gains"]["scorecard"] == {
        "value": 0.03,
        "low": pytest.approx(0.02),
        "high": pytest.approx(0.04),
    }


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"gains": GOOD.gains | {"scorecard": figure(0.005)}},
            r"its auc beats the scorecard by 0\.005 \[-0\.005, 0\.015\], not surely above 0",
        ),
        ({"gains": GOOD.gains | {"rule_of_thumb": figure(-0.1)}}, r"beats the rule of thumb by -0\.100"),
        ({"gains": {"plain_lightgbm": figure(0)}}, "beats the rule of thumb by nobody knows what"),
        ({"gains": GOOD.gains | {"plain_lightgbm": figure(-0.05)}}, r"falls short of the plain lightgbm: -0\.050"),
        ({"calibration_error": figure(0.08)}, r"its calibration error is 0\.080 \[0\.070, 0\.090\], above 0\.05"),
        ({"calibration_error": Figure(float("nan"), float("nan"), float("nan"))}, "its calibration error is nan"),
        (
            {"gains": GOOD.gains | {"scorecard": Figure(0.1, float("nan"), float("nan"))}},
            "beats the scorecard by 0.100",
        ),
    ],
)
def test_weak_evidence_is_refused_with_its_figures(tmp_path: Path, change: dict[str, object], why: str) -> None:
    with pytest.raises(PromotionRefused, match=why) as caught:
        promote(tmp_path, stored(tmp_path, "a"), replace(GOOD, **change), MONDAY)  # type: ignore[arg-type]

    assert str(caught.value).endswith("No model is in use.")
    assert not (tmp_path / promotion.LOG).exists()


def test_a_recipe_may_state_another_limit_and_the_refusal_names_its_key(tmp_path: Path) -> None:
    drifting = replace(GOOD, calibration_error=figure(0.08))
    model = stored(tmp_path, "a")

    with pytest.raises(PromotionRefused, match=r"promotion\.calibration_error in the recipe"):
        promote(tmp_path, model, drifting, MONDAY)
    limits = Limits.of(Standard(calibration_error=0.1))
    assert promote(tmp_path, model, drifting, MONDAY, limits).model == model


def test_a_home_whose_models_were_refused_says_so(tmp_path: Path) -> None:
    stored(tmp_path, "a")

    with pytest.raises(NoModel, match=r"1 trained, none with evidence enough.*MLflow say why"):
        champion_bundle(tmp_path)


def test_a_model_surely_worse_than_the_one_in_use_is_refused(tmp_path: Path) -> None:
    first, second = stored(tmp_path, "a"), stored(tmp_path, "b")
    promote(tmp_path, first, GOOD, MONDAY)

    for over, why in (
        (figure(-0.03), r"worse than that of the model in use by -0\.030 \[-0\.040, -0\.020\]"),
        (figure(-0.03, 0.1), r"worse than that of the model in use by -0\.030"),
        (None, "was not compared with the model in use on the same rows"),
    ):
        with pytest.raises(PromotionRefused, match=why) as caught:
            promote(tmp_path, second, replace(GOOD, champion=first, over_champion=over), MONDAY)
        assert str(caught.value).endswith("The model in use stays.")
    with pytest.raises(PromotionRefused, match="not compared"):
        promote(tmp_path, second, replace(GOOD, champion="0" * 64, over_champion=figure(0.1)), MONDAY)
    assert champion_bundle(tmp_path).name == first


def test_a_model_as_good_as_the_one_in_use_may_follow_it(tmp_path: Path) -> None:
    first, second = stored(tmp_path, "a"), stored(tmp_path, "b")
    promote(tmp_path, first, GOOD, MONDAY)

    promote(tmp_path, second, replace(GOOD, champion=first, over_champion=figure(-0.001)), date(2024, 7, 8))

    assert [line.model for line in history(tmp_path)] == [first, second]
    assert champion_bundle(tmp_path).name == second


def test_promoting_twice_is_promoting_once(tmp_path: Path) -> None:
    model = stored(tmp_path, "a")

    assert promote(tmp_path, model, GOOD, MONDAY) == promote(tmp_path, model, GOOD, date(2024, 7, 2))
    assert len(history(tmp_path)) == 1


def test_without_a_promotion_there_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match=r"no model is in use yet. Train one with `exitwatch train`"):
        champion_bundle(tmp_path)


def test_a_model_that_is_not_stored_is_not_promoted(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="there is no model bundle"):
        promote(tmp_path, "0" * 64, GOOD, MONDAY)


def test_a_bundle_edited_after_its_promotion_is_not_used(tmp_path: Path) -> None:
    model = stored(tmp_path, "a")
    promote(tmp_path, model, GOOD, MONDAY)
    (tmp_path / "models" / model / "golden.json").write_text("other")

    with pytest.raises(DamagedModel, match=r"golden\.json of the stored model is truncated or edited"):
        champion_bundle(tmp_path)


def test_a_bundle_exchanged_for_another_whole_one_is_not_used(tmp_path: Path) -> None:
    promoted, other = stored(tmp_path, "a"), stored(tmp_path, "b")
    promote(tmp_path, promoted, GOOD, MONDAY)
    for path in (tmp_path / "models" / other).iterdir():
        (tmp_path / "models" / promoted / path.name).write_bytes(path.read_bytes())

    with pytest.raises(DamagedModel, match="is not the one that was saved"):
        champion_bundle(tmp_path)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("three")
    previous = None
    for name in "abc":
        model = stored(home, name)
        over = None if previous is None else figure(0.01)
        promote(home, model, replace(GOOD, champion=previous, over_champion=over), MONDAY)
        previous = model
    return home


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_edited_log_is_noticed(three: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray((three / promotion.LOG).read_bytes())
    content[data.draw(st.integers(0, len(content) - 2))] ^= 1 << data.draw(st.integers(0, 7))
    (tmp_path / promotion.LOG).write_bytes(content)

    with pytest.raises(DamagedModel, match=r"promotions\.jsonl was edited or cut"):
        history(tmp_path)


def test_another_spelling_of_the_same_values_is_an_edit_too(three: Path, tmp_path: Path) -> None:
    (tmp_path / promotion.LOG).write_text((three / promotion.LOG).read_text().replace('"number": 1', '"number":  1', 1))

    with pytest.raises(DamagedModel, match=r"promotions\.jsonl was edited or cut"):
        history(tmp_path)


@pytest.mark.parametrize("which", [0, 1])
def test_a_line_taken_out_is_noticed(three: Path, tmp_path: Path, which: int) -> None:
    lines = (three / promotion.LOG).read_text().splitlines(keepends=True)
    del lines[which]
    (tmp_path / promotion.LOG).write_text("".join(lines))

    with pytest.raises(DamagedModel, match=f"line {which + 1} does not follow from the one before"):
        history(tmp_path)


def test_lines_in_another_order_are_noticed(three: Path, tmp_path: Path) -> None:
    lines = (three / promotion.LOG).read_text().splitlines(keepends=True)
    (tmp_path / promotion.LOG).write_text("".join(lines[::-1]))

    with pytest.raises(DamagedModel):
        history(tmp_path)


def test_promoting_on_an_edited_log_is_refused(three: Path, tmp_path: Path) -> None:
    model = stored(tmp_path, "d")
    content = json.loads((three / promotion.LOG).read_text().splitlines()[0])
    (tmp_path / promotion.LOG).write_text(json.dumps(content | {"on": "2020-01-01"}) + "\n")

    with pytest.raises(DamagedModel):
        promote(tmp_path, model, GOOD, MONDAY)


def test_a_full_disk_leaves_the_log_as_it_was(three: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (three / promotion.LOG).read_bytes()
    (tmp_path / promotion.LOG).write_bytes(before)
    last = history(tmp_path)[-1].model
    new = stored(tmp_path, "d")
    evidence = replace(GOOD, champion=last, over_champion=figure(0.1))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(StorageError, match=r"could not be written \(No space left on device\)"):
        promote(tmp_path, new, evidence, MONDAY)
    assert (tmp_path / promotion.LOG).read_bytes() == before


def test_two_at_once_leave_a_whole_log(tmp_path: Path) -> None:
    models = [stored(tmp_path, f"model {place}") for place in range(8)]

    def attempt(model: str) -> str:
        try:
            return promote(tmp_path, model, GOOD, MONDAY).model
        except PromotionRefused as refused:
            return str(refused)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(attempt, models))

    # Whoever comes second finds a model in use it was never compared with.
    assert len(history(tmp_path)) == 1
    assert sum("not compared" in one for one in said) == 7
