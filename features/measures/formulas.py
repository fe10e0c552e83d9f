"""The published formulas of exit and retention, and how to go from one period to another.

No formula says how many clients leave; each answers a question of its own. F1 and F2 need head counts alone and err in
opposite directions on the same behaviour: growth makes F1 look good and F2 look bad. F5 counts people at their decision
and nobody else. The inputs may be expected values as well as counts.
"""

import math

#: Growth of clients in a year above which F1 and F2 are shown with a warning; at 7 % a year with loans of six months
#: they lie 8 points apart on the same behaviour.
GROWTH_WARNED_OF = 0.05


def dropout_f1(active_begin: float, came: float, active_end: float) -> float:
    """F1, Schreiner's flow identity: (AC_b + NC - AC_e) / (AC_b + NC), in the period.

    Parameters
    ----------
    active_begin, active_end
        Clients at the begin and at the end of the period.
    came
        Clients who came in the period, those who came back after an exit among them: the end count holds them too.

    Returns
    -------
    Share of all clients dealt with in the period who were gone at its end; NaN where there were none

    >>> round(dropout_f1(1000, 250, 1100), 3)
    0.12
    """
    return _ratio(active_begin + came - active_end, active_begin + came)


def retention_f2(active_begin: float, came: float, active_end: float) -> float:
    """F2, IRIS PI9319: (AC_e - NC) / AC_b, in the period. Parameters as in `dropout_f1`.

    >>> round(retention_f2(1000, 250, 1100), 3)
    0.85
    """
    return _ratio(active_end - came, active_begin)


def renewal_f3(follow_on: float, paid_off: float) -> float:
    """F3, loan-renewal ratio: loans to existing and resting clients / loans paid off. It counts loans; above 1 can be.

    >>> renewal_f3(80, 100)
    0.8
    """
    return _ratio(follow_on, paid_off)


def repeat_borrowing(follow_on: float, loans: float) -> float:
    """Share of the loans of a period that went to clients who had one before.

    >>> repeat_borrowing(80, 100)
    0.8
    """
    return _ratio(follow_on, loans)


def exit_f5(gone: float, deciders: float) -> float:
    """F5, Waterfield 2006: exits per decision, among those who reached one and whose grace period is over.

    >>> exit_f5(15, 100)
    0.15
    """
    return _ratio(gone, deciders)


def exits_per_mean_active(out: float, active_begin: float, active_end: float) -> float:
    """All who went / mean of clients at the begin and at the end of the period."""
    return _ratio(out, (active_begin + active_end) / 2)


def yearly(per_decision: float, months: float) -> float:
    """What a rate per decision makes in a year, loans lasting so many months: 1 - (1 - h)^(12 / T).

    >>> round(yearly(0.15, 6), 4)
    0.2775
    """
    return 1 - math.pow(1 - per_decision, 12 / months)


def per_decision(in_a_year: float, months: float) -> float:
    """The rate per decision behind a yearly one: the way back of `yearly`.

    >>> [round(per_decision(0.25, months), 3) for months in (6, 4)]
    [0.134, 0.091]
    """
    return 1 - math.pow(1 - in_a_year, months / 12)


def growth_in_a_year(active_begin: float, active_end: float, months: int) -> float:
    """Growth of clients, as if it went on for a year; NaN where there was nobody at the begin.

    >>> round(growth_in_a_year(1000, 1100, 6), 2)
    0.21
    """
    return math.pow(active_end / active_begin, 12 / months) - 1 if active_begin > 0 else math.nan


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan
