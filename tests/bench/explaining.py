"""Exact contributions in batch: ours beside `shap.TreeExplainer`, same model, same rows."""

import time
from typing import Any


def explained(bundle: str, folder: str, as_of: str, rows: int) -> dict[str, Any]:
    """Contributions of every feature for the same rows, once by each.

    Raises
    ------
    AssertionError
        They differ by more than what single precision leaves.
    """
    import lightgbm
    import numpy as np
    import shap
    from scoring import features_of, loaded

    from models.explanation import TOLERANCE, contributions

    model = loaded(bundle)
    X = features_of(folder, as_of).iloc[:rows]
    assert model.explained is not None
    began, worked = time.perf_counter(), time.process_time()
    ours, base = contributions(model, X)
    took, cpu = time.perf_counter() - began, time.process_time() - worked
    began = time.perf_counter()
    contributions(model, X)
    again = time.perf_counter() - began
    began, worked = time.perf_counter(), time.process_time()
    explainer = shap.TreeExplainer(lightgbm.Booster(model_str=model.explained.text))
    prepared = time.perf_counter() - began
    theirs = np.asarray(explainer.shap_values(X))
    their_time, their_cpu = time.perf_counter() - began, time.process_time() - worked
    largest = float(np.abs(ours.to_numpy() - theirs).max())
    assert largest <= TOLERANCE, largest
    miss = float(np.abs(ours.sum(axis=1) + base - model.margin(X)).max())
    return {
        "rows": len(X),
        "trees": model.explained.text.count("Tree="),
        "features": X.shape[1],
        "ours": {"seconds": took, "cpu_seconds": cpu, "again": again},
        "theirs": {"seconds": their_time, "cpu_seconds": their_cpu, "prepared": prepared},
        "largest": largest,
        "miss": miss,
        "version": shap.__version__,
    }
