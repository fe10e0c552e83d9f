"""What counts as leaving: named lives with the verdict an MFI can sign."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.book import Book
from features.errors import RecipeError
from features.exit import ExitDefinition, Rule, at_risk, left_within, outcomes
from features.leaver_type import Cause, LeaverType

DrawnBook = Callable[..., Book]

RULE = ExitDefinition(grace_days=90)
DORMANT = ExitDefinition(rule=Rule.DORMANCY, active_days=28)


def state_on(book: Book, day: date, rule: ExitDefinition = RULE) -> dict[str, str]:
    """Clients at risk on a day and their state."""
    with book.known(day) as known:
        frame = at_risk(known, rule)
    return dict(zip(frame.client_id, frame.state, strict=True))


def verdict(
    book: Book, as_of: date, known_by: date, horizon: int = 91, rule: ExitDefinition = RULE
) -> dict[str, tuple[bool, bool]]:
    """(left by choice, forced out) within the horizon for each client at risk on as_of, as known on known_by."""
    with book.known(as_of) as known:
        population = at_risk(known, rule)
    outcome = outcomes(book, {as_of: population}, rule, known_by)[as_of]
    left = left_within(outcome, rule, horizon)
    return {
        client: (bool(choice), bool(forced))
        for client, choice, forced in zip(outcome.client_id, left.choice, left.forced, strict=True)
    }


STAYED, LEFT, FORCED = (False, False), (True, False), (False, True)

#: Ten and more lives. Each is asked on 2024-03-01 over 91 days (to 2024-05-31), as known a year later.
LIVES = {
    "ama repays on 1 April and never borrows again: she left": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        ama       | 2023-10-01   | 2024-04-01 | repaid
        """,
        "",
        LEFT,
    ),
    "bisi rests for the harvest and is back on the 90th day: she stayed": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        bisi      | 2023-10-01   | 2024-04-01 | repaid
        bisi      | 2024-06-30   |            |
        """,
        "",
        STAYED,
    ),
    "chipo comes back on the 91st day: she had left, and is a new beginning": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        chipo     | 2023-10-01   | 2024-04-01 | repaid
        chipo     | 2024-07-01   |            |
        """,
        "",
        LEFT,
    ),
    "dede moves to another branch: no exit": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        dede      | 2023-10-01   | 2024-04-01 | repaid
        """,
        """
        client_id | left_on    | leaver_type
        dede      | 2024-04-02 | XFER
        """,
        STAYED,
    ),
    "esi is written off: forced, not churn": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        esi       | 2023-10-01   | 2024-04-01 | written_off
        """,
        "",
        FORCED,
    ),
    "fatou pays early and leaves: she left on the day she paid": (
        """
        client_id | disbursed_on | due_on     | closed_on  | closed_how
        fatou     | 2023-10-01   | 2024-10-01 | 2024-03-15 | repaid
        """,
        "",
        LEFT,
    ),
    "grace dies: no exit": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        grace     | 2023-10-01   | 2024-04-01 | repaid
        """,
        """
        client_id | left_on    | leaver_type
        grace     | 2024-03-28 | DIED
        """,
        STAYED,
    ),
    "hawa tops up before her loan ends: no decision point at all": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        hawa      | 2023-10-01   | 2024-04-01 | refinanced
        hawa      | 2024-03-20   |            |
        """,
        "",
        STAYED,
    ),
    "imani has two loans at once; only the end of the last counts": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        imani     | 2023-10-01   | 2024-04-01 | repaid
        imani     | 2023-12-01   | 2024-08-01 | repaid
        """,
        "",
        STAYED,
    ),
    "joy renews on the very day: she stayed": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        joy       | 2023-10-01   | 2024-04-01 | repaid
        joy       | 2024-04-01   |            |
        """,
        "",
        STAYED,
    ),
    "kofi was resting since January and does not come back: he left": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        kofi      | 2023-07-01   | 2024-01-10 | repaid
        """,
        "",
        LEFT,
    ),
    "lindiwe was resting since January and comes back in time: she stayed": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        lindiwe   | 2023-07-01   | 2024-01-10 | repaid
        lindiwe   | 2024-03-20   |            |
        """,
        "",
        STAYED,
    ),
    "musa's new loan was cancelled before it was used: it does not count": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        musa      | 2023-10-01   | 2024-04-01 | repaid
        musa      | 2024-05-01   | 2024-05-03 | cancelled
        """,
        "",
        LEFT,
    ),
    "nia is expelled by her group: pushed out, not churn": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        nia       | 2023-10-01   | 2024-04-01 | repaid
        """,
        """
        client_id | left_on    | leaver_type
        nia       | 2024-04-01 | PUSH_GRP
        """,
        FORCED,
    ),
    "ola's loan ends after the horizon: not inside it": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        ola       | 2023-10-01   | 2024-06-01 | repaid
        """,
        "",
        STAYED,
    ),
    "patience told us in an interview that she needs no credit: she left, and it is no failure": (
        """
        client_id | disbursed_on | closed_on  | closed_how
        patience  | 2023-10-01   | 2024-04-01 | repaid
        """,
        """
        client_id | left_on    | leaver_type
        patience  | 2024-04-10 | GRAD
        """,
        LEFT,
    ),
}


@pytest.mark.parametrize("life", LIVES)
def test_a_life_has_the_verdict_the_mfi_agreed_to(life: str, drawn_book: DrawnBook) -> None:
    loans, departures, expected = LIVES[life]
    tables = {"loans": loans} | ({"departures": departures} if departures else {})

    answer = verdict(drawn_book(**tables), date(2024, 3, 1), date(2025, 3, 1))

    assert list(answer.values()) == [expected]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2023, 9, 30), {}),
        (date(2023, 10, 1), {"ama": "open"}),
        (date(2024, 3, 31), {"ama": "open"}),
        (date(2024, 4, 1), {"ama": "resting"}),
        (date(2024, 6, 30), {"ama": "resting"}),
        (date(2024, 7, 1), {}),
    ],
)
def test_a_client_is_open_then_resting_until_the_90th_day_then_gone(
    day: date, expected: dict[str, str], drawn_book: DrawnBook
) -> None:
    book = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on  | closed_how
        ama       | 2023-10-01   | 2024-04-01 | repaid
        """
    )

    assert state_on(book, day) == expected


