"""Reads LightGBM texts in a process of its own, so that one that kills its reader kills nobody else.

Run as ``python -m models.probe`` with one JSON object on standard input: the texts by name and, for each, rows to
predict. Answers with the margins by name.
"""

import json
import sys


def main() -> int:
    """Predict what standard input asks for; the exit code is 0 only if every text could be read."""
    # Without these two LightGBM starts four times faster, and prediction on plain arrays does not need them.
    sys.modules["sklearn"] = sys.modules["pandas"] = None  # type: ignore[assignment]
    import lightgbm as lgb
    import numpy as np

    asked = json.load(sys.stdin)
    answer = {}
    for name, (text, rows) in asked.items():
        booster = lgb.Booster(model_str=text, params={"verbosity": -1})
        values = np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=np.float64)
        answer[name] = np.asarray(booster.predict(values, raw_score=True, num_threads=1)).tolist()
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
