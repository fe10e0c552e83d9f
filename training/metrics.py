"""How well clients are ranked and how true the probabilities are. Ties count in expectation everywhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.calibration import logit, sigmoid
from models.rows import Flags, Floats

#: Equal shares of rows over which the calibration error is taken.
BINS = 10


@dataclass(frozen=True)
class Ranking:
    """Rows in the order of a score, sorted once so that many weightings can be measured.

    Parameters
    ----------
    event
        What happened.
    score
        Higher means more at risk.
    """

    event: Flags
    score: Floats

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return np.argsort(-self.score, kind="stable").astype(np.int64)

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        """Last place of each run of equal scores."""
        ordered = self.score[self._order]
        return np.append(np.flatnonzero(np.diff(ordered) != 0), len(ordered) - 1).astype(np.int64)

    def _cumulated(self, weight: Floats | None) -> tuple[Floats, Floats]:
        w = np.ones(len(self.score)) if weight is None else weight
        ordered, events = w[self._order], self.event[self._order]
        hits = np.cumsum(ordered * events)[self._ends]
        seen = np.cumsum(ordered)[self._ends]
        return hits, seen

    def auc(self, weight: Floats | None = None) -> float:
        """Chance that a client who left ranks above one who stayed, ties counting half; NaN without both.

        References
        ----------
        Hanley and McNeil 1982, Radiology 143(1), 29-36.
        """
        if not len(self.score):
            return float("nan")
        hits, seen = self._cumulated(weight)
        misses = seen - hits
        if hits[-1] <= 0 or misses[-1] <= 0:
            return float("nan")
        new_hits = np.diff(hits, prepend=0.0)
        below = misses[-1] - misses + 0.5 * np.diff(misses, prepend=0.0)
        return float(np.sum(new_hits * below) / (hits[-1] * misses[-1]))

    def average_precision(self, weight: Floats | None = None) -> float:
        """Mean precision over the clients who left, equal scores taken together; NaN where nobody left."""
        if not len(self.score):
            return float("nan")
        hits, seen = self._cumulated(weight)
        if hits[-1] <= 0:
            return float("nan")
        precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
        return float(np.sum(np.diff(hits, prepend=0.0) * precision) / hits[-1])


def auc(event: Flags, score: Floats, weight: Floats | None = None) -> float:
    """Area under the ROC curve; see `Ranking.auc`."""
    return Ranking(event, score).auc(weight)


def average_precision(event: Flags, score: Floats, weight: Floats | None = None) -> float:
    """Average precision; see `Ranking.average_precision`."""
    return Ranking(event, score).average_precision(weight)


def listed(score: Floats, officer: NDArray[np.object_], per_officer: int, share: float) -> Floats:
    """Chance of each client to be on a list.

    Each officer's list holds the `per_officer` highest scores of the clients she serves; among equal scores at its end
    each has the same chance. Clients without an officer share one list of `share` of their number, at least one.

    Parameters
    ----------
    score
        Higher means listed first.
    officer
        Who serves each client; None where the book does not say.
    per_officer
        Places on an officer's list.
    share
        Places for clients without an officer, as a share of them.

    Returns
    -------
    array of shape (n,), each entry between 0 and 1
    """
    chance = np.zeros(len(score))
    if not len(score):
        return chance
    nobody = np.array([name is None for name in officer], dtype=bool)
    places, group = np.unique(
        np.where(nobody, "", officer.astype(str)) + np.where(nobody, "0", "1"), return_inverse=True
    )
    order = np.lexsort((-score, group))
    bounds = np.searchsorted(group[order], np.arange(len(places) + 1))
    for which in range(len(places)):
        inside = order[bounds[which] : bounds[which + 1]]
        alone = bool(nobody[inside[0]])
        size = min(len(inside), max(1, round(share * len(inside))) if alone else per_officer)
        ordered = score[inside]
        edge = ordered[size - 1]
        above, equal = ordered > edge, ordered == edge
        chance[inside[above]] = 1.0
        chance[inside[equal]] = (size - int(above.sum())) / int(equal.sum())
    return chance


def at_capacity(event: Flags, chance: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Precision, recall and lift of lists, in expectation over ties.

    Parameters
    ----------
    chance
        What `listed` gives.

    Returns
    -------
    precision_at_capacity: share of those listed who left. recall_at_capacity: share of those who left who were listed.
    lift_at_capacity: precision over the share of all who left.
    """
    w = np.ones(len(event)) if weight is None else weight
    hits, size, left, everyone = np.sum(w * chance * event), np.sum(w * chance), np.sum(w * event), np.sum(w)
    precision = float(hits / size) if size > 0 else float("nan")
    return {
        "precision_at_capacity": precision,
        "recall_at_capacity": float(hits / left) if left > 0 else float("nan"),
        "lift_at_capacity": float(precision * everyone / left) if left > 0 else float("nan"),
    }


