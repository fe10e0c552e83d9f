"""Who is helped by contact, learnt from a randomised log."""

import numpy as np
import pandas as pd
import pytest

from features.errors import DamagedModel, DataError, SchemaMismatch
from models import uplift_choice
from models.boosting import Boosting
from models.effect_learners import Learner, expected, folds, learn, residual_effect, score
from models.trial import Trial, per_row
from models.uplift import BenefitModel

SMALL = Boosting(rounds=40, learning_rate=0.1, leaves=4, depth=2, min_rows=50, l2=10.0)
LEARNING = [one for one in Learner if one is not Learner.AVERAGE]


def sloping(X: pd.DataFrame) -> np.ndarray:
    """Helped where arrears are high, driven away where they are low."""
    return 0.2 * np.tanh(X["arrears"].to_numpy())


def stepping(X: pd.DataFrame) -> np.ndarray:
    """Helped in the middle of two figures only."""
    return np.where((X["arrears"].abs() < 0.7) & (X["cycle"] > 0), 0.35, 0.0)


def even(X: pd.DataFrame) -> np.ndarray:
    return np.full(len(X), 0.05)


@pytest.mark.parametrize("learner", LEARNING)
def test_every_way_of_learning_finds_who_is_helped(learner: Learner, drawn_trial) -> None:
    trial, true = drawn_trial(5000, 1, sloping, chance=None)

    found = learn(learner, trial, expected(trial, folds(trial, 2, 1), 1, 1), 1, SMALL)

    assert np.corrcoef(score(found, trial.X.to_numpy(), 1), true)[0, 1] > 0.75


def test_the_figure_of_a_row_is_the_doubly_robust_one_and_its_mean_is_the_effect(drawn_trial) -> None:
    trial, true = drawn_trial(40_000, 2, sloping, chance=None)
    guess = expected(trial, folds(trial, 2, 1), 1, 1)
    w, p = trial.contacted, trial.propensity

    effect = residual_effect(trial, guess)

    robust = guess.contacted - guess.held_out
    robust = robust + w * (trial.stayed - guess.contacted) / p - ~w * (trial.stayed - guess.held_out) / (1 - p)
    assert effect == pytest.approx(robust, abs=1e-9)
    high = trial.X["arrears"].to_numpy() > 1
    plain = per_row(trial.stayed, w, p)
    assert effect[high].mean() == pytest.approx(true[high].mean(), abs=0.03)
    assert plain[high].mean() == pytest.approx(true[high].mean(), abs=0.03)
    assert effect.std() < plain.std()


@pytest.mark.parametrize(
    ("effect", "n", "taken"),
    [
        (sloping, 4000, {Learner.SPARSE, Learner.LINEAR}),
        (stepping, 8000, {Learner.ROBUST, Learner.CROSSED, Learner.TRANSFORMED, Learner.APART}),
        (sloping, 150, {Learner.AVERAGE}),
    ],
    ids=["a slope: a line", "a step: trees", "too few: one effect for all"],
)
def test_the_simplest_way_that_the_evidence_bears_is_taken(effect, n: int, taken: set[Learner], drawn_trial) -> None:
    trial, _ = drawn_trial(n, 3, effect)

    fitted = uplift_choice.fit(trial, 1, number=2, boosting=SMALL)

    assert fitted.model.learner in taken


@pytest.mark.parametrize(("chance", "n"), [(0.5, 6000), (0.9, 16_000)], ids=["half held out", "a tenth held out"])
def test_the_benefit_is_the_effect_in_points_and_its_interval_covers_it(chance: float, n: int, drawn_trial) -> None:
    trial, _ = drawn_trial(n, 4, sloping, chance)
    unseen, true = drawn_trial(4000, 5, sloping)
    model = uplift_choice.fit(trial, 1, number=2, boosting=SMALL).model

    found = model.benefit(unseen.X)

    for low, high in ((-3, -1), (-0.3, 0.3), (1, 3)):
        inside = unseen.X["arrears"].between(low, high).to_numpy()
        assert found["benefit"][inside].mean() == pytest.approx(true[inside].mean(), abs=0.05)
        assert found["low"][inside].mean() < true[inside].mean() < found["high"][inside].mean()


def part_of_the_risk(n: int, seed: int, kept_in_groups: float = 0.6, kept_alone: float = 0.1) -> Trial:
    """A contact keeps the same part of all who would leave, another one in groups than of those who borrow alone."""
    source = np.random.default_rng(seed)
    X = pd.DataFrame({"risk": source.uniform(0.02, 0.6, n), "in_group": source.integers(0, 2, n).astype(float)})
    contacted = source.random(n) < 0.5
    kept = np.where(X["in_group"] == 1, kept_in_groups, kept_alone)
    stayed = source.random(n) >= X["risk"] * (1 - contacted * kept)
    return Trial(X, contacted, stayed.to_numpy(), np.full(n, 0.5), np.array([f"c{i:06d}" for i in range(n)], object))


@pytest.mark.parametrize("learner", [one for one in LEARNING if one is not Learner.APART])
def test_of_each_risk_the_part_is_learnt_that_a_contact_keeps(learner: Learner) -> None:
    trial = part_of_the_risk(20_000, 1)
    model = uplift_choice.fit(trial, 1, learners=(learner,), share_of="risk", number=2, boosting=SMALL).model
    asked = part_of_the_risk(4000, 2).X

    found = model.benefit(asked)

    assert model.learner is learner
    for in_group, kept in ((1, 0.6), (0, 0.1)):
        alike = asked["in_group"] == in_group
        for low, high in ((0.02, 0.2), (0.4, 0.6)):
            inside = alike & asked["risk"].between(low, high)
            true = kept * asked["risk"][inside].mean()
            assert found["benefit"][inside].mean() == pytest.approx(true, abs=0.04)
        mean = found[alike].mean()
        assert mean["low"] < kept * asked["risk"][alike].mean() < mean["high"]
    assert model.benefit(asked.assign(risk=0.0))["benefit"].eq(0).all()
    assert BenefitModel.of(model.manifest(), model.texts()).benefit(asked).equals(found)


