"""An archive with a manifest: written whole, and read only when every part of it is what the manifest says.

A zip file. What it holds is stored under plain relative names; `manifest.json` names each part with its size and its
SHA-256. An archive that comes from somewhere else is hostile until it has been verified: names that lead elsewhere,
links, parts that unpack to far more than they say, parts nobody named.
"""

import errno
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from features.errors import StorageError, UsageError
from serving.whole import as_json, said_as_storage_error

MANIFEST = "manifest.json"
#: Zip files know no moment before this one; all parts bear it, so that the same content is the same file.
_BEGINNING = (1980, 1, 1, 0, 0, 0)
_READABLE_BY_OWNER = 0o600
_BLOCK = 1 << 20
_MOST_PARTS = 1_000_000
_LARGEST_MANIFEST = 256 << 20
#: Packed already; packing them again costs time and gains nothing.
_PACKED = {".parquet", ".pdf", ".xlsx", ".png"}


@dataclass(frozen=True)
class Part:
    """One file within an archive."""

    size: int
    sha256: str


class Writing:
    """An archive that is being written."""

    def __init__(self, target: zipfile.ZipFile) -> None:
        self._target = target
        self.parts: dict[str, Part] = {}

    def add(self, name: str, blocks: Iterable[bytes]) -> Part:
        """Add a part under a name, as its blocks come."""
        size, digest = 0, sha256()
        with self._target.open(_entry(name), "w", force_zip64=True) as opened:
            for block in blocks:
                opened.write(block)
                digest.update(block)
                size += len(block)
        self.parts[name] = Part(size, digest.hexdigest())
        return self.parts[name]

    def add_file(self, name: str, file: Path) -> Part:
        """Add a file under a name."""
        with file.open("rb") as opened:
            return self.add(name, iter(lambda: opened.read(_BLOCK), b""))


@contextmanager
def archive_written_whole(target: Path, about: dict[str, Any]) -> Iterator[Writing]:
    """A new archive, which is there only when all of it has been written; only its owner can read it.

    Parameters
    ----------
    about
        What the manifest says besides its parts; what is put into it meanwhile is said too.

    Raises
    ------
    UsageError
        There is a file of that name already.
    StorageError
        The disk is full or the folder cannot be written.
    """
    if target.exists():
        raise UsageError(f"there is a file {target.name!r} already; choose another name, or move it away")
    half = target.with_name(f".{target.name}.{os.getpid()}.half-written")
    with said_as_storage_error(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(half, os.O_CREAT | os.O_EXCL | os.O_RDWR, _READABLE_BY_OWNER)
            with os.fdopen(handle, "w+b") as opened:
                with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as into:
                    writing = Writing(into)
                    yield writing
                    parts = {name: {"bytes": p.size, "sha256": p.sha256} for name, p in writing.parts.items()}
                    writing.add(MANIFEST, [as_json({**about, "parts": parts})])
                    del writing.parts[MANIFEST]
                opened.flush()
                os.fsync(opened.fileno())
            half.replace(target)
        except BaseException:
            half.unlink(missing_ok=True)
            raise


@dataclass(frozen=True)
class Archive:
    """An archive whose every part was found to be what its manifest says.

    Parameters
    ----------
    about
        What the manifest says besides its parts.
    """

    about: Mapping[str, Any]
    parts: Mapping[str, Part]
    _file: zipfile.ZipFile

    def lines(self, name: str, longest: int = 32 << 20) -> Iterator[bytes]:
        """Lines of a part, each with its line end; a longer one comes in pieces."""
        with said_as_damage(), self._file.open(name) as opened:
            while line := opened.readline(longest):
                yield line

    def read(self, name: str) -> bytes:
        """A part."""
        with said_as_damage():
            return self._file.read(name)

    def unpack(self, name: str, target: Path) -> None:
        """Write a part to a file.

        Raises
        ------
        StorageError
            It is no longer what it was when it was verified, or the disk is full.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = sha256()
        with said_as_damage(), self._file.open(name) as opened, target.open("wb") as written:
            while block := opened.read(_BLOCK):
                digest.update(block)
                written.write(block)
        if digest.hexdigest() != self.parts[name].sha256:
            raise StorageError(
                f"part {name!r} of the archive changed while it was read; copy the archive and try again"
            )


@contextmanager
def opened_archive(file: Path, most_bytes: int) -> Iterator[Archive]:
    """An archive, once all of it has been verified.

    Parameters
    ----------
    most_bytes
        It may not unpack to more.

    Raises
    ------
    StorageError
        The file is missing, damaged, or not what its manifest says.
    """
    if not file.is_file():
        raise UsageError(f"there is no file {file.name!r}")
    with ExitStack() as closing:
        with said_as_damage():
            opened = closing.enter_context(zipfile.ZipFile(file))
            entries = opened.infolist()
            _refuse_hostile(entries, most_bytes)
            about, parts = _manifest(opened)
            if {entry.filename for entry in entries} != {*parts, MANIFEST}:
                raise StorageError("the archive holds other parts than its manifest names. Take another backup.")
            for entry in entries:
                if entry.filename != MANIFEST:
                    _verify(opened, entry, parts[entry.filename])
        yield Archive(about, parts, opened)


@contextmanager
def said_as_damage() -> Iterator[None]:
    """Say in one sentence that an archive cannot be read."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise StorageError("the archive is damaged or cut off, or is none. Take another backup.") from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # a place before the beginning of the file
            raise StorageError("the archive is damaged: its parts lie outside of it. Take another backup.") from error
        if isinstance(error, PermissionError):
            raise StorageError("the archive cannot be read; it is its owner's alone. Check whose it is.") from error
        raise


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _BEGINNING)
    entry.external_attr = (stat.S_IFREG | _READABLE_BY_OWNER) << 16
    entry.compress_type = zipfile.ZIP_STORED if Path(name).suffix in _PACKED else zipfile.ZIP_DEFLATED
    return entry


