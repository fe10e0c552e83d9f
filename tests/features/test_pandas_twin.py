"""A third engine, in pandas as an analyst would write it, agrees with the SQL on a simulated book."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from features.catalogue import names
from features.connectors.folder import open_book
from features.connectors.simulated.settings import SimulationSettings
from features.connectors.simulated.simulation import simulate
from features.exit import ExitDefinition
from features.snapshot import snapshot

BENCH = str(Path(__file__).resolve().parents[1] / "bench")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("twin")
    simulate(folder, SimulationSettings(clients=500, weeks=110, seed=3))
    return folder


@pytest.fixture
def bench() -> Iterator[None]:
    """The folder of the benchmarks, importable for the length of a test."""
    sys.path.insert(0, BENCH)
    yield
    sys.path.remove(BENCH)


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize("as_of", [date(2025, 12, 28), date(2025, 4, 9)])
def test_pandas_gives_the_figures_of_the_sql(book: Path, as_of: date) -> None:
    from pandas_features.whole import snapshot as in_pandas

    with open_book(book).known(as_of) as known:
        ours = snapshot(known, ExitDefinition()).table
    theirs = in_pandas(book, as_of, ExitDefinition())

    assert len(ours) > 100
    assert set(theirs.columns) == set(names())
    pd.testing.assert_frame_equal(ours, theirs[list(names())], check_names=False, rtol=1e-9, atol=1e-9)
