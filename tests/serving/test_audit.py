"""The log cannot be changed unseen, whatever one changes in it."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from features.errors import UsageError
from serving import audit
from serving.audit import GENESIS, Head, record, verify
from serving.events import Event
from serving.installation import fact, set_fact
from serving.store import tables
from serving.store.database import Store

NOW = datetime(2024, 7, 1, 8, 30, 15, 123456, tzinfo=UTC)
COLUMNS = [column.name for column in tables.audit.columns]


def written(store: Store, rows: int, start: datetime = NOW) -> None:
    with store.write() as connection:
        for n in range(rows):
            at = start + timedelta(minutes=n)
            record(connection, at, "amina", "officer", Event.LISTS_VIEWED, f"2024-W{n:02d}", lists=1, lines=n)


def unguarded(store: Store) -> Connection:
    """As somebody who owns the database, and so can drop the triggers, would reach it."""
    connection = store.engine.connect()
    if store.sqlite:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
    else:
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
    return connection


def tampered(store: Store, change: Callable[[Connection], object]) -> None:
    connection = unguarded(store)
    change(connection)
    connection.commit()
    connection.close()


def test_a_log_that_nobody_touched_is_whole(store: Store) -> None:
    with store.read() as connection:
        assert verify(connection) == audit.Verified(0, None, 0, Head(0, GENESIS))

    written(store, 5)

    with store.read() as connection:
        found = verify(connection)
        assert (found.rows, found.first_break, found.anchored, found.head.seq) == (5, None, 0, 5)
        assert found.head == audit.head(connection)


def test_a_row_holds_what_was_recorded(store: Store) -> None:
    with store.write() as connection:
        ended = record(connection, NOW, "command line", "operator", Event.ACCOUNT_ADDED, "amina", scope="officer:o1")
        (row,) = audit.entries(connection)

    assert (row.seq, row.at, row.actor, row.role, row.event, row.subject, json.loads(row.detail), row.previous) == (
        1,
        NOW,
        "command line",
        "operator",
        "account_added",
        "amina",
        {"scope": "officer:o1"},
        GENESIS,
    )
    assert ended == Head(1, row.digest)


def test_a_digest_is_the_sha256_of_the_canonical_json_of_the_row() -> None:
    """So that anybody can verify an export without this program."""
    row = audit.Entry(1, NOW, "amina", "desk", "signed_in", "", '{"way":"password"}', GENESIS, "")
    written_out = (
        '{"actor":"amina","at":"2024-07-01T08:30:15.123456+00:00","detail":"{\\"way\\":\\"password\\"}",'
        f'"event":"signed_in","previous":"{GENESIS}","role":"desk","seq":1,"subject":""}}'
    )
    from hashlib import sha256

    assert row.due == sha256(written_out.encode()).hexdigest()


def test_the_database_itself_refuses_to_change_or_delete_a_row(store: Store) -> None:
    written(store, 3)
    for change in (update(tables.audit).values(actor="baba"), delete(tables.audit)):
        connection = store.engine.connect()
        with pytest.raises(DatabaseError, match="only ever added to"):
            connection.execute(change)
        connection.rollback()
        connection.close()

    with store.read() as connection:
        assert verify(connection).rows == 3


SHORT = ["", "x", "amina ", "desk", "signed_in", "{}", '{"lines":2,"lists":1} ']
VALUES = {
    "seq": st.integers(-3, 12),
    "at": st.integers(-(10**12), 10**12).map(lambda us: NOW + timedelta(microseconds=us)),
    **dict.fromkeys(("actor", "role", "event", "subject", "detail"), st.sampled_from(SHORT)),
    **dict.fromkeys(("previous", "digest"), st.sampled_from([*SHORT, GENESIS, "f" * 64])),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_field_of_any_row_that_is_changed_is_found(store: Store, data: st.DataObject) -> None:
    with store.read() as connection:
        empty = audit.head(connection).seq == 0
    if empty:
        written(store, 6)
    row = data.draw(st.integers(1, 6), label="row")
    column = data.draw(st.sampled_from(COLUMNS), label="column")
    value = data.draw(VALUES[column], label="value")
    with unguarded(store) as connection:
        before = connection.execute(select(tables.audit.c[column]).where(tables.audit.c.seq == row)).scalar()
        there = connection.execute(select(tables.audit.c[column])).scalars().all()
        if value == before or (column in ("seq", "digest") and value in there):
            return  # nothing is changed, or the database refuses the same number or digest twice
        connection.execute(update(tables.audit).where(tables.audit.c.seq == row).values({column: value}))
        found = verify(connection)
        now_at = value if column == "seq" else row
        undo = update(tables.audit).where(tables.audit.c.seq == now_at).values({column: before})
        connection.execute(undo)
        connection.commit()
        whole = verify(connection)

    assert found.first_break is not None
    assert whole.first_break is None


def test_a_row_that_is_taken_out_is_found_there(store: Store) -> None:
    written(store, 6)
    for row in (5, 3, 1):
        tampered(store, lambda connection: connection.execute(delete(tables.audit).where(tables.audit.c.seq == row)))  # noqa: B023
        with store.read() as connection:
            assert verify(connection).first_break == audit.Break(row + 1, "a row is missing before it")


def test_a_row_that_is_taken_out_with_the_others_moved_up_is_found(store: Store) -> None:
    written(store, 6)

    def change(connection: Connection) -> None:
        connection.execute(delete(tables.audit).where(tables.audit.c.seq == 3))
        for seq in (4, 5, 6):
            connection.execute(update(tables.audit).where(tables.audit.c.seq == seq).values(seq=seq - 1))

    tampered(store, change)
    with store.read() as connection:
        assert verify(connection).first_break == audit.Break(3, "it does not follow from the row before it")


def test_two_rows_that_change_places_are_found(store: Store) -> None:
    written(store, 4)

    def change(connection: Connection) -> None:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(update(tables.audit).where(tables.audit.c.seq == old).values(seq=new))

    tampered(store, change)
    with store.read() as connection:
        broken = verify(connection).first_break
    assert broken is not None
    assert broken.seq == 2


def test_a_row_put_in_between_or_before_is_found(store: Store) -> None:
    written(store, 2)
    row = {"at": NOW, "actor": "x", "role": "x", "event": "x", "subject": "", "detail": "{}", "previous": GENESIS}
    tampered(store, lambda connection: connection.execute(insert(tables.audit).values(seq=0, digest="e" * 64, **row)))

    with store.read() as connection:
        assert verify(connection).first_break == audit.Break(0, "it stands before the log's beginning")


def test_a_cut_off_end_is_found_with_a_head_kept_elsewhere_and_only_then(store: Store) -> None:
    written(store, 6)
    with store.read() as connection:
        kept = verify(connection).head
    tampered(store, lambda connection: connection.execute(delete(tables.audit).where(tables.audit.c.seq > 4)))

    with store.read() as connection:
        assert verify(connection).first_break is None
        broken = verify(connection, kept).first_break
    assert broken is not None
    assert (broken.seq, "its end was cut" in broken.why) == (6, True)


def test_a_log_written_anew_from_some_row_on_is_found_with_a_head_kept_elsewhere(store: Store) -> None:
    written(store, 4)
    with store.read() as connection:
        kept = verify(connection).head
    tampered(store, lambda connection: connection.execute(delete(tables.audit).where(tables.audit.c.seq > 2)))
    written(store, 9, NOW + timedelta(days=1))

    with store.read() as connection:
        assert verify(connection).first_break is None
        assert verify(connection, kept).first_break is not None


def test_a_head_kept_elsewhere_stays_good_while_the_log_grows(store: Store) -> None:
    heads = []
    for n in range(4):
        written(store, 2, NOW + timedelta(hours=n))
        with store.read() as connection:
            heads.append(verify(connection).head)

    with store.read() as connection:
        assert [verify(connection, head).first_break for head in heads] == [None] * 4


@pytest.mark.parametrize(
    "text", ["", "3", "3:abc", "x:" + "a" * 64, "3:" + "A" * 64, "²:" + "a" * 64, "-1:" + "a" * 64]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="that is no head"):
        Head.of_text(text)


def test_retention_erases_the_beginning_and_the_rest_is_still_whole(store: Store) -> None:
    written(store, 6)
    with store.write() as connection:
        old, middle = (Head(row.seq, row.digest) for row in audit.entries(connection) if row.seq in (2, 4))
        assert audit.forget(connection, NOW + timedelta(minutes=4), NOW + timedelta(days=1), "night", "operator") == 4
        found = verify(connection)
        assert (found.rows, found.first_break, found.anchored, found.head.seq) == (3, None, 4, 7)
        assert verify(connection, middle).first_break is None
        gone = verify(connection, old).first_break
        assert gone is not None
        assert "retention has erased it" in gone.why
    written(store, 2, NOW + timedelta(days=2))
    with store.write() as connection:
        assert audit.forget(connection, NOW + timedelta(days=2), NOW + timedelta(days=3), "night", "operator") == 3
        assert (verify(connection).rows, verify(connection).first_break) == (3, None)
        assert audit.forget(connection, NOW, NOW + timedelta(days=3), "night", "operator") == 0


def test_rows_that_only_the_clock_makes_old_are_kept(store: Store) -> None:
    """The log is erased from its beginning only, so a clock that was once set back takes nothing out of the middle."""
    for shift in (0, -300, 1):
        written(store, 1, NOW + timedelta(days=shift))

    with store.write() as connection:
        assert audit.forget(connection, NOW - timedelta(days=1), NOW, "night", "operator") == 0
        assert verify(connection).rows == 3


def move_both(connection: Connection) -> None:
    row = connection.execute(select(tables.audit).where(tables.audit.c.seq == 5)).one()
    set_fact(connection, "audit_forgotten_until", "5")
    set_fact(connection, "audit_anchor", row.digest)
    connection.execute(delete(tables.audit).where(tables.audit.c.seq <= 5))


def forget_where(connection: Connection) -> None:
    connection.execute(delete(tables.facts))


@pytest.mark.parametrize(
    "change",
    [
        lambda connection: set_fact(connection, "audit_anchor", "0" * 64),
        lambda connection: set_fact(connection, "audit_forgotten_until", "0"),
        lambda connection: set_fact(connection, "audit_forgotten_until", "x"),
        forget_where,
        move_both,
    ],
)
def test_a_beginning_that_was_moved_is_found(store: Store, change: Callable[[Connection], None]) -> None:
    written(store, 6)
    with store.write() as connection:
        audit.forget(connection, NOW + timedelta(minutes=3), NOW + timedelta(days=1), "night", "operator")
    tampered(store, change)

    with store.read() as connection:
        assert verify(connection).first_break is not None


def test_a_log_that_was_never_shortened_and_lost_its_beginning_is_found(store: Store) -> None:
    written(store, 6)
    tampered(store, move_both)

    with store.read() as connection:
        assert verify(connection).first_break is not None


def test_writers_at_the_same_time_keep_one_chain(store: Store) -> None:
    failed: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for n in range(8):
                with store.write() as connection:
                    record(connection, NOW, name, "officer", Event.LIST_VIEWED, f"list-{n}", lines=n)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.read() as connection:
        assert not failed
        assert (verify(connection).rows, verify(connection).first_break) == (48, None)
        assert sorted(row.actor for row in audit.entries(connection)) == sorted(
            f"t{n}" for n in range(6) for _ in range(8)
        )


def test_what_is_undone_leaves_no_row(store: Store) -> None:
    def stopped() -> None:
        with store.write() as connection:
            record(connection, NOW, "amina", "desk", Event.SIGNED_OUT)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stopped()

    with store.read() as connection:
        assert verify(connection).rows == 0


def test_a_detail_the_event_does_not_name_is_refused(store: Store) -> None:
    with store.write() as connection, pytest.raises(ValueError, match="signed_in has no detail name; it has way"):
        record(connection, NOW, "amina", "desk", Event.SIGNED_IN, name="Amina")


def test_rows_are_found_by_time_actor_event_and_subject(store: Store) -> None:
    written(store, 4)
    with store.write() as connection:
        who = audit.pseudonym(connection, "c001")
        record(connection, NOW + timedelta(days=1), "baba", "desk", Event.CLIENT_VIEWED, who, numbers=False)

    with store.read() as connection:
        assert [row.seq for row in audit.entries(connection, since=NOW + timedelta(minutes=2))] == [3, 4, 5]
        assert [row.seq for row in audit.entries(connection, actor="baba")] == [5]
        assert [row.seq for row in audit.entries(connection, event=Event.LISTS_VIEWED)] == [1, 2, 3, 4]
        assert [row.seq for row in audit.entries(connection, subject=who)] == [5]


def test_a_client_bears_the_same_pseudonym_each_time_and_another_in_another_installation(store: Store) -> None:
    with store.write() as connection:
        first = audit.pseudonym(connection, "c001")
        assert first == audit.pseudonym(connection, "c001")
        assert first != audit.pseudonym(connection, "c002")
        assert "c001" not in first
        assert fact(connection, "pseudonym_key") not in (None, "")
        connection.execute(delete(tables.facts))
        assert first != audit.pseudonym(connection, "c001")


def test_odd_ids_break_neither_pseudonym_nor_row(store: Store) -> None:
    odds = "", "क", "\ud800", "a\x00b", "x" * 5000
    with store.write() as connection:
        for odd in odds:
            who = audit.pseudonym(connection, odd)
            record(connection, NOW, odd, "desk", Event.LIST_VIEWED, odd, lines=1)
            record(connection, NOW, "amina", "desk", Event.CLIENT_REFUSED, who)

    with store.read() as connection:
        assert (verify(connection).rows, verify(connection).first_break) == (2 * len(odds), None)


def test_long_subjects_stay_apart(store: Store) -> None:
    with store.write() as connection:
        for end in "ab":
            record(connection, NOW, "amina", "desk", Event.LIST_VIEWED, "x" * 400 + end, lines=1)
        assert len({row.subject for row in audit.entries(connection)}) == 2


def test_every_event_fits_its_column() -> None:
    for event in Event:
        assert len(event) <= 40
