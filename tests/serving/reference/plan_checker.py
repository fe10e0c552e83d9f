"""Whether a plan keeps every rule: slow, written from the sentences of the rules, not from their code."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from drawn_branches import WEEK

from serving.line import Line, OfficerList
from serving.settings import Settings
from serving.visits.plan import Plan, Planned


class Checker:
    """A list, its plan, and what each of its clients is expected to be kept by."""

    def __init__(self, page: OfficerList, plan: Plan, kept: Mapping[str, float], settings: Settings) -> None:
        self.page, self.plan, self.kept, self.settings = page, plan, kept, settings
        self.lines = {line.client_id: line for line in page.lines}
        whole = settings.desk_hours_a_day if page.is_desk else min(settings.visit_hours_a_day, 9)
        self.minutes = int(whole * 60)

    def closed(self, line: Line) -> set[date]:
        named = ("all", line.card.branch_id, self.page.branch_id)
        return {day for name in named if name for day in self.settings.holidays.get(name, ())}

    def village(self, line: Line) -> str:
        return line.card.village.lower().replace(".", "") or line.card.group_id or line.client_id

    def at_work(self) -> set[tuple[str, date]]:
        """Where the officer is for meetings."""
        return {
            (self.village(line), line.meeting_on)
            for line in self.page.lines
            if line.meeting_on and line.meeting_on not in self.closed(line) and not self.page.is_desk
        }

    def busy(self, day: date, more: Line | None = None, minutes: int = 0) -> int:
        """Minutes of a day, with the ways; and with one visit more."""
        here = [each for each in self.plan.planned if each.day == day]
        villages = {self.village(self.lines[each.client_id]) for each in here if each.how == "visit"}
        if more is not None:
            villages |= {self.village(more)}
        ways = sum((village, day) not in self.at_work() for village in villages)
        return sum(each.minutes for each in here) + minutes + ways * self.settings.travel_minutes

    def hours(self, line: Line) -> tuple[int, int]:
        first, last = line.card.hours_from or "09:00", line.card.hours_until or "18:00"
        return max(_minute(first), 540), min(_minute(last), 1080)


def _minute(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


def every_line(c: Checker) -> bool:
    """Each line of the list is planned once or told why not; nobody else is."""
    told = Counter([*(each.client_id for each in c.plan.planned), *c.plan.left])
    return dict(told) == dict.fromkeys(c.lines, 1)


def within_hours_a_day(c: Checker) -> bool:
    """No day asks for more than there is time for, the ways among it."""
    return all(c.busy(day) <= c.minutes for day in WEEK)


def no_holiday(c: Checker) -> bool:
    """Nobody is met on a holiday, nor visited or called on a day that is not for it."""
    return all(
        each.day in WEEK
        and each.day not in c.closed(c.lines[each.client_id])
        and (each.how == "meeting" or each.day.isoweekday() in c.settings.visit_weekdays)
        for each in c.plan.planned
    )


def at_her_meeting(c: Checker) -> bool:
    """A meeting is the client's own."""
    return all(each.day == c.lines[each.client_id].meeting_on for each in c.plan.planned if each.how == "meeting")


def wishes(c: Checker) -> bool:
    """Who wants to be met at the meeting or visited at home is; the desk visits nobody."""
    for each in c.plan.planned:
        wish = c.lines[each.client_id].card.reach_by
        calls = c.lines[each.client_id].action == "welcome" and not wish
        if c.page.is_desk and each.how != "call":
            return False
        if not c.page.is_desk and wish in ("meeting", "visit") and each.how != wish:
            return False
        if not c.page.is_desk and each.how == "call" and wish not in ("call", "message") and not calls:
            return False
    return True


def safe_calls(c: Checker) -> bool:
    """Nobody is called whom a call may put in danger, or whose phone is dead."""
    cards = [c.lines[each.client_id].card for each in c.plan.planned if each.how == "call"]
    return not any(card.safe_to_call is False or card.phone_works is False for card in cards)


def quiet_hours(c: Checker) -> bool:
    """In the order of the plan every visit and call finds its place within the client's hours and the MFI's."""
    for day in WEEK:
        clock = 0
        for each in sorted(c.plan.planned, key=lambda each: each.order):
            if each.day != day or each.how == "meeting":
                continue
            line = c.lines[each.client_id]
            if line.card.hours_from == "x":
                return False
            first, last = c.hours(line)
            clock = max(clock, first) + each.minutes
            if clock > last and (not c.page.is_desk or line.card.hours_from or line.card.hours_until):
                return False
    return True


def counted_once(c: Checker) -> bool:
    """One visit to a household or a group that is counted once."""
    if c.settings.count_once == "nobody":
        return True
    cards = [c.lines[each.client_id].card for each in c.plan.planned]
    named = [getattr(card, f"{c.settings.count_once}_id") for card in cards if not card.open_complaint]
    return max(Counter(name for name in named if name).values(), default=0) <= 1


