"""Clients kept by a contact, from the scores lists were made with."""

import json
from dataclasses import replace
from pathlib import Path

import drawn_branches
import pandas as pd
import pytest

from features.errors import UsageError
from serving.home import Home
from serving.kept_scores import KeptScores
from serving.settings import Settings
from serving.visits.expected import expected


@pytest.fixture
def scores(tmp_path: Path) -> KeptScores:
    clients = [f"b1o0c{number}" for number in range(1, 9)]
    table = pd.DataFrame({"client_id": clients, "risk": [0.5] * 8})
    table.to_parquet(tmp_path / "scores.parquet")
    amounts = pd.DataFrame({"client_id": clients, "loan_amount": [100.0] * 6 + [400.0, 10.0]})
    amounts.to_parquet(tmp_path / "features.parquet")
    (tmp_path / "context.json").write_text(json.dumps({"as_of": "2024-06-30", "model_version": "m"}))
    return KeptScores(tmp_path)


@pytest.mark.parametrize(
    ("by", "kept"), [("client", [0.15, 0.05, 0.15, 0.15]), ("loan_amount", [0.15, 0.05, 0.3, 0.075])]
)
def test_risk_chance_and_worth_are_multiplied(tmp_path: Path, scores: KeptScores, by: str, kept: list[float]) -> None:
    (page,), _, _ = drawn_branches.branch(1, 1)
    rests = [
        replace(line, card=replace(line.card, state="resting")) if line.client_id == "b1o0c2" else line
        for line in page.lines
    ]

    found = expected([replace(page, lines=tuple(rests))], scores, Settings(worth_by=by), Home(tmp_path))

    assert [found[f"b1o0c{number}"] for number in (1, 2, 7, 8)] == pytest.approx(kept)


def test_a_line_without_a_score_is_told(tmp_path: Path, scores: KeptScores) -> None:
    pages, _, _ = drawn_branches.branch(1, 2)

    with pytest.raises(UsageError, match="8 of 16 lines have no score of 2024-06-30"):
        expected(pages, scores, Settings(), Home(tmp_path))


def test_no_lists_need_no_scores(tmp_path: Path) -> None:
    assert expected([], KeptScores(tmp_path / "none"), Settings(), Home(tmp_path)) == {}
