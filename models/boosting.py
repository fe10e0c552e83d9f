"""LightGBM behind one door: fit, average over seeds, read the margin, explain it."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.errors import RecipeError
from models import trees

Floats = NDArray[np.float64]

_DETERMINISTIC: Mapping[str, object] = {
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "feature_pre_filter": False,
}


@dataclass(frozen=True)
class Boosting:
    """How trees are grown. Depth is bounded because an explanation costs depth squared.

    Parameters
    ----------
    rounds
        Trees per seed.
    learning_rate
        Share of each tree's answer that counts.
    leaves, depth
        Upper bounds of one tree.
    min_rows
        Rows a leaf must hold.
    feature_share, row_share
        Share of features and of rows each tree sees.
    l2
        Penalty on leaf values.
    max_bin
        Steps each feature is cut into.
    seeds
        Models averaged; each differs in the rows and features its trees see.
    """

    rounds: int = field(default=200, metadata={"low": 1, "high": 5000})
    learning_rate: float = field(default=0.03, metadata={"low": 0.001, "high": 1.0})
    leaves: int = field(default=15, metadata={"low": 2, "high": 255})
    depth: int = field(default=5, metadata={"low": 1, "high": 10})
    min_rows: int = field(default=100, metadata={"low": 1, "high": 1_000_000})
    feature_share: float = field(default=1.0, metadata={"low": 0.01, "high": 1.0})
    row_share: float = field(default=0.7, metadata={"low": 0.01, "high": 1.0})
    l2: float = field(default=50.0, metadata={"low": 0.0, "high": 1e6})
    max_bin: int = field(default=255, metadata={"low": 3, "high": 255})
    seeds: int = field(default=1, metadata={"low": 1, "high": 20})

    def __post_init__(self) -> None:
        for name, spec in self.__dataclass_fields__.items():
            value, low, high = getattr(self, name), spec.metadata["low"], spec.metadata["high"]
            if not low <= value <= high:
                raise RecipeError(f"{name}={value!r} is not between {low} and {high}")

    def parameters(self) -> dict[str, object]:
        """LightGBM's own words for these settings."""
        return {
            **_DETERMINISTIC,
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "max_depth": self.depth,
            "min_data_in_leaf": self.min_rows,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1 if self.row_share < 1 else 0,
            "lambda_l2": self.l2,
            "max_bin": self.max_bin,
        }


@dataclass(frozen=True)
class Forest:
    """A fitted sum of trees, held as LightGBM text.

    Attributes
    ----------
    text
        The model; the same forest has the same text.
    """

    text: str

    @cached_property
    def booster(self) -> lgb.Booster:
        """The trees, loaded. Only text whose hash or structure has been checked may come here."""
        return lgb.Booster(model_str=self.text)

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return tuple(self.booster.feature_name())

    def margin(self, X: Floats, threads: int = 1) -> Floats:
        """Log-odds of each row, shape (n,)."""
        if not len(X):
            return np.empty(0)
        return np.asarray(self.booster.predict(X, raw_score=True, num_threads=threads), dtype=np.float64)

    def contributions(self, X: Floats, threads: int = 1) -> Floats:
        """Path-dependent TreeSHAP in log-odds, shape (n, features + 1); the last column is the base value."""
        if not len(X):
            return np.empty((0, len(self.features) + 1))
        return np.asarray(self.booster.predict(X, pred_contrib=True, num_threads=threads), dtype=np.float64)

    def gain(self) -> Floats:
        """Gain of all splits on each input, shape (inputs,)."""
        return np.asarray(self.booster.feature_importance("gain"), dtype=np.float64)

    def leaves(self, X: Floats, threads: int = 1) -> NDArray[np.int64]:
        """The leaf each row falls in, shape (n, trees)."""
        answer = np.asarray(self.booster.predict(X, pred_leaf=True, num_threads=threads), dtype=np.int64)
        return answer.reshape(len(X), -1)

    def at(self, value: float, X: Floats, threads: int = 1) -> "Forest":
        """The forest as it answers when its last input has one value, without that input.

        Parameters
        ----------
        value
            Value of the last input.
        X
            Rows, without the last input, whose numbers in each branch weigh the explanation.
        """
        names, grown = trees.parse(self.text)
        seen = [trees.resolved(tree, len(names) - 1, value)[0] for tree in grown]
        small = Forest(trees.render(names[:-1], seen))
        inside = small.leaves(X, threads)
        return Forest(
            trees.render(
                names[:-1],
                [
                    trees.counted(tree, np.bincount(inside[:, place], minlength=len(tree.leaf_value)))
                    for place, tree in enumerate(seen)
                ],
            )
        )


def grow(
    X: Floats | Sequence[Floats],
    y: NDArray[np.bool_] | Floats,
    weight: Floats,
    features: Sequence[str],
    settings: Boosting,
    seed: int,
    monotone: Mapping[str, int] | None = None,
    threads: int = 2,
    *,
    objective: str | None = None,
) -> Forest:
    """Fit a forest.

    Parameters
    ----------
    X
        Rows in canonical order, one matrix or several to be read one below the other.
    y
        Whether the event came; or, where that is not yet known, how likely it is, between 0 and 1.
    weight
        Weight of each row, above 0.
    monotone
        Feature to +1 (the answer may only rise with it) or -1.
    objective
        LightGBM's own word; ``regression`` fits any number by squared error, and the margin is then its mean. By
        default ``binary``, or ``cross_entropy`` for likelihoods.
    """
    parameters = settings.parameters() | {"num_threads": threads}
    if y.dtype != np.bool_:
        parameters["objective"] = objective or "cross_entropy"
    if monotone:
        parameters["monotone_constraints"] = [monotone.get(name, 0) for name in features]
    # A list of matrices is not put together in memory before it is binned.
    data = lgb.Dataset(
        X if isinstance(X, np.ndarray) else list(X),
        label=y.astype(np.float64),
        weight=weight,
        feature_name=list(features),
        params=parameters,
        free_raw_data=True,
    )
    grown = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Found `", category=UserWarning)
        for place in range(settings.seeds):
            booster = lgb.train(parameters | {"seed": seed + place}, data, settings.rounds)
            grown.append([trees.missing_is_missing(tree) for tree in trees.parse(booster.model_to_string())[1]])
    return Forest(trees.render(features, trees.averaged(grown)))
