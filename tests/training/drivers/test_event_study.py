"""What an event study counts, on a branch drawn by hand in which everything is known.

Twelve officers with 24 clients each. The first six go on 1 January 2024 and hand over everybody. Each client has a loan
that ends on 31 July 2023; whoever stays has another that ends on 15 February 2024; whoever stays then has a third.
"""

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd
import pytest

from features.book import Book
from features.errors import DataError, MissingColumn
from features.exit import ExitDefinition, Rule
from training.drivers.event_study import AFTER, BEFORE, EventStudy, event_study
from training.drivers.events import Event, Events, Kind, officer_changes

AS_OF = date(2025, 1, 31)
WENT = date(2024, 1, 1)
GOING, STAYING, EACH = 6, 6, 24
RULE = ExitDefinition(grace_days=90)

Tables = dict[str, pd.DataFrame]


def loan(client: str, number: int, began: str, due: str, closed: str | None, **more: object) -> dict[str, object]:
    return {
        "loan_id": f"{client}-{number}",
        "client_id": client,
        "disbursed_on": began,
        "amount": 100,
        "due_on": due,
        "closed_on": closed,
        "closed_how": "repaid" if closed else None,
        "product_id": "P1" if client < "o06" else "P2",
    } | more


def branch(early: Sequence[int], late: Sequence[int]) -> Tables:
    """Tables of the branch: how many of each officer's clients leave at the first loan's end, and at the second's."""
    loans, assignments, clients = [], [], []
    for officer in range(GOING + STAYING):
        for n in range(EACH):
            client = f"o{officer:02d}c{n:02d}"
            clients.append(client)
            loans.append(loan(client, 1, "2022-12-01", "2023-07-31", "2023-07-31"))
            if n >= early[officer]:
                loans.append(loan(client, 2, "2023-08-01", "2024-02-15", "2024-02-15"))
            if n >= early[officer] + late[officer]:
                loans.append(loan(client, 3, "2024-02-16", "2025-12-31", None))
            went = officer < GOING
            assignments.append((client, f"o{officer:02d}", "2022-12-01", "2023-12-31" if went else None))
            if went:
                assignments.append((client, f"new{officer}", "2024-01-01", None))
    names = [f"o{n:02d}" for n in range(GOING + STAYING)]
    return {
        "clients": pd.DataFrame({"client_id": clients, "joined_on": "2022-12-01"}),
        "loans": pd.DataFrame(loans),
        "assignments": pd.DataFrame(assignments, columns=["client_id", "officer_id", "from_on", "to_on"]),
        "officers": pd.DataFrame({"officer_id": names, "branch_id": "B1"}),
    }


def studied(tables: Tables, as_of: date = AS_OF) -> EventStudy:
    book = Book.of(tables)
    return event_study(book, as_of, officer_changes(book, as_of), RULE)


#: Six or so of 24 leave each time, but for the clients of those who go: then twelve or so.
USUAL = [5, 6, 7] * 4
AFTERWARDS = [8, 9, 10] * 2 + [4, 5, 6] * 2


def test_the_difference_is_that_of_the_decisions_after_the_officer_went() -> None:
    study = studied(branch(USUAL, AFTERWARDS))

    after, before = study.of(AFTER), study.of(BEFORE)
    exposed, others = (sum(EACH - USUAL[o] for o in group) for group in (range(6), range(6, 12)))
    assert (after["exposed"], after["others"]) == (exposed, others)
    assert after["exposed_rate"] == pytest.approx(sum(AFTERWARDS[:6]) / exposed)
    assert after["others_rate"] == pytest.approx(sum(AFTERWARDS[6:]) / others)
    assert (before["exposed"], before["difference"]) == (GOING * EACH, pytest.approx(0.0))
    assert (study.claims, study.differed_before) == (True, False)
    assert study.finding.said.startswith("After 6 events, 50 % of 108 clients to whom it happened left")
    assert "not proof of a cause" in study.finding.said


def test_of_many_events_the_newest_days_are_looked_at_and_the_others_are_counted() -> None:
    tables = branch(USUAL, AFTERWARDS)
    rows = tables["assignments"]
    earlier = rows["officer_id"].isin(["o00", "o01"])
    rows.loc[earlier, "to_on"] = "2023-12-29"
    rows.loc[rows["officer_id"].isin(["new0", "new1"]), "from_on"] = "2023-12-30"
    book = Book.of(tables)
    events = officer_changes(book, AS_OF)

    newest = event_study(book, AS_OF, events, RULE, most_days=1)

    every = event_study(book, AS_OF, events, RULE, most_days=2)
    assert newest.of(AFTER)["exposed"] == sum(EACH - USUAL[o] for o in range(2, 6))
    assert newest.finding.said.startswith("After 4 events")
    assert newest.finding.said.endswith(" 2 older events were not looked at.")
    assert every.finding.said == event_study(book, AS_OF, events, RULE).finding.said


def test_where_they_differed_already_before_nothing_is_claimed() -> None:
    study = studied(branch([12, 13, 14] * 2 + [3, 4, 5] * 2, [4, 5, 6] * 2 + [4, 5, 6] * 2))

    assert (study.differed_before, study.claims) == (True, False)
    assert "They differed already before it" in study.finding.said


