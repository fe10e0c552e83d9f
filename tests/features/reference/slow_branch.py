"""Family branch, from the catalogue's sentences."""

from fractions import Fraction
from functools import cache

from slow_applications import waits
from slow_officer import branch
from slow_repayment import within
from slow_world import World, difference, fraction, rounded


@cache
def others(w: World, c: str) -> list[str]:
    mine = branch(w, c)
    return [o for o in w.clients() if o != c and branch(w, o) == mine] if mine else []


def loan_days(w: World, clients: list[str]) -> list[int]:
    return [w.ago(loan.disbursed_on) for o in clients for loan in w.loans(o)]


def lending_trend(w: World, clients: list[str]) -> Fraction | None:
    agos = loan_days(w, clients)
    return fraction(3 * sum(ago < 28 for ago in agos), sum(28 <= ago < 112 for ago in agos))


def lending_week(w: World, clients: list[str]) -> Fraction | None:
    agos = loan_days(w, clients)
    return fraction(4 * sum(ago < 7 for ago in agos), sum(ago < 28 for ago in agos))


def season_turn(w: World, clients: list[str]) -> Fraction | None:
    agos = loan_days(w, clients)
    return fraction(sum(337 <= ago <= 364 for ago in agos), sum(365 <= ago <= 392 for ago in agos))


def gone_share(w: World, clients: list[str]) -> Fraction | None:
    peers = [o for o in clients if w.active(o) or w.gone(o)]
    return fraction(sum(map(w.gone, peers)), len(peers))


def late_share(w: World, clients: list[str], start: int, stop: int) -> Fraction | None:
    dues = [due for o in clients for due in within(w, o, start, stop)]
    return fraction(sum(due.delay >= 1 for due in dues), len(dues))


def branch_late_share_28d(w: World, c: str) -> float | None:
    return rounded(late_share(w, others(w, c), 0, 28))


def branch_late_change(w: World, c: str) -> float | None:
    return rounded(difference(late_share(w, others(w, c), 0, 28), late_share(w, others(w, c), 28, 112)))


def branch_resting_share(w: World, c: str) -> float | None:
    peers = [o for o in others(w, c) if w.active(o)]
    return rounded(fraction(sum(map(w.resting, peers)), len(peers)))


def branch_gone_share(w: World, c: str) -> float | None:
    return rounded(gone_share(w, others(w, c)))


def branch_lending_week(w: World, c: str) -> float | None:
    return rounded(lending_week(w, others(w, c)))


def branch_lending_trend(w: World, c: str) -> float | None:
    return rounded(lending_trend(w, others(w, c)))


def branch_season_turn(w: World, c: str) -> float | None:
    return rounded(season_turn(w, others(w, c)))


def branch_wait_days(w: World, c: str) -> float | None:
    found = [wait for o in others(w, c) for wait in waits(w, o, within=182)]
    return rounded(fraction(sum(found), len(found)), 0)


def branch_complaint_rate_91d(w: World, c: str) -> float | None:
    made = sum(w.ago(q.opened_on) < 91 for o in others(w, c) for q in w.own("complaints", o))
    return rounded(fraction(made, sum(map(w.active, others(w, c)))))
