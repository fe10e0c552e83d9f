"""Trials whose effects are written down."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from models.trial import Trial

Effect = Callable[[pd.DataFrame], np.ndarray]


@pytest.fixture(scope="session")
def drawn_trial() -> Callable[..., tuple[Trial, np.ndarray]]:
    """A trial and the true effect on each client: ``drawn_trial(n, seed, effect)``."""

    def make(n: int, seed: int, effect: Effect, chance: float | None = 0.5) -> tuple[Trial, np.ndarray]:
        source = np.random.default_rng(seed)
        X = pd.DataFrame(source.normal(size=(n, 4)), columns=["risk", "arrears", "cycle", "distance"])
        X.loc[source.random(n) < 0.2, "distance"] = np.nan
        true = effect(X)
        p = source.uniform(0.3, 0.9, n) if chance is None else np.full(n, chance)
        contacted = source.random(n) < p
        stayed = source.random(n) < np.clip(0.6 - 0.1 * np.tanh(X["risk"].to_numpy()) + true * contacted, 0, 1)
        return Trial(X, contacted, stayed, p, np.array([f"c{i:06d}" for i in range(n)], dtype=object)), true

    return make
