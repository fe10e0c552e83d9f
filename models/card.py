"""The model card: what a model is for and is not, what it learnt from, and how well it does, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from features.drivers import DRIVERS

MODEL = "model"
MEASURES: Mapping[str, str] = {
    "auc": "AUC",
    "average_precision": "Average precision",
    "precision_at_capacity": "Precision at capacity",
    "recall_at_capacity": "Recall at capacity",
    "lift_at_capacity": "Lift at capacity",
    "expected_maximum_profit": "Expected maximum profit per client",
    "brier": "Brier score",
    "calibration_error": "Calibration error",
}
SCOPES: Mapping[str, str] = {
    "all": "All clients at risk",
    "reach": "Clients within reach of a visit: a loan is open or has just ended",
    "decides": "Clients with a decision point inside the horizon (the hard half)",
}
NAMES: Mapping[str, str] = {
    "model": "this model",
    "rule_of_thumb": "rule of thumb",
    "scorecard": "scorecard",
    "plain_lightgbm": "plain LightGBM",
    "champion": "model in use",
}
NOT_MEASURED = "not measured"

_PURPOSE = (
    "It ranks clients of a microfinance institution by how likely they are to leave by choice, so that officers visit "
    "those first who can be kept by listening, and says what in the data speaks for it."
)
_MUST_NOT = (
    "To decide on credit: not to refuse, cut, price or collect a loan. Scores are walled off from credit decisions.",
    "To worsen any client's terms, or to press a client into a new loan.",
    "To judge, pay or rank officers.",
    "On clients of another institution, or on a book whose exit rule differs from the one below.",
    "To send anything to a client without a person deciding it.",
)
_LIMITS = (
    "Reasons are associations in the data, not causes; what makes a client leave is asked in the exit interview.",
    "Causes that leave no trace in loans and contacts (illness, family, a move, another lender) are not seen.",
    "What was entered late or never is not known to the model either; a missing table makes its drivers silent.",
    "The past is replayed: a new product, policy or crisis changes what figures mean, and monitoring has to notice it.",
)
_VISITED = (
    "Who was visited in the past left less often for that reason; the model cannot tell such clients from loyal ones."
)


@dataclass(frozen=True)
class Facts:
    """What the card is written from; counts and measures, never a client.

    Parameters
    ----------
    model_hash
        Hash of the bundle.
    manifest
        The bundle's manifest (`store.describe`).
    as_of, book, data_digest
        The cut-off of the data, what the book is called, and its digest.
    evaluation
        Plain values of a backtest (`Evaluation.as_dict`).
    importance
        Driver code to mean absolute contribution in log-odds, strongest first.
    code
        Versions of the code.
    findings
        What the coded checks found, with the recipe's reasons.
    fairness
        What the fairness report found, as Markdown; None where it was not measured.
    visits
        How visits by lists were taken account of; empty where they were not.
    """

    model_hash: str
    manifest: Mapping[str, Any]
    as_of: date
    book: str
    data_digest: str
    evaluation: Mapping[str, Any]
    importance: Mapping[str, float] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[str] = ()
    fairness: str | None = None
    visits: Sequence[str] = ()


def card(facts: Facts) -> str:
    """The model card in Markdown. The same facts give the same text."""
    model, found = facts.manifest["model"], facts.evaluation
    origins = ", ".join(found["origins"])
    parts = [
        f"# Model card: exit risk, {facts.model_hash[:12]}",
        _PURPOSE,
        "## It must not be used\n\n" + _bullets(_MUST_NOT),
        "## Data\n\n" + _bullets(_data(facts)),
        "## What counts as leaving\n\n" + definition_in_words(model["definition"]),
        f"The risk is the probability of leaving by choice within {model['horizon']} days; the curve is given by "
        f"{', '.join(map(str, model['trained']))} days. Being written off or pushed out is told apart.",
        f"## How well it does\n\nReplayed on {origins or 'no date'}: each time a model was trained on what was known "
        f"then and judged on what came. {len(found['origins'])} of {found['asked_folds']} dates the recipe asks for. "
        "Intervals are 95 %, by bootstrap over clients.",
        *(
            f"### {title}\n\n{measures(found['pooled'][scope])}"
            for scope, title in SCOPES.items()
            if _any(found, scope)
        ),
        *(
            f"### Gain over the baselines: {title.lower()}\n\n{measures(found['gains'][scope])}"
            for scope, title in SCOPES.items()
            if scope in found["gains"]
        ),
        "## Calibration\n\n" + _calibration(found),
        "## Parts of the clients\n\n" + _segments(found["segments"]),
        "## What it goes by\n\n" + _drivers(facts.importance),
        "## Fairness\n\n"
        + (facts.fairness or f"{NOT_MEASURED.capitalize()}. Sex, age, poverty band and language are never inputs."),
        "## Known limits\n\n"
        + _bullets(
            [*_LIMITS, *(facts.visits or (_VISITED,)), *(f"Finding of a check: {one}" for one in facts.findings)]
        ),
        "## Where it comes from\n\n" + _bullets(_origin(facts)),
    ]
    return "\n\n".join(parts) + "\n"


def definition_in_words(definition: Mapping[str, Any]) -> str:
    """The exit definition as a sentence.

    >>> definition_in_words({"rule": "dormancy", "active_days": 28})
    'A client who took a loan in the last 28 days and takes no new one within the horizon counts as having left.'
    """
    if definition.get("rule") == "dormancy":
        return (
            f"A client who took a loan in the last {definition['active_days']} days and takes no new one within the "
            "horizon counts as having left."
        )
    saver = " A client who still saves counts as retained." if definition.get("savers_stay") else ""
    lag = definition.get("closing_lag_days") or 0
    late = f" Closings are entered up to {lag} days late, and outcomes wait for them." if lag else ""
    return (
        "A client whose last open loan ends is at a decision point. Without a new loan within "
        f"{definition.get('grace_days', '?')} days she counts as having left, on the day the loan ended.{saver}{late} "
        "Death, a transfer and merged records are not exits."
    )


def measures(found: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    """A table of measures, one column for the model and each baseline, each figure with its interval."""
    names = list(found)
    head = ["Measure", *(NAMES.get(name, name) for name in names)]
    rows = [
        [title, *(figure(found[name].get(key)) for name in names)]
        for key, title in MEASURES.items()
        if any(key in found[name] for name in names)
    ]
    return _table(head, rows)


def figure(value: Mapping[str, float | None] | None) -> str:
    """A figure with its interval.

    >>> figure({"value": 0.8412, "low": 0.83, "high": None}), figure({"value": 0.5, "low": 0.25, "high": 0.75})
    ('0.841', '0.500 [0.250, 0.750]')
    """
    if value is None or value.get("value") is None:
        return NOT_MEASURED
    if value.get("low") is None or value.get("high") is None:
        return f"{value['value']:.3f}"
    return f"{value['value']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def _data(facts: Facts) -> list[str]:
    counts = facts.evaluation.get("trained_on", {})
    newest = counts[max(counts)] if counts else {}
    told = [f"{name.replace('_', ' ')}: {value:,}" for name, value in newest.items() if isinstance(value, int)]
    return [
        f"Book {facts.book!r}, known by {facts.as_of.isoformat()}; nothing entered later was used",
        f"Digest of the data: `{facts.data_digest}`",
        "Population: clients with an open loan, or resting within the grace period; not those known to have left, died "
        "or moved",
        f"{len(facts.manifest['model']['features'])} features of loans, savings, contacts, group and season",
        *([f"Newest replay was trained on {'; '.join(told)}"] if told else []),
    ]


def _calibration(found: Mapping[str, Any]) -> str:
    pooled = found["pooled"].get("all", {}).get(MODEL, {})
    slope, start = pooled.get("calibration_slope"), pooled.get("calibration_intercept")
    return (
        "Mean distance between risk foretold and share that left, over ten equal shares of clients: "
        f"{figure(pooled.get('calibration_error'))}. Slope {figure(slope)} and intercept {figure(start)} of what came "
        "on the log-odds foretold (1 and 0 are perfect)."
    )


def _segments(segments: Sequence[Mapping[str, Any]]) -> str:
    if not segments:
        return f"{NOT_MEASURED.capitalize()}: no part has enough leavers."
    head = ["Part", "Clients", "Left", "Share", "AUC", "Calibration error"]
    return _table(
        head,
        [
            [
                f"{one['by']}: {one['value']}",
                f"{one['clients']:,}",
                f"{one['left']:,}",
                f"{one['rate']:.1%}",
                figure(one["auc"]),
                NOT_MEASURED if one["calibration_error"] is None else f"{one['calibration_error']:.3f}",
            ]
            for one in segments
        ],
    )


def _drivers(importance: Mapping[str, float]) -> str:
    if not importance:
        return f"{NOT_MEASURED.capitalize()}."
    rows = [
        [str(place), code, DRIVERS[code].name, f"{value:.3f}"]
        for place, (code, value) in enumerate(list(importance.items())[:10], start=1)
    ]
    return _table(["", "Driver", "In plain words", "Mean contribution (log-odds)"], rows)


def _origin(facts: Facts) -> list[str]:
    libraries = ", ".join(f"{name} {version}" for name, version in facts.manifest["libraries"].items())
    return [
        f"Hash of the bundle: `{facts.model_hash}`",
        *(f"{name.capitalize()}: `{value}`" for name, value in facts.code.items()),
        f"Libraries: {libraries}",
        f"Kind: {facts.manifest['model'].get('kind', '?')}; every value of the recipe stands in the bundle",
    ]


def _any(found: Mapping[str, Any], scope: str) -> bool:
    return bool(found["pooled"].get(scope))


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)
