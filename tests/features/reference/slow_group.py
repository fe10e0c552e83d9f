"""Family group, from the catalogue's sentences."""

from functools import cache

from slow_repayment import late_share, within
from slow_world import World, difference, ratio, share


@cache
def others(w: World, c: str) -> list[str] | None:
    group = w.group(c)
    return None if group is None else [o for o in w.clients() if o != c and w.group(o) == group]


def overdue(w: World, c: str) -> bool | None:
    dues = [due for due in w.dues(c) if due.loan.closed_on is None]
    return any(due.day < w.as_of and due.settled is None for due in dues) if dues else None


def group_size(w: World, c: str) -> float | None:
    peers = others(w, c)
    return None if peers is None else sum(map(w.active, peers))


def group_late_share(w: World, c: str) -> float | None:
    known = [late for late in (overdue(w, o) for o in others(w, c) or []) if late is not None]
    return share(sum(known), len(known))


def group_late_change(w: World, c: str) -> float | None:
    peers = others(w, c) or []
    now = [due for o in peers for due in within(w, o, 0, 28)]
    before = [due for o in peers for due in within(w, o, 28, 112)]
    return difference(late_share(now), late_share(before))


def group_resting_share(w: World, c: str) -> float | None:
    peers = [o for o in others(w, c) or [] if w.active(o)]
    return share(sum(map(w.resting, peers)), len(peers))


def group_gone_share(w: World, c: str) -> float | None:
    peers = [o for o in others(w, c) or [] if w.active(o) or w.gone(o)]
    return share(sum(map(w.gone, peers)), len(peers))


def group_left_by(w: World, c: str) -> str | None:
    ended = [m for m in w.own("memberships", c) if m.to_on and m.to_on < w.as_of and w.ago(m.to_on) < 91]
    return max(ended, key=lambda m: (m.to_on, m.from_on, m.group_id)).group_id if ended else None


def group_departures_91d(w: World, c: str) -> float | None:
    group = w.group(c)
    if group is None:
        return None
    return sum(group_left_by(w, o) == group for o in w.clients() if o != c)


def group_attendance_56d(w: World, c: str) -> float | None:
    met = [m for o in others(w, c) or [] for m in w.own("attendance", o) if w.ago(m.meeting_on) < 56]
    return share(sum(m.attended for m in met), len(met))


def group_lending_week(w: World, c: str) -> float | None:
    ages = [w.ago(loan.disbursed_on) for o in others(w, c) or [] for loan in w.loans(o)]
    return ratio(4 * sum(age < 7 for age in ages), sum(age < 28 for age in ages))


def group_lending_trend(w: World, c: str) -> float | None:
    ages = [w.ago(loan.disbursed_on) for o in others(w, c) or [] for loan in w.loans(o)]
    return ratio(3 * sum(age < 28 for age in ages), sum(28 <= age < 112 for age in ages))
