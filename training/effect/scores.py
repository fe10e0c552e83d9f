"""The effect client by client, in the order in which outcomes become final, such that early looks are allowed.

Each client's score is that of augmented inverse propensity weighting (Robins, Rotnitzky and Zhao 1994, JASA 89(427),
846-866) with the known chance of the lot and a prediction learnt from clients who were final in earlier weeks only.
Whatever the prediction, the expected score given all earlier weeks is then the effect, so that scores less effects are
a martingale; a good prediction only makes them less scattered.

The order is the day on which everybody of one as_of is final, never the day an outcome came in: stays come in first. A
client who joined her unit's draw later is not in it, because her arm was no longer open.
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from models.rows import Floats
from training.effect.allocations import Settled

#: The risk itself is the first prediction, and counts as much as so many clients when the arms' own are learnt.
PRIOR_CLIENTS = 20.0


def scored(trial: Settled) -> pd.DataFrame:
    """Settled allocations with their scores.

    Returns
    -------
    DataFrame
        The rows of the trial in order, with: look (0, 1, ...: the week in which they became final), looked_on (its last
        day), score (expected value: the effect), variance (what the predictions say the score's is).
    """
    rows = trial.rows
    first = rows.groupby(["unit_id", "draw"], sort=False)["as_of"].transform("min")
    rows = rows[rows["as_of"] == first].sort_values(["as_of", "unit_id", "client_id"], kind="stable")
    rows = rows.reset_index(drop=True)
    final = rows["as_of"] + timedelta(days=trial.matures_after)
    rows["look"] = (final - final.min()).dt.days // 7
    ends = final.min() + pd.to_timedelta(7 * rows["look"] + 6, unit="D")
    rows["looked_on"] = ends.where(ends <= pd.Timestamp(trial.on), pd.Timestamp(trial.on))
    expected = _earlier(rows)
    listed, left = rows["listed"].to_numpy(dtype=np.float64), rows["left"].to_numpy(dtype=np.float64)
    own = np.where(listed > 0, expected[:, 1], expected[:, 0])
    weight, sign = rows["weight"].to_numpy(dtype=np.float64), 2 * listed - 1
    rows["score"] = expected[:, 1] - expected[:, 0] + sign * weight * (left - own)
    chance = rows["propensity"].to_numpy(dtype=np.float64)
    spread = expected * (1 - expected)
    rows["variance"] = spread[:, 0] / chance + spread[:, 1] / (1 - chance)
    return rows


def _earlier(rows: pd.DataFrame) -> Floats:
    """Predicted share who leave if held out and if listed, from earlier weeks alone: shape (n, 2)."""
    risk, left = rows["risk"].to_numpy(dtype=np.float64), rows["left"].to_numpy(dtype=np.float64)
    listed, look = rows["listed"].to_numpy(dtype=np.int64), rows["look"].to_numpy(dtype=np.int64)
    X = np.column_stack([np.ones(len(risk)), risk])
    inner = [PRIOR_CLIENTS * np.eye(2) for _ in range(2)]
    outer = [np.zeros(2) for _ in range(2)]
    answer = np.empty((len(risk), 2))
    for week in np.unique(look):
        here = np.flatnonzero(look == week)
        for arm in (0, 1):
            answer[here, arm] = risk[here] + X[here] @ np.linalg.solve(inner[arm], outer[arm])
        for arm in (0, 1):
            own = here[listed[here] == arm]
            inner[arm] = inner[arm] + X[own].T @ X[own]
            outer[arm] = outer[arm] + X[own].T @ (left[own] - risk[own])
    clipped: Floats = np.clip(answer, 0.0, 1.0)
    return clipped
