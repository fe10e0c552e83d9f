"""How an effect is spoken: of a hundred clients, and never surer than its interval."""

from training.drivers.shares import SMALLEST_CELL
from training.effect.itt import Itt


def plain(number: float) -> str:
    """A number as it is said aloud.

    >>> plain(3.04), plain(0.46), plain(0.0), plain(12.4)
    ('3', '0.5', '0', '12')
    """
    text = f"{abs(number):.0f}" if abs(number) >= 9.95 else f"{abs(number):.1f}"
    return text.removesuffix(".0")


def counted(people: float) -> str:
    """A number of people as it is said: of a few not how many.

    >>> counted(0), counted(1), counted(19), counted(1200)
    ('0', 'fewer than 20', 'fewer than 20', '1,200')
    """
    return f"fewer than {SMALLEST_CELL}" if 0 < people < SMALLEST_CELL else f"{people:,.0f}"


def both_ways(low: float, high: float) -> str:
    """An interval of clients who stayed more, in words for both directions.

    >>> both_ways(1, 5), both_ways(-2, 4), both_ways(-5, -1)
    ('between 1 and 5', 'between 2 fewer and 4 more', 'between 1 and 5')
    """
    if low < 0 < high:
        return f"between {plain(low)} fewer and {plain(high)} more"
    least, most = sorted((abs(low), abs(high)))
    return f"between {plain(least)} and {plain(most)}"


def of_a_hundred(found: Itt, whose: str = "clients on lists") -> str:
    """The effect in one sentence."""
    stayed, low, high = -100 * found.value, -100 * found.high, -100 * found.low
    if not found.claims:
        return (
            f"Whether being listed helps cannot be told yet: of 100 {whose} {both_ways(low, high)} stayed than of "
            "those left out by lot."
        )
    more = "more" if stayed > 0 else "fewer"
    return f"Of 100 {whose} {plain(stayed)} {more} stayed than of those left out by lot ({both_ways(low, high)})."
