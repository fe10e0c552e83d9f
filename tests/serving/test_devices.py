"""Browsers that are known: what others try does not lock them, and what is tried on them locks nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from quick_hashes import quick
from sqlalchemy import select

from serving import accounts, audit, devices
from serving.access import OPERATOR, Scope
from serving.devices import KNOWN_FOR
from serving.events import Event
from serving.settings import Settings
from serving.signing_in import SignedIn, knows_password, sign_in
from serving.store import tables
from serving.store.database import Store

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)
RULES = Settings()
GOOD, WRONG = "three goats by the well", "a boat without any oars"
QUICK = quick()


@pytest.fixture
def made(store: Store) -> Store:
    """A database with two accounts."""
    for name in ("amina", "juma"):
        kept = accounts.hashed(QUICK, GOOD, name, RULES.password_length)
        with store.write() as connection:
            accounts.add(connection, name, Scope.of_text("desk"), OPERATOR, NOW, password_hash=kept)
    return store


def tried(
    store: Store, device: str = "", password: str = GOOD, now: datetime = NOW, username: str = "amina"
) -> SignedIn | None:
    return sign_in(store, QUICK, username, password, now, RULES, device)


def known(store: Store, device: str = "", now: datetime = NOW, username: str = "amina") -> str:
    """By what a browser is known after a sign-in."""
    found = tried(store, device, now=now, username=username)
    assert found is not None
    return found.device


def locked_elsewhere(store: Store, now: datetime = NOW, username: str = "amina") -> None:
    for _ in range(RULES.lock_out_tries):
        assert tried(store, password=WRONG, now=now, username=username) is None
    assert tried(store, now=now, username=username) is None


def test_wrong_passwords_from_elsewhere_do_not_lock_a_browser_that_is_known(made: Store) -> None:
    device = known(made)
    locked_elsewhere(made)

    assert tried(made, device) is not None
    assert tried(made) is None


@pytest.mark.parametrize("wrong", ["", "x", "\ud800", "A" * 5_000])
def test_what_this_server_did_not_give_makes_no_browser_known(made: Store, wrong: str) -> None:
    locked_elsewhere(made)

    assert tried(made, wrong) is None
    later = NOW + timedelta(minutes=RULES.lock_out_minutes)
    assert known(made, wrong, later) != wrong


def test_wrong_passwords_on_a_browser_that_is_known_lock_it_alone(made: Store) -> None:
    device, other = known(made), known(made)
    for _ in range(RULES.lock_out_tries):
        assert tried(made, device, "x") is None

    assert tried(made, device) is None
    assert tried(made, other) is not None
    assert tried(made) is not None
    assert tried(made, device, now=NOW + timedelta(minutes=RULES.lock_out_minutes)) is not None
    with made.read() as connection:
        (row,) = audit.entries(connection, event=Event.LOCKED_OUT)
    assert (row.subject, row.detail) == ("amina", '{"device":true,"minutes":15}')


def test_a_right_password_forgets_the_wrong_ones_on_that_browser_and_none_elsewhere(made: Store) -> None:
    device = known(made)
    for _ in range(RULES.lock_out_tries - 1):
        tried(made, device, "x")
        tried(made, password=WRONG)
    assert knows_password(made, QUICK, "amina", GOOD, NOW, RULES, device)

    for _ in range(RULES.lock_out_tries - 1):
        assert tried(made, device, "x") is None
    assert tried(made, device) is not None
    assert tried(made, password=WRONG) is None
    assert tried(made) is None


def test_a_browser_is_known_for_so_long_after_its_last_sign_in(made: Store) -> None:
    device = known(made)
    again = NOW + KNOWN_FOR - timedelta(seconds=1)
    assert known(made, device, again) == device

    for moment, let_in in ((again + KNOWN_FOR - timedelta(seconds=1), True), (again + 2 * KNOWN_FOR, False)):
        locked_elsewhere(made, moment)
        assert (tried(made, device, now=moment) is not None) == let_in, moment


def test_several_people_share_a_phone(made: Store) -> None:
    device = known(made)
    assert known(made, device, username="juma") == device
    for name in ("amina", "juma"):
        locked_elsewhere(made, username=name)

    for _ in range(RULES.lock_out_tries):
        assert tried(made, device, "x") is None
    assert tried(made, device) is None
    assert tried(made, device, username="juma") is not None


def test_a_browser_is_known_for_the_account_it_was_signed_in_to(made: Store) -> None:
    device = known(made)
    locked_elsewhere(made, username="juma")

    assert tried(made, device, username="juma") is None


def test_a_new_password_and_a_closed_account_make_every_browser_unknown(made: Store) -> None:
    with made.write() as connection:
        kept = connection.execute(select(tables.accounts.c.password_hash)).scalars().first()
    assert kept is not None
    for change in ("password", "closed"):
        device = known(made)
        with made.write() as connection:
            if change == "password":
                accounts.set_password(connection, "Amina", kept, OPERATOR, NOW)
            else:
                accounts.disable(connection, "Amina", OPERATOR, NOW)
                accounts.enable(connection, "Amina", OPERATOR, NOW)
        locked_elsewhere(made)

        assert tried(made, device) is None, change
        with made.write() as connection:
            accounts.unlock(connection, "amina", OPERATOR, NOW)


def test_a_lock_out_is_lifted_on_known_browsers_too(made: Store) -> None:
    device = known(made)
    for _ in range(RULES.lock_out_tries):
        tried(made, device, "x")
    with made.write() as connection:
        accounts.unlock(connection, "Amina", OPERATOR, NOW)

    assert tried(made, device) is not None


def test_only_a_hash_of_what_a_browser_keeps_is_kept_and_not_for_longer(made: Store) -> None:
    device = known(made)
    with made.read() as connection:
        (row,) = connection.execute(select(tables.devices)).all()
    assert device not in repr(row)
    assert row.digest == devices.digest_of(device)
    assert row.expires_at == NOW + KNOWN_FOR

    known(made, now=NOW + KNOWN_FOR, username="juma")

    with made.read() as connection:
        assert connection.execute(select(tables.devices.c.username)).scalars().all() == ["juma"]
