"""Branches drawn from a seed: lists over villages with meeting days and wishes, and who may be kept."""

import random
from dataclasses import replace
from datetime import date, timedelta

from officer_lists import bound

from features.drivers import Action
from serving.line import DESK, Card, Line, OfficerList
from serving.settings import Settings

AS_OF = date(2024, 6, 30)
DAY = timedelta(days=1)
WEEK = tuple(AS_OF + ahead * DAY for ahead in range(1, 8))
VILLAGES = tuple(f"Village {number}" for number in range(1, 7))
HOURS = (("", ""), ("", ""), ("", ""), ("10:00", "11:00"), ("", "10:00"), ("16:00", ""), ("09:00", "09:20"), ("x", ""))

Drawn = tuple[list[OfficerList], dict[str, float], Settings]


def branch(seed: int, officers: int = 20) -> Drawn:
    """An ordinary branch whose officers have half the time their lists take: 8 lines each, a third met at meetings."""
    dice = random.Random(seed)
    kept: dict[str, float] = {}
    pages = []
    for officer in range(officers):
        lines = []
        for rank, risk in enumerate(sorted((dice.betavariate(2, 4) for _ in range(8)), reverse=True), 1):
            client = f"b{seed}o{officer}c{rank}"
            kept[client] = 0.3 * risk
            lines.append(_line(dice, client, rank, VILLAGES[dice.randrange(6)], dice.random() < 0.35))
        pages.append(bound(_in_order(lines), f"b{seed}o{officer}"))
    return pages, kept, Settings.model_construct(visit_hours_a_day=1.5, visit_weekdays=(2, 3, 4), hour_worth=0.0)


def desk(seed: int, calls: int) -> tuple[OfficerList, dict[str, float]]:
    """An ordinary list of the desk: clients of ten branches, some carried over, some with an open complaint."""
    dice = random.Random(seed)
    lines = []
    for rank in range(1, calls + 1):
        line = _line(dice, f"d{rank:03}", rank, VILLAGES[dice.randrange(6)], meets=False)
        card = replace(line.card, branch_id=f"b{dice.randrange(10)}", open_complaint=dice.random() < 0.1)
        lines.append(replace(line, card=card, carried_over=dice.random() < 0.3))
    return bound(lines, DESK), {line.client_id: 0.3 * dice.random() for line in lines}


def strange(seed: int) -> Drawn:
    """A list or the desk's with every wish, holiday and setting a plan looks at."""
    dice = random.Random(seed)
    desk = dice.random() < 0.3
    lines = []
    for rank in range(1, dice.choice((1, 3, 6, 10)) + 1):
        hours = dice.choice(HOURS)
        line = _line(dice, f"c{rank:02}", rank, dice.choice((*VILLAGES[:2], "village 1.", "")), dice.random() < 0.5)
        card = Card(
            village=line.card.village,
            group_id=dice.choice(("", "g1", "g2")),
            household_id=dice.choice(("", "h1", "h2")),
            branch_id=dice.choice(("", "b1", "b2", "b3")),
            reach_by=dice.choice(("", "", "meeting", "visit", "call", "message")),
            hours_from=hours[0],
            hours_until=hours[1],
            safe_to_call=dice.choice((None, True, False)),
            phone_works=dice.choice((None, True, False)),
            open_complaint=desk and dice.random() < 0.3,
        )
        action = dice.choice((Action.VISIT, Action.VISIT, Action.WELCOME))
        known = {name: getattr(line, name) for name in line.__dataclass_fields__}
        lines.append(Line(**known | {"card": card, "action": action.value, "carried_over": dice.random() < 0.3}))
    holidays = {
        where: tuple(dice.sample(WEEK, dice.choice((1, 3, 7)))) for where in ("all", "b1") if dice.random() < 0.3
    }
    settings = Settings.model_construct(
        visit_hours_a_day=dice.choice((0.0, 0.5, 1.0, 2.0, 12.0)),
        desk_hours_a_day=dice.choice((0.0, 0.25, 1.0, 8.0)),
        desk_floor=dice.choice((0, 1, 2)),
        visit_weekdays=dice.choice(((1, 2, 3, 4, 5), (2,), (6, 7))),
        travel_minutes=dice.choice((0, 20, 40)),
        visit_minutes=dice.choice((15, 45)),
        hour_worth=dice.choice((0.0, 0.02, 0.2)),
        count_once=dice.choice(("nobody", "household", "group")),
        holidays=holidays,
    )
    kept = {line.client_id: dice.choice((0.0, 0.01, 0.1, 0.1, 0.2, dice.random() * 0.3)) for line in lines}
    return [bound(lines if desk else _in_order(lines), DESK if desk else "o17")], kept, settings


def _line(dice: random.Random, client_id: str, rank: int, village: str, meets: bool) -> Line:
    return Line(
        client_id=client_id,
        place=rank,
        rank=rank,
        band="high",
        reasons=(),
        reasons_note="none",
        changes=(),
        changes_note="unchanged",
        action=Action.VISIT.value,
        avoid="Do not press for a new loan.",
        last_contact_on=None,
        last_contact_result="",
        loan_ends_on=None,
        meeting_on=WEEK[dice.randrange(5)] if meets else None,
        carried_over=False,
        routed=(),
        card=Card(village=village),
    )


def _in_order(lines: list[Line]) -> list[Line]:
    from serving.weekly_list import in_order_of_the_week

    return in_order_of_the_week(lines)
