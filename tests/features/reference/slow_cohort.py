"""Family cohort, from the catalogue's sentences."""

from datetime import date
from functools import cache

from slow_branch import gone_share, lending_trend, lending_week
from slow_world import World


@cache
def cohort(w: World, c: str) -> int | None:
    """Number of the four weeks the client joined in, counted from 1 January 1900."""
    return next(((row.joined_on - date(1900, 1, 1)).days // 28 for row in w.own("clients", c)), None)


@cache
def others(w: World, c: str) -> list[str]:
    mine = cohort(w, c)
    return [o for o in w.clients() if o != c and cohort(w, o) == mine] if mine is not None else []


def cohort_lending_week(w: World, c: str) -> float | None:
    return lending_week(w, others(w, c))


def cohort_lending_trend(w: World, c: str) -> float | None:
    return lending_trend(w, others(w, c))


def cohort_gone_share(w: World, c: str) -> float | None:
    return gone_share(w, others(w, c))
