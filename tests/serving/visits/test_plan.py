"""Which line is met on which day: never against a rule, never worse than the list's order, and the same each time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import drawn_branches
import plan_checker
import pytest
from drawn_branches import WEEK
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from officer_lists import bound

from serving.line import DESK, Card, Line, OfficerList
from serving.settings import Settings
from serving.visits import plan as plans
from serving.visits import solver, ways
from serving.visits.chosen import in_order_of_the_list
from serving.visits.plan import Plan, plan_week
from serving.visits.ways import Left

#: An hour and a half a day: a visit of 45 minutes and one way of 40.
TIGHT = {"visit_hours_a_day": 1.5, "visit_weekdays": (1, 2), "hour_worth": 0.0}

MONDAY, TUESDAY = WEEK[:2]


def page(drawn: str, owner: str = "o1") -> tuple[OfficerList, dict[str, float]]:
    """A list from a table: name | kept | village | meeting day of the week | what else the card says, or the action."""
    rows = [[cell.strip() for cell in row.split("|")] for row in drawn.strip().splitlines()]
    (sample, *_), _, _ = drawn_branches.branch(1, 1)
    lines: list[Line] = []
    for rank, (name, _, village, meets, said) in enumerate(rows, 1):
        known = dict(each.split("=") for each in said.split())
        action = known.pop("action", sample.lines[0].action)
        truth = {"no": False, "yes": True}
        card = Card(village=village, **{key: truth.get(value, value) for key, value in known.items()})
        meeting = WEEK[int(meets) - 1] if meets else None
        new = {"client_id": name, "rank": rank, "place": rank, "meeting_on": meeting, "card": card, "action": action}
        lines.append(replace(sample.lines[0], **new))
    return bound(lines, owner), {row[0]: float(row[1]) for row in rows}


def plan(drawn: str, owner: str = "o1", **settings: Any) -> Plan:
    asked, kept = page(drawn, owner)
    (found,) = plan_week([asked], kept, Settings(**TIGHT | settings))
    return found


def days(found: Plan) -> list[tuple[str, str, date]]:
    return [(each.client_id, each.how.value, each.day) for each in found.planned]


def test_whom_a_village_brings_together_is_visited_on_one_day_and_told_why() -> None:
    found = plan(
        """
        ama  | 0.10 | Mill |   |
        kofi | 0.09 | Dry  |   |
        esi  | 0.08 | Mill |   |
        """,
        visit_hours_a_day=2.5,
    )

    assert days(found) == [
        ("ama", "visit", MONDAY), ("esi", "visit", MONDAY), ("kofi", "visit", TUESDAY),
    ]  # fmt: skip
    assert [each.moved for each in found.planned] == [None, "village", "time"]
    assert (found.way, found.proven, found.left) == (80, True, {})


def test_who_lives_where_a_meeting_is_held_is_visited_that_day_without_a_way() -> None:
    found = plan(
        """
        ama  | 0.10 | Mill | 2 |
        kofi | 0.09 | Mill |   |
        """
    )

    assert days(found) == [("ama", "meeting", TUESDAY), ("kofi", "visit", TUESDAY)]
    assert found.way == 0


def test_two_of_one_village_go_before_one_elsewhere_who_is_more_likely_to_be_kept() -> None:
    found = plan(
        """
        ama  | 0.10 | Dry  |   |
        kofi | 0.09 | Mill |   |
        esi  | 0.08 | Mill |   |
        """,
        visit_hours_a_day=2.2,
        visit_weekdays=(1,),
    )

    assert [each.client_id for each in found.planned] == ["kofi", "esi"]
    assert found.left == {"ama": "no_time"}


@pytest.mark.parametrize(
    ("said", "settings", "why"),
    [
        ("reach_by=meeting", {}, "no_meeting"),
        ("hours_from=09:00 hours_until=09:30", {}, "hours"),
        ("hours_from=evening", {}, "hours"),
        ("", {"visit_hours_a_day": 1.0}, "no_time"),
        ("", {"hour_worth": 0.5}, "not_worth_the_way"),
        ("", {"holidays": {"all": WEEK}}, "closed"),
        ("", {"visit_weekdays": ()}, "closed"),
    ],
)
def test_a_line_that_is_in_no_day_is_told_why(said: str, settings: dict[str, Any], why: str) -> None:
    found = plan(f"ama | 0.10 | Mill | | {said}", **settings)

    assert (found.planned, found.left) == ((), {"ama": why})


def test_who_is_to_be_left_in_peace_since_the_list_was_drawn_has_no_day() -> None:
    asked, kept = page("ama | 0.10 | Mill | 1 |")

    (found,) = plan_week([asked], kept, Settings(), in_peace={"ama"})

    assert (found.planned, found.left) == ((), {"ama": "in_peace"})


@pytest.mark.parametrize(
    ("said", "meets", "how"),
    [
        ("", "", "visit"),
        ("", "1", "meeting"),
        ("reach_by=visit", "1", "visit"),
        ("reach_by=call", "1", "call"),
        ("action=welcome", "1", "call"),
        ("action=welcome reach_by=meeting", "1", "meeting"),
        ("action=welcome reach_by=visit", "1", "visit"),
    ],
)
def test_a_client_is_met_as_she_wishes(said: str, meets: str, how: str) -> None:
    found = plan(f"ama | 0.10 | Mill | {meets} | {said}")

    assert [each.how for each in found.planned] == [how]


def test_the_desk_calls_complaints_first_then_some_of_each_branch_then_whom_it_may_keep() -> None:
    found = plan(
        """
        ama  | 0.01 | | | branch_id=b1 open_complaint=yes
        kofi | 0.20 | | | branch_id=b1
        esi  | 0.19 | | | branch_id=b1
        yaw  | 0.02 | | | branch_id=b2
        abla | 0.30 | | | branch_id=b1 phone_works=no
        """,
        DESK,
        desk_hours_a_day=0.75,
        desk_floor=1,
        visit_weekdays=(1,),
    )

    assert {each.client_id for each in found.planned} == {"ama", "kofi", "yaw"}
    assert found.left == {"esi": "no_time", "abla": "no_call"}


@limits(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_no_plan_ever_breaks_a_rule(seed: int) -> None:
    (asked,), kept, settings = drawn_branches.strange(seed)

    (found,) = plan_week([asked], kept, settings)

    assert plan_checker.breaches(asked, found, kept, settings) == set()


@limits(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_the_same_lists_give_the_same_plan(seed: int) -> None:
    pages, kept, settings = drawn_branches.strange(seed)

    assert plan_week(pages, kept, settings) == plan_week(pages, dict(sorted(kept.items(), reverse=True)), settings)


#: Clients kept beyond those of the list's own order, as a share: of every branch, and of all ten together.
LEAST, TOGETHER = 0.015, 0.03


def test_the_plan_keeps_more_clients_than_the_order_of_the_list_on_ten_branches() -> None:
    gains, by_list, by_plan = [], 0.0, 0.0
    for seed in range(10):
        pages, kept, settings = drawn_branches.branch(seed)
        plain = sum(found.kept for found in plan_week(pages, kept, settings, in_order_of_the_list))
        planned = sum(found.kept for found in plan_week(pages, kept, settings))
        gains.append(planned / plain - 1)
        by_list, by_plan = by_list + plain, by_plan + planned

    assert min(gains) >= LEAST, gains
    assert by_plan / by_list - 1 >= TOGETHER, gains


def test_where_the_limit_ends_the_search_the_order_of_the_list_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    pages, kept, settings = drawn_branches.branch(1)
    monkeypatch.setattr(solver, "_LIMIT", 0.0)

    found = plan_week(pages, kept, settings)

    plain = plan_week(pages, kept, settings, in_order_of_the_list)
    assert not any(each.proven for each in found)
    assert all(each.kept >= least.kept for each, least in zip(found, plain, strict=True))


def test_a_list_without_lines_has_an_empty_plan() -> None:
    (found,) = plan_week([bound([])], {}, Settings())

    assert (found.planned, found.left, found.proven) == ((), {}, True)


#: What is taken away, and the sentence that is then broken.
TAKEN_AWAY: dict[str, tuple[object, str, Any, str]] = {
    "holidays": (ways, "calling_days", lambda *_: WEEK, "no_holiday"),
    "the client's hours": (ways, "calling_hours", lambda *_: ("09:00", "18:00"), "quiet_hours"),
    "one after the other": (solver, "_within_hours", lambda *_: {}, "quiet_hours"),
    "minutes of a day": (solver, "_within_the_day", lambda *_: None, "within_hours_a_day"),
    "ways to villages": (solver, "_stops", lambda *_: {}, "within_hours_a_day"),
    "counted once": (ways, "_counted_once", lambda *_: "", "counted_once"),
    "best at the meeting": (solver, "_BESIDE_THE_MEETING", 0, "best_at_the_meeting"),
    "why a line has no day": (plans, "_left", lambda *_: Left.NO_TIME, "told_true"),
    "lines without a day": (plans, "_left", lambda *_: Left.NOT_WORTH_THE_WAY, "told_true"),
}


@pytest.mark.parametrize("protection", TAKEN_AWAY)
def test_a_protection_that_is_taken_away_is_missed(protection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, instead, sentence = TAKEN_AWAY[protection]
    monkeypatch.setattr(module, name, instead)

    def breached(seed: int) -> bool:
        (asked,), kept, settings = drawn_branches.strange(seed)
        (found,) = plan_week([asked], kept, settings)
        return sentence in plan_checker.breaches(asked, found, kept, settings)

    assert any(breached(seed) for seed in range(400)), f"nothing notices that {protection!r} is gone"


def without_complaint(line: Line) -> Line:
    return replace(line, card=replace(line.card, open_complaint=False))


def without_carry_over(line: Line) -> Line:
    return replace(line, carried_over=False)


@pytest.mark.parametrize(
    ("unseen", "sentence", "hours"),
    [(without_complaint, "complaints_first", 0.25), (without_carry_over, "carried_over_first", 1.0)],
)
def test_lines_that_wait_behind_others_are_missed(unseen: Callable[[Line], Line], sentence: str, hours: float) -> None:
    asked, kept = drawn_branches.desk(1, 40)
    settings = Settings.model_construct(desk_hours_a_day=hours, visit_weekdays=(1, 2, 3))

    def breached(page: OfficerList) -> set[str]:
        (found,) = plan_week([page], kept, settings)
        return plan_checker.breaches(asked, found, kept, settings)

    assert breached(asked) == set()
    assert sentence in breached(replace(asked, lines=tuple(map(unseen, asked.lines))))


@pytest.mark.parametrize("hours", [1.0, 3.0, 6.0])
def test_the_best_plan_of_an_ordinary_desk_is_found_within_the_limit(hours: float) -> None:
    asked, kept = drawn_branches.desk(1, 40)

    (found,) = plan_week([asked], kept, Settings.model_construct(desk_hours_a_day=hours))

    assert found.proven


def test_a_day_follows_the_list_as_far_as_hours_allow_and_nobody_waits_who_need_not() -> None:
    found = plan(
        """
        ama  | 0.10 | | | open_complaint=yes
        kofi | 0.20 | | | hours_from=14:00 hours_until=16:00
        esi  | 0.30 | | |
        yaw  | 0.05 | | | hours_until=09:20
        """,
        DESK,
        desk_hours_a_day=3.0,
        visit_weekdays=(1,),
    )

    assert [(each.client_id, each.moved) for each in found.planned] == [
        ("yaw", "hours"), ("ama", "time"), ("esi", None), ("kofi", "hours"),
    ]  # fmt: skip


def test_a_floor_of_branches_that_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, kept = drawn_branches.desk(1, 40)
    settings = Settings.model_construct(desk_hours_a_day=0.75, desk_floor=1)

    def breached() -> set[str]:
        (found,) = plan_week([asked], kept, settings)
        return plan_checker.breaches(asked, found, kept, settings)

    kept_to = breached()
    monkeypatch.setattr(solver, "_floors", lambda *_: [])

    assert (kept_to, breached()) == (set(), {"floor_of_branches"})


def test_where_it_is_the_same_to_everything_else_the_list_goes_first_and_complaints_go_by_their_place() -> None:
    drawn = "\n".join(
        [
            *(f"c{n} | {0.01 * n:.2f} | | | branch_id=b1 open_complaint=yes" for n in range(1, 5)),
            *(f"k{n} | 0.10 | | | branch_id=b1" for n in range(1, 5)),
        ]
    )

    found = plan(drawn, DESK, desk_hours_a_day=0.5, desk_floor=0, visit_weekdays=(1, 2, 3))
    scarce = plan(drawn, DESK, desk_hours_a_day=0.25, desk_floor=0, visit_weekdays=(1, 2, 3))

    assert [each.client_id for each in found.planned] == ["c1", "c2", "c3", "c4", "k1", "k2"]
    assert [each.client_id for each in scarce.planned] == ["c1", "c2", "c3"]
    assert not any(each.moved for each in (*found.planned, *scarce.planned))
