"""The administrator's accounts, and the audit log as a page."""

import re
from typing import Any

import pytest
from office import PASSWORD
from sqlalchemy import text

from serving import accounts

NEW = "granite kettle marsh violin"


@pytest.fixture
def adam(site: Any) -> Any:
    return site.entered("adam")


def test_an_account_is_made_and_its_owner_signs_in(site: Any, adam: Any) -> None:
    sent = {"username": "Neema", "display_name": "Neema W.", "role": "officer", "of": "o9", "password": NEW}

    assert adam.post("/accounts", sent).headers["location"] == "/accounts?done=added"

    assert "Neema W." in adam.get("/accounts").text
    assert site.anybody().post("/login", {"username": "neema", "password": NEW}).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [{"role": "king"}, {"role": "officer", "of": ""}, {"username": "amina"}, {"password": "short"}, {"username": "!"}],
)
def test_an_account_that_cannot_be_is_refused_in_words(site: Any, adam: Any, wrong: dict[str, str]) -> None:
    sent = {"username": "neema", "display_name": "", "role": "desk", "of": "", "password": NEW} | wrong

    answer = adam.post("/accounts", sent)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert NEW not in answer.text


def test_an_account_is_closed_opened_unlocked_and_given_a_password(site: Any, adam: Any) -> None:
    amina = site.as_("amina")
    assert adam.post("/accounts/amina/disable").status_code == 303
    assert amina.get("/lists").status_code == 303
    assert site.anybody().post("/login", {"username": "amina", "password": PASSWORD}).status_code == 401
    adam.post("/accounts/amina/enable")
    for _ in range(5):
        site.anybody().post("/login", {"username": "amina", "password": "x"})
    assert "locked" in adam.get("/accounts").text
    adam.post("/accounts/amina/unlock")
    assert site.anybody().post("/login", {"username": "amina", "password": PASSWORD}).status_code == 303
    adam.post("/accounts/amina/reset", {"password": NEW})
    assert site.anybody().post("/login", {"username": "amina", "password": NEW}).status_code == 303


@pytest.mark.parametrize("typed", ["adam", "ADAM", "%20Adam", "ａｄａｍ"])
def test_nobody_closes_the_own_account(site: Any, adam: Any, typed: str) -> None:
    assert adam.post(f"/accounts/{typed}/disable").status_code == 422
    with site.store.read() as connection:
        assert accounts.existing(connection, "adam").active


@pytest.mark.parametrize("path", ["/accounts/amina/promote", "/accounts/nobody/unlock"])
def test_what_there_is_not_is_not_done(adam: Any, path: str) -> None:
    assert adam.post(path).status_code in (404, 422)


def test_the_log_is_read_newest_first_and_narrowed(site: Any) -> None:
    site.entered("amina").get("/lists")
    site.entered("kofi").get("/lists")
    paula = site.entered("paula")

    assert re.findall(r"<td[^>]*>(amina|kofi) <small>", paula.get("/audit?event=list_viewed").text) == ["kofi", "amina"]
    assert re.findall(r"<td[^>]*>(amina|kofi) <small>", paula.get("/audit?actor=amina&event=list_viewed").text) == [
        "amina"
    ]
    assert "2024-W27-o2" in paula.get("/audit?subject=2024-W27-o2").text
    assert "audit_viewed" in paula.get("/audit").text


def test_a_client_is_found_in_the_log_by_id_and_shown_by_pseudonym(site: Any) -> None:
    site.entered("dorcas").get("/holds?client=K-20417")

    answer = site.entered("paula").get("/audit?client=K-20417").text

    assert "client_viewed" in answer
    assert "client-" in answer


def test_many_rows_are_shown_a_page_at_a_time(site: Any) -> None:
    with site.store.write() as connection:
        from serving import audit
        from serving.events import Event

        for _ in range(250):
            audit.record(connection, site.clock.at, "x", "desk", Event.SIGNED_OUT)
    paula = site.entered("paula")

    first = paula.get("/audit?actor=x").text
    older = re.search(r'href="(/audit\?[^"]+)">Older rows', first)
    assert older
    assert "200 rows" in first
    assert "50 rows" in paula.get(older[1].replace("&amp;", "&")).text


@pytest.mark.parametrize("before", [2**31, 2**63, 10**23])
def test_a_number_that_no_row_can_have_is_no_place_in_the_log(stored_site: Any, before: int) -> None:
    paula = stored_site.as_("paula")

    assert paula.get(f"/audit?before={before}").status_code == 422
    assert paula.get(f"/audit?before={2**31 - 1}").status_code == 200


def test_verifying_tells_a_whole_chain_from_a_broken_one(site: Any) -> None:
    paula = site.entered("paula")
    assert "The log is whole" in paula.post("/audit/verify").text
    with site.store.write() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE audit SET actor = 'nobody' WHERE seq = 3"))

    assert "The log is not as it was written: row 3." in paula.post("/audit/verify").text
