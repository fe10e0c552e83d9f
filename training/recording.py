"""What a training run leaves in MLflow: measures by fold and over all, pictures, the model card, the bundle."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from features.drivers import DRIVERS
from models import card
from models.exit_risk import ExitModel
from models.explanation import NotExplained, by_driver, contributions
from training import accounting, metrics, plots, provenance
from training.evaluate import Evaluation
from training.measuring import ALL, DECIDES, REACH, SCOPES, Measures, within
from training.plots import Labelled
from training.profit_by_share import SHARES, ProfitByShare, profit_by_share
from training.recipe import Recipe
from training.replay import BASELINES, MODEL, Replay
from training.tracking import Run

if TYPE_CHECKING:
    from training.checks import Finding
    from training.dataset import Day

_SAMPLE = 5000  # clients behind the pictures of contributions
_WHERE = {
    ALL: "over all at risk",
    REACH: "over those within reach of a visit",
    DECIDES: "where a decision falls inside the horizon",
}


def record(
    run: Run,
    model: ExitModel,
    evaluation: Evaluation,
    findings: "Sequence[Finding]",
    now: "Day",
    tags: Mapping[str, str],
    counts: Mapping[str, int | float] | None = None,
    fairness: str | None = None,
) -> None:
    """Log the backtest, its folds and pictures, the findings, what the model goes by, and its card.

    Parameters
    ----------
    model
        The final model.
    findings
        Of the coded checks.
    now
        Clients at risk on the day the model was trained as of; explained in the pictures, and nobody is named.
    tags
        model_hash, book, data_digest, as_of.
    counts
        Of the rows the model was fitted on (`training.accounting.counts`).
    fairness
        What the fairness report found, as Markdown; None where it was not measured.
    """
    for one in evaluation.replays:
        name = one.origin.isoformat()
        with run.fold(name, {"origin": name, "rule_of_thumb": one.rule, **one.trained_on}) as fold:
            for scope in SCOPES:
                _log(fold, scope, evaluation.by_fold[one.origin][scope], evaluation.fold_gains[one.origin][scope])
    for scope in SCOPES:
        _log(run, scope, evaluation.pooled[scope], evaluation.gains[scope])
    run.metrics({f"learnt/{name}": float(value) for name, value in (counts or {}).items()})
    run.document("evaluation.json", evaluation.as_dict())
    earned = profit_by_share(evaluation)
    if earned is not None:
        run.metrics({f"{REACH}/best_share_to_contact": earned.best_share, f"{REACH}/listed_share": earned.listed})
        run.drawing("profit_by_share", plots.profit(SHARES, earned.earned, earned.best, earned.best_share))
    run.document("checks.json", [{"title": one.title, **vars(one)} for one in findings])
    for name, drawing in pictures(evaluation).items():
        run.drawing(name, drawing)
    facts = card.Facts(
        model_hash=tags["model_hash"],
        manifest={"model": model.manifest(), "libraries": provenance.library_versions()},
        as_of=date.fromisoformat(tags["as_of"]),
        book=tags["book"],
        data_digest=tags["data_digest"],
        evaluation=evaluation.as_dict(),
        importance=_explained(run, model, now.X),
        code=run.tags("code."),
        findings=[str(one) for one in findings],
        fairness=fairness,
        visits=accounting.in_words(counts or {}),
    )
    run.text("model_card.md", card.card(facts))
    run.describe(headline(evaluation, earned))


def headline(evaluation: Evaluation, earned: ProfitByShare | None = None) -> str:
    """The measures over all folds as Markdown, for the top of MLflow's page, whose first lines alone are unfolded."""
    plain = evaluation.as_dict()
    found, gains = plain["pooled"], plain["gains"][ALL]
    beside = ", ".join(
        f"{card.figure(gain['auc'])} above the {card.NAMES.get(name, name)}" for name, gain in gains.items()
    )
    best, listed = found[ALL][MODEL], found[REACH][MODEL]
    first = (
        f"**AUC {card.figure(best['auc'])}**: {beside}. Precision of the lists "
        f"{card.figure(listed['precision_at_capacity'])}, calibration error {card.figure(best['calibration_error'])}. "
        f"Replayed on {', '.join(plain['origins'])}; 95 % intervals."
    )
    if earned is not None:
        first += (
            f" Expected maximum profit {card.figure(listed['expected_maximum_profit'])} for each client within reach, "
            f"with {earned.best_share:.0%} contacted; the lists hold {earned.listed:.1%} in a week."
        )
    tables = [f"**{title}**\n\n{card.measures(found[scope])}" for scope, title in card.SCOPES.items() if scope in found]
    return "\n\n".join([first, *tables])


