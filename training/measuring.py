"""Measures of replays with their intervals: by fold, over folds, and as gains over a baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.rows import Flags, Floats
from training import metrics
from training.metrics import Figure, Ranking, Reliability, interval
from training.recipe import Recipe
from training.replay import Replay

#: All at risk; those a list may hold; those with a decision point inside the horizon (the hard half).
ALL, REACH, DECIDES = "all", "reach", "decides"
SCOPES = (ALL, REACH, DECIDES)

#: Measures of the order of clients, of which a gain over a baseline can be told.
RANKS = (
    "auc",
    "average_precision",
    "precision_at_capacity",
    "recall_at_capacity",
    "lift_at_capacity",
    "expected_maximum_profit",
)
#: Measures of the probability; only the first two have an interval.
TRUTHS = ("brier", "calibration_error", "calibration_slope", "calibration_intercept")

#: Draws behind the interval of the expected maximum profit, which is slow to measure.
_PROFIT_DRAWS = 20

Measures = Mapping[str, Figure]


def within(r: Replay, scope: str, recipe: Recipe) -> Flags:
    """Rows of a fold that belong to a scope."""
    if scope == REACH:
        return r.reach(recipe.capacity.rest_days)
    return r.decides(recipe.horizon) if scope == DECIDES else np.ones(len(r.rows), dtype=bool)


@dataclass(frozen=True)
class Part:
    """The rows of one fold that belong to a scope, and where they stand among the rows of all folds."""

    left: Flags
    scores: Mapping[str, Floats]
    risks: Mapping[str, Floats]
    officer: NDArray[np.object_]
    place: NDArray[np.int64]
    recipe: Recipe
    #: What each outcome counts for as one without a visit from a list; None where all count 1.
    counted: Floats | None = None

    @classmethod
    def of(cls, r: Replay, scope: str, recipe: Recipe, start: int) -> "Part":
        """The rows of a scope; `start` is where the fold begins among the rows of all folds."""
        which, counted = within(r, scope, recipe), r.counted(recipe.horizon)
        return cls(
            left=r.left(recipe.horizon)[which],
            scores={name: score[which] for name, score in r.scores.items()},
            risks={name: risk[which] for name, risk in r.risks.items()},
            officer=r.about["officer_id"].to_numpy(dtype=object)[which],
            place=start + np.flatnonzero(which),
            recipe=recipe,
            counted=None if counted is None else counted[which],
        )

    def drawn(self, weight: Floats) -> Floats:
        """Weight of each row in a draw of clients of all folds."""
        mine = weight[self.place]
        return mine if self.counted is None else mine * self.counted

    def ranks(self, name: str, draws: Sequence[Floats]) -> tuple[dict[str, float], dict[str, Floats]]:
        """Each rank measure, and its draws."""
        ranking = Ranking(self.left, self.scores[name])
        size = self.recipe.capacity
        chance = metrics.listed(self.scores[name], self.officer, size.per_officer, size.share)

        def at(weight: Floats | None) -> dict[str, float]:
            return {
                "auc": ranking.auc(weight),
                "average_precision": ranking.average_precision(weight),
                **metrics.at_capacity(self.left, chance, weight),
            }

        value = at(self.counted)
        found = [at(self.drawn(weight)) for weight in draws]
        drawn = {key: np.array([one[key] for one in found]) for key in value}
        settings = {key: float(v) for key, v in vars(self.recipe.profit).items()}

        def profit_of(times: Floats) -> float:
            again = np.repeat(np.arange(len(self.left)), np.round(times).astype(int))
            return metrics.expected_maximum_profit(self.left[again], self.scores[name][again], settings)

        value["expected_maximum_profit"] = profit_of(np.ones(len(self.left)) if self.counted is None else self.counted)
        profit = np.full(len(draws), np.nan)
        for which, weight in enumerate(draws[:_PROFIT_DRAWS]):
            profit[which] = profit_of(self.drawn(weight))
        drawn["expected_maximum_profit"] = profit
        return value, drawn


@dataclass(frozen=True)
class Measured:
    """Rank measures of one model or baseline: by fold, the value and its draws."""

    values: Sequence[Mapping[str, float]]
    draws: Sequence[Mapping[str, Floats]]

    @classmethod
    def of(cls, parts: Sequence[Part], name: str, draws: Sequence[Floats]) -> "Measured":
        """Measure one model or baseline on every fold."""
        both = [part.ranks(name, draws) for part in parts]
        return cls([value for value, _ in both], [drawn for _, drawn in both])

    def of_fold(self, place: int) -> dict[str, Figure]:
        """Figures of one fold."""
        return {key: interval(self.values[place][key], self.draws[place][key]) for key in RANKS}

    def fold_gain(self, other: "Measured", place: int) -> dict[str, Figure]:
        """Figures of one fold less another's, draw by draw."""
        return {
            key: interval(
                self.values[place][key] - other.values[place][key], self.draws[place][key] - other.draws[place][key]
            )
            for key in RANKS
        }

    def pooled(self) -> dict[str, Figure]:
        """Means over folds."""
        return {key: interval(*self.mean(key)) for key in RANKS}

    def pooled_gain(self, other: "Measured") -> dict[str, Figure]:
        """Means over folds less another's, draw by draw."""
        answer = {}
        for key in RANKS:
            (mine, my_draws), (theirs, their_draws) = self.mean(key), other.mean(key)
            answer[key] = interval(mine - theirs, my_draws - their_draws)
        return answer

    def mean(self, key: str) -> tuple[float, Floats]:
        """Mean of one measure over folds, and of its draws."""
        return (
            float(np.mean([value[key] for value in self.values])),
            np.mean([drawn[key] for drawn in self.draws], axis=0),
        )


def truths(parts: Sequence[Part], name: str, draws: Sequence[Floats]) -> dict[str, Figure]:
    """How true the probabilities are, on the rows of all parts together; nothing where no probability is given."""
    if any(name not in part.risks for part in parts):
        return {}
    left = np.concatenate([part.left for part in parts])
    risk = np.concatenate([part.risks[name] for part in parts])
    if not len(left):
        return {}
    truth = Reliability(left, risk)
    counted = None if parts[0].counted is None else np.concatenate([p.counted for p in parts if p.counted is not None])
    weights = [w for w in (np.concatenate([part.drawn(draw) for part in parts]) for draw in draws) if w.any()]
    slope, intercept = metrics.calibration_line(left, risk, counted)
    nothing = np.empty(0)
    return {
        "brier": interval(
            metrics.brier(left, risk, counted), np.array([metrics.brier(left, risk, w) for w in weights])
        ),
        "calibration_error": interval(truth.error(counted), np.array([truth.error(w) for w in weights])),
        "calibration_slope": interval(slope, nothing),
        "calibration_intercept": interval(intercept, nothing),
    }


def middle(values: Sequence[float]) -> float:
    """Mean of the figures that could be measured."""
    good = [value for value in values if np.isfinite(value)]
    return float(np.mean(good)) if good else float("nan")
