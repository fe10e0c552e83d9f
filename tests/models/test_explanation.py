"""Contributions are exact, add up, are named by driver, and are never invented."""

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.drivers import Action, Driver
from features.errors import SchemaMismatch
from features.feature import Feature, Unit
from models import boosting, explanation, tree_sums, trees
from models.boosting import Boosting, Forest
from models.explanation import NotExplained, by_driver, by_driver_or_why_not, contributions

with warnings.catch_warnings():
    warnings.simplefilter("ignore", PendingDeprecationWarning)  # shap 0.51 sets colours the old way of matplotlib 3.11
    import shap

NAMES = tuple(f"x{i}" for i in range(12))
CODES = ("ARR-1", "OFF-2", "RNW-1", "HLT-1", "SEA-1")
FEATURES = {
    name: Feature(name, "made", CODES[i % len(CODES)], Unit.DAYS, 0, "m", f"{name} is {{value}}", below="{value} below")
    for i, name in enumerate(NAMES)
}
DRIVERS = {
    code: Driver(code, code, shown=code != "HLT-1", actionable=True, action=Action.VISIT, avoid="") for code in CODES
}


@dataclass(frozen=True)
class Grown:
    """A model that is one forest."""

    explained: Forest | None
    features: tuple[str, ...] = NAMES
    shift: float = 0.0

    def margin(self, X: pd.DataFrame, horizon: int | None = None, threads: int = 1) -> np.ndarray:
        assert self.explained is not None
        return self.explained.margin(X.to_numpy(), threads) + self.shift


