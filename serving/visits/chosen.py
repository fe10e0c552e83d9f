"""Ways that were chosen for the lines of a list, whether a day holds them, and the plain order to compare with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from types import MappingProxyType

from serving.visits.ways import Case, How, Task, Way

Ways = Mapping[str, Way]


@dataclass(frozen=True)
class Chosen:
    """The way of each line that is met, by client_id.

    Parameters
    ----------
    starts
        Minute of the day at which a line begins at the earliest, where hours of clients were weighed.
    """

    ways: Ways
    starts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    proven: bool = False

    def sequence(self, case: Case, way: Way) -> tuple[object, ...]:
        """Sorts the lines of a week: by day, the meeting first, then by hours, village by village."""
        start = self.starts.get(case.client_id, case.hours[1])
        return way.day, way.how is not How.MEETING, start, way.how is How.CALL, way.stop, case.place

    def way(self, asked: Task) -> int:
        """Minutes on the way in the whole week."""
        return sum(_way(asked, self.ways, day) for day in {way.day for way in self.ways.values()})


def in_order_of_the_list(asked: Task) -> Chosen:
    """One line after the other by rank, each on the day on which it costs the least time, the first of several."""
    ways: dict[str, Way] = {}
    for case in asked.cases:
        possible = [way for way in case.ways if fits(asked, {**ways, case.client_id: way}, way.day)]
        if possible:
            ways[case.client_id] = min(possible, key=lambda way: (_costs(asked, ways, way), way.day))
    return Chosen(ways, _starts(asked, ways))


def fits(asked: Task, ways: Ways, day: date) -> bool:
    """Whether a day has the minutes for all that is to be done on it, each within the client's hours."""
    met = [case for case in asked.cases if case.client_id in ways and ways[case.client_id].day == day]
    busy = sum(ways[case.client_id].minutes for case in met)
    return busy + _way(asked, ways, day) <= asked.minutes and _in_hours(met, ways) is not None


def in_order_among_equals(asked: Task, ways: Ways, starts: Mapping[str, int]) -> tuple[dict[str, Way], dict[str, int]]:
    """The same ways, the sooner going to whom the list names first where it is the same to everything else."""
    found, begun = dict(ways), dict(starts)
    alike: dict[tuple[object, ...], list[Case]] = {}
    for case in asked.cases:
        way = ways.get(case.client_id)
        if way is not None and way.how is not How.MEETING and not case.own_hours:
            alike.setdefault((way.how, way.stop, case.complaint, case.carried_over), []).append(case)
    for cases in alike.values():
        for first, later in combinations(sorted(cases, key=lambda case: case.place), 2):
            one, other = first.client_id, later.client_id
            if found[other].day < found[one].day and found[other] in first.ways and found[one] in later.ways:
                found[one], found[other] = found[other], found[one]
                if begun:
                    begun[one], begun[other] = begun[other], begun[one]
    return found, begun


def in_order_within_hours(asked: Task, ways: Ways, starts: Mapping[str, int]) -> dict[str, int]:
    """When each line begins if nobody waits who need not, and a day follows the list as far as hours allow.

    Parameters
    ----------
    starts
        Beginnings by which everybody's hours are kept, in whatever order.
    """
    found: dict[str, int] = {}
    for day in sorted({ways[client].day for client in starts}):
        waiting = [case for case in asked.cases if case.client_id in starts and ways[case.client_id].day == day]
        waiting.sort(key=lambda case: starts[case.client_id])
        clock = 0
        while waiting:
            case = _next(waiting, ways, clock)
            found[case.client_id] = max(clock, case.hours[0])
            clock = found[case.client_id] + ways[case.client_id].minutes
            waiting.remove(case)
    return found


def _next(waiting: Sequence[Case], ways: Ways, clock: int) -> Case:
    """Whoever may go first without anybody's hours being missed: who is waited for least, then as listed."""

    def key(case: Case) -> tuple[object, ...]:
        way = ways[case.client_id]
        return max(case.hours[0] - clock, 0), way.how is How.CALL, way.stop, case.place

    for case in sorted(waiting, key=key):
        if _one_after_the_other([case, *(other for other in waiting if other is not case)], ways, clock) is not None:
            return case
    return waiting[0]


def _one_after_the_other(cases: Iterable[Case], ways: Ways, clock: int) -> dict[str, int] | None:
    found = {}
    for case in cases:
        begins = max(clock, case.hours[0])
        clock = begins + ways[case.client_id].minutes
        if clock > case.hours[1]:
            return None
        found[case.client_id] = begins
    return found


def _starts(asked: Task, ways: Ways) -> dict[str, int]:
    found: dict[str, int] = {}
    for day in sorted({way.day for way in ways.values()}):
        met = [case for case in asked.cases if case.client_id in ways and ways[case.client_id].day == day]
        found |= _in_hours(met, ways) or {}
    return found


def _in_hours(met: Iterable[Case], ways: Ways) -> dict[str, int] | None:
    """When each of a day begins, whose hours end first going first; None if that keeps not everybody's hours."""
    by_hours = [case for case in met if ways[case.client_id].how is not How.MEETING]
    if not any(case.own_hours for case in by_hours):
        return {}
    return _one_after_the_other(
        sorted(by_hours, key=lambda case: (case.hours[1], case.hours[0], case.place)), ways, clock=0
    )


def _way(asked: Task, ways: Ways, day: date) -> int:
    stops = {way.stop for way in ways.values() if way.day == day and way.stop}
    return asked.travel * sum((stop, day) not in asked.there for stop in stops)


def _costs(asked: Task, ways: Ways, way: Way) -> int:
    return way.minutes + _way(asked, {**ways, "": way}, way.day) - _way(asked, ways, way.day)
