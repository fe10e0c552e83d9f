import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import event, select

from features.errors import StorageError, UsageError
from serving import tokens
from serving.access import Role, Scope
from serving.store import tables
from serving.store.database import Store

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)
TODAY = date(2024, 7, 1)


def added(store: Store, name: str, scope: Scope, days: int = 10) -> str:
    with store.write() as connection:
        return tokens.add(connection, name, scope, NOW, TODAY, days)


def scope_of(store: Store, token: str, today: date = TODAY) -> Scope | None:
    with store.read() as connection:
        found = tokens.who(connection, token, today)
    return None if found is None else found.scope


def old_file(folder: Path, *rows: tuple[str, str, str]) -> Path:
    file = folder / "tokens.json"
    content = [
        {"name": name, "scope": scope, "sha256": sha256(token.encode()).hexdigest(), "expires_on": "2024-07-31"}
        for name, scope, token in rows
    ]
    file.write_text(json.dumps({"tokens": content}))
    return file


def test_a_token_gives_its_scope_until_its_last_day(store: Store) -> None:
    token = added(store, "amina", Scope(Role.OFFICER, "o1"))

    assert scope_of(store, token, TODAY + timedelta(days=10)) == Scope(Role.OFFICER, "o1")
    assert scope_of(store, token, TODAY + timedelta(days=11)) is None
    for wrong in (token + "x", token[:-1], token.upper(), "", "\ud800", "a\x00b", "x" * 100_000):
        assert scope_of(store, wrong) is None


def test_only_a_hash_is_kept(store: Store) -> None:
    token = added(store, "amina", Scope(Role.DESK))

    with store.read() as connection:
        kept = repr(connection.execute(select(tables.tokens)).all())
    assert token.removeprefix("ew_") not in kept
    assert sha256(token.encode()).hexdigest() in kept


def test_a_request_looks_once_into_an_index(store: Store) -> None:
    token = added(store, "amina", Scope(Role.DESK))
    asked: list[str] = []
    with store.read() as connection:
        event.listen(store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        tokens.who(connection, token, TODAY)

    assert len(asked) == 1
    assert "WHERE tokens.digest = " in asked[0]


def test_a_removed_token_is_worthless(store: Store) -> None:
    token, other = added(store, "amina", Scope(Role.DESK)), added(store, "baba", Scope(Role.ADMIN))

    with store.write() as connection:
        tokens.remove(connection, "amina")

    assert scope_of(store, token) is None
    assert scope_of(store, other) == Scope(Role.ADMIN)


def test_what_is_no_name_is_refused(store: Store) -> None:
    for name in ("", "a b", "../x", "-x", "x" * 41, "é", "a\n"):
        with pytest.raises(UsageError, match="is not a name"):
            added(store, name, Scope(Role.DESK))


def test_a_name_is_given_once(store: Store) -> None:
    added(store, "amina", Scope(Role.DESK))

    with pytest.raises(UsageError, match="a token named 'amina' already"):
        added(store, "amina", Scope(Role.DESK))


def test_a_scope_that_does_not_fit_is_refused_and_not_cut(store: Store) -> None:
    with pytest.raises(UsageError, match="at most 240 characters"):
        added(store, "amina", Scope(Role.OFFICER, "o" * 300))


def test_removing_what_is_not_there_says_so(store: Store) -> None:
    with pytest.raises(UsageError, match="there is no token named 'amina'"), store.write() as connection:
        tokens.remove(connection, "amina")


def test_tokens_are_listed_by_name(store: Store) -> None:
    added(store, "baba", Scope(Role.DESK), days=1)
    added(store, "amina", Scope(Role.MANAGER, "b 1"), days=2)

    with store.read() as connection:
        assert tokens.every(connection) == (
            tokens.Token("amina", Scope(Role.MANAGER, "b 1"), date(2024, 7, 3)),
            tokens.Token("baba", Scope(Role.DESK), date(2024, 7, 2)),
        )


def test_tokens_of_an_older_version_go_on_working(store: Store, tmp_path: Path) -> None:
    file = old_file(tmp_path, ("amina", "officer:o1", "ew_one"), ("baba", "desk", "ew_two"))

    with store.write() as connection:
        assert tokens.take_over(file, connection, NOW) == 2

    assert scope_of(store, "ew_one") == Scope(Role.OFFICER, "o1")
    assert scope_of(store, "ew_two", date(2024, 7, 31)) == Scope(Role.DESK)
    assert scope_of(store, "ew_two", date(2024, 8, 1)) is None


def test_a_token_that_was_removed_does_not_come_back_with_the_next_upgrade(store: Store, tmp_path: Path) -> None:
    file = old_file(tmp_path, ("amina", "desk", "ew_one"))
    with store.write() as connection:
        tokens.take_over(file, connection, NOW)
        tokens.remove(connection, "amina")
    with store.write() as connection:
        assert tokens.take_over(file, connection, NOW) == 0

    assert scope_of(store, "ew_one") is None


def test_what_is_in_the_database_goes_before_the_file(store: Store, tmp_path: Path) -> None:
    token = added(store, "amina", Scope(Role.DESK))
    file = old_file(tmp_path, ("amina", "admin", "ew_one"), ("again", "admin", token), ("baba", "admin", "ew_two"))

    with store.write() as connection:
        assert tokens.take_over(file, connection, NOW) == 1

    assert (scope_of(store, token), scope_of(store, "ew_one")) == (Scope(Role.DESK), None)
    assert scope_of(store, "ew_two") == Scope(Role.ADMIN)


def test_without_a_file_there_is_nothing_to_take_over(store: Store, tmp_path: Path) -> None:
    with store.write() as connection:
        assert tokens.take_over(tmp_path / "tokens.json", connection, NOW) == 0


def test_a_damaged_file_lets_nobody_in_and_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    for damage in ("", "{}", "[]", '{"tokens": [{"name": "x"}]}', "\x00", '{"tokens": [1]}'):
        file.write_text(damage)
        with (
            pytest.raises(StorageError, match=r"tokens\.json cannot be read as tokens"),
            store.write() as connection,
        ):
            tokens.take_over(file, connection, NOW)
        assert file.read_text() == damage

    with store.read() as connection:
        assert tokens.every(connection) == ()
