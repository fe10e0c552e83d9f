"""Counts of people told without telling of anybody: what is small is told together with other small ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from features.measures.suppression import SMALLEST_SHOWN, hidden_of

Entered = TypeVar("Entered")
#: No number of fewer people is told.
FEWEST = SMALLEST_SHOWN


@dataclass(frozen=True)
class Pooled:
    """Which counts are told by themselves and which only as one sum.

    Parameters
    ----------
    shown
        Names told by themselves, the largest first.
    together
        Names told as one sum; that sum has at least the fewest too, or there is nothing to tell at all.
    """

    shown: tuple[str, ...]
    together: tuple[str, ...]


def pooled(counts: Mapping[str, int]) -> Pooled:
    """Part counts so that none below the fewest can be worked out, though the total is known.

    Those too small go into one sum; the next smallest joins them until beside each small one there is enough
    (`features.measures.suppression.hidden_of`).

    Examples
    --------
    >>> pooled({"a": 60, "b": 25, "c": 3})
    Pooled(shown=('a',), together=('b', 'c'))
    >>> pooled({"a": 5, "b": 3})
    Pooled(shown=(), together=('a', 'b'))
    """
    there = sorted((name for name in counts if counts[name]), key=lambda name: (-counts[name], name))
    hidden = hidden_of({name: counts[name] for name in there})
    return Pooled(tuple(name for name in there if name not in hidden), tuple(name for name in there if name in hidden))


def told(count: int) -> int | None:
    """A count of people by itself; None where it is too small to be told.

    >>> told(20), told(3)
    (20, None)
    """
    return count if count >= FEWEST else None


def whole_batches(entered: Sequence[Entered]) -> Sequence[Entered]:
    """The oldest of what was entered, in full batches of the fewest that are told.

    A table that grew with every answer would tell what the newest one said, as the difference of two days.

    Parameters
    ----------
    entered
        In the order of entry.
    """
    return entered[: len(entered) // FEWEST * FEWEST]


def may_be_told(some: int, of: int) -> bool:
    """Whether a share may be told: it tells of no few who are so, and of no few who are not.

    Examples
    --------
    >>> may_be_told(30, 60), may_be_told(55, 60), may_be_told(60, 60)
    (True, False, True)
    """
    return all(count == 0 or count >= FEWEST for count in (some, of - some))
