"""A search for better trees under a budget, on data from before every day the model is judged on."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import optuna

from features.errors import RecipeError, TooShortHistory
from models.boosting import Boosting
from models.learning import kept
from models.rows import Rows
from training.metrics import auc
from training.recipe import Recipe
from training.replay import fitted

Progress = Callable[[str, int, int], None]

#: Share of dates, the newest, on which settings are compared.
_NEWEST = 0.25


def tuned(rows: Rows, recipe: Recipe, progress: Progress | None = None, threads: int = 2) -> Recipe:
    """The recipe with the settings that ranked unseen clients best on the newest dates.

    Settings are fitted on one half of the clients on the older dates, and compared by AUC on the other half on the
    newest ones. The recipe's own settings are the first trial, so the search never does worse on these rows.

    Parameters
    ----------
    rows
        Training rows of the oldest fold: nothing in them was known later than its origin.

    Raises
    ------
    RecipeError
        The trials would plainly take longer than the recipe allows.
    """
    budget = recipe.tuning
    if not budget.trials:
        return recipe
    learner, judge = _halves(rows, recipe)
    left = judge.choice[:, judge.at(recipe.horizon)]
    started = time.monotonic()

    def objective(trial: optuna.Trial) -> float:
        learning = replace(recipe.learning, boosting=_suggested(trial, recipe.learning.boosting))
        found = auc(left, fitted(learner, recipe, learning, threads, whole=False).margin(judge.X, threads=threads))
        spent = time.monotonic() - started
        if trial.number == 0 and spent * budget.trials > budget.seconds:
            raise RecipeError(
                f"tuning.trials={budget.trials} would take about {spent * budget.trials:.0f} seconds, and "
                f"tuning.seconds={budget.seconds}; lower the one or raise the other"
            )
        if progress is not None:
            progress("tune", trial.number + 1, budget.trials)
        return found

    told = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.ERROR)
    try:
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=recipe.seed))
        study.enqueue_trial(_as_trial(recipe.learning.boosting), skip_if_exists=False)
        study.optimize(objective, n_trials=budget.trials)
    finally:
        optuna.logging.set_verbosity(told)
    best = _suggested(optuna.trial.FixedTrial(study.best_params), recipe.learning.boosting)
    return replace(recipe, learning=replace(recipe.learning, boosting=best))


def _suggested(trial: optuna.Trial | optuna.trial.FixedTrial, given: Boosting) -> Boosting:
    return replace(
        given,
        rounds=trial.suggest_int("rounds", 50, 800),
        learning_rate=trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
        leaves=trial.suggest_int("leaves", 3, 31),
        depth=trial.suggest_int("depth", 2, 6),
        min_rows=trial.suggest_int("min_rows", 10, 1000, log=True),
        feature_share=trial.suggest_float("feature_share", 0.1, 1.0),
        row_share=trial.suggest_float("row_share", 0.3, 1.0),
        l2=trial.suggest_float("l2", 0.1, 200.0, log=True),
    )


def _as_trial(given: Boosting) -> dict[str, int | float]:
    """The recipe's settings, drawn into the space that is searched."""
    return {
        "rounds": min(max(given.rounds, 50), 800),
        "learning_rate": min(max(given.learning_rate, 0.01), 0.2),
        "leaves": min(max(given.leaves, 3), 31),
        "depth": min(max(given.depth, 2), 6),
        "min_rows": min(max(given.min_rows, 10), 1000),
        "feature_share": max(given.feature_share, 0.1),
        "row_share": max(given.row_share, 0.3),
        "l2": min(max(given.l2, 0.1), 200.0),
    }


def _halves(rows: Rows, recipe: Recipe) -> tuple[Rows, Rows]:
    known = rows.matured[:, rows.at(recipe.horizon)]
    days = np.unique(rows.day[known])
    if len(days) < 2:
        raise TooShortHistory(
            "settings cannot be compared on a single date; supply older data, or leave tuning out of the recipe"
        )
    edge = days[-max(1, round(_NEWEST * len(days)))]
    half = kept(rows.client_id, 0.5, f"tune{recipe.seed}")
    return rows.take(half & (rows.day < edge)), rows.take(~half & known & (rows.day >= edge))