def table(n: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    X = pd.DataFrame(draw.normal(size=(n, len(NAMES))), columns=list(NAMES)).round(2)
    X.index = pd.Index([f"client-{i}" for i in range(n)], name="client_id")
    return X.mask(draw.random(X.shape) < 0.15)


def grown(seed: int = 0, **settings: int) -> Grown:
    X = table(3000, seed)
    lean = X["x0"].fillna(1.0) + X["x1"].fillna(0) * X["x4"].fillna(0.5) + X["x2"].fillna(0) + X["x3"].fillna(0)
    happened = (lean + np.random.default_rng(seed + 1).normal(size=len(X)) > 0).to_numpy()
    grow = Boosting(**({"rounds": 60, "leaves": 12, "depth": 5, "min_rows": 20, "seeds": 2} | settings))  # type: ignore[arg-type]
    return Grown(boosting.grow(X.to_numpy(), happened, np.ones(len(X)), NAMES, grow, seed, threads=1))


@pytest.fixture(scope="module")
def model() -> Grown:
    return grown()


def in_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Explain even a few rows the way many are."""
    monkeypatch.setattr(explanation, "_FEW", 0)


def said(model: Grown, X: pd.DataFrame, **more: object) -> explanation.Explanations:
    return by_driver(model, X, features=FEATURES, drivers=DRIVERS, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["few", "many"])
def test_contributions_and_base_add_up_to_the_margin(model: Grown, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way == "many":
        in_patterns(monkeypatch)
    X = table(500, 7)

    values, base = contributions(model, X)

    assert np.abs(values.sum(axis=1) + base - model.margin(X)).max() < 1e-4


def test_both_ways_agree_with_shap(model: Grown, monkeypatch: pytest.MonkeyPatch) -> None:
    assert model.explained is not None
    X = table(400, 8)
    explainer = shap.TreeExplainer(model.explained.booster, feature_perturbation="tree_path_dependent")
    expected = explainer.shap_values(X.to_numpy())

    few, base = contributions(model, X)
    in_patterns(monkeypatch)
    many, base_again = contributions(model, X)

    assert np.abs(few.to_numpy() - expected).max() < 1e-9
    assert np.abs(many.to_numpy() - expected).max() < 5e-5
    assert base == base_again == pytest.approx(float(np.ravel(explainer.expected_value)[0]), abs=1e-9)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), depth=st.integers(1, 10), leaves=st.integers(2, 31), rounds=st.integers(1, 40))
def test_the_two_ways_agree_on_any_forest(seed: int, depth: int, leaves: int, rounds: int) -> None:
    model = grown(seed, rounds=rounds, depth=depth, leaves=leaves, seeds=1)
    X = table(60, seed + 1)
    with pytest.MonkeyPatch.context() as patch:
        few, _ = contributions(model, X)
        in_patterns(patch)
        many, _ = contributions(model, X)

    assert np.abs(few.to_numpy() - many.to_numpy()).max() < 5e-5


def test_a_feature_no_tree_asks_for_contributes_nothing() -> None:
    X = table(800, 3)
    flat = np.column_stack([X.to_numpy()[:, :4], np.zeros((len(X), 8))])
    lonely = Boosting(rounds=10, leaves=4, depth=3, min_rows=20)
    model = Grown(boosting.grow(flat, (X["x0"] > 0).to_numpy(), np.ones(len(X)), NAMES, lonely, 1, threads=1))

    values, _ = contributions(model, X)

    assert (values[[f"x{i}" for i in range(4, 12)]] == 0).all().all()
    assert (values["x0"] != 0).all()


@pytest.mark.parametrize("way", ["few", "many"])
def test_a_row_is_explained_the_same_in_any_company(model: Grown, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way == "many":
        in_patterns(monkeypatch)
    X = table(300, 5)
    whole = said(model, X).frame()
    monkeypatch.setattr(explanation, "_CHUNK", 37)

    pieces = said(model, X.sample(frac=1, random_state=0)).frame().loc[X.index]

    pd.testing.assert_frame_equal(whole, pieces)


def test_contributions_are_summed_by_driver(model: Grown) -> None:
    X = table(50, 6)
    values, _ = contributions(model, X)

    found = said(model, X)

    for position, code in enumerate(found.drivers):
        own = [name for name in NAMES if FEATURES[name].driver == code]
        assert np.allclose(found.by_driver[:, position], values[own].sum(axis=1), atol=1e-6)
    assert np.allclose(found.by_driver.sum(axis=1) + found.base, model.margin(X), atol=1e-4)


@pytest.mark.parametrize("floor", [0.0, 0.2])
def test_all_drivers_that_raise_the_risk_by_the_floor_weigh_whether_spoken_or_not(model: Grown, floor: float) -> None:
    X = table(200, 9)
    found = said(model, X, floor=floor)

    weigh = found.weighing(floor)

    for row, client in enumerate(X.index):
        sums = zip(found.drivers, found.by_driver[row], strict=True)
        assert list(weigh[str(client)]) == [code for code, sum_ in sums if sum_ > 0 and round(float(sum_), 4) >= floor]
    assert any("HLT-1" in codes for codes in weigh.values()), "what is never spoken of"


def test_the_three_strongest_shown_drivers_above_the_floor_are_named_in_order(model: Grown) -> None:
    X = table(200, 9).fillna(1.0)
    found = said(model, X, floor=0.2)
    sums = pd.DataFrame(found.by_driver, index=X.index, columns=list(found.drivers)).round(4)

    for client, row in found.frame().iterrows():
        strong = sums.loc[client].drop("HLT-1").loc[lambda s: s >= 0.2].sort_values(ascending=False).index[:3]
        named = row[["driver_1", "driver_2", "driver_3"]].dropna().tolist()
        assert named == list(strong)
        for place, code in enumerate(named):
            assert row[f"contribution_{place + 1}"] == pytest.approx(sums.loc[client, code], abs=1e-4)


def test_a_sensitive_driver_is_never_named_whatever_it_contributes(model: Grown) -> None:
    X = table(500, 10)
    found = said(model, X, floor=0.0)
    sensitive = found.drivers.index("HLT-1")

    assert (found.by_driver.argmax(axis=1) == sensitive).any()
    assert not (found.top == sensitive).any()


def test_the_feature_spoken_of_raises_the_risk_and_is_known(model: Grown) -> None:
    X = table(300, 11)
    values, _ = contributions(model, X)
    found = said(model, X, floor=0.0)

    rows, places = np.nonzero(found.top >= 0)
    for row, place in zip(rows, places, strict=True):
        position = found.feature[row, place]
        own = [i for i, name in enumerate(NAMES) if FEATURES[name].driver == found.drivers[found.top[row, place]]]
        known = [i for i in own if not np.isnan(X.iloc[row, i])]
        assert position == max(known, key=lambda i: values.iloc[row, i])
        assert values.iloc[row, position] > 0
    assert (found.feature[found.top < 0] == -1).all()


def test_a_plain_absence_is_no_reason(model: Grown) -> None:
    """`No instalment is late` is no reason why a client may leave, even where it pulls that way."""
    X = table(300, 12)
    X.loc[:, :] = 0.0
    worse = {name: replace(feature, direction=1) for name, feature in FEATURES.items()}

    found = by_driver(model, X, features=worse, drivers=DRIVERS, floor=0.0)

    assert found.by_driver.max() > 0
    assert (found.top == -1).all()


def test_who_reads_decides_what_may_be_named(model: Grown) -> None:
    X = table(100, 13)

    only = said(model, X, floor=0.0, shown={"SEA-1"})

    assert set(only.frame()["driver_1"].dropna()) == {"SEA-1"}


def test_sums_that_miss_the_margin_stop_the_explanation(model: Grown) -> None:
    with pytest.raises(NotExplained, match=r"of 20 of 20 clients miss the margin by up to 0\.5 log-odds"):
        contributions(replace(model, shift=0.5), table(20, 1))


def test_a_failure_is_told_and_nothing_is_put_in_its_place(model: Grown) -> None:
    X = table(20, 1)

    found = by_driver_or_why_not(replace(model, shift=0.5), X, features=FEATURES, drivers=DRIVERS)

    assert found.failure is not None
    assert "miss the margin" in found.failure
    assert found.frame().isna().all().all()
    assert found.by_driver.size == 0
    assert set(found.weighing(0.0).values()) == {()}


def test_an_error_inside_the_library_is_a_failure_and_not_a_crash(
    model: Grown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object, **named: object) -> None:
        raise AssertionError

    in_patterns(monkeypatch)
    monkeypatch.setattr(tree_sums.WoodelfExplainer, "shap_values", broken)

    found = by_driver_or_why_not(model, table(5, 1), features=FEATURES, drivers=DRIVERS)

    assert found.failure == "the contributions could not be computed (AssertionError)"


def test_a_model_of_other_features_is_refused_with_their_name(model: Grown) -> None:
    with pytest.raises(SchemaMismatch, match=r"reads 'x0', which this version does not compute\. Train again"):
        by_driver_or_why_not(model, table(5, 1))


def test_a_margin_that_is_no_sum_of_trees_is_not_explained() -> None:
    with pytest.raises(NotExplained, match="no sum of trees"):
        contributions(Grown(None), table(5, 1))


def test_columns_in_another_order_are_refused(model: Grown) -> None:
    with pytest.raises(SchemaMismatch, match="another order"):
        contributions(model, table(5, 1)[list(NAMES[::-1])])


def test_nobody_at_risk_is_explained_as_nobody(model: Grown) -> None:
    found = said(model, table(5, 1).iloc[:0])

    assert len(found.frame()) == 0
    assert contributions(model, table(5, 1).iloc[:0])[0].shape == (0, len(NAMES))


def test_stumps_belong_to_the_base(model: Grown, monkeypatch: pytest.MonkeyPatch) -> None:
    assert model.explained is not None
    names, forest = trees.parse(model.explained.text)
    half, none, whole = np.array([0.5]), np.empty(0), np.empty(0, dtype=np.int64)
    stump = trees.Tree(
        whole, none, none, whole, whole, whole, half, np.zeros(1), np.zeros(1, dtype=np.int64), none, none, whole
    )
    with_stump = Grown(Forest(trees.render(names, [*forest, stump])))
    X = table(30, 2)

    plain, base = contributions(model, X)
    in_patterns(monkeypatch)
    more, higher = contributions(with_stump, X)

    assert higher == pytest.approx(base + 0.5)
    assert np.allclose(plain, more, atol=5e-5)


def test_progress_is_told_and_nothing_is_printed(
    model: Grown, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    in_patterns(monkeypatch)
    monkeypatch.setattr(explanation, "_CHUNK", 40)
    told: list[tuple[int, int]] = []

    said(model, table(100, 1), progress=lambda done, of: told.append((done, of)))

    assert told == [(40, 100), (80, 100), (100, 100)]
    assert capfd.readouterr() == ("", "")


def test_importance_is_the_mean_of_what_each_driver_moves(model: Grown) -> None:
    found = said(model, table(100, 4))

    strongest = found.importance()

    assert strongest.is_monotonic_decreasing
    assert strongest["ARR-1"] == pytest.approx(np.abs(found.by_driver[:, 0]).mean(), abs=1e-6)
