"""The plan as a table for people, each line with what was moved or left out and why. No figure of a client's risk."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from serving.delimited import as_csv
from serving.line import OfficerList
from serving.visits.plan import Moved, Plan
from serving.visits.ways import Left

#: Columns of the file, in order.
COLUMNS = (
    *("list_id", "officer_id", "day", "order", "how", "minutes", "client_id", "name", "village", "group"),
    *("hours_from", "hours_until", "place", "told"),
)

#: Why a line does not stand where the list has it.
MOVED: Mapping[Moved, str] = MappingProxyType(
    {
        Moved.MEETING: "Moved: met at the group's meeting.",
        Moved.VILLAGE: "Moved: others are met in this village on that day.",
        Moved.HOURS: "Moved: to the client's own hours.",
        Moved.TIME: "Moved: others fill the time before, or leave none.",
    }
)

#: Why a line is in no day of the plan.
LEFT: Mapping[Left, str] = MappingProxyType(
    {
        Left.NO_TIME: "Not planned: no day has the time. Put it in place of another, or leave it for next week.",
        Left.NOT_WORTH_THE_WAY: "Not planned: the way takes more than the visit is expected to change. Go if you are "
        "near.",
        Left.NO_CALL: "Not planned: no call is possible or safe. Hand it to the branch.",
        Left.NO_MEETING: "Not planned: the client wants to be met at the meeting, and there is none this week.",
        Left.HOURS: "Not planned: the client's own hours leave no time for it.",
        Left.CLOSED: "Not planned: no day of this week is open for it.",
        Left.IN_PEACE: "Not planned: the client is to be left in peace, as came in since the list was drawn.",
        Left.COUNTED_ONCE: "Not planned: another of the household or group is met.",
    }
)


def as_table(pages: Sequence[OfficerList], plans: Sequence[Plan]) -> bytes:
    """Every line of some lists once, list by list: first those that have a day, then those that have none."""
    rows = [row for page, plan in zip(pages, plans, strict=True) for row in _rows(page, plan)]
    return as_csv(COLUMNS, rows)


def _rows(page: OfficerList, plan: Plan) -> Iterator[list[object]]:
    lines = {line.client_id: line for line in page.lines}
    for each in plan.planned:
        told = "" if each.moved is None else MOVED[each.moved]
        yield _row(page, each.client_id, [each.day, each.order, each.how.value, each.minutes], told)
    for client in sorted(plan.left, key=lambda client: lines[client].place):
        yield _row(page, client, [None, None, None, None], LEFT[plan.left[client]])


def _row(page: OfficerList, client_id: str, when: list[object], told: str) -> list[object]:
    (line,) = (line for line in page.lines if line.client_id == client_id)
    card = line.card
    who = [client_id, card.name, card.village, card.group, card.hours_from, card.hours_until]
    return [page.list_id, page.officer_id, *when, *who, line.place, told]
