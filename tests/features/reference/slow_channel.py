"""Family channel, from the catalogue's sentences."""

from slow_world import World, difference, share


def channels(w: World, c: str, start: int = 0, stop: int = 182) -> list[str]:
    return [p.channel for p in w.own("repayments", c) if p.channel and start <= w.ago(p.paid_on) < stop]


def by_phone(used: list[str]) -> float | None:
    return share(used.count("mobile"), len(used))


def remote_payment_share_182d(w: World, c: str) -> float | None:
    used = channels(w, c)
    return share(len(used) - used.count("cash"), len(used))


def phone_payment_change(w: World, c: str) -> float | None:
    return difference(by_phone(channels(w, c, 0, 56)), by_phone(channels(w, c, 56, 182)))


def days_since_phone_payment(w: World, c: str) -> float | None:
    paid = [w.ago(p.paid_on) for p in w.own("repayments", c) if p.channel == "mobile"]
    return min((ago for ago in paid if ago < 182), default=None)
