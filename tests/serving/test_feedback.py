"""What was found returns as data: it changes tomorrow's picture of the book, and not yesterday's."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as each_of
from hypothesis import strategies as st
from sqlalchemy import delete

from features.book import Book
from features.exit import ExitDefinition, at_risk
from features.schema import TABLES
from features.snapshot import snapshot, unknown_features
from models.exit_risk import ExitModel
from serving import issued
from serving.feedback import Returned, joined, returned, told, with_outcomes
from serving.given import Given, Sheet
from serving.home import Home
from serving.line import OfficerList
from serving.outcome_codes import CODES, KEPT_BACK
from serving.outcomes import By, Keep, record, settle
from serving.settings import Settings
from serving.standing import details, rules
from serving.store import tables
from serving.store.database import Store
from serving.weekly import gaps, run_weekly

Tables = dict[str, pd.DataFrame]

SUNDAY = date(2024, 6, 30)
MONDAY, TUESDAY, WEDNESDAY = (SUNDAY + timedelta(days=n) for n in (1, 2, 3))
RULE = ExitDefinition()
DESK = By("liz", "desk", "desk")
LEAST: Mapping[str, Mapping[str, Any]] = {
    "R": {"promised_on": "2024-09-01"},
    "L": {"reasons": ("UNK-0",)},
    "H": {"kind": ""},
    "O": {"kind": "", "override": "no_time"},
    "W": {"kind": "call"},
}


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def sheet(*clients: str, officer: str = "o1") -> Sheet:
    return Sheet(f"2024-W27-{officer}", officer, "b1", SUNDAY, {client: n for n, client in enumerate(clients, 1)})


def enter(store: Store, number: int, client: str, code: str, day: date = MONDAY, **more: Any) -> str:
    """Enter one outcome on a day, about that day; answers what became of it."""
    whole = {"outcome_id": uuid(number), "client_id": client, "happened_on": day, "code": code, "kind": "visit"}
    officer = more.pop("officer", "o1")
    given = Given.of(**{**whole, **LEAST.get(code, {}), **more})
    with store.write() as connection:
        return record(connection, sheet(client, officer=officer), given, DESK, at(day), day).status


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def rows(store: Store) -> Returned:
    with store.read() as connection:
        return returned(connection)


def contacts(store: Store) -> list[dict[str, Any]]:
    return rows(store).contacts.to_pylist()


def departures(store: Store) -> list[dict[str, Any]]:
    return rows(store).departures.to_pylist()


def test_each_code_returns_as_the_contact_and_the_leaving_it_stands_for(store: Store) -> None:
    for number, code in enumerate(CODES):
        enter(store, number, f"of {code}", code)

    meant = CODES.values()
    assert {row["client_id"]: row["result"] for row in contacts(store)} == {
        f"of {code.code}": code.contact for code in meant if code.contact
    }
    assert {row["client_id"]: row["leaver_type"] for row in departures(store)} == {
        f"of {code.code}": str(code.leaver_type) for code in meant if code.leaver_type
    }


def test_a_contact_and_a_leaving_carry_everything_a_book_can_say_of_them(store: Store) -> None:
    enter(store, 1, "ama", "L", reasons=("PRC-1", "AMT-1"))

    assert contacts(store) == [
        {
            "contact_id": f"ew-{uuid(1)}",
            "client_id": "ama",
            "happened_on": MONDAY,
            "kind": "visit",
            "direction": "out",
            "officer_id": "o1",
            "result": "reached",
            "topic": "PRC-1",
            "list_id": "2024-W27-o1",
            "known_on": MONDAY,
            "reversed_on": None,
        }
    ]
    assert departures(store) == [
        {
            "client_id": "ama",
            "left_on": MONDAY,
            "leaver_type": "VOL",
            "reasons": "PRC-1;AMT-1",
            "known_on": MONDAY,
            "reversed_on": None,
        }
    ]


def test_what_came_late_is_known_from_the_day_it_came(store: Store) -> None:
    enter(store, 1, "ama", "L", WEDNESDAY, happened_on=MONDAY)

    assert [(row["happened_on"], row["known_on"]) for row in contacts(store)] == [(MONDAY, WEDNESDAY)]
    assert [(row["left_on"], row["known_on"]) for row in departures(store)] == [(MONDAY, WEDNESDAY)]


def test_a_correction_reverses_what_it_replaces_from_that_day(store: Store) -> None:
    enter(store, 1, "ama", "L", MONDAY)
    enter(store, 2, "ama", "R", WEDNESDAY, based_on=uuid(1))

    assert [(row["contact_id"][-1], row["known_on"], row["reversed_on"]) for row in contacts(store)] == [
        ("1", MONDAY, WEDNESDAY),
        ("2", WEDNESDAY, None),
    ]
    assert [(row["leaver_type"], row["known_on"], row["reversed_on"]) for row in departures(store)] == [
        ("VOL", MONDAY, WEDNESDAY),
        ("REST", WEDNESDAY, None),
    ]


@pytest.mark.parametrize(
    ("keep", "held"),
    [(Keep.THIS, [("1", MONDAY, WEDNESDAY), ("2", WEDNESDAY, None)]), (Keep.OTHER, [("1", MONDAY, None)])],
)
def test_what_waits_for_a_person_is_no_row_until_it_is_decided(
    keep: Keep, held: list[tuple[str, date, date | None]], store: Store
) -> None:
    enter(store, 1, "ama", "S", MONDAY)
    enter(store, 2, "ama", "T", MONDAY)
    assert [row["contact_id"][-1] for row in contacts(store)] == ["1"]

    with store.write() as connection:
        settle(connection, uuid(2), keep, DESK, at(WEDNESDAY), WEDNESDAY)

    found = [(row["contact_id"][-1], row["known_on"], row["reversed_on"]) for row in contacts(store)]
    assert found == held


def test_what_is_said_of_staff_or_of_private_matters_is_in_no_row(store: Store) -> None:
    enter(store, 1, "ama", "L", reasons=("HLT-1", "OFF-3", "PRC-1", "FRD-1", "AMT-1"), consent=True)
    enter(store, 2, "kofi", "L", reasons=("REL-1",), consent=True)

    assert [row["topic"] for row in contacts(store)] == ["PRC-1", None]
    assert [row["reasons"] for row in departures(store)] == ["PRC-1;AMT-1", None]
    assert not [code for code in KEPT_BACK if code in str(rows(store).contacts) + str(rows(store).departures)]


def test_a_contact_of_the_desk_is_no_officers(store: Store) -> None:
    enter(store, 1, "ama", "S", officer="desk")

    assert [row["officer_id"] for row in contacts(store)] == [None]


def test_the_rows_are_rows_of_a_book(store: Store) -> None:
    for number, code in enumerate(CODES):
        enter(store, number, f"c{number}", code, officer="o1")

    for name, table in (("contacts", rows(store).contacts), ("departures", rows(store).departures)):
        assert set(table.column_names) <= set(TABLES[name].columns)
        for column in table.column_names:
            allowed = TABLES[name].columns[column].one_of
            assert not allowed or set(table[column].to_pylist()) <= set(allowed)


# The small MFI, and what is known of it on a day.


@pytest.fixture(scope="module")
def own(mfi: Callable[..., Tables]) -> Tables:
    """The small MFI, with half of its clients between two loans."""
    tables = mfi()
    loans = tables["loans"]
    resting = loans["closed_on"].isna() & (loans["client_id"] >= "c030")
    loans.loc[resting, "closed_on"] = date(2024, 6, 20)
    loans.loc[resting, "closed_how"] = "repaid"
    return tables


@pytest.fixture(scope="module")
def small(own: Tables) -> Book:
    return Book.of(own)


@pytest.fixture(scope="module")
def borrowers(small: Book) -> list[str]:
    return clients_of(small, "open")


@pytest.fixture(scope="module")
def resters(small: Book) -> list[str]:
    return clients_of(small, "resting")


@pytest.fixture(scope="module")
def before(small: Book) -> dict[date, dict[str, bytes]]:
    """Pictures of the book alone."""
    return {day: picture(small, day) for day in (SUNDAY, MONDAY, TUESDAY)}


@pytest.fixture
def settings_of() -> Settings:
    return Settings()


def picture(book: Book, day: date) -> dict[str, bytes]:
    """Everything a model would be told on a day, by client."""
    with book.known(day) as known:
        found = snapshot(known, RULE)
    states = dict(zip(found.population["client_id"], found.population["state"], strict=True))
    return {str(client): states[client].encode() + row.to_numpy().tobytes() for client, row in found.table.iterrows()}


def glance(book: Book, day: date) -> str:
    """Everything that outcomes can change on a day: who is at risk, and all a feature could read of contacts."""
    with book.known(day) as known:
        return "\n".join(
            (
                at_risk(known, RULE).to_csv(),
                known.frame("SELECT * FROM contacts ORDER BY contact_id").to_csv(),
                known.frame("SELECT * FROM departures ORDER BY ALL").to_csv(),
            )
        )


def clients_of(book: Book, state: str, day: date = TUESDAY) -> list[str]:
    with book.known(day) as known:
        population = at_risk(known, RULE)
    return sorted(population.loc[population["state"] == state, "client_id"])


def now(small: Book, store: Store) -> Book:
    """The book with everything that was found by now."""
    return with_outcomes(small, store).book


def test_an_outcome_changes_the_picture_from_the_day_it_is_entered_and_never_an_earlier_one(
    small: Book, borrowers: list[str], resters: list[str], before: dict[date, dict[str, bytes]], store: Store
) -> None:
    for number, (code, borrower, rester) in enumerate(zip(CODES, borrowers, resters, strict=False)):
        enter(store, 2 * number, borrower, code, TUESDAY, happened_on=MONDAY)
        enter(store, 2 * number + 1, rester, code, TUESDAY, happened_on=MONDAY)

    after = {day: picture(now(small, store), day) for day in before}

    assert after[SUNDAY] == before[SUNDAY]
    assert after[MONDAY] == before[MONDAY]
    # Who died or is served elsewhere is nobody's to lose; who was resting and said good-bye has left.
    gone = {
        *(client for code, client in zip(CODES, borrowers, strict=False) if code in "DB"),
        *(client for code, client in zip(CODES, resters, strict=False) if code in "DBLGMPEU"),
    }
    assert set(before[TUESDAY]) - set(after[TUESDAY]) == gone


def test_a_contact_asked_for_by_a_list_is_no_feature_but_keeps_the_cool_off(
    small: Book, borrowers: list[str], before: dict[date, dict[str, bytes]], store: Store, settings_of: Settings
) -> None:
    def cooling(day: date) -> bool:
        with now(small, store).known(day) as known:
            return bool(rules(known, settings_of).loc[borrowers[0], "cooling"])

    assert not cooling(TUESDAY)

    enter(store, 1, borrowers[0], "N", TUESDAY)

    assert picture(now(small, store), TUESDAY) == before[TUESDAY]
    assert (cooling(MONDAY), cooling(TUESDAY)) == (False, True)


def test_handing_a_line_on_or_passing_it_over_is_no_contact_and_keeps_no_cool_off(
    small: Book, borrowers: list[str], resters: list[str], store: Store, settings_of: Settings
) -> None:
    enter(store, 1, borrowers[0], "O")
    enter(store, 2, resters[0], "H")

    assert now(small, store) is small


def test_a_correction_gives_a_client_back_from_that_day_and_takes_nothing_back_before_it(
    small: Book, borrowers: list[str], store: Store
) -> None:
    enter(store, 1, borrowers[0], "D", MONDAY)
    enter(store, 2, borrowers[0], "S", WEDNESDAY, based_on=uuid(1))

    days = (SUNDAY, MONDAY, TUESDAY, WEDNESDAY)
    there = [borrowers[0] in clients_of(now(small, store), "open", day) for day in days]

    assert there == [True, False, False, True]


def test_an_outcome_corrected_on_its_own_day_was_never_known(small: Book, borrowers: list[str], store: Store) -> None:
    enter(store, 1, borrowers[0], "D", MONDAY)
    enter(store, 2, borrowers[0], "T", MONDAY, based_on=uuid(1))

    for day in (SUNDAY, MONDAY, TUESDAY):
        seen = glance(now(small, store), day)
        assert uuid(1) not in seen
        assert "DIED" not in seen
        assert (uuid(2) in seen) == (day > SUNDAY)


#: Days passed, which client, what was found, whether as a correction, how a conflict is decided at once, if at all.
Step = tuple[int, int, str, bool, Keep | None]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 3),
        st.sampled_from("STRLGDNX"),
        st.booleans(),
        st.sampled_from([None, Keep.THIS, Keep.OTHER]),
    ),
    min_size=1,
    max_size=8,
)


@each_of(STEPS)
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_entered_corrected_or_decided_later_no_day_ever_looks_different(
    small: Book,
    borrowers: list[str],
    resters: list[str],
    store: Store,
    steps: list[tuple[int, int, str, bool, Keep | None]],
) -> None:
    clients = [*borrowers[:2], *resters[:2]]
    with store.write() as connection:
        for table in (tables.outcomes, tables.holds, tables.handovers):
            connection.execute(delete(table))
    seen: dict[date, str] = {}
    newest: dict[str, str] = {}
    day = MONDAY
    for number, (later, place, code, corrects, keep) in enumerate(steps, 1):
        if later:
            seen[day] = glance(now(small, store), day)
            day += timedelta(days=later)
        client = clients[place]
        status = enter(store, number, client, code, day, based_on=newest.get(client) if corrects else None)
        if status == "accepted":
            newest[client] = uuid(number)
        elif status == "conflict" and keep is not None:
            with store.write() as connection:
                newest[client] = settle(connection, uuid(number), keep, DESK, at(day), day).outcome_id

    for past, then in seen.items():
        assert glance(now(small, store), past) == then


def test_a_book_without_contacts_learns_nothing_of_silence_but_keeps_the_cool_off(
    own: Tables, borrowers: list[str], store: Store, settings_of: Settings
) -> None:
    poor = Book.of({name: table for name, table in own.items() if name != "contacts"})
    enter(store, 1, borrowers[0], "S")

    more = with_outcomes(poor, store)

    assert unknown_features(more.book.present) == unknown_features(poor.present)
    assert "days_since_contact" in unknown_features(more.book.present)
    assert picture(more.book, TUESDAY) == picture(poor, TUESDAY)
    with more.book.known(TUESDAY) as known:
        assert bool(rules(known, settings_of).loc[borrowers[0], "cooling"])
    assert [sentence.split()[0] for sentence in gaps(poor)] == ["contacts"]
    assert gaps(more.book) == ()
    assert more.said == (
        "joined to the book, as found at lists: contacts 1, leavings 0.",
        "contacts are not in the book itself: those found at lists keep the cool-off and the limit of contacts, and "
        "how often clients are met otherwise stays not known.",
    )


def test_a_book_with_contacts_is_told_how_much_was_joined(small: Book, borrowers: list[str], store: Store) -> None:
    assert with_outcomes(small, store).said == ()

    enter(store, 1, borrowers[0], "L")

    assert told(small, rows(store)) == ("joined to the book, as found at lists: contacts 1, leavings 1.",)


def test_without_outcomes_the_book_is_itself_and_with_them_another(
    small: Book, borrowers: list[str], store: Store
) -> None:
    assert now(small, store) is small

    enter(store, 1, borrowers[0], "S")

    assert now(small, store).digest() != small.digest()
    assert now(small, store).digest() == now(small, store).digest()


def test_a_contact_the_mfis_system_carries_already_is_not_doubled(
    own: Tables, borrowers: list[str], store: Store
) -> None:
    enter(store, 1, borrowers[0], "S")
    imported = {
        "contact_id": f"ew-{uuid(1)}",
        "client_id": borrowers[0],
        "happened_on": MONDAY,
        "kind": "visit",
        "known_on": WEDNESDAY,
    }
    theirs = own["contacts"].assign(known_on=own["contacts"]["happened_on"])
    book = Book.of({**own, "contacts": pd.concat([theirs, pd.DataFrame([imported])], ignore_index=True)})

    with joined(book, rows(store)).known(TUESDAY) as known:
        found = known.frame("SELECT list_id FROM contacts WHERE contact_id LIKE 'ew-%'")

    assert found["list_id"].tolist() == ["2024-W27-o1"]


def test_a_leaving_told_twice_counts_once(small: Book, borrowers: list[str], resters: list[str], store: Store) -> None:
    enter(store, 1, borrowers[0], "D")
    enter(store, 2, resters[0], "L")
    once = joined(small, rows(store))

    twice = once.with_rows({"departures": rows(store).departures})

    assert picture(twice, WEDNESDAY) == picture(once, WEDNESDAY)


def test_outcomes_of_clients_who_are_not_in_the_book_are_left_out(small: Book, store: Store) -> None:
    enter(store, 1, "somebody-erased", "L")

    assert now(small, store) is small


def drawn(store: Store, week: str) -> list[OfficerList]:
    """A week's lists as they are in force."""
    with store.read() as connection:
        found = issued.newest(connection, week)
        assert found is not None
        return issued.sheets(connection, found)


