"""What is accepted while lists are drawn is heeded: nothing is issued that was drawn without it."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.book import Book
from features.errors import Busy
from serving import holds, issued, kept_scores, weekly
from serving.access import OPERATOR
from serving.erasure import erase
from serving.given import Given, Sheet
from serving.heeded import Heeded, Overtaken, holding
from serving.holds import Hold, Reach
from serving.home import Home
from serving.issued import Origin
from serving.line import OfficerList
from serving.outcomes import By, record
from serving.settings import Settings
from serving.store.database import Store
from serving.weekly import WeeklyRun, run_weekly

pytestmark = pytest.mark.usefixtures("same_features")

#: As the lists of the small MFI: a Sunday evening.
AS_OF = date(2024, 6, 30)
NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)

Meanwhile = Callable[[list[OfficerList]], None]


@pytest.fixture(scope="module")
def book(mfi: Callable[..., Any]) -> Book:
    return Book.of(mfi(clients=20))


@pytest.fixture
def run(model: Any, book: Book, home: Home, store: Store) -> Callable[..., WeeklyRun]:
    def weekly(as_of: date = AS_OF, home: Home = home) -> WeeklyRun:
        return run_weekly(book, as_of, model, "0123", home, Settings(), store, NOW, lists_only=True)

    return weekly


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Meanwhile, int], list[int]]:
    """Let something happen while lists are drawn, so many times; gives back how often lists were drawn."""

    def happens(what: Meanwhile, times: int) -> list[int]:
        real, drawn = weekly.draw, [0]

        def slow(*given: Any, **more: Any) -> list[OfficerList]:
            lists = real(*given, **more)
            drawn[0] += 1
            if drawn[0] <= times:
                what(lists)
            return lists

        monkeypatch.setattr(weekly, "draw", slow)
        return drawn

    return happens


def in_force(store: Store, week: str = "2024-W27") -> tuple[int, frozenset[str]]:
    """The draw that is in force, and who is on its lists."""
    with store.read() as connection:
        found = issued.newest(connection, week)
        return (0 if found is None else found.revision), issued.listed(connection, week)


def hold(store: Store, kind: Hold, client: str) -> None:
    until = AS_OF + 30 * DAY if kind in holds.PASSING else None
    with store.write() as connection:
        holds.add(connection, kind, Reach.CLIENT, client, AS_OF, until, actor="dpo", at=NOW)


def somebody(lists: list[OfficerList]) -> str:
    return lists[0].lines[0].client_id


@pytest.mark.parametrize("kind", list(Hold))
def test_a_hold_entered_while_lists_are_drawn_is_heeded(
    run: Callable[..., WeeklyRun], meanwhile: Callable[..., list[int]], store: Store, home: Home, kind: Hold
) -> None:
    held: list[str] = []

    def entered(lists: list[OfficerList]) -> None:
        held.append(somebody(lists))
        hold(store, kind, held[0])

    drawn = meanwhile(entered, 1)
    run()

    revision, listed = in_force(store)
    kept = kept_scores.latest(home)
    assert (drawn, revision) == ([2], 1)
    assert listed
    assert held[0] not in listed
    assert kept is not None
    assert (kept.scores_of(held[0]) is None) == (kind is Hold.OBJECTION)
    assert held[0] not in "".join(file.read_text() for file in home.lists.rglob("*.csv"))


def test_who_is_erased_while_lists_are_drawn_on_another_machine_is_neither_listed_nor_scored(
    run: Callable[..., WeeklyRun], meanwhile: Callable[..., list[int]], store: Store, home: Home, tmp_path: Path
) -> None:
    run(AS_OF - 7 * DAY)
    erased: list[str] = []
    other = Home(tmp_path / "other").create()

    def entered(lists: list[OfficerList]) -> None:
        before = in_force(store, "2024-W26")[1]
        erased.append(next(line.client_id for page in lists for line in page.lines if line.client_id in before))
        erase(store, other, Settings(), erased[0], NOW, AS_OF, OPERATOR)

    drawn = meanwhile(entered, 1)
    run()

    kept = kept_scores.latest(home)
    assert drawn == [2]
    assert erased[0] not in in_force(store)[1]
    assert kept is not None
    assert kept.scores_of(erased[0]) is None
    assert kept.person(erased[0]) is None


def test_an_answer_entered_while_lists_are_drawn_ends_the_carrying_over(
    run: Callable[..., WeeklyRun], meanwhile: Callable[..., list[int]], store: Store
) -> None:
    run(AS_OF - 7 * DAY)
    answered: list[str] = []

    def entered(lists: list[OfficerList]) -> None:
        page, line = next((page, line) for page in lists for line in page.lines if line.carried_over)
        answered.append(line.client_id)
        told = "00000000-0000-4000-8000-000000000001"
        found = Given.of(outcome_id=told, client_id=line.client_id, happened_on=AS_OF, code="N", kind="call")
        with store.write() as connection:
            then = issued.newest(connection, "2024-W26")
            assert then is not None
            (sheet,) = issued.sheets(connection, then, officer_id=page.officer_id)
            record(connection, Sheet.of(sheet), found, By("dora", "desk", "desk"), NOW, AS_OF)

    drawn = meanwhile(entered, 1)
    run()

    with store.read() as connection:
        found = issued.newest(connection)
        assert found is not None
        lines = [line for page in issued.sheets(connection, found) for line in page.lines]
    assert drawn == [2]
    assert any(line.carried_over for line in lines)
    assert not [line for line in lines if line.client_id == answered[0] and line.carried_over]


def test_of_two_machines_the_slower_one_does_not_put_back_who_objected_between(
    run: Callable[..., WeeklyRun], meanwhile: Callable[..., list[int]], store: Store, home: Home, tmp_path: Path
) -> None:
    run(AS_OF - 7 * DAY)
    other = Home(tmp_path / "other").create()
    shutil.copytree(home.path / "scores", other.path / "scores")
    objected: list[str] = []

    def entered(lists: list[OfficerList]) -> None:
        objected.append(somebody(lists))
        hold(store, Hold.OBJECTION, objected[0])
        run(home=other)

    drawn = meanwhile(entered, 1)
    run()

    revision, listed = in_force(store)
    assert drawn == [3]
    assert revision == 1, "the same lists are issued once"
    assert listed
    assert objected[0] not in listed


def test_another_draw_that_came_first_is_seen_though_nothing_else_changed(
    run: Callable[..., WeeklyRun], meanwhile: Callable[..., list[int]], store: Store, tmp_path: Path
) -> None:
    drawn = meanwhile(lambda _: run(home=Home(tmp_path / "other").create()) and None, 1)

    run()

    assert drawn == [3]
    assert in_force(store)[0] == 1


def test_where_something_is_entered_again_and_again_nothing_is_issued_and_it_is_said_what_to_do(
    run: Callable[..., WeeklyRun], meanwhile: Callable[..., list[int]], store: Store, home: Home
) -> None:
    run()
    before, files = in_force(store), {f: f.read_bytes() for f in home.lists.rglob("*") if f.is_file()}
    drawn = meanwhile(lambda lists: hold(store, Hold.UNSAFE, somebody(lists)), 99)

    with pytest.raises(Busy, match=r"nothing was issued.*Run the same command again") as refused:
        run()

    assert refused.value.exit_code == 8
    assert drawn == [3]
    assert in_force(store) == before
    assert {f: f.read_bytes() for f in home.lists.rglob("*") if f.is_file()} == files


def test_what_comes_between_the_last_look_and_the_transaction_is_seen_within_it(
    run: Callable[..., WeeklyRun], store: Store, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, objected = kept_scores.keep, list[str]()

    def keep(*given: Any, **more: Any) -> Path:
        kept = real(*given, **more)
        if not objected:
            objected.append(str(given[1].table.sort_values("margin")["client_id"].iloc[-1]))
            hold(store, Hold.OBJECTION, objected[0])
        return kept

    monkeypatch.setattr(kept_scores, "keep", keep)
    run()

    kept = kept_scores.latest(home)
    assert objected[0] not in in_force(store)[1]
    assert kept is not None
    assert kept.scores_of(objected[0]) is None


@pytest.mark.parametrize(
    ("newest", "heeded"),
    [
        ("", set(Hold)),
        ("2024-W26", set(Hold)),
        ("2024-W27", set(Hold)),
        ("2024-W28", set(Hold) - holds.PASSING),
        ("2025-W01", set(Hold) - holds.PASSING),
    ],
    ids=["no lists yet", "an older week", "the week itself", "a newer week", "another year"],
)
@pytest.mark.parametrize("today", [AS_OF + DAY, AS_OF + 8 * DAY, AS_OF + 200 * DAY])
def test_lists_heed_what_holds_today_however_old_their_book_is(
    store: Store, newest: str, heeded: set[Hold], today: date
) -> None:
    with store.write() as connection:
        if newest:
            issued.issue(connection, [], newest, AS_OF, {}, Origin("m", "b", "", "0"), {}, NOW)
        for kind in Hold:
            holds.add(connection, kind, Reach.CLIENT, "ama", today, today, actor="dpo", at=NOW)

        assert {each.kind for each in holding(connection, AS_OF, today)} == heeded
        assert holding(connection, AS_OF, today - DAY) == holding(connection, AS_OF, today + DAY) == []


@pytest.mark.parametrize("newest", ["2024-W27", "2024-W28"])
def test_lists_heed_what_held_on_their_day_whatever_became_of_it(store: Store, newest: str) -> None:
    with store.write() as connection:
        issued.issue(connection, [], newest, AS_OF, {}, Origin("m", "b", "", "0"), {}, NOW)
        for kind in Hold:
            held = holds.add(connection, kind, Reach.CLIENT, "ama", AS_OF, AS_OF + 30 * DAY, actor="dpo", at=NOW)
            holds.lift(connection, held.hold_id, AS_OF + DAY, actor="dpo", at=NOW)

        assert {each.kind for each in holding(connection, AS_OF, AS_OF + 9 * DAY)} == set(Hold)


@pytest.mark.parametrize("kind", list(Hold))
def test_lists_drawn_from_an_old_book_leave_in_peace_who_asked_since(
    model: Any, book: Book, home: Home, store: Store, kind: Hold
) -> None:
    def weekly(later: int) -> frozenset[str]:
        run_weekly(book, AS_OF, model, "0123", home, Settings(), store, NOW + later * DAY, lists_only=True)
        return in_force(store)[1]

    her = min(weekly(0))
    until = AS_OF + 30 * DAY if kind in holds.PASSING else None
    with store.write() as connection:
        holds.add(connection, kind, Reach.CLIENT, her, AS_OF + 9 * DAY, until, actor="dpo", at=NOW)

    listed = weekly(9)
    files = {file.name: file.read_bytes() for file in (home.lists / "2024-W27").iterdir()}
    kept = kept_scores.latest(home)
    assert listed
    assert her not in listed
    assert kept is not None
    assert (kept.scores_of(her) is None) == (kind is Hold.OBJECTION)
    assert weekly(10) == listed
    assert {file.name: file.read_bytes() for file in (home.lists / "2024-W27").iterdir()} == files
    assert in_force(store)[0] == 2


def test_what_did_not_change_is_told_as_unchanged_on_either_database(
    run: Callable[..., WeeklyRun], store: Store
) -> None:
    run(AS_OF - 7 * DAY)
    hold(store, Hold.UNSAFE, "c001")
    with store.read() as connection:
        heeded = Heeded.of(connection, AS_OF, AS_OF)
    assert heeded.held
    assert len(heeded.lines) == len(heeded.standing) > 0

    with store.write() as connection:
        heeded.refuse_change(connection)
    hold(store, Hold.UNSAFE, "c002")
    with store.read() as connection, pytest.raises(Overtaken):
        heeded.refuse_change(connection)
