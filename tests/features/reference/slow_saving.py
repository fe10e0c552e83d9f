"""Family saving, from the catalogue's sentences."""

from decimal import Decimal

from slow_world import World, ratio


def amounts(
    w: World, c: str, kind: str, *, start: int = 0, stop: int = 99999, compulsory: bool = False
) -> list[Decimal]:
    return [
        move.amount
        for move in w.own("savings", c)
        if move.kind == kind and start <= w.ago(move.moved_on) < stop and (move.compulsory or not compulsory)
    ]


def balance(w: World, c: str, start: int = 0) -> Decimal:
    """What the movements up to `start` days ago add up to."""
    into = sum(amounts(w, c, "deposit", start=start)) + sum(amounts(w, c, "interest", start=start))
    return Decimal(into - sum(amounts(w, c, "withdrawal", start=start)) - sum(amounts(w, c, "fee", start=start)))


def saves(w: World, c: str) -> bool:
    return bool(w.own("savings", c))


def savings_balance(w: World, c: str) -> float | None:
    return float(balance(w, c)) if saves(w, c) else None


def savings_to_loan(w: World, c: str) -> float | None:
    return ratio(balance(w, c), w.loans(c)[-1].amount) if saves(w, c) else None


def savings_change_91d(w: World, c: str) -> float | None:
    before, now = balance(w, c, 91), balance(w, c)
    return ratio(now - before, before) if before > 0 and now >= 0 else None


def withdrawals_91d(w: World, c: str) -> float | None:
    return len(amounts(w, c, "withdrawal", stop=91))


def withdrawn_share_91d(w: World, c: str) -> float | None:
    taken = sum(amounts(w, c, "withdrawal", stop=91))
    return ratio(taken, balance(w, c) + taken) if balance(w, c) >= 0 else None


def compulsory_deposit_share(w: World, c: str) -> float | None:
    return ratio(sum(amounts(w, c, "deposit", compulsory=True)), sum(amounts(w, c, "deposit")))


def compulsory_withdrawals_365d(w: World, c: str) -> float | None:
    return len(amounts(w, c, "withdrawal", stop=365, compulsory=True))


def days_since_deposit(w: World, c: str) -> float | None:
    return min((w.ago(move.moved_on) for move in w.own("savings", c) if move.kind == "deposit"), default=None)


def deposits_91d(w: World, c: str) -> float | None:
    return len(amounts(w, c, "deposit", stop=91))


def deposits_trend(w: World, c: str) -> float | None:
    return ratio(sum(amounts(w, c, "deposit", stop=91)), sum(amounts(w, c, "deposit", start=91, stop=182)))
