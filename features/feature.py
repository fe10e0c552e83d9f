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
    POINTS = "difference of shares"
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
    Unit.POINTS: "whole percentage points; one decimal below 10",
    Unit.RATIO: "two decimals",
    Unit.CURRENCY: "whole units of the currency",
    Unit.FLAG: "not spoken as a figure",
    Unit.CALENDAR: "whole numbers",
    Unit.INDEX: "two decimals",
}

#: Decimals of a spoken figure; those at the end that are 0 are left out.
_DECIMALS = {Unit.SHARE: 0, Unit.POINTS: 0, Unit.CURRENCY: 0, Unit.RATIO: 2, Unit.INDEX: 2}
_PER_CENT = (Unit.SHARE, Unit.POINTS)


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
        The client's own figure in plain words, true at any value that has no words of its own; ``{value}`` stands for
        the rounded figure. For a `Unit.FLAG` the sentence that holds when the figure is 1.
    zero
        What is said instead when the figure is 0; needed by a `Unit.FLAG`.
    one
        What is said instead when the figure is 1, or a `Unit.RATIO` that is spoken as 1.
    below
        What is said when the figure is below 0; ``{value}`` then stands for its size, without the sign. Without it a
        figure below 0 is not for saying.
    told_by
        The feature of the same driver whose figure is said instead, where this one's would tell a client nothing she
        could check, or would pass for a chance. It has no words of its own then.
    while_open
        Whether it is said only of a client with an open loan: of another it would be odd or misleading.
    none_while_resting
        Whether a 0 is said only of a client without an open loan: of another it tells no more than the loan's age.
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
    spoken: str = ""
    needs: tuple[str, ...] = ()
    zero: str = ""
    one: str = ""
    below: str = ""
    told_by: str = ""
    while_open: bool = False
    none_while_resting: bool = False
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
        self._check_words()

    def _check_words(self) -> None:
        if self.told_by:
            words = (self.spoken, self.zero, self.one, self.below)
            if any(words) or self.while_open or self.none_while_resting:
                raise ValueError(f"{self.name} is told by {self.told_by} and has no words of its own")
            return
        if ("{value}" in self.spoken) == (self.unit is Unit.FLAG) or not self.spoken:
            raise ValueError(f"{self.name} must speak its figure as {{value}}, unless it is yes or no")
        if self.unit is Unit.FLAG and (self.one or self.below or not self.zero):
            raise ValueError(f"{self.name} is yes or no: it has words for 1 (spoken) and for 0 (zero)")
        if "{value}" in self.zero + self.one or (self.below and "{value}" not in self.below):
            raise ValueError(f"{self.name} has its {{value}} in the words for 0 or 1, or none in those below 0")

    def figure(self, value: float) -> str:
        """The figure as it is spoken, rounded as `ROUNDING` states; what would be rounded to nothing is "less than".

        >>> Feature("a", "b", "OFF-2", Unit.DAYS, 1, "m", "{value} ago").figure(1.0)
        '1 day'
        >>> Feature("a", "b", "ARR-1", Unit.SHARE, 1, "m", "{value} late").figure(0.125)
        '12 %'
        >>> Feature("a", "b", "ARR-1", Unit.SHARE, 1, "m", "{value} late").figure(0.002)
        'less than 1 %'

        Raises
        ------
        ValueError
            The figure is not known, and so cannot be spoken.
        """
        if not math.isfinite(value):
            raise ValueError(f"{self.name} is not known and cannot be spoken")
        shown = 100 * value if self.unit in _PER_CENT else value
        decimals = _DECIMALS.get(self.unit, 1)
        if self.unit is Unit.POINTS and abs(shown) < 10:
            decimals = 1
        number = _plain(shown, decimals)
        if self.unit is Unit.SHARE:
            return f"{number} %"
        if self.unit is Unit.DAYS:
            return f"{number} day" if number in ("1", "-1") else f"{number} days"
        if self.unit is Unit.POINTS:
            return f"{number} percentage point" if number in ("1", "-1") else f"{number} percentage points"
        return number

    def words(self, value: float) -> str:
        """The sentence that holds for this figure, ``{value}`` not filled in.

        Raises
        ------
        ValueError
            The figure is not known, or is not for saying.
        """
        if self.told_by:
            raise ValueError(f"{self.name} is told by {self.told_by}")
        figure = self.figure(value)
        if value == 0 and self.zero:
            return self.zero
        if self.one and (value == 1 or (self.unit is Unit.RATIO and figure == "1")):
            return self.one
        if value < 0 and not self.below:
            raise ValueError(f"{self.name} has no words for a figure below 0")
        return self.below if value < 0 else self.spoken

    def say(self, value: float) -> str:
        """The sentence for one client's figure.

        >>> end = Feature("a", "b", "RNW-1", Unit.DAYS, -1, "m", "{value} to the end", below="it ended {value} ago")
        >>> end.say(3.0), end.say(-3.0)
        ('3 days to the end', 'it ended 3 days ago')

        Raises
        ------
        ValueError
            The figure is not known, or is not for saying.
        """
        words = self.words(value)
        return words.replace("{value}", self.figure(abs(value) if words == self.below else value))


def _plain(value: float, decimals: int) -> str:
    """A formatted number without needless decimals; a figure too small to show is less than the smallest shown."""
    text = format(value, f",.{decimals}f")
    text = text.rstrip("0").rstrip(".") if decimals else text
    if text.strip("-0.,"):
        return text
    return f"less than {10.0**-decimals:g}" if value else "0"
