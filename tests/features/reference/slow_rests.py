"""Family rests, from the catalogue's sentences."""

import itertools
from datetime import date
from functools import cache

from slow_world import World, ratio


@cache
def spells(w: World, c: str) -> list[list[date]]:
    """Start and end of each run of loans without a day between them; an open loan never ends."""
    found: list[list[date]] = []
    for loan in w.loans(c):
        end = loan.closed_on or date.max
        if found and loan.disbursed_on <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([loan.disbursed_on, end])
    return found


def rests(w: World, c: str) -> list[tuple[date, int]]:
    runs = spells(w, c)
    return [(end, (start - end).days) for (_, end), (start, _) in itertools.pairwise(runs)]


def lengths(w: World, c: str) -> list[int]:
    return [days for _, days in rests(w, c)]


def rests_taken(w: World, c: str) -> float | None:
    return len(rests(w, c))


def rest_longest_days(w: World, c: str) -> float | None:
    return max(lengths(w, c), default=None)


def rest_mean_days(w: World, c: str) -> float | None:
    return sum(lengths(w, c)) / len(lengths(w, c)) if rests(w, c) else None


def rest_last_days(w: World, c: str) -> float | None:
    return lengths(w, c)[-1] if rests(w, c) else None


def resting_days(w: World, c: str) -> float | None:
    return max(0, w.ago(spells(w, c)[-1][1]))


def resting_to_longest(w: World, c: str) -> float | None:
    return ratio(resting_days(w, c), rest_longest_days(w, c))


def rests_this_season(w: World, c: str) -> float | None:
    began = [w.ago(day) for day, _ in rests(w, c)]
    return sum(320 <= ago <= 410 or 685 <= ago <= 775 for ago in began)
