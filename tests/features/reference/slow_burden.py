"""Family burden, from the catalogue's sentences."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from slow_world import World, ratio, share


def payments(w: World, c: str) -> list[tuple[SimpleNamespace, date, Decimal]]:
    """Loan, day and amount received on it, over fresh loans."""
    return [(loan, day, paid) for loan in w.loans(c) if w.fresh(loan) for day, paid in w.received(loan)]


def usual(w: World, loan: SimpleNamespace) -> Decimal | None:
    return w.planned(loan) / len(w.plan(loan)) if w.plan(loan) else None


def open_planned(w: World, c: str) -> list[SimpleNamespace]:
    return [loan for loan in w.open_loans(c) if w.plan(loan)]


def planned(w: World, c: str) -> Decimal:
    return sum((w.planned(loan) for loan in open_planned(w, c)), Decimal(0))


def in_hand(w: World, c: str) -> Decimal:
    return sum((paid for loan in open_planned(w, c) for _, paid in w.received(loan)), Decimal(0))


def days_since_payment(w: World, c: str) -> float | None:
    return min((w.ago(day) for _, day, _ in payments(w, c)), default=None)


def paid_ahead_share(w: World, c: str) -> float | None:
    due = sum(amount for loan in open_planned(w, c) for day, amount in w.plan(loan) if day <= w.as_of)
    return ratio(in_hand(w, c) - due, planned(w, c))


def repaid_share(w: World, c: str) -> float | None:
    return ratio(in_hand(w, c), planned(w, c))


def coming(w: World, c: str) -> list[SimpleNamespace] | None:
    dues = [due for due in w.dues(c) if due.loan.closed_on is None]
    return [due for due in dues if due.day > w.as_of] if dues else None


def instalments_prepaid(w: World, c: str) -> float | None:
    dues = coming(w, c)
    return None if dues is None else sum(due.settled is not None for due in dues)


def instalments_to_come(w: World, c: str) -> float | None:
    dues = coming(w, c)
    return None if dues is None else sum(due.settled is None for due in dues)


def largest_payment_28d(w: World, c: str) -> float | None:
    recent = [(loan, paid) for loan, day, paid in payments(w, c) if w.ago(day) < 28 and w.plan(loan)]
    return max((float(paid / usual(w, loan)) for loan, paid in recent), default=None)


def partial_payment_share_182d(w: World, c: str) -> float | None:
    measured = [(loan, paid) for loan, day, paid in payments(w, c) if w.ago(day) < 182 and w.plan(loan)]
    return share(sum(paid < usual(w, loan) * 9 / 10 for loan, paid in measured), len(measured))


def payments_trend(w: World, c: str) -> float | None:
    came = payments(w, c)
    if not came:
        return None
    now = sum(paid for _, day, paid in came if w.ago(day) < 56)
    return ratio(now, sum(paid for _, day, paid in came if 56 <= w.ago(day) < 112))


def instalment_step(w: World, c: str) -> float | None:
    loans = w.loans(c)
    if len(loans) < 2 or loans[-2].currency != loans[-1].currency or loans[-1].closed_on is not None:
        return None
    return ratio(usual(w, loans[-1]), usual(w, loans[-2]))


def loan_charge_share(w: World, c: str) -> float | None:
    newest = w.loans(c)[-1]
    if newest.closed_on is not None or not w.plan(newest):
        return None
    return ratio(w.planned(newest) - newest.amount, newest.amount)


def instalments_to_payments(w: World, c: str) -> float | None:
    dues = [due for due in w.dues(c) if due.loan.closed_on is None]
    if not dues:
        return None
    coming = sum(due.amount for due in dues if w.as_of < due.day <= w.as_of + timedelta(days=28))
    return ratio(coming * 13, sum(paid for _, day, paid in payments(w, c) if w.ago(day) < 182) * 2)