def brier(event: Flags, probability: Floats, weight: Floats | None = None) -> float:
    """Mean squared distance of the probability from what happened; smaller is better."""
    if not len(event):
        return float("nan")
    return float(np.average((probability - event) ** 2, weights=weight))


@dataclass(frozen=True)
class Reliability:
    """Equal shares of rows by probability, sorted once.

    Parameters
    ----------
    event, probability
        What happened, and what was foretold.
    """

    event: Flags
    probability: Floats

    @cached_property
    def _bin(self) -> NDArray[np.int64]:
        order = np.argsort(self.probability, kind="stable")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order)) * BINS // max(1, len(order))
        return place

    def bins(self, weight: Floats | None = None) -> tuple[Floats, Floats, Floats]:
        """Mean probability, share of events, and weight of each of `BINS` equal shares."""
        w = np.ones(len(self.event)) if weight is None else weight
        total = np.bincount(self._bin, w, minlength=BINS).astype(np.float64)
        held = np.maximum(total, 1e-12)
        mean = np.bincount(self._bin, w * self.probability, minlength=BINS) / held
        share = np.bincount(self._bin, w * self.event, minlength=BINS) / held
        return mean, share, total

    def error(self, weight: Floats | None = None) -> float:
        """Expected calibration error: mean distance of probability and share of events over equal shares of rows."""
        if not len(self.event):
            return float("nan")
        mean, share, total = self.bins(weight)
        return float(np.sum(np.abs(mean - share) * total) / total.sum())


def calibration_error(event: Flags, probability: Floats, weight: Floats | None = None) -> float:
    """Expected calibration error over ten equal shares of rows; 0 is perfect."""
    return Reliability(event, probability).error(weight)


def calibration_line(event: Flags, probability: Floats, weight: Floats | None = None) -> tuple[float, float]:
    """Slope and intercept of what happened on the log-odds foretold; 1 and 0 are perfect.

    References
    ----------
    Cox 1958, Biometrika 45, 562-565.
    """
    x = logit(probability)
    w = np.ones(len(x)) if weight is None else weight
    slope, intercept = 1.0, 0.0
    for _ in range(100):
        p = sigmoid(intercept + slope * x)
        rest, spread = w * (event - p), w * np.maximum(p * (1 - p), 1e-12)
        a, b, c = np.sum(spread * x * x), np.sum(spread * x), np.sum(spread)
        det = a * c - b * b
        if det <= 1e-9 * a * c:
            return float("nan"), float("nan")
        first, second = np.sum(rest * x), np.sum(rest)
        step = np.array([c * first - b * second, a * second - b * first]) / det
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        slope, intercept = slope + float(step[0]), intercept + float(step[1])
        if float(np.abs(step).max()) < 1e-9:
            break
    return slope, intercept


def expected_maximum_profit(event: Flags, score: Floats, settings: Mapping[str, float]) -> float:
    """Expected maximum profit of contacting clients by this score, per client at risk, in the settings' currency.

    Parameters
    ----------
    settings
        kept_client, visit, incentive, persuaded_alpha, persuaded_beta (`training.recipe.Profit`).

    References
    ----------
    Verbraken, Verbeke and Baesens 2013, IEEE TKDE 25(5), 961-973.
    """
    if not event.any() or event.all():
        return float("nan")
    # Takes a second to import, and most commands ask for no profit.
    from empulse.metrics import empc_score

    # empulse asks for scores in [0, 1]; ranks keep the order and the ties.
    levels, place = np.unique(score, return_inverse=True)
    held = (place + 1.0) / (len(levels) + 1.0)
    return float(
        empc_score(
            event.astype(int),
            held,
            alpha=settings["persuaded_alpha"],
            beta=settings["persuaded_beta"],
            clv=settings["kept_client"],
            incentive_cost=settings["incentive"],
            contact_cost=settings["visit"],
        )
    )


@dataclass(frozen=True)
class Figure:
    """A measured value with its 95 % interval; NaN where it could not be measured."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def interval(value: float, draws: Floats) -> Figure:
    """A figure with the middle 95 % of its draws."""
    good = draws[np.isfinite(draws)]
    if not len(good) or not np.isfinite(value):
        return Figure(value, float("nan"), float("nan"))
    low, high = np.quantile(good, [0.025, 0.975])
    return Figure(value, float(low), float(high))


class Resampled:
    """Draws of clients with replacement: a client's rows on all dates come and go together.

    Parameters
    ----------
    client_id
        Client of each row, of all folds together.
    draws
        How many.
    seed
        Seed of the draws.
    """

    def __init__(self, client_id: NDArray[np.object_], draws: int, seed: int) -> None:
        names, self._place = np.unique(client_id.astype(str), return_inverse=True)
        self._size, self.draws, self._seed = len(names), draws, seed

    def __iter__(self) -> Iterator[Floats]:
        """Weight of each row in each draw."""
        source = np.random.default_rng(self._seed)
        for _ in range(self.draws):
            times = np.bincount(source.integers(0, self._size, self._size), minlength=self._size)
            yield times[self._place].astype(np.float64)
