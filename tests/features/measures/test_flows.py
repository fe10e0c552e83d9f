"""Who came, who went and who decided, drawn as books; and a slow count in plain Python beside the SQL."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.book import Book
from features.errors import DataError
from features.exit import ExitDefinition
from features.measures.episodes import keep_episodes
from features.measures.flows import MOVES, by_period, leaver_types, monthly
from features.measures.identity import Break, breaks, broken, gap
from features.measures.periods import By, Maturity, Period, periods

AS_OF = date(2025, 1, 1)
RULE = ExitDefinition(grace_days=90)

#: Somebody whose loan ended long ago, so that the book begins before everything that is drawn.
BEGINS = "zoe | 2021-01-01 | 2021-02-01 | repaid"

STORY = f"""
    client_id | disbursed_on | closed_on  | closed_how
    {BEGINS}
    stays     | 2023-01-10   | 2023-06-10 | repaid
    stays     | 2023-06-20   |            |
    rests     | 2023-02-10   | 2023-05-31 | repaid
    rests     | 2023-08-20   |            |
    leaves    | 2023-01-20   | 2023-07-05 | repaid
    returns   | 2023-03-01   | 2023-06-30 | repaid
    returns   | 2024-02-01   |            |
    inside    | 2023-04-03   | 2023-05-03 | repaid
    writes    | 2023-01-02   | 2023-05-15 | written_off
    dies      | 2023-01-03   | 2023-05-20 | repaid
    decides   | 2023-05-05   | 2024-12-20 | repaid
"""
DIED = """
    client_id | left_on    | leaver_type
    dies      | 2023-05-20 | DIED
