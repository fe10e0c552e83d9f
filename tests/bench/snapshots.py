"""Snapshot features in SQL and in pandas, from the same files."""

import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

#: How far two figures may lie apart, relative to the larger, or absolute below 1.
TOLERANCE = 1e-9


def simulated(folder: str, clients: int, weeks: int) -> dict[str, Any]:
    """Write the book of a simulated MFI."""
    from features.connectors.simulated.settings import SimulationSettings
    from features.connectors.simulated.simulation import simulate

    last = [0]

    def told(_what: str, share: float) -> None:
        if int(10 * share) > last[0]:
            last[0] = int(10 * share)
            _say(f"    {10 * last[0]} % of the book of {clients:,} clients")

    began = time.perf_counter()
    report = simulate(Path(folder), SimulationSettings(clients=clients, weeks=weeks), told)
    return {"seconds": time.perf_counter() - began, "rows": report.rows}


def in_sql(folder: str, as_of: str) -> dict[str, Any]:
    """All features by `features.snapshot`, from opening the files to the finished table."""
    from features.connectors.folder import open_book
    from features.exit import ExitDefinition
    from features.snapshot import snapshot

    began, worked = time.perf_counter(), time.process_time()
    with open_book(Path(folder)).known(date.fromisoformat(as_of)) as known:
        table = snapshot(known, ExitDefinition()).table
    return _answer(began, worked, table.shape)


def in_pandas(folder: str, as_of: str) -> dict[str, Any]:
    """The same features in pandas, from reading the files to the finished table."""
    from pandas_features.whole import snapshot

    from features.exit import ExitDefinition

    began, worked = time.perf_counter(), time.process_time()
    done: list[str] = []

    def told(family: str) -> None:
        done.append(family)
        if time.perf_counter() - began > 10:
            _say(f"    pandas: {family} done after {time.perf_counter() - began:.0f} s")

    table = snapshot(Path(folder), date.fromisoformat(as_of), ExitDefinition(), told)
    return _answer(began, worked, table.shape)


def agreement(folder: str, as_of: str) -> dict[str, Any]:
    """Hold the two against each other, figure by figure.

    Raises
    ------
    AssertionError
        They differ somewhere by more than `TOLERANCE`, or one knows a figure that the other does not.
    """
    from pandas_features.whole import snapshot as in_pandas

    from features.catalogue import names
    from features.connectors.folder import open_book
    from features.exit import ExitDefinition
    from features.snapshot import snapshot

    day = date.fromisoformat(as_of)
    with open_book(Path(folder)).known(day) as known:
        ours = snapshot(known, ExitDefinition()).table
    theirs = in_pandas(Path(folder), day, ExitDefinition())
    assert list(ours.index) == list(theirs.index), "the two name different clients"
    assert set(theirs.columns) == set(names()), sorted(set(theirs.columns) ^ set(names()))
    left, right = ours.to_numpy(), theirs[list(ours.columns)].to_numpy()
    unknown = np.isnan(left)
    apart = np.abs(left - right) / np.maximum(1.0, np.maximum(np.abs(left), np.abs(right)))
    wrong = (unknown != np.isnan(right)) | (apart > TOLERANCE)
    assert not wrong.any(), {c: int(n) for c, n in zip(ours.columns, wrong.sum(axis=0), strict=True) if n}
    return {
        "features": len(ours.columns),
        "clients": len(ours),
        "figures": int((~unknown).sum()),
        "largest": float(np.nanmax(apart, initial=0.0)),
    }


def _answer(began: float, worked: float, shape: tuple[int, int]) -> dict[str, Any]:
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - worked,
        "clients": shape[0],
        "features": shape[1],
    }


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
