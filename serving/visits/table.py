"""The plan as a table for people, each line with what was moved or left out and why. No figure of a client's risk."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from serving.delimited import as_csv
from serving.languages import Language, language
from serving.line import Line, OfficerList
from serving.visits.plan import Plan, Planned
from serving.visits.told import left, moved

#: Columns of the file, in order.
COLUMNS = (
    *("list_id", "officer_id", "day", "order", "how", "minutes", "client_id", "name", "village", "group"),
    *("hours_from", "hours_until", "place", "told"),
)


@dataclass(frozen=True)
class PlanLine:
    """One line of a list as its plan has it.

    Parameters
    ----------
    planned
        Its day; None where it has none.
    told
        Why it does not stand where the list has it, or has no day; empty where it stands there.
    """

    line: Line
    planned: Planned | None
    told: str


def lines_of(page: OfficerList, plan: Plan, tongue: Language) -> Iterator[PlanLine]:
    """Every line of a list once: those that have a day in order, then those that have none as the list has them."""
    lines = {line.client_id: line for line in page.lines}
    for each in plan.planned:
        yield PlanLine(lines[each.client_id], each, "" if each.moved is None else moved(each.moved, tongue))
    for client in sorted(plan.left, key=lambda client: lines[client].place):
        yield PlanLine(lines[client], None, left(plan.left[client], tongue))


def by_day(lines: Iterable[PlanLine]) -> list[tuple[date, list[PlanLine]]]:
    """Each day of a plan with its lines, in order; lines without a day are left out."""
    met = [(each.planned.day, each) for each in lines if each.planned is not None]
    return [(day, [each for _, each in of_day]) for day, of_day in groupby(met, key=lambda each: each[0])]


def as_table(pages: Sequence[OfficerList], plans: Sequence[Plan], tongue: Language | None = None) -> bytes:
    """Every line of some lists once, list by list.

    Parameters
    ----------
    tongue
        Of what is told; None is each list's own language.
    """
    rows = [
        _row(page, each)
        for page, plan in zip(pages, plans, strict=True)
        for each in lines_of(page, plan, tongue or language(page.language))
    ]
    return as_csv(COLUMNS, rows)


def _row(page: OfficerList, each: PlanLine) -> list[object]:
    line, card, day = each.line, each.line.card, each.planned
    when = [None] * 4 if day is None else [day.day, day.order, day.how.value, day.minutes]
    who = [line.client_id, card.name, card.village, card.group, card.hours_from, card.hours_until]
    return [page.list_id, page.officer_id, *when, *who, line.place, each.told]