"""


def counts(book: Book, by: By = By.QUARTER, as_of: date = AS_OF, rule: ExitDefinition = RULE) -> pd.DataFrame:
    with book.known(as_of) as known:
        span = keep_episodes(known, rule)
        return by_period(monthly(known), by, span, rule, as_of).set_index("period")


def test_a_client_comes_with_her_first_loan_and_goes_on_the_day_the_last_one_ended(
    drawn_book: Callable[..., Book],
) -> None:
    table = counts(drawn_book(loans=STORY, departures=DIED))

    told = table.loc[["2023-Q1", "2023-Q2", "2023-Q3", "2024-Q1"], ["begin", "came", "out", "end"]]
    assert told.to_numpy().tolist() == [
        [0, 6, 0, 6],  # stays, rests, leaves, returns, writes, dies
        [6, 2, 4, 4],  # inside and decides come; returns, inside, writes and dies go; who rests is still a client
        [4, 0, 1, 3],  # leaves goes
        [3, 1, 0, 4],  # returns is back
    ]


def test_only_who_could_decide_is_a_decider(drawn_book: Callable[..., Book]) -> None:
    table = counts(drawn_book(loans=STORY, departures=DIED))

    told = table.loc["2023-Q2", ["deciders", "renewed", "gone", "paid_off", "loans", "follow_on"]].to_dict()
    # stays and rests renewed; returns and inside did not in time; writes and dies had nothing to decide.
    assert told == {"deciders": 4, "renewed": 2, "gone": 2, "paid_off": 5, "loans": 3, "follow_on": 1}


def test_a_decision_is_open_until_the_grace_period_is_over_and_its_client_is_still_there(
    drawn_book: Callable[..., Book],
) -> None:
    row = counts(drawn_book(loans=STORY, departures=DIED)).loc["2024-Q4"]

    assert (row["open"], row["deciders"], row["out"], row["end"]) == (1, 0, 0, 4)
    assert row["maturity"] == Maturity.GRACE
    assert row["final_from"] == date(2024, 12, 31) + timedelta(days=91)


def test_a_period_is_final_when_grace_and_late_entries_are_over(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans=f"""
        client_id | disbursed_on | closed_on  | closed_how | closed_known_on
        {BEGINS}  | 2021-02-01
        slow      | 2023-01-10   | 2023-06-10 | repaid     | 2023-06-20
        """
    )

    def quarter(as_of: date) -> str:
        return str(counts(book, as_of=as_of).loc["2024-Q1", "maturity"])

    assert quarter(date(2024, 6, 29)) == Maturity.GRACE
    assert quarter(date(2024, 7, 1)) == Maturity.LATE  # ten days for entries, as one took
    assert quarter(date(2024, 7, 10)) == Maturity.FINAL


def test_a_period_in_which_the_book_begins_is_never_final(drawn_book: Callable[..., Book]) -> None:
    table = counts(drawn_book(loans=STORY, departures=DIED), By.YEAR)

    assert table["maturity"].to_dict() == {
        "2021": Maturity.BEGINS,
        "2022": Maturity.FINAL,
        "2023": Maturity.FINAL,
        "2024": Maturity.GRACE,
    }


def test_a_closing_entered_later_has_not_happened_yet(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans=f"""
        client_id | disbursed_on | closed_on  | closed_how | closed_known_on
        {BEGINS}  | 2021-02-01
        slow      | 2023-01-10   | 2023-06-10 | repaid     | 2024-03-01
        """
    )

    assert counts(book, as_of=date(2024, 2, 29)).loc["2023-Q2", "out"] == 0
    assert counts(book, as_of=date(2024, 3, 1)).loc["2023-Q2", "out"] == 1


def test_how_they_went_is_counted_by_leaver_type(drawn_book: Callable[..., Book]) -> None:
    with drawn_book(loans=STORY, departures=DIED).known(AS_OF) as known:
        span = keep_episodes(known, RULE)
        table = leaver_types(known, By.YEAR, span, RULE, AS_OF)

    year = table[table["period"] == "2023"].set_index("value")["out"]
    assert year.to_dict() == {"DIED": 1, "UNK": 3, "WO": 1}


def test_savers_who_stay_are_no_exits(drawn_book: Callable[..., Book]) -> None:
    savings = """
        client_id | moved_on   | kind    | amount
        leaves    | 2023-08-01 | deposit | 5
    """
    rule = ExitDefinition(grace_days=90, savers_stay=True)
    book = drawn_book(loans=STORY, departures=DIED, savings=savings)

    assert counts(book, rule=rule).loc["2023-Q3", ["deciders", "renewed", "gone"]].tolist() == [1, 1, 0]
    assert counts(book).loc["2023-Q3", ["deciders", "renewed", "gone"]].tolist() == [1, 0, 1]


def test_the_breaks_of_the_identity_are_named_client_by_client(drawn_book: Callable[..., Book]) -> None:
    clients = "client_id | joined_on\n" + "\n".join(
        f"{name} | {'2019-05-01' if name == 'decides' else '2023-01-01' if name != 'zoe' else '2021-01-01'}"
        for name in ("zoe", "stays", "rests", "leaves", "returns", "inside", "writes", "dies", "decides")
    )
    book = drawn_book(clients=clients, loans=STORY, departures=DIED)
    with book.known(AS_OF) as known:
        keep_episodes(known, RULE)
        spring = breaks(known, Period.of(By.QUARTER, date(2023, 5, 1)), RULE)
        winter = breaks(known, Period.of(By.QUARTER, date(2024, 2, 1)), RULE)
        counted = broken(known, By.QUARTER, RULE)

    assert list(zip(spring["client_id"], spring["why"], strict=True)) == [
        ("decides", Break.EARLIER),
        ("dies", Break.NO_EXIT),
        ("inside", Break.INSIDE),
    ]
    assert list(zip(winter["client_id"], winter["why"], strict=True)) == [("returns", Break.BACK)]
    first = counted[counted["first"] == pd.Timestamp(2023, 4, 1)].set_index("why")["clients"]
    assert first.to_dict() == {Break.EARLIER: 1, Break.NO_EXIT: 1, Break.INSIDE: 1}


def test_a_book_in_which_nothing_ended_cannot_be_measured(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(loans="client_id | disbursed_on\nama | 2024-01-01")

    with pytest.raises(DataError, match="no loan has ended by 2025-01-01"):
        counts(book)


LOANS = st.lists(
    st.tuples(
        st.integers(0, 4),  # client
        st.integers(0, 900),  # paid out, days after the begin
        st.integers(1, 300) | st.none(),  # days until the end
        st.booleans(),  # written off
    ),
    min_size=1,
    max_size=18,
)


def book_of(rows: list[tuple[int, int, int | None, bool]]) -> Book:
    start = date(2022, 1, 1)
    loans = [("zoe", date(2021, 1, 1), date(2021, 2, 1), "repaid")]
    for client, begins, lasts, lost in rows:
        day = start + timedelta(days=begins)
        ends = None if lasts is None else day + timedelta(days=lasts)
        if ends is not None and ends > AS_OF:
            ends = None
        loans.append((f"c{client}", day, ends, None if ends is None else "written_off" if lost else "repaid"))
    table = pd.DataFrame(loans, columns=["client_id", "disbursed_on", "closed_on", "closed_how"])
    table = table.assign(amount=100, loan_id=[f"l{n}" for n in range(len(table))])
    joined = table.groupby("client_id", as_index=False)["disbursed_on"].min()
    return Book.of({"clients": joined.rename(columns={"disbursed_on": "joined_on"}), "loans": table})


def slowly(rows: list[tuple[int, int, int | None, bool]]) -> list[tuple[date, date | None]]:
    """Each client's episodes as (came, gone), from the sentence: a gap above the grace ends one."""
    start = date(2022, 1, 1)
    found: list[tuple[date, date | None]] = [(date(2021, 1, 1), date(2021, 2, 1))]
    for client in {row[0] for row in rows}:
        loans = []
        for _, begins, lasts, _ in (row for row in rows if row[0] == client):
            day = start + timedelta(days=begins)
            ends = date.max if lasts is None or day + timedelta(days=lasts) > AS_OF else day + timedelta(days=lasts)
            loans.append((day, ends))
        came = last = None
        written = {}
        for at, (_, begins, _lasts, lost) in enumerate(row for row in rows if row[0] == client):
            written[start + timedelta(days=begins), loans[at][1]] = lost
        for day, ends in sorted(loans):
            if came is not None and last is not None and (last == date.max or (day - last).days <= 90):
                last = max(last, ends)
                continue
            if came is not None:
                found.append((came, last))
            came, last = day, ends
        assert came is not None
        assert last is not None
        lost_last = any(lost for (_, ends), lost in written.items() if ends == last)
        settled = last != date.max and (lost_last or (AS_OF - last).days > 90)
        found.append((came, last if settled else None))
    return found


