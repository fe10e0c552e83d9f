"""Who is on no list this week, and why: one function for each protection, asked before anybody is ranked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.contact_times import closed_all_week
from serving.holds import Hold
from serving.score import BANDS
from serving.settings import Settings

Mask = NDArray[np.bool_]
Texts = NDArray[np.object_]


class Barred(StrEnum):
    """Why somebody is not listed, so that the desk can be told. Where several hold, the first is told."""

    OBJECTION = "objection"
    GONE = "gone"
    OPT_OUT = "opt_out"
    DO_NOT_CONTACT = "do_not_contact"
    UNSAFE = "unsafe"
    BEREAVEMENT = "bereavement"
    DISASTER = "disaster"
    COOL_OFF = "cool_off"
    ASKED_ENOUGH = "asked_enough"
    RESTED = "rested"
    BRANCH_CLOSED = "branch_closed"
    BELOW_BAND = "below_band"
    NOT_HELPED = "not_helped"
    STOPPED = "stopped"
    COUNTED_ONCE = "counted_once"
    NO_ROOM = "no_room"
    HELD_OUT = "held_out"


#: What the desk is told. Each holds for one client; why there is no list at all is another matter. Whoever could act
#: on it is not told whom the lot left out, nor of whom lists stopped because contact seems to harm: for them it is one
#: more who found no room.
TOLD: Mapping[Barred, str] = MappingProxyType(
    {
        Barred.OBJECTION: "The client objected to being scored and listed.",
        Barred.GONE: "The client has left, moved or died, or was entered twice.",
        Barred.OPT_OUT: "The client asked not to be contacted.",
        Barred.DO_NOT_CONTACT: "The client asked a visitor not to come again.",
        Barred.UNSAFE: "A contact may put somebody in danger.",
        Barred.BEREAVEMENT: "The family mourns.",
        Barred.DISASTER: "The place was struck by a disaster.",
        Barred.COOL_OFF: "The client was contacted a short while ago.",
        Barred.ASKED_ENOUGH: "The client was asked often enough during this loan.",
        Barred.RESTED: "The last loan ended too long ago.",
        Barred.BRANCH_CLOSED: "The branch is closed all week.",
        Barred.BELOW_BAND: "The risk is in a band that is not listed.",
        Barred.NOT_HELPED: "A contact is expected to drive the client away rather than keep her.",
        Barred.COUNTED_ONCE: "Another member of the household or group stands on a list.",
        Barred.NO_ROOM: "Others go before, and the list is full.",
    }
)


#: What nobody is told of a client.
UNTOLD = (Barred.STOPPED, Barred.HELD_OUT)


@dataclass(frozen=True)
class Week:
    """What the rules look at: arrays with one entry per scored client, sorted by client_id.

    Parameters
    ----------
    person
        Row of each client in the table of people.
    priority
        Who goes before whom when places are given: `serving.benefit.priority`.
    rested
        Days since the last loan ended, NaN while one is open.
    officer_id, branch_id, list_branch_id
        Empty where not known; the last is the branch of the officer's list.
    true
        Flags, in which not known is not set: complaint, about_staff, cooling, asked_enough, gone, contact_opt_out,
        officer_serves, phone_dead, driven_away.
    held
        Whom each kind of hold reaches.
    """

    as_of: date
    settings: Settings
    client_id: Texts
    person: NDArray[np.intp]
    band: Texts
    state: Texts
    margin: NDArray[np.float64]
    priority: NDArray[np.float64]
    rested: NDArray[np.float64]
    complaint_since: NDArray[np.datetime64]
    failed_tries: NDArray[np.int64]
    officer_id: Texts
    branch_id: Texts
    list_branch_id: Texts
    true: Mapping[str, Mask]
    held: Mapping[Hold, Mask]


def objected(week: Week) -> Mask:
    """Who objected is neither scored nor listed."""
    return week.held[Hold.OBJECTION]


def gone(week: Week) -> Mask:
    """Who died, moved or left, or was entered twice, is not asked for."""
    return week.true["gone"]


def opted_out(week: Week) -> Mask:
    """Who asked not to be contacted is left in peace."""
    return week.true["contact_opt_out"] | week.held[Hold.OPT_OUT]


def not_to_be_contacted(week: Week) -> Mask:
    """Who told a visitor not to come again is left in peace."""
    return week.held[Hold.DO_NOT_CONTACT]


def unsafe(week: Week) -> Mask:
    """Whom a contact would put in danger is not contacted."""
    return week.held[Hold.UNSAFE]


def bereaved(week: Week) -> Mask:
    """Who mourns is left in peace."""
    return week.held[Hold.BEREAVEMENT]


def struck_by_disaster(week: Week) -> Mask:
    """Who was struck by a disaster is not asked about loans."""
    return week.held[Hold.DISASTER]


def in_the_cool_off(week: Week) -> Mask:
    """Who was contacted for a list has some weeks of peace, unless a complaint is open."""
    return week.true["cooling"] & ~week.true["complaint"]


def asked_often_enough(week: Week) -> Mask:
    """Who was asked as often as one loan allows is not asked again, unless a complaint is open."""
    return week.true["asked_enough"] & ~week.true["complaint"]


def rested_too_long(week: Week) -> Mask:
    """Who has rested for long is not asked any more, unless a complaint is open."""
    return (week.rested > week.settings.rest_days) & ~week.true["complaint"]


def branch_closed(week: Week) -> Mask:
    """Nobody is met in a week in which the branch is closed; a complaint waits only if the whole institution is."""
    if closed_all_week(week.settings, None, week.as_of):
        return np.ones(len(week.client_id), dtype=bool)
    closed = [branch for branch in week.settings.holidays if closed_all_week(week.settings, branch, week.as_of)]
    return (among(week.branch_id, closed) | among(week.list_branch_id, closed)) & ~week.true["complaint"]


def below_the_lowest_band(week: Week) -> Mask:
    """Who is in a band that is not listed is left alone, unless a complaint is open."""
    listed = BANDS[: BANDS.index(week.settings.lowest_band) + 1]
    return ~among(week.band, listed) & ~week.true["complaint"]


def driven_away(week: Week) -> Mask:
    """Whom a contact is expected to drive away is left alone, unless a complaint is open."""
    return week.true["driven_away"] & ~week.true["complaint"]


#: Each protection by its code, in the order in which they are told.
BARS: Mapping[Barred, Callable[[Week], Mask]] = MappingProxyType(
    {
        Barred.OBJECTION: objected,
        Barred.GONE: gone,
        Barred.OPT_OUT: opted_out,
        Barred.DO_NOT_CONTACT: not_to_be_contacted,
        Barred.UNSAFE: unsafe,
        Barred.BEREAVEMENT: bereaved,
        Barred.DISASTER: struck_by_disaster,
        Barred.COOL_OFF: in_the_cool_off,
        Barred.ASKED_ENOUGH: asked_often_enough,
        Barred.RESTED: rested_too_long,
        Barred.BRANCH_CLOSED: branch_closed,
        Barred.BELOW_BAND: below_the_lowest_band,
        Barred.NOT_HELPED: driven_away,
    }
)


def barred(week: Week) -> Texts:
    """The first code that bars each client, empty where none does."""
    codes = np.full(len(week.client_id), "", dtype=object)
    for code, bars in reversed(tuple(BARS.items())):
        codes[bars(week)] = code.value
    return codes


def counts(barred: pd.DataFrame) -> pd.DataFrame:
    """How many clients of each branch are not listed for which reason: what a manager may see of it.

    Parameters
    ----------
    barred
        `serving.rules.Choice.barred`: client_id, branch_id, barred.

    Returns
    -------
    DataFrame of branch_id, barred, clients, sorted; who may not be told is among those without room
    """
    told = barred["barred"].replace([each.value for each in UNTOLD], Barred.NO_ROOM.value)
    return barred.assign(barred=told).groupby(["branch_id", "barred"]).size().rename("clients").reset_index()


def among(names: Texts, wanted: Sequence[str]) -> Mask:
    """Which names are among those wanted."""
    found: Mask = pd.Series(names, dtype="object").isin(list(wanted)).to_numpy()
    return found
