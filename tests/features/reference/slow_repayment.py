"""Family repayment, from the catalogue's sentences."""

from slow_world import World, difference, share


def late_share(dues: list) -> float | None:
    return share(sum(due.delay >= 1 for due in dues), len(dues))


def within(w: World, c: str, start: int, stop: int) -> list:
    return [due for due in w.fallen(c) if start <= w.ago(due.day) < stop]


def days_past_due(w: World, c: str) -> float | None:
    dues = [due for due in w.dues(c) if due.loan.closed_on is None]
    if not dues:
        return None
    return max((w.ago(due.day) for due in dues if due.day < w.as_of and due.settled is None), default=0)


def worst_delay_91d(w: World, c: str) -> float | None:
    return max((due.delay for due in within(w, c, 0, 91)), default=None)


def late_share_last3(w: World, c: str) -> float | None:
    return late_share(w.fallen(c)[:3])


def late_share_182d(w: World, c: str) -> float | None:
    return late_share(within(w, c, 0, 182))


def late_share_change(w: World, c: str) -> float | None:
    return difference(late_share(within(w, c, 0, 56)), late_share(within(w, c, 56, 182)))


def delay_mean_last6(w: World, c: str) -> float | None:
    delays = [due.delay for due in w.fallen(c)[:6]]
    return sum(delays) / len(delays) if delays else None


def delay_least_last6(w: World, c: str) -> float | None:
    return min((due.delay for due in w.fallen(c)[:6]), default=None)
