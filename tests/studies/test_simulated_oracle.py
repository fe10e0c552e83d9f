"""How near the model comes to the best that could be known, on a simulated MFI whose truth is written down."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings, simulate, true_driver_ranking
from features.snapshot import snapshot
from models.card import NAMES
from models.card import SCOPES as TITLES
from models.explanation import by_driver
from tests.studies import results
from training import metrics
from training.measuring import ALL, DECIDES, REACH, within
from training.recipe import Recipe
from training.replay import MODEL, PLAIN, RULE, SCORECARD, Replay
from training.run import train

pytestmark = [pytest.mark.study, pytest.mark.timeout(3600)]

SETTINGS = SimulationSettings(clients=50_000, weeks=156, seed=31, truth_every_weeks=2)


def beside_the_truth(replay: Replay, truth: pd.DataFrame, recipe: Recipe, scope: str) -> tuple[float, float]:
    """AUC of the model and of the true probability on the rows of one fold."""
    horizon = recipe.horizon
    here = truth[truth["as_of"] == pd.Timestamp(replay.origin)].set_index("client_id")[f"risk_{horizon}d"]
    true = here.reindex(pd.Index(replay.rows.client_id)).to_numpy(dtype=float)
    # A closing entered late leaves a few clients at risk in the book who, in truth, are gone already.
    chosen = within(replay, scope, recipe) & np.isfinite(true)
    left = replay.left(horizon)[chosen]
    return metrics.auc(left, replay.scores[MODEL][chosen]), metrics.auc(left, true[chosen])


def test_the_model_comes_near_the_best_that_could_be_known(tmp_path: Path) -> None:
    began = time.monotonic()
    simulate(tmp_path / "mfi", SETTINGS)
    simulated = time.monotonic() - began
    book = open_book(tmp_path / "mfi")
    recipe = Recipe()
    run = train(book, SETTINGS.end_on, recipe, tmp_path / "home")
    took = time.monotonic() - began - simulated
    truth = pd.read_parquet(tmp_path / "mfi" / "truth" / "client_dates.parquet")
    truth["as_of"] = pd.to_datetime(truth["as_of"])
    shares, rows = {}, []
    for scope in (ALL, REACH, DECIDES):
        pairs = [beside_the_truth(replay, truth, recipe, scope) for replay in run.evaluation.replays]
        model, oracle = (float(np.mean(side)) for side in zip(*pairs, strict=True))
        shares[scope] = (model - 0.5) / (oracle - 0.5)
        rows.append([scope, f"{model:.4f}", f"{oracle:.4f}", f"{shares[scope]:.3f}"])
    pooled = run.evaluation.pooled
    with book.known(SETTINGS.end_on) as known:
        importance = by_driver(run.model, snapshot(known, recipe.exit).table).importance()
    true = [code for code, _ in true_driver_ranking(tmp_path / "mfi")]
    measured = [
        "auc",
        "average_precision",
        "precision_at_capacity",
        "recall_at_capacity",
        "lift_at_capacity",
        "calibration_error",
    ]
    body = [
        f"`make studies`, {SETTINGS.clients:,} clients and {SETTINGS.weeks} weeks, default recipe, "
        f"{len(run.evaluation.replays)} dates the model had not seen. Simulated in {simulated:.0f} s; checked, "
        f"replayed, trained and recorded in {took:.0f} s.",
        results.table(["at risk", "model AUC", "oracle AUC", "share of the oracle's (AUC - 0.5)"], rows),
        *(
            results.table(
                [TITLES[scope], *measured],
                [
                    [NAMES[name], *(str(values[measure]) if measure in values else "" for measure in measured)]
                    for name, values in pooled[scope].items()
                ],
            )
            for scope in (ALL, REACH, DECIDES)
        ),
        f"True drivers, strongest first: {', '.join(true[:7])}. The model's, by mean absolute SHAP value: "
        f"{', '.join(importance.index[:9])}.",
    ]
    results.write("simulated", "Simulated MFI, beside the best that could be known", "\n\n".join(body))

    assert shares[ALL] >= 0.97
    assert shares[DECIDES] >= 0.80
    assert pooled[ALL][MODEL]["calibration_error"].value < 0.02
    for scope in (ALL, REACH):
        for rival in (RULE, SCORECARD):
            precision = [pooled[scope][name]["precision_at_capacity"] for name in (MODEL, rival)]
            assert precision[0].low > precision[1].high
        assert run.evaluation.gains[scope][PLAIN]["precision_at_capacity"].value >= 0
    assert set(true[:5]) <= set(importance.index[:7])