def _refuse_hostile(entries: list[zipfile.ZipInfo], most_bytes: int) -> None:
    names = {entry.filename for entry in entries}
    if len(names) != len(entries):
        raise StorageError("the archive holds two parts of one name. Take another backup.")
    if len(entries) > _MOST_PARTS:
        raise StorageError(f"the archive holds {len(entries):,} parts, more than any backup has. Take another one.")
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if not is_plain(entry.filename) or kind not in (0, stat.S_IFREG) or entry.flag_bits & 1:
            raise StorageError(
                "the archive holds a part that leads elsewhere, is a link, or is locked: exitwatch never wrote it. "
                "Take another backup."
            )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > most_bytes:
        raise StorageError(
            f"the archive unpacks to {unpacked / 1e9:.1f} GB, more than the {most_bytes / 1e9:.1f} GB allowed. "
            "If it is yours and that large, allow more with --most-gb."
        )


def is_plain(name: str) -> bool:
    r"""Whether a name stays within the folder it is unpacked in, and can be printed.

    >>> [is_plain(name) for name in ("a/b.csv", "../a", "/a", "a//b", "a/./b", "a\\b", "a\n", "")]
    [True, False, False, False, False, False, False, False]
    """
    return (
        bool(name)
        and name.isprintable()
        and "\\" not in name
        and all(step not in ("", ".", "..") and len(step.encode()) <= 255 for step in name.split("/"))
    )


def _manifest(opened: zipfile.ZipFile) -> tuple[Mapping[str, Any], Mapping[str, Part]]:
    try:
        entry = opened.getinfo(MANIFEST)
        if entry.file_size > _LARGEST_MANIFEST:
            raise ValueError("too large")
        said = json.loads(opened.read(entry))
        parts = {name: Part(int(part["bytes"]), str(part["sha256"])) for name, part in said.pop("parts").items()}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise StorageError("the archive has no manifest that can be read; exitwatch never wrote it") from error
    return said, parts


def _verify(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, part: Part) -> None:
    digest, size = sha256(), 0
    with opened.open(entry) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
            if size > part.size:
                break
    if size != part.size or digest.hexdigest() != part.sha256:
        raise StorageError(f"part {entry.filename!r} of the archive is not what was put into it. Take another backup.")
