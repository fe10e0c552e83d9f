"""Family branch, from the catalogue's sentences."""

from slow_applications import waits
from slow_officer import branch
from slow_repayment import late_share, within
from slow_world import World, difference, ratio, share


def others(w: World, c: str) -> list[str]:
    mine = branch(w, c)
    return [o for o in w.clients() if o != c and branch(w, o) == mine] if mine else []


def loan_days(w: World, clients: list[str]) -> list[int]:
    return [w.ago(loan.disbursed_on) for o in clients for loan in w.loans(o)]


def lending_trend(w: World, clients: list[str]) -> float | None:
    agos = loan_days(w, clients)
    return ratio(3 * sum(ago < 28 for ago in agos), sum(28 <= ago < 112 for ago in agos))


def lending_week(w: World, clients: list[str]) -> float | None:
    agos = loan_days(w, clients)
    return ratio(4 * sum(ago < 7 for ago in agos), sum(ago < 28 for ago in agos))


def season_turn(w: World, clients: list[str]) -> float | None:
    agos = loan_days(w, clients)
    return ratio(sum(337 <= ago <= 364 for ago in agos), sum(365 <= ago <= 392 for ago in agos))


def gone_share(w: World, clients: list[str]) -> float | None:
    peers = [o for o in clients if w.active(o) or w.gone(o)]
    return share(sum(map(w.gone, peers)), len(peers))


def dues(w: World, c: str, start: int, stop: int) -> list:
    return [due for o in others(w, c) for due in within(w, o, start, stop)]


def branch_late_share_28d(w: World, c: str) -> float | None:
    return late_share(dues(w, c, 0, 28))


def branch_late_change(w: World, c: str) -> float | None:
    return difference(late_share(dues(w, c, 0, 28)), late_share(dues(w, c, 28, 112)))


def branch_resting_share(w: World, c: str) -> float | None:
    peers = [o for o in others(w, c) if w.active(o)]
    return share(sum(map(w.resting, peers)), len(peers))


def branch_gone_share(w: World, c: str) -> float | None:
    return gone_share(w, others(w, c))


def branch_lending_week(w: World, c: str) -> float | None:
    return lending_week(w, others(w, c))


def branch_lending_trend(w: World, c: str) -> float | None:
    return lending_trend(w, others(w, c))


def branch_season_turn(w: World, c: str) -> float | None:
    return season_turn(w, others(w, c))


def branch_wait_days(w: World, c: str) -> float | None:
    found = [wait for o in others(w, c) for wait in waits(w, o, within=182)]
    return ratio(sum(found), len(found))


def branch_complaint_rate_91d(w: World, c: str) -> float | None:
    made = sum(w.ago(q.opened_on) < 91 for o in others(w, c) for q in w.own("complaints", o))
    return ratio(made, sum(map(w.active, others(w, c))))
