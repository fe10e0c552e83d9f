"""Family membership, from the catalogue's sentences."""

import itertools
from types import SimpleNamespace

from slow_world import World


def memberships(w: World, c: str) -> list[SimpleNamespace]:
    return sorted(w.own("memberships", c), key=lambda m: (m.from_on, m.known_on or m.from_on, m.group_id))


def days_in_group(w: World, c: str) -> float | None:
    lasting = [m for m in memberships(w, c) if m.to_on is None or m.to_on >= w.as_of]
    return w.ago(lasting[-1].from_on) if lasting else None


def days_without_group(w: World, c: str) -> float | None:
    if w.group(c) is not None:
        return 0
    return min((w.ago(m.to_on) for m in memberships(w, c) if m.to_on), default=None)


def group_changes_365d(w: World, c: str) -> float | None:
    held = memberships(w, c)
    if not held:
        return None
    steps = itertools.pairwise(held)
    return sum(before.group_id != now.group_id and w.ago(now.from_on) < 365 for before, now in steps)
