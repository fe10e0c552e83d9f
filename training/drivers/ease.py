"""How easy it is to act on a driver: who can, at what cost, how soon. A table of settings, not a finding."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from features.drivers import DRIVERS
from features.errors import UsageError

#: The table that comes with exitwatch; an MFI may write its own.
TABLE = Path(__file__).with_name("ease.toml")

_KEYS = ("who", "cost", "weeks")
_LONGEST_WEEKS = 520


class Who(StrEnum):
    """Who can act on a driver."""

    OFFICER = "officer"
    BRANCH_MANAGER = "branch_manager"
    HEAD_OFFICE = "head_office"
    NOBODY = "nobody"


class Cost(StrEnum):
    """Money and working time for each client helped."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_WHO = {Who.OFFICER: 1.0, Who.BRANCH_MANAGER: 0.75, Who.HEAD_OFFICE: 0.25, Who.NOBODY: 0.0}
_COST = {Cost.LOW: 1.0, Cost.MEDIUM: 0.5, Cost.HIGH: 0.0}


@dataclass(frozen=True)
class Ease:
    """How easily one driver is acted on.

    Parameters
    ----------
    weeks
        Until a client feels it.
    """

    who: Who = Who.NOBODY
    cost: Cost = Cost.HIGH
    weeks: int = _LONGEST_WEEKS

    @property
    def score(self) -> float:
        """From 0 (nobody can act) to 1: the mean of three parts.

        Who acts: officer 1, branch manager 0.75, head office 0.25. Cost: low 1, medium 0.5, high 0. Time: 1 within four
        weeks, 0.5 within a quarter, else 0.

        >>> Ease(Who.OFFICER, Cost.LOW, 2).score, Ease(Who.HEAD_OFFICE, Cost.HIGH, 26).score
        (1.0, 0.08333333333333333)
        """
        if self.who is Who.NOBODY:
            return 0.0
        soon = 1.0 if self.weeks <= 4 else 0.5 if self.weeks <= 13 else 0.0
        return (_WHO[self.who] + _COST[self.cost] + soon) / 3


def load_ease(file: Path = TABLE) -> Mapping[str, Ease]:
    """The table of a TOML file, by driver code; what it leaves out is nobody's.

    Raises
    ------
    UsageError
        It cannot be read, names a driver there is none of, or holds a word or a number that is not one of those meant.
    """
    try:
        plain = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file.name} cannot be read as TOML; compare it with docs/drivers.md") from error
    unknown = sorted(set(plain) - set(DRIVERS))
    if unknown:
        raise UsageError(f"{file.name} has [{unknown[0]}], which is no driver; docs/features.md lists them")
    return {code: _ease(file.name, code, plain.get(code, {})) for code in DRIVERS}


def _ease(file: str, code: str, row: object) -> Ease:
    if not isinstance(row, dict) or (row and set(row) != set(_KEYS)):
        raise UsageError(f"{file}: [{code}] needs who, cost and weeks, and nothing else")
    if not row:
        return Ease()
    for key, words in (("who", Who), ("cost", Cost)):
        if row[key] not in set(words):
            raise UsageError(f"{file}: [{code}] {key}={row[key]!r} is none of {', '.join(words)}")
    weeks = row["weeks"]
    if not isinstance(weeks, int) or isinstance(weeks, bool) or not 0 <= weeks <= _LONGEST_WEEKS:
        raise UsageError(f"{file}: [{code}] weeks={weeks!r} is no whole number from 0 to {_LONGEST_WEEKS}")
    return Ease(Who(row["who"]), Cost(row["cost"]), weeks)