def test_what_is_entered_this_week_changes_next_weeks_lists_and_not_this_weeks(
    mfi: Callable[..., Tables], model: ExitModel, home: Home, store: Store, settings_of: Settings
) -> None:
    book = Book.of(mfi())

    def weekly(day: date) -> None:
        run_weekly(with_outcomes(book, store).book, day, model, "m", home, settings_of, store, at(day), lists_only=True)

    weekly(SUNDAY)
    first = drawn(store, "2024-W27")
    lines = [(page, line.client_id) for page in first for line in page.lines if not page.is_desk]
    told = dict(zip("SLDXRN", lines, strict=False))
    for number, (code, (page, client)) in enumerate(told.items()):
        given = Given.of(
            outcome_id=uuid(number),
            client_id=client,
            happened_on=TUESDAY,
            code=code,
            kind="visit",
            reasons=("PRC-1",) if code == "L" else (),
            promised_on="2024-09-01" if code == "R" else None,
            do_not_contact=code == "X",
        )
        with store.write() as connection:
            record(connection, Sheet.of(page), given, DESK, at(TUESDAY), TUESDAY)

    weekly(SUNDAY)
    assert drawn(store, "2024-W27") == first

    weekly(SUNDAY + timedelta(days=7))
    second = {line.client_id for page in drawn(store, "2024-W28") for line in page.lines}
    assert second
    assert not second & {client for _, client in told.values()}
    assert {client for _, client in lines[len(told) :]} & second


def test_a_lines_last_contact_is_the_one_that_was_entered(
    small: Book, borrowers: list[str], store: Store, settings_of: Settings
) -> None:
    enter(store, 1, borrowers[0], "N", MONDAY, kind="call")

    with now(small, store).known(TUESDAY) as known:
        line = details(known, borrowers[:1]).loc[borrowers[0]]

    assert (line["last_contact_on"].date(), line["last_contact_kind"], line["last_contact_result"]) == (
        MONDAY,
        "call",
        "not_reached",
    )