@settings(max_examples=12, deadline=None)
@given(LOANS)
def test_the_sql_counts_what_a_slow_walk_through_each_clients_loans_counts(
    rows: list[tuple[int, int, int | None, bool]],
) -> None:
    episodes = slowly(rows)

    table = counts(book_of(rows))

    for period in periods(By.QUARTER, date(2021, 2, 1), AS_OF):
        row = table.loc[period.label]
        before = period.first - timedelta(days=1)
        assert row["came"] == sum(period.first <= came <= period.last for came, _ in episodes)
        assert row["out"] == sum(gone is not None and period.first <= gone <= period.last for _, gone in episodes)
        for name, day in (("begin", before), ("end", period.last)):
            assert row[name] == sum(came <= day and (gone is None or gone > day) for came, gone in episodes)


@settings(max_examples=12, deadline=None)
@given(LOANS)
def test_the_identity_holds_and_its_published_form_fails_by_what_is_named(
    rows: list[tuple[int, int, int | None, bool]],
) -> None:
    book = book_of(rows)
    with book.known(AS_OF) as known:
        span = keep_episodes(known, RULE)
        months = monthly(known)
        table = by_period(months, By.QUARTER, span, RULE, AS_OF)
        named = broken(known, By.QUARTER, RULE)
        new = known.frame("SELECT began_on FROM episodes WHERE came_as = 'new'")["began_on"]

    assert (table["begin"] + table["came"] - table["out"] == table["end"]).all()
    assert (table["deciders"] == table["renewed"] + table["gone"]).all()
    for row in table.itertuples(index=False):
        whys = named[named["first"] == pd.Timestamp(row.first)].set_index("why")["clients"].to_dict()
        came = new.between(pd.Timestamp(row.first), pd.Timestamp(row.last)).sum()
        assert row.end - (row.begin + came - row.out) == gap({Break(why): n for why, n in whys.items()})


@settings(max_examples=12, deadline=None)
@given(LOANS)
def test_months_add_up_to_quarters_and_quarters_to_years(rows: list[tuple[int, int, int | None, bool]]) -> None:
    book = book_of(rows)
    tables = [counts(book, by).reset_index() for by in (By.MONTH, By.QUARTER, By.YEAR)]

    for short, long in ((tables[0], tables[1]), (tables[1], tables[2])):
        for row in long.itertuples(index=False):
            inside = short[(short["first"] >= row.first) & (short["last"] <= row.last)]
            if inside["first"].min() == row.first:
                assert inside[list(MOVES)].sum().tolist() == [getattr(row, name) for name in MOVES]
                assert (inside["begin"].iloc[0], inside["end"].iloc[-1]) == (row.begin, row.end)
