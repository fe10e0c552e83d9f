"""The server under load: pages and answers at a steady rate, and scoring beside ``mlflow models serve``."""

import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

PASSWORD = "a long made-up phrase"  # noqa: S105 - of an account that lives as long as the measurement
RATE, SECONDS = 50, 20
#: Officers who ask in turn; each has a list and a session of their own.
OFFICERS = 20
#: Clients with scores, and weeks of which scores are kept; about half of a book is at risk, so it is filled up.
SCORED, HISTORY_WEEKS = 1_000_000, 13
BATCH, BATCHES = 40, 10
_WAIT_SECONDS = 180
#: Connections are given up before a server does, after five idle seconds.
_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=2.0)
_EXITWATCH = "from serving.cli import main; main()"


def under_load(home: str, folder: str, as_of: str, version: int, registry: str) -> dict[str, Any]:
    """Latency of lists, phone page and clients' risks at 50 requests a second, and clients scored per second."""
    place = Path(home)
    _registered(place, Path(registry))
    people = _people(place, as_of)
    scored = _many_scored(place, SCORED, HISTORY_WEEKS)
    with _server(["-c", _EXITWATCH, "serve", "--home", str(place)], "/healthz") as address:
        steady = {
            name: asyncio.run(_at_a_rate(address, requests, RATE, SECONDS))
            for name, requests in _requests(address, people, place).items()
        }
        bodies = _bodies(Path(folder), as_of, place)
        ours = asyncio.run(_throughput(address, "/v1/score", bodies, {"Authorization": f"Bearer {people['analyst']}"}))
    theirs = _mlflow(Path(registry), version, _features(place))
    return {
        "steady": steady,
        "rate": RATE,
        "batch": BATCH,
        "ours": ours,
        "theirs": theirs,
        "clients": scored,
        "weeks": HISTORY_WEEKS,
    }


def _people(home: Path, as_of: str) -> dict[str, Any]:
    """Accounts and tokens of officers who have a list, and an analyst's token."""
    from sqlalchemy import func, select

    from serving import accounts, tokens
    from serving.access import OPERATOR, Role, Scope
    from serving.home import Home
    from serving.issued import newest, sheets
    from serving.passwords import Passwords
    from serving.store.tables import lines

    place = Home(home)
    settings = place.settings()
    now = datetime.now(UTC)
    with closing(place.store(settings)) as store, store.write() as connection:
        issue = newest(connection)
        assert issue is not None
        drawn = [page for page in sheets(connection, issue) if not page.is_desk]
        chosen = random.Random(1).sample(drawn, min(OFFICERS, len(drawn)))
        officers = []
        for number, page in enumerate(chosen):
            scope = Scope(Role.OFFICER, page.officer_id)
            token = tokens.add(connection, f"bench-{number}-{now:%H%M%S}", scope, now, now.date(), 2)
            name = f"bench-{number}-{now:%H%M%S}"
            kept = accounts.hashed(Passwords(), PASSWORD, name, settings.password_length)
            accounts.add(connection, name, scope, OPERATOR, now, password_hash=kept)
            officers.append({"name": name, "token": token, "clients": [line.client_id for line in page.lines]})
        analyst = tokens.add(connection, f"bench-{now:%H%M%S}", Scope(Role.ANALYST), now, now.date(), 2)
        count = connection.execute(select(func.count()).select_from(lines)).scalar_one()
    return {"officers": officers, "analyst": analyst, "lines": count, "as_of": as_of}


