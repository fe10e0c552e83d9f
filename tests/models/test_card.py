"""The model card says what a model is for, how well it does, and what is not known about it."""

import copy
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.card import Facts, card, definition_in_words


def measured(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01}


def measures(auc: float) -> dict[str, Any]:
    return {
        "auc": measured(auc),
        "precision_at_capacity": measured(0.4),
        "calibration_error": measured(0.012),
        "calibration_slope": {"value": 0.97, "low": None, "high": None},
        "calibration_intercept": {"value": -0.05, "low": None, "high": None},
    }


EVALUATION = {
    "origins": ["2023-07-01", "2023-10-01"],
    "asked_folds": 3,
    "trained_on": {"2023-07-01": {"rows": 9000}, "2023-10-01": {"rows": 12345, "left": 678}},
    "pooled": {
        "all": {"model": measures(0.84), "rule_of_thumb": {"auc": measured(0.77)}, "scorecard": measures(0.82)},
        "decides": {
            "model": {"auc": measured(0.7)},
            "rule_of_thumb": {"auc": {"value": None, "low": None, "high": None}},
        },
    },
    "gains": {"all": {"rule_of_thumb": {"auc": measured(0.07)}}},
    "segments": [
        {
            "by": "state",
            "value": "resting",
            "clients": 1234,
            "left": 321,
            "rate": 0.26,
            "auc": measured(0.66),
            "calibration_error": 0.02,
        }
    ],
}

FACTS = Facts(
    model_hash="abcdef0123456789" * 4,
    manifest={
        "model": {
            "kind": "incidence",
            "features": ["a", "b"],
            "horizon": 91,
            "trained": [28, 91],
            "definition": {"rule": "decision_point", "grace_days": 90, "savers_stay": False, "closing_lag_days": 5},
        },
        "libraries": {"lightgbm": "4.7.0", "python": "3.11"},
    },
    as_of=date(2024, 1, 1),
    book="demo",
    data_digest="d" * 64,
    evaluation=EVALUATION,
    importance={"ARR-1": 0.5, "OFF-2": 0.25},
    code={"package": "0.1.0"},
)


def test_the_card_reads_from_purpose_to_origin() -> None:
    heads = re.findall(r"(?m)^##? (.+)$", card(FACTS))

    assert heads == [
        "Model card: exit risk, abcdef012345",
        "It must not be used",
        "Data",
        "What counts as leaving",
        "How well it does",
        "Calibration",
        "Parts of the clients",
        "What it goes by",
        "Fairness",
        "Known limits",
        "Where it comes from",
    ]


def test_every_figure_stands_beside_its_baselines_with_its_interval() -> None:
    text = card(FACTS)

    assert "| Measure | this model | rule of thumb | scorecard |" in text
    assert "| AUC | 0.840 [0.830, 0.850] | 0.770 [0.760, 0.780] | 0.820 [0.810, 0.830] |" in text
    assert "| AUC | 0.700 [0.690, 0.710] | not measured |" in text
    assert "### Gain over the baselines: all clients at risk" in text
    assert "Slope 0.970 and intercept -0.050" in text
    assert "| state: resting | 1,234 | 321 | 26.0% | 0.660 [0.650, 0.670] | 0.020 |" in text


def test_the_card_says_when_the_data_ends_and_where_it_comes_from() -> None:
    text = card(FACTS)

    assert "Book 'demo', known by 2024-01-01" in text
    assert "Newest replay was trained on rows: 12,345; left: 678" in text
    assert f"`{'d' * 64}`" in text
    assert f"`{FACTS.model_hash}`" in text
    assert "lightgbm 4.7.0" in text
    assert "2 of 3 dates the recipe asks for" in text


def test_what_was_not_measured_is_said_and_never_made_up() -> None:
    bare = copy.deepcopy(EVALUATION) | {"segments": [], "pooled": {"all": {"model": {}}, "decides": {}}, "gains": {}}
    text = card(replace(FACTS, evaluation=bare, importance={}))

    assert "Not measured. Sex, age, poverty band and language are never inputs." in text
    assert "Not measured: no part has enough leavers." in text
    assert re.search(r"## What it goes by\n\nNot measured\.", text)
    assert "over ten equal shares of clients: not measured" in text


def test_fairness_is_told_where_it_was_measured() -> None:
    assert "Selection ratio 0.97" in card(replace(FACTS, fairness="Selection ratio 0.97"))


def test_credit_decisions_are_ruled_out() -> None:
    assert "- To decide on credit: not to refuse, cut, price or collect a loan." in card(FACTS)


def test_findings_of_the_checks_are_known_limits() -> None:
    text = card(replace(FACTS, findings=["L07 the share who leave has shifted"]))

    assert "- Finding of a check: L07 the share who leave has shifted" in text


def test_the_same_facts_give_the_same_card() -> None:
    assert card(FACTS) == card(copy.deepcopy(FACTS))


def test_tables_are_not_broken_by_what_is_in_them() -> None:
    odd = copy.deepcopy(EVALUATION)
    odd["segments"][0]["value"] = "a|b"  # type: ignore[index]

    assert "| state: a/b |" in card(replace(FACTS, evaluation=odd))


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({"rule": "decision_point", "grace_days": 28}, "Without a new loan within 28 days she counts as having left"),
        (
            {"rule": "decision_point", "grace_days": 28, "savers_stay": True},
            "A client who still saves counts as retained.",
        ),
        ({"rule": "decision_point", "grace_days": 28, "closing_lag_days": 7}, "Closings are entered up to 7 days late"),
        (
            {"rule": "dormancy", "active_days": 28},
            "took a loan in the last 28 days and takes no new one within the horizon",
        ),
    ],
)
def test_the_definition_is_put_in_words(definition: dict[str, object], words: str) -> None:
    assert words in definition_in_words(definition)
