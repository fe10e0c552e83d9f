"""What contacting clients by a score earns, by the share contacted.

All figures are per client at risk, in the currency of the settings (`training.recipe.Profit`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.rows import Flags, Floats
from training.metrics import Figure, Resampled, expected_maximum_profit, interval
from training.uplift_metrics import UpliftRanking


@dataclass(frozen=True)
class Curve:
    """Profit by share contacted, at the end of each run of equal scores; straight between two points.

    Attributes
    ----------
    share
        Rising from 0 to 1.
    profit
        Per client at risk.
    """

    share: Floats
    profit: Floats

    @property
    def best_share(self) -> float:
        """Share at which the profit is highest, the smallest of several; 0 where no contact pays."""
        return float(self.share[int(np.argmax(self.profit))])

    @property
    def best(self) -> float:
        """The highest profit, at least 0: one need not contact anybody."""
        return float(self.profit.max())

    def at(self, share: float) -> float:
        """Profit at a share."""
        return float(np.interp(share, self.share, self.profit))


def by_risk(left: Flags, score: Floats, settings: Mapping[str, float]) -> Curve:
    """What a visit is expected to earn if it keeps the stated share of would-be leavers and changes nothing else.

    Each contact costs the visit; a would-be leaver who is kept brings her value less the incentive; a client who would
    have stayed takes the incentive too.

    References
    ----------
    Verbraken, Verbeke and Baesens 2013, IEEE TKDE 25(5), 961-973, equation of the profit at a cut-off.
    """
    alpha, beta = settings["persuaded_alpha"], settings["persuaded_beta"]
    kept = alpha / (alpha + beta) * (settings["kept_client"] - settings["incentive"])
    return _curve(score, np.where(left, kept, -settings["incentive"]) - settings["visit"])


def by_benefit(ranking: UpliftRanking, settings: Mapping[str, float], times: Floats | None = None) -> Curve:
    """What visits earned in a randomised log: clients kept, at their value, less the visits.

    No chance to be kept is assumed here; it is measured. (Devriendt, Berrevoets and Verbeke 2021, Information Sciences
    548, 497-515, have the same without the prior; their incentive is left out because microfinance gives none.)
    """
    share, gain = ranking.curve(times)
    return Curve(share, gain * settings["kept_client"] - share * settings["visit"])


def best_share(left: Flags, score: Floats, settings: Mapping[str, float]) -> float:
    """Share to contact for the expected maximum profit, over all chances to be kept that the settings hold likely."""
    if not left.any() or left.all():
        return float("nan")
    from empulse.metrics import empc_score

    levels, place = np.unique(score, return_inverse=True)
    return float(
        empc_score.optimal_rate(
            left.astype(int),
            (place + 1.0) / (len(levels) + 1.0),
            alpha=settings["persuaded_alpha"],
            beta=settings["persuaded_beta"],
            clv=settings["kept_client"],
            incentive_cost=settings["incentive"],
            contact_cost=settings["visit"],
        )
    )


def expected(left: Flags, score: Floats, settings: Mapping[str, float], resampled: Resampled) -> Figure:
    """Expected maximum profit with its interval over draws of whole clients."""
    draws = []
    for times in resampled:
        rows = np.repeat(np.arange(len(left)), times.astype(np.int64))
        draws.append(expected_maximum_profit(left[rows], score[rows], settings))
    return interval(expected_maximum_profit(left, score, settings), np.array(draws))


def _curve(score: Floats, earned: Floats) -> Curve:
    place = np.unique(-score, return_inverse=True)[1]
    size, sums = np.bincount(place), np.bincount(place, earned)
    return Curve(np.append(0.0, np.cumsum(size) / len(score)), np.append(0.0, np.cumsum(sums) / len(score)))