def test_an_officer_given_to_those_who_left_because_they_left_changes_nothing() -> None:
    """Leavers of officers who stay are put under another name in March: the trap of `officer_changes`."""
    tables = branch(USUAL, AFTERWARDS)
    rows = tables["assignments"]
    left = [f"o{o:02d}c{n:02d}" for o in range(6, 12) for n in range(USUAL[o], USUAL[o] + AFTERWARDS[o])]
    rows.loc[rows["client_id"].isin(left), "to_on"] = "2024-03-01"
    archive = pd.DataFrame(
        {"client_id": left, "officer_id": "archive", "from_on": "2024-03-02", "to_on": None}, dtype=object
    )

    study = studied(tables | {"assignments": pd.concat([rows, archive], ignore_index=True)})

    pd.testing.assert_frame_equal(study.finding.table, studied(branch(USUAL, AFTERWARDS)).finding.table)
    assert f"{len(left)} changes of single clients are no events" in study.finding.said


def test_what_becomes_known_later_changes_nothing() -> None:
    tables = branch(USUAL, AFTERWARDS)
    left = [f"o{o:02d}c00" for o in range(12)]
    back = pd.DataFrame([loan(client, 9, "2025-02-01", "2025-12-31", None) for client in left])
    known_later = pd.DataFrame(
        [loan(client, 8, "2024-03-01", "2025-12-31", None, known_on="2025-02-01") for client in left]
    )
    tables["loans"]["known_on"] = tables["loans"]["disbursed_on"]
    back["known_on"] = back["disbursed_on"]

    later = tables | {"loans": pd.concat([tables["loans"], back, known_later], ignore_index=True)}

    pd.testing.assert_frame_equal(studied(later).finding.table, studied(tables).finding.table)


def swallowed(tables: Tables) -> None:
    """Those who stay in February take the new loan on the very day the old one ends."""
    new = tables["loans"]["disbursed_on"] == "2024-02-16"
    tables["loans"].loc[new, "disbursed_on"] = "2024-02-15"


def late_entered(tables: Tables) -> None:
    """A loan's end is entered weeks later."""
    tables["loans"]["closed_known_on"] = tables["loans"]["closed_on"].replace({"2024-02-15": "2024-03-10"})


@pytest.mark.parametrize("how", [swallowed, late_entered])
def test_how_a_renewal_or_an_end_is_entered_changes_no_decision(how: Callable[[Tables], None]) -> None:
    tables = branch(USUAL, AFTERWARDS)
    how(tables)

    pd.testing.assert_frame_equal(studied(tables).finding.table, studied(branch(USUAL, AFTERWARDS)).finding.table)


def test_those_written_off_decided_nothing() -> None:
    tables = branch(USUAL, AFTERWARDS)
    rows = tables["loans"]
    off = rows["loan_id"].isin([f"o{o:02d}c{USUAL[o]:02d}-2" for o in range(12)])
    rows.loc[off, "closed_how"] = "written_off"

    after = studied(tables).of(AFTER)

    whole = studied(branch(USUAL, AFTERWARDS)).of(AFTER)
    assert (after["exposed"], after["others"]) == (whole["exposed"] - 6, whole["others"] - 6)
    assert after["exposed_rate"] * after["exposed"] == pytest.approx(whole["exposed_rate"] * whole["exposed"] - 6)


def test_one_product_that_changed_is_told_as_one_and_its_interval_is_that_of_clients() -> None:
    book = Book.of(branch(USUAL, AFTERWARDS))

    study = event_study(book, AS_OF, Events(Kind.PRODUCT, (Event(WENT, "P1"),)), RULE)

    assert study.of(AFTER)["exposed"] == 108
    assert "fewer than 5 of the product units" in study.finding.said


def test_an_event_whose_aftermath_is_not_final_cannot_be_studied() -> None:
    book = Book.of(branch(USUAL, AFTERWARDS))

    with pytest.raises(DataError, match=r"6 events are known, and none of them has a quiet year.*happened by 2023-12-"):
        event_study(book, date(2024, 9, 15), officer_changes(book, AS_OF), RULE)


def test_a_book_that_cannot_tell_is_refused_with_the_reason() -> None:
    tables = branch(USUAL, AFTERWARDS)
    events = Events(Kind.OFFICER, (Event(WENT, "o00"),))
    without = Book.of(tables | {"loans": tables["loans"].drop(columns="due_on")})

    with pytest.raises(MissingColumn, match="no column 'due_on'"):
        event_study(without, AS_OF, events, RULE)
    with pytest.raises(DataError, match="dormancy, which has none"):
        event_study(Book.of(tables), AS_OF, events, ExitDefinition(rule=Rule.DORMANCY))


def test_fewer_than_twenty_deciders_have_no_figures() -> None:
    tables = branch(USUAL, AFTERWARDS)
    few = tables["loans"]["client_id"].str[3:].isin(["c08", "c09"])
    some = tables["loans"]["client_id"] >= "o06"
    book = Book.of(tables | {"loans": tables["loans"][few | some]})

    study = event_study(book, AS_OF, officer_changes(book, AS_OF), RULE)

    assert study.finding.table.loc[lambda t: t["period"] == AFTER, "difference"].isna().all()
    assert "too few to say" in study.finding.said
    assert not study.claims
