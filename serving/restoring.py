"""What a restore has to see to besides the archive: where its database will stand, and who was erased since."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from features.errors import ExitwatchError, StorageError, UsageError
from serving import audit
from serving.erasure import Marked, marked
from serving.home import Home
from serving.store.database import open_store
from serving.store.portable import row_count, tables_of


@dataclass(frozen=True)
class Place:
    """Where a database is written, and where it is found once the folder that is being made is in place.

    Parameters
    ----------
    written
        Differs from `found` where the database stands in that folder.
    """

    found: str
    written: str


def place_of(url: str, home: Path, half: Path) -> Place:
    """The place of a database at an address.

    Parameters
    ----------
    half
        The folder that will be exchanged for `home`.

    Raises
    ------
    UsageError
        A part of the backup bears the name of the database.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        return Place(url, url)  # whoever opens it says what is wrong
    if address.get_backend_name() != "sqlite" or not address.database:
        return Place(url, url)
    file = Path(address.database).absolute()
    file, folder = file.parent.resolve() / file.name, home.resolve()
    if not file.is_relative_to(folder):
        return Place(url, url)
    inside = half / file.relative_to(folder)
    if inside.exists():
        raise UsageError(f"a part of the backup is called {inside.name!r}; give the database another name")
    inside.parent.mkdir(parents=True, exist_ok=True)
    found, written = (address.set(database=str(each)) for each in (file, inside.absolute()))
    return Place(found.render_as_string(hide_password=False), written.render_as_string(hide_password=False))


@dataclass(frozen=True)
class Content:
    """What tells one database from another: the end of its audit log, and how many rows each table has."""

    head: str
    rows: Mapping[str, int]

    @classmethod
    def of(cls, url: str) -> "Content":
        """The content of the database at an address."""
        with closing(open_store(url, any_version=True)) as store, store.read() as connection:
            tables = {table.name: row_count(connection, table) for table in tables_of(connection)}
            return cls(audit.head(connection).text if tables else "", tables)


def ensure_found(place: Place, written: Content) -> None:
    """Look whether the database that was restored is the one that is found from now on.

    Raises
    ------
    StorageError
        It is not.
    """
    if Content.of(place.found) != written:
        raise StorageError(
            "the folder was restored, but the database at its address is not the one that was restored. See where "
            "database_url points to and restore once more, with --database naming an empty one."
        )


def erased_before(home: Home) -> Marked | None:
    """Who was erased as far as the database of a folder knows that is to be replaced; None where it cannot be asked."""
    try:
        url = home.database_url(home.settings()) if home.settings_file.exists() else ""
        address = make_url(url) if url else None
        if address is None or (address.get_backend_name() == "sqlite" and not Path(str(address.database)).is_file()):
            return None
        with closing(open_store(url)) as store, store.read() as connection:
            return marked(connection)
    except (ExitwatchError, ArgumentError):
        # It is damaged or of another version, which may be why something is restored at all.
        return None
