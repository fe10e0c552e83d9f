"""What the lot said is kept before any list is, holds for its weeks, and its seed cannot be changed afterwards."""

import json
import shutil
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.errors import UsageError
from serving import audit
from serving.events import Event
from serving.experiment.kept import KeptLottery, arms_on, lots_of, lottery, seed_of
from serving.experiment.lot import Arm, Lot
from serving.settings import Settings
from serving.store.database import Store, open_store

AS_OF = date(2024, 6, 30)
NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def at(store: Store, as_of: date = AS_OF, **settings: Any) -> KeptLottery:
    found = lottery(store, Settings(holdout_seed="a seed", **settings), as_of, NOW, lambda margin: margin / 10)
    assert found is not None
    return found


def turns(*arms: tuple[str, Arm], first: int = 0) -> pd.DataFrame:
    rows = [
        {
            "client_id": client,
            "unit": f"client:{client}",
            "stratum": "b1/high",
            "place": first + number,
            "share": 0.1,
            "arm": arm,
            "list_of": "o1",
            "branch_id": "b1",
            "band": "high",
            "margin": 4.0,
            "action": "visit",
        }
        for number, (client, arm) in enumerate(arms)
    ]
    return pd.DataFrame(rows)


def arms(lot: KeptLottery) -> dict[str, Arm]:
    return dict(lot.experiment(lambda _: ()).arms)


def events(store: Store) -> list[str]:
    with store.read() as connection:
        return [entry.event for entry in audit.entries(connection)]


def test_what_was_said_holds_from_its_week_until_its_weeks_are_over(store: Store) -> None:
    at(store).log(turns(("ama", Arm.HELD_OUT), ("kofi", Arm.LISTED)))
    said = {"client:ama": Arm.HELD_OUT, "client:kofi": Arm.LISTED}

    assert arms(at(store)) == said
    assert arms(at(store, AS_OF + 12 * WEEK)) == said
    assert arms(at(store, AS_OF + 13 * WEEK)) == {}


def test_a_week_of_the_past_drawn_anew_heeds_what_was_said_since(store: Store) -> None:
    at(store).log(turns(("ama", Arm.HELD_OUT)))

    assert arms(at(store, AS_OF - 4 * WEEK)) == {"client:ama": Arm.HELD_OUT}
    assert arms(at(store, AS_OF - 13 * WEEK)) == {}


def test_turns_are_counted_on_in_each_stratum(store: Store) -> None:
    at(store).log(turns(("ama", Arm.HELD_OUT), ("kofi", Arm.LISTED)))

    assert at(store, AS_OF + 30 * WEEK).experiment(lambda _: ()).taken == {"b1/high": 2}


def test_what_is_kept_of_a_turn(store: Store) -> None:
    at(store).log(turns(("ama", Arm.HELD_OUT)))

    with store.read() as connection:
        assert lots_of(connection, "ama") == [
            {"arm": "held_out", "share": 0.1, "from_on": AS_OF, "until_on": AS_OF + 13 * WEEK}
        ]
    assert events(store) == [Event.LOT_SEEDED, Event.LOTS_DRAWN]


def test_nothing_is_written_where_nobody_took_a_turn(store: Store) -> None:
    at(store).log(turns())

    assert events(store) == [Event.LOT_SEEDED]


def test_two_runs_cannot_take_the_same_turn(store: Store) -> None:
    at(store).log(turns(("ama", Arm.LISTED)))

    with pytest.raises(Exception, match="database"):
        at(store).log(turns(("kofi", Arm.LISTED)))


def test_a_share_of_nothing_has_no_lottery(store: Store) -> None:
    assert lottery(store, Settings(holdout_share=0), AS_OF, NOW, lambda margin: margin) is None


@pytest.mark.parametrize("wished", ["", "a seed"])
def test_the_seed_is_set_once(store: Store, wished: str) -> None:
    first = seed_of(store, wished, NOW)

    assert seed_of(store, "", NOW) == seed_of(store, wished, NOW) == first
    with store.read() as connection:
        (entry,) = audit.entries(connection)
    assert (entry.event, json.loads(entry.detail)["commitment"]) == (Event.LOT_SEEDED, Lot(first, 0.1).commitment)


def test_the_seed_may_be_changed_before_the_first_draw_and_not_after_it(store: Store) -> None:
    before, after = seed_of(store, "one", NOW), seed_of(store, "a seed", NOW)
    at(store).log(turns(("ama", Arm.LISTED)))

    with pytest.raises(UsageError, match="not the seed by which clients were drawn"):
        seed_of(store, "another", NOW)

    assert before != after == seed_of(store, "", NOW)
    assert events(store)[-1] == Event.LOT_SEED_REFUSED
    assert "another" not in str([entry.detail for entry in _entries(store)])


def test_seeds_of_two_installations_differ(migrated: Path, tmp_path: Path) -> None:
    seeds = set()
    for name in ("one.db", "two.db"):
        shutil.copyfile(migrated, tmp_path / name)
        with closing(open_store(f"sqlite:///{tmp_path / name}")) as store:
            seeds.add(seed_of(store, "", NOW))

    assert len(seeds) == 2


def _entries(store: Store) -> Sequence[Any]:
    with store.read() as connection:
        return list(audit.entries(connection))


def test_nobody_has_two_arms_on_any_day(store: Store) -> None:
    at(store).log(turns(("ama", Arm.LISTED)))
    at(store, AS_OF + 13 * WEEK).log(turns(("ama", Arm.HELD_OUT), first=1))

    with store.read() as connection:
        assert arms_on(connection, AS_OF + 12 * WEEK, 13) == {"client:ama": Arm.LISTED}
        assert arms_on(connection, AS_OF + 13 * WEEK, 13) == {"client:ama": Arm.HELD_OUT}
