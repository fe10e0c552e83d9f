from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from serving import accounts, sessions
from serving.access import OPERATOR, Person, Role, Scope
from serving.sessions import LONGEST, Session
from serving.store import tables
from serving.store.database import Store

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)
HOURS = 12


def begun(store: Store, username: str = "amina", now: datetime = NOW) -> tuple[str, Session]:
    with store.write() as connection:
        account = accounts.find(connection, username) or accounts.add(
            connection, username, Scope(Role.OFFICER, "o1"), OPERATOR, now, language="sw"
        )
        return sessions.begin(connection, account, now, HOURS)


def found(store: Store, cookie: str, now: datetime = NOW) -> Session | None:
    with store.read() as connection:
        return sessions.find(connection, cookie, now)


def test_a_cookie_tells_who_asks(store: Store) -> None:
    cookie, made = begun(store)

    assert found(store, cookie) == made
    assert made.person == Person("amina", Scope(Role.OFFICER, "o1"), "sw", made.csrf)


def test_another_cookie_tells_nothing(store: Store) -> None:
    cookie, _ = begun(store)

    for wrong in ("", "x", "\ud800", "a\x00b", "x" * 100_000, cookie[:-1], cookie + "x", cookie.swapcase()):
        assert found(store, wrong) is None, wrong[:20]


def test_only_a_hash_of_the_cookie_is_kept(store: Store) -> None:
    cookie, made = begun(store)

    with store.read() as connection:
        assert cookie not in repr(connection.execute(select(tables.sessions)).all())
    assert len({cookie, made.csrf, made.digest}) == 3
    assert min(len(cookie), len(made.csrf)) >= 43


def test_two_sessions_share_nothing(store: Store) -> None:
    (one, first), (other, second) = begun(store), begun(store)

    assert one != other
    assert first.csrf != second.csrf


def test_a_session_that_is_not_used_ends_after_its_hours(store: Store) -> None:
    cookie, _ = begun(store)

    assert found(store, cookie, NOW + timedelta(hours=HOURS, seconds=-1)) is not None
    assert found(store, cookie, NOW + timedelta(hours=HOURS)) is None


def test_a_session_in_use_goes_on_but_not_for_ever(store: Store) -> None:
    cookie, _ = begun(store)
    now, last = NOW, NOW
    while (session := found(store, cookie, now)) is not None:
        last = now
        with store.write() as connection:
            sessions.touch(connection, session, now, HOURS)
        now += timedelta(hours=HOURS - 1)
        assert now < NOW + timedelta(days=60)

    assert NOW + LONGEST - timedelta(hours=HOURS) < last < NOW + LONGEST


def test_use_is_not_written_down_at_every_request(store: Store) -> None:
    _, made = begun(store)

    assert not made.to_be_touched(NOW + timedelta(minutes=4, seconds=59))
    assert made.to_be_touched(NOW + timedelta(minutes=5))


def test_a_closed_account_has_no_session_even_if_one_is_left(store: Store) -> None:
    cookie, _ = begun(store)
    with store.write() as connection:
        accounts.disable(connection, "amina", OPERATOR, NOW)
    assert found(store, cookie) is None

    cookie, _ = begun(store)  # as if it had begun while the account was being closed
    assert found(store, cookie) is None


def test_a_new_role_counts_at_once(store: Store) -> None:
    cookie, _ = begun(store)
    with store.write() as connection:
        accounts.change(connection, "amina", OPERATOR, NOW, scope=Scope(Role.MANAGER, "b1"))

    session = found(store, cookie)
    assert session is not None
    assert session.person.scope == Scope(Role.MANAGER, "b1")


def test_an_ended_session_is_gone_and_others_stay(store: Store) -> None:
    (one, first), (other, _) = begun(store), begun(store, "baba")
    with store.write() as connection:
        assert sessions.end(connection, first.digest)
        assert not sessions.end(connection, first.digest)

    assert found(store, one) is None
    assert found(store, other) is not None


def test_sessions_that_have_ended_are_forgotten(store: Store) -> None:
    begun(store)
    begun(store, "baba", NOW + timedelta(hours=2))
    with store.write() as connection:
        assert sessions.purge(connection, NOW + timedelta(hours=HOURS)) == 1
        assert connection.execute(select(tables.sessions.c.username)).scalars().all() == ["baba"]
