"""The property that no list ever breaks a rule, over many more weeks than the tests draw: tens of thousands."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "serving" / "reference"))

import drawn_weeks
import list_checker

from serving import rules

pytestmark = [pytest.mark.study, pytest.mark.timeout(3600)]

WEEKS = 20_000


@pytest.mark.parametrize("clients", [5, 30, 120])
def test_no_list_of_many_weeks_breaks_a_rule(clients: int) -> None:
    broken = {}
    for seed in range(WEEKS // 3):
        week = drawn_weeks.draw(seed, clients)
        choice = rules.choose(**week.frames())
        told = dict(zip(choice.barred["client_id"], choice.barred["barred"], strict=True))
        if found := list_checker.breaches(
            week, drawn_weeks.printed(week, choice), told, choice.turns.to_dict("records")
        ):
            broken[seed] = found

    assert broken == {}
