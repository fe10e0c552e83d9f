"""One institution twice: in the one some clients are left out by lot, in the other they find no room."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest

from features.book import Book
from serving import barring, rules, weekly_list
from serving.barring import Barred
from serving.experiment.lot import Arm, Lot
from serving.home import Home
from serving.rules import Choice
from serving.settings import Settings
from serving.store.portable import as_lines, tables_of
from serving.weekly import run_weekly


@dataclass
class World:
    """An installation after its weekly runs.

    Parameters
    ----------
    choices
        What the rules said of everybody, by date.
    """

    home: Home
    settings: Settings
    choices: dict[date, Choice] = field(default_factory=dict)

    def barred(self, code: Barred) -> dict[date, frozenset[str]]:
        """Who was not listed for a reason, by date."""
        return {
            day: frozenset(choice.barred.loc[choice.barred["barred"] == code.value, "client_id"])
            for day, choice in self.choices.items()
        }

    def lengths(self) -> list[dict[str, int]]:
        """How many lines each list has, date after date."""
        return [choice.listed["list_of"].value_counts().sort_index().to_dict() for choice in self.choices.values()]

    def counts(self) -> list[list[list[object]]]:
        """How many of each branch are not listed and why, as a manager may be told, date after date."""
        return [barring.counts(choice.barred).to_numpy().tolist() for choice in self.choices.values()]

    def files(self) -> dict[str, bytes]:
        """Everything in the working folder but the database."""
        return {
            file.relative_to(self.home.path).as_posix(): file.read_bytes()
            for file in sorted(self.home.path.rglob("*"))
            if file.is_file() and not file.name.startswith(("exitwatch.db", "."))
        }

    def rows(self) -> dict[str, list[bytes]]:
        """Every table of the database."""
        with closing(self.home.store(self.settings)) as store, store.read() as connection:
            return {table.name: list(as_lines(connection, table)) for table in tables_of(connection)}


def lived(
    home: Home, model: Any, version: str, book: Book, days: Sequence[date], now: datetime, settings: Settings
) -> World:
    """An installation that ran on some Sundays."""
    world = World(home, settings)

    def choose(scores: Any, *given: Any, **more: Any) -> Choice:
        world.choices[scores.as_of] = choice = rules.choose(scores, *given, **more)
        return choice

    with pytest.MonkeyPatch.context() as patch, closing(home.store(settings)) as store:
        patch.setattr(weekly_list, "choose", choose)
        for day in days:
            run_weekly(book, day, model, version, home, settings, store, now)
    return world


@contextmanager
def no_room_instead(held_out: Mapping[date, frozenset[str]]) -> Iterator[None]:
    """The lot leaves nobody out, and those whom it leaves out elsewhere find no room."""
    barred = barring.barred

    def crowded(week: Any) -> Any:
        codes = barred(week)
        codes[(codes == "") & barring.among(week.client_id, sorted(held_out[week.as_of]))] = Barred.NO_ROOM.value
        return codes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(barring, "barred", crowded)
        patch.setattr(Lot, "arm", lambda *_: Arm.LISTED)
        yield
