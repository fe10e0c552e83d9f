"""A small drawn MFI, and a real model fitted on random rows: quick, and through the code that serves."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.book import Book
from features.catalogue import names
from models.boosting import Boosting
from models.exit_risk import ExitModel, Learning, fit
from models.rows import Rows
from models.store import save_under
from serving import tokens
from serving.access import Scope
from serving.home import Home
from serving.settings import Settings
from serving.store import database as stored
from serving.store.database import Store, migrate, open_store
from training.metrics import Figure
from training.promotion import Evidence, promote
from training.replay import PLAIN, RULE, SCORECARD

sys.path.insert(0, str(Path(__file__).parent / "reference"))

from databases import PostgreSQL, postgresql
from kept_snapshots import keeping_snapshots

#: A Sunday; its lists are for week 27.
AS_OF = date(2024, 6, 30)

#: When the lists of that Sunday were drawn.
NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)

#: As a model stores it.
DEFINITION = {"rule": "decision_point", "grace_days": 90}

Tables = dict[str, pd.DataFrame]


def small_mfi(seed: int = 1, clients: int = 60, officers: int = 3) -> Tables:
    """Clients with a loan or two, some late, some resting, some complaining, some visited."""
    rng = np.random.default_rng(seed)
    ids = [f"c{n:03d}" for n in range(clients)]
    people, loans, instalments, repayments, contacts, complaints = [], [], [], [], [], []
    for n, client in enumerate(ids):
        officer = n % officers
        people.append(
            {
                "client_id": client,
                "joined_on": date(2022, 1, 1),
                "officer_id": f"o{officer}",
                "branch_id": f"b{officer % 2}",
                "group_id": f"g{n % 6}",
                "village": "Kibera",
                "phone_ok": bool(rng.integers(2)),
                "contact_opt_out": bool(rng.random() < 0.05),
                "meeting_weekday": int(rng.integers(1, 8)),
            }
        )
        for number in range(int(rng.integers(1, 4))):
            began = AS_OF - timedelta(days=int(rng.integers(30, 170)) + 180 * number)
            loan, due = f"{client}-{number}", began + timedelta(days=168)
            closed = None if due > AS_OF else min(due + timedelta(days=int(rng.integers(0, 5))), AS_OF)
            loans.append(
                {
                    "loan_id": loan,
                    "client_id": client,
                    "disbursed_on": began,
                    "amount": int(rng.integers(50, 500)),
                    "due_on": due,
                    "instalment_count": 6,
                    "closed_on": closed,
                    "closed_how": "repaid" if closed else None,
                }
            )
            for seq in range(1, 7):
                day = began + timedelta(days=28 * seq)
                instalments.append({"loan_id": loan, "due_on": day, "amount_due": 50, "seq": seq})
                paid = day + timedelta(days=int(rng.choice([-2, 0, 0, 0, 3, 12])))
                if paid <= AS_OF:
                    repayments.append({"loan_id": loan, "paid_on": paid, "amount": 50, "channel": "cash"})
        contacts += [
            {
                "contact_id": f"{client}-{visit}",
                "client_id": client,
                "happened_on": AS_OF - timedelta(days=int(rng.integers(0, 120))),
                "kind": "visit",
                "direction": "out",
                "officer_id": f"o{officer}",
                "result": "reached",
                "list_id": f"2024-W2{visit}-o{officer}" if rng.random() < 0.2 else None,
            }
            for visit in range(int(rng.integers(0, 4)))
        ]
        if rng.random() < 0.1:
            complaints.append(
                {
                    "complaint_id": f"q-{client}",
                    "client_id": client,
                    "opened_on": AS_OF - timedelta(days=int(rng.integers(1, 60))),
                    "closed_on": None,
                    "topic": "fees",
                    "about_officer": f"o{officer}" if rng.random() < 0.5 else None,
                }
            )
    tables = {
        "clients": people,
        "loans": loans,
        "instalments": instalments,
        "repayments": repayments,
        "contacts": contacts,
        "complaints": complaints,
        "memberships": [
            {"client_id": p["client_id"], "group_id": p["group_id"], "from_on": date(2022, 1, 1)} for p in people
        ],
        "assignments": [
            {"client_id": p["client_id"], "officer_id": p["officer_id"], "from_on": date(2022, 1, 1)} for p in people
        ],
        "departures": [],
        "officers": [
            {"officer_id": f"o{n}", "name": f"Officer {n}", "branch_id": f"b{n % 2}", "from_on": date(2022, 1, 1)}
            for n in range(officers)
        ],
        "branches": [{"branch_id": "b0", "name": "North"}, {"branch_id": "b1", "name": "South"}],
        "directory": [
            {"client_id": p["client_id"], "name": f"Name {n}", "phone": f"+999{n:05d}"} for n, p in enumerate(people)
        ],
        "groups": [{"group_id": f"g{n}", "name": f"Group {n}", "branch_id": f"b{n % 2}"} for n in range(6)],
    }
    empty = {
        "departures": ["client_id", "left_on", "leaver_type"],
        "complaints": ["complaint_id", "client_id", "opened_on"],
    }
    return {name: pd.DataFrame(rows, columns=None if rows else empty[name]) for name, rows in tables.items()}


@pytest.fixture(scope="session")
def model() -> ExitModel:
    """A model of every feature there is; its figures mean nothing, its shape is real."""
    rng = np.random.default_rng(7)
    n, horizons = 1200, (28, 91, 182)
    values = rng.normal(scale=20.0, size=(n, len(names())))
    signal = values @ rng.normal(scale=0.02, size=len(names()))
    chance = 1 / (1 + np.exp(-signal + 1.5))
    first = rng.random(n)
    choice = np.column_stack([first < chance * share for share in (0.4, 0.8, 1.0)])
    rows = Rows(
        X=pd.DataFrame(values, columns=list(names())),
        client_id=np.array([f"x{i:05d}" for i in range(n)], dtype=object),
        day=np.full(n, 738000, dtype=np.int64),
        horizons=horizons,
        choice=choice,
        forced=np.zeros((n, 3), dtype=bool),
        decides=np.ones((n, 3), dtype=bool),
        matured=np.ones((n, 3), dtype=bool),
        weight=np.ones(n),
    )
    learning = Learning(boosting=Boosting(rounds=40, min_rows=20))
    return fit(rows, learning, 91, seed=1, definition=DEFINITION, threads=1)


@pytest.fixture(scope="session")
def mfi() -> Callable[..., Tables]:
    """Tables of a small drawn MFI."""
    return small_mfi


@pytest.fixture(scope="session")
def as_of() -> date:
    return AS_OF


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


@pytest.fixture
def book() -> Book:
    return Book.of(small_mfi())


def promoted(model: ExitModel, home: Home) -> str:
    """Store a model and put it into use, with evidence made up for the purpose."""
    sure = Figure(0.1, 0.05, 0.15)
    evidence = Evidence(
        measure="auc",
        value=Figure(0.8, 0.75, 0.85),
        gains=dict.fromkeys((RULE, SCORECARD, PLAIN), sure),
        calibration_error=Figure(0.01, 0.005, 0.02),
    )
    version = save_under(model, home.path / "models").name
    return promote(home.path, version, evidence, AS_OF).model


#: Everybody there is in the small MFI.
SCOPES = (
    "officer:o0",
    "officer:o1",
    "officer:o2",
    "manager:b0",
    "manager:b1",
    "desk",
    "analyst",
    "dpo",
    "admin",
    "credit",
)


@dataclass(frozen=True)
class Lived:
    """A home after two weekly runs, and tokens for everybody."""

    home: Home
    book: Book
    tables: Tables
    model: ExitModel
    version: str
    tokens: dict[str, str]


@pytest.fixture(scope="session")
def lived(model: ExitModel, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Two weekly runs over the small MFI."""
    from serving.weekly import run_weekly

    home = Home(tmp_path_factory.mktemp("lived") / "home").create()
    tables = small_mfi()
    book = Book.of(tables)
    version = promoted(model, home)
    with closing(home.store(Settings())) as store:
        for day in (AS_OF - timedelta(days=7), AS_OF):
            run_weekly(book, day, model, version, home, Settings(holdout_seed="tests"), store, NOW)
        with store.write() as connection:
            given = {
                text: tokens.add(connection, text.replace(":", "-"), Scope.of_text(text), NOW, AS_OF, 30)
                for text in SCOPES
            }
    return Lived(home, book, tables, model, version, given)


@pytest.fixture
def same_features() -> Iterator[None]:
    """Features of a book and a day are computed once; for tests of what is done with them."""
    with keeping_snapshots():
        yield


@pytest.fixture(scope="session", autouse=True)
def pragmas() -> Iterator[tuple[str, ...]]:
    """What SQLite is opened with; in tests it waits for no disk besides, for no power is cut."""
    real = stored._PRAGMAS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "_PRAGMAS", (*real, "synchronous=OFF"))
        yield real


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    """A real PostgreSQL server, started for these tests."""
    with postgresql() as server:
        if server is None:
            pytest.skip("PostgreSQL is not installed: initdb and postgres were not found")
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row."""
    file = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a fresh database, of each kind in turn."""
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgres")
        url = server.fresh()
        yield url
        server.drop(url)
        return
    file = tmp_path / "exitwatch.db"
    shutil.copyfile(request.getfixturevalue("migrated"), file)
    yield f"sqlite:///{file}"


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """A fresh store, on each kind of database in turn."""
    opened = open_store(database)
    yield opened
    opened.close()
