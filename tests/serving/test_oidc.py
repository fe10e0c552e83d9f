"""Signing in through OpenID Connect, against a real provider on loopback."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey
from quick_hashes import quick
from small_provider import CLIENT, SECRET, Provider, rsa_key, signed_with_the_public_key, small_provider, unsigned
from sqlalchemy import select

from features.errors import Busy, UsageError
from serving import accounts, audit
from serving.access import OPERATOR, Role, Scope
from serving.oidc import STATE_LASTS, Begun, Entered, OpenID, Why
from serving.settings import Settings
from serving.signing_in import sign_in
from serving.store import tables
from serving.store.database import Store

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)
BACK = "https://exitwatch.example/login/openid/back"
AMINA = {
    "sub": "4711",
    "preferred_username": "Amina.Otieno",
    "name": "Amina Otieno",
    "exitwatch_role": "officer",
    "exitwatch_of": "o1",
}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with small_provider() as running:
        running.now = int(NOW.timestamp())
        running.user = dict(AMINA)
        yield running


@pytest.fixture
def openid(provider: Provider) -> OpenID:
    return OpenID(settings_for(provider), SECRET)


def settings_for(provider: Provider, **more: Any) -> Settings:
    return Settings(oidc_issuer=provider.issuer, oidc_client_id=CLIENT, **more)


@cache
def browser() -> httpx.Client:
    return httpx.Client(trust_env=False)


def sent_back(begun: Begun) -> dict[str, str]:
    """What the browser brings back from the provider."""
    there = browser().get(begun.url)
    assert there.status_code == 303
    assert there.headers["location"].startswith(BACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(there.headers["location"]).query).items()}


def entered(openid: OpenID, store: Store, now: datetime = NOW) -> Entered | Why:
    begun = openid.begin(store, now, BACK, "/lists")
    return openid.finish(store, now, begun.state, sent_back(begun))


def logged(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as connection:
        return [(row.event, row.subject, row.detail) for row in audit.entries(connection)]


def test_who_signs_in_there_is_let_in_here_in_the_role_the_provider_names(openid: OpenID, store: Store) -> None:
    found = entered(openid, store)

    assert isinstance(found, Entered)
    assert found.back_to == "/lists"
    account = found.signed_in.session.account
    assert (account.username, account.scope, account.display_name) == (
        "amina.otieno",
        Scope(Role.OFFICER, "o1"),
        "Amina Otieno",
    )
    assert not account.by_password
    assert logged(store) == [
        ("account_added", "amina.otieno", '{"scope":"officer:o1"}'),
        ("signed_in", "amina.otieno", '{"way":"openid"}'),
    ]


def test_the_second_time_it_is_the_same_account_even_under_another_name(
    openid: OpenID, store: Store, provider: Provider
) -> None:
    entered(openid, store)
    provider.user["preferred_username"] = "amina.kamau"

    found = entered(openid, store)

    assert isinstance(found, Entered)
    assert found.signed_in.session.account.username == "amina.otieno"


def test_another_role_at_the_provider_counts_at_the_next_sign_in(
    openid: OpenID, store: Store, provider: Provider
) -> None:
    entered(openid, store)
    provider.user |= {"exitwatch_role": "manager", "exitwatch_of": "b1"}

    found = entered(openid, store)

    assert isinstance(found, Entered)
    assert found.signed_in.session.account.scope == Scope(Role.MANAGER, "b1")
    assert ("account_changed", "amina.otieno", '{"before":"officer:o1","scope":"manager:b1"}') in logged(store)


NO_ROLES: list[dict[str, Any]] = [
    {"exitwatch_role": "boss"},
    {"exitwatch_role": ""},
    {"exitwatch_role": None},
    {"exitwatch_role": ["officer"]},
    {"exitwatch_role": "Officer"},
    {"exitwatch_role": "officer:o2"},
    {"exitwatch_of": ""},
    {"exitwatch_of": 7},
    {"exitwatch_role": "desk"},
]


def test_a_role_there_is_not_is_refused_and_none_is_given_instead(
    openid: OpenID, store: Store, provider: Provider
) -> None:
    for claims in NO_ROLES:
        provider.user = AMINA | claims
        assert entered(openid, store) is Why.ROLE, claims

    with store.read() as connection:
        assert accounts.every(connection) == ()
    assert set(logged(store)) == {("sign_in_failed", "amina.otieno", '{"way":"openid","why":"role"}')}


def test_without_any_role_claim_nobody_is_let_in(openid: OpenID, store: Store, provider: Provider) -> None:
    del provider.user["exitwatch_role"]

    assert entered(openid, store) is Why.ROLE


def test_the_claims_are_those_the_settings_name(store: Store, provider: Provider) -> None:
    provider.user |= {"groups_role": "manager", "groups_of": "b 1"}
    named = settings_for(provider, oidc_role_claim="groups_role", oidc_scope_claim="groups_of")

    found = entered(OpenID(named, SECRET), store)

    assert isinstance(found, Entered)
    assert found.signed_in.session.account.scope == Scope(Role.MANAGER, "b 1")


def changed(**claims: Any) -> Callable[[dict[str, Any]], None]:
    def change(given: dict[str, Any]) -> None:
        given.update(claims)
        for name in [name for name, value in given.items() if value is ...]:
            del given[name]

    return change


AT = int(NOW.timestamp())


NOT_FOR_THIS: list[dict[str, Any]] = [
    {"nonce": "another"},
    {"nonce": ...},
    {"nonce": ""},
    {"aud": "another client"},
    {"aud": ["another client", "and another"]},
    {"aud": ...},
    {"aud": [CLIENT, "another client"]},
    {"aud": [CLIENT, "another client"], "azp": "another client"},
    {"azp": "another client"},
    {"iss": "https://other.example"},
    {"iss": ...},
    {"exp": AT - 61},
    {"exp": ...},
    {"exp": "tomorrow"},
    {"iat": AT + 3600},
    {"iat": ...},
    {"nbf": AT + 3600},
    {"sub": ...},
    {"sub": 7},
]


def test_an_id_token_that_is_not_for_this_sign_in_is_refused(openid: OpenID, store: Store, provider: Provider) -> None:
    for claims in NOT_FOR_THIS:
        provider.change = changed(**claims)
        assert entered(openid, store) is Why.ANSWER, claims

    with store.read() as connection:
        assert accounts.every(connection) == ()


def test_an_id_token_for_several_of_which_this_one_asked_is_good(
    openid: OpenID, store: Store, provider: Provider
) -> None:
    provider.change = changed(aud=[CLIENT, "another client"], azp=CLIENT)

    assert isinstance(entered(openid, store), Entered)


def test_a_signature_that_is_not_the_providers_is_refused(openid: OpenID, store: Store, provider: Provider) -> None:
    others = Provider(provider.issuer)
    others.keys = [RSAKey.import_key(rsa_key("two").as_dict(private=True) | {"kid": "one"})]
    ways: dict[str, Callable[[dict[str, Any]], str]] = {
        "another key": others.signed,
        "no signature": unsigned,
        "the public key": signed_with_the_public_key(provider),
        "changed": lambda claims: provider.signed(claims)[:-8] + "AAAAAAAA",
        "no token": lambda claims: "",
    }
    for way, sign in ways.items():
        provider.sign = sign
        assert entered(openid, store) is Why.ANSWER, way

    provider.sign = provider.signed
    assert isinstance(entered(openid, store), Entered)


def test_a_new_key_of_the_provider_is_found(openid: OpenID, store: Store, provider: Provider) -> None:
    assert isinstance(entered(openid, store), Entered)
    provider.keys = [ECKey.generate_key("P-256", {"kid": "two"})]

    assert isinstance(entered(openid, store), Entered)
    assert provider.asked.count("/keys") == 2


def test_a_key_for_encryption_signs_nothing(openid: OpenID, store: Store, provider: Provider) -> None:
    provider.use = "enc"

    assert entered(openid, store) is Why.ANSWER


def test_an_answer_is_good_once(openid: OpenID, store: Store, provider: Provider) -> None:
    begun = openid.begin(store, NOW, BACK)
    answer = sent_back(begun)
    assert isinstance(openid.finish(store, NOW, begun.state, answer), Entered)

    provider.codes[answer["code"]] = parse(begun.url)  # as if the provider took its codes twice
    assert openid.finish(store, NOW, begun.state, answer) is Why.ANSWER


def parse(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_an_answer_is_good_in_the_browser_that_asked(openid: OpenID, store: Store) -> None:
    """Else somebody could be signed in, unawares, to the account of whoever sent them the address."""
    other = openid.begin(store, NOW, BACK)
    for kept in (None, "", "x", other.state):
        begun = openid.begin(store, NOW, BACK)
        assert openid.finish(store, NOW, kept, sent_back(begun)) is Why.ANSWER


def test_an_answer_is_good_for_some_minutes(openid: OpenID, store: Store) -> None:
    begun = openid.begin(store, NOW, BACK)

    assert openid.finish(store, NOW + STATE_LASTS, begun.state, sent_back(begun)) is Why.ANSWER


def test_an_answer_that_was_changed_is_refused(openid: OpenID, store: Store) -> None:
    changes = (
        ("state", "x"),
        ("state", ""),
        ("state", "\ud800"),
        ("code", ""),
        ("code", "x"),
        ("iss", "https://x.example"),
    )
    for name, value in changes:
        begun = openid.begin(store, NOW, BACK)
        assert openid.finish(store, NOW, begun.state, sent_back(begun) | {name: value}) is Why.ANSWER, name

    assert logged(store) == [("sign_in_failed", "", '{"way":"openid","why":"answer"}')] * len(changes)


def test_what_is_kept_of_a_sign_in_on_its_way_is_no_state(openid: OpenID, store: Store) -> None:
    begun = openid.begin(store, NOW, BACK)
    later = openid.begin(store, NOW + STATE_LASTS, BACK)

    with store.read() as connection:
        rows = connection.execute(select(tables.openid_tries)).all()
    assert len(rows) == 1
    assert begun.state not in repr(rows)
    assert later.state not in repr(rows)
    query = parse(begun.url)
    assert (query["response_type"], query["code_challenge_method"], query["tenant"]) == ("code", "S256", "1")


def test_an_account_with_a_password_is_not_taken_over_by_a_name(openid: OpenID, store: Store) -> None:
    with store.write() as connection:
        kept = accounts.hashed(quick(), "three goats by the well", "amina.otieno", 12)
        accounts.add(connection, "amina.otieno", Scope(Role.ADMIN), OPERATOR, NOW, password_hash=kept)

    assert entered(openid, store) is Why.TAKEN
    assert sign_in(store, quick(), "amina.otieno", "three goats by the well", NOW, Settings()) is not None


def test_a_closed_account_stays_closed(openid: OpenID, store: Store) -> None:
    entered(openid, store)
    with store.write() as connection:
        accounts.disable(connection, "amina.otieno", OPERATOR, NOW)

    assert entered(openid, store) is Why.DISABLED


def test_a_name_that_can_be_none_here_gives_way_to_another_claim(
    openid: OpenID, store: Store, provider: Provider
) -> None:
    for number, username in enumerate(("", "a b", None, "Amina Otieno")):
        user = {"sub": f"{number}", "preferred_username": username, "email": f"Amina{number}@mfi.example"}
        provider.user = AMINA | user

        found = entered(openid, store)

        assert isinstance(found, Entered)
        assert found.signed_in.session.account.username == f"amina{number}@mfi.example"


def test_this_client_proves_itself_as_the_provider_asks(store: Store, provider: Provider) -> None:
    cases: list[tuple[list[str] | None, str | None]] = [
        (["client_secret_post"], SECRET),
        (["client_secret_basic"], SECRET),
        (["none"], None),
        (None, SECRET),
    ]
    for methods, secret in cases:
        provider.secret = secret
        provider.described.pop("token_endpoint_auth_methods_supported", None)
        if methods is not None:
            provider.described["token_endpoint_auth_methods_supported"] = methods
        assert isinstance(entered(OpenID(settings_for(provider), secret), store), Entered), methods


def test_a_wrong_secret_lets_nobody_in(store: Store, provider: Provider) -> None:
    assert entered(OpenID(settings_for(provider), "wrong"), store) is Why.ANSWER


def test_a_provider_that_calls_itself_otherwise_is_not_believed(
    openid: OpenID, store: Store, provider: Provider
) -> None:
    provider.described["issuer"] = provider.issuer + "/"

    with pytest.raises(UsageError, match="is not how that provider names itself"):
        openid.begin(store, NOW, BACK)


def test_nothing_goes_over_a_line_that_others_read(openid: OpenID, store: Store, provider: Provider) -> None:
    described = dict(provider.described)
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        provider.described = described | {name: "http://provider.example/x"}
        with pytest.raises(UsageError, match="not reached over https"):
            openid.begin(store, NOW, BACK)


def test_a_provider_in_trouble_is_said_to_be(openid: OpenID, store: Store, provider: Provider) -> None:
    for odd in ((500, b"{}"), (404, b"{}"), (200, b"<html>"), (200, b"[]"), (200, b'{"issuer": 1}')):
        provider.answers = lambda odd=odd: odd  # type: ignore[misc]
        with pytest.raises(Busy if odd[0] == 500 else UsageError):
            openid.begin(store, NOW, BACK)


def test_a_provider_that_is_not_there_is_said_not_to_answer(store: Store) -> None:
    gone = OpenID(Settings(oidc_issuer="http://127.0.0.1:1", oidc_client_id="x"))

    with pytest.raises(Busy, match="does not answer; try again later, or sign in with a password"):
        gone.begin(store, NOW, BACK)


def test_without_an_issuer_nothing_is_offered_and_the_network_not_reached(store: Store) -> None:
    none = OpenID(Settings())

    assert not none.offered
    with pytest.raises(UsageError, match="no OpenID Connect provider is named"):
        none.begin(store, NOW, BACK)


def test_the_description_is_read_again_after_an_hour(openid: OpenID, store: Store, provider: Provider) -> None:
    for minutes in (0, 59, 60):
        openid.begin(store, NOW + timedelta(minutes=minutes), BACK)

    assert provider.asked.count("/.well-known/openid-configuration") == 2
