"""How and on which days each line of a list can be met: at the meeting, by a visit or by a call."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from features.drivers import Action
from serving.contact_times import calling_days, calling_hours
from serving.holds import as_spoken
from serving.line import Line, OfficerList
from serving.protections import BY_CALL
from serving.visit_settings import VisitSettings

Hours = tuple[int, int]


class How(StrEnum):
    """How a client is met."""

    MEETING = "meeting"
    VISIT = "visit"
    CALL = "call"


class Left(StrEnum):
    """Why a line is in no day of the plan. Each has a sentence in `serving.visits.told`."""

    NO_TIME = "no_time"
    NOT_WORTH_THE_WAY = "not_worth_the_way"
    NO_CALL = "no_call"
    NO_MEETING = "no_meeting"
    HOURS = "hours"
    CLOSED = "closed"
    COUNTED_ONCE = "counted_once"
    IN_PEACE = "in_peace"


@dataclass(frozen=True)
class Way:
    """One way to meet a client.

    Parameters
    ----------
    stop
        The village, or group where no village is known, to which a visit goes; empty where there is no way to go.
    """

    how: How
    day: date
    minutes: int
    stop: str = ""


@dataclass(frozen=True)
class Case:
    """A line as the plan sees it.

    Parameters
    ----------
    kept
        Clients kept by meeting her, as expected.
    hours
        First and last minute of a day in which she may be visited or called.
    own_hours
        Whether they are narrower than the MFI's.
    ways
        None where she cannot be met this week; `left` says why.
    """

    client_id: str
    place: int
    branch_id: str
    kept: float
    complaint: bool
    carried_over: bool
    hours: Hours
    own_hours: bool
    ways: tuple[Way, ...]
    left: Left | None = None

    @property
    def meets(self) -> bool:
        """Whether she can be met at a meeting this week."""
        return any(way.how is How.MEETING for way in self.ways)


@dataclass(frozen=True)
class Task:
    """What one list asks for, and the time there is.

    Parameters
    ----------
    minutes
        Minutes of each day.
    there
        Villages in which the officer is on a day for a meeting of a listed client.
    floor
        Lines of each branch that are planned before the rest; 0 on an officer's list.
    way_worth
        Clients that a minute on the way keeps when it is spent otherwise.
    """

    list_id: str
    cases: tuple[Case, ...]
    minutes: int
    there: frozenset[tuple[str, date]]
    travel: int
    floor: int
    way_worth: float


def task(
    page: OfficerList, kept: Mapping[str, float], settings: VisitSettings, in_peace: Collection[str] = frozenset()
) -> Task:
    """A list as the plan sees it.

    Parameters
    ----------
    kept
        Clients kept by a contact, as expected, by client_id; a client who is not there counts as nothing.
    in_peace
        Clients who are to be left in peace by what came in since the list was drawn.
    """
    hours = settings.desk_hours_a_day if page.is_desk else settings.visit_hours_a_day
    first, last = _contact_hours(settings)
    minutes = int(hours * 60) if page.is_desk else min(int(hours * 60), last - first)
    seen: set[str] = set()
    cases = []
    for line in sorted(page.lines, key=lambda line: line.rank):
        case = _case(line, page, kept.get(line.client_id, 0.0), settings)
        if line.client_id in in_peace:
            cases.append(_without_a_way(case, Left.IN_PEACE))
            continue
        unit = _counted_once(line, settings)
        if unit in seen:
            case = _without_a_way(case, Left.COUNTED_ONCE)
        seen |= {unit} - {""}
        cases.append(case)
    there = {(_stop(line), way.day) for line, way in _meetings(page, settings)}
    return Task(
        list_id=page.list_id,
        cases=tuple(cases),
        minutes=minutes,
        there=frozenset(there),
        travel=settings.travel_minutes,
        floor=settings.desk_floor if page.is_desk else 0,
        way_worth=settings.hour_worth / 60,
    )


def _case(line: Line, page: OfficerList, kept: float, settings: VisitSettings) -> Case:
    card = line.card
    told = calling_hours(settings, card.hours_from, card.hours_until)
    hours = _contact_hours(settings) if told is None else (_minute(told[0]), _minute(told[1]))
    ways, left = _ways(line, page, settings)
    fitting = tuple(way for way in ways if way.how is How.MEETING or (told and way.minutes <= hours[1] - hours[0]))
    return Case(
        client_id=line.client_id,
        place=line.place,
        branch_id=card.branch_id,
        kept=kept,
        complaint=card.open_complaint,
        carried_over=line.carried_over,
        hours=hours,
        own_hours=hours != _contact_hours(settings),
        ways=fitting,
        left=None if fitting else Left.HOURS if ways else left,
    )


def _ways(line: Line, page: OfficerList, settings: VisitSettings) -> tuple[list[Way], Left]:
    """All ways that her wishes, the action and holidays leave; else why there are none."""
    card = line.card
    open_days = calling_days(settings, (card.branch_id, page.branch_id), page.as_of)
    days = [day for day in open_days if day.isoweekday() in settings.visit_weekdays]
    can_be_called = card.safe_to_call is not False and card.phone_works is not False
    calls = [Way(How.CALL, day, settings.call_minutes) for day in days if can_be_called]
    if page.is_desk:
        return calls, Left.CLOSED if can_be_called else Left.NO_CALL
    # Her own wish goes before what is usual for the action.
    in_person = card.reach_by in ("meeting", "visit")
    if calls and not in_person and (card.reach_by or Action(line.action) in BY_CALL):
        return calls, Left.CLOSED
    at_meeting = [Way(How.MEETING, day, settings.meeting_minutes) for day in open_days if day == line.meeting_on]
    if card.reach_by == "meeting":
        return at_meeting, Left.NO_MEETING
    if card.reach_by == "visit":
        at_meeting = []
    met_on = {way.day for way in at_meeting}
    visits = [Way(How.VISIT, day, settings.visit_minutes, _stop(line)) for day in days if day not in met_on]
    return [*at_meeting, *visits], Left.CLOSED


def _meetings(page: OfficerList, settings: VisitSettings) -> list[tuple[Line, Way]]:
    """Meetings at which the officer is anyway, whoever of the list is met there."""
    if page.is_desk:
        return []
    found = []
    for line in page.lines:
        open_days = calling_days(settings, (line.card.branch_id, page.branch_id), page.as_of)
        if line.meeting_on in open_days:
            found.append((line, Way(How.MEETING, line.meeting_on, settings.meeting_minutes)))
    return found


def _without_a_way(case: Case, left: Left) -> Case:
    known = {name: getattr(case, name) for name in case.__dataclass_fields__}
    return Case(**known | {"ways": (), "left": left})


def _counted_once(line: Line, settings: VisitSettings) -> str:
    if line.card.open_complaint or settings.count_once == "nobody":
        return ""
    return line.card.household_id if settings.count_once == "household" else line.card.group_id


def _stop(line: Line) -> str:
    card = line.card
    return as_spoken(card.village) or card.group_id or card.group or line.client_id


def _contact_hours(settings: VisitSettings) -> Hours:
    return _minute(f"{settings.contact_from:%H:%M}"), _minute(f"{settings.contact_until:%H:%M}")


def _minute(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])
