"""A working folder with something in each of its places, and its database, made without any run."""

from contextlib import closing
from pathlib import Path

from filled import fill

from serving.home import Home
from serving.settings import Settings
from serving.store.database import migrate, open_store

FILES = {
    "promotions.jsonl": b'{"model": "abc"}\n',
    "models/abc/manifest.json": b"{}\n",
    "scores/2024-06-30/scores.parquet": bytes(range(256)) * 300,
    "scores/2024-06-30/context.json": b'{"clients": 3}\n',
    "lists/2024-W27/lists.csv": "list_id,client_id\n2024-W27-ö,ama\n".encode(),
    "lists/superseded/2024-W27-0123abcd/lists.csv": b"list_id,client_id\n",
}


def small_home(folder: Path, url: str = "") -> Home:
    """A working folder, and rows in every table of its database.

    Parameters
    ----------
    url
        Of a database that has its tables; by default a SQLite file in the folder.
    """
    home = Home(folder).create()
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / ".weekly.lock").touch()
    (folder / "lists" / ".2024-W28.half-written").mkdir()
    place = url or home.database_url(Settings())
    if not url:
        migrate(place)
    with closing(open_store(place)) as store, store.write() as connection:
        fill(connection)
    return home


def files_of(folder: Path) -> dict[str, bytes]:
    """What a folder holds, without databases and what begins with a dot."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith((".", "exitwatch.db"))
    }
