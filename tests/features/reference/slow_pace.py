"""Family pace, from the catalogue's sentences."""

from collections import Counter
from math import sqrt

from slow_rhythm import days, gaps, silence_days
from slow_world import World, millionths, ratio


def halved(w: World, c: str, life: int) -> float:
    return sum(millionths(0.5 ** (w.ago(day) / life)) for day in days(w, c)) / 1e6


def borrowing_days_halved_7d(w: World, c: str) -> float | None:
    return halved(w, c, 7)


def borrowing_days_halved_14d(w: World, c: str) -> float | None:
    return halved(w, c, 14)


def borrowing_days_halved_21d(w: World, c: str) -> float | None:
    return halved(w, c, 21)


def borrowing_days_halved_35d(w: World, c: str) -> float | None:
    return halved(w, c, 35)


def borrowing_rate_21d(w: World, c: str) -> float | None:
    return halved(w, c, 21) / sum(0.5 ** (ago / 21) for ago in range(w.ago(days(w, c)[0]) + 1))


def weeks(w: World, c: str) -> list[int]:
    return [week for week in range(16) if any(w.ago(day) // 7 == week for day in days(w, c))]


def borrowing_weeks_weighed(w: World, c: str) -> float | None:
    return sum(millionths(0.75**week) for week in weeks(w, c)) / 1e6


def borrowing_weeks_in_a_row(w: World, c: str) -> float | None:
    return next((week for week in range(16) if week not in weeks(w, c)), 16)


def days_since_second_last(w: World, c: str) -> float | None:
    return w.ago(days(w, c)[-2]) if len(days(w, c)) >= 2 else None


def days_since_fifth_last(w: World, c: str) -> float | None:
    return w.ago(days(w, c)[-5]) if len(days(w, c)) >= 5 else None


def gap_median_days(w: World, c: str) -> float | None:
    found = sorted(gaps(w, c))
    return found[(len(found) - 1) // 2] if found else None


def silence_to_gap_median(w: World, c: str) -> float | None:
    return ratio(silence_days(w, c), gap_median_days(w, c))


def silence_to_gap_recent(w: World, c: str) -> float | None:
    recent = gaps(w, c)[-4:]
    return ratio(silence_days(w, c), ratio(sum(recent), len(recent)))


def silence_in_deviations(w: World, c: str) -> float | None:
    found = gaps(w, c)
    if not found:
        return None
    mean = sum(found) / len(found)
    deviation = sqrt(sum((gap - mean) ** 2 for gap in found) / len(found))
    return (silence_days(w, c) - mean) / (deviation + 1)


def goes_on(w: World, c: str, more: int) -> float:
    silence = silence_days(w, c)
    longer = sum(gap > silence + more for gap in gaps(w, c))
    return (longer + 0.25) / (sum(gap >= silence for gap in gaps(w, c)) + 0.5)


def silence_goes_on_7d(w: World, c: str) -> float | None:
    return goes_on(w, c, 7)


def silence_goes_on_14d(w: World, c: str) -> float | None:
    return goes_on(w, c, 14)


def loans_expected_in_silence(w: World, c: str) -> float | None:
    last = days(w, c)[-1]
    before = sum(0 < (last - day).days <= 28 for day in days(w, c))
    return silence_days(w, c) * before / 28


def borrowing_favourite_weekday_91d(w: World, c: str) -> float | None:
    recent = Counter(day.weekday() for day in days(w, c) if w.ago(day) < 91)
    return max(recent.values()) / sum(recent.values()) if recent else None


def returns(w: World, c: str) -> list[int]:
    steps = zip(w.loans(c), w.loans(c)[1:], strict=False)
    return [(after.disbursed_on - loan.closed_on).days for loan, after in steps if loan.closed_on]


def return_mean_days(w: World, c: str) -> float | None:
    return ratio(sum(returns(w, c)), len(returns(w, c)))


def return_last_days(w: World, c: str) -> float | None:
    loans = w.loans(c)
    if len(loans) < 2 or loans[-2].closed_on is None:
        return None
    return (loans[-1].disbursed_on - loans[-2].closed_on).days
