"""Accounts, their passwords, and signing in with one."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from unicodedata import normalize

import pytest
from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY
from hypothesis import given, settings
from hypothesis import strategies as st
from quick_hashes import PARAMETERS, quick
from sqlalchemy import event, select

from features.errors import Busy, UsageError
from serving import accounts, audit
from serving.access import OPERATOR, Role, Scope
from serving.passwords import Passwords, check_choice
from serving.settings import Settings
from serving.signing_in import SignedIn, sign_in, sign_out
from serving.store import tables
from serving.store.database import Store

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)
RULES = Settings()
GOOD = "three goats by the well"
OTHER = "a boat without any oars"
QUICK = quick()


def made(store: Store, username: str = "amina", scope: str = "officer:o1", password: str | None = GOOD) -> None:
    kept = None if password is None else accounts.hashed(QUICK, password, username, RULES.password_length)
    with store.write() as connection:
        accounts.add(connection, username, Scope.of_text(scope), OPERATOR, NOW, password_hash=kept)


def entered(
    store: Store, username: str = "amina", password: str = GOOD, now: datetime = NOW, passwords: Passwords = QUICK
) -> SignedIn | None:
    return sign_in(store, passwords, username, password, now, RULES)


def logged(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as connection:
        return [(row.event, row.subject, row.detail) for row in audit.entries(connection)]


def row_of(store: Store, username: str = "amina") -> Any:
    with store.read() as connection:
        return connection.execute(select(tables.accounts).where(tables.accounts.c.username == username)).one()


def test_who_knows_the_password_is_let_in(store: Store) -> None:
    made(store)

    found = entered(store)

    assert found is not None
    assert found.session.person.scope == Scope(Role.OFFICER, "o1")
    assert found.session.person.actor == "amina"
    assert logged(store)[-1] == ("signed_in", "amina", '{"way":"password"}')


def test_a_name_is_the_same_however_it_is_typed(store: Store) -> None:
    made(store)

    for typed in ("Amina", " amina ", "AMINA", "ＡＭＩＮＡ"):
        assert entered(store, typed) is not None, typed


def test_a_password_is_the_same_on_whatever_keyboard(store: Store) -> None:
    composed = "crème brûlée à midi"
    made(store, "amina", "desk", composed)

    assert entered(store, "amina", normalize("NFD", composed)) is not None
    assert normalize("NFD", composed) != composed


def test_a_wrong_password_is_refused(store: Store) -> None:
    made(store)

    for password in ("", GOOD + " ", GOOD.upper(), OTHER, "\ud800", "a\x00b", "x" * 100_000):
        assert entered(store, password=password) is None, password[:20]
        assert logged(store)[-1] == ("sign_in_failed", "amina", '{"way":"password","why":"password"}')
        with store.write() as connection:
            accounts.unlock(connection, "amina", OPERATOR, NOW)


def test_a_wrong_name_is_refused_and_not_written_down(store: Store) -> None:
    made(store)

    for name in ("baba", "", "amina' or '1'='1", "\ud800", "a\x00b", "x" * 10_000, "amina x"):
        assert entered(store, name) is None, name[:20]
        kind, subject, detail = logged(store)[-1]
        assert (kind, detail) == ("sign_in_failed", '{"way":"password","why":"unknown"}')
        assert subject.startswith("unknown-")
        assert not name or name not in subject


class Watched(PasswordHasher):
    """Writes down which hashes were compared."""

    def __init__(self, seen: list[str]) -> None:
        super().__init__(PARAMETERS.time_cost, PARAMETERS.memory_cost, PARAMETERS.parallelism)
        self.seen = seen

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.seen.append(str(hash))
        return super().verify(hash, password)


def watched(seen: list[str]) -> Passwords:
    passwords = quick()
    passwords._hasher = Watched(seen)
    return passwords


def test_a_wrong_name_costs_as_much_as_a_wrong_password(store: Store) -> None:
    """The same kind of hash is computed and the same statements reach the database: time tells nobody's name."""
    made(store)
    made(store, "closed")
    with store.write() as connection:
        accounts.disable(connection, "closed", OPERATOR, NOW)
    work: list[str] = []
    passwords = watched(work)
    entered(store, "nobody at all", OTHER, passwords=passwords)  # what is made once is made
    event.listen(store.engine, "before_cursor_execute", lambda *given: work.append(given[2].split(" WHERE ")[0]))
    done = {}
    for name in ("amina", "baba", "closed"):
        work.clear()
        entered(store, name, OTHER, passwords=passwords)
        # The key of pseudonyms is read for a name that is nobody's.
        done[name] = ["$".join(step.split("$")[:4]) for step in work if not step.startswith("SELECT facts")]

    assert done["amina"] == done["baba"] == done["closed"]
    assert sum(step.startswith("$argon2id$") for step in done["baba"]) == 1


