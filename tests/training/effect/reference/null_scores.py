"""Scores of clients whom nothing changes, as they would come in week by week."""

from datetime import date, timedelta

import numpy as np
import pandas as pd


def scores(values: np.ndarray, per_week: int, listed: np.ndarray, left: np.ndarray, units: int = 1) -> pd.DataFrame:
    """Scores as `scored` gives them, so many a week."""
    place = np.arange(len(values))
    week = place // per_week
    return pd.DataFrame(
        {
            "look": week,
            "looked_on": [pd.Timestamp(date(2024, 1, 7) + timedelta(weeks=int(n))) for n in week],
            "unit_id": (place // units).astype(str),
            "draw": 1,
            "score": values,
            "variance": 0.0,
            "listed": listed.astype(float),
            "left": left.astype(float),
        }
    )


def null(seed: int, weeks: int, per_week: int, base: float, share: float) -> pd.DataFrame:
    """Clients whom nothing changes, risk known: augmented scores without effect."""
    draw = np.random.default_rng(seed)
    count = weeks * per_week
    risk = draw.beta(2, 2 / base - 2, count)
    held, left = draw.random(count) < share, draw.random(count) < risk
    weighted = np.where(held, -1 / share, 1 / (1 - share)) * (left - risk)
    rows = scores(weighted, per_week, ~held, left)
    return rows.assign(variance=risk * (1 - risk) * (1 / share + 1 / (1 - share)))
