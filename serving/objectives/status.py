"""Where an objective stands: reached, on the way, behind, off, or not known."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from features.indicator import Value
from serving.objectives.objective import Objective


class Status(StrEnum):
    """Where it stands."""

    REACHED = "reached"
    ON_THE_WAY = "on_the_way"
    BEHIND = "behind"
    OFF = "off"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True)
class Standing:
    """An objective on a day.

    Parameters
    ----------
    expected
        Where it should stand today, on the line from baseline to target.
    sure
        Whether the interval leaves no doubt on which side of that line it is; None where there is no interval.
    way
        Share of the way from baseline to target that is done; below 0 where it went the other way.
    days_left
        Until the date; below 0 when it is over.
    """

    objective: Objective
    status: Status
    value: Value
    expected: float
    sure: bool | None
    way: float | None
    days_left: int


def standing(objective: Objective, value: Value, on: date) -> Standing:
    """Where an objective stands on a day.

    It is on the way where it is as good as the straight line asks for today; behind where it is not, yet better than
    the baseline, or where its interval still holds the line; off where it has not moved towards the target at all.
    """
    expected = objective.expected(on)
    days_left = (objective.by - on).days
    if value.value is None:
        return Standing(objective, Status.NOT_KNOWN, value, expected, None, None, days_left)
    within = None if value.low is None or value.high is None else value.low <= expected <= value.high
    better = objective.at_least(value.value, objective.baseline) and value.value != objective.baseline
    if objective.at_least(value.value, objective.target):
        status = Status.REACHED
    elif objective.at_least(value.value, expected):
        status = Status.ON_THE_WAY
    elif within or better:
        status = Status.BEHIND
    else:
        status = Status.OFF
    way = (value.value - objective.baseline) / (objective.target - objective.baseline)
    return Standing(objective, status, value, expected, None if within is None else not within, way, days_left)
