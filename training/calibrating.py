"""Calibration tables from clients the model has not seen."""

from collections.abc import Callable, Sequence

import numpy as np

from models.calibration import Calibration, fit
from models.exit_risk import ExitModel
from models.learning import kept
from models.rows import Rows

#: Rows of which one half tells a table well enough.
ENOUGH = 20_000

Fit = Callable[[Rows], ExitModel]


def tables(fit_model: Fit, rows: Rows, seed: int) -> dict[int, Calibration]:
    """A table per horizon, from models that foretell the half of the clients they were not fitted on.

    Where clients are few both halves are foretold in turn; where they are many one half is enough, and half the work.

    Parameters
    ----------
    fit_model
        Fits the model on rows.
    rows
        Training rows; their weights, which favour recent dates, count here too.
    """
    first = kept(rows.client_id, 0.5, f"half{seed}")
    margins: dict[int, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
    for inside in (first, ~first) if len(rows) < ENOUGH else (first,):
        model, held = fit_model(rows.take(inside)), rows.take(~inside)
        for days in model.trained:
            place = held.at(days)
            known = held.told(place)
            if known.any():
                part = held.take(known)
                margins.setdefault(days, []).append(
                    (model.margin(part.X, days, threads=2), part.choice[:, place], part.counted(place))
                )
    return {days: _table(parts) for days, parts in margins.items()}


def _table(parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Calibration:
    margin, event, weight = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return fit(margin, event, weight / weight.mean())
