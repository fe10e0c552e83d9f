"""Family borrowing, from the catalogue's sentences."""

from slow_world import World, difference, ratio, share


def term(loan) -> int | None:
    return (loan.due_on - loan.disbursed_on).days if loan.due_on else None


def loans_taken(w: World, c: str) -> float | None:
    return len(w.loans(c))


def tenure_days(w: World, c: str) -> float | None:
    return w.ago(w.loans(c)[0].disbursed_on)


def member_days(w: World, c: str) -> float | None:
    return next((w.ago(row.joined_on) for row in w.own("clients", c)), None)


def loans_open(w: World, c: str) -> float | None:
    return len(w.open_loans(c))


def days_to_loan_end(w: World, c: str) -> float | None:
    return max(((loan.due_on - w.as_of).days for loan in w.open_loans(c) if loan.due_on), default=None)


def loan_elapsed_share(w: World, c: str) -> float | None:
    newest = w.loans(c)[-1]
    if newest.closed_on is not None or not term(newest):
        return None
    return w.ago(newest.disbursed_on) / term(newest)


def loan_term_days(w: World, c: str) -> float | None:
    return term(w.loans(c)[-1])


def loan_term_step(w: World, c: str) -> float | None:
    if len(w.loans(c)) < 2:
        return None
    before, newest = w.loans(c)[-2:]
    return ratio(term(newest), term(before))


def interest_rate_step(w: World, c: str) -> float | None:
    if len(w.loans(c)) < 2:
        return None
    before, newest = w.loans(c)[-2:]
    return difference(newest.interest_rate, before.interest_rate)


def product_changed(w: World, c: str) -> float | None:
    if len(w.loans(c)) < 2:
        return None
    before, newest = w.loans(c)[-2:]
    if before.product_id is None or newest.product_id is None:
        return None
    return float(before.product_id != newest.product_id)


def loans_refinanced(w: World, c: str) -> float | None:
    return sum(loan.closed_how == "refinanced" for loan in w.loans(c))


def ended(w: World, c: str) -> list:
    return [loan for loan in w.loans(c) if loan.closed_on is not None]


def early(loan) -> int | None:
    return (loan.due_on - loan.closed_on).days if loan.due_on else None


def last_loan_ended_early_days(w: World, c: str) -> float | None:
    last = max(ended(w, c), key=lambda loan: (loan.closed_on, loan.disbursed_on, loan.loan_id), default=None)
    return early(last) if last else None


def loans_ended_early_share(w: World, c: str) -> float | None:
    measured = [loan for loan in ended(w, c) if loan.due_on]
    return share(sum(early(loan) >= 1 and early(loan) >= term(loan) / 10 for loan in measured), len(measured))


def loans_ended_late_share(w: World, c: str) -> float | None:
    measured = [loan for loan in ended(w, c) if loan.due_on]
    return share(sum(loan.closed_on > loan.due_on for loan in measured), len(measured))


def loan_amount(w: World, c: str) -> float | None:
    return float(w.loans(c)[-1].amount)


def loan_amount_step(w: World, c: str) -> float | None:
    loans = w.money_loans(c)
    return ratio(loans[-1].amount, loans[-2].amount) if len(loans) > 1 else None


def loan_amount_to_largest(w: World, c: str) -> float | None:
    amounts = [loan.amount for loan in w.money_loans(c)]
    return ratio(amounts[-1], max(amounts))


def loan_amount_to_average(w: World, c: str) -> float | None:
    amounts = [loan.amount for loan in w.money_loans(c)]
    return ratio(amounts[-1], sum(amounts) / len(amounts))


def loan_amount_recent_to_average(w: World, c: str) -> float | None:
    amounts = [loan.amount for loan in w.money_loans(c)]
    recent = amounts[-3:]
    return ratio(sum(recent) / len(recent), sum(amounts) / len(amounts))


def loans_without_growth(w: World, c: str) -> float | None:
    amounts = [loan.amount for loan in w.money_loans(c)]
    flat = 0
    while len(amounts) > flat + 1 and amounts[-1 - flat] * 100 <= amounts[-2 - flat] * 105:
        flat += 1
    return flat


def loan_amount_to_ceiling(w: World, c: str) -> float | None:
    newest = w.loans(c)[-1]
    return ratio(newest.amount, w.ceilings.get(newest.product_id))
