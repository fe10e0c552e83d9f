"""Family officer, from the catalogue's sentences."""

import itertools
from functools import cache
from types import SimpleNamespace

from slow_world import World, share


def assignments(w: World, c: str) -> list[SimpleNamespace]:
    """Oldest first; on the same day and entry a vacancy comes before an officer."""
    return sorted(w.own("assignments", c), key=lambda a: (a.from_on, a.known_on or a.from_on, a.officer_id or ""))


@cache
def post(w: World, c: str) -> SimpleNamespace | None:
    """The assignment that lasts on T, the latest if there are several."""
    lasting = [a for a in assignments(w, c) if a.to_on is None or a.to_on >= w.as_of]
    return lasting[-1] if lasting else None


def officer(w: World, c: str) -> str | None:
    held = post(w, c)
    return held.officer_id if held else None


@cache
def branch(w: World, c: str) -> str | None:
    return w.branches.get(officer(w, c))


def days_with_officer(w: World, c: str) -> float | None:
    return w.ago(post(w, c).from_on) if officer(w, c) else None


def officer_changes_365d(w: World, c: str) -> float | None:
    held = assignments(w, c)
    if not held:
        return None
    steps = itertools.pairwise(held)
    return sum(before.officer_id != now.officer_id and w.ago(now.from_on) < 365 for before, now in steps)


def days_without_officer(w: World, c: str) -> float | None:
    held = assignments(w, c)
    if not held:
        return None
    if officer(w, c):
        return 0
    return w.ago(post(w, c).from_on if post(w, c) else max(a.to_on for a in held[-1:]))


def contacts_by_others_share_182d(w: World, c: str) -> float | None:
    mine = officer(w, c)
    made = [k.officer_id for k in w.contacts(c) if k.officer_id and w.ago(k.happened_on) < 182]
    return share(sum(who != mine for who in made), len(made)) if mine else None


def branch_moves(w: World, c: str) -> list[int]:
    held = assignments(w, c)
    steps = itertools.pairwise(held)
    pairs = [(w.branches.get(before.officer_id), w.branches.get(now.officer_id), now) for before, now in steps]
    return [w.ago(now.from_on) for before, after, now in pairs if before and after and before != after]


def branch_changes_730d(w: World, c: str) -> float | None:
    return sum(ago < 730 for ago in branch_moves(w, c)) if assignments(w, c) else None


def days_since_branch_change(w: World, c: str) -> float | None:
    return min(branch_moves(w, c), default=None)
