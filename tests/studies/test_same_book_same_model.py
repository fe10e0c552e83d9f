"""The same book, recipe and seed give the same model, also when the rows are shuffled and on other threads."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings, simulate
from training.recipe import recipe_of
from training.run import train

pytestmark = pytest.mark.study

END = date(2025, 12, 28)


def test_a_shuffled_book_gives_the_same_model(tmp_path: Path) -> None:
    recipe = recipe_of({"dates": {"step_days": 56}, "backtest": {"folds": 1, "resamples": 20}})
    folder, shuffled = tmp_path / "book", tmp_path / "shuffled"
    simulate(folder, SimulationSettings(clients=2_000, weeks=156, seed=5, end_on=END))
    shuffled.mkdir()
    for file in folder.glob("*.parquet"):
        table = pd.read_parquet(file, dtype_backend="pyarrow")
        table.sample(frac=1, random_state=np.random.default_rng(1)).to_parquet(shuffled / file.name, index=False)
    one = train(open_book(folder), END, recipe, tmp_path / "one", threads=1)
    other = train(open_book(shuffled), END, recipe, tmp_path / "other", threads=2)
    assert one.model_hash == other.model_hash
    assert one.evaluation.as_dict() == other.evaluation.as_dict()
