"""Signing in and out, one's own account, and the language of the pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from office import NOW, PASSWORD
from sqlalchemy import func, select

from serving import accounts, audit
from serving.events import Event
from serving.languages import LANGUAGES
from serving.store.tables import sessions

NEW = "granite kettle marsh violin"


def events(site: Any, event: Event) -> int:
    with site.store.read() as connection:
        return len(list(audit.entries(connection, event=event)))


def test_whoever_is_not_signed_in_is_shown_the_door_and_goes_on_from_there(site: Any) -> None:
    browser = site.anybody()

    sent = browser.get("/lists/2024-W26-o1")
    assert sent.headers["location"] == "/login?next=%2Flists%2F2024-W26-o1"
    form = browser.get(sent.headers["location"]).text
    assert 'name="next" value="/lists/2024-W26-o1"' in form
    signed = browser.post("/login", {"username": "Amina ", "password": PASSWORD, "next": "/lists/2024-W26-o1"})

    assert signed.headers["location"] == "/lists/2024-W26-o1"
    assert browser.get("/lists/2024-W26-o1").status_code == 200


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "//["]
)
def test_signing_in_leads_to_no_other_site(site: Any, next_page: str) -> None:
    answer = site.anybody().post("/login", {"username": "amina", "password": PASSWORD, "next": next_page})

    assert answer.headers["location"] == "/"


def test_the_cookie_is_for_this_server_over_https_and_for_no_script(site: Any) -> None:
    answer = site.anybody().post("/login", {"username": "amina", "password": PASSWORD})

    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("exitwatch_session"))
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(site: Any) -> None:
    unknown = site.anybody().post("/login", {"username": "nobody", "password": PASSWORD})
    wrong = site.anybody().post("/login", {"username": "nobody", "password": "x"})
    amina = site.anybody().post("/login", {"username": "amina", "password": "x"})

    assert unknown.status_code == wrong.status_code == amina.status_code == 401
    assert unknown.text == wrong.text == amina.text.replace('value="amina"', 'value="nobody"')


def test_a_form_from_another_site_signs_nobody_in(site: Any) -> None:
    sent = {"username": "amina", "password": PASSWORD}

    answer = site.anybody().post("/login", sent, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_signing_out_ends_the_session_on_the_server_too(site: Any) -> None:
    browser = site.as_("amina")
    kept = dict(browser.cookies)

    assert browser.post("/logout").headers["location"] == "/login?done=left"
    browser.cookies.update(kept)
    assert browser.get("/lists").status_code == 303
    assert events(site, Event.SIGNED_OUT) == 1


def test_a_session_ends_by_itself(site: Any) -> None:
    browser = site.entered("amina")
    site.clock.at = NOW + timedelta(hours=12)

    assert browser.get("/lists").status_code == 303


def test_a_password_is_changed_by_its_owner_and_other_phones_are_signed_out(site: Any) -> None:
    here, there = site.anybody().sign_in("amina"), site.anybody().sign_in("amina")

    answer = here.post("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})

    assert answer.headers["location"] == "/account?done=password"
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert site.anybody().post("/login", {"username": "amina", "password": NEW}).status_code == 303
    assert site.anybody().post("/login", {"username": "amina", "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"old": "wrong", "new": NEW, "again": NEW}, "The old password is not right."),
        ({"old": PASSWORD, "new": NEW, "again": NEW + "x"}, "The two new passwords differ."),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "at least 12 characters"),
    ],
)
def test_a_password_that_cannot_be_changed_stays(site: Any, sent: dict[str, str], said: str) -> None:
    answer = site.as_("amina").post("/account/password", sent)

    assert answer.status_code == 422
    assert said in answer.text
    assert site.anybody().post("/login", {"username": "amina", "password": PASSWORD}).status_code == 303


def test_asking_for_the_old_password_begins_no_session(site: Any) -> None:
    def begun() -> tuple[int, int]:
        with site.store.read() as connection:
            found = connection.execute(select(func.count()).select_from(sessions)).scalar_one()
        return found, events(site, Event.SIGNED_IN)

    browser = site.as_("amina")
    before = begun()
    browser.post("/account/password", {"old": PASSWORD, "new": "short", "again": "short"})

    assert begun() == before


def test_guessing_the_old_password_at_an_open_page_locks_the_account(site: Any) -> None:
    browser = site.entered("amina")
    for _ in range(5):
        browser.post("/account/password", {"old": "guess", "new": NEW, "again": NEW})

    with site.store.read() as connection:
        found = accounts.existing(connection, "amina")
    assert found.locked_until == NOW + timedelta(minutes=15)


def test_guessing_it_on_a_phone_that_is_known_locks_that_phone(site: Any) -> None:
    browser = site.as_("amina")
    for _ in range(5):
        browser.post("/account/password", {"old": "guess", "new": NEW, "again": NEW})

    assert browser.post("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW}).status_code == 422
    assert site.anybody().post("/login", {"username": "amina", "password": PASSWORD}).status_code == 303


def test_strangers_who_guess_all_day_do_not_keep_anybody_out_of_a_browser_they_know(site: Any) -> None:
    adam = site.as_("adam")
    for round_ in range(8):
        site.clock.at = NOW + timedelta(minutes=15 * round_)
        for _ in range(5):
            site.anybody().post("/login", {"username": "adam", "password": "x"})

        assert adam.post("/login", {"username": "adam", "password": PASSWORD}).status_code == 303
        assert site.anybody().post("/login", {"username": "adam", "password": PASSWORD}).status_code == 401


def test_by_what_a_browser_is_known_is_for_this_server_over_https_and_for_no_script(site: Any) -> None:
    answer = site.anybody().post("/login", {"username": "amina", "password": PASSWORD})

    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("exitwatch_device"))
    parts = ("HttpOnly", "Secure", "SameSite=lax", "Path=/", f"Max-Age={180 * 24 * 3600}")
    assert all(part in cookie for part in parts)


def test_whoever_changes_the_own_password_is_known_there_and_nowhere_else(site: Any) -> None:
    here, there = site.anybody().sign_in("amina"), site.anybody().sign_in("amina")
    old = here.cookies["exitwatch_device"]
    here.post("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})
    for _ in range(5):
        site.anybody().post("/login", {"username": "amina", "password": "x"})

    assert here.cookies["exitwatch_device"] != old
    assert there.post("/login", {"username": "amina", "password": NEW}).status_code == 401
    assert here.post("/login", {"username": "amina", "password": NEW}).status_code == 303


def test_the_language_goes_by_account_then_cookie_then_browser_then_institution(site: Any) -> None:
    browser = site.anybody()
    assert 'lang="sw"' in browser.get("/login", headers={"Accept-Language": "xx, sw;q=0.9, fr;q=0.8"}).text
    assert 'lang="en"' in browser.get("/login", headers={"Accept-Language": "xx"}).text
    browser.post("/language", {"language": "fr", "back": "/login"})
    assert 'lang="fr"' in browser.get("/login", headers={"Accept-Language": "sw"}).text
    browser = site.anybody().sign_in("amina")
    browser.post("/language", {"language": "es", "back": "/lists"})
    assert 'lang="es"' in site.anybody().sign_in("amina").get("/lists").text


def test_a_language_there_is_not_changes_nothing(site: Any) -> None:
    browser = site.anybody()

    assert browser.post("/language", {"language": "../x", "back": "//evil.example"}).headers["location"] == "/"
    assert 'lang="en"' in browser.get("/login").text


#: Every page with a visible word of its own, by whoever may read it.
PAGES = {
    "amina": ["/lists", "/lists/2024-W26-o1", "/lists/2024-W27-o1/4", "/account", "/nothing"],
    "dorcas": ["/desk", "/desk/hand-over/2024-W27-desk/2", "/desk/paper", "/holds?client=K-20417"],
    "beatrice": ["/branch", "/branch/paper?printed=x", "/branch/paper?printed={printed}"],
    "paula": ["/rights?client=K-20417", "/audit"],
    "adam": ["/accounts"],
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_speaks_every_language_whole(site: Any, code: str) -> None:
    english = re.compile(r">[^<]*\b(the|is not|of the|This week|Sign out)\b[^<]*<")
    printed = re.search(r"2024-W27-o1-[a-z]{3}", site.entered("amina").get("/lists").text)
    assert printed
    for username, paths in PAGES.items():
        browser = site.entered(username)
        browser.post("/language", {"language": code, "back": "/"})
        for path in paths:
            answer = browser.get(path.format(printed=printed[0]))
            assert answer.status_code in (200, 404), f"{path} answers {answer.status_code} in {code}"
            assert f'<html lang="{code}">' in answer.text
            assert code == "en" or not english.search(answer.text), english.search(answer.text)
    assert f'<html lang="{code}">' in site.anybody().get("/login", headers={"Accept-Language": code}).text
    assert f'<html lang="{code}">' in site.anybody().get("/offline", headers={"Accept-Language": code}).text
