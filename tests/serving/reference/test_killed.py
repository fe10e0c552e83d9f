"""The helper itself: it dies at every change, once at each, and sees what careless code leaves behind."""

from pathlib import Path

import pytest
from killed import COMMIT, FILE, SQL, killed_at, killed_everywhere
from sqlalchemy import create_engine, text

from serving.whole import folder_written_whole, write_whole


def careless(folder: str) -> None:
    Path(folder, "a").write_text("new")
    Path(folder, "b").write_text("new")


def careful(folder: str) -> None:
    write_whole(Path(folder, "a"), b"new")


def whole_folder(folder: str) -> None:
    with folder_written_whole(Path(folder, "week")) as half:
        for name in "ab":
            (half / name).write_text("new")


def two_rows(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
        connection.execute(text("INSERT INTO t VALUES (1)"))
        connection.execute(text("INSERT INTO t VALUES (2)"))


def failing(_folder: str) -> None:
    raise ValueError("of its own")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "week").mkdir()
    return tmp_path


def contents(folder: Path, *names: str) -> tuple[str, ...]:
    return tuple((folder / name).read_text() for name in names)


def test_careless_writing_is_caught_with_half_of_it_done(folder: Path) -> None:
    def fresh() -> list[str]:
        for name in "ab":
            (folder / name).write_text("old")
        return [str(folder)]

    seen = [contents(folder, "a", "b") for _ in killed_everywhere(careless, fresh, kinds={FILE})]

    assert seen == [("old", "old"), ("", "old"), ("new", "old"), ("new", ""), ("new", "new")]


def test_careful_writing_shows_the_old_or_the_new_wherever_it_dies(folder: Path) -> None:
    def fresh() -> list[str]:
        (folder / "a").write_text("old")
        return [str(folder)]

    seen = [(end.at.partition(" ")[0], *contents(folder, "a")) for end in killed_everywhere(careful, fresh)]

    places = [at for at, _ in seen]
    assert list(dict.fromkeys(at for at in places if at != "open")) == ["os.mkdir", "write", "fsync", "os.rename", ""]
    assert [found for _, found in seen] == (len(places) - 1) * ["old"] + ["new"]


def test_the_exchange_of_two_folders_is_a_place_to_die_at(folder: Path) -> None:
    def fresh() -> list[str]:
        for name in "ab":
            (folder / "week" / name).write_text("old")
        return [str(folder)]

    ends = [(end.at, contents(folder / "week", "a", "b")) for end in killed_everywhere(whole_folder, fresh)]

    assert "renameat2" in [at for at, _ in ends]
    assert {found for _, found in ends} == {("old", "old"), ("new", "new")}


def test_a_transaction_dies_before_each_change_and_before_its_commit(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    engine = create_engine(url)

    def fresh() -> list[str]:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS t"))
            connection.execute(text("CREATE TABLE t (n INTEGER)"))
        return [url]

    def rows() -> int:
        with engine.connect() as connection:
            return len(connection.execute(text("SELECT n FROM t")).all())

    seen = [(end.at[:6], rows()) for end in killed_everywhere(two_rows, fresh, kinds={SQL, COMMIT})]
    engine.dispose()

    assert seen == [("INSERT", 0), ("INSERT", 0), ("commit", 0), ("", 2)]


def test_an_error_of_the_function_is_told_and_not_taken_for_a_death(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ValueError: of its own"):
        killed_at(failing, 1, str(tmp_path))
