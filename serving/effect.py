"""What a change did: a figure before against the same figure after, and never more than an association."""

import math
from dataclasses import dataclass
from typing import Any

from features.errors import UsageError
from features.indicator import Value
from features.intervals import of_difference
from serving.given import printable

_LONGEST = 1_000
#: No figure of an institution is larger.
_LARGEST = 1e12


@dataclass(frozen=True)
class Effect:
    """Before against after.

    Parameters
    ----------
    what
        Which figure.
    before, after
        Its values.
    change
        After less before, with the 95 % interval where both have one.
    """

    what: str
    before: float
    after: float
    change: float
    low: float | None
    high: float | None
    #: Never more is claimed.
    label: str = "association"

    @classmethod
    def of(cls, what: str, before: Value, after: Value) -> "Effect":
        """The difference of two values, by the widths of their intervals (Newcombe 1998, square and add).

        Raises
        ------
        UsageError
            One of them is not known.

        Examples
        --------
        >>> Effect.of("retention_rate", Value(0.6, 200, 0.53, 0.67), Value(0.7, 200, 0.63, 0.76)).low > 0
        True
        """
        if before.value is None or after.value is None or not math.isfinite(before.value + after.value):
            raise UsageError("an effect needs two figures, one before and one after; the one or the other is not known")
        change, low, high = after.value - before.value, None, None
        if None not in (before.low, before.high, after.low, after.high):
            ends = [float(end) for end in (before.low, before.high, after.low, after.high) if end is not None]
            low, high = of_difference(after.value, (ends[2], ends[3]), before.value, (ends[0], ends[1]))
        return cls(in_words(what, "what was measured"), before.value, after.value, change, low, high)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they are stored."""
        return dict(vars(self))


def as_value(value: float, low: float | None = None, high: float | None = None) -> Value:
    """A figure as somebody writes it, with its interval or without one.

    Raises
    ------
    UsageError
        It is no figure, or its interval does not hold it.

    Examples
    --------
    >>> as_value(0.71, 0.66, 0.75)
    Value(value=0.71, counted=0, low=0.66, high=0.75)
    """
    if any(end is not None and not abs(end) <= _LARGEST for end in (value, low, high)):
        raise UsageError("write each figure as a plain number such as 0.71")
    if low is None and high is None:
        return Value(value)
    if low is None or high is None or not low <= value <= high:
        raise UsageError("an interval has both ends, and the figure lies between them: 0.71 from 0.66 to 0.75")
    return Value(value, 0, low, high)


def in_words(text: str, what: str, longest: int = _LONGEST) -> str:
    """Words as they are kept: on one line.

    Raises
    ------
    UsageError
        There are none, too many, or signs that cannot be printed.
    """
    flat = " ".join(text.split())
    if not flat or len(flat) > longest or not printable(flat):
        raise UsageError(f"{what} needs words, at most {longest:,} signs that can be printed; name no client")
    return flat
