"""The plan as a table: every line once, with a sentence for whatever was moved or left out, and no figure of risk."""

from dataclasses import replace

import drawn_branches
import pytest

from serving.delimited import read_table
from serving.languages import LANGUAGES, language
from serving.visits.plan import Moved, plan_week
from serving.visits.table import COLUMNS, as_table
from serving.visits.told import left as told_left
from serving.visits.told import moved as told_moved
from serving.visits.ways import Left


def test_every_line_stands_in_it_once_and_those_without_a_day_are_told_why() -> None:
    pages, kept, settings = drawn_branches.branch(2, 3)
    plans = plan_week(pages, kept, settings)

    english = language("en")
    rows = read_table(as_table(pages, plans))

    assert sorted(row["client_id"] for row in rows) == sorted(line.client_id for page in pages for line in page.lines)
    left = {row["client_id"]: row["told"] for row in rows if not row["day"]}
    assert left == {client: told_left(why, english) for plan in plans for client, why in plan.left.items()}
    moved = {row["client_id"]: row["told"] for row in rows if row["day"] and row["told"]}
    assert moved == {
        each.client_id: told_moved(each.moved, english) for plan in plans for each in plan.planned if each.moved
    }
    assert moved
    assert left


def test_it_holds_nothing_of_which_an_officer_sees_no_figure() -> None:
    assert not {"risk", "kept", "benefit", "band", "rank"} & set(COLUMNS)


def test_what_is_told_is_in_the_language_of_the_list_or_of_whoever_reads() -> None:
    pages, kept, settings = drawn_branches.branch(2, 1)
    plans = plan_week(pages, kept, settings)

    french = as_table(pages, plans, language("fr")).decode()

    assert french == as_table([replace(page, language="fr") for page in pages], plans).decode()
    assert "Not planned" not in french


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_reason_has_a_sentence_of_its_own(code: str) -> None:
    tongue = language(code)
    told = [*(told_moved(why, tongue) for why in Moved), *(told_left(why, tongue) for why in Left)]

    assert len(set(told)) == len(Moved) + len(Left)
