"""Family sizes, from the catalogue's sentences."""

from decimal import Decimal

from slow_world import World, millionths, ratio


def amounts(w: World, c: str) -> list[Decimal]:
    return [loan.amount for loan in w.money_loans(c)]


def halved(w: World, c: str, life: int) -> float:
    weights = [millionths(0.5 ** (w.ago(loan.disbursed_on) / life)) for loan in w.money_loans(c)]
    return float(sum(amount * weight for amount, weight in zip(amounts(w, c), weights, strict=True)) / 1_000_000)


def amounts_halved_10d(w: World, c: str) -> float | None:
    return halved(w, c, 10)


def amounts_halved_21d(w: World, c: str) -> float | None:
    return halved(w, c, 21)


def loan_amount_mean(w: World, c: str) -> float | None:
    return ratio(sum(amounts(w, c)), len(amounts(w, c)))


def loan_amount_largest(w: World, c: str) -> float | None:
    return float(max(amounts(w, c)))


def loan_amount_evenness(w: World, c: str) -> float | None:
    return ratio(min(amounts(w, c)), max(amounts(w, c)))


def amount_open(w: World, c: str) -> float | None:
    return float(sum(loan.amount for loan in w.money_loans(c) if loan.closed_on is None))
