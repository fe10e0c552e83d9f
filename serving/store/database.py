"""The door to the operational database: opened only when its tables are those this software knows."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from features.errors import StorageError, UsageError

_READABLE_BY_OWNER = 0o600
_WAIT_SECONDS = 30
#: What is deleted is overwritten; builds of SQLite differ in whether they do so by themselves.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
#: Any number; whoever writes the audit chain holds it, so that the chain has one end.
CHAIN_LOCK = 7_246_811


@dataclass(frozen=True)
class Store:
    """An open operational database."""

    engine: Engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database and changes nothing."""
        with said_as_storage_error(), self.engine.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is kept, also through a kill or a power cut, or none of it. Writers take turns."""
        with said_as_storage_error(), self.engine.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def let_go(self) -> None:
        """Leave nothing of what was deleted in the file that SQLite writes changes to before they reach the database.

        Deleted rows themselves are overwritten, see `_prepare`. A server cleans up in its own time.
        """
        if self.sqlite:
            with said_as_storage_error(), self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def sqlite(self) -> bool:
        """Whether it is a file of this machine."""
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def open_store(url: str, *, any_version: bool = False) -> Store:
    """The database at an address, made if it is a SQLite file that is not there yet.

    Parameters
    ----------
    url
        ``sqlite:////folder/exitwatch.db`` or ``postgresql://user:secret@host/name``.
    any_version
        Open it also if its tables are of another version, or if there are none: for backups.

    Raises
    ------
    UsageError
        The address cannot be read, or is of a database exitwatch does not know.
    StorageError
        It cannot be reached, or its tables are of another version: run `exitwatch migrate`.
    """
    engine = _engine(url)
    store = Store(engine)
    if any_version:
        return store
    with said_as_storage_error():
        now, wanted = revision(store), newest()
        if now is None and store.sqlite:
            migrate(url)
            now = revision(store)
    if now != wanted:
        store.close()
        raise StorageError(
            f"the database has tables of version {now or 'none'}, this software needs {wanted}. "
            "Make a backup with `exitwatch backup`, then run `exitwatch migrate`."
        )
    return store


def migrate(url: str, version: str = "head") -> str:
    """Bring the tables to a version, all steps in one transaction, so that a kill undoes them all.

    Parameters
    ----------
    version
        By default the one this software needs.

    Returns
    -------
    The version.

    Raises
    ------
    StorageError
        This software does not know the version there is, or the one to go to.
    """
    engine = _engine(url)
    with Store(engine).write() as connection:
        config = Config()
        config.set_main_option("script_location", _migrations())
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, version)
        except CommandError as error:
            raise StorageError(
                f"the tables cannot be brought to version {version}: it, or the version there is, belongs to a newer "
                "exitwatch. Install that one."
            ) from error
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).chmod(_READABLE_BY_OWNER)
    engine.dispose()
    return newest() if version == "head" else version


def revision(store: Store) -> str | None:
    """Version of the tables there are; None where there are none."""
    with store.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def newest() -> str:
    """Version of the tables this software needs."""
    config = Config()
    config.set_main_option("script_location", _migrations())
    return str(ScriptDirectory.from_config(config).get_current_head())


@contextmanager
def said_as_storage_error() -> Iterator[None]:
    """Tell what went wrong with the database without its rows: a driver's message may hold values."""
    try:
        yield
    except OperationalError as error:
        raise StorageError(
            f"the database cannot be used ({type(error.orig).__name__}); what was accepted before is whole. "
            "See that it runs, that its disk has room and that the address in the settings is right, then try again."
        ) from error
    except SQLAlchemyError as error:
        raise StorageError(
            f"the database refused ({type(error).__name__}); nothing was changed. Try again; if it stays, see the "
            "database's own log."
        ) from error


def _migrations() -> str:
    return str(resources.files("serving.store") / "migrations")


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            "database_url is not a database's address; write sqlite:///FILE or postgresql://..."
        ) from error
    backend = address.get_backend_name()
    if backend == "postgresql":
        return create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=10,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
        )
    if backend != "sqlite" or not address.database or address.database == ":memory:":
        raise UsageError(f"database_url names {backend!r}; exitwatch keeps its database in sqlite or postgresql")
    # The database itself says what is wrong with the file; here it is only kept from others before anything is in it.
    with suppress(OSError):
        os.close(os.open(address.database, os.O_CREAT | os.O_RDONLY, _READABLE_BY_OWNER))
    engine = create_engine(
        address,
        poolclass=QueuePool,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": _WAIT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in (*_PRAGMAS, f"busy_timeout={_WAIT_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
