"""Files that come into being whole or not at all, so that a full disk or a kill never leaves half of anything."""

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from features.errors import StorageError

#: `renameat2(2)`: change two names in one step; -100 is AT_FDCWD.
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_ASIDE = ".aside"
#: Names and numbers of clients are for whoever runs this and for nobody else on the machine.
FOLDER_OF_OWNER, FILE_OF_OWNER = 0o700, 0o600
#: Above this one flush of the whole system is faster than one of each file.
_MANY_FILES = 100
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL = _NO_ROOM | {
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
}


@contextmanager
def folder_written_whole(target: Path, replaced: Path | None = None) -> Iterator[Path]:
    """A new folder on the same disk, its owner's alone, which takes the place of `target` when all of it is written.

    Parameters
    ----------
    target
        The folder as readers know it.
    replaced
        Where an earlier folder of that name is kept; None drops it.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written; the earlier folder is then as it was.
    """
    half = target.parent / f".{target.name}.half-written"
    with said_as_storage_error(target), alone(target.parent / f".{target.name}.lock"):
        _sweep(target)
        try:
            half.mkdir(FOLDER_OF_OWNER)
            yield half
            _flush_all(half)
            if target.exists():
                if replaced is not None:
                    _keep(target, replaced)
                _exchange(half, target)
            else:
                half.rename(target)
            _flush(target.parent)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
        shutil.rmtree(half, ignore_errors=True)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other process holds the lock; a killed process lets go of it.

    Raises
    ------
    StorageError
        The folder cannot be written, or was exchanged for another while we waited.
    """
    with said_as_storage_error(lock.parent):
        lock.parent.mkdir(FOLDER_OF_OWNER, parents=True, exist_ok=True)
        handle = os.open(lock, os.O_CREAT | os.O_RDWR, FILE_OF_OWNER)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not _stands_at(handle, lock):
            raise StorageError(
                f"{lock.parent.name!r} was exchanged for another folder meanwhile, as `exitwatch restore` does. "
                "Nothing was done; run the command again."
            )
        yield
    finally:
        os.close(handle)


def _stands_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part; readable by its owner alone."""
    half = target.with_name(f".{target.name}.{os.getpid()}.half-written")
    with said_as_storage_error(target):
        target.parent.mkdir(FOLDER_OF_OWNER, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_OF_OWNER), "wb") as file:
                file.write(content)
            _flush(half)
            half.replace(target)
        except BaseException:
            half.unlink(missing_ok=True)
            raise


@contextmanager
def said_as_storage_error(where: Path) -> Iterator[None]:
    """Say a full, read-only or closed disk in one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        why = "the disk is full" if error.errno in _NO_ROOM else "it cannot be written"
        raise StorageError(
            f"{where.name!r} was not written: {why}. What was there before is unchanged. "
            "Free some space or check the rights of the folder, and run again."
        ) from error


def as_json(content: Mapping[str, object]) -> bytes:
    """JSON that is the same for the same content, readable by people."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's content."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def tidy(target: Path) -> None:
    """Put right what a killed run left beside a folder."""
    with alone(target.parent / f".{target.name}.lock"):
        _sweep(target)


def _sweep(target: Path) -> None:
    """Put right what a killed run left behind: half a folder is dropped, a folder moved aside is put back."""
    for left in sorted(target.parent.glob(f".{target.name}.*")):
        if left.name.endswith(".lock"):
            continue
        if left.name.endswith(_ASIDE) and not target.exists():
            left.rename(target)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _exchange(half: Path, target: Path) -> None:
    """Let two folders change names in one step where the system can, else in two that `_sweep` can undo."""
    exchange = getattr(ctypes.CDLL(None), "renameat2", None)
    if exchange is not None:
        done = exchange(_AT_FDCWD, os.fsencode(half), _AT_FDCWD, os.fsencode(target), _RENAME_EXCHANGE)
        if done == 0:
            return
    aside = target.with_name(f".{target.name}{_ASIDE}")
    target.rename(aside)
    try:
        half.rename(target)
    except OSError:
        aside.rename(target)
        raise
    aside.rename(half)


def _keep(target: Path, replaced: Path) -> None:
    """Keep a folder under another name too, without a second copy of its files."""
    if replaced.exists():
        return
    half = replaced.with_name(f".{replaced.name}.half-written")
    shutil.rmtree(half, ignore_errors=True)
    half.parent.mkdir(FOLDER_OF_OWNER, parents=True, exist_ok=True)
    shutil.copytree(target, half, copy_function=os.link)
    half.rename(replaced)


def _flush_all(folder: Path) -> None:
    files = sorted(folder.rglob("*"))
    if len(files) > _MANY_FILES:
        os.sync()
        return
    for file in files:
        _flush(file)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a folder cannot be flushed on every file system
            raise
    finally:
        os.close(handle)
