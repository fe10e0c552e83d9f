"""How MLflow loads a registered model: from our own bundle, by code, never by pickle. For comparison only."""

from pathlib import Path
from typing import Any

import pandas as pd

from models import store
from models.exit_risk import ExitModel


class Served:
    """The `predict` that MLflow calls."""

    def __init__(self, model: ExitModel) -> None:
        self.model = model

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Probability of leaving by choice by the main horizon, of being written off or pushed out, and the margin.

        Raises
        ------
        SchemaMismatch
            The columns are not the model's features in order.
        """
        return pd.DataFrame(
            {
                "risk": self.model.risk(model_input),
                "risk_forced": self.model.forced(model_input),
                "margin": self.model.margin(model_input),
            },
            index=model_input.index,
        )


def _load_pyfunc(path: str) -> Served:
    """The name MLflow looks for."""
    return Served(store.load(Path(path)))
