"""One feature: what it is, what it may be used for, and how its figure is spoken."""

import math
from dataclasses import dataclass
from enum import StrEnum

from features.schema import TABLES

#: No feature may be built on these, whatever it is called; `domain.md` 4.2 P3.
FORBIDDEN_WORDS = (
    "age_of_client",
    "birth",
    "caste",
    "child",
    "disab",
    "divorce",
    "ethnic",
    "faith",
    "gender",
    "health",
    "illness",
    "language",
    "marital",
    "married",
    "minority",
    "poverty",
    "pregnan",
    "relig",
    "sex",
    "tribe",
    "widow",
    "women",
)


class Role(StrEnum):
    """What a figure may be used for."""

    ALLOWED = "allowed"
    AUDIT_ONLY = "audit_only"
    FORBIDDEN = "forbidden"


class Unit(StrEnum):
    """What a figure counts, and with it how it is rounded when it is spoken."""

    DAYS = "days"
    COUNT = "count"
    SHARE = "share"
    RATIO = "ratio"
    CURRENCY = "currency"
    FLAG = "yes or no"
    CALENDAR = "calendar"
    INDEX = "index"


#: How a figure is rounded when it is spoken. Rounding is half to even, as Python's `format` does it.
ROUNDING = {
    Unit.DAYS: "whole days; one decimal where it is a mean",
    Unit.COUNT: "whole numbers; one decimal where it is a mean",
    Unit.SHARE: "whole per cent",
    Unit.RATIO: "two decimals",
    Unit.CURRENCY: "whole units of the currency",
    Unit.FLAG: "not spoken as a figure",
    Unit.CALENDAR: "whole numbers",
    Unit.INDEX: "two decimals",
}


@dataclass(frozen=True)
class Feature:
    """One column of the snapshot.

    Parameters
    ----------
    name
        Column name: snake_case, ASCII.
    family
        The file ``features/sql/<family>.sql`` that computes it.
    driver
        The one driver code it speaks for (`features.drivers`).
    unit
        What the figure counts.
    direction
        +1 where a higher figure goes with more risk, -1 where it goes with less, 0 where neither is sure.
    meaning
        One sentence that fixes the figure exactly, in the words of the glossary in `docs/features.md`.
    spoken
        The client's own figure in plain words, true at any value; ``{value}`` stands for the rounded figure. For a
        `Unit.FLAG` the sentence that holds when the figure is 1.
    zero
        What is said instead when the figure is 0; needed by a `Unit.FLAG`.
    needs
        Tables (``"savings"``) and columns (``"loans.due_on"``) without which the figure is not known for anybody.
    role
        Only `Role.ALLOWED` features exist in the catalogue; the others are there to be refused.
    """

    name: str
    family: str
    driver: str
    unit: Unit
    direction: int
    meaning: str
    spoken: str
    needs: tuple[str, ...] = ()
    zero: str = ""
    role: Role = Role.ALLOWED

    def __post_init__(self) -> None:
        if not self.name.isascii() or not self.name.isidentifier() or self.name != self.name.lower():
            raise ValueError(f"name={self.name!r} is not snake_case ASCII")
        if self.role is not Role.ALLOWED or any(word in self.name for word in FORBIDDEN_WORDS):
            raise ValueError(f"name={self.name!r} may not be a model input")
        for need in self.needs:
            table, _, column = need.partition(".")
            if table not in TABLES or (column and column not in TABLES[table].columns):
                raise ValueError(f"{self.name} needs {need!r}, which is not part of the canonical book")
            if column and TABLES[table].columns[column].audit_only:
                raise ValueError(f"{self.name} needs {need!r}, which is for audits only")
        if self.direction not in (-1, 0, 1):
            raise ValueError(f"{self.name} has direction={self.direction!r}; it is -1, 0 or 1")
        if ("{value}" in self.spoken) == (self.unit is Unit.FLAG):
            raise ValueError(f"{self.name} must speak its figure as {{value}}, unless it is yes or no")

    def figure(self, value: float) -> str:
        """The figure as it is spoken, rounded as `ROUNDING` states.

        >>> Feature("a", "b", "OFF-2", Unit.DAYS, 1, "m", "{value} ago").figure(1.0)
        '1 day'
        >>> Feature("a", "b", "ARR-1", Unit.SHARE, 1, "m", "{value} late").figure(0.125)
        '12 %'

        Raises
        ------
        ValueError
            The figure is not known, and so cannot be spoken.
        """
        if not math.isfinite(value):
            raise ValueError(f"{self.name} is not known and cannot be spoken")
        if self.unit is Unit.SHARE:
            return f"{_plain(100 * value, '.0f')} %"
        if self.unit in (Unit.RATIO, Unit.INDEX):
            return _plain(value, ",.2f")
        if self.unit is Unit.CURRENCY:
            return _plain(value, ",.0f")
        number = _plain(value, ",.0f" if value == int(value) else ",.1f")
        if self.unit is Unit.DAYS:
            return f"{number} day" if number in ("1", "-1") else f"{number} days"
        return number

    def say(self, value: float) -> str:
        """The sentence for one client's figure.

        Raises
        ------
        ValueError
            The figure is not known, and so cannot be spoken.
        """
        figure = self.figure(value)
        if value == 0 and self.zero:
            return self.zero
        return self.spoken.replace("{value}", figure)


def _plain(value: float, form: str) -> str:
    """A formatted number; minus nought is nought."""
    text = format(value, form)
    return text.removeprefix("-") if not text.strip("-0.,") else text
