"""What is shown on a page, or asked for in vain, stands in the audit log; what is not written down is not shown."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from serving import audit, handovers

HANDOVER = "5b2f8a50-2a52-4d39-8d35-6a59a8d0a001"
Rows = Callable[[Callable[[], httpx.Response]], tuple[httpx.Response, list[str]]]


@pytest.fixture
def rows(site: Any) -> Rows:
    """What an act is answered with, and the events it leaves in the log."""

    def events() -> list[str]:
        with site.store.read() as connection:
            return [str(each.event) for each in audit.entries(connection)]

    def of(act: Callable[[], httpx.Response]) -> tuple[httpx.Response, list[str]]:
        before = len(events())
        answer = act()
        return answer, events()[before:]

    return of


@pytest.fixture
def printed(site: Any) -> str:
    found = re.search(r"2024-W27-o1-[a-z]{3}", site.entered("amina").get("/lists").text)
    assert found
    return found[0]


@pytest.mark.parametrize(("username", "own"), [("beatrice", "/branch/paper"), ("dorcas", "/desk/paper")])
def test_a_sheet_that_is_shown_again_is_written_down_again(
    site: Any, printed: str, rows: Rows, username: str, own: str
) -> None:
    browser = site.entered(username)
    bad = {"printed": printed, "code-1": "L", "kind-1": "V", "happened_on-1": "2024-07-01"}

    for sent, status in (({"printed": printed}, 200), (bad, 422)):
        answer, left = rows(lambda sent=sent: browser.post(own, sent))

        assert (answer.status_code, "Wanjiru Kamau" in answer.text) == (status, True)
        assert left == ["list_viewed"]


@pytest.mark.parametrize("wrong", ["2024-W27-o1-zzz", "2024-W27-o7-bcd", "Wanjiru Kamau"])
def test_a_guess_of_a_printed_id_is_written_down_without_what_was_typed(site: Any, rows: Rows, wrong: str) -> None:
    browser = site.entered("beatrice")

    for ask in (
        lambda: browser.get("/branch/paper", params={"printed": wrong}),
        lambda: browser.post("/branch/paper", {"printed": wrong}),
    ):
        answer, left = rows(ask)

        assert (answer.status_code, left) == (404, ["list_refused"])
    with site.store.read() as connection:
        assert {each.subject for each in audit.entries(connection) if each.event == "list_refused"} == {""}


@pytest.mark.parametrize(
    ("username", "address"),
    [
        ("amina", "/lists/2024-W27-o2"),
        ("amina", "/lists/2024-W27-o99"),
        ("amina", "/lists/2024-W27-o2/1"),
        ("amina", "/lists/2024-W27-o2/file/pdf"),
        ("amina", "/desk/hand-over/2024-W27-desk/1"),
        ("dorcas", "/desk/hand-over/2024-W27-o1/1"),
    ],
)
def test_another_list_asked_for_in_vain_is_written_down(site: Any, rows: Rows, username: str, address: str) -> None:
    browser = site.entered(username)

    answer, left = rows(lambda: browser.get(address))

    assert (answer.status_code, left) == (404, ["list_refused"])


def test_a_form_with_a_mistake_shows_the_client_again_and_says_so(site: Any, rows: Rows) -> None:
    with site.store.write() as connection:
        waiting = handovers.Handover(HANDOVER, "2024-W27-desk", 2, "K-20222", "b1", "", "dorcas", site.clock())
        handovers.keep(connection, waiting)
    for username, address, name in (
        ("amina", "/lists/2024-W27-o1/1", "Wanjiru"),
        ("beatrice", f"/branch/handed/{HANDOVER}/found", "Samuel"),
        ("dorcas", "/desk/hand-over/2024-W27-desk/2", "Samuel"),
    ):
        browser = site.entered(username)

        answer, left = rows(lambda browser=browser, address=address: browser.post(address, {"code": "?"}))

        assert (answer.status_code, name in answer.text) == (422, True)
        assert left == ["client_viewed"]


@pytest.mark.parametrize(
    ("username", "address", "event"),
    [
        ("beatrice", "/holds", "holds_viewed"),
        ("dorcas", "/holds", "holds_viewed"),
        ("paula", "/holds", "holds_viewed"),
        ("adam", "/accounts", "accounts_viewed"),
    ],
)
def test_holds_and_accounts_are_not_read_unseen(site: Any, rows: Rows, username: str, address: str, event: str) -> None:
    answer, left = rows(lambda: site.entered(username).get(address))

    assert (answer.status_code, left) == (200, [event])


def test_the_holds_of_a_client_are_read_with_those_of_many_and_both_are_written_down(site: Any, rows: Rows) -> None:
    _, left = rows(lambda: site.entered("dorcas").get("/holds?client=K-20417"))

    assert left == ["holds_viewed", "client_viewed"]