def pictures(evaluation: Evaluation) -> dict[str, Drawing]:
    """Calibration, gains at capacity, the model beside its baselines, measures by segment."""
    recipe = evaluation.recipe
    left = np.concatenate([r.left(recipe.horizon) for r in evaluation.replays])
    risk = np.concatenate([r.risks[MODEL] for r in evaluation.replays])
    found = {"calibration": plots.calibration(left, risk, recipe.horizon), "gains_at_capacity": _gains(evaluation)}
    for scope in SCOPES:
        found[f"beside_baselines_{scope}"] = _beside(evaluation, scope)
    segments = [Labelled(f"{one.by}: {one.value}", one.auc, f"{one.clients:,}") for one in evaluation.segments]
    found["auc_by_segment"] = plots.by_segment(segments, "AUC", evaluation.pooled[ALL][MODEL]["auc"].value)
    return found


def _explained(run: Run, model: ExitModel, sample: pd.DataFrame) -> dict[str, float]:
    X = sample.iloc[np.linspace(0, len(sample) - 1, min(len(sample), _SAMPLE)).astype(int)]
    try:
        importance = by_driver(model, X).importance()
        values, _ = contributions(model, X)
    except NotExplained as error:
        run.tag("explanation", str(error))
        return {}
    run.drawing("importance_by_driver", plots.importance(importance, {code: d.name for code, d in DRIVERS.items()}))
    run.drawing("shap_summary", plots.summary(values, X))
    mean = np.abs(values).mean().sort_values(ascending=False, kind="stable")
    run.document("importance.json", {str(name): round(float(value), 6) for name, value in mean.items()})
    plain = {str(code): float(value) for code, value in importance.items()}
    run.metrics({f"importance/{code}": value for code, value in plain.items()})
    return plain


def _log(run: Run, scope: str, found: Mapping[str, Measures], gains: Mapping[str, Measures]) -> None:
    """Measures of the model (``all/auc``), of baselines (``all/scorecard/auc``), and gains (``all/gain_over_...``)."""
    for name, measures in found.items():
        run.figures(measures, f"{scope}/" if name == MODEL else f"{scope}/{name}/")
    for name, measures in gains.items():
        run.figures(measures, f"{scope}/gain_over_{name}/")


def _gains(evaluation: Evaluation) -> Drawing:
    size = evaluation.recipe.capacity
    longest = 3 * size.per_officer
    reached: dict[str, list[float]] = {}
    for name in (MODEL, *BASELINES):
        reached[name] = []
        for length in range(1, longest + 1):
            share = size.share * length / size.per_officer
            shares = [_recall(r, name, length, share, evaluation.recipe) for r in evaluation.replays]
            reached[name].append(float(np.mean(shares)))
    return plots.gains(reached, size.per_officer)


def _recall(replayed: Replay, name: str, length: int, share: float, recipe: Recipe) -> float:
    reach = within(replayed, REACH, recipe)
    officer = replayed.about["officer_id"].to_numpy(dtype=object)[reach]
    chance = metrics.listed(replayed.scores[name][reach], officer, length, min(share, 1.0))
    return metrics.at_capacity(replayed.left(recipe.horizon)[reach], chance)["recall_at_capacity"]


def _beside(evaluation: Evaluation, scope: str) -> Drawing:
    found = evaluation.pooled[scope]
    shown = [Labelled(card.NAMES[name], found[name]["auc"]) for name in (MODEL, *BASELINES)]
    nearest = max(BASELINES, key=lambda name: found[name]["auc"].value)
    gain = evaluation.gains[scope][nearest]["auc"]
    how = "above" if gain.value >= 0 else "below"
    where = _WHERE[scope]
    size = f"{abs(gain.value):.3f} [{gain.low:.3f}, {gain.high:.3f}]"
    return plots.comparison(shown, "AUC", f"The model's AUC lies {size} {how} the {card.NAMES[nearest]} {where}")
