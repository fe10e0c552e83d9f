"""When a client may be met or called: holidays, the MFI's hours, her own hours, and whether a call is safe at all."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from serving.list_settings import EVERY_BRANCH, ListSettings

_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_WEEK = 7
_MANNERS = ("meeting_on", "may_call", "call_from", "call_until")
_LOOKED_AT = (
    *("branch_id", "list_branch_id", "meeting_weekday"),
    *("hours_from", "hours_until", "safe_to_call"),
)


def manners(people: pd.DataFrame, settings: ListSettings, as_of: date) -> pd.DataFrame:
    """When each of some clients may be met and called.

    Parameters
    ----------
    people
        Indexed by client_id: branch_id, list_branch_id, meeting_weekday, hours_from, hours_until, safe_to_call, each of
        which may be missing.

    Returns
    -------
    DataFrame like `people`
        meeting_on (None where there is none this week, or it falls on a holiday of the client's or the list's branch),
        may_call (a call is safe, and some hour suits both the MFI and the client), call_from and call_until (the
        client's own hours within the MFI's; empty where she has none of her own).
    """
    columns = [list(people[name]) if name in people else [None] * len(people) for name in _LOOKED_AT]
    found = []
    for branch, of_list, weekday, hours_from, hours_until, safe in zip(*columns, strict=True):
        closed = closed_days(settings, _text(branch), as_of) | closed_days(settings, _text(of_list), as_of)
        first, last = _text(hours_from), _text(hours_until)
        left = calling_hours(settings, first, last)
        shown = left if left is not None and (first or last) else ("", "")
        day = meeting_day(as_of, float(weekday) if _text(weekday) else None, closed)
        found.append((day, left is not None and safe_to_call(safe), *shown))
    # One column at a time: a frame made of rows would guess what is in them.
    by_column = zip(*found, strict=True) if found else [()] * len(_MANNERS)
    return pd.DataFrame(
        {
            name: pd.Series(list(values), index=people.index, dtype="bool" if name == "may_call" else "object")
            for name, values in zip(_MANNERS, by_column, strict=True)
        }
    )


def safe_to_call(known: object) -> bool:
    """Whether a call may be made as far as it is known: only a clear no forbids it.

    >>> safe_to_call(None), safe_to_call(True), safe_to_call(False)
    (True, True, False)
    """
    return _text(known) == "" or bool(known)


def closed_days(settings: ListSettings, branch_id: str | None, as_of: date) -> frozenset[date]:
    """Holidays of a branch within the seven days after `as_of`; of None only those of every branch.

    >>> closed_days(ListSettings(holidays={"all": [date(2024, 7, 1)]}), "b1", date(2024, 6, 30))
    frozenset({datetime.date(2024, 7, 1)})
    """
    holidays = {*settings.holidays.get(EVERY_BRANCH, ()), *settings.holidays.get(branch_id or EVERY_BRANCH, ())}
    return frozenset(holidays & {as_of + timedelta(days=ahead) for ahead in range(1, _WEEK + 1)})


def calling_days(settings: ListSettings, branches: Iterable[str], as_of: date) -> tuple[date, ...]:
    """Days of the seven after `as_of` that are a holiday of none of some branches.

    >>> len(calling_days(ListSettings(holidays={"b1": [date(2024, 7, 1)]}), ["b1", ""], date(2024, 6, 30)))
    6
    """
    closed = frozenset[date]().union(*(closed_days(settings, branch, as_of) for branch in branches))
    week = [as_of + timedelta(days=ahead) for ahead in range(1, _WEEK + 1)]
    return tuple(day for day in week if day not in closed)


def closed_all_week(settings: ListSettings, branch_id: str | None, as_of: date) -> bool:
    """Whether a branch, or with None the whole institution, is closed on all seven days."""
    return len(closed_days(settings, branch_id, as_of)) == _WEEK


def meeting_day(as_of: date, weekday: float | None, closed: frozenset[date] = frozenset()) -> date | None:
    """The day within the seven days after `as_of` on which a client's meeting is held; None if it is a holiday.

    >>> meeting_day(date(2024, 6, 30), 1), meeting_day(date(2024, 6, 30), 7), meeting_day(date(2024, 6, 30), None)
    (datetime.date(2024, 7, 1), datetime.date(2024, 7, 7), None)
    >>> meeting_day(date(2024, 6, 30), 1, frozenset({date(2024, 7, 1)}))
    """
    if weekday is None or weekday != weekday or not 1 <= weekday <= _WEEK:
        return None
    day = as_of + timedelta(days=(int(weekday) - as_of.isoweekday() - 1) % _WEEK + 1)
    return None if day in closed else day


def calling_hours(settings: ListSettings, hours_from: str, hours_until: str) -> tuple[str, str] | None:
    """The hours in which a client may be called: the MFI's, narrowed by her own; None if nothing is left.

    Hours that cannot be read are no hours: whoever wrote them wanted something.

    >>> calling_hours(ListSettings(), "08:00", "12:00"), calling_hours(ListSettings(), "", "")
    (('09:00', '12:00'), ('09:00', '18:00'))
    >>> calling_hours(ListSettings(), "18:00", "20:00"), calling_hours(ListSettings(), "after lunch", "")
    (None, None)
    """
    if any(hour and not _HOUR.fullmatch(hour) for hour in (hours_from, hours_until)):
        return None
    first = max(f"{settings.contact_from:%H:%M}", hours_from)
    last = min(f"{settings.contact_until:%H:%M}", hours_until or "24:00")
    return (first, last) if first < last else None


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)
