"""The plan of the week over the interface: whoever goes out or calls, each their own."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from serving.languages import language
from serving.visits.told import chances

Ask = Callable[..., httpx.Response]


@pytest.mark.parametrize(
    ("scope", "owners"),
    [
        ("officer:o0", {"o0"}),
        ("manager:b0", {"o0", "o2"}),
        ("desk", {"desk"}),
    ],
)
def test_everybody_gets_the_plan_of_their_own_lists_with_every_line_once(
    ask: Ask, scope: str, owners: set[str]
) -> None:
    plan, lists = ask(scope, "/v1/visits").json(), ask(scope, "/v1/lists/current").json()

    assert plan["week"] == lists["week"]
    assert {one["officer_id"] for one in plan["lists"]} == owners
    listed = {(one["list_id"], line["client_id"], line["place"]) for one in lists["lists"] for line in one["lines"]}
    planned = [(one["list_id"], line["client_id"], line["place"]) for one in plan["lists"] for line in one["lines"]]
    assert sorted(planned) == sorted(listed)


def test_a_line_has_a_day_or_is_told_why_not(ask: Ask) -> None:
    (one,) = ask("officer:o0", "/v1/visits").json()["lists"]

    for line in one["lines"]:
        if line["day"] is None:
            assert line["told"].startswith("Not planned:")
            assert (line["order"], line["how"], line["minutes"]) == (None, None, None)
    orders = [line["order"] for line in one["lines"] if line["day"]]
    assert orders == list(range(1, len(orders) + 1))
    assert orders


@pytest.mark.parametrize(("scope", "shown"), [("officer:o0", False), ("manager:b0", True), ("desk", True)])
def test_what_is_expected_is_told_to_those_who_decide_on_hours_and_how_far_to_trust_it(
    ask: Ask, scope: str, shown: bool
) -> None:
    plan = ask(scope, "/v1/visits").json()

    assert all((one["expected_kept"] is not None) == shown for one in plan["lists"])
    assert plan["chances"] == chances(language("en"), "")


@pytest.mark.parametrize("scope", ["analyst", "admin", "dpo", "credit"])
def test_nobody_else_has_a_plan(ask: Ask, scope: str) -> None:
    answer: Any = ask(scope, "/v1/visits")

    assert answer.status_code == 403
