"""The plan as a table: every line once, with a sentence for whatever was moved or left out, and no figure of risk."""

import drawn_branches

from serving.delimited import read_table
from serving.visits.plan import Moved, plan_week
from serving.visits.table import COLUMNS, LEFT, MOVED, as_table
from serving.visits.ways import Left


def test_every_line_stands_in_it_once_and_those_without_a_day_are_told_why() -> None:
    pages, kept, settings = drawn_branches.branch(2, 3)
    plans = plan_week(pages, kept, settings)

    rows = read_table(as_table(pages, plans))

    assert sorted(row["client_id"] for row in rows) == sorted(line.client_id for page in pages for line in page.lines)
    left = {row["client_id"]: row["told"] for row in rows if not row["day"]}
    assert left == {client: LEFT[why] for plan in plans for client, why in plan.left.items()}
    moved = {row["client_id"]: row["told"] for row in rows if row["day"] and row["told"]}
    assert moved == {each.client_id: MOVED[each.moved] for plan in plans for each in plan.planned if each.moved}
    assert moved
    assert left


def test_it_holds_nothing_of_which_an_officer_sees_no_figure() -> None:
    assert not {"risk", "kept", "benefit", "band", "rank"} & set(COLUMNS)


def test_every_reason_has_a_sentence() -> None:
    assert set(MOVED) == set(Moved)
    assert set(LEFT) == set(Left)
    assert all(told.endswith(".") for told in (*MOVED.values(), *LEFT.values()))