def test_a_closing_entered_late_leaves_the_client_open_until_it_is_entered(drawn_book: DrawnBook) -> None:
    book = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on  | closed_how | closed_known_on
        ama       | 2023-10-01   | 2024-04-01 | repaid     | 2024-04-20
        """
    )

    assert state_on(book, date(2024, 4, 19)) == {"ama": "open"}
    assert state_on(book, date(2024, 4, 20)) == {"ama": "resting"}


def test_a_client_known_to_have_left_is_no_longer_at_risk(drawn_book: DrawnBook) -> None:
    book = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on  | closed_how
        ama       | 2023-10-01   | 2024-04-01 | repaid
        bisi      | 2023-10-01   | 2024-04-01 | repaid
        """,
        departures="""
        client_id | left_on    | leaver_type | known_on
        ama       | 2024-04-05 | MOVED       | 2024-04-10
        """,
    )

    assert state_on(book, date(2024, 4, 9)) == {"ama": "resting", "bisi": "resting"}
    assert state_on(book, date(2024, 4, 10)) == {"bisi": "resting"}


def test_a_written_off_client_is_not_resting(drawn_book: DrawnBook) -> None:
    book = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on  | closed_how
        esi       | 2023-10-01   | 2024-04-01 | written_off
        """
    )

    assert state_on(book, date(2024, 4, 2)) == {}


def test_a_client_who_still_saves_stays_where_the_mfi_says_so(drawn_book: DrawnBook) -> None:
    book = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on  | closed_how
        ama       | 2023-10-01   | 2024-04-01 | repaid
        """,
        savings="""
        client_id | moved_on   | kind    | amount
        ama       | 2024-05-01 | deposit | 10
        """,
    )

    assert verdict(book, date(2024, 3, 1), date(2025, 3, 1)) == {"ama": LEFT}
    kept = verdict(book, date(2024, 3, 1), date(2025, 3, 1), rule=replace(RULE, savers_stay=True))
    assert kept == {"ama": STAYED}


def test_an_outcome_is_known_only_when_the_grace_period_is_over() -> None:
    as_of = date(2024, 3, 1)

    assert not RULE.matured(as_of, 91, as_of + timedelta(days=91 + 90))
    assert RULE.matured(as_of, 91, as_of + timedelta(days=91 + 91))
    assert not replace(RULE, closing_lag_days=14).matured(as_of, 91, as_of + timedelta(days=91 + 91))
    assert DORMANT.matured(as_of, 28, as_of + timedelta(days=28))


