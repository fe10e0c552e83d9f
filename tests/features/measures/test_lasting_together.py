"""Whom the intervals of curves put together, as it may be said."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.book import Book
from features.exit import ExitDefinition
from features.measures.clustered import ALONE
from features.measures.episodes import keep_episodes
from features.measures.lasting import COLUMNS, survival

CLIENTS = 100


def shown(with_officer: int) -> pd.DataFrame:
    """Of 100 clients every other leaves after 100 days; so many of them have one of 10 officers."""
    ids = [f"client-{k}" for k in range(CLIENTS)]
    closed = [None if k % 2 else "2022-07-11" for k in range(CLIENTS)]
    loans = pd.DataFrame({"loan_id": ids, "client_id": ids, "disbursed_on": "2022-04-02", "closed_on": closed})
    # Without an earlier client the book would begin only when the first loan ends.
    first = pd.DataFrame(
        {"loan_id": ["x"], "client_id": "earlier", "disbursed_on": "2021-01-01", "closed_on": "2021-02-01"}
    )
    loans = pd.concat([first, loans]).assign(amount=100)
    clients = loans[["client_id"]].assign(joined_on=loans["disbursed_on"])
    served = pd.DataFrame({"client_id": ids, "officer_id": [f"officer-{k % 10}" for k in range(CLIENTS)]})
    served = served.head(with_officer).assign(from_on="2022-01-01")
    book, definition = Book.of({"clients": clients, "loans": loans, "assignments": served}), ExitDefinition()
    with book.known(date(2024, 6, 30)) as known:
        return survival(known, keep_episodes(known, definition), definition)


@pytest.mark.parametrize(
    ("with_officer", "together", "clusters", "alone"),
    [
        pytest.param(100, "officer", 10, 0.0, id="each with an officer"),
        pytest.param(70, "officer", 19, 0.3, id="30 without"),
        pytest.param(90, "officer", 12, np.nan, id="10 without, which are too few to be told"),
        pytest.param(0, ALONE, 100, 1.0, id="no officer known"),
    ],
)
def test_it_is_said_with_whom_clients_may_leave(with_officer: int, together: str, clusters: int, alone: float) -> None:
    table = shown(with_officer)

    assert tuple(table.columns) == COLUMNS
    row = table[table["cohort"] == "came in 2022"].iloc[0]
    assert (row["curve"], row["days"], row["value"]) == ("still_there", 182, 0.5)
    assert (row["together"], row["clusters"]) == (together, clusters)
    assert row["alone"] == pytest.approx(alone, nan_ok=True)
