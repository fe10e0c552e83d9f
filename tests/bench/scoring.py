"""Scores one at a time and in batch: ours beside MLflow's own pyfunc of the same registered model."""

import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from models.exit_risk import ExitModel

_TRAINING_DATES = 3
_REPEATS = 100


def trained(folder: str, home: str, as_of: str) -> dict[str, Any]:
    """Fit the default recipe on a book, store the bundle, register it in MLflow, put it into use.

    The evidence for its promotion is made up: what is measured here is speed.
    """
    from features.catalogue import names
    from features.connectors.folder import open_book
    from features.snapshot import snapshot
    from models import store
    from serving.home import Home
    from training import dataset, replay
    from training.metrics import Figure
    from training.promotion import MODELS, Evidence, promote
    from training.recipe import Recipe
    from training.tracking import Tracker

    day, recipe, place = date.fromisoformat(as_of), Recipe(), Path(home)
    Home(place).create()
    book = open_book(Path(folder))
    snapshots = dataset.Snapshots(book, recipe.exit, names(), snapshot, recipe.dates.max_rows, recipe.seed)
    last = day - timedelta(days=recipe.embargo_days)
    dates = [last - timedelta(days=28 * step) for step in reversed(range(_TRAINING_DATES))]
    rows = dataset.build([snapshots.on(each) for each in dates], book, recipe, day).rows
    began = time.perf_counter()
    bundle = store.save_under(replay.calibrated(rows, recipe, threads=1), place / MODELS)
    took = time.perf_counter() - began
    tracker = Tracker(place)
    with tracker.run("bench", recipe.as_dict()) as run:
        version = tracker.register(run, bundle)
    sure = Figure(0.1, 0.05, 0.15)
    gains = dict.fromkeys((replay.RULE, replay.SCORECARD, replay.PLAIN), sure)
    evidence = Evidence("auc", Figure(0.8, 0.75, 0.85), gains, Figure(0.01, 0.005, 0.02))
    promote(place, bundle.name, evidence, day)
    trees = sum(text.count("Tree=") for text in store.load(bundle).texts().values())
    return {"bundle": str(bundle), "version": version, "rows": len(rows), "seconds": took, "trees": trees}


def loaded(bundle: str) -> "ExitModel":
    """The model of a bundle."""
    from models import store

    return store.load(Path(bundle))


def features_of(folder: str, as_of: str) -> pd.DataFrame:
    """All features of all clients at risk."""
    from features.connectors.folder import open_book
    from features.exit import ExitDefinition
    from features.snapshot import snapshot

    with open_book(Path(folder)).known(date.fromisoformat(as_of)) as known:
        return snapshot(known, ExitDefinition()).table


def scored(bundle: str, home: str, version: int, folder: str, as_of: str) -> dict[str, Any]:
    """Risk, risk of being pushed out and margin: of one client, and of everybody at risk.

    Raises
    ------
    AssertionError
        The two give different numbers.
    """
    import mlflow
    import numpy as np

    model, X = loaded(bundle), features_of(folder, as_of)
    mlflow.set_tracking_uri(f"sqlite:///{Path(home).resolve() / 'mlflow.db'}")
    began = time.perf_counter()
    served = mlflow.pyfunc.load_model(f"models:/exit-risk/{version}")
    opening = time.perf_counter() - began

    def ours(rows: pd.DataFrame) -> pd.DataFrame:
        numbers = {"risk": model.risk(rows), "risk_forced": model.forced(rows), "margin": model.margin(rows)}
        return pd.DataFrame(numbers, index=rows.index)

    found, theirs = ours(X), served.predict(X)
    assert np.array_equal(found.to_numpy(), theirs.to_numpy())
    one = X.iloc[:1]
    return {
        "clients": len(X),
        "one": {"ours": _milliseconds(lambda: ours(one)), "theirs": _milliseconds(lambda: served.predict(one))},
        "all": {"ours": _seconds(lambda: ours(X)), "theirs": _seconds(lambda: served.predict(X))},
        "opening": opening,
        "mlflow": mlflow.__version__,
    }


def posted(home: str, folder: str, as_of: str, clients: int) -> dict[str, Any]:
    """Raw history to number through ``POST /v1/score`` without a socket, one client at a time and several together."""
    import httpx

    from features.connectors.folder import open_book
    from serving import tokens
    from serving.access import Scope
    from serving.app import create_app
    from serving.cli_model import champion
    from serving.home import Home
    from serving.kept_scores import keep
    from serving.score import score_book

    day, place = date.fromisoformat(as_of), Home(Path(home))
    settings, book = place.settings(), open_book(Path(folder))
    model, version = champion(place)
    scores = score_book(book, day, model, version, settings)
    keep(place, scores, book, "")
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    app = create_app(place.path, now=lambda: now)
    with app.state.served.store.write() as connection:
        token = tokens.add(connection, "bench", Scope.of_text("analyst"), now, day, 30)
    ids = scores.table["client_id"].iloc[:: max(1, len(scores.table) // clients)].tolist()[:clients]

    async def asked(body: dict[str, Any]) -> Any:
        door = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=door, base_url="http://bench") as client:
            answer = await client.post("/v1/score", json=body, headers={"Authorization": f"Bearer {token}"})
            answer.raise_for_status()
            return answer.json()

    kept = scores.table.set_index("client_id")["risk"]
    bodies = [_body(Path(folder), as_of, [one]) for one in ids]
    largest, times = 0.0, []
    for one, body in zip(ids, bodies, strict=True):
        began = time.perf_counter()
        got = asyncio.run(asked(body))
        times.append(1000 * (time.perf_counter() - began))
        largest = max(largest, abs(got["scores"][0]["numbers"]["risk"] - float(kept[one])))
    assert largest <= 1e-9, largest
    together = _body(Path(folder), as_of, ids)
    began = time.perf_counter()
    asyncio.run(asked(together))
    all_at_once = 1000 * (time.perf_counter() - began)
    return {
        "clients": len(ids),
        "one": statistics.median(times[1:]),
        "together": all_at_once,
        "rows": sum(len(rows) for rows in bodies[0]["tables"].values()),
        "largest": largest,
    }


def _body(folder: Path, as_of: str, clients: list[str]) -> dict[str, Any]:
    """A request with the raw history of some clients."""
    import pyarrow.parquet as pq

    tables: dict[str, list[dict[str, Any]]] = {}
    loans = pq.read_table(folder / "loans.parquet", filters=[("client_id", "in", clients)])["loan_id"].to_pylist()
    for file in sorted(folder.glob("*.parquet")):
        columns = pq.read_schema(file).names
        if "client_id" in columns:
            wanted = ("client_id", "in", clients)
        elif "loan_id" in columns:
            wanted = ("loan_id", "in", loans)
        else:
            continue
        rows = pq.read_table(file, filters=[wanted]).to_pylist()
        tables[file.stem] = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return {"as_of": as_of, "tables": tables, "context": "stored"}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | bool | int) else float(value)


def _milliseconds(call: Callable[[], object]) -> float:
    """Median over many calls."""
    return statistics.median(1000 * _once(call) for _ in range(_REPEATS))


def _seconds(call: Callable[[], object]) -> float:
    """The better of three."""
    return min(_once(call) for _ in range(3))


def _once(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
