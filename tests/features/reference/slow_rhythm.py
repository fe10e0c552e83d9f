"""Family rhythm, from the catalogue's sentences."""

from datetime import date

from slow_world import World, ratio, share


def days(w: World, c: str) -> list[date]:
    """Borrowing days, oldest first."""
    return sorted({loan.disbursed_on for loan in w.loans(c)})


def gaps(w: World, c: str) -> list[int]:
    """Days between one borrowing day and the next, oldest first."""
    return [(after - before).days for before, after in zip(days(w, c), days(w, c)[1:], strict=False)]


def loans_within(w: World, c: str, stop: int, start: int = 0) -> int:
    return sum(start <= w.ago(loan.disbursed_on) < stop for loan in w.loans(c))


def silence_days(w: World, c: str) -> float | None:
    return w.ago(days(w, c)[-1])


def loans_7d(w: World, c: str) -> float | None:
    return loans_within(w, c, 7)


def loans_14d(w: World, c: str) -> float | None:
    return loans_within(w, c, 14)


def loans_28d(w: World, c: str) -> float | None:
    return loans_within(w, c, 28)


def loans_56d(w: World, c: str) -> float | None:
    return loans_within(w, c, 56)


def loans_91d(w: World, c: str) -> float | None:
    return loans_within(w, c, 91)


def loans_182d(w: World, c: str) -> float | None:
    return loans_within(w, c, 182)


def loans_28d_of_56d(w: World, c: str) -> float | None:
    return ratio(loans_within(w, c, 28), loans_within(w, c, 56))


def borrowing_weeks_56d(w: World, c: str) -> float | None:
    return sum(loans_within(w, c, 7 * week + 7, 7 * week) > 0 for week in range(8))


def loans_month_ago(w: World, c: str) -> float | None:
    return loans_within(w, c, 31, 23)


def days_since_third_last(w: World, c: str) -> float | None:
    return w.ago(days(w, c)[-3]) if len(days(w, c)) >= 3 else None


def gap_last_days(w: World, c: str) -> float | None:
    return gaps(w, c)[-1] if gaps(w, c) else None


def gap_mean_days(w: World, c: str) -> float | None:
    return ratio(sum(gaps(w, c)), len(gaps(w, c)))


def gap_max_days(w: World, c: str) -> float | None:
    return max(gaps(w, c), default=None)


def silence_to_gap_mean(w: World, c: str) -> float | None:
    return ratio(silence_days(w, c), gap_mean_days(w, c))


def silence_to_gap_max(w: World, c: str) -> float | None:
    return ratio(silence_days(w, c), gap_max_days(w, c))


def gaps_longer_share(w: World, c: str) -> float | None:
    return share(sum(gap > silence_days(w, c) for gap in gaps(w, c)), len(gaps(w, c)))


def gap_recent_to_mean(w: World, c: str) -> float | None:
    recent = gaps(w, c)[-4:]
    return ratio(ratio(sum(recent), len(recent)), gap_mean_days(w, c))
