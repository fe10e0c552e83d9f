"""Passwords: hashed with argon2id, and refused where they are the first that anybody would try."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from features.errors import Busy
from serving.refusals import AccountRefused, Why

#: One hash takes 64 MiB and a good part of a second, so few are worked on at a time and few wait.
_AT_ONCE = 2
_WAITING = 16

_LONGEST = 1024
_FEWEST_DIFFERENT = 5
_RUNS = ("1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "azertyuiopqsdfghjklmwxcvbn")
#: Words that stand first on every list of stolen passwords, and those that this place suggests.
_WORDS = """
    password passwort motdepasse contrasena clave qwerty azerty admin administrator root user guest test demo welcome
    hello letmein changeme default secret login master dragon monkey football baseball superman batman princess
    sunshine shadow iloveyou loveyou trustno jesus money summer winter spring autumn january monday karibu nenosiri
    namaste bienvenue bienvenido exitwatch microfinance loan loans officer branch manager desk
"""


class Passwords:
    """Hashes passwords and tells whether one is right.

    Parameters
    ----------
    parameters
        Cost of a hash; by default the second choice of RFC 9106, for machines with little memory. Hashes made at
        another cost go on working and are made anew at the next right password.
    """

    def __init__(self, parameters: Parameters = RFC_9106_LOW_MEMORY) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        self._places = threading.BoundedSemaphore(_AT_ONCE + _WAITING)
        self._nobodys: str | None = None

    def hash(self, password: str) -> str:
        """What is kept of a password.

        Raises
        ------
        Busy
            Too many are being hashed.
        """
        with self._turn():
            return self._hasher.hash(_bytes(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one of which `kept` was kept.

        With None, of whom nothing is kept, it takes as long as with a wrong password, and is not.

        Raises
        ------
        Busy
            Too many are being hashed.
        """
        if self._nobodys is None:
            self._nobodys = self.hash("nobody's")
        with self._turn():
            try:
                self._hasher.verify(self._nobodys if kept is None else kept, _bytes(password))
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(kept)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Busy("too many passwords are being checked at this moment; try again in a few seconds")
        try:
            with self._room:
                yield
        finally:
            self._places.release()


def check_choice(password: str, username: str, fewest: int) -> None:
    """Refuse a new password that is short or the first that anybody would try.

    Parameters
    ----------
    fewest
        Characters it must have.

    Raises
    ------
    AccountRefused
        It is refused. The message never repeats it.

    Examples
    --------
    >>> check_choice("three goats by the well", "amina", 12)
    >>> check_choice("Password2024!", "amina", 12)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    serving.refusals.AccountRefused: that password is among the first that are tried; take three or four words of ...
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    if len(unicodedata.normalize("NFKC", password)) < fewest:
        raise AccountRefused(Why.SHORT, fewest=fewest)
    if len(password) > _LONGEST:
        raise AccountRefused(Why.LONG, longest=_LONGEST)
    letters = _letters(text)
    words = {*_WORDS.split(), _letters(username), *map(_letters, re.split(r"\W+", username))}
    if (
        len(set(text)) < _FEWEST_DIFFERENT
        or any(way in run * _LONGEST for run in _RUNS for way in (text, text[::-1]))
        or (letters and any(len(word) > 1 and not letters.replace(word, "") for word in words))
    ):
        raise AccountRefused(Why.COMMON)


def _letters(text: str) -> str:
    """What is left of a text without the digits and signs that are put behind a word to make it a password."""
    return re.sub(r"[\W\d_]+", "", text.casefold())


def _bytes(password: str) -> bytes:
    """The same bytes for the same characters, on whatever keyboard they were typed."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
