"""The plan of lists as a page and a workbook show it: day by day, then what has no day."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from serving.documents.content import allowed
from serving.languages import Language
from serving.line import OfficerList
from serving.spoken_line import spoken
from serving.visits.plan import Plan
from serving.visits.table import PlanLine, by_day, lines_of
from serving.visits.told import how


@dataclass(frozen=True)
class Row:
    """A line of the plan.

    Parameters
    ----------
    where
        Id, village and group.
    order, how, minutes
        0 or empty without a day.
    reach
        How and when the client wants to be reached.
    told
        Why it does not stand where the list has it, or has no day.
    done
        Whether something was entered for it already.
    """

    name: str
    where: tuple[str, ...]
    order: int
    how: str
    minutes: int
    reach: str
    tags: tuple[str, ...]
    place: int
    told: str
    done: bool


@dataclass(frozen=True)
class ListPlan:
    """The plan of one list.

    Parameters
    ----------
    address
        Of the list itself; a line stands behind ``#line-`` and its place.
    days
        Each day with its lines.
    way
        Minutes on the way.
    """

    name: str
    address: str
    days: tuple[tuple[str, tuple[Row, ...]], ...]
    left: tuple[Row, ...]
    planned: int
    total: int
    way: int


def list_plan(page: OfficerList, plan: Plan, done: Collection[str], language: Language) -> ListPlan:
    """A plan for a page.

    Parameters
    ----------
    done
        Clients for whose line something was entered.
    """
    lines = list(lines_of(page, plan, language))
    return ListPlan(
        name=language.text("Retention desk") if page.is_desk else page.officer_name,
        address="/desk" if page.is_desk else f"/lists/{page.list_id}",
        days=tuple(
            (language.day(day), tuple(_row(each, page, done, language) for each in those))
            for day, those in by_day(lines)
        ),
        left=tuple(_row(each, page, done, language) for each in lines if each.planned is None),
        planned=len(plan.planned),
        total=len(lines),
        way=plan.way,
    )


def widths(language: Language) -> dict[str, float]:
    """Headings of the workbook, each with the width of its column in characters."""
    return {
        language.text("Officer"): 18,
        language.text("Day"): 11,
        language.text("Order"): 7,
        language.text("How"): 14,
        language.text("Minutes"): 8,
        language.text("Client"): 24,
        language.text("Client id"): 14,
        language.text("Village"): 16,
        language.text("Group"): 18,
        language.text("Reach"): 20,
        language.text("No."): 6,
        language.text("Why here"): 44,
    }


def cells(page: OfficerList, plan: Plan, language: Language) -> Iterator[list[object]]:
    """Rows of the workbook."""
    owner = language.text("Retention desk") if page.is_desk else page.officer_name
    for each in lines_of(page, plan, language):
        said, day = spoken(allowed(each.line, page), language), each.planned
        when = [None] * 4 if day is None else [day.day, day.order, how(day.how, language), day.minutes]
        card = each.line.card
        yield [
            owner,
            *when,
            said.name,
            each.line.client_id,
            card.village,
            card.group,
            said.reach,
            each.line.place,
            each.told,
        ]


def _row(each: PlanLine, page: OfficerList, done: Collection[str], language: Language) -> Row:
    said, card = spoken(allowed(each.line, page), language), each.line.card
    number = each.line.client_id if card.name else ""
    return Row(
        name=said.name,
        where=tuple(part for part in (number, card.village, card.group) if part),
        order=0 if each.planned is None else each.planned.order,
        how="" if each.planned is None else how(each.planned.how, language),
        minutes=0 if each.planned is None else each.planned.minutes,
        reach=language.text("Wish: {reach}", reach=said.reach) if said.reach else "",
        tags=said.flags,
        place=each.line.place,
        told=each.told,
        done=each.line.client_id in done,
    )
