import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from features.errors import StorageError
from serving import whole
from serving.whole import folder_written_whole, write_whole


def content(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def write(target: Path, text: str, replaced: Path | None = None) -> None:
    with folder_written_whole(target, replaced) as half:
        (half / "a").write_text(text)
        (half / "b").write_text(text)


def test_a_folder_appears_with_everything_in_it(tmp_path: Path) -> None:
    with folder_written_whole(tmp_path / "week") as half:
        (half / "a").write_text("1")
        assert not (tmp_path / "week").exists()

    assert content(tmp_path / "week") == {"a": "1"}


def test_what_is_written_is_its_owners_alone_whatever_others_may_read_by_default(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_whole(tmp_path / "out" / "scores.csv", b"ama")
        write(tmp_path / "lists" / "week", "ama")
    finally:
        os.umask(before)

    for folder in ("out", "lists", "lists/week"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700, folder
    assert (tmp_path / "out" / "scores.csv").stat().st_mode & 0o777 == 0o600


def test_the_folder_it_replaces_is_kept_under_another_name(tmp_path: Path) -> None:
    write(tmp_path / "week", "old")

    write(tmp_path / "week", "new", tmp_path / "superseded" / "week-1")

    assert content(tmp_path / "week") == {"a": "new", "b": "new"}
    assert content(tmp_path / "superseded" / "week-1") == {"a": "old", "b": "old"}


@pytest.mark.parametrize("exchange", [True, False], ids=["in one step", "in two steps"])
def test_replacing_works_where_names_cannot_be_exchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    if not exchange:
        monkeypatch.setattr(whole.ctypes, "CDLL", lambda _name: object())
    write(tmp_path / "week", "old")

    write(tmp_path / "week", "new")

    assert content(tmp_path / "week") == {"a": "new", "b": "new"}
    assert [f.name for f in tmp_path.iterdir() if not f.name.endswith(".lock")] == ["week"]


def test_an_error_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "week", "old")

    with pytest.raises(FileNotFoundError), folder_written_whole(tmp_path / "week") as half:
        (half / "no such folder" / "a").write_text("new")

    assert content(tmp_path / "week") == {"a": "old", "b": "old"}
    assert [f.name for f in tmp_path.iterdir() if not f.name.endswith(".lock")] == ["week"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, code: int) -> None:
    write(tmp_path / "week", "old")

    said = r"'week' was not written.*What was there before is unchanged"
    with pytest.raises(StorageError, match=said), folder_written_whole(tmp_path / "week"):
        raise OSError(code, os.strerror(code))

    assert content(tmp_path / "week") == {"a": "old", "b": "old"}


def test_other_operating_system_errors_are_not_called_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), folder_written_whole(tmp_path / "week"):
        (tmp_path / "missing").read_text()


@pytest.mark.parametrize("moment", ["before", "aside"])
def test_a_killed_process_leaves_the_old_folder_or_the_next_run_puts_it_back(tmp_path: Path, moment: str) -> None:
    write(tmp_path / "week", "old")
    script = textwrap.dedent(
        f"""
        import os, signal
        from pathlib import Path
        from serving import whole
        def die(*_): os.kill(os.getpid(), signal.SIGKILL)
        if {moment!r} == "before":
            whole._exchange = die
        else:
            whole.ctypes.CDLL = lambda _name: object()
            rename = Path.rename
            calls = []
            def second(self, to):
                calls.append(to)
                if len(calls) == 2:
                    die()
                return rename(self, to)
            Path.rename = second
        with whole.folder_written_whole(Path({str(tmp_path / "week")!r})) as half:
            (half / "a").write_text("new")
        """
    )
    died = subprocess.run([sys.executable, "-c", script], check=False)
    assert died.returncode == -signal.SIGKILL
    if moment == "before":
        assert content(tmp_path / "week") == {"a": "old", "b": "old"}

    with pytest.raises(RuntimeError), folder_written_whole(tmp_path / "week"):
        raise RuntimeError

    assert content(tmp_path / "week") == {"a": "old", "b": "old"}


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "tokens.json"
    write_whole(file, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(whole.os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        write_whole(file, b"new")

    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
