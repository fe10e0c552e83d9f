"""Killed at any change, a weekly run leaves the old lists or the new ones, whole; two runs at once end as one."""

import shutil
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from databases import PostgreSQL
from killed import COMMIT, SQL, killed_everywhere

from features.drivers import DRIVERS
from serving import issued
from serving.home import Home
from serving.issued import Origin
from serving.line import Card, Line, OfficerList, Said, check_letters
from serving.settings import Settings
from serving.store.database import Store, open_store
from serving.weekly import give_out

AS_OF = date(2024, 6, 30)
NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
ORIGIN = Origin("m" * 64, "b" * 64, "", "0.1.0")
LINE = Line(
    client_id="ama",
    place=1,
    rank=1,
    band="high",
    reasons=(Said("RNW-1", "days_to_loan_end", 21.0),),
    reasons_note="",
    changes=(),
    changes_note="new",
    action="renewal_talk",
    avoid=DRIVERS["RNW-1"].avoid,
    last_contact_on=None,
    last_contact_result="",
    loan_ends_on=None,
    meeting_on=None,
    carried_over=False,
    routed=(),
    card=Card(),
)


def lists_of(*clients: str) -> list[OfficerList]:
    """Two officers' lists of one client each, or of as many as are given."""
    pages = []
    for number, client in enumerate(clients):
        name = f"2024-W27-o{number}"
        line = replace(LINE, client_id=client)
        pages.append(
            OfficerList(
                name, f"o{number}", "", "b", "", "2024-W27", AS_OF, "en", check_letters(name, [client]), (line,)
            )
        )
    return pages


OLD, NEW = lists_of("ama", "kofi"), lists_of("esi", "yaw")


def give(home: Home, store: Store, lists: list[OfficerList]) -> None:
    give_out(home, store, lists, AS_OF, Settings(), ORIGIN, NOW)


def give_the_new_ones(folder: str, url: str) -> None:
    """What is killed."""
    with closing(open_store(url)) as store:
        give(Home(Path(folder)), store, NEW)


def in_force(store: Store) -> list[OfficerList]:
    with store.read() as connection:
        found = issued.newest(connection)
        assert found is not None
        return issued.sheets(connection, found)


def files(home: Home) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((home.lists / "2024-W27").iterdir())}


def test_a_kill_anywhere_leaves_the_old_lists_or_the_new_ones_and_the_next_run_ends_well(
    tmp_path: Path, migrated: Path
) -> None:
    before, after = Home(tmp_path / "before").create(), Home(tmp_path / "after").create()
    for home, lists in ((before, OLD), (after, NEW)):
        shutil.copyfile(migrated, home.path / "exitwatch.db")
        with closing(home.store(Settings())) as store:
            give(home, store, lists)
    number = count()

    def fresh() -> list[str]:
        folder = tmp_path / f"try{next(number)}"
        shutil.copytree(before.path, folder)
        return [str(folder), Home(folder).database_url(Settings())]

    ends = 0
    for end in killed_everywhere(give_the_new_ones, fresh):
        home, ends = Home(Path(end.arguments[0])), ends + 1
        with closing(home.store(Settings())) as store:
            shown, written = in_force(store), files(home)
            assert shown in (OLD, NEW), end
            assert written in (files(before), files(after)), end
            assert shown == NEW or written == files(before), f"{end}: files went ahead of the lists in force"
            give(home, store, NEW)
            assert (in_force(store), files(home)) == (NEW, files(after)), end
        assert not list(home.lists.glob(".*half-written")), end
        shutil.rmtree(home.path)

    assert ends > 20


def test_a_kill_within_the_transaction_leaves_nothing_of_it_on_postgresql(tmp_path: Path, postgres: PostgreSQL) -> None:
    number = count()

    def fresh() -> list[str]:
        folder, url = tmp_path / f"try{next(number)}", postgres.fresh()
        with closing(open_store(url)) as store:
            give(Home(folder).create(), store, OLD)
        return [str(folder), url]

    ends = 0
    for end in killed_everywhere(give_the_new_ones, fresh, kinds={SQL, COMMIT}):
        ends += 1
        with closing(open_store(end.arguments[1])) as store:
            assert in_force(store) == (NEW if end.unharmed else OLD), end

    assert ends > 4


def test_two_runs_at_once_end_as_one(store: Store, tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    runs = [threading.Thread(target=give, args=(home, store, NEW)) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    with store.read() as connection:
        found = issued.newest(connection)
        assert found is not None
        assert (found.revision, issued.sheets(connection, found)) == (1, NEW)
    assert {name.split(".")[0] for name in files(home)} >= {page.list_id for page in NEW}
