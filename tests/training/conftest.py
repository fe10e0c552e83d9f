"""A small backtest made by hand, so that what is recorded of one can be tested without a book."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from models import exit_risk
from models.boosting import Boosting
from models.exit_risk import ExitModel
from models.learning import Learning
from models.rows import Rows
from training.dataset import Day
from training.evaluate import Evaluation, measured
from training.recipe import Recipe, recipe_of
from training.replay import Replay
from training.splits import Fold

FEATURES = ("days_since_contact", "late_share_182d", "loans_taken", "days_to_loan_end")


@dataclass(frozen=True)
class Made:
    """A backtest, its final model, and clients at risk on the day it was trained as of."""

    evaluation: Evaluation
    model: ExitModel
    now: Day


def made_rows(seed: int, n: int = 900) -> Rows:
    draw = np.random.default_rng(seed)
    X = pd.DataFrame(draw.normal(size=(n, len(FEATURES))), columns=list(FEATURES))
    X.loc[draw.random(n) < 0.2, "late_share_182d"] = np.nan
    lean = X["days_since_contact"] + X["late_share_182d"].fillna(0.3) - 0.5 * X["loans_taken"]
    choice = np.column_stack([lean + draw.normal(size=n) > bar for bar in (2.5, 1.0)])
    return Rows(
        X=X,
        client_id=np.array([f"client-{i:05d}" for i in range(n)], dtype=object),
        day=np.full(n, 738000 + seed, dtype=np.int64),
        horizons=(28, 91),
        choice=choice,
        forced=~choice & (draw.random((n, 1)) < 0.1),
        decides=draw.random(choice.shape) < 0.6,
        matured=np.ones_like(choice),
        weight=np.ones(n),
    )


def made_replay(seed: int, origin: date, model: ExitModel) -> Replay:
    rows = made_rows(seed)
    n = len(rows)
    noise = np.random.default_rng(seed).normal(size=n)
    margin = model.margin(rows.X)
    return Replay(
        fold=Fold(origin, (date(2023, 1, 1),)),
        rows=rows,
        about=pd.DataFrame(
            {
                "officer_id": [f"officer-{i % 9}" for i in range(n)],
                "state": ["open" if i % 3 else "resting" for i in range(n)],
                "rest_days": [np.nan if i % 3 else float(i % 60) for i in range(n)],
                "cycle": ["1" if i % 2 else "2 to 3" for i in range(n)],
                "product": "group",
                "tenure": "first year",
            }
        ),
        scores={
            "model": margin,
            "rule_of_thumb": rows.X["days_since_contact"].round().to_numpy(),
            "scorecard": margin + noise,
            "plain_lightgbm": margin + 0.2 * noise,
        },
        risks={
            "model": model.risk(rows.X),
            "scorecard": model.risk(rows.X) * 0.5,
            "plain_lightgbm": model.risk(rows.X),
        },
        rule="days_since_contact",
        trained_on={"rows": n, "clients": n, "left": int(rows.choice[:, 1].sum())},
        model=model,
    )


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return recipe_of({"horizons": [28, 91], "horizon": 91, "backtest": {"folds": 2, "resamples": 20}})


@pytest.fixture(scope="session")
def made(recipe: Recipe) -> Made:
    small = Learning(boosting=Boosting(rounds=12, leaves=6, depth=4, min_rows=30))
    definition = recipe.as_dict()["exit"]
    model = exit_risk.fit(made_rows(1), small, 91, 3, definition=definition, recipe=recipe.as_dict(), threads=1)
    replays = [made_replay(2, date(2023, 7, 1), model), made_replay(3, date(2023, 10, 1), model)]
    clients = made_rows(4)
    nothing = pd.DataFrame({"client_id": clients.client_id})
    return Made(measured(replays, recipe), model, Day(date(2024, 1, 1), clients.X, nothing, nothing))
