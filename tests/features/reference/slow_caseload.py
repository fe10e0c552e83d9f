"""Family caseload, from the catalogue's sentences."""

from functools import cache

from slow_contact import outgoing
from slow_officer import officer, post
from slow_repayment import late_share, within
from slow_world import World, ratio, share


@cache
def others(w: World, c: str) -> list[str]:
    mine = officer(w, c)
    return [o for o in w.clients() if o != c and officer(w, o) == mine] if mine else []


def active(w: World, c: str) -> int:
    return sum(map(w.active, others(w, c)))


def handed_over(w: World, c: str) -> bool:
    borrowed = [w.ago(loan.disbursed_on) for loan in w.loans(c)]
    return w.active(c) and w.ago(post(w, c).from_on) < 91 and max(borrowed, default=0) >= 91


def officer_caseload(w: World, c: str) -> float | None:
    served = any(officer(w, o) == officer(w, c) for o in w.clients()) if officer(w, c) else False
    return active(w, c) if served else None


def officer_handover_share(w: World, c: str) -> float | None:
    return share(sum(handed_over(w, o) for o in others(w, c)), active(w, c))


def contact_days(w: World, c: str) -> list[int]:
    """How long ago the outgoing ordinary contacts but messages with the others were."""
    return [w.ago(k.happened_on) for o in others(w, c) for k in outgoing(w, o) if k.kind != "message"]


def officer_contact_rate_28d(w: World, c: str) -> float | None:
    return ratio(sum(ago < 28 for ago in contact_days(w, c)), active(w, c))


def officer_contact_trend(w: World, c: str) -> float | None:
    agos = contact_days(w, c)
    return ratio(3 * sum(ago < 28 for ago in agos), sum(28 <= ago < 112 for ago in agos))


def officer_late_share_28d(w: World, c: str) -> float | None:
    return late_share([due for o in others(w, c) for due in within(w, o, 0, 28)])


def officer_gone_share(w: World, c: str) -> float | None:
    peers = [o for o in others(w, c) if w.active(o) or w.gone(o)]
    return share(sum(map(w.gone, peers)), len(peers))
