"""Peace that a client asked for or is owed. Nobody under a hold is listed; nothing of it is ever deleted."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, insert, select, update

from features.errors import UsageError
from serving.given import LONGEST_NOTE, printable
from serving.settings import Settings
from serving.store.tables import holds

_LONGEST_TARGET = 200


class Hold(StrEnum):
    """Why somebody is left in peace."""

    OBJECTION = "objection"
    OPT_OUT = "opt_out"
    DO_NOT_CONTACT = "do_not_contact"
    BEREAVEMENT = "bereavement"
    DISASTER = "disaster"
    UNSAFE = "unsafe"


class Reach(StrEnum):
    """Whom a hold is about: one client, or everybody of something."""

    CLIENT = "client"
    HOUSEHOLD = "household"
    GROUP = "group"
    VILLAGE = "village"
    BRANCH = "branch"


#: What each reach is found by among the people.
COLUMNS: Mapping[Reach, str] = MappingProxyType(
    {
        Reach.CLIENT: "client_id",
        Reach.HOUSEHOLD: "household_id",
        Reach.GROUP: "group_id",
        Reach.VILLAGE: "village",
        Reach.BRANCH: "branch_id",
    }
)
#: A person's own wish is that person's: nobody objects for others.
OWN_WISH = frozenset({Hold.OBJECTION, Hold.OPT_OUT, Hold.DO_NOT_CONTACT})
#: What passes. Such a hold needs a last day; `usual_end` has one.
PASSING = frozenset({Hold.BEREAVEMENT, Hold.DISASTER})


@dataclass(frozen=True)
class Held:
    """One hold.

    Parameters
    ----------
    target
        The client, household, group, village or branch, by its id; a village by its name, however it is spelled.
    from_on, until_on
        First and last day; until_on is None where there is no end to see.
    outcome_id
        The outcome that asked for it, if one did.
    lifted_on
        The first day on which it no longer holds; None while it does.
    """

    hold_id: str
    kind: Hold
    reach: Reach
    target: str
    from_on: date
    until_on: date | None
    note: str
    outcome_id: str | None
    entered_by: str
    entered_at: datetime
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    lifted_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        begun = self.from_on <= day and (self.until_on is None or day <= self.until_on)
        return begun and (self.lifted_on is None or day < self.lifted_on)


def usual_end(kind: Hold, from_on: date, settings: Settings) -> date | None:
    """Last day of a hold for which nobody named one; None for what has no end to see.

    >>> usual_end(Hold.BEREAVEMENT, date(2024, 7, 1), Settings(bereavement_days=40))
    datetime.date(2024, 8, 9)
    """
    days = {Hold.BEREAVEMENT: settings.bereavement_days, Hold.DISASTER: settings.disaster_days}
    return from_on + timedelta(days=days[kind] - 1) if kind in PASSING else None


def add(
    connection: Connection,
    kind: Hold,
    reach: Reach,
    target: str,
    from_on: date,
    until_on: date | None,
    *,
    actor: str,
    at: datetime,
    note: str = "",
    outcome_id: str | None = None,
) -> Held:
    """Grant peace. The very same hold entered again is the one that is there.

    Parameters
    ----------
    connection
        Of `Store.write`.
    actor, at
        Who enters it, and when.

    Raises
    ------
    UsageError
        It is a wish of one's own entered for others, it ends before it begins, or something that passes has no last
        day.
    """
    text = target.strip()
    named = as_spoken(text) if reach is Reach.VILLAGE else text
    if not named or len(text) > _LONGEST_TARGET or not printable(text):
        raise UsageError(f"a hold needs a {reach.value}: its id, at most {_LONGEST_TARGET} signs that can be printed")
    if len(note) > LONGEST_NOTE or not printable(note):
        raise UsageError(f"the note of a hold has at most {LONGEST_NOTE} signs, on one line")
    if kind in OWN_WISH and reach is not Reach.CLIENT:
        raise UsageError(f"{kind.value} is one client's own wish; it cannot be entered for a {reach.value}")
    if until_on is not None and until_on < from_on:
        raise UsageError("the hold ends before it begins; the two dates may be swapped")
    if kind in PASSING and until_on is None:
        raise UsageError(f"a hold for {kind.value} needs a last day")
    asked = (kind, reach, text, from_on, until_on, note, outcome_id, actor, at.isoformat())
    hold_id = str(uuid5(NAMESPACE_OID, "\n".join(map(str, asked))))
    there = [held for held in every(connection, target=text) if held.hold_id == hold_id]
    if there:
        return there[0]
    new = Held(hold_id, kind, reach, text, from_on, until_on, note, outcome_id, actor, at)
    connection.execute(insert(holds).values({field.name: getattr(new, field.name) for field in fields(new)}))
    return new


def lift(connection: Connection, hold_id: str, on: date, *, actor: str, at: datetime) -> Held:
    """Let a hold end.

    Parameters
    ----------
    connection
        Of `Store.write`.
    on
        The first day on which it no longer holds; today or later, so that what held before stays as it was told.

    Raises
    ------
    UsageError
        There is no such hold, it was lifted already, or `on` lies in the past.
    """
    found = _where(connection, holds.c.hold_id == hold_id)
    if not found:
        raise UsageError(f"there is no hold {hold_id!r}")
    if found[0].lifted_on is not None:
        raise UsageError(f"hold {hold_id!r} was lifted already")
    # `at` is in UTC, where it may be yesterday or tomorrow already.
    if on < (at - timedelta(days=1)).date():
        raise UsageError("a hold is lifted from today on; what held before stays as it was")
    lifted = {"lifted_by": actor, "lifted_at": at, "lifted_on": on}
    connection.execute(update(holds).where(holds.c.hold_id == hold_id).values(lifted))
    return replace(found[0], lifted_by=actor, lifted_at=at, lifted_on=on)


def in_force(connection: Connection, on: date, known_at: datetime | None = None) -> list[Held]:
    """Every hold in force on a date, by its first day.

    Parameters
    ----------
    known_at
        As it was known at that moment, without what was entered or lifted since; None is everything known by now.
    """
    held = _where(connection, holds.c.from_on <= on)
    if known_at is not None:
        held = [_as_known(each, known_at) for each in held if each.entered_at <= known_at]
    return [each for each in held if each.holds_on(on)]


def objectors(connection: Connection, on: date) -> frozenset[str]:
    """Clients who objected to being scored: nothing is computed of them, and no list names them."""
    found = _where(connection, holds.c.kind == Hold.OBJECTION, holds.c.from_on <= on)
    return frozenset(held.target for held in found if held.holds_on(on))


def every(connection: Connection, target: str | None = None) -> list[Held]:
    """Every hold there ever was, lifted or not, by its first day; of one target if given."""
    return _where(connection, *([] if target is None else [holds.c.target == target]))


def reached(people: pd.DataFrame, in_force: Iterable[Held]) -> dict[Hold, NDArray[np.bool_]]:
    """Whom the holds reach, by kind.

    Parameters
    ----------
    people
        Indexed by client_id, with household_id, group_id, village and branch_id where they are known.
    """
    masks = {kind: np.zeros(len(people), dtype=bool) for kind in Hold}
    targets: dict[tuple[Hold, Reach], set[str]] = {}
    for held in in_force:
        targets.setdefault((held.kind, held.reach), set()).add(held.target)
    for (kind, reach), wanted in targets.items():
        masks[kind] |= _found(people, reach, wanted)
    return masks


def unmatched(people: pd.DataFrame, in_force: Iterable[Held]) -> list[Held]:
    """Holds that reach nobody there is: a misspelled id, or a book that does not say who lives where."""
    return [held for held in in_force if not _found(people, held.reach, {held.target}).any()]


def _found(people: pd.DataFrame, reach: Reach, wanted: set[str]) -> NDArray[np.bool_]:
    if reach is Reach.CLIENT:
        return people.index.isin(sorted(wanted))
    if COLUMNS[reach] not in people:
        return np.zeros(len(people), dtype=bool)
    names = people[COLUMNS[reach]]
    if reach is Reach.VILLAGE:
        # Villages have names, and each clerk a way to write them.
        spoken = {as_spoken(each) for each in wanted}
        wanted = {each for each in names.dropna().unique() if as_spoken(each) in spoken}
    return names.isin(sorted(wanted)).to_numpy()


def as_spoken(name: str) -> str:
    """A village's name, however it is written: letters and figures alone.

    >>> as_spoken("Kwa-Njenga  "), as_spoken("KWA NJENGA")
    ('kwa njenga', 'kwa njenga')
    """
    kept = (sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in name.casefold())
    return " ".join("".join(kept).split())


def _as_known(held: Held, moment: datetime) -> Held:
    if held.lifted_at is None or held.lifted_at <= moment:
        return held
    return replace(held, lifted_by=None, lifted_at=None, lifted_on=None)


def _where(connection: Connection, *conditions: ColumnElement[bool]) -> list[Held]:
    chosen = select(holds).where(*conditions).order_by(holds.c.from_on, holds.c.hold_id)
    return [_held(dict(row)) for row in connection.execute(chosen).mappings()]


def _held(row: dict[str, Any]) -> Held:
    return Held(**row | {"kind": Hold(row["kind"]), "reach": Reach(row["reach"])})
