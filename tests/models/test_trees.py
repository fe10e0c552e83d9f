import numpy as np
import pytest

from features.errors import DamagedModel
from models import trees
from models.boosting import Boosting, Forest, grow

SOURCE = np.random.default_rng(2)
X = SOURCE.normal(size=(800, 3))
X[SOURCE.random(800) < 0.2, 1] = np.nan
Y = SOURCE.random(800) < 1 / (1 + np.exp(-X[:, 0] - 0.5 * X[:, 2]))
SMALL = Boosting(rounds=8, leaves=7, depth=4, min_rows=15, feature_share=1.0, row_share=1.0)


@pytest.fixture(scope="module")
def forest() -> Forest:
    return grow(X, Y, np.ones(len(X)), ["a", "b", "h"], SMALL, 1, threads=1)


def test_text_read_and_written_again_is_the_same_text(forest: Forest) -> None:
    assert trees.render(*trees.parse(forest.text)) == forest.text


def test_the_text_tells_nothing_of_training_or_of_any_figure(forest: Forest) -> None:
    assert "feature_infos=none none none" in forest.text
    assert "[learning_rate" not in forest.text


@pytest.mark.parametrize("value", [-2.0, 0.0, 0.3, 5.0])
def test_a_forest_with_its_last_input_fixed_answers_as_before(forest: Forest, value: float) -> None:
    small = forest.at(value, X[:, :2])
    fixed = np.column_stack([X[:, :2], np.full(len(X), value)])
    assert small.features == ("a", "b")
    assert np.array_equal(small.margin(X[:, :2]), forest.margin(fixed))


def test_the_fixed_forest_is_explained_by_the_rows_it_was_given(forest: Forest) -> None:
    small = forest.at(0.3, X[:, :2])
    pieces = small.contributions(X[:, :2])
    assert np.isfinite(pieces).all()
    assert np.abs(pieces.sum(axis=1) - small.margin(X[:, :2])).max() < 1e-9
    # The base value is the mean margin of those rows, up to the one row added to each leaf.
    assert pieces[0, -1] == pytest.approx(small.margin(X[:, :2]).mean(), abs=0.02)


def test_averaging_two_models_averages_their_margins(forest: Forest) -> None:
    other = grow(X, ~Y, np.ones(len(X)), ["a", "b", "h"], SMALL, 1, threads=1)
    both = [trees.parse(one.text)[1] for one in (forest, other)]
    mean = Forest(trees.render(("a", "b", "h"), trees.averaged(both)))
    assert np.abs(mean.margin(X) - (forest.margin(X) + other.margin(X)) / 2).max() < 1e-12


def test_every_split_has_a_side_for_what_is_missing(forest: Forest) -> None:
    for tree in trees.parse(forest.text)[1]:
        assert (tree.decision_type & 12 == 8).all()
    # Where training saw none missing, the larger part of the rows shows the way: not the value 0.
    row = np.array([[0.0, 0.0, np.nan]])
    assert np.isfinite(forest.margin(row)).all()


def test_a_cut_text_is_refused_without_reaching_lightgbm(forest: Forest) -> None:
    with pytest.raises(DamagedModel, match="not a whole LightGBM model"):
        trees.parse(forest.text[: len(forest.text) // 2])
