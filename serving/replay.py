"""A past list, made again byte for byte from what was stored of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from features.errors import StorageError, UsageError
from serving.issued import Issue, draws, page_of
from serving.list_files import digests, list_contents, settings_of


@dataclass(frozen=True)
class Replayed:
    """One list as it was issued.

    Parameters
    ----------
    files
        Name to content; each has the SHA-256 that was stored when the list was issued.
    """

    issue: Issue
    files: Mapping[str, bytes]


def replay(connection: Connection, list_id: str, software: str, revision: int | None = None) -> Replayed:
    """Make a list again: from its stored lines and the settings as they were, whatever has changed since.

    Parameters
    ----------
    software
        Version of this software, for the message where it no longer writes the same bytes.
    revision
        Which draw of the week; by default the last that held this list.

    Raises
    ------
    UsageError
        There is no such list.
    StorageError
        Lines were erased at a client's request, or the bytes are not those that were issued.
    """
    found = [draw for draw in draws(connection, list_id) if revision in (None, draw[0].revision)]
    if not found:
        raise UsageError(f"there is no list {list_id!r}; `exitwatch lists` names those there are")
    issued, stored, erased = found[-1]
    if erased:
        raise StorageError(
            f"{erased} of the lines of {list_id} were erased since, as a client has the right to; the list cannot be "
            "made again. What is left of it is shown by `exitwatch lists show`."
        )
    files = list_contents(page_of(connection, issued, list_id), settings_of(issued.settings))
    made = digests(files)
    other = sorted(name for name in stored if made.get(name) != stored[name])
    if other:
        why = f"issued by version {issued.software}, this is {software}" if issued.software != software else "damaged"
        raise StorageError(
            f"{', '.join(other)} cannot be made again with the same bytes ({why}). "
            f"Install exitwatch {issued.software} and replay there, or use the copy under lists/."
        )
    return Replayed(issued, files)
