"""Fixtures shared by all tests: drawn tables and books."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from features.book import Book

# How long an example takes is for the benchmarks: on a busy machine it tells nothing of the code.
settings.register_profile("exitwatch", deadline=None)
settings.load_profile("exitwatch")


def _drawn(text: str) -> pd.DataFrame:
    """A table drawn as text: a head, a rule, and rows with `|` between cells; an empty cell is missing."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip() and set(line.strip()) - set("-+| ")]
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    return pd.DataFrame([[cell or None for cell in row] for row in rows], columns=head, dtype="str")


@pytest.fixture(scope="session")
def drawn() -> Callable[[str], pd.DataFrame]:
    """Turn a drawn table into a DataFrame of text."""
    return _drawn


@pytest.fixture(scope="session")
def drawn_book() -> Callable[..., Book]:
    """Turn drawn tables into a book: ``drawn_book(loans="...", savings="...")``; clients are made from the loans."""

    def make(**tables: str) -> Book:
        frames = {name: _drawn(text) for name, text in tables.items()}
        if "clients" not in frames:
            loans = frames["loans"]
            joined = loans.groupby("client_id", as_index=False)["disbursed_on"].min()
            frames["clients"] = joined.rename(columns={"disbursed_on": "joined_on"})
        if "amount" not in frames["loans"]:
            frames["loans"]["amount"] = "100"
        if "loan_id" not in frames["loans"]:
            frames["loans"]["loan_id"] = [f"loan-{n}" for n in range(len(frames["loans"]))]
        return Book.of(frames)

    return make


SOUND = {
    "clients": """
        client_id | joined_on
        ama       | 2023-01-02
        kofi      | 2023-02-01
        esi       | 2023-02-15
    """,
    "loans": """
        loan_id | client_id | disbursed_on | amount | due_on     | currency | closed_on  | closed_how
        L1      | ama       | 2023-01-10   | 100.00 | 2023-04-10 | GHS      | 2023-04-12 | repaid
        L2      | kofi      | 2023-02-03   | 250.50 | 2023-05-03 | GHS      |            |
        L3      | ama       | 2023-03-20   | 150.00 | 2023-07-20 | GHS      |            |
        L4      | esi       | 2023-04-01   | 300.00 | 2023-08-01 | GHS      |            |
    """,
    "repayments": """
        loan_id | paid_on    | amount | repayment_id
        L1      | 2023-02-10 | 40.00  | R1
        L1      | 2023-03-10 | 40.00  | R2
        L1      | 2023-04-12 | 40.00  | R3
        L2      | 2023-03-03 | 90.25  | R4
    """,
}


@pytest.fixture
def sound_folder(tmp_path: Path) -> Path:
    """A small folder of CSV files with nothing wrong: clients, loans and repayments."""
    folder = tmp_path / "book"
    folder.mkdir()
    for name, text in SOUND.items():
        _drawn(text).to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real loan books; the test is skipped where they are not on this machine."""
    import os

    given = os.environ.get("EXITWATCH_DATA")
    folder = Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "kenya_loans").is_dir():
        pytest.skip("the real loan books are not on this machine; set EXITWATCH_DATA to their folder")
    return folder
