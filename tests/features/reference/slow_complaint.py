"""Family complaint, from the catalogue's sentences."""

from collections import Counter

from slow_world import World


def complaints_open(w: World, c: str) -> float | None:
    return sum(q.closed_on is None for q in w.own("complaints", c))


def complaint_open_days(w: World, c: str) -> float | None:
    return max((w.ago(q.opened_on) for q in w.own("complaints", c) if q.closed_on is None), default=0)


def days_since_complaint(w: World, c: str) -> float | None:
    return min((w.ago(q.opened_on) for q in w.own("complaints", c)), default=None)


def complaints_365d(w: World, c: str) -> float | None:
    return sum(w.ago(q.opened_on) < 365 for q in w.own("complaints", c))


def complaints_repeated_365d(w: World, c: str) -> float | None:
    topics = Counter(q.topic for q in w.own("complaints", c) if q.topic and w.ago(q.opened_on) < 365)
    return max(topics.values(), default=0)


def complaint_settled_days(w: World, c: str) -> float | None:
    settled = [q for q in w.own("complaints", c) if q.closed_on]
    last = max(settled, key=lambda q: (q.closed_on, q.complaint_id), default=None)
    return (last.closed_on - last.opened_on).days if last else None


def complaints_about_staff_365d(w: World, c: str) -> float | None:
    return sum(q.about_officer is not None and w.ago(q.opened_on) < 365 for q in w.own("complaints", c))
