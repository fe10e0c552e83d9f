"""Cohorts: when clients came, how they left, and who they were with on the first day they were watched."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from features.book import Book
from features.exit import ExitDefinition
from features.measures.clustered import ALONE
from features.measures.cohorts import DAYS, cohort, lives
from features.measures.episodes import keep_episodes

AS_OF = date(2024, 6, 30)


def lived(book: Book) -> pd.DataFrame:
    definition = ExitDefinition()
    with book.known(AS_OF) as known:
        rows = lives(known, keep_episodes(known, definition), definition)
    return rows.set_index(rows["came_on"].astype(str))


LOANS = """
client_id | disbursed_on | closed_on
old       | 2023-01-01   | 2023-06-01
old       | 2023-06-01   |
ama       | 2023-07-01   | 2023-12-31
bisi      | 2023-07-02   |
chipo     | 2023-07-03   |
dede      | 2023-07-04   |
"""


def test_clients_are_with_whom_they_were_when_first_watched_as_far_as_the_book_knew(
    drawn_book: Callable[..., Book],
) -> None:
    # The book begins on 2023-06-01. Bisi's officer had gone the day before she came; Chipo's was entered too late.
    # That Yaw stands in the register twice makes no client two.
    book = drawn_book(
        loans=LOANS,
        assignments="""
        client_id | officer_id | from_on    | to_on      | known_on
        old       | kofi       | 2022-01-01 | 2023-03-01 | 2022-01-01
        old       | yaw        | 2023-03-02 |            | 2023-03-02
        ama       | kofi       | 2023-06-30 | 2023-12-01 | 2023-06-30
        ama       | yaw        | 2023-12-02 |            | 2023-12-02
        bisi      | kofi       | 2023-01-01 | 2023-07-01 | 2023-01-01
        bisi      |            | 2023-07-02 |            | 2023-07-02
        chipo     | yaw        | 2023-07-01 |            | 2024-07-15
        """,
        memberships="""
        client_id | group_id | from_on
        ama       | sun      | 2023-07-01
        bisi      | sun      | 2023-07-02
        dede      | sun      | 2023-07-05
        """,
        officers="""
        officer_id | branch_id
        kofi       | hill
        yaw        | lake
        yaw        | lake
        """,
        groups="""
        group_id | branch_id
        sun      | hill
        """,
    )

    rows = lived(book)

    expected = {
        "2023-01-01": [1, 1, -1],
        "2023-07-01": [0, 0, 0],
        "2023-07-02": [0, -1, 0],
        "2023-07-03": [-1, -1, -1],
        "2023-07-04": [-1, -1, -1],
    }
    assert rows[["branch", "officer", "group"]].T.to_dict("list") == expected


def test_a_book_that_does_not_say_who_was_with_whom_counts_each_client_for_herself(
    drawn_book: Callable[..., Book],
) -> None:
    everybody = cohort(lived(drawn_book(loans=LOANS)), "everybody")

    assert (everybody.clusters.level, everybody.clusters.alone) == (ALONE, 5)


def test_a_curve_is_told_on_the_days_asked_for(drawn_book: Callable[..., Book]) -> None:
    everybody = cohort(lived(drawn_book(loans=LOANS)), "everybody")

    curves = everybody.curves([183, 184])

    # Of five clients Ama left, after 183 days; nobody is watched for as long as three years.
    assert curves["still_there"]["value"].tolist() == [0.8, 0.8]
    assert curves["choice"].index.tolist() == [183, 184]
    assert np.isnan(everybody.curves()["still_there"].loc[DAYS[-1], "value"])
