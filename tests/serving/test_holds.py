"""Peace: who may be granted it, how long it lasts, whom it reaches, and that what held before can still be told."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from sqlalchemy import Connection

from features.errors import UsageError
from serving import holds
from serving.holds import Held, Hold, Reach
from serving.settings import Settings
from serving.store.database import Store

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)
TODAY = date(2024, 7, 1)
DAY = timedelta(days=1)


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    with store.write() as opened:
        yield opened


def granted(connection: Connection, kind: Hold = Hold.UNSAFE, reach: Reach = Reach.CLIENT, **given: Any) -> Held:
    asked = {"target": "ama", "from_on": TODAY, "until_on": None, "actor": "amina", "at": NOW} | given
    return holds.add(connection, kind, reach, **asked)


def held(kind: Hold, reach: Reach, target: str) -> Held:
    return Held("h", kind, reach, target, TODAY, None, "", None, "amina", NOW)


@pytest.mark.parametrize(
    ("on", "until_on", "lifted_on", "holds_then"),
    [
        (TODAY - DAY, None, None, False),
        (TODAY, None, None, True),
        (TODAY + 1000 * DAY, None, None, True),
        (TODAY + 9 * DAY, TODAY + 9 * DAY, None, True),
        (TODAY + 10 * DAY, TODAY + 9 * DAY, None, False),
        (TODAY + 4 * DAY, TODAY + 9 * DAY, TODAY + 5 * DAY, True),
        (TODAY + 5 * DAY, TODAY + 9 * DAY, TODAY + 5 * DAY, False),
        (TODAY, None, TODAY, False),
    ],
)
def test_a_hold_is_in_force_from_its_first_day_to_its_last_or_until_it_is_lifted(
    connection: Connection, on: date, until_on: date | None, lifted_on: date | None, holds_then: bool
) -> None:
    hold = granted(connection, until_on=until_on)
    if lifted_on is not None:
        hold = holds.lift(connection, hold.hold_id, lifted_on, actor="desk", at=NOW)

    assert holds.in_force(connection, on) == ([hold] if holds_then else [])


def test_what_held_on_a_past_date_is_told_the_same_after_it_was_lifted(connection: Connection) -> None:
    hold = granted(connection, from_on=TODAY - 9 * DAY)
    before = [bool(holds.in_force(connection, TODAY - ago * DAY)) for ago in range(12)]

    holds.lift(connection, hold.hold_id, TODAY + DAY, actor="desk", at=NOW)

    assert [bool(holds.in_force(connection, TODAY - ago * DAY)) for ago in range(12)] == before
    assert [each.hold_id for each in holds.every(connection)] == [hold.hold_id]


def test_a_list_can_be_made_again_with_what_was_known_then(connection: Connection) -> None:
    early = granted(connection, from_on=TODAY - 9 * DAY)
    granted(connection, target="kofi", from_on=TODAY - 9 * DAY, at=NOW + DAY)
    holds.lift(connection, early.hold_id, TODAY, actor="desk", at=NOW + DAY)

    assert holds.in_force(connection, TODAY, known_at=NOW) == [early]
    assert [each.target for each in holds.in_force(connection, TODAY)] == ["kofi"]


@pytest.mark.parametrize("ago", [2, 40])
def test_nobody_lifts_a_hold_in_the_past(connection: Connection, ago: int) -> None:
    hold = granted(connection, from_on=TODAY - 50 * DAY)

    with pytest.raises(UsageError, match="is lifted from today on"):
        holds.lift(connection, hold.hold_id, TODAY - ago * DAY, actor="desk", at=NOW)


def test_a_hold_is_lifted_once_and_only_if_there_is_one(connection: Connection) -> None:
    hold = granted(connection)
    lifted = holds.lift(connection, hold.hold_id, TODAY, actor="desk", at=NOW)

    assert (lifted.lifted_by, lifted.lifted_at, lifted.lifted_on) == ("desk", NOW, TODAY)
    assert holds.every(connection, target="ama") == [lifted]
    with pytest.raises(UsageError, match="was lifted already"):
        holds.lift(connection, hold.hold_id, TODAY, actor="desk", at=NOW)
    with pytest.raises(UsageError, match="there is no hold 'no'"):
        holds.lift(connection, "no", TODAY, actor="desk", at=NOW)


def test_the_very_same_hold_sent_twice_is_kept_once(connection: Connection) -> None:
    first = granted(connection, Hold.DO_NOT_CONTACT, outcome_id="3a")

    assert granted(connection, Hold.DO_NOT_CONTACT, outcome_id="3a") == first
    assert granted(connection, Hold.DO_NOT_CONTACT, outcome_id="3b") != first
    assert len(holds.every(connection)) == 2


@pytest.mark.parametrize("kind", sorted(holds.OWN_WISH))
@pytest.mark.parametrize("reach", [reach for reach in Reach if reach is not Reach.CLIENT])
def test_nobody_objects_for_others(connection: Connection, kind: Hold, reach: Reach) -> None:
    with pytest.raises(UsageError, match="is one client's own wish"):
        granted(connection, kind, reach)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"target": "  "}, "needs a client: its id"),
        ({"target": "a\x00"}, "needs a client: its id"),
        ({"target": "a" * 201}, "needs a client: its id"),
        ({"reach": Reach.VILLAGE, "target": "..."}, "needs a village: its id"),
        ({"until_on": TODAY - DAY}, "ends before it begins"),
        ({"kind": Hold.BEREAVEMENT}, "a hold for bereavement needs a last day"),
        ({"kind": Hold.DISASTER}, "a hold for disaster needs a last day"),
        ({"note": "a" * 501}, "the note of a hold"),
        ({"note": "a\nb"}, "the note of a hold"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_stored(
    connection: Connection, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        granted(connection, **given)

    assert holds.every(connection) == []


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        (Hold.BEREAVEMENT, date(2024, 7, 10)),
        (Hold.DISASTER, date(2024, 7, 1)),
        (Hold.DO_NOT_CONTACT, None),
        (Hold.OBJECTION, None),
        (Hold.OPT_OUT, None),
        (Hold.UNSAFE, None),
    ],
)
def test_how_long_what_passes_lasts_is_a_setting(kind: Hold, last: date | None) -> None:
    assert holds.usual_end(kind, TODAY, Settings(bereavement_days=10, disaster_days=1)) == last


def test_objectors_are_those_who_object_on_the_date(connection: Connection) -> None:
    granted(connection, Hold.OBJECTION, target="ama")
    granted(connection, Hold.OBJECTION, target="kofi", from_on=TODAY + DAY)
    granted(connection, Hold.OPT_OUT, target="esi")
    old = granted(connection, Hold.OBJECTION, target="yaw")
    holds.lift(connection, old.hold_id, TODAY, actor="dpo", at=NOW)

    assert holds.objectors(connection, TODAY) == {"ama"}
    assert holds.objectors(connection, TODAY + DAY) == {"ama", "kofi"}
    assert holds.objectors(connection, TODAY - DAY) == frozenset()


@pytest.fixture
def people(drawn: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return drawn("""
        client_id | household_id | group_id | village    | branch_id
        ----------+--------------+----------+------------+----------
        ama       | h1           | g1       | Dry River  | b1
        kofi      | h1           | g2       | DRY  RIVER | b1
        esi       |              | g2       | Dry Rivers | b2
        yaw       | h2           |          |            |
        b1        |              |          | Mill-Lane  | b2
    """).set_index("client_id")


@pytest.mark.parametrize(
    ("reach", "target", "names"),
    [
        (Reach.CLIENT, "ama", {"ama"}),
        (Reach.CLIENT, "h1", set()),
        (Reach.HOUSEHOLD, "h1", {"ama", "kofi"}),
        (Reach.GROUP, "g2", {"kofi", "esi"}),
        (Reach.VILLAGE, "dry river.", {"ama", "kofi"}),
        (Reach.VILLAGE, "mill lane", {"b1"}),
        (Reach.BRANCH, "b1", {"ama", "kofi"}),
        (Reach.BRANCH, "b9", set()),
    ],
)
def test_a_hold_reaches_everybody_it_names_and_nobody_else(
    people: pd.DataFrame, reach: Reach, target: str, names: set[str]
) -> None:
    hold = held(Hold.DISASTER, reach, target)

    found = holds.reached(people, [hold])

    assert set(people.index[found[Hold.DISASTER]]) == names
    assert not any(mask.any() for kind, mask in found.items() if kind is not Hold.DISASTER)
    assert holds.unmatched(people, [hold]) == ([] if names else [hold])


def test_holds_of_one_kind_add_up(people: pd.DataFrame) -> None:
    found = holds.reached(people, [held(Hold.UNSAFE, Reach.CLIENT, "yaw"), held(Hold.UNSAFE, Reach.GROUP, "g1")])

    assert set(people.index[found[Hold.UNSAFE]]) == {"ama", "yaw"}


def test_a_hold_on_households_the_book_does_not_know_is_told_as_unmatched(people: pd.DataFrame) -> None:
    hold = held(Hold.BEREAVEMENT, Reach.HOUSEHOLD, "h1")

    assert holds.unmatched(people.drop(columns="household_id"), [hold]) == [hold]


DATES = st.integers(0, 12).map(lambda days: TODAY + days * DAY)


@limits(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=DATES, length=st.none() | st.integers(0, 8), lifted=st.none() | DATES, on=DATES)
def test_in_force_is_what_the_sentence_says(first: date, length: int | None, lifted: date | None, on: date) -> None:
    last = None if length is None else first + length * DAY
    hold = Held("h", Hold.UNSAFE, Reach.CLIENT, "ama", first, last, "", None, "a", NOW, "b", NOW, lifted)
    days = {first + n * DAY for n in range(40 if last is None else length + 1)}  # type: ignore[operator]

    assert hold.holds_on(on) == (on in {day for day in days if lifted is None or day < lifted})
