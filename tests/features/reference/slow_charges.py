"""Family charges, from the catalogue's sentences."""

from types import SimpleNamespace

from slow_world import World, difference, millionths, ratio


def charge(w: World, loan: SimpleNamespace) -> float | None:
    newest = w.loans(loan.client_id)[-2:]
    if loan.closed_on is None or not w.plan(loan) or not (w.fresh(loan) or loan in newest):
        return None
    return millionths(min(max(float((w.planned(loan) - loan.amount) / loan.amount), 0), 0.15)) / 1e6


def charged(w: World, c: str, within: int = 99999) -> list[float]:
    """Charges of the loans that have one, oldest loan first."""
    loans = [loan for loan in w.loans(c) if w.ago(loan.disbursed_on) < within]
    return [value for value in (charge(w, loan) for loan in loans) if value is not None]


def charge_last(w: World, c: str) -> float | None:
    return charged(w, c)[-1] if charged(w, c) else None


def charge_newest(w: World, c: str) -> float | None:
    return charge(w, w.loans(c)[-1])


def charge_largest(w: World, c: str) -> float | None:
    return max(charged(w, c), default=None)


def charge_largest_42d(w: World, c: str) -> float | None:
    return max(charged(w, c, 42), default=None)


def charge_mean(w: World, c: str) -> float | None:
    return ratio(sum(charged(w, c)), len(charged(w, c)))


def charge_mean_last3(w: World, c: str) -> float | None:
    recent = charged(w, c)[-3:]
    return ratio(sum(recent), len(recent))


def charge_last_to_mean(w: World, c: str) -> float | None:
    return difference(charge_last(w, c), charge_mean(w, c))
