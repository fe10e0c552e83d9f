"""Family market, from the catalogue's sentences."""

from functools import cache

from slow_branch import gone_share, lending_trend, season_turn
from slow_world import World, rounded


@cache
def product(w: World, c: str) -> str | None:
    loans = w.loans(c)
    return loans[-1].product_id if loans else None


@cache
def alike(w: World, c: str) -> list[str]:
    mine = product(w, c)
    return [o for o in w.clients() if o != c and product(w, o) == mine] if mine else []


def everybody(w: World, c: str) -> list[str]:
    return [o for o in w.clients() if o != c]


def product_lending_trend(w: World, c: str) -> float | None:
    return rounded(lending_trend(w, alike(w, c)))


def product_gone_share(w: World, c: str) -> float | None:
    return rounded(gone_share(w, alike(w, c)))


def book_lending_trend(w: World, c: str) -> float | None:
    return rounded(lending_trend(w, everybody(w, c)))


def book_season_turn(w: World, c: str) -> float | None:
    return rounded(season_turn(w, everybody(w, c)))
