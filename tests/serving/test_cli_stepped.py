"""Branches begin one after another, in an order drawn once, and the counts of their weeks are read by it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from serving.cli import run


@pytest.fixture
def book(mfi: Any, tmp_path: Path) -> Path:
    """Ten branches of six clients each."""
    folder, tables = tmp_path / "book", mfi(clients=60)
    folder.mkdir()
    clients = tables["clients"]
    clients.assign(branch_id=[f"b{place % 10}" for place in range(len(clients))]).to_csv(
        folder / "clients.csv", index=False
    )
    for name in ("loans", "instalments", "repayments"):
        tables[name].to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_the_order_is_drawn_once_and_written_down(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, home = tmp_path / "steps.csv", tmp_path / "home"
    command = ["stepped", "plan", str(book), "--plan", str(plan), "--steps", "5", "--home", str(home)]
    assert run(command) == 0, capsys.readouterr().err
    first = plan.read_bytes()
    drawn = pd.read_csv(plan)

    assert sorted(drawn["step"]) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert (drawn["starts_week"] == 8 * drawn["step"]).all()
    assert run(command) == 2
    assert "a second draw would let the order be chosen" in capsys.readouterr().err
    assert plan.read_bytes() == first
    assert run(["audit", "show", "--event", "steps_drawn", "--home", str(home)]) == 0
    assert '"seed"' in capsys.readouterr().out


def test_what_beginning_did_is_told_from_the_counts_of_the_weeks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = pd.DataFrame({"branch": [f"b{n}" for n in range(10)], "starts_week": [1 + n // 2 for n in range(10)]})
    grid = plan.merge(pd.DataFrame({"week": range(7)}), how="cross")
    share = np.where(grid["week"] >= grid["starts_week"], 0.1, 0.3)
    counts = grid[["branch", "week"]].assign(clients=100, left=(100 * share).astype(int))
    for name, frame in (("plan", plan), ("counts", counts)):
        frame.to_csv(tmp_path / f"{name}.csv", index=False)

    code = run(["stepped", "show", str(tmp_path / "counts.csv"), "--plan", str(tmp_path / "plan.csv")])

    assert code == 0
    assert "20 more stayed once their branch had lists" in capsys.readouterr().out


def test_counts_without_a_column_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "counts.csv").write_text("branch,week\nb1,0\n")

    code = run(["stepped", "show", str(tmp_path / "counts.csv"), "--plan", str(tmp_path / "plan.csv")])

    assert code == 2
    assert "counts.csv has no clients, left" in capsys.readouterr().err
