"""What is kept of drivers beside the scores: of the book and of branches, and of nobody."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import StorageError
from models.explanation import Explanations
from serving.driver_summary import FILE, driver_summary, read_summary, without_few_raised
from serving.kept_scores import KeptScores
from serving.score import Scores, score
from serving.settings import Settings


@pytest.fixture(scope="module")
def scores(lived: Any, as_of: Any) -> Scores:
    with lived.book.known(as_of) as known:
        return score(known, lived.model, lived.version, Settings())


def in_branches(scores: Scores, *sizes: int) -> pd.Series:
    names = [f"b{number}" for number, size in enumerate(sizes) for _ in range(size)]
    clients = scores.table["client_id"].to_numpy()
    return pd.Series((names + [None] * len(clients))[: len(clients)], index=clients, dtype=object)


def summary(scores: Scores, model: Any, branch: pd.Series, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(driver_summary(scores, model, branch, **more))
    return found


def test_the_book_comes_first_with_the_exits_its_risks_add_up_to(scores: Scores, lived: Any) -> None:
    found = summary(scores, lived.model, in_branches(scores, 30))

    book = found["parts"][0]
    assert (book["branch"], book["clients"]) == ("", len(scores.table))
    assert book["exits"] == pytest.approx(scores.table["risk"].sum(), abs=1e-4)
    assert {row["code"] for row in book["drivers"]} == set(scores.explanations.drivers)
    assert all(row["exits"] <= book["exits"] for row in book["drivers"])


def test_a_branch_counts_its_own_clients_alone(scores: Scores, lived: Any) -> None:
    branch = in_branches(scores, 25, 22)

    parts = {part["branch"]: part for part in summary(scores, lived.model, branch)["parts"]}

    for name, size in (("b0", 25), ("b1", 22)):
        risk = scores.table.set_index("client_id")["risk"][branch.index[branch == name]]
        assert parts[name]["clients"] == size
        assert parts[name]["exits"] == pytest.approx(risk.sum(), abs=1e-4)


def test_a_branch_of_fewer_than_twenty_has_no_figures_nor_has_the_one_beside_it(scores: Scores, lived: Any) -> None:
    parts = {part["branch"]: part for part in summary(scores, lived.model, in_branches(scores, 24, 7))["parts"]}

    for name in ("b0", "b1"):
        assert (parts[name]["clients"], parts[name]["exits"], parts[name]["drivers"]) == (None, None, [])


def test_conduct_of_staff_is_counted_for_the_book_alone(scores: Scores, lived: Any) -> None:
    codes = [
        {row["code"] for row in part["drivers"]}
        for part in summary(scores, lived.model, in_branches(scores, 25, 25))["parts"]
    ]

    assert "OFF-3" in codes[0]
    assert all(own and "OFF-3" not in own for own in codes[1:])


def test_a_sample_is_scaled_up_to_everybody(scores: Scores, lived: Any) -> None:
    found = summary(scores, lived.model, in_branches(scores, 30), most=30)

    assert found["counted"] < len(scores.table) == found["parts"][0]["clients"]


def test_without_explanations_the_summary_says_why_and_holds_nothing(scores: Scores, lived: Any) -> None:
    nothing = np.empty((len(scores.table), 0), dtype=np.float32)
    none = np.full((len(scores.table), 3), -1, dtype=np.int16)
    failed = Explanations(scores.explanations.clients, (), float("nan"), nothing, none, none, (), failure="no trees")

    found = summary(replace(scores, explanations=failed), lived.model, in_branches(scores))

    assert (found["missing"], found["parts"]) == ("no trees", [])


def test_nobody_at_risk_is_said(scores: Scores, lived: Any, as_of: Any) -> None:
    with lived.book.known(as_of) as known:
        everybody = frozenset(scores.table["client_id"])
        empty = score(known, lived.model, lived.version, Settings(), without=everybody)

    assert summary(empty, lived.model, in_branches(scores))["missing"] == "nobody is at risk"


def test_no_client_stands_in_it(scores: Scores, lived: Any) -> None:
    text = driver_summary(scores, lived.model, in_branches(scores, 30, 25)).decode()

    assert not [client for client in scores.table["client_id"] if f'"{client}"' in text]


def test_a_weekly_run_keeps_it_and_older_scores_have_none(lived: Any, tmp_path: Path) -> None:
    stored = KeptScores(lived.home.scores / "2024-06-30")

    found = read_summary(stored)

    assert found is not None
    assert [part["branch"] for part in found["parts"]] == ["", "b0", "b1"]
    assert read_summary(KeptScores(tmp_path)) is None


def test_a_damaged_one_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"{")

    with pytest.raises(StorageError, match="run `exitwatch weekly` again"):
        read_summary(KeptScores(tmp_path))


@pytest.mark.parametrize(
    ("of_book", "raised", "told"),
    [
        (0.5, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
        # Ten of the first hundred; the next smallest goes with them, for the book's share and the third's are known.
        (0.3, [0.1, 0.3, 0.5], [None, None, 0.5]),
        (0.7, [0.9, 0.7, 0.5], [None, None, 0.5]),
        (None, [0.5, 0.5, 0.5], [None, None, None]),
    ],
)
def test_a_share_that_tells_of_few_whose_risk_a_driver_raises_is_left_out(
    of_book: float | None, raised: list[float], told: list[float | None]
) -> None:
    def part(name: str, clients: int, share: float | None) -> dict[str, Any]:
        return {"branch": name, "clients": clients, "drivers": [{"code": "OFF-1", "raised": share}]}

    parts = [part("", 300, of_book), *(part(f"b{n}", 100, share) for n, share in enumerate(raised))]

    without_few_raised(parts)

    assert [each["drivers"][0]["raised"] for each in parts[1:]] == told
