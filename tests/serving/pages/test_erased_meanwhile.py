"""Whoever is erased after a list was read and before something is kept has nothing kept about her."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from serving import handovers, issued, outcomes, rights
from serving.access import OPERATOR
from serving.erasure import rows_about
from serving.given import Sheet
from serving.settings import Settings
from serving.store.database import Store

HANDOVER = "5b2f8a50-2a52-4d39-8d35-6a59a8d0a001"
OUTCOME = "6c2f8a50-2a52-4d39-8d35-6a59a8d0a002"
FOUND = {"outcome_id": OUTCOME, "code": "S", "kind": "visit", "happened_on": "2024-07-01", "do_not_contact": "yes"}

Erased = Callable[[str, Callable[[], httpx.Response]], httpx.Response]


@pytest.fixture
def meanwhile(site: Any, monkeypatch: pytest.MonkeyPatch) -> Erased:
    """Do something while a client is erased just before the database is first written to."""

    def during(client: str, act: Callable[[], httpx.Response]) -> httpx.Response:
        happened = []

        @contextmanager
        def later(store: Store) -> Iterator[Connection]:
            monkeypatch.undo()
            happened.append(client)
            rights.erase(site.store, site.home, Settings(), client, site.clock(), site.clock().date(), OPERATOR)
            with store.write() as connection:
                yield connection

        monkeypatch.setattr(Store, "write", later)
        answer = act()
        assert happened == [client]
        return answer

    return during


def kept(site: Any, client: str) -> int:
    with site.store.read() as connection:
        return rows_about(connection, client)


def printed(site: Any) -> str:
    with site.store.read() as connection:
        found = issued.sheet(connection, "2024-W27-o1")
    assert found
    return str(found[1].printed_id)


def test_what_an_officer_tells_of_her_is_not_kept(site: Any, amina: Any, meanwhile: Erased) -> None:
    amina.get("/lists")

    answer = meanwhile("K-20417", lambda: amina.post("/lists/2024-W27-o1/1", FOUND))

    assert (answer.status_code, kept(site, "K-20417")) == (404, 0)
    assert "Wanjiru" not in answer.text


def test_what_stood_on_paper_of_her_is_not_kept_and_the_rest_is(site: Any, meanwhile: Erased) -> None:
    beatrice, number = site.entered("beatrice"), printed(site)
    beatrice.get("/branch")
    day = {f"{name}-{place}": FOUND[name] for place in (1, 2) for name in ("code", "happened_on")}
    sent = {"printed": number, "outcome_id-1": HANDOVER, "outcome_id-2": OUTCOME, "kind-1": "V", "kind-2": "V"}

    answer = meanwhile("K-20417", lambda: beatrice.post("/branch/paper", sent | day | {"do_not_contact-1": "yes"}))

    assert (answer.status_code, kept(site, "K-20417")) == (200, 0)
    assert "1 line kept." in answer.text
    assert "Wanjiru" not in answer.text
    with site.store.read() as connection:
        assert [each.client_id for each in outcomes.of_list(connection, "2024-W27-o1")] == ["K-20533"]


def test_her_line_is_not_handed_over(site: Any, meanwhile: Erased) -> None:
    dorcas = site.entered("dorcas")
    dorcas.get("/desk")
    sent = {"handover_id": HANDOVER, "branch_id": "b1", "note": "on her"}

    answer = meanwhile("K-20222", lambda: dorcas.post("/desk/hand-over/2024-W27-desk/2", sent))

    assert (answer.status_code, kept(site, "K-20222")) == (404, 0)
    with site.store.read() as connection:
        assert handovers.of_list(connection, "2024-W27-desk") == []


def test_what_a_branch_found_at_her_line_is_not_kept(site: Any, meanwhile: Erased) -> None:
    beatrice = site.entered("beatrice")
    with site.store.write() as connection:
        found = issued.sheet(connection, "2024-W27-desk")
        assert found
        given = {"handover_id": HANDOVER, "note": "", "actor": "dorcas", "at": site.clock()}
        handovers.hand(connection, Sheet.of(found[1]), "K-20222", "b1", **given)
    beatrice.get("/branch")

    answer = meanwhile("K-20222", lambda: beatrice.post(f"/branch/handed/{HANDOVER}/found", FOUND))

    assert (answer.status_code, kept(site, "K-20222")) == (404, 0)


@pytest.mark.parametrize("way", ["", "/paper"])
def test_what_a_machine_sends_of_her_is_refused(site: Any, meanwhile: Erased, way: str) -> None:
    beatrice, number = site.entered("beatrice"), printed(site)
    beatrice.get("/branch")
    told = {"code": "S", "kind": "visit", "do_not_contact": True, "note": "on her"}
    line = told | {"outcome_id": OUTCOME, "list_id": "2024-W27-o1", "client_id": "K-20417"}
    body = {
        "": {"outcomes": [line | {"happened_on": "2024-07-01"}]},
        "/paper": {"printed_id": number, "happened_on": "2024-07-01", "lines": [told | {"place": 1}]},
    }[way]
    headers = {"X-CSRF-Token": beatrice.csrf}

    answer = meanwhile("K-20417", lambda: beatrice.ask("POST", f"/v1/outcomes{way}", json=body, headers=headers))

    (one,) = answer.json()["answers"]
    assert (one["status"], one["why"]["code"], kept(site, "K-20417")) == ("refused", "not_found", 0)
