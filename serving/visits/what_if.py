"""What more or fewer hours would change: hours a day against the clients expected to be kept."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import pandas as pd

from serving.line import OfficerList
from serving.visit_settings import VisitSettings
from serving.visits.plan import Plan, plan_week

#: Parts of the hours there are, for which a page tells what they would change.
_PARTS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
#: Instead, where there are no hours at all.
_FROM_NOTHING = (0.0, 0.5, 1.0, 2.0, 4.0, 6.0)
_QUARTERS = 4

S = TypeVar("S", bound=VisitSettings)


def what_if(
    pages: Sequence[OfficerList],
    kept: Mapping[str, float],
    settings: VisitSettings,
    hours: Sequence[float],
    in_peace: Collection[str] = frozenset(),
) -> pd.DataFrame:
    """The same week planned with other hours, as `compared` tells it.

    Parameters
    ----------
    kept, in_peace
        As `serving.visits.plan.plan_week` takes them.
    hours
        Hours a day, of each officer and of the desk.
    """
    plans = {each: plan_week(pages, kept, with_hours(settings, each), in_peace=in_peace) for each in hours}
    return compared(plans, settings)


def compared(plans: Mapping[float, Sequence[Plan]], settings: VisitSettings) -> pd.DataFrame:
    """Plans of the same lists with different hours a day.

    Parameters
    ----------
    plans
        Hours a day to the plans of all lists.

    Returns
    -------
    DataFrame, one row for each number of hours, rising
        hours, planned and left (lines), kept (clients, as expected), way (hours on the way), more (clients kept beyond
        the row before, for each further hour of the week of one list; empty in the first row).
    """
    rows = [
        {
            "hours": hours,
            "planned": sum(len(plan.planned) for plan in found),
            "left": sum(len(plan.left) for plan in found),
            "kept": sum(plan.kept for plan in found),
            "way": sum(plan.way for plan in found) / 60,
        }
        for hours, found in sorted(plans.items())
    ]
    table = pd.DataFrame(rows, columns=["hours", "planned", "left", "kept", "way"])
    lists = max((len(found) for found in plans.values()), default=0)
    worked = table["hours"].diff() * len(settings.visit_weekdays) * max(lists, 1)
    return table.assign(more=table["kept"].diff() / worked)


def with_hours(settings: S, hours: float) -> S:
    """The same settings with other hours a day, of each officer and of the desk."""
    return settings.model_copy(update={"visit_hours_a_day": hours, "desk_hours_a_day": hours})


def hours_to_try(set_now: float) -> tuple[float, ...]:
    """Hours a day to compare with those there are, these among them; in quarters of an hour.

    >>> hours_to_try(2.0), hours_to_try(0.0)
    ((0.5, 1.0, 2.0, 3.0, 4.0, 6.0), (0.0, 0.5, 1.0, 2.0, 4.0, 6.0))
    """
    if set_now <= 0:
        return _FROM_NOTHING
    rounded = {round(part * set_now * _QUARTERS) / _QUARTERS for part in _PARTS if part != 1}
    return tuple(sorted({set_now, *(hours for hours in rounded if hours > 0)}))
