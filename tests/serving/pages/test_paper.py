"""What came back on paper is typed in by the id printed on it."""

import re
from typing import Any

import pytest

from serving import outcomes
from serving.outcomes import Status


@pytest.fixture
def printed(site: Any) -> str:
    found = re.search(r"2024-W27-o1-[a-z]{3}", site.entered("amina").get("/lists").text)
    assert found
    return found[0]


def rows(text: str) -> dict[str, str]:
    """The hidden ids of an empty sheet."""
    return dict(re.findall(r'name="(outcome_id-\d+)" value="([^"]+)"', text))


def entered(site: Any) -> list[tuple[int, str, str, Status]]:
    with site.store.read() as connection:
        found = outcomes.of_list(connection, "2024-W27-o1")
    return sorted((each.place, each.code, each.channel, each.status) for each in found)


@pytest.mark.parametrize(("username", "own"), [("beatrice", "/branch/paper"), ("dorcas", "/desk/paper")])
def test_lines_are_typed_in_by_branch_or_desk(site: Any, printed: str, username: str, own: str) -> None:
    browser = site.entered(username)
    sheet = browser.get(own, params={"printed": f" {printed[:-3]} {printed[-3:].upper()} "})
    assert "Wanjiru Kamau" in sheet.text
    sent = rows(sheet.text) | {
        "printed": printed,
        "code-1": "s",
        "kind-1": "v",
        "happened_on-1": "2024-07-01",
        "code-3": "l",
        "kind-3": "m",
        "happened_on-3": "2024-07-01",
        "reasons-3": "wait-1, prc-1",
        "note-3": "says the queue was long",
        "do_not_contact-3": "yes",
    }

    answer = browser.post(own, sent)

    assert answer.status_code == 200
    assert "2 lines kept." in answer.text
    assert entered(site) == [(1, "S", "paper", Status.ACCEPTED), (3, "L", "paper", Status.ACCEPTED)]
    with site.store.read() as connection:
        found = next(each for each in outcomes.of_list(connection, "2024-W27-o1") if each.place == 3)
    assert (found.reasons, found.note, found.do_not_contact) == (("WAIT-1", "PRC-1"), "says the queue was long", True)


def test_a_line_with_a_mistake_is_shown_again_and_the_others_are_kept(site: Any, printed: str) -> None:
    browser = site.entered("beatrice")
    sent = rows(browser.get("/branch/paper", params={"printed": printed}).text) | {"printed": printed}
    day = {"happened_on-1": "2024-07-01", "happened_on-2": "2024-07-01"}

    answer = browser.post("/branch/paper", sent | day | {"code-1": "S", "kind-1": "V", "code-2": "L", "kind-2": "V"})

    assert answer.status_code == 422
    assert "Say why, or that the client did not say." in answer.text
    assert 'name="code-2" value="L"' in answer.text
    assert entered(site) == [(1, "S", "paper", Status.ACCEPTED)]


def test_the_same_sheet_sent_twice_is_kept_once(site: Any, printed: str) -> None:
    browser = site.entered("beatrice")
    sent = rows(browser.get("/branch/paper", params={"printed": printed}).text) | {"printed": printed}
    sent |= {"code-1": "S", "kind-1": "V", "happened_on-1": "2024-07-01"}

    assert [browser.post("/branch/paper", sent).status_code for _ in range(2)] == [200, 200]
    assert entered(site) == [(1, "S", "paper", Status.ACCEPTED)]


def test_what_differs_from_an_entry_there_is_waits_beside_it(site: Any, printed: str) -> None:
    amina = site.entered("amina")
    amina.post(
        "/lists/2024-W27-o1/1",
        {
            "outcome_id": "0b8c1b4e-6f0e-4c55-9a3e-7a3a6f0e4c55",
            "code": "T",
            "kind": "visit",
            "happened_on": "2024-07-01",
        },
    )
    browser = site.entered("beatrice")
    sheet = browser.get("/branch/paper", params={"printed": printed}).text
    assert "There is an entry already: T" in sheet

    answer = browser.post(
        "/branch/paper",
        rows(sheet) | {"printed": printed, "code-1": "S", "kind-1": "V", "happened_on-1": "2024-07-01"},
    )

    assert "kept beside another entry; somebody has to decide" in answer.text
    assert entered(site) == [(1, "S", "paper", Status.CONFLICT), (1, "T", "phone", Status.ACCEPTED)]


@pytest.mark.parametrize("wrong", ["2024-W27-o1-zzz", "2024-W27-o1", "2024-W27-o2-{letters}", "x", "'; --"])
def test_letters_that_do_not_fit_and_another_branchs_list_get_the_same_answer(
    site: Any, printed: str, wrong: str
) -> None:
    browser = site.entered("bashir" if "o1" in wrong else "beatrice")
    nothing = browser.get("/branch/paper", params={"printed": "2024-W27-o7-bcd"})

    answer = browser.get("/branch/paper", params={"printed": wrong.format(letters=printed[-3:])})

    assert answer.status_code == nothing.status_code == 404
    assert "There is no such list for you." in answer.text
    assert "Kofi" not in answer.text
    assert browser.post("/branch/paper", {"printed": wrong}).status_code == 404


def test_each_has_a_page_of_the_own(site: Any) -> None:
    assert site.entered("beatrice").get("/desk/paper").status_code == 404
    assert site.entered("dorcas").get("/branch/paper").status_code == 404