def _many_scored(home: Path, clients: int, weeks: int) -> int:
    """Fill up the kept scores with clients like those there are, and past weeks with copies; how many are scored."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from serving.found_rows import GROUP
    from serving.home import Home

    newest = Home(home).scores / Home(home).scored_dates()[-1].isoformat()
    context = json.loads((newest / "context.json").read_text("utf-8"))
    for name in ("scores", "features", "people") if context["clients"] < clients else ():
        there = pq.read_table(newest / f"{name}.parquet")
        ids = there["client_id"].combine_chunks()
        copies = -(-clients // context["clients"])
        more = [there]
        for copy in range(1, copies):
            renamed = pa.array([f"{each}-{copy}" for each in ids.to_pylist()], type=ids.type)
            more.append(there.set_column(there.schema.get_field_index("client_id"), "client_id", renamed))
        most = None if name == "people" else clients
        whole = pa.concat_tables(more).slice(0, most).sort_by("client_id")
        pq.write_table(whole, newest / f"{name}.parquet", compression="zstd", row_group_size=GROUP)
    context["clients"] = pq.read_metadata(newest / "scores.parquet").num_rows
    (newest / "context.json").write_text(json.dumps(context), encoding="utf-8")
    for back in range(1, weeks):
        day = date.fromisoformat(newest.name) - timedelta(days=7 * back)
        past = newest.parent / day.isoformat()
        past.mkdir(exist_ok=True)
        (past / "context.json").write_text(json.dumps(context | {"as_of": day.isoformat()}), encoding="utf-8")
        (past / "scores.parquet").unlink(missing_ok=True)
        os.link(newest / "scores.parquet", past / "scores.parquet")
    return int(context["clients"])


def _requests(address: str, people: dict[str, Any], home: Path) -> dict[str, Sequence[tuple[str, dict[str, str]]]]:
    """Path and headers of every kind of request, to be gone through in turn."""
    dice = random.Random(2)
    officers = people["officers"]
    cookies = [_signed_in(address, officer["name"]) for officer in officers]
    bearer = [{"Authorization": f"Bearer {officer['token']}"} for officer in officers]
    asked = {"Authorization": f"Bearer {people['analyst']}"}
    risks = [(f"/v1/clients/{client}/risk", asked) for client in _some_scored(home, RATE * (SECONDS + 1), dice)]
    return {
        "GET /v1/lists/current": [("/v1/lists/current", each) for each in bearer],
        "the phone page": [("/lists", {"Cookie": cookie}) for cookie in cookies],
        "GET /v1/clients/{id}/risk": risks,
    }


def _some_scored(home: Path, number: int, dice: random.Random) -> list[str]:
    import pyarrow.parquet as pq

    from serving.home import Home

    newest = Home(home).scores / Home(home).scored_dates()[-1].isoformat()
    return dice.sample(pq.read_table(newest / "scores.parquet", columns=["client_id"])["client_id"].to_pylist(), number)


def _signed_in(address: str, name: str) -> str:
    with httpx.Client(base_url=address, follow_redirects=False) as client:
        page = client.get("/login")
        marked = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        form = {"username": name, "password": PASSWORD, "csrf": marked}
        answer = client.post("/login", data=form)
        assert answer.status_code in (302, 303), answer.status_code
        return "; ".join(f"{key}={value}" for key, value in client.cookies.items())


async def _at_a_rate(
    address: str, requests: Sequence[tuple[str, dict[str, str]]], rate: int, seconds: int
) -> dict[str, float]:
    """Ask at a steady rate whatever the answers take; each time counts from when the request was due."""
    times: list[float] = []
    wrong: list[int] = []
    async with httpx.AsyncClient(base_url=address, limits=_LIMITS, timeout=30) as client:
        began = time.perf_counter() + 0.2

        async def one(number: int) -> None:
            path, headers = requests[(RATE + number) % len(requests)]
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            answer = await client.get(path, headers=headers)
            times.append(1000 * (time.perf_counter() - due))
            if answer.status_code != 200:
                wrong.append(answer.status_code)

        # Connections are made, pages compiled. No client is asked for twice: each is explained for the first time.
        for path, headers in requests[:RATE]:
            await client.get(path, headers=headers)
        began = time.perf_counter() + 0.2
        await asyncio.gather(*(one(number) for number in range(rate * seconds)))
    assert not wrong, wrong[:3]
    cuts = statistics.quantiles(times, n=100)
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "most": max(times), "requests": len(times)}


async def _throughput(address: str, path: str, bodies: Sequence[bytes], headers: dict[str, str]) -> dict[str, float]:
    """Clients per second, two requests under way at a time."""
    turn = asyncio.Semaphore(2)
    async with httpx.AsyncClient(base_url=address, limits=_LIMITS, timeout=120) as client:

        async def one(body: bytes) -> None:
            async with turn:
                sent = {"Content-Type": "application/json", **headers}
                answer = await client.post(path, content=body, headers=sent)
                answer.raise_for_status()

        await one(bodies[0])
        began = time.perf_counter()
        await asyncio.gather(*(one(body) for body in bodies))
        took = time.perf_counter() - began
    return {"seconds": took, "clients_per_second": len(bodies) * BATCH / took}


def _bodies(folder: Path, as_of: str, home: Path) -> list[bytes]:
    from scoring import _body

    from serving.home import Home
    from serving.kept_scores import latest

    kept = latest(Home(home))
    assert kept is not None
    ids = kept.features().index[: BATCH * BATCHES].tolist()
    return [json.dumps(_body(folder, as_of, ids[k * BATCH : (k + 1) * BATCH])).encode() for k in range(BATCHES)]


def _features(home: Path) -> list[bytes]:
    """The same clients as finished features, as MLflow's server takes them."""
    from serving.home import Home
    from serving.kept_scores import latest

    kept = latest(Home(home))
    assert kept is not None
    X = kept.features().iloc[: BATCH * BATCHES]
    return [
        json.dumps(
            {"dataframe_split": json.loads(X.iloc[k * BATCH : (k + 1) * BATCH].to_json(orient="split", index=False))}
        ).encode()
        for k in range(BATCHES)
    ]


def _mlflow(registry: Path, version: int, bodies: Sequence[bytes]) -> dict[str, float]:
    uri = f"sqlite:///{registry.resolve() / 'mlflow.db'}"
    command = ["-m", "mlflow", "models", "serve", "-m", f"models:/exit-risk/{version}", "--env-manager", "local"]
    with _server(command, "/ping", {"MLFLOW_TRACKING_URI": uri, "MLFLOW_DISABLE_TELEMETRY": "true"}) as address:
        return asyncio.run(_throughput(address, "/invocations", bodies, {}))


def _registered(home: Path, registry: Path) -> None:
    assert (home / "models").exists(), home
    assert (registry / "mlflow.db").exists(), registry


@contextmanager
def _server(command: list[str], ready: str, more: dict[str, str] | None = None) -> Iterator[str]:
    """A server on a free port of this machine, until the block ends."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *command, "--host", "127.0.0.1", "--port", str(port)],
        # MLflow starts the uvicorn it finds on the path.
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **(more or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: httpx.get(address + ready).status_code == 200, process)
        yield address
    finally:
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.terminate()
        process.terminate()
        process.wait(timeout=30)


def _until(answers: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    last = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < last:
        try:
            if answers():
                return
        except httpx.HTTPError:
            time.sleep(0.3)
        assert process.poll() is None, "the server did not start"
    raise TimeoutError("the server did not answer")
