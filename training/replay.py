"""The past replayed: a model trained as if it were the origin, judged on what became of the clients of that day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.errors import DataError
from models import exit_risk
from models.baseline import PlainLightGBM, RuleOfThumb, Scorecard
from models.exit_risk import ExitModel
from models.learning import Learning
from models.rows import Flags, Floats, Rows
from training import accounting, calibrating, dataset
from training.dataset import Dataset, Snapshots
from training.recipe import Recipe
from training.splits import Fold

#: Rows the scorecard and the rule are fitted on at most; beyond it they gain nothing.
SIMPLE_ROWS = 100_000

MODEL, RULE, SCORECARD, PLAIN = "model", "rule_of_thumb", "scorecard", "plain_lightgbm"
BASELINES = (RULE, SCORECARD, PLAIN)


@dataclass(frozen=True)
class Replay:
    """What one fold foretold, and what came.

    Attributes
    ----------
    fold
        Origin and training dates.
    rows
        Clients at risk on the origin with their outcomes as known today, ordered by client_id.
    about
        See `training.dataset.Day.about`.
    scores
        By name of the model or baseline: higher means more at risk.
    risks
        By name, where it gives one: probability by the main horizon.
    rule
        The figure the rule of thumb sorts by.
    trained_on
        Counts of the training rows.
    model
        The fold's own model.
    """

    fold: Fold
    rows: Rows
    about: pd.DataFrame
    scores: Mapping[str, Floats]
    risks: Mapping[str, Floats]
    rule: str
    trained_on: Mapping[str, int | float]
    model: ExitModel

    @property
    def origin(self) -> date:
        """The day one stood on."""
        return self.fold.origin

    def left(self, horizon: int) -> Flags:
        """Who left by choice within the horizon."""
        return self.rows.choice[:, self.rows.at(horizon)]

    def counted(self, horizon: int) -> Floats | None:
        """What each outcome counts for as one without a visit from a list; None where all count 1."""
        return None if self.rows.alone is None else self.rows.alone[:, self.rows.at(horizon)]

    def reach(self, rest_days: int) -> Flags:
        """Whom a visit can still help: a loan is open, or ended at most so many days ago."""
        within: Flags = ~(self.about["rest_days"].to_numpy(dtype=np.float64) > rest_days)
        return within

    def decides(self, horizon: int) -> Flags:
        """Who had a decision point inside the horizon: the hard half."""
        return self.rows.decides[:, self.rows.at(horizon)]


def fitted(
    rows: Rows, recipe: Recipe, learning: Learning | None = None, threads: int = 2, *, whole: bool = True
) -> ExitModel:
    """The recipe's model on these rows, uncalibrated; unless `whole` good for the main horizon alone."""
    return exit_risk.fit(
        rows.weighted(dataset.weights(rows)),
        learning or recipe.learning,
        recipe.horizon,
        recipe.seed,
        falling=recipe.falling,
        definition=recipe.as_dict()["exit"],
        recipe=recipe.as_dict(),
        whole=whole,
        threads=threads,
    )


def calibrated(rows: Rows, recipe: Recipe, threads: int = 2, *, whole: bool = True) -> ExitModel:
    """The recipe's model on these rows, with tables from clients held out in turn."""

    def half(part: Rows) -> ExitModel:
        return fitted(part, recipe, threads=threads, whole=whole)

    found = calibrating.tables(half, rows, recipe.seed)
    return fitted(rows, recipe, threads=threads, whole=whole).calibrated(found)


def learnt_on(snapshots: Snapshots, fold: Fold, recipe: Recipe, max_rows: int) -> Dataset:
    """Training rows of a fold: outcomes as they were known on its origin, as they are without a visit by a list."""
    days = [snapshots.on(day) for day in fold.dates]
    data = dataset.build(days, snapshots.book, recipe, fold.origin)
    return accounting.alone(dataset.capped_set(data, max_rows, recipe.seed), snapshots.lines, recipe)


def judged_on(snapshots: Snapshots, origin: date, recipe: Recipe, as_of: date) -> Dataset:
    """Clients at risk on the origin, with what became of them without a visit by a list, as known on `as_of`."""
    data = dataset.build([snapshots.whole(origin)], snapshots.book, recipe, as_of)
    return accounting.alone(data, snapshots.lines, recipe)


def replay(
    snapshots: Snapshots,
    fold: Fold,
    recipe: Recipe,
    as_of: date,
    candidates: tuple[str, ...],
    others: Mapping[str, Learning] | None = None,
    threads: int = 2,
) -> Replay:
    """Train on a fold as if it were its origin and foretell that day's clients.

    Parameters
    ----------
    as_of
        The day outcomes are judged by.
    candidates
        Figures the rule of thumb may choose from.
    others
        Further ways of learning, scored on the same rows under their name.

    Raises
    ------
    DataError
        Nobody left, in training or on the day judged.
    """
    training = learnt_on(snapshots, fold, recipe, recipe.backtest.max_rows)
    test = judged_on(snapshots, fold.origin, recipe, as_of)
    left = test.rows.choice[:, test.rows.at(recipe.horizon)]
    if not left.any() or left.all():
        raise DataError(
            f"{int(left.sum())} of {len(left)} clients at risk on {fold.origin} left by choice within {recipe.horizon} "
            "days; a backtest needs some who left and some who stayed. Check the exit rule and the loans' closing dates"
        )
    model = calibrated(training.rows, recipe, threads, whole=False)
    X = test.rows.X
    scores: dict[str, Floats] = {MODEL: model.margin(X, threads=threads)}
    risks: dict[str, Floats] = {MODEL: model.risk(X, threads=threads)}
    place = training.rows.at(recipe.horizon)
    known = training.rows.take(training.rows.matured[:, place])
    plain = PlainLightGBM(seed=recipe.seed, threads=threads).fit(known.X, known.choice[:, place])
    few = dataset.capped(known, SIMPLE_ROWS, recipe.seed)
    rule = RuleOfThumb(candidates).fit(few.X, few.choice[:, place])
    card = Scorecard().fit(few.X, few.choice[:, place])
    scores |= {RULE: rule.score(X), SCORECARD: card.score(X), PLAIN: plain.score(X)}
    risks |= {SCORECARD: card.probability(X), PLAIN: plain.probability(X)}
    for name, learning in (others or {}).items():
        rival = fitted(training.rows, recipe, learning, threads, whole=False)
        scores[name] = rival.margin(X, threads=threads)
        risks[name] = rival.risk(X, threads=threads)
    return Replay(
        fold=fold,
        rows=test.rows,
        about=test.about,
        scores=scores,
        risks=risks,
        rule=rule.chosen,
        trained_on=accounting.counts(training),
        model=model,
    )


def ordered(replays: list[Replay]) -> list[Replay]:
    """Replays by origin, rising."""
    return [replays[place] for place in np.argsort([r.origin.toordinal() for r in replays], kind="stable")]
