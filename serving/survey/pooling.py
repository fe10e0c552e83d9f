"""Counts of people told without telling of anybody: what is small is told together with other small ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from features.measures.suppression import SMALLEST_SHOWN

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


def pooled(counts: Mapping[str, int], fewest: int = FEWEST) -> Pooled:
    """Part counts so that none below the fewest can be worked out, though the total is known.

    Those too small go into one sum; the next smallest joins them until the sum is large enough itself.

    Examples
    --------
    >>> pooled({"a": 60, "b": 25, "c": 3})
    Pooled(shown=('a',), together=('b', 'c'))
    >>> pooled({"a": 5, "b": 3})
    Pooled(shown=(), together=('a', 'b'))
    """
    there = sorted((name for name in counts if counts[name]), key=lambda name: (-counts[name], name))
    shown = [name for name in there if counts[name] >= fewest]
    together = [name for name in there if counts[name] < fewest]
    while together and shown and sum(counts[name] for name in together) < fewest:
        together.insert(0, shown.pop())
    return Pooled(tuple(shown), tuple(together))


def may_be_told(some: int, of: int, fewest: int = FEWEST) -> bool:
    """Whether a share may be told: it tells of no few who are so, and of no few who are not.

    Examples
    --------
    >>> may_be_told(30, 60), may_be_told(55, 60), may_be_told(60, 60)
    (True, False, True)
    """
    return all(count == 0 or count >= fewest for count in (some, of - some))
