"""What more or fewer hours would change: hours a day against the clients expected to be kept."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from serving.line import OfficerList
from serving.visit_settings import VisitSettings
from serving.visits.plan import plan_week


def what_if(
    pages: Sequence[OfficerList],
    kept: Mapping[str, float],
    settings: VisitSettings,
    hours: Sequence[float],
    in_peace: Collection[str] = frozenset(),
) -> pd.DataFrame:
    """The same week planned with other hours.

    Parameters
    ----------
    kept, in_peace
        As `serving.visits.plan.plan_week` takes them.
    hours
        Hours a day, of each officer and of the desk.

    Returns
    -------
    DataFrame, one row for each of `hours`, rising
        hours, planned and left (lines), kept (clients, as expected), way (hours on the way), more (clients kept beyond
        the row before, for each further hour of the week of one list; empty in the first row).
    """
    rows = []
    for each in sorted(set(hours)):
        other = settings.model_copy(update={"visit_hours_a_day": each, "desk_hours_a_day": each})
        plans = plan_week(pages, kept, other, in_peace=in_peace)
        rows.append(
            {
                "hours": each,
                "planned": sum(len(plan.planned) for plan in plans),
                "left": sum(len(plan.left) for plan in plans),
                "kept": sum(plan.kept for plan in plans),
                "way": sum(plan.way for plan in plans) / 60,
            }
        )
    table = pd.DataFrame(rows, columns=["hours", "planned", "left", "kept", "way"])
    worked = table["hours"].diff() * len(settings.visit_weekdays) * max(len(pages), 1)
    return table.assign(more=table["kept"].diff() / worked)
