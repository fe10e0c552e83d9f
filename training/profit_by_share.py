"""Profit by the share of clients contacted, and the best share, on the replays of a backtest."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training import metrics, profit
from training.evaluate import Evaluation
from training.measuring import REACH, Part, middle
from training.metrics import Figure
from training.replay import BASELINES, MODEL

#: Shares at which the profit is told.
SHARES = tuple(place / 20 for place in range(21))


@dataclass(frozen=True)
class ProfitByShare:
    """What contacting clients within reach of a visit would have earned, per client, in the recipe's currency.

    Each figure is the mean over the dates the past was replayed from.

    Parameters
    ----------
    settings
        kept_client, visit, incentive, persuaded_alpha, persuaded_beta (`training.recipe.Profit`).
    earned
        Name of the model and of each baseline to the profit at each of `SHARES`, at the mean chance that a contact
        keeps somebody.
    best
        Expected maximum profit of the model over all chances that the settings hold likely.
    best_share
        Share contacted for it.
    listed
        Share that the lists hold in a week.
    """

    settings: Mapping[str, float]
    earned: Mapping[str, tuple[float, ...]]
    best: Figure
    best_share: float
    listed: float


def profit_by_share(evaluation: Evaluation) -> ProfitByShare | None:
    """Profit by share contacted; None where, on some date, nobody within reach of a visit left, or everybody did."""
    recipe, best = evaluation.recipe, evaluation.pooled[REACH][MODEL]["expected_maximum_profit"]
    if not np.isfinite(best.value):
        return None
    settings = {name: float(value) for name, value in vars(recipe.profit).items()}
    parts = [Part.of(r, REACH, recipe, 0) for r in evaluation.replays]

    def at(name: str) -> tuple[float, ...]:
        curves = [profit.by_risk(part.left, part.scores[name], settings) for part in parts]
        return tuple(middle([curve.at(share) for curve in curves]) for share in SHARES)

    size = recipe.capacity
    listed = [metrics.listed(part.scores[MODEL], part.officer, size.per_officer, size.share) for part in parts]
    return ProfitByShare(
        settings=settings,
        earned={name: at(name) for name in (MODEL, *BASELINES)},
        best=best,
        best_share=middle([profit.best_share(part.left, part.scores[MODEL], settings) for part in parts]),
        listed=middle([float(chance.mean()) for chance in listed]),
    )
