"""Planted drivers on the simulated MFI: a U is drawn as a U, and a planted quick win tops the board."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from features.book import Book
from features.catalogue import names
from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings, simulate
from features.exit import ExitDefinition
from features.snapshot import snapshot
from models import exit_risk
from models.boosting import Boosting
from models.exit_risk import ExitModel
from models.learning import Learning
from training.dataset import Snapshots, build
from training.drivers.deciles import deciles
from training.drivers.ease import load_ease
from training.drivers.overview import deciders, overview
from training.drivers.quick_wins import QUICK_WIN
from training.drivers.shape import Shape
from training.recipe import recipe_of

pytestmark = [pytest.mark.study, pytest.mark.timeout(3600)]

RULE, HORIZON = ExitDefinition(), 91
#: Everything that has an effect on its own, switched off; its traces stay.
OTHERS = ("ARR-1", "PAY-1", "AMT-1", "GRP-2", "NEW-1", "DEN-1", "CMP-1", "OFF-1", "SAV-1", "GRP-1")


def mfi(folder: Path, seed: int, clients: int, **planted: float) -> tuple[Book, date]:
    """A book in which some drivers are strong."""
    settings = SimulationSettings(
        clients=clients, weeks=130, seed=seed, drivers={code.replace("_", "-"): s for code, s in planted.items()}
    )
    simulate(folder, settings)
    return open_book(folder), settings.end_on


def learnt(book: Book, as_of: date) -> ExitModel:
    """A small model of four dates whose outcomes are final."""
    recipe = recipe_of({"horizons": [HORIZON], "horizon": HORIZON})
    snapshots = Snapshots(book, RULE, names(), snapshot, 200_000, 1)
    days = [as_of - timedelta(days=HORIZON + RULE.maturity_days + 91 * back) for back in range(4)]
    rows = build([snapshots.on(day) for day in days], book, recipe, as_of).rows
    settings = Learning(boosting=Boosting(rounds=120, min_rows=40))
    plain = recipe.as_dict()["exit"]
    return exit_risk.fit(rows, settings, HORIZON, 1, definition=plain, threads=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_decile_chart_of_a_planted_u_shows_the_u(tmp_path: Path, seed: int) -> None:
    """A loan that shrinks or leaps against the last one drives clients away, one that grows as usual does not."""
    book, end = mfi(tmp_path / "book", seed, 8_000, AMT_2=0.8, ARR_2=0.8)

    X, left = deciders(book, end - timedelta(days=HORIZON + RULE.maturity_days), end, RULE, HORIZON)
    found = deciles(X, left)

    row = found.shapes.table.set_index("feature").loc["loan_amount_step"]
    rates = found.charts["loan_amount_step"].table.set_index("bin")["rate"].drop("not known", errors="ignore").dropna()
    assert row["shape"] == Shape.U.value, found.charts["loan_amount_step"].table
    # 15 of 100 loans shrink and 17 leap: whatever the bins, the usual ones lie from two to seven tenths.
    usual = rates.iloc[len(rates) // 5 : len(rates) * 7 // 10]
    assert len(rates) >= 5
    assert min(rates.iloc[0], rates.iloc[-1]) > usual.max()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("code", ["GRP-2", "AMT-1"])
def test_a_planted_quick_win_tops_the_board(tmp_path: Path, code: str, seed: int) -> None:
    strengths = {other.replace("-", "_"): 0.0 for other in OTHERS} | {code.replace("-", "_"): 1.5}
    book, end = mfi(tmp_path / "book", seed, 8_000, **strengths)

    found = overview(book, end, learnt(book, end), RULE, load_ease())

    board = found.findings["board"]
    assert board.table["driver"].iloc[0] == code, board.table[["driver", "exits", "ease", "quadrant"]].head()
    assert board.table["quadrant"].iloc[0] == QUICK_WIN
    assert board.said.startswith(f"The first quick win is {code}")
