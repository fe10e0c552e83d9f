"""The back-test of each model, kept for pages beside the models: by date, and whether chances came true.

Counts and rates, never a client; MLflow holds the whole of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from features.errors import NoModel, StorageError
from features.intervals import wilson
from training import promotion
from training.drivers.shares import hidden
from training.evaluate import Evaluation
from training.measuring import ALL, REACH, within
from training.metrics import Figure, Reliability
from training.profit_by_share import SHARES, profit_by_share
from training.replay import MODEL, RULE, SCORECARD

FOLDER = "backtests"
#: Whose order of clients is told by date.
SHOWN = (MODEL, SCORECARD, RULE)

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Backtest:
    """A back-test as it is kept.

    Parameters
    ----------
    horizon
        Days within which somebody left or stayed.
    dates
        One for each date the past was replayed from: origin, clients, left, and of the model and the simple ones the
        share of pairs put in the right order (AUC), each with value, low and high.
    shares
        Ten equal shares of the clients by the chance foretold: foretold, came (share that left), low, high, clients;
        None where they are too few to be shown.
    lists
        Of the clients the lists would have held: precision (value, low, high: share that left); per_officer; and
        everybody, the share that left of all whom a list could have held.
    profit
        What contacts would have earned for each client within reach of one: settings; best (value, low, high: expected
        maximum profit) with its best_share; listed, the share on the lists of a week; and earned, one entry for each
        share contacted. Empty where it could not be measured.
    """

    horizon: int
    dates: tuple[Plain, ...]
    shares: tuple[Plain, ...]
    lists: Plain
    profit: Plain = field(default_factory=dict)


def backtest_of(evaluation: Evaluation) -> Backtest:
    """What is kept of an evaluation."""
    recipe = evaluation.recipe
    left = [r.left(recipe.horizon) for r in evaluation.replays]
    reach = [within(r, REACH, recipe) for r in evaluation.replays]
    dates = tuple(
        {
            "origin": r.origin.isoformat(),
            "clients": len(r.rows),
            "left": int(gone.sum()),
            **{name: _figure(evaluation.by_fold[r.origin][ALL][name]["auc"]) for name in SHOWN},
        }
        for r, gone in zip(evaluation.replays, left, strict=True)
    )
    every = np.concatenate(left)
    foretold, came, clients = Reliability(every, np.concatenate([r.risks[MODEL] for r in evaluation.replays])).bins()
    few = hidden(clients.astype(np.int64))
    shares = tuple(
        _share(float(foretold[n]), float(came[n]), float(clients[n]), shown=not few[n]) for n in range(len(clients))
    )
    can_help = np.concatenate([gone[which] for gone, which in zip(left, reach, strict=True)])
    lists = {
        "precision": _figure(evaluation.pooled[REACH][MODEL]["precision_at_capacity"]),
        "per_officer": recipe.capacity.per_officer,
        "everybody": _number(float(can_help.mean())) if len(can_help) else None,
    }
    return Backtest(recipe.horizon, dates, shares, lists, _profit(evaluation))


def keep(home: Path, model: str, backtest: Backtest) -> Path:
    """Keep the back-test of a model by its hash.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    file = home / FOLDER / f"{model}.json"
    half = file.with_suffix(".half")
    try:
        file.parent.mkdir(0o700, parents=True, exist_ok=True)
        half.write_text(json.dumps(vars(backtest), sort_keys=True, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        half.replace(file)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise StorageError(
            f"{FOLDER}/{file.name} could not be written ({error.strerror}). Make room and train again."
        ) from error
    return file


def of_champion(home: Path) -> Backtest | None:
    """The back-test of the model in use; None where there is no model, or an older version trained it.

    Raises
    ------
    StorageError
        It cannot be read.
    """
    try:
        file = home / FOLDER / f"{promotion.champion(home)}.json"
    except NoModel:
        return None
    if not file.exists():
        return None
    try:
        found = json.loads(file.read_bytes())
        # Older versions kept no profit.
        kept = (tuple(found["dates"]), tuple(found["shares"]), dict(found["lists"]), dict(found.get("profit", {})))
        return Backtest(int(found["horizon"]), *kept)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{FOLDER}/{file.name} cannot be read; train again with `exitwatch train`") from error


def _profit(evaluation: Evaluation) -> Plain:
    found = profit_by_share(evaluation)
    if found is None:
        return {}
    return {
        "settings": dict(found.settings),
        "best": _figure(found.best),
        "best_share": _number(found.best_share),
        "listed": _number(found.listed),
        "earned": [
            {"share": share, **{name: _number(found.earned[name][place]) for name in SHOWN}}
            for place, share in enumerate(SHARES)
        ],
    }


def _share(foretold: float, came: float, clients: float, *, shown: bool) -> Plain:
    if not shown:
        return dict.fromkeys(("foretold", "came", "low", "high", "clients"))
    low, high = wilson(came * clients, clients)
    figures = {"foretold": foretold, "came": came, "low": low, "high": high, "clients": clients}
    return {name: _number(value) for name, value in figures.items()}


def _figure(found: Figure) -> Plain:
    return {"value": _number(found.value), "low": _number(found.low), "high": _number(found.high)}


def _number(value: float) -> float | None:
    return round(value, 6) if np.isfinite(value) else None
