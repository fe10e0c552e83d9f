"""Rows with known answers, kept with a model to show that it still answers as it did.

No client's figures: the rows are put together from the trees' own split points, rounded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import DamagedModel
from models import trees
from models.exit_risk import ExitModel

ROWS = 16
AGREE = 1e-9  # log-odds or probability by which an answer may differ, for other processors

_DIGITS = 6
_LEVELS, _STEPS = 14, 17  # of 17 steps 14 are quantiles of the split points, 3 are missing; 17 rows differ

Floats = NDArray[np.float64]


def rows(model: ExitModel) -> pd.DataFrame:
    """Rows that walk through the trees: nothing known, all zero, then mixtures of split points and missing values."""
    found: dict[str, Floats] = {}
    for text in model.texts().values():
        names, grown = trees.parse(text)
        for place, name in enumerate(names):
            points = [tree.threshold[tree.split_feature == place] for tree in grown]
            found[name] = np.concatenate([found.get(name, np.empty(0)), *points])
    columns = {}
    for place, name in enumerate(model.features):
        asked = found.get(name, np.empty(0))
        distinct = np.unique(asked[np.isfinite(asked)])  # a split at infinity only parts what is known from what is not
        levels = np.quantile(distinct, np.linspace(0, 1, _LEVELS)) if len(distinct) else np.zeros(_LEVELS)
        column = [np.nan, 0.0]
        for row in range(2, ROWS):
            step = (row * (place + 3) + row * row + 5 * place) % _STEPS
            column.append(_rounded(float(levels[step])) if step < _LEVELS else np.nan)
        columns[name] = column
    return pd.DataFrame(columns, dtype=np.float64)


def answers(model: ExitModel, X: pd.DataFrame) -> dict[str, list[list[float | None]]]:
    """What the model says of the rows: one list per row for margin, curve and forced."""
    return {
        "margin": _plain(model.margin(X)[:, np.newaxis]),
        "curve": _plain(model.curve(X).to_numpy(dtype=np.float64)),
        "forced": _plain(model.forced(X)[:, np.newaxis]),
    }


def inputs(model: ExitModel, name: str, X: pd.DataFrame) -> list[list[float | None]]:
    """The rows as the forest `name` reads them, the main horizon added where it reads one."""
    names = trees.parse(model.texts()[name])[0]
    extra = np.full((len(X), len(names) - X.shape[1]), float(model.horizon))
    return _plain(np.column_stack([X.to_numpy(dtype=np.float64), extra]))


def frame(stored: Sequence[Sequence[float | None]], features: Sequence[str]) -> pd.DataFrame:
    """Stored rows as a table.

    Raises
    ------
    DamagedModel
        They are not rows of that many figures.
    """
    try:
        values = np.array([[np.nan if v is None else float(v) for v in row] for row in stored], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DamagedModel("the golden rows of the stored model are not figures; restore the bundle") from error
    if values.shape != (len(stored), len(features)) or not len(stored):
        raise DamagedModel("the golden rows of the stored model do not fit its features; restore the bundle")
    return pd.DataFrame(values, columns=list(features))


def same(expected: object, found: Mapping[str, Any]) -> bool:
    """Whether stored answers equal recomputed ones."""
    if not isinstance(expected, dict) or set(expected) != set(found):
        return False
    try:
        return all(
            np.allclose(
                np.array(expected[name], dtype=np.float64),
                np.array(found[name], dtype=np.float64),
                rtol=0,
                atol=AGREE,
                equal_nan=True,
            )
            for name in found
        )
    except (TypeError, ValueError):
        return False


def _plain(values: Floats) -> list[list[float | None]]:
    return [[float(v) if np.isfinite(v) else None for v in row] for row in values]


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
