"""Who may see what: bearer tokens kept as hashes, each with one scope. Whatever is not allowed is refused."""

import hmac
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from features.errors import StorageError, UsageError
from serving.whole import as_json, write_whole

#: Tokens are 256 random bits, so one plain SHA-256 cannot be turned back; slow hashes are for passwords.
_TOKEN_BYTES = 32
_PREFIX = "ew_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_READABLE_BY_OWNER = 0o600


class Role(StrEnum):
    """What a person does with exitwatch."""

    OFFICER = "officer"
    MANAGER = "manager"
    DESK = "desk"
    ANALYST = "analyst"
    ADMIN = "admin"


_OF_SOMETHING = frozenset({Role.OFFICER, Role.MANAGER})


@dataclass(frozen=True)
class Scope:
    """What one token may see.

    Parameters
    ----------
    role
        Kind of person.
    of
        The officer's id, or the manager's branch; empty for the others.

    Examples
    --------
    >>> Scope.of_text("officer:O12")
    Scope(role=<Role.OFFICER: 'officer'>, of='O12')
    """

    role: Role
    of: str = ""

    @classmethod
    def of_text(cls, text: str) -> "Scope":
        """The scope that a text such as ``officer:O12`` or ``analyst`` names.

        Raises
        ------
        UsageError
            It names none.
        """
        role, _, of = text.partition(":")
        if role not in set(Role) or (role in _OF_SOMETHING) != bool(of):
            raise UsageError(
                f"scope={text!r} is not a scope; there are officer:<officer_id>, manager:<branch_id>, desk, analyst, "
                "admin"
            )
        return cls(Role(role), of)

    @property
    def text(self) -> str:
        """As `of_text` reads it."""
        return f"{self.role}:{self.of}" if self.of else str(self.role)

    @property
    def sees_numbers(self) -> bool:
        """Whether probabilities are shown, and not the band alone."""
        return self.role in (Role.ANALYST, Role.ADMIN)

    def sees_list(self, officer_id: str, branch_id: str, *, is_desk: bool) -> bool:
        """Whether a list may be seen. The desk's own list is seen by no officer and by no branch."""
        if self.role in (Role.ANALYST, Role.ADMIN):
            return True
        if is_desk or self.role is Role.DESK:
            return is_desk and self.role is Role.DESK
        return self.of == (officer_id if self.role is Role.OFFICER else branch_id)

    def sees_client(self, officer_id: str | None, branch_id: str | None) -> bool:
        """Whether anything at all of a client may be seen."""
        if self.role in _OF_SOMETHING:
            mine = officer_id if self.role is Role.OFFICER else branch_id
            return mine is not None and self.of == mine
        return True

    @property
    def sees_complaints(self) -> bool:
        """Whether reasons that speak of a complaint may be read: never by the officer it may be about."""
        return self.role is not Role.OFFICER


@dataclass(frozen=True)
class Token:
    """One stored token: its hash, never the token."""

    name: str
    scope: Scope
    digest: str
    expires_on: date


@dataclass(frozen=True)
class Tokens:
    """The file of tokens. A missing or damaged file lets nobody in."""

    file: Path

    def who(self, token: str, today: date) -> Scope | None:
        """Scope of a token; None if it is unknown or has expired. A wrong token takes as long as a right one."""
        digest = _digest(token)
        found = None
        for stored in self._stored():
            same = hmac.compare_digest(stored.digest, digest)
            if same and stored.expires_on >= today:
                found = stored.scope
        return found

    def all(self) -> Sequence[Token]:
        """Every stored token.

        Raises
        ------
        StorageError
            The file is damaged.
        """
        if not self.file.exists():
            return ()
        try:
            rows = json.loads(self.file.read_bytes())["tokens"]
            return tuple(
                Token(row["name"], Scope.of_text(row["scope"]), row["sha256"], date.fromisoformat(row["expires_on"]))
                for row in rows
            )
        except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
            raise StorageError(
                f"{self.file.name} cannot be read as tokens. Delete it and give out new tokens."
            ) from error

    def add(self, name: str, scope: Scope, today: date, days: int) -> str:
        """Store a new token and return it; it is shown this once.

        Raises
        ------
        UsageError
            The name is taken or is not a name.
        StorageError
            The file is damaged or cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(f"name={name!r} is not a name; use letters, digits, dot, dash, underscore, at most 40")
        stored = self.all()
        if any(token.name == name for token in stored):
            raise UsageError(f"there is a token named {name!r} already; remove it first, or choose another name")
        token = _PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
        self._write([*stored, Token(name, scope, _digest(token), today + timedelta(days=days))])
        return token

    def remove(self, name: str) -> None:
        """Make a token worthless from now on.

        Raises
        ------
        UsageError
            There is none of that name.
        """
        stored = self.all()
        if all(token.name != name for token in stored):
            raise UsageError(f"there is no token named {name!r}; `exitwatch users list` shows which there are")
        self._write([token for token in stored if token.name != name])

    def _stored(self) -> Sequence[Token]:
        try:
            return self.all()
        except StorageError:
            return ()

    def _write(self, tokens: Sequence[Token]) -> None:
        rows = [
            {"name": t.name, "scope": t.scope.text, "sha256": t.digest, "expires_on": t.expires_on.isoformat()}
            for t in tokens
        ]
        write_whole(self.file, as_json({"tokens": rows}))
        self.file.chmod(_READABLE_BY_OWNER)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