def test_the_next_loan_entered_late_does_not_rewrite_what_was_known(drawn_book: DrawnBook) -> None:
    book = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on  | closed_how | known_on
        ama       | 2023-10-01   | 2024-04-01 | repaid     | 2023-10-01
        ama       | 2024-05-01   |            |            | 2024-09-01
        """
    )

    assert verdict(book, date(2024, 3, 1), date(2024, 8, 31)) == {"ama": LEFT}
    assert verdict(book, date(2024, 3, 1), date(2024, 9, 1)) == {"ama": STAYED}


def test_under_dormancy_silence_for_the_whole_horizon_is_leaving(drawn_book: DrawnBook) -> None:
    book = drawn_book(
        loans="""
        client_id | disbursed_on | closed_on
        early     | 2024-02-03   | 2024-02-10
        ama       | 2024-02-20   | 2024-02-27
        ama       | 2024-03-29   | 2024-04-05
        bisi      | 2024-02-20   | 2024-02-27
        bisi      | 2024-03-30   | 2024-04-06
        chipo     | 2024-02-28   | 2024-03-06
        """
    )

    answer = verdict(book, date(2024, 3, 1), date(2024, 4, 30), horizon=28, rule=DORMANT)

    assert answer == {"early": LEFT, "ama": STAYED, "bisi": LEFT, "chipo": LEFT}
    assert state_on(book, date(2024, 3, 2), DORMANT) == {"ama": "resting", "bisi": "resting", "chipo": "open"}


@pytest.mark.parametrize("days", [0, 4000])
def test_a_definition_refuses_a_grace_period_nobody_could_mean(days: int) -> None:
    with pytest.raises(RecipeError, match=f"grace_days={days} is not between 1 and 3650 days"):
        ExitDefinition(grace_days=days)


def test_every_leaver_type_has_a_cause() -> None:
    assert set(RULE.causes) == set(LeaverType)


def slow_verdict(loans: list[tuple[date, date | None]], as_of: date, horizon: int, grace: int) -> bool | None:
    """The definition in its textbook form for one client; None where she is not at risk on as_of."""
    past = [(start, end) for start, end in loans if start <= as_of]
    if not past:
        return None
    is_open = any(end is None or end > as_of for _, end in past)
    last_end = max(end or date.max for _, end in past)
    if not is_open and as_of > last_end + timedelta(days=grace):
        return None
    ends = sorted({end for _, end in loans if end is not None})
    for day in ends:
        if day <= as_of and (is_open or day != last_end):
            continue
        if day > as_of + timedelta(days=horizon):
            continue
        covered = any(start <= day and (end is None or end > day) for start, end in loans)
        renewed = any(
            day <= start <= day + timedelta(days=grace) and (start, end) != (day, day) for start, end in loans
        )
        began_that_day = any(start == day and end == day for start, end in loans)
        if not covered and not renewed and not began_that_day:
            return True
    return False


DAYS = st.integers(0, 400).map(lambda n: date(2023, 6, 1) + timedelta(days=n))
LOAN = st.tuples(DAYS, st.integers(1, 120) | st.none()).map(
    lambda pair: (pair[0], pair[0] + timedelta(days=pair[1]) if pair[1] else None)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LOAN, min_size=1, max_size=5), DAYS, st.sampled_from([7, 30, 91]), st.sampled_from([10, 90]))
def test_the_fast_outcome_equals_the_textbook_definition(
    loans: list[tuple[date, date | None]], as_of: date, horizon: int, grace: int
) -> None:
    rule = ExitDefinition(grace_days=grace)
    book = Book.of(
        {
            "clients": pd.DataFrame({"client_id": ["ama"], "joined_on": [min(start for start, _ in loans)]}),
            "loans": pd.DataFrame(
                {
                    "loan_id": [str(n) for n in range(len(loans))],
                    "client_id": "ama",
                    "disbursed_on": [start for start, _ in loans],
                    "amount": 100,
                    "closed_on": pd.Series([end for _, end in loans], dtype="object"),
                }
            ),
        }
    )

    answer = verdict(book, as_of, date(2026, 1, 1), horizon, rule)

    expected = slow_verdict(loans, as_of, horizon, grace)
    assert answer == ({} if expected is None else {"ama": (expected, False)})


def test_causes_are_three() -> None:
    assert {cause.value for cause in Cause} == {"choice", "forced", "not_an_exit"}


def test_a_definition_is_written_down_in_plain_values_that_json_knows() -> None:
    plain = json.loads(json.dumps(ExitDefinition(grace_days=60).as_dict()))

    assert (plain["grace_days"], plain["rule"], plain["causes"]["WO"]) == (60, "decision_point", "forced")
