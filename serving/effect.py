"""What a change did: a figure before against the same figure after, and never more than an association."""

import math
from dataclasses import dataclass
from typing import Any

from features.errors import UsageError
from features.indicator import Value
from features.intervals import of_difference
from serving.given import printable

_LONGEST = 1_000


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