def test_so_many_wrong_passwords_lock_an_account_for_so_long(store: Store) -> None:
    made(store)
    for _ in range(RULES.lock_out_tries):
        assert entered(store, password=OTHER) is None

    locked = timedelta(minutes=RULES.lock_out_minutes)
    assert entered(store) is None
    assert entered(store, now=NOW + locked - timedelta(seconds=1)) is None
    assert entered(store, now=NOW + locked) is not None
    assert [kind for kind, *_ in logged(store)].count("locked_out") == 1


def test_tries_while_locked_do_not_lock_for_longer(store: Store) -> None:
    made(store)
    for _ in range(RULES.lock_out_tries):
        entered(store, password=OTHER)
    for minute in range(RULES.lock_out_minutes):
        entered(store, password=OTHER, now=NOW + timedelta(minutes=minute))

    assert entered(store, now=NOW + timedelta(minutes=RULES.lock_out_minutes)) is not None


def test_a_lock_out_that_has_passed_gives_all_tries_again(store: Store) -> None:
    made(store)
    for _ in range(RULES.lock_out_tries):
        entered(store, password=OTHER)
    later = NOW + timedelta(minutes=RULES.lock_out_minutes)
    for _ in range(RULES.lock_out_tries - 1):
        entered(store, password=OTHER, now=later)

    assert entered(store, now=later) is not None


def test_a_right_password_forgets_the_wrong_ones_before(store: Store) -> None:
    made(store)
    for _ in range(3):
        for _ in range(RULES.lock_out_tries - 1):
            assert entered(store, password=OTHER) is None
        assert entered(store) is not None


def test_many_tries_at_once_are_no_more_tries(store: Store) -> None:
    made(store)
    compared: list[str] = []
    counted = watched(compared)
    mine = row_of(store).password_hash
    start = threading.Barrier(10)

    def guess() -> None:
        start.wait()
        entered(store, password=OTHER, passwords=counted)

    threads = [threading.Thread(target=guess) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    failed = [detail for kind, _, detail in logged(store) if kind == "sign_in_failed"]
    assert sum('"password"}' in detail for detail in failed) == RULES.lock_out_tries
    assert sum('"locked"}' in detail for detail in failed) == 10 - RULES.lock_out_tries
    assert compared.count(mine) == 10


def test_a_lock_out_can_be_lifted(store: Store) -> None:
    made(store)
    for _ in range(RULES.lock_out_tries):
        entered(store, password=OTHER)
    with store.write() as connection:
        accounts.unlock(connection, "Amina", OPERATOR, NOW)

    assert entered(store) is not None


def test_a_closed_account_lets_nobody_in_until_it_is_opened(store: Store) -> None:
    made(store)
    with store.write() as connection:
        accounts.disable(connection, "amina", OPERATOR, NOW)
    assert entered(store) is None
    assert logged(store)[-1][2] == '{"way":"password","why":"disabled"}'

    with store.write() as connection:
        accounts.enable(connection, "amina", OPERATOR, NOW)
    assert entered(store) is not None


def test_an_account_closed_while_its_password_is_compared_lets_nobody_in(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(store)

    def slowly(kept: str, password: str) -> bool:
        with store.write() as connection:
            accounts.disable(connection, "amina", OPERATOR, NOW)
        return True

    passwords = quick()
    monkeypatch.setattr(passwords, "matches", slowly)

    assert entered(store, passwords=passwords) is None


def test_an_account_without_a_password_is_not_entered_with_one(store: Store) -> None:
    made(store, password=None)

    for password in ("", GOOD, "nobody's"):
        assert entered(store, password=password) is None


def test_hashes_of_another_cost_are_made_anew_at_the_next_right_password(store: Store) -> None:
    made(store)
    before = row_of(store).password_hash
    dearer = Passwords(replace(PARAMETERS, time_cost=2))

    assert entered(store, password=OTHER, passwords=dearer) is None
    assert row_of(store).password_hash == before
    assert entered(store, passwords=dearer) is not None
    assert ",t=2," in row_of(store).password_hash
    assert entered(store, passwords=dearer) is not None


def test_passwords_cost_what_rfc_9106_recommends() -> None:
    assert Passwords()._hasher._parameters == RFC_9106_LOW_MEMORY
    assert Passwords().hash(GOOD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_only_a_hash_of_the_password_is_kept(store: Store) -> None:
    made(store)

    assert row_of(store).password_hash.startswith("$argon2id$")
    assert GOOD not in repr(row_of(store))


def test_too_many_at_once_are_told_to_come_back() -> None:
    passwords = quick()
    with passwords._turn(), passwords._turn():
        for _ in range(16):
            passwords._places.acquire()
        with pytest.raises(Busy, match="try again in a few seconds"):
            passwords.hash(GOOD)


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "PasswordPassword",
        "qwertyuiopas",
        "123456789012",
        "210987654321",
        "abcdefghijklm",
        "aaaaaaaaaaaaaa",
        "121212121212",
        "amina2024!!!",
        "amina.otieno",
        "Otieno-20240701",
        "aminaaminaamina",
        "exitwatch2024",
        "Welcome 2024!",
    ],
)
def test_the_first_passwords_anybody_would_try_are_refused(password: str) -> None:
    with pytest.raises(UsageError, match="among the first that are tried") as refused:
        check_choice(password, "amina.otieno", 12)
    assert password.casefold() not in str(refused.value).casefold()


@pytest.mark.parametrize("password", [GOOD, OTHER, "8402-6193-7750-11", "ना घर तेरा ना घर मेरा", "xK9$vQ2@mL5#"])
def test_other_passwords_are_taken(password: str) -> None:
    check_choice(password, "amina", 12)


def test_a_short_or_endless_password_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 12 characters"):
        check_choice("goatbywell1", "amina", 12)
    with pytest.raises(UsageError, match="at most 1024 characters"):
        check_choice("three goats " * 200, "amina", 12)


@pytest.mark.parametrize(
    "username", ["", " ", "-x", "a b", "a/b", "a:b", "x" * 81, "\ud800", "a\x00", "a\nb", "token:x"]
)
def test_what_is_no_username_is_refused(username: str) -> None:
    with pytest.raises(UsageError, match="a username has 1 to 80 letters"):
        accounts.normalised(username)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=90))