def test_where_the_part_kept_is_the_same_for_all_the_order_is_that_of_risk() -> None:
    trial = part_of_the_risk(20_000, 2, 0.4, 0.4)
    model = uplift_choice.fit(trial, 1, learners=(), share_of="risk").model

    assert model.average == pytest.approx(0.4, abs=0.05)
    assert model.benefit(trial.X)["benefit"].tolist() == (model.average * trial.X["risk"]).tolist()


def test_a_way_of_learning_that_tells_no_part_is_not_asked_for_one() -> None:
    fitted = uplift_choice.fit(part_of_the_risk(2000, 3), 1, share_of="risk", number=2, boosting=SMALL)

    assert Learner.APART not in {found.learner for found in fitted.evidence}


def test_a_risk_that_is_not_known_is_refused() -> None:
    trial = part_of_the_risk(500, 4)
    model = uplift_choice.fit(trial, 1, learners=(), share_of="risk").model

    with pytest.raises(SchemaMismatch, match="'risk' is not known of 2 of 3 clients"):
        model.benefit(pd.DataFrame({"risk": [0.2, np.nan, np.nan], "in_group": 1.0}))


@pytest.mark.parametrize("stake", [0.0, -0.1, np.nan], ids=str)
def test_a_line_with_nothing_at_stake_teaches_no_part_and_is_refused(stake: float) -> None:
    trial = part_of_the_risk(500, 5)
    trial.X.loc[7, "risk"] = stake

    with pytest.raises(DataError, match="1 of 500 lines have nothing at stake"):
        uplift_choice.fit(trial, 1, share_of="risk")


def test_where_effects_do_not_differ_the_benefit_is_drawn_to_the_average(drawn_trial) -> None:
    spreads = []
    for seed in range(5):
        trial, _ = drawn_trial(1500, seed, even)
        # A learner that always tells clients apart, and is right to be doubted.
        fitted = uplift_choice.fit(trial, seed, learners=(Learner.APART,), number=2, boosting=SMALL)
        spreads.append(float(fitted.model.benefit(trial.X)["benefit"].std()))

    assert np.mean(spreads) < 0.02


def test_a_learner_that_never_saw_an_outcome_is_not_flattered_by_it(drawn_trial) -> None:
    gained = []
    for seed in range(10):
        trial, _ = drawn_trial(800, seed, even)
        fitted = uplift_choice.fit(trial, seed, learners=(Learner.CROSSED,), number=2, boosting=SMALL)
        gained += [found.auuc / found.error for found in fitted.evidence if found.learner is Learner.CROSSED]

    # Standard errors above 0: a mean of ten has one of 0.32.
    assert len(gained) == 10
    assert abs(np.mean(gained)) < 1.0


def test_one_unit_in_many_rows_counts_as_one(drawn_trial) -> None:
    trial, _ = drawn_trial(600, 6, even)
    copies = trial.take(np.tile(np.arange(600), 5))

    one, five = (uplift_choice.fit(log, 1, learners=()).model for log in (trial, copies))

    assert five.average == pytest.approx(one.average)
    assert five.covariance[0] == pytest.approx(one.covariance[0])


def test_the_order_of_rows_changes_nothing(drawn_trial) -> None:
    trial, _ = drawn_trial(1500, 7, sloping)
    turned = trial.take(np.arange(1500)[::-1])

    models = [uplift_choice.fit(log, 1, number=2, boosting=SMALL).model for log in (trial, turned)]

    assert models[0].manifest() == models[1].manifest()
    assert models[0].texts() == models[1].texts()


@pytest.mark.parametrize("arm", [True, False], ids=["nobody held out", "nobody contacted"])
def test_a_log_with_one_arm_is_refused(arm: bool, drawn_trial) -> None:
    trial, _ = drawn_trial(500, 8, even)
    one_sided = trial.take(np.flatnonzero(trial.contacted == arm))

    with pytest.raises(DataError, match="an effect needs both"):
        uplift_choice.fit(one_sided, 1)


def test_a_chance_of_one_is_no_draw_and_is_refused(drawn_trial) -> None:
    trial, _ = drawn_trial(10, 9, even)
    sure = trial.propensity.copy()
    sure[3] = 1.0

    with pytest.raises(DataError, match="1 of 10 lines have a chance of contact that is not between 0 and 1"):
        Trial(trial.X, trial.contacted, trial.stayed, sure, trial.unit)


def test_other_columns_than_it_learnt_from_are_refused(drawn_trial) -> None:
    trial, _ = drawn_trial(200, 10, even)
    model = uplift_choice.fit(trial, 1, learners=()).model

    with pytest.raises(SchemaMismatch):
        model.benefit(trial.X[["risk", "arrears"]])


def test_a_figure_that_is_infinite_is_refused(drawn_trial) -> None:
    trial, _ = drawn_trial(200, 12, even)
    trial.X.loc[3, "arrears"] = np.inf

    with pytest.raises(SchemaMismatch, match="'arrears' has an infinite value"):
        uplift_choice.fit(trial, 1)


def test_a_manifest_that_is_not_whole_is_refused(drawn_trial) -> None:
    trial, _ = drawn_trial(200, 11, even)
    plain = uplift_choice.fit(trial, 1, learners=()).model.manifest()
    del plain["slope"]

    with pytest.raises(DamagedModel):
        BenefitModel.of(plain, {})
