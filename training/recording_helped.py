"""What learning who is helped leaves in MLflow: what was asked, the answer, what it rests on, the bundle."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models import uplift_store
from training.helped import Learnt
from training.metrics import Figure
from training.plain_values import finite
from training.promotion import MODELS
from training.tracking import Tracker

#: Tag that tells these runs from those of a model of risk.
QUESTION = "who is helped"
_FIGURES = ("gain", "by_benefit", "by_risk")


def recorded(home: Path, learnt: Learnt, asked: Mapping[str, Any], tags: Mapping[str, str]) -> Path:
    """Store a model of who is helped, and log the run that made it.

    Parameters
    ----------
    home
        The working folder; the bundle stands in ``models``.
    asked
        Plain values that the answer depends on, such as the horizon.
    tags
        book, data_digest and as_of.

    Returns
    -------
    The folder of the bundle, whose name is its hash.

    Raises
    ------
    StorageError
        The database or a folder cannot be written.
    """
    bundle = uplift_store.save_under(learnt.model, home / MODELS)
    plain = learnt.as_dict()
    all_tags = {
        **tags,
        "mlflow.source.name": "exitwatch uplift learn",
        "question": QUESTION,
        "model_hash": bundle.name,
        "learner": plain["learner"],
        "replaces": "yes" if plain["replaces"] else "no",
        "verdict": plain["sentence"],
    }
    name = f"{tags['book']} {tags['as_of']}, {QUESTION}"
    recipe = {**asked, "learner": plain["learner"], "features": list(learnt.model.features)}
    with Tracker(home).run(name, recipe, tags=all_tags) as run:
        run.metrics({name: float(plain[name]) for name in ("lines", "held_out", "average", "replaces")})
        figures: dict[str, Figure | None] = {name: getattr(learnt.verdict, name) for name in _FIGURES}
        run.figures({name: figure for name, figure in figures.items() if figure is not None})
        run.metrics(
            {
                f"evidence/{one.learner.value}/{name}": float(getattr(one, name))
                for one in learnt.evidence
                for name in ("auuc", "error", "behind", "behind_error")
            }
        )
        run.document("verdict.json", finite({**plain, "evidence": [asdict(one) for one in learnt.evidence]}))
        run.folder(bundle, "bundle")
        run.describe(_headline(learnt))
    return bundle


def _headline(learnt: Learnt) -> str:
    """Markdown for the top of the run's page."""
    if not learnt.evidence:
        return str(learnt)
    rows = [
        f"| {one.learner.value} | {one.auuc:+.4f} | {one.error:.4f} | {one.behind:.4f} | {one.behind_error:.4f} |"
        for one in learnt.evidence
    ]
    heads = "| learnt by | kept per client beyond a random order | standard error | behind the best | standard error |"
    return "\n".join([str(learnt), "", heads, "|---|---|---|---|---|", *rows])
