"""What the plan proposes for the week, as it stands folded above an officer's own list, which keeps its order.

It is part of what a phone keeps, so it holds nothing that the list does not: no figure of what a visit is expected to
change, and nobody who is not listed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

from features.errors import ExitwatchError
from serving.api.served import Served
from serving.documents.content import allowed
from serving.issued import Issue
from serving.languages import Language
from serving.line import OfficerList
from serving.pages.state import State
from serving.spoken_line import spoken
from serving.visits.plan import Plan
from serving.visits.table import PlanLine, by_day, lines_of
from serving.visits.told import how
from serving.visits.ways import How
from serving.visits.week import Today, plans_of


@dataclass(frozen=True)
class Turn:
    """A line in the plan.

    Parameters
    ----------
    order, minutes
        0 without a day.
    place
        Number on the list.
    told
        Why it does not stand where the list has it, or has no day.
    done
        Whether something was entered for it already.
    """

    order: int
    place: int
    name: str
    minutes: int
    told: str
    done: bool


@dataclass(frozen=True)
class Stop:
    """Lines met one after the other in one place and one way.

    Parameters
    ----------
    where
        Of which group the meeting is, in which village visits are, or that it is a call.
    together
        Said where more than one is met at the same meeting or in the same village.
    """

    where: str
    together: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class WeekPlan:
    """The plan of one list: each day with its stops, then what has no day."""

    days: tuple[tuple[str, tuple[Stop, ...]], ...]
    left: tuple[Turn, ...]
    planned: int
    total: int


def proposed(shared: Served, of: Issue, state: State, language: Language) -> WeekPlan | None:
    """The plan of a list as it stands today; None where none can be made. No list waits for its plan."""
    today = Today(state.page, frozenset(state.peace))
    try:
        scores = shared.scores(of.as_of)
        if scores is None or not state.page.lines:
            return None
        (plan,) = plans_of([today], scores, shared.settings, shared.home)
    except ExitwatchError:
        return None
    return week_plan(state.page, plan, frozenset(state.held), language)


def week_plan(page: OfficerList, plan: Plan, done: Collection[str], language: Language) -> WeekPlan:
    """A plan in words.

    Parameters
    ----------
    done
        Clients for whose line something was entered.
    """
    lines = list(lines_of(page, plan, language))

    def turn(each: PlanLine) -> Turn:
        order, minutes = (0, 0) if each.planned is None else (each.planned.order, each.planned.minutes)
        name = spoken(allowed(each.line, page), language).name
        return Turn(order, each.line.place, name, minutes, each.told, each.line.client_id in done)

    def stops(those: list[PlanLine]) -> tuple[Stop, ...]:
        found = []
        for (way, name), group in groupby(those, key=_stop):
            turns = tuple(map(turn, group))
            shared_stop = len(turns) > 1 and way is not How.CALL and name
            together = language.text("{n} together", n=language.number(len(turns))) if shared_stop else ""
            found.append(Stop(_where(way, name, language), together, turns))
        return tuple(found)

    return WeekPlan(
        days=tuple((language.day(day), stops(those)) for day, those in by_day(lines)),
        left=tuple(turn(each) for each in lines if each.planned is None),
        planned=len(plan.planned),
        total=len(lines),
    )


def _stop(each: PlanLine) -> tuple[How, str]:
    way, card = (How.CALL if each.planned is None else each.planned.how), each.line.card
    return way, card.group if way is How.MEETING else card.village if way is How.VISIT else ""


def _where(way: How, name: str, language: Language) -> str:
    if name and way is How.MEETING:
        return language.text("At the meeting of {group}", group=name)
    return language.text("Visits in {village}", village=name) if name else how(way, language)
