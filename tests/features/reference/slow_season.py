"""Family season, from the catalogue's sentences."""

from slow_world import World, share


def between(ago: int, *spans: tuple[int, int]) -> bool:
    return any(first <= ago <= last for first, last in spans)


def loans_coming_season(w: World, c: str) -> float | None:
    return sum(between(w.ago(loan.disbursed_on), (337, 364), (702, 729)) for loan in w.loans(c))


def loans_this_season(w: World, c: str) -> float | None:
    return sum(between(w.ago(loan.disbursed_on), (365, 392), (730, 757)) for loan in w.loans(c))


def late_ends_this_season(w: World, c: str) -> float | None:
    late = [loan for loan in w.loans(c) if loan.closed_on and loan.due_on and loan.closed_on > loan.due_on]
    return sum(between(w.ago(loan.closed_on), (320, 410), (685, 775)) for loan in late)


def loans_same_weekday_91d(w: World, c: str) -> float | None:
    recent = [loan.disbursed_on for loan in w.loans(c) if w.ago(loan.disbursed_on) < 91]
    return share(sum(day.weekday() == w.as_of.weekday() for day in recent), len(recent))


def day_of_month(w: World, c: str) -> float | None:
    return w.as_of.day


def day_of_week(w: World, c: str) -> float | None:
    return w.as_of.isoweekday()
