"""Family applications, from the catalogue's sentences."""

from types import SimpleNamespace

from slow_world import World, ratio


def asked(w: World, c: str) -> list[SimpleNamespace]:
    return sorted(w.own("applications", c), key=lambda a: (a.applied_on, a.application_id))


def decided(w: World, c: str) -> list[SimpleNamespace]:
    found = [a for a in asked(w, c) if a.decided_on and a.decision]
    return sorted(found, key=lambda a: (a.decided_on, a.application_id))


def failed(w: World, c: str) -> list[SimpleNamespace]:
    return [a for a in asked(w, c) if a.decision in ("refused", "withdrawn")]


def pending(w: World, c: str) -> list[SimpleNamespace]:
    return [a for a in asked(w, c) if a.decided_on is None and w.ago(a.applied_on) < 182]


def waits(w: World, c: str, within: int | None = None) -> list[int]:
    """Wait of each loan that has one, oldest loan first."""
    found = []
    for loan in w.loans(c):
        since = [a.applied_on for a in asked(w, c) if a.loan_id == loan.loan_id]
        if since and (within is None or w.ago(loan.disbursed_on) < within):
            found.append(max(0, (loan.disbursed_on - min(since)).days))
    return found


def decision_days(request: SimpleNamespace) -> int:
    return max(0, (request.decided_on - request.applied_on).days)


def wait_days(w: World, c: str) -> float | None:
    return waits(w, c)[-1] if waits(w, c) else None


def wait_to_usual(w: World, c: str) -> float | None:
    before = waits(w, c)[:-1]
    return ratio(wait_days(w, c), ratio(sum(before), len(before)))


def waiting_over_usual_days(w: World, c: str) -> float | None:
    if not waits(w, c):
        return None
    waiting = max((w.ago(a.applied_on) for a in pending(w, c)), default=0)
    return max(0, waiting - sum(waits(w, c)) / len(waits(w, c)))


def decision_days_last(w: World, c: str) -> float | None:
    return decision_days(decided(w, c)[-1]) if decided(w, c) else None


def decision_days_mean(w: World, c: str) -> float | None:
    days = [decision_days(a) for a in asked(w, c) if a.decided_on]
    return ratio(sum(days), len(days))


def contacts_for_request(w: World, c: str) -> float | None:
    if not asked(w, c):
        return None
    last = asked(w, c)[-1]
    return sum(last.applied_on <= k.happened_on <= (last.decided_on or w.as_of) for k in w.contacts(c))


def approved_to_requested(w: World, c: str) -> float | None:
    granted = [a for a in decided(w, c) if a.decision == "approved" and a.approved_amount is not None]
    granted = [a for a in granted if a.requested_amount]
    return ratio(granted[-1].approved_amount, granted[-1].requested_amount) if granted else None


def requested_to_loan(w: World, c: str) -> float | None:
    return ratio(asked(w, c)[-1].requested_amount, w.loans(c)[-1].amount) if asked(w, c) else None


def days_since_request(w: World, c: str) -> float | None:
    return w.ago(asked(w, c)[-1].applied_on) if asked(w, c) else None


def requests_365d(w: World, c: str) -> float | None:
    return sum(w.ago(a.applied_on) < 365 for a in asked(w, c))


def requests_pending(w: World, c: str) -> float | None:
    return len(pending(w, c))


def days_since_failed_request(w: World, c: str) -> float | None:
    return min((w.ago(a.decided_on) for a in failed(w, c)), default=None)


def failed_requests_365d(w: World, c: str) -> float | None:
    return sum(w.ago(a.decided_on) < 365 for a in failed(w, c))


def last_request_failed(w: World, c: str) -> float | None:
    return float(decided(w, c)[-1].decision in ("refused", "withdrawn")) if decided(w, c) else None
