"""One client's row, found fast, is the row that reading the whole file finds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.found_rows import FoundFigures, FoundRows

IDS = st.lists(st.text("ab1-~é", min_size=1, max_size=4), min_size=0, max_size=30, unique=True)


def write(file: Path, frame: pd.DataFrame, group: int) -> None:
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file, row_group_size=group)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows") / "rows.parquet"


@given(ids=IDS, asked=st.text("ab1-~é", max_size=4), group=st.integers(1, 7))
def test_a_row_is_the_one_a_slow_reading_finds(place: Path, ids: list[str], asked: str, group: int) -> None:
    frame = pd.DataFrame(
        {"client_id": pd.Series(sorted(ids), dtype="str"), "risk": np.arange(len(ids)) / 7.0, "band": "high"}
    )
    write(place, frame, group)
    rows = FoundRows(place)

    for client in [*ids, asked]:
        slow = frame[frame["client_id"] == client].to_dict("records")
        assert rows.row(client) == (slow[0] if slow else None)


@given(ids=IDS, asked=st.text("ab1-~é", max_size=4), group=st.integers(1, 7), seed=st.integers(0, 9))
def test_figures_are_those_a_slow_reading_finds_and_what_is_not_known_stays_so(
    place: Path, ids: list[str], asked: str, group: int, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    values = dice.normal(size=(len(ids), 3))
    values[dice.random(values.shape) < 0.3] = np.nan
    frame = pd.DataFrame(values, columns=["x", "y", "z"])
    frame.insert(0, "client_id", pd.Series(sorted(ids), dtype="str"))
    write(place, frame, group)
    figures = FoundFigures(place)

    for client in [*ids, asked]:
        slow = frame[frame["client_id"] == client].set_index("client_id")
        pd.testing.assert_frame_equal(figures.figures(client), slow)


def test_columns_that_are_not_wanted_are_not_read(place: Path) -> None:
    write(place, pd.DataFrame({"client_id": ["ama", "kofi"], "band": ["high", "low"], "risk": [0.5, 0.1]}), 1)

    assert FoundRows(place, ("band",)).row("kofi") == {"client_id": "kofi", "band": "low"}


def test_a_group_is_decoded_once(place: Path) -> None:
    write(place, pd.DataFrame({"client_id": ["ama", "esi", "kofi"], "risk": [0.5, 0.2, 0.1]}), 2)
    rows = FoundRows(place)
    read: list[int] = []
    decode = rows.read
    rows.read = lambda group, columns=None: read.append(group) or decode(group, columns)  # type: ignore[method-assign,func-returns-value]

    for client in ("ama", "esi", "kofi", "kofi", "ama"):
        rows.row(client)

    assert read == [0, 1]