def test_a_normalised_name_stays_as_it_is(text: str) -> None:
    try:
        name = accounts.normalised(text)
    except UsageError:
        return
    assert accounts.normalised(name) == name


def test_a_username_is_given_once_however_it_is_typed(store: Store) -> None:
    made(store)

    with pytest.raises(UsageError, match="there is an account named 'amina' already"), store.write() as connection:
        accounts.add(connection, "AMINA", Scope(Role.DESK), OPERATOR, NOW)


def test_changing_what_is_not_there_says_so(store: Store) -> None:
    changes: list[Any] = [accounts.disable, accounts.enable, accounts.unlock]
    for change in changes:
        with pytest.raises(UsageError, match="there is no account named 'baba'"), store.write() as connection:
            change(connection, "baba", OPERATOR, NOW)


def test_a_new_password_ends_the_other_sessions_and_lifts_a_lock(store: Store) -> None:
    made(store)
    first, second = entered(store), entered(store)
    assert first is not None
    assert second is not None
    for _ in range(RULES.lock_out_tries):
        entered(store, password=OTHER)

    kept = accounts.hashed(QUICK, OTHER, "amina", RULES.password_length)
    with store.write() as connection:
        assert accounts.set_password(connection, "amina", kept, OPERATOR, NOW, keep=second.session.digest) == 1

    with store.read() as connection:
        left = connection.execute(select(tables.sessions.c.digest)).scalars().all()
    assert left == [second.session.digest]
    assert entered(store) is None
    assert entered(store, password=OTHER) is not None


def test_a_change_of_role_is_written_down_with_what_it_was(store: Store) -> None:
    made(store)
    with store.write() as connection:
        changed = accounts.change(
            connection, "amina", OPERATOR, NOW, scope=Scope(Role.DESK), display_name=" Amina  Otieno ", language="sw"
        )
        accounts.change(connection, "amina", OPERATOR, NOW, scope=Scope(Role.DESK))

    assert (changed.scope, changed.display_name, changed.language) == (Scope(Role.DESK), "Amina Otieno", "sw")
    assert logged(store)[1:] == [("account_changed", "amina", '{"before":"officer:o1","scope":"desk"}')]


def test_a_persons_name_that_cannot_be_shown_is_refused(store: Store) -> None:
    made(store)
    for name in ("x" * 121, "a\x07b"):
        with pytest.raises(UsageError, match="at most 120 characters"), store.write() as connection:
            accounts.change(connection, "amina", OPERATOR, NOW, display_name=name)


def test_accounts_are_listed_by_username(store: Store) -> None:
    made(store, "zawadi", "desk")
    made(store, "amina", "manager:b 1", password=None)

    with store.read() as connection:
        listed = [(a.username, a.scope.text, a.active, a.by_password) for a in accounts.every(connection)]
    assert listed == [("amina", "manager:b 1", True, False), ("zawadi", "desk", True, True)]


def test_signing_out_makes_the_cookie_worthless(store: Store) -> None:
    made(store)
    found = entered(store)
    assert found is not None
    with store.write() as connection:
        sign_out(connection, found.session, NOW)
        sign_out(connection, found.session, NOW)

    assert [kind for kind, *_ in logged(store)][-2:] == ["signed_in", "signed_out"]
    with store.read() as connection:
        assert connection.execute(select(tables.sessions)).all() == []


def test_everything_that_was_done_is_one_whole_chain(store: Store) -> None:
    made(store)
    entered(store)
    entered(store, password=OTHER)
    entered(store, "baba")
    with store.write() as connection:
        accounts.disable(connection, "amina", OPERATOR, NOW)

    with store.read() as connection:
        assert audit.verify(connection).first_break is None
        assert {row.role for row in audit.entries(connection)} == {"operator", "officer", ""}
