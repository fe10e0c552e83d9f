"""Signing in on the pages with the account of one's organisation, against a real provider on loopback."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from office import INSTITUTION, NOW
from small_provider import CLIENT, SECRET, Provider, small_provider

from serving.oidc import OpenID
from serving.settings import Settings

USER = {
    "sub": "4711",
    "preferred_username": "neema",
    "name": "Neema",
    "exitwatch_role": "officer",
    "exitwatch_of": "o1",
}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with small_provider() as running:
        running.now = int(NOW.timestamp())
        running.user = dict(USER)
        yield running


@pytest.fixture
def federated(site: Any, provider: Provider) -> Iterator[Any]:
    """The institution, whose people sign in at a provider."""
    state = site.app.state
    before = state.served.settings, state.openid
    state.served.settings = Settings(
        institution=INSTITUTION, timezone="Africa/Nairobi", oidc_issuer=provider.issuer, oidc_client_id=CLIENT
    )
    state.openid = OpenID(state.served.settings, SECRET)
    yield site
    state.served.settings, state.openid = before


def sent_back(sent: httpx.Response) -> str:
    """Where the browser goes when the provider has let its user in."""
    assert sent.status_code == 303
    with httpx.Client(trust_env=False) as browser:
        answer = browser.get(sent.headers["location"])
    address = answer.headers["location"]
    assert address.startswith("https://exitwatch.example/login/openid/back?")
    return str(address.removeprefix("https://exitwatch.example"))


def test_who_is_let_in_there_is_let_in_here_and_goes_on_where_they_wanted_to(federated: Any) -> None:
    browser = federated.anybody()
    form = browser.get("/login?next=/account").text
    assert 'href="/login/openid?next=%2Faccount"' in form

    answer = browser.get(sent_back(browser.get("/login/openid?next=/account")))

    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "neema" in browser.get("/account").text
    assert "its password is changed there" in browser.get("/account").text
    assert browser.get("/lists").status_code == 200


def test_the_answer_to_another_browser_lets_nobody_in(federated: Any) -> None:
    mine, theirs = federated.anybody(), federated.anybody()
    theirs.get("/login/openid")

    answer = theirs.get(sent_back(mine.get("/login/openid")))

    assert answer.status_code == 401
    assert "That did not work. Try again from the beginning." in answer.text
    assert theirs.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (USER | {"exitwatch_role": "king"}, "Your organisation has not said what you may do here."),
        (USER | {"preferred_username": "amina"}, "There is an account of your name that signs in with a password."),
    ],
)
def test_who_is_not_let_in_is_told_why(federated: Any, provider: Provider, user: dict[str, str], said: str) -> None:
    provider.user = user
    browser = federated.anybody()

    answer = browser.get(sent_back(browser.get("/login/openid")))

    assert answer.status_code == 401
    assert said in answer.text


def test_it_leads_to_no_other_site(federated: Any) -> None:
    browser = federated.anybody()

    answer = browser.get(sent_back(browser.get("/login/openid?next=//evil.example")))

    assert answer.headers["location"] == "/"


def test_where_there_is_no_provider_there_is_no_such_page(site: Any) -> None:
    assert site.anybody().get("/login/openid").status_code == 404
    assert "openid" not in site.anybody().get("/login").text
