from datetime import date, timedelta
from pathlib import Path

import pytest

from features.errors import StorageError, UsageError
from serving.access import Role, Scope, Tokens

TODAY = date(2024, 7, 1)


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "tokens.json")


def test_a_token_gives_its_scope_until_its_last_day(tokens: Tokens) -> None:
    token = tokens.add("amina", Scope(Role.OFFICER, "o1"), TODAY, days=10)

    assert tokens.who(token, TODAY + timedelta(days=10)) == Scope(Role.OFFICER, "o1")
    assert tokens.who(token, TODAY + timedelta(days=11)) is None
    assert tokens.who(token + "x", TODAY) is None
    assert tokens.who("", TODAY) is None


def test_only_a_hash_is_kept_and_only_its_owner_can_read_it(tokens: Tokens) -> None:
    token = tokens.add("amina", Scope(Role.DESK), TODAY, days=10)

    assert token not in tokens.file.read_text()
    assert token.removeprefix("ew_") not in tokens.file.read_text()
    assert tokens.file.stat().st_mode & 0o777 == 0o600


def test_a_removed_token_is_worthless(tokens: Tokens) -> None:
    token = tokens.add("amina", Scope(Role.DESK), TODAY, days=10)
    other = tokens.add("baba", Scope(Role.ADMIN), TODAY, days=10)

    tokens.remove("amina")

    assert tokens.who(token, TODAY) is None
    assert tokens.who(other, TODAY) == Scope(Role.ADMIN)


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"tokens": [{"name": "x"}]}', "\x00"])
def test_a_damaged_file_lets_nobody_in_and_is_not_overwritten(tokens: Tokens, damage: str) -> None:
    token = tokens.add("amina", Scope(Role.ADMIN), TODAY, days=10)
    tokens.file.write_text(damage)

    assert tokens.who(token, TODAY) is None
    with pytest.raises(StorageError, match=r"tokens\.json cannot be read as tokens"):
        tokens.add("baba", Scope(Role.ADMIN), TODAY, days=10)
    assert tokens.file.read_text() == damage


@pytest.mark.parametrize("text", ["", "boss", "officer", "officer:", "desk:1", "manager", "OFFICER:o1"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a scope; there are officer:<officer_id>"):
        Scope.of_text(text)


@pytest.mark.parametrize("text", ["officer:o1", "manager:b 1", "desk", "analyst", "admin", "officer:a:b"])
def test_a_scope_reads_back_as_it_is_written(text: str) -> None:
    assert Scope.of_text(text).text == text


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 41])
def test_what_is_no_name_is_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(UsageError, match="is not a name"):
        tokens.add(name, Scope(Role.DESK), TODAY, days=1)


def test_a_name_is_given_once(tokens: Tokens) -> None:
    tokens.add("amina", Scope(Role.DESK), TODAY, days=1)

    with pytest.raises(UsageError, match="a token named 'amina' already"):
        tokens.add("amina", Scope(Role.DESK), TODAY, days=1)


def test_removing_what_is_not_there_says_so(tokens: Tokens) -> None:
    with pytest.raises(UsageError, match="there is no token named 'amina'"):
        tokens.remove("amina")


def test_who_sees_which_list() -> None:
    seen = {
        text: [
            Scope.of_text(text).sees_list("o1", "b1", is_desk=False),
            Scope.of_text(text).sees_list("o2", "b1", is_desk=False),
            Scope.of_text(text).sees_list("o3", "b2", is_desk=False),
            Scope.of_text(text).sees_list("desk", "", is_desk=True),
        ]
        for text in ("officer:o1", "officer:desk", "manager:b1", "desk", "analyst", "admin")
    }

    assert seen == {
        "officer:o1": [True, False, False, False],
        "officer:desk": [False, False, False, False],
        "manager:b1": [True, True, False, False],
        "desk": [False, False, False, True],
        "analyst": [True, True, True, True],
        "admin": [True, True, True, True],
    }


def test_a_client_without_officer_or_branch_is_nobodys() -> None:
    assert not Scope(Role.OFFICER, "o1").sees_client(None, "b1")
    assert not Scope(Role.MANAGER, "b1").sees_client("o1", None)
    assert Scope(Role.OFFICER, "o1").sees_client("o1", "b1")
    assert Scope(Role.DESK).sees_client(None, None)
