"""Reasons for which something is refused: a code that machines keep to, and a sentence that people read."""

from enum import StrEnum
from typing import Self


class SpokenCode(StrEnum):
    """A stable code and its English sentence, which the catalogues translate."""

    message: str

    def __new__(cls, value: str, message: str) -> Self:
        """One code and its sentence."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.message = message
        return made
