"""The branch manager's page: coverage, late lists, dead phones, complaints, and figures that are no league table."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from kept import keep_scores
from office import AS_OF, NOW, TUESDAY

from serving import outcomes
from serving.experiment import stops
from serving.given import Given, Sheet
from serving.issued import sheet
from serving.outcomes import By
from training.effect.harm import State, Verdict


@pytest.fixture
def beatrice(site: Any) -> Any:
    return site.entered("beatrice")


@pytest.fixture
def scored(site: Any) -> Iterator[Callable[[set[str] | None], None]]:
    """Scores of the week: seven clients with complaints open. One may say whose is about staff."""

    def keep(about_staff: set[str] | None) -> None:
        people = {"N-1": "b2", "X-1": None} | {f"K-{n}": "b1" for n in range(1, 6)} | {f"z{n}": "b1" for n in range(50)}
        complaints = {"K-1": (12.0, 0.0), "K-2": (40.0, 0.0), "K-3": (90.0, 1.0), "N-1": (3.0, 0.0), "X-1": (5.0, 0.0)}
        older = {"K-4": (400.0, 0.0), "K-5": (500.0, 0.0)}
        keep_scores(site.home, AS_OF, people, complaints | older, about_staff)

    yield keep
    shutil.rmtree(site.home.scores)


def enter(site: Any, list_id: str, place: int, code: str, day: Any = TUESDAY) -> None:
    with site.store.write() as connection:
        found = sheet(connection, list_id)
        assert found
        line = found[1].lines[place - 1]
        kind = "call" if code == "W" else "visit"
        given = Given.of(
            outcome_id=f"00000000-0000-4000-8000-{abs(hash((list_id, place))) % 10**12:012d}",
            client_id=line.client_id,
            happened_on=day,
            code=code,
            kind=kind,
        )
        outcomes.record(connection, Sheet.of(found[1]), given, By("x", "officer", "phone"), site.clock.at, TUESDAY)


def test_coverage_counts_lines_with_an_entry_of_all_lines(site: Any, beatrice: Any) -> None:
    for place, code in ((1, "S"), (2, "N"), (3, "X")):
        enter(site, "2024-W27-o1", place, code)

    text = beatrice.get("/branch").text

    assert "<dt>Lines done</dt><dd>3 / 10</dd>" in text
    assert re.search(r"Amina Otieno</a></th><td[^>]*>3 / 8</td>", text)
    assert re.search(r"Joyce Wambui</a></th><td[^>]*>0 / 2</td>", text)
    assert "Kofi" not in text


def test_a_list_without_any_entry_is_asked_after_on_the_fourth_day_and_not_before(site: Any, beatrice: Any) -> None:
    enter(site, "2024-W27-o1", 1, "N")
    site.clock.at = NOW + timedelta(days=1)  # Wednesday
    assert "no entry after" not in site.anybody().sign_in("beatrice").get("/branch").text
    site.clock.at = NOW + timedelta(days=2)

    text = site.anybody().sign_in("beatrice").get("/branch").text

    assert text.count("no entry after 3 days") == 1
    assert "<dt>Lists without any entry</dt><dd>1</dd>" in text


def test_a_manager_is_told_of_which_band_lists_stopped_and_of_no_client(site: Any, beatrice: Any) -> None:
    before = beatrice.get("/branch").text
    found = Verdict("band", "high", State.STOP, AS_OF, 400, 60, 0.1, 0.02, "Alarm.", "Stop.")
    with site.store.write() as connection:
        stops.keep(connection, [found], AS_OF, NOW)

    text = beatrice.get("/branch").text

    sentence = "Since 30 Jun 2024 nobody in band high is put on an officer&#39;s list"
    assert sentence in text
    assert sentence not in before
    assert "stopped" not in site.entered("amina").get("/lists").text.lower()


def test_a_number_is_dead_by_the_list_or_by_what_was_found(site: Any, beatrice: Any) -> None:
    enter(site, "2024-W27-o1", 1, "W")

    section = beatrice.get("/branch").text.split('id="phones"')[1].split("</section>")[0]

    assert re.findall(r">([A-Z][a-z]+ [A-Z][a-z]+)</a>", section) == ["Wanjiru Kamau", "Mary Njeri"]


@pytest.mark.parametrize(
    ("about_staff", "told"),
    [
        ({"K-3"}, "4<small>the oldest for 500 days"),
        ({"K-3", "K-5"}, "3<small>the oldest for 400 days"),
        (set(), "5<small>the oldest for 500 days"),
        (None, "2<small>the oldest for 40 days"),
    ],
)
def test_open_complaints_are_counted_but_for_those_about_staff_however_old(
    beatrice: Any, scored: Callable[[set[str] | None], None], about_staff: set[str] | None, told: str
) -> None:
    scored(about_staff)

    text = beatrice.get("/branch").text

    assert f"Open complaints</dt><dd>{told}</small>" in text
    assert "K-1<" not in text


def test_figures_of_officers_stand_in_alphabetical_order_whatever_they_are(site: Any, beatrice: Any) -> None:
    for place in (1, 2):
        enter(site, "2024-W27-o3", place, "S")
    enter(site, "2024-W26-o1", 1, "N", AS_OF - timedelta(days=3))

    section = beatrice.get("/branch").text.split('id="officers"')[1]

    assert re.findall(r'<th scope="row">(.*?)</th>', section) == ["Amina Otieno", "Joyce Wambui"]
    counts = re.findall(r'data-name="(Lines done|Clients talked to)">(\d+ / \d+)<', section)
    assert [count for _, count in counts] == ["1 / 16", "0 / 1", "2 / 4", "2 / 2"]
    assert "not for pay or dismissal" in section
    assert "34 to 100 %" in section


def test_entries_that_wait_for_a_decision_are_told(site: Any, beatrice: Any) -> None:
    enter(site, "2024-W27-o1", 1, "S")
    site.entered("amina").post(
        "/lists/2024-W27-o1/1",
        {
            "outcome_id": "0b8c1b4e-6f0e-4c55-9a3e-7a3a6f0e4c55",
            "code": "T",
            "kind": "visit",
            "happened_on": "2024-07-02",
        },
    )

    assert "1 entry to decide on" in beatrice.get("/branch").text
    assert "Which entry holds?" in beatrice.get("/lists/2024-W27-o1").text
