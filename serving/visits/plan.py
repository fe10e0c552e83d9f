"""The plan of a week: for each list which line is met on which day and in which order, and what does not fit."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from serving.line import OfficerList
from serving.visit_settings import VisitSettings
from serving.visits.chosen import Chosen, fits
from serving.visits.solver import solved
from serving.visits.ways import Case, How, Left, Task, Way, task

Order = Callable[[Task], Chosen]


class Moved(StrEnum):
    """Why a line is not met in the order of the list. Each has a sentence in `serving.visits.told`."""

    MEETING = "meeting"
    VILLAGE = "village"
    HOURS = "hours"
    TIME = "time"
    SOONER = "sooner"


@dataclass(frozen=True)
class Planned:
    """One line on its day.

    Parameters
    ----------
    order
        1 for the first of the week.
    place
        Number printed on the list.
    moved
        Why it does not stand where the list has it; None where it does.
    """

    client_id: str
    place: int
    order: int
    day: date
    how: How
    minutes: int
    moved: Moved | None


@dataclass(frozen=True)
class Plan:
    """The plan of one list: every line is either planned or told why not.

    Parameters
    ----------
    kept
        Clients kept by all that is planned, as expected. For the desk and analysts, never on what an officer holds.
    way
        Minutes on the way.
    proven
        Whether no better plan exists; else it is the best found within the limit, never worse than the list's order.
    """

    list_id: str
    planned: tuple[Planned, ...]
    left: Mapping[str, Left]
    kept: float
    way: int
    proven: bool


def plan_week(
    pages: Sequence[OfficerList],
    kept: Mapping[str, float],
    settings: VisitSettings,
    order: Order = solved,
    in_peace: Collection[str] = frozenset(),
) -> list[Plan]:
    """Plans of a week's lists, in their order. The same lists and settings give the same plans.

    Parameters
    ----------
    kept
        Clients kept by a contact with each client, as expected (`serving.benefit.expected_kept`).
    order
        What gives each line its day.
    in_peace
        Clients who are to be left in peace by what came in since the lists were drawn.
    """
    return [_plan(asked, order(asked)) for asked in (task(page, kept, settings, in_peace) for page in pages)]


def _plan(asked: Task, chosen: Chosen) -> Plan:
    met = [(case, chosen.ways[case.client_id]) for case in asked.cases if case.client_id in chosen.ways]
    met.sort(key=lambda each: chosen.sequence(*each))
    listed = sorted(case.place for case, _ in met)
    stops = Counter((way.stop, way.day) for _, way in met if way.stop)
    planned = tuple(
        Planned(
            client_id=case.client_id,
            place=case.place,
            order=number,
            day=way.day,
            how=way.how,
            minutes=way.minutes,
            moved=None if case.place == listed[number - 1] else _why(asked, case, way, stops, listed[number - 1]),
        )
        for number, (case, way) in enumerate(met, 1)
    )
    left = {case.client_id: _left(asked, case, chosen) for case in asked.cases if case.client_id not in chosen.ways}
    kept = sum(case.kept for case, _ in met)
    return Plan(asked.list_id, planned, left, kept, chosen.way(asked), chosen.proven)


def _why(asked: Task, case: Case, way: Way, stops: Mapping[tuple[str, date], int], listed: int) -> Moved:
    if way.how is How.MEETING:
        return Moved.MEETING
    here = (way.stop, way.day)
    if way.stop and (here in asked.there or stops[here] > 1):
        return Moved.VILLAGE
    if case.own_hours:
        return Moved.HOURS
    return Moved.SOONER if case.place > listed else Moved.TIME


def _left(asked: Task, case: Case, chosen: Chosen) -> Left:
    if case.left is not None:
        return case.left
    there_is_time = any(fits(asked, {**chosen.ways, case.client_id: way}, way.day) for way in case.ways)
    return Left.NOT_WORTH_THE_WAY if there_is_time else Left.NO_TIME
