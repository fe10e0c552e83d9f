"""A migration that is killed anywhere is undone, and the next one does all of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from killed import COMMIT, FILE, SQL, killed_everywhere
from sqlalchemy import create_engine, inspect

from serving.store.database import migrate, newest
from serving.store.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes empty databases, of each kind in turn."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        return lambda: str(server.empty())
    numbers = count()
    return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"


# A new database on a server takes a third of a second, so there only every tenth statement is died at.
@pytest.mark.parametrize(("kinds", "step"), [({SQL}, 10), ({COMMIT, FILE}, 1)], ids=["statements", "commits"])
def test_a_migration_killed_anywhere_leaves_nothing_and_the_next_does_it_all(
    empty: Callable[[], str], kinds: set[str], step: int
) -> None:
    places = 0
    for end in killed_everywhere(migrate, lambda: [empty()], kinds=kinds, step=step):
        url = str(end.arguments[0])
        if end.at and not end.at.startswith("os.chmod"):  # after its commit the rights of a SQLite file are seen to
            assert not tables(url), end
        assert migrate(url) == newest(), end
        assert tables(url) == {*metadata.tables, "alembic_version"}, end
        places = end.number
        if url.startswith("sqlite"):
            assert Path(url.removeprefix("sqlite:///")).stat().st_mode & 0o777 == 0o600, end

    assert places > (len(metadata.tables) if SQL in kinds else 1)


def test_two_migrations_at_once_end_as_one(empty: Callable[[], str]) -> None:
    url = empty()
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(migrate, [url] * 4)) == {newest()}


def tables(url: str) -> set[str]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found
