"""Fixtures shared by all tests: drawn tables and books."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from features.book import Book


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


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real loan books; the test is skipped where they are not on this machine."""
    import os

    given = os.environ.get("EXITWATCH_DATA")
    folder = Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "kenya_loans").is_dir():
        pytest.skip("the real loan books are not on this machine; set EXITWATCH_DATA to their folder")
    return folder
