"""The files of a model bundle: names, hashes, reading and writing. What is in them is not known here."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from features.errors import DamagedModel, NoModel, StorageError

FORMAT = "exitwatch-model/1"
MANIFEST, GOLDEN, SEAL = "manifest.json", "golden.json", "bundle.sha256"
LARGEST_JSON = 16 * 1024 * 1024  # bytes
LARGEST_TEXT = 256 * 1024 * 1024  # bytes; 300 trees of 15 leaves take about 0.5 MB
REMEDY = "Restore the bundle from a copy, or train again with `exitwatch train`."


def sealed(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """All files of a bundle: those given, the manifest with their hashes added, and the hash of the manifest."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    whole = as_json({"format": FORMAT, **manifest, "files": hashes})
    return {**files, MANIFEST: whole, SEAL: f"{hashlib.sha256(whole).hexdigest()}  {MANIFEST}\n".encode()}


def digest_of(files: Mapping[str, bytes]) -> str:
    """The hash of a bundle: SHA-256 over the manifest, which holds the hash of every other file."""
    return hashlib.sha256(files[MANIFEST]).hexdigest()


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a bundle, whole or not at all; one that is there already must have the same bytes.

    Raises
    ------
    StorageError
        The disk is full, the folder cannot be written, or it holds something else.
    """
    if folder.exists():
        if _holds(folder, files):
            return
        raise StorageError(f"{folder.name!r} exists and holds something else than this model. Choose another folder.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=".model-", dir=folder.parent))
        try:
            for name, content in files.items():
                _write(half / name, content)
            half.chmod(0o755)
            _sync(half)
            half.rename(folder)
            _sync(folder.parent)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
    except OSError as error:
        if _holds(folder, files):  # another process was faster
            return
        raise StorageError(
            f"the model could not be written ({error.strerror}); nothing was changed. Make room and run again."
        ) from error


def read_manifest(folder: Path, expected: str | None) -> tuple[dict[str, Any], str]:
    """The manifest and the bundle's hash.

    Raises
    ------
    NoModel
        There is no bundle.
    DamagedModel
        The hash is not the sealed one or not `expected`, or the manifest has another shape.
    """
    if not (folder / MANIFEST).is_file():
        raise NoModel(f"there is no model bundle in {folder.name!r}: {MANIFEST} is missing. Train one first.")
    content = _bytes(folder / MANIFEST, LARGEST_JSON)
    digest = hashlib.sha256(content).hexdigest()
    seal = _bytes(folder / SEAL, 1024)
    if seal != f"{digest}  {MANIFEST}\n".encode() or expected not in (None, digest):
        raise DamagedModel(
            f"the stored model {folder.name[:12]!r} is not the one that was saved: its hash is {digest[:12]}. {REMEDY}"
        )
    manifest = from_json(content, MANIFEST)
    if manifest.get("format") != FORMAT:
        raise DamagedModel(f"{MANIFEST} is not of format {FORMAT!r}. {REMEDY}")
    files, model = manifest.get("files"), manifest.get("model")
    if not isinstance(files, dict) or not isinstance(model, dict) or GOLDEN not in files:
        raise DamagedModel(f"{MANIFEST} is not what exitwatch writes. {REMEDY}")
    for name, value in files.items():
        if not (re.fullmatch(r"[a-z0-9_]{1,40}\.(txt|json)", name) and re.fullmatch(r"[0-9a-f]{64}", str(value))):
            raise DamagedModel(f"{MANIFEST} lists a file exitwatch never writes. {REMEDY}")
    return manifest, digest


def read(folder: Path, name: str, hashes: Mapping[str, str]) -> bytes:
    """One file of a bundle, if it has the hash the manifest states.

    Raises
    ------
    DamagedModel
        It is missing, truncated, edited or far too large.
    """
    content = _bytes(folder / name, LARGEST_TEXT)
    if hashlib.sha256(content).hexdigest() != hashes[name]:
        raise DamagedModel(
            f"{name} of the stored model is truncated or edited: its hash is not the saved one. {REMEDY}"
        )
    return content


def from_json(content: bytes, name: str) -> dict[str, Any]:
    """A JSON object without NaN or infinity.

    Raises
    ------
    DamagedModel
        It is something else.
    """

    def refuse(word: str) -> float:
        raise ValueError(word)

    try:
        value = json.loads(content, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise DamagedModel(f"{name} of the stored model is not JSON. {REMEDY}") from error
    if not isinstance(value, dict):
        raise DamagedModel(f"{name} of the stored model is not what exitwatch writes. {REMEDY}")
    return value


def as_json(value: object) -> bytes:
    """The one way a value is written, so that the same value has the same bytes."""
    return (json.dumps(value, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=True) + "\n").encode()


def _bytes(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise DamagedModel(f"{path.name} of the stored model cannot be read ({error.strerror}). {REMEDY}") from error
    if len(content) > most:
        raise DamagedModel(f"{path.name} of the stored model is larger than {most} bytes. {REMEDY}")
    return content


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    try:
        return all((folder / name).read_bytes() == content for name, content in files.items())
    except OSError:
        return False


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
