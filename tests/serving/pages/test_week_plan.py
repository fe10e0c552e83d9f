"""What the plan proposes on an officer's own list: the same as the plan's page, above a list that keeps its order."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from kept import keep_risks
from office import AS_OF, issue, lists

from serving import holds, issued
from serving.holds import Hold, Reach
from serving.languages import language
from serving.pages.week_plan import week_plan
from serving.visits.plan import Moved, Plan, Planned
from serving.visits.ways import How, Left
from tests.serving.pages.test_visits import tables

MONDAY = AS_OF + timedelta(days=1)


@pytest.fixture
def planned(site: Any) -> Iterator[Any]:
    """Everybody on the week's lists has a risk."""
    keep_risks(site.home, AS_OF, [line.client_id for page in lists() for line in page.lines])
    yield site
    shutil.rmtree(site.home.scores)


def read(site: Any, username: str = "amina", address: str = "/lists", **more: Any) -> str:
    answer = site.entered(username).get(address, **more)
    assert answer.status_code == 200
    return unescape(answer.text)


def kept_on_phone(site: Any) -> str:
    document = json.loads(site.entered("amina").get("/pages/list.json").text)["document"]
    return unescape(json.loads(document)["html"])


def proposal(page: str) -> str:
    found = re.search(r'<details class="card proposal">(.*?)</details>', page, re.DOTALL)
    return found[1] if found else ""


def names(page: str) -> list[str]:
    return re.findall('<a href="#line-[0-9]+">(.*?)</a>', proposal(page))


def test_it_has_the_days_the_order_and_the_reasons_of_the_plan(planned: Any) -> None:
    found = proposal(read(planned))

    of_plan = [(day, [cells[1] for cells in rows], [cells[-1] for cells in rows]) for day, rows in
               tables(read(planned, address="/visits"))]  # fmt: skip
    assert re.findall("<h2>(.*?)</h2>", found) == [day for day, _, _ in of_plan]
    told = [name for _, those, _ in of_plan for name in those]
    assert len(names(read(planned))) == len(told) == 8
    assert all(whole.startswith(name) for name, whole in zip(names(read(planned)), told, strict=True))
    assert [why for _, _, those in of_plan for why in those if why] == re.findall(r'hint">(Moved[^<]*)<', found)
    assert "8 lines of 8 have a day." in found


def test_who_is_met_together_stands_under_one_meeting_or_village(planned: Any) -> None:
    found = proposal(read(planned))

    stops = re.findall(r'<p class="stop"><b>(.*?)</b>(?: <span class="hint">(.*?)</span>)?</p>\s*<ul>(.*?)</ul>',
                       found, re.DOTALL)  # fmt: skip
    first, together, lines = stops[0]
    assert first == "At the meeting of Amani"
    assert together == f"{lines.count('<li')} together"
    assert all(not said for where, said, _ in stops if where == "Call")


def test_the_list_below_it_keeps_its_order(planned: Any) -> None:
    with_plan = read(planned)
    shutil.rmtree(planned.home.scores)
    without = read(planned)
    planned.home.scores.mkdir()

    assert proposal(with_plan)
    assert not proposal(without)
    cards = [re.findall(r'<li class="line[^>]*data-place="(\d+)" data-client="([^"]+)"', page)
             for page in (with_plan, without)]  # fmt: skip
    assert cards[0] == cards[1]
    assert [place for place, _ in cards[0]] == [str(place) for place in range(1, 9)]


def test_a_phone_keeps_it_with_the_list(planned: Any) -> None:
    assert names(kept_on_phone(planned)) == names(read(planned))


def test_it_holds_no_figure_of_what_is_expected_and_nobody_who_is_not_listed(planned: Any) -> None:
    found = proposal(read(planned))

    assert "expected" not in found
    assert not re.search(r"\d\.\d|%", re.sub("<[^>]+>", "", found).replace("1.", ""))
    assert len(names(read(planned))) == len(re.findall('<li class="line', read(planned)))


def test_who_is_left_in_peace_since_has_no_day_and_stays_told(planned: Any) -> None:
    with planned.store.write() as connection:
        holds.add(connection, Hold.OPT_OUT, Reach.CLIENT, "K-20417", AS_OF, None, actor="dorcas", at=planned.clock())

    left = proposal(read(planned)).partition("Without a day")[2]

    assert re.findall('<a href="#line-1">(.*?)</a>', left) == ["Wanjiru Kamau"]
    assert "left in peace" in left


@pytest.mark.parametrize(("username", "address"), [("beatrice", "/lists/2024-W27-o1"), ("dorcas", "/desk")])
def test_only_an_officer_has_it_on_the_own_list(planned: Any, username: str, address: str) -> None:
    assert not proposal(read(planned, username, address))
    assert proposal(read(planned, "amina", "/lists/2024-W27-o1"))


def test_an_older_week_has_none(planned: Any) -> None:
    issue(planned.store, AS_OF + timedelta(days=7))

    assert not proposal(read(planned, address="/lists/2024-W27-o1"))
    assert not proposal(read(planned))


def test_a_list_is_shown_though_its_plan_cannot_be_made(planned: Any) -> None:
    for file in planned.home.scores.glob("*/scores.parquet"):
        file.write_bytes(b"damaged")

    page = read(planned)

    assert not proposal(page)
    assert len(re.findall('<li class="line', page)) == 8


@pytest.mark.parametrize("code", ["fr", "es", "sw", "hi"])
def test_it_speaks_the_language_of_the_list(planned: Any, code: str) -> None:
    english = proposal(read(planned))
    said = proposal(read(planned, headers={"Accept-Language": code}))

    assert names(read(planned)) == re.findall('<a href="#line-[0-9]+">(.*?)</a>', said)
    for words in ("At the meeting", "together", "on the list", "Visits in", "Moved"):
        assert words in english
        assert words not in said


def test_a_line_without_group_or_village_is_told_by_how_it_is_met(planned: Any) -> None:
    with planned.store.read() as connection:
        found = issued.sheet(connection, "2024-W27-o1")
    assert found
    page = found[1]
    bare = [line for line in page.lines if not line.card.village]
    line = bare[0] if bare else page.lines[0]
    met = Planned(line.client_id, line.place, 1, MONDAY, How.CALL, 15, Moved.SOONER)
    plan = Plan(page.list_id, (met,), {page.lines[-1].client_id: Left.NO_TIME}, 0.0, 0, proven=True)

    made = week_plan(page, plan, {line.client_id}, language("en"))

    ((_, (stop,)),) = made.days
    assert (stop.where, stop.together, stop.turns[0].done) == ("Call", "", True)
    assert made.left[0].told.startswith("Not planned: no day has the time.")