def in_order(c: Checker) -> bool:
    """Days come one after the other, and who does not stand where the list has her is told why."""
    days = [each.day for each in c.plan.planned]
    places = sorted(each.place for each in c.plan.planned)
    return (
        days == sorted(days)
        and [each.order for each in c.plan.planned] == list(range(1, len(days) + 1))
        and all((each.moved is None) == (each.place == places[each.order - 1]) for each in c.plan.planned)
    )


def told_true(c: Checker) -> bool:
    """No time means that no day has it; not worth the way, that the way costs more than is expected of it."""
    for client, why in c.plan.left.items():
        line = c.lines[client]
        simple = not (line.card.reach_by or line.card.hours_from or line.card.hours_until or line.action == "welcome")
        looked_at = not c.page.is_desk and why in ("no_time", "not_worth_the_way") and simple
        if not looked_at or any(_own_hours(c, each) for each in c.plan.planned):
            continue
        days = [d for d in WEEK if d not in c.closed(line) and d.isoweekday() in c.settings.visit_weekdays]
        extra = {
            day: c.busy(day, line, c.settings.visit_minutes) - c.busy(day) - c.settings.visit_minutes
            for day in days
            if day != line.meeting_on and c.busy(day, line, c.settings.visit_minutes) <= c.minutes
        }
        if (why == "not_worth_the_way") != bool(extra):
            return False
        if any(way / 60 * c.settings.hour_worth < c.kept[client] - 1e-5 for way in extra.values()):
            return False
    return True


def _own_hours(c: Checker, each: Planned) -> bool:
    card = c.lines[each.client_id].card
    return bool(card.hours_from or card.hours_until)


def complaints_first(c: Checker) -> bool:
    """No open complaint waits for want of time while somebody else is called in an hour that suits both."""
    for who, why in c.plan.left.items():
        line = c.lines[who]
        if not line.card.open_complaint or why != "no_time" or line.card.hours_from or line.card.hours_until:
            continue
        for each in c.plan.planned:
            free = not (_own_hours(c, each) or c.lines[each.client_id].card.open_complaint)
            if free and each.day not in c.closed(line):
                return False
    return True


def best_at_the_meeting(c: Checker) -> bool:
    """Who has a meeting this week is visited besides it only if she wishes so, or its day is full."""
    for each in c.plan.planned:
        line = c.lines[each.client_id]
        meets = line.meeting_on
        if each.how != "visit" or meets is None or meets in c.closed(line) or line.card.reach_by == "visit":
            continue
        if c.busy(meets) + c.settings.meeting_minutes <= c.minutes:
            return False
    return True


def carried_over_first(c: Checker) -> bool:
    """Of two calls at any hour, the one that waits since last week is not the later one where both days suit both.

    Complaints go before both.
    """
    simple = [each for each in c.plan.planned if not _own_hours(c, each) and not _complains(c, each)]
    calls = [each for each in simple if each.how == "call"]
    lines = {each.client_id: c.lines[each.client_id] for each in calls}
    return not any(
        lines[late.client_id].carried_over
        and not lines[soon.client_id].carried_over
        and soon.day < late.day
        and soon.day not in c.closed(lines[late.client_id])
        and late.day not in c.closed(lines[soon.client_id])
        for late in calls
        for soon in calls
    )


def floor_of_branches(c: Checker) -> bool:
    """No branch waits below its floor for want of time while another one is called beyond its own."""
    if not c.page.is_desk:
        return True
    floor, bound = c.settings.desk_floor, {each.day for each in c.plan.planned if _own_hours(c, each)}
    called = Counter(c.lines[each.client_id].card.branch_id for each in c.plan.planned if not _complains(c, each))
    for client, why in c.plan.left.items():
        line = c.lines[client]
        hours_of_her_own = line.card.hours_from or line.card.hours_until
        if why != "no_time" or line.card.open_complaint or hours_of_her_own or called[line.card.branch_id] >= floor:
            continue
        if any(
            not _complains(c, each)
            and called[c.lines[each.client_id].card.branch_id] > floor
            and each.day not in c.closed(line) | bound
            for each in c.plan.planned
        ):
            return False
    return True


def _complains(c: Checker, each: Planned) -> bool:
    return c.lines[each.client_id].card.open_complaint


SENTENCES: dict[str, Callable[[Checker], bool]] = {
    each.__name__: each
    for each in (
        every_line, within_hours_a_day, no_holiday, at_her_meeting, wishes, safe_calls, quiet_hours, counted_once,
        in_order, told_true, complaints_first, best_at_the_meeting, carried_over_first, floor_of_branches,
    )
}  # fmt: skip


def breaches(page: OfficerList, plan: Plan, kept: Mapping[str, float], settings: Settings) -> set[str]:
    """Names of the sentences that are broken; none if every rule is kept."""
    checker = Checker(page, plan, kept, settings)
    return {name for name, keeps in SENTENCES.items() if not keeps(checker)}
