"""The backtest: every measure with its interval, beside three baselines, for all at risk and for the hard half."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.book import Book
from models.learning import Learning
from models.rows import Floats
from training import metrics
from training.dataset import Snapshots
from training.measuring import SCOPES, Measured, Measures, Part, middle, truths
from training.metrics import Figure, Ranking, Resampled, interval
from training.recipe import Recipe
from training.replay import BASELINES, MODEL, Replay, ordered, replay
from training.splits import Fold, rolling_origin

SEGMENTS = ("state", "cycle", "product", "tenure")

#: Clients who left, below which a segment's figures are not given.
LEAST_LEFT = 20
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Segment:
    """How the model does within one part of the clients, all folds together."""

    by: str
    value: str
    clients: int
    left: int
    rate: float
    auc: Figure
    calibration_error: float


@dataclass(frozen=True)
class Evaluation:
    """A backtest.

    Attributes
    ----------
    replays
        By origin, rising.
    pooled
        Scope ("all", "decides") to name of model or baseline to measure. Ranks are means over folds; calibration is
        measured on the rows of all folds together.
    gains
        Scope to baseline to measure: the model's figure less the baseline's, on the same draws.
    by_fold
        Origin to scope to name to measure.
    fold_gains
        Origin to scope to baseline to measure.
    segments
        All at risk, cut four ways.
    asked_folds
        Folds the recipe asked for; fewer may have fitted the history.
    """

    recipe: Recipe
    replays: tuple[Replay, ...]
    pooled: Mapping[str, Mapping[str, Measures]]
    gains: Mapping[str, Mapping[str, Measures]]
    by_fold: Mapping[date, Mapping[str, Mapping[str, Measures]]]
    fold_gains: Mapping[date, Mapping[str, Mapping[str, Measures]]]
    segments: tuple[Segment, ...]
    asked_folds: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; no client is named."""
        return {
            "horizon_days": self.recipe.horizon,
            "origins": [r.origin.isoformat() for r in self.replays],
            "asked_folds": self.asked_folds,
            "rule_of_thumb": {r.origin.isoformat(): r.rule for r in self.replays},
            "trained_on": {r.origin.isoformat(): dict(r.trained_on) for r in self.replays},
            "pooled": _plain(self.pooled),
            "gains": _plain(self.gains),
            "by_fold": {day.isoformat(): _plain(found) for day, found in self.by_fold.items()},
            "fold_gains": {day.isoformat(): _plain(found) for day, found in self.fold_gains.items()},
            "segments": [_plain(vars(segment)) for segment in self.segments],
        }


def backtest(
    book: Book,
    as_of: date,
    recipe: Recipe,
    snapshots: Snapshots,
    candidates: tuple[str, ...],
    progress: Progress | None = None,
    origins: Sequence[Fold] | None = None,
    others: Mapping[str, Learning] | None = None,
    threads: int = 2,
) -> Evaluation:
    """Replay the past and measure.

    Parameters
    ----------
    as_of
        The day outcomes are judged by.
    snapshots
        Snapshots of the same book, shared with the final fit.
    candidates
        Figures the rule of thumb may choose from.
    origins
        Folds; by default those the recipe asks for.
    others
        Further ways of learning, judged on the same rows under their name.

    Raises
    ------
    TooShortHistory
        Not one fold is possible.
    DataError
        Nobody left by choice.
    """
    folds = tuple(origins) if origins is not None else rolling_origin(book.span()[0], as_of, recipe)
    replays = []
    for place, fold in enumerate(folds):
        replays.append(replay(snapshots, fold, recipe, as_of, candidates, others, threads))
        if progress is not None:
            progress("backtest", place + 1, len(folds))
    return measured(ordered(replays), recipe)


def measured(replays: Sequence[Replay], recipe: Recipe) -> Evaluation:
    """Every measure of some replays; the baselines, and whatever else was scored on the same rows."""
    rivals = (*BASELINES, *(name for name in replays[0].scores if name not in (MODEL, *BASELINES)))
    draws = list(Resampled(np.concatenate([r.rows.client_id for r in replays]), recipe.backtest.resamples, recipe.seed))
    bounds = np.cumsum([0, *(len(r.rows) for r in replays)])
    pooled, gains = {}, {}
    by_fold: dict[date, dict[str, Mapping[str, Measures]]] = {r.origin: {} for r in replays}
    fold_gains: dict[date, dict[str, Mapping[str, Measures]]] = {r.origin: {} for r in replays}
    for scope in SCOPES:
        parts = [Part.of(r, scope, recipe, bounds[place]) for place, r in enumerate(replays)]
        found = {name: Measured.of(parts, name, draws) for name in (MODEL, *rivals)}
        pooled[scope] = {name: one.pooled() | truths(parts, name, draws) for name, one in found.items()}
        gains[scope] = {name: found[MODEL].pooled_gain(found[name]) for name in rivals}
        for place, r in enumerate(replays):
            by_fold[r.origin][scope] = {
                name: one.of_fold(place) | truths(parts[place : place + 1], name, draws) for name, one in found.items()
            }
            fold_gains[r.origin][scope] = {name: found[MODEL].fold_gain(found[name], place) for name in rivals}
    return Evaluation(
        recipe=recipe,
        replays=tuple(replays),
        pooled=pooled,
        gains=gains,
        by_fold=by_fold,
        fold_gains=fold_gains,
        segments=_segments(replays, recipe, draws, bounds),
        asked_folds=recipe.backtest.folds,
    )


def _segments(
    replays: Sequence[Replay], recipe: Recipe, draws: Sequence[Floats], bounds: NDArray[np.int64]
) -> tuple[Segment, ...]:
    about = pd.concat([r.about for r in replays], ignore_index=True)
    left = np.concatenate([r.left(recipe.horizon) for r in replays])
    risk = np.concatenate([r.risks[MODEL] for r in replays])
    score = np.concatenate([r.scores[MODEL] for r in replays])
    fold = np.repeat(np.arange(len(replays)), np.diff(bounds))
    every = [r.counted(recipe.horizon) for r in replays]
    counted = np.concatenate([np.ones(len(r.rows)) if c is None else c for r, c in zip(replays, every, strict=True)])
    answer = []
    for by in SEGMENTS:
        for value in sorted(about[by].unique()):
            inside = (about[by].to_numpy() == value) & (counted > 0)
            if int(left[inside].sum()) < LEAST_LEFT or int((~left[inside]).sum()) < LEAST_LEFT:
                continue
            rankings = [
                (Ranking(left[w], score[w]), w) for w in (np.flatnonzero(inside & (fold == f)) for f in set(fold))
            ]
            answer.append(
                Segment(
                    by=by,
                    value=str(value),
                    clients=int(inside.sum()),
                    left=int(left[inside].sum()),
                    rate=float(np.average(left[inside], weights=counted[inside])),
                    auc=interval(
                        middle([ranking.auc(counted[rows]) for ranking, rows in rankings]),
                        np.array(
                            [
                                middle([ranking.auc(w[rows] * counted[rows]) for ranking, rows in rankings])
                                for w in draws
                            ]
                        ),
                    ),
                    calibration_error=metrics.calibration_error(left[inside], risk[inside], counted[inside]),
                )
            )
    return tuple(answer)


def _plain(value: Any) -> Any:
    if isinstance(value, Figure):
        return {key: _plain(entry) for key, entry in vars(value).items()}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value
