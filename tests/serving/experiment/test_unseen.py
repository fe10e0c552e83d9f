"""Nobody who acts on lists can tell whom the lot left out from whom there was no room for.

The same institution is run twice. In the one some clients are left out by lot; in the other the lot leaves nobody out,
and the very same clients find no room. Whatever an officer, a manager or the desk can ask is asked of both, by the
application's own table of routes: every answer has to be the same.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from starlette.routing import Route

from features.book import Book
from serving import issued
from serving.barring import Barred
from serving.home import Home
from serving.settings import Settings
from tests.serving.experiment.reference.everything_asked import (
    ACTING,
    Asker,
    addresses,
    bodies,
    named,
    routes_of,
    unnamed,
)
from tests.serving.experiment.reference.two_worlds import World, no_room_instead
from tests.serving.experiment.reference.two_worlds import lived as run_on

SUNDAY = date(2024, 6, 30)
SUNDAYS = (SUNDAY - timedelta(days=7), SUNDAY)
NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=12)
#: Short lists, for which many ask in vain, and a large share left out.
SETTINGS = Settings(list_length=3, desk_length=2, holdout_share=0.4, holdout_seed="unseen")
#: In the database nothing but the lot's own log tells the two apart: read by the operator, the report of the effect,
#: and by a client who asks what is kept about her. The audit log tells the number of turns.
OF_THE_LOT = {"allocations", "audit"}
#: Whoever asks signs in by chance.
SIGNED_IN = {"sessions", "tokens", "accounts"}
#: Nobody's number, as long as a real one.
NOBODY = "c999"
#: That a client of theirs exists is no news to those who may grant her peace.
KNOWN_THERE = {"/holds"}


@dataclass(frozen=True)
class Both:
    """The two, the clients that tell them apart, and whoever asks in each."""

    held_out: World
    no_room: World
    clients: tuple[str, ...]
    asking: tuple[Asker, Asker]
    lists: tuple[str, ...]
    printed: tuple[str, ...]

    @property
    def routes(self) -> list[Route]:
        """All of the application."""
        return list(routes_of(self.asking[0].app.routes))


@pytest.fixture(scope="module")
def tables(mfi: Any) -> dict[str, pd.DataFrame]:
    """The institution: three officers with twenty clients each."""
    made: dict[str, pd.DataFrame] = mfi(clients=60)
    return made


@pytest.fixture(scope="module")
def run(lived: Any, tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """Two weekly runs of it in a home of its own."""

    def ran(settings: Settings) -> World:
        home = Home(tmp_path_factory.mktemp("unseen") / "home").create()
        shutil.copytree(lived.home.path / "models", home.path / "models")
        shutil.copy(lived.home.path / "promotions.jsonl", home.path)
        return run_on(home, lived.model, lived.version, Book.of(tables), SUNDAYS, NOW, settings)

    return ran


@pytest.fixture(scope="module")
def both(run: Callable[..., World], tables: dict[str, pd.DataFrame]) -> Both:
    held_out = run(SETTINGS)
    out = held_out.barred(Barred.HELD_OUT)
    with no_room_instead(out):
        no_room = run(SETTINGS)
    asking = tuple(Asker.over(world.home, SETTINGS, LATER, SUNDAY) for world in (held_out, no_room))
    with closing(held_out.home.store(SETTINGS)) as store, store.read() as connection:
        newest = issued.newest(connection)
        assert newest is not None
        pages = issued.sheets(connection, newest)
    # One of each officer is enough.
    owners = tables["clients"].set_index("client_id").loc[sorted(out[SUNDAY]), "officer_id"]
    clients = tuple(owners.reset_index().groupby("officer_id")["client_id"].first())
    lists, printed = tuple(page.list_id for page in pages), tuple(page.printed_id for page in pages)
    return Both(held_out, no_room, clients, (asking[0], asking[1]), lists, printed)


def test_the_two_differ_in_whom_the_lot_left_out_and_in_nothing_else(both: Both) -> None:
    for day, out in both.held_out.barred(Barred.HELD_OUT).items():
        assert len(out) >= 2
        assert out <= both.no_room.barred(Barred.NO_ROOM)[day]
        assert both.no_room.barred(Barred.HELD_OUT)[day] == frozenset()


def test_every_file_of_the_working_folder_is_the_same_but_the_analysts_on_the_effect(both: Both) -> None:
    one, other = both.held_out.files(), both.no_room.files()

    assert set(one) == set(other)
    # Before the first lists nobody had been drawn.
    assert {name for name in one if one[name] != other[name]} == {f"scores/{SUNDAY}/effect.json"}


def test_in_the_database_only_the_log_of_the_lot_tells_of_it(both: Both) -> None:
    one, other = both.held_out.rows(), both.no_room.rows()

    assert {table for table in one if one[table] != other[table]} - SIGNED_IN == OF_THE_LOT


def test_lists_are_as_long_and_a_manager_counts_as_many_whatever_the_lot_said(
    both: Both, run: Callable[..., World]
) -> None:
    another = run(SETTINGS.model_copy(update={"holdout_seed": "another"}))

    assert another.barred(Barred.HELD_OUT) != both.held_out.barred(Barred.HELD_OUT)
    assert another.lengths() == both.no_room.lengths() == both.held_out.lengths()
    assert another.counts()[0] == both.no_room.counts()[0] == both.held_out.counts()[0]


def test_every_part_of_every_address_has_something_to_ask_for(both: Both) -> None:
    values = named("somebody", both.lists, both.printed)

    assert {route.path: missing for route in both.routes if (missing := unnamed(route, values))} == {}


def everything(both: Both, clients: Sequence[str]) -> Iterator[tuple[Route, str, Any]]:
    """Every request that can be made: what names no client once, the rest for each of them."""
    done = set()
    for route in both.routes:
        for client in clients:
            for path in addresses(route, named(client, both.lists, both.printed)):
                sent: list[Any] = [None]
                if "POST" in (route.methods or ()):
                    sent = list(bodies(client, both.lists[0], both.printed[0]))
                for body in sent:
                    if (path, str(body)) not in done:
                        done.add((path, str(body)))
                        yield route, path, body


@pytest.mark.parametrize("who", ACTING)
def test_every_answer_is_the_same(both: Both, who: str) -> None:
    asked = 0
    for route, path, body in everything(both, both.clients):
        one, other = (asker.ask(who, route, path, body) for asker in both.asking)

        assert one == other, path
        asked += 1
    assert asked > 100


@pytest.mark.parametrize("who", ACTING)
def test_of_who_is_left_out_is_told_what_is_told_of_nobody(both: Both, who: str) -> None:
    """No band, no reason, no risk: from those of a client who stands on no list one could tell why she does not."""
    for client in both.clients:
        theirs, nobodys = (everything(both, [name]) for name in (client, NOBODY))
        for (route, path, body), (_, as_nobody, of_nobody) in zip(theirs, nobodys, strict=True):
            if (path, body) == (as_nobody, of_nobody) or route.path in KNOWN_THERE:
                continue
            one = both.asking[0].ask(who, route, path, body)
            other = both.asking[0].ask(who, route, as_nobody, of_nobody)

            assert str(one).replace(client, NOBODY) == str(other), path
