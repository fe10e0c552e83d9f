"""Every kind of model is held to the same contract."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError, ModelError, SchemaMismatch
from models import exit_risk, store
from models.boosting import Boosting
from models.calibration import Calibration
from models.exit_risk import ExitModel
from models.learning import Kind, Learning
from models.rows import Rows

HORIZONS = (28, 91, 182)
SMALL = Boosting(rounds=25, learning_rate=0.1, leaves=6, depth=4, min_rows=20, feature_share=1.0, row_share=0.8, l2=1.0)


def lives(seed: int, n: int = 1500, *, falling: bool = False) -> Rows:
    """Clients whose exit comes sooner the higher `silence`, and whose write-off comes sooner the higher `arrears`."""
    source = np.random.default_rng(seed)
    X = pd.DataFrame({name: source.normal(size=n) for name in ("silence", "arrears", "size")})
    X.loc[source.random(n) < 0.2, "size"] = np.nan
    leaves_on = source.exponential(150 * np.exp(-X["silence"]))
    forced_on = source.exponential(600 * np.exp(-X["arrears"]))
    first = leaves_on < forced_on
    choice = np.column_stack([(leaves_on <= h) & first for h in HORIZONS])
    day = np.repeat(np.arange(5), n // 5).astype(np.int64)
    matured = np.column_stack([day <= last for last in (4, 3, 2)])
    return Rows(
        X=X,
        client_id=np.array([f"c{i:04d}" for i in range(n)], dtype=object),
        day=day,
        horizons=HORIZONS,
        choice=~choice if falling else choice,
        forced=np.column_stack([(forced_on <= h) & ~first for h in HORIZONS]) & (not falling),
        decides=np.ones((n, 3), dtype=bool),
        matured=matured,
        weight=np.ones(n),
    )


def fitted(kind: Kind, rows: Rows, *, falling: bool = False, seed: int = 3, threads: int = 1) -> ExitModel:
    learning = Learning(kind=kind, boosting=SMALL)
    return exit_risk.fit(rows, learning, 91, seed, falling=falling, definition={"a": 1}, threads=threads)


@pytest.fixture(scope="module", params=list(Kind), ids=str)
def model(request: pytest.FixtureRequest) -> ExitModel:
    return fitted(request.param, lives(1))


def test_a_risk_is_a_probability_and_tells_who_leaves(model: ExitModel) -> None:
    rows = lives(2)
    risk = model.risk(rows.X)
    assert ((risk >= 0) & (risk <= 1)).all()
    left = rows.choice[:, 1]
    assert risk[left].mean() > risk[~left].mean() + 0.1


def test_risk_and_forced_exit_never_exceed_one(model: ExitModel) -> None:
    X = lives(2).X
    forced = model.forced(X)
    assert ((forced >= 0) & (model.risk(X) + forced <= 1 + 1e-12)).all()


def test_the_curve_rises_and_passes_through_the_risk(model: ExitModel) -> None:
    X = lives(2).X
    curve = model.curve(X)
    assert tuple(map(int, curve.columns)) == HORIZONS
    assert (np.diff(curve.to_numpy(), axis=1) >= 0).all()
    assert (curve[91].to_numpy() == model.risk(X)).all()
    assert (model.risk(X, 182) == curve[182].to_numpy()).all()


@pytest.mark.parametrize("kind", list(Kind))
def test_under_the_dormancy_rule_the_curve_falls(kind: Kind) -> None:
    model = fitted(kind, lives(1, falling=True), falling=True)
    assert (np.diff(model.curve(lives(2).X).to_numpy(), axis=1) <= 0).all()


def test_the_curve_stays_monotone_whatever_the_calibration_says(model: ExitModel) -> None:
    tables = {28: Calibration((-1.0, 1.0), (2.0, 3.0)), 182: Calibration((-1.0, 1.0), (-9.0, -8.0))}
    X = lives(2).X
    odd = model.calibrated(tables)
    assert (np.diff(odd.curve(X).to_numpy(), axis=1) >= 0).all()
    assert (odd.curve(X)[91].to_numpy() == odd.risk(X)).all()


def test_calibration_keeps_the_order_of_clients(model: ExitModel) -> None:
    X = lives(2).X
    other = model.calibrated({91: Calibration((-2.0, 0.0, 3.0), (-4.0, -1.0, -0.5))})
    order = np.argsort(model.margin(X), kind="stable")
    assert (np.diff(other.risk(X)[order]) >= 0).all()
    assert (other.margin(X) == model.margin(X)).all()


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_rows_in_another_order_on_other_threads_give_the_same_model(kind: Kind) -> None:
    rows = lives(1)
    shuffled = rows.take(np.random.default_rng(0).permutation(len(rows)).astype(np.int64))
    one, other = fitted(kind, rows), fitted(kind, shuffled, threads=2)
    assert one.texts() == other.texts()
    assert one.manifest() == other.manifest()


def test_another_seed_gives_another_model() -> None:
    rows = lives(1)
    assert fitted(Kind.SINGLE, rows).texts() != fitted(Kind.SINGLE, rows, seed=4).texts()


def test_a_model_taken_apart_and_put_together_answers_the_same(model: ExitModel) -> None:
    again = ExitModel.of(model.manifest(), model.texts())
    X = lives(2).X
    pd.testing.assert_frame_equal(again.curve(X), model.curve(X))
    assert (again.forced(X) == model.forced(X)).all()


def test_a_stored_model_answers_the_same(model: ExitModel, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("bundle") / "model"
    digest = store.save(model, folder)
    again = store.load(folder, expected=digest)
    X = lives(2).X
    pd.testing.assert_frame_equal(again.curve(X), model.curve(X))


def test_other_columns_are_refused(model: ExitModel) -> None:
    X = lives(2).X
    with pytest.raises(SchemaMismatch, match="feature 'size' is missing"):
        model.margin(X.drop(columns="size"))
    with pytest.raises(SchemaMismatch, match="'extra' is not one of the model's"):
        model.margin(X.assign(extra=1.0))
    with pytest.raises(SchemaMismatch, match="in another order"):
        model.margin(X[["arrears", "silence", "size"]])
    with pytest.raises(SchemaMismatch, match="'size' is int64, not float64"):
        model.margin(X.assign(size=1))
    with pytest.raises(SchemaMismatch, match="'size' has an infinite value"):
        model.margin(X.assign(size=np.inf))


def test_a_horizon_that_was_not_trained_is_refused(model: ExitModel) -> None:
    with pytest.raises(SchemaMismatch, match="horizon 30 days was not trained; the model has 28, 91, 182"):
        model.margin(lives(2).X, 30)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_horizon_nobody_has_lived_through_is_not_known(kind: Kind) -> None:
    rows = lives(1)
    rows.matured[:, 2] = False
    curve = fitted(kind, rows).curve(rows.X)
    assert curve[182].isna().all()
    assert curve[[28, 91]].notna().to_numpy().all()


@pytest.mark.parametrize("kind", list(Kind))
def test_an_outcome_that_has_not_matured_changes_nothing(kind: Kind) -> None:
    rows, other = lives(1), lives(1)
    for flags in (other.choice, other.forced, other.decides):
        flags[~other.matured] = ~flags[~other.matured]
    assert fitted(kind, rows).texts() == fitted(kind, other).texts()


@pytest.mark.parametrize("kind", [Kind.INCIDENCE, Kind.SINGLE, Kind.TAUGHT])
def test_contributions_add_up_to_the_margin(kind: Kind) -> None:
    model, X = fitted(kind, lives(1)), lives(2).X
    pieces, base = model.contributions(X)
    assert list(pieces.columns) == list(X.columns)
    assert np.abs(pieces.sum(axis=1).to_numpy() + base - model.margin(X)).max() < 1e-9


def test_a_hazard_says_that_it_cannot_be_explained_exactly() -> None:
    model = fitted(Kind.HAZARD, lives(1))
    with pytest.raises(ModelError, match="no exact explanation"):
        model.contributions(lives(2).X)


def test_seen_from_its_main_horizon_the_incidence_forest_answers_as_the_whole() -> None:
    model, X = fitted(Kind.INCIDENCE, lives(1)), lives(2).X
    assert model.curve_forest is not None
    whole = model.curve_forest.margin(np.column_stack([X.to_numpy(), np.full(len(X), 91.0)]))
    assert np.abs(model.margin(X) - whole).max() < 1e-12


def test_several_seeds_are_averaged_in_the_margin() -> None:
    rows, X = lives(1), lives(2).X
    learning = Learning(kind=Kind.SINGLE, boosting=replace(SMALL, seeds=2))
    both = exit_risk.fit(rows, learning, 91, 3, threads=1)
    alone = [fitted(Kind.SINGLE, rows, seed=seed).margin(X) for seed in (3, 4)]
    assert np.abs(both.margin(X) - (alone[0] + alone[1]) / 2).max() < 1e-9


def test_a_figure_never_missing_in_training_is_not_read_as_zero_when_it_is_missing_later() -> None:
    rows = lives(1)
    rows.X["silence"] += 100.0
    model = fitted(Kind.SINGLE, rows)
    row = rows.X.head(1).assign(size=0.0)
    missing, zero = row.assign(silence=np.nan), row.assign(silence=0.0)
    assert model.margin(zero)[0] < model.margin(missing)[0]


def test_importance_names_what_matters() -> None:
    assert fitted(Kind.SINGLE, lives(1)).importance().idxmax() == "silence"


@pytest.mark.parametrize("kind", list(Kind))
def test_a_book_without_exits_gets_a_sentence(kind: Kind) -> None:
    rows = lives(1)
    rows.choice[:] = False
    with pytest.raises(DataError, match=r"0 of 1200 clients at risk left by choice within 91 days"):
        fitted(kind, rows)


def test_too_few_forced_exits_make_one_rate_for_all() -> None:
    rows = lives(1)
    rows.forced[:] = False
    rows.forced[:10, 1] = True
    model = fitted(Kind.SINGLE, rows)
    assert model.forced_forest is None
    free = 1 - model.risk(rows.X)
    assert (model.forced(rows.X) == np.minimum(free, 10 / 1200)).all()


def test_a_taught_model_learns_from_dates_whose_outcome_is_half_known() -> None:
    """On the newest dates only 28 days are known; there the figure that matters has turned its sign."""
    rows = lives(1, 4000)
    fresh = rows.day >= 3
    X = rows.X.copy()
    X.loc[fresh, "silence"] = -X.loc[fresh, "silence"]
    X["era"] = np.where(fresh, 1.0, 0.0)
    turned = replace(rows, X=X)
    turned.matured[fresh, 1:] = False
    turned.matured[fresh, 0] = True
    X_now, left = X[fresh], rows.choice[fresh, 1]

    def apart(kind: Kind) -> float:
        margin = fitted(kind, turned).margin(X_now.reset_index(drop=True))
        return float(margin[left].mean() - margin[~left].mean())

    assert apart(Kind.SINGLE) < 0 < apart(Kind.TAUGHT)


def test_where_every_outcome_is_known_nothing_is_guessed() -> None:
    rows = lives(1)
    rows.matured[:] = True
    X = lives(2).X
    assert fitted(Kind.TAUGHT, rows).margin(X) == pytest.approx(fitted(Kind.SINGLE, rows).margin(X), abs=1e-3)
