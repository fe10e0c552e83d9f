"""Real databases for tests: a SQLite file each, and a PostgreSQL server that the tests start themselves."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

from serving.store.database import migrate

_NUMBERS = count()
_TEMPLATE = "migrated"


def binaries() -> Path | None:
    """Folder of initdb and postgres; None where PostgreSQL is not installed."""
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which("initdb")
    if found:
        places.insert(0, Path(found).resolve().parent)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


class PostgreSQL:
    """A server of its own in a temporary folder, reached over a socket only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def admin(self) -> str:
        return self.address("postgres")

    def address(self, database: str) -> str:
        return f"postgresql://exitwatch@/{database}?host={self.folder}"

    def fresh(self) -> str:
        """Address of a new database with every table."""
        name = f"t{next(_NUMBERS)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.address(name)

    def empty(self) -> str:
        """Address of a new database without any table."""
        name = f"t{next(_NUMBERS)}"
        self._run(f"CREATE DATABASE {name}")
        return self.address(name)

    def drop(self, url: str) -> None:
        """Take a database away again: each lies in files of 7 MB, and there are hundreds of tests."""
        name = url.partition("@/")[2].partition("?")[0]
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def prepare(self) -> None:
        self._run(f"CREATE DATABASE {_TEMPLATE}")
        migrate(self.address(_TEMPLATE))

    def _run(self, sql: str) -> None:
        engine = create_engine(
            self.admin.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(sql))
        engine.dispose()


@contextmanager
def postgresql() -> Iterator[PostgreSQL | None]:
    """A running server, under another user than root, which it refuses; None where PostgreSQL is not installed."""
    programs = binaries()
    if programs is None:
        yield None
        return
    # A socket's path may have 107 bytes at most, so not pytest's own folder.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a folder of its own is made in it
    folder = Path(tempfile.mkdtemp(prefix="ew-pg-", dir=memory))
    who = _somebody() if os.geteuid() == 0 else None
    if who:
        shutil.chown(folder, who)
    data = folder / "data"
    steps = [str(programs / "initdb"), "-D", str(data), "-U", "exitwatch", "-A", "trust", "-E", "UTF8", "--locale=C"]
    server = None
    try:
        subprocess.run([*steps, "--no-sync"], user=who, cwd=folder, check=True, capture_output=True)
        options = ["-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"]
        server = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), *options],
            user=who,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait(programs, folder, server)
        running = PostgreSQL(folder)
        running.prepare()
        yield running
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # at once: nothing in it is kept
            server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(programs: Path, folder: Path, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        ready = subprocess.run([str(programs / "pg_isready"), "-q", "-h", str(folder)], check=False).returncode == 0
        if ready:
            return
        if server.poll() is not None:
            break
        subprocess.run(["sleep", "0.1"], check=True)
    raise RuntimeError("PostgreSQL was started and does not answer")


def _somebody() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
