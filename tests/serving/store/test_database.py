"""The operational database: whole transactions, one writer at a time, known tables, an audit log only added to."""

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import StatementError

from features.errors import StorageError, UsageError
from serving import accounts, devices
from serving.access import OPERATOR, Scope
from serving.store import database
from serving.store.database import Store, migrate, newest, open_store, revision
from serving.store.tables import audit, facts, metadata

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)


def an_entry(seq: int) -> dict[str, object]:
    return {
        "seq": seq,
        "at": NOW,
        "actor": "amina",
        "role": "officer",
        "event": "list_viewed",
        "subject": "",
        "detail": "{}",
        "previous": "",
        "digest": str(seq),
    }


def test_the_migrations_make_exactly_the_tables_this_software_describes(store: Store) -> None:
    inspector = inspect(store.engine)

    made = {name: {c["name"] for c in inspector.get_columns(name)} for name in inspector.get_table_names()}

    assert made.pop("alembic_version")
    assert made == {name: {c.name for c in table.columns} for name, table in metadata.tables.items()}


def test_what_was_accepted_has_reached_the_disk(
    pragmas: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PRAGMAS", pragmas)

    with closing(open_store(f"sqlite:///{tmp_path / 'kept.db'}")) as store, store.engine.connect() as connection:
        full = 2
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full


def test_an_account_of_the_first_tables_is_there_after_migrating(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    for url in (f"sqlite:///{tmp_path / 'old.db'}", request.getfixturevalue("postgres").empty()):
        migrate(url, "0001")
        with pytest.raises(
            StorageError, match=r"tables of version 0001, this software needs .* run `exitwatch migrate`"
        ):
            open_store(url)
        with closing(open_store(url, any_version=True)) as store, store.write() as connection:
            accounts.add(connection, "amina", Scope.of_text("desk"), OPERATOR, NOW)

        assert migrate(url) == newest()

        with closing(open_store(url)) as store, store.write() as connection:
            assert accounts.existing(connection, "amina").active
            assert devices.known(connection, devices.remember(connection, "", "amina", NOW), "amina", NOW)


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    def fails_halfway() -> None:
        with store.write() as connection:
            connection.execute(facts.insert().values(name="half", value="1"))
            raise KeyError

    with pytest.raises(KeyError):
        fails_halfway()

    with store.read() as connection:
        assert connection.execute(select(facts)).all() == []


def test_a_moment_is_read_back_in_utc_whatever_zone_it_was_given_in(store: Store) -> None:
    nairobi = timezone(timedelta(hours=3))
    with store.write() as connection:
        connection.execute(audit.insert().values(an_entry(1) | {"at": datetime(2024, 7, 1, 11, 0, tzinfo=nairobi)}))

    with store.read() as connection:
        assert connection.execute(select(audit.c.at)).scalar_one() == NOW


def test_a_moment_without_a_time_zone_is_refused(store: Store) -> None:
    with pytest.raises((ValueError, StatementError, StorageError)), store.write() as connection:
        connection.execute(audit.insert().values(an_entry(1) | {"at": datetime(2024, 7, 1, 11, 0)}))  # noqa: DTZ001


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'juma'", "DELETE FROM audit"])
def test_the_audit_log_refuses_to_be_changed(store: Store, change: str) -> None:
    with store.write() as connection:
        connection.execute(audit.insert().values(an_entry(1)))

    with pytest.raises(StorageError, match="refused"), store.write() as connection:
        connection.exec_driver_sql(change)

    with store.read() as connection:
        assert connection.execute(select(audit.c.actor)).scalars().all() == ["amina"]


def test_the_audit_log_lets_go_only_of_what_retention_has_named(store: Store) -> None:
    with store.write() as connection:
        connection.execute(audit.insert(), [an_entry(1), an_entry(2)])
        connection.execute(facts.insert().values(name="audit_forgotten_until", value="1"))

    with pytest.raises(StorageError), store.write() as connection:
        connection.exec_driver_sql("DELETE FROM audit")
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM audit WHERE seq = 1")

    with store.read() as connection:
        assert connection.execute(select(audit.c.seq)).scalars().all() == [2]


def test_writers_take_turns(store: Store) -> None:
    """Each of ten reads the count and writes the next number: without turns, numbers would be written twice."""

    def add() -> None:
        with store.write() as connection:
            seen = connection.execute(select(facts)).all()
            connection.execute(facts.insert().values(name=f"n{len(seen)}", value=""))

    threads = [threading.Thread(target=add) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.read() as connection:
        names = connection.execute(select(facts.c.name)).scalars().all()
    assert sorted(names) == [f"n{place}" for place in range(10)]


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(store: Store) -> None:
    with store.read() as reading:
        before = reading.execute(select(facts)).all()
        with store.write() as connection:
            connection.execute(facts.insert().values(name="later", value=""))
        assert reading.execute(select(facts)).all() == before == []

    with store.read() as connection:
        assert len(connection.execute(select(facts)).all()) == 1


def test_migrating_twice_changes_nothing(database: str) -> None:
    assert migrate(database) == migrate(database) == newest()


def test_a_database_of_another_version_is_refused_with_what_to_do(store: Store, database: str) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StorageError, match=r"exitwatch backup.*exitwatch migrate"):
        open_store(database)


def test_a_new_sqlite_file_is_made_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new.db"

    opened = open_store(f"sqlite:///{file}")

    assert revision(opened) == newest()
    assert file.stat().st_mode & 0o777 == 0o600
    opened.close()


@pytest.mark.parametrize("url", ["mysql://a:secret@b/c", "sqlite://", "sqlite:///:memory:", "not an address"])
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError, match="database_url") as refused:
        open_store(url)

    assert "secret" not in str(refused.value)


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be used") as refused:
        open_store(f"postgresql://ama:secret@/exitwatch?host={tmp_path}")

    assert "secret" not in str(refused.value)
