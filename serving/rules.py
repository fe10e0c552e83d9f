"""Whom each list names: protections before ranking, then the right list, then places by priority."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pandas as pd

from serving import barring, capacity
from serving.barring import Barred, Mask, Texts, Week, among
from serving.benefit import priority
from serving.capacity import Asked, Ints, earlier
from serving.contact_times import manners
from serving.experiment import week_lots
from serving.experiment.drawing import Experiment, Turn, unit_of_client
from serving.experiment.halting import Halted, halt
from serving.experiment.week_lots import Standing
from serving.holds import Held, reached
from serving.line import DESK
from serving.score import Scores
from serving.settings import Settings

_COUNTED = {"household": "household_id", "group": "group_id"}


class Route(StrEnum):
    """Why a line is the desk's and not the officer's."""

    COMPLAINT = "complaint"
    CONDUCT = "conduct"
    UNREACHABLE = "unreachable"
    NO_OFFICER = "no_officer"


@dataclass(frozen=True)
class Choice:
    """Who is listed this week, and why the others are not.

    Attributes
    ----------
    listed
        One row per line, ordered by list and rank: client_id, list_of, band, state, rank, complaint, about_staff,
        routed (codes of `Route` with blanks between), carried_over (last week's list of the same owner asked for her
        too and had no answer), kept_place (and for that she went before others), and the columns of
        `serving.contact_times.manners`.
    barred
        client_id, branch_id, barred (a code of `Barred`) of everybody else who was scored, by client_id.
    turns
        Turns in the lot that were taken, in their order: client_id, unit, stratum, place, arm, share, list_of,
        branch_id, band, margin. Empty where there is no experiment.
    """

    listed: pd.DataFrame
    barred: pd.DataFrame
    turns: pd.DataFrame = field(default_factory=lambda: _told_turns((), (), {}))


def choose(
    scores: Scores,
    people: pd.DataFrame,
    stands: pd.DataFrame,
    settings: Settings,
    held: Sequence[Held] = (),
    last_week: pd.DataFrame | None = None,
    experiment: Experiment | None = None,
    seen: Mapping[str, str] = MappingProxyType({}),
    halted: Halted | None = None,
) -> Choice:
    """Whom to list, on whose list, in which order; nothing depends on the order of any rows.

    Parameters
    ----------
    people
        `serving.people.people`, indexed by client_id.
    stands
        `serving.standing.rules`, indexed by client_id.
    held
        Holds in force on the scores' date.
    last_week
        Lines of last week's lists: client_id, owner (whose list it was), answered (whether an outcome was entered),
        weeks (how many weeks in a row the client has stood on lists of that owner without an answer, last week's among
        them). None where there were none.
    experiment
        The lot by which clients who would be listed are left out, so that the effect of being listed can be measured;
        the next ones find their places. None leaves nobody out.
    seen
        Clients of an earlier draw of this week whose line has an answer, each with whose list it was: with the
        second draw nobody is asked for more than there is time for in a week.
    halted
        Bands whose lists stopped; None for none.
    """
    week = _week(scores, people, stands, settings, held)
    left_out = barring.barred(week)
    routes = {route: found(week) for route, found in ROUTES.items()}
    owner = np.where(np.logical_or.reduce(list(routes.values())), DESK, week.officer_id)
    list_of, left_out = halt(week, owner, left_out, halted or Halted())
    carried_over, before = _unanswered(week, list_of, last_week)
    kept_place = np.zeros(len(list_of), dtype=bool)
    # Those who may be asked for, whom a contact is expected to help most first.
    asks = np.flatnonzero((left_out == "") & ~week.true["complaint"])
    asks = asks[np.argsort(-week.priority[asks], kind="stable")]
    standing = Standing(list_of, _units(week, people), _counted_with(week, people))
    asked = Asked(list_of[asks], week.branch_id[asks], standing.counted_with[asks], before[asks], _used(seen))
    drawn = week_lots.drawn(week, standing, asks, asked, left_out == Barred.BELOW_BAND.value, experiment)
    left_out[asks[drawn.held_out]] = Barred.HELD_OUT.value
    stay = np.flatnonzero(~drawn.held_out)
    left_out[asks[stay]], kept_place[asks[stay]] = capacity.placed(asked.only(stay), settings)
    told = {
        "client_id": week.client_id,
        "list_of": list_of,
        "band": week.band,
        "state": week.state,
        "complaint": week.true["complaint"],
        "about_staff": week.true["about_staff"],
        "routed": _codes(routes),
        "carried_over": carried_over,
        "kept_place": kept_place,
    }
    order = _in_order(np.flatnonzero(left_out == ""), list_of, week)
    listed = {name: values[order] for name, values in told.items()}
    listed["rank"] = earlier(listed["list_of"]) + 1
    times = manners(people.iloc[week.person[order]], settings, week.as_of).reset_index(drop=True)
    out = left_out != ""
    others = {"client_id": week.client_id[out], "branch_id": week.branch_id[out], "barred": left_out[out]}
    of_turns = {"list_of": list_of, "branch_id": week.branch_id, "band": week.band, "margin": week.margin}
    return Choice(pd.DataFrame(listed).join(times), pd.DataFrame(others), _told_turns(drawn.turns, asks, of_turns))


def complaining(week: Week) -> Mask:
    """Whoever has a complaint open is the desk's: no officer's list names her, and no count of it tells of her."""
    return week.true["complaint"]


def about_conduct(week: Week) -> Mask:
    """A complaint about an officer is told to the desk as one."""
    return week.true["complaint"] & week.true["about_staff"]


def unreachable(week: Week) -> Mask:
    """Whose phone is dead and whom the latest tries did not reach is looked for by the desk."""
    return week.true["phone_dead"] & (week.failed_tries >= week.settings.unreached_to_desk)


def without_officer(week: Week) -> Mask:
    """Who has no officer in service is the desk's."""
    return ~week.true["officer_serves"]


#: Each reason to hand a line to the desk, in the order in which they are told.
ROUTES: Mapping[Route, Callable[[Week], Mask]] = MappingProxyType(
    {
        Route.COMPLAINT: complaining,
        Route.CONDUCT: about_conduct,
        Route.UNREACHABLE: unreachable,
        Route.NO_OFFICER: without_officer,
    }
)


def _week(scores: Scores, people: pd.DataFrame, stands: pd.DataFrame, settings: Settings, held: Sequence[Held]) -> Week:
    table = scores.table.sort_values("client_id")
    clients = pd.Index(table["client_id"])
    population = scores.snapshot.population.set_index("client_id")
    # Where each client stands in the other tables.
    here, there, then = (index.get_indexer(clients) for index in (people.index, stands.index, population.index))
    if any((place < 0).any() for place in (here, there, then)):
        raise ValueError("the scores name clients of another book")
    rested = (pd.Timestamp(scores.as_of) - pd.to_datetime(population["rests_since"])).dt.days
    since = pd.to_datetime(stands["complaint_since"]).to_numpy()[there]
    true = {name: _flag(stands, name)[there] for name in ("cooling", "asked_enough", "gone", "about_staff")}
    true |= {name: _flag(people, name)[here] for name in ("contact_opt_out", "officer_serves")}
    true |= {"complaint": ~np.isnat(since), "phone_dead": _flag(people, "phone_ok", equal_to=False)[here]}
    state = population["state"].to_numpy(dtype=object)[then]
    helped = None if scores.helped is None else np.asarray(scores.helped.reindex(clients), dtype=np.float64)
    true["driven_away"] = np.zeros(len(clients), dtype=bool) if helped is None else helped < 0
    return Week(
        as_of=scores.as_of,
        settings=settings,
        client_id=clients.to_numpy(dtype=object),
        person=here,
        band=table["band"].to_numpy(dtype=object),
        state=state,
        margin=table["margin"].to_numpy(dtype=np.float64),
        priority=priority(table, state == "resting", _loan_amount(scores, clients, settings), settings, helped),
        rested=np.asarray(rested, dtype=np.float64)[then],
        complaint_since=since,
        failed_tries=stands["failed_tries"].to_numpy(dtype=np.int64)[there],
        officer_id=_texts(people, "officer_id")[here],
        branch_id=_texts(people, "branch_id")[here],
        list_branch_id=_texts(people, "list_branch_id")[here],
        true=true,
        held={kind: mask[here] for kind, mask in reached(people, held).items()},
    )


def _loan_amount(scores: Scores, clients: pd.Index, settings: Settings) -> "pd.Series[float] | None":
    if settings.worth_by == "client":
        return None
    return scores.snapshot.table["loan_amount"].reindex(clients)


def _units(week: Week, people: pd.DataFrame) -> Texts:
    """Who keeps what the lot said: each client, or her household or group where she has one."""
    by = week.settings.unit_of_lot
    clients = np.array([unit_of_client(client) for client in week.client_id], dtype=object)
    if by == "client":
        return clients
    names = _texts(people, _COUNTED[by])[week.person]
    return np.where(names == "", clients, by + ":" + names)


def _told_turns(turns: Sequence[Turn], asks: Ints | Sequence[int], told: Mapping[str, np.ndarray]) -> pd.DataFrame:
    names = ("client_id", "unit", "stratum", "place", "arm", "share")
    table = pd.DataFrame([{name: getattr(turn, name) for name in names} for turn in turns], columns=list(names))
    where = np.asarray([asks[turn.position] for turn in turns], dtype=np.int64)
    for name in ("list_of", "branch_id", "band", "margin"):
        table[name] = told[name][where] if turns else pd.Series(dtype="object")
    return table


def _counted_with(week: Week, people: pd.DataFrame) -> Ints:
    """The number of each client's household or group, if the MFI counts it once; -1 for none."""
    if week.settings.count_once == "nobody":
        return np.full(len(week.client_id), -1, dtype=np.int64)
    names = _texts(people, _COUNTED[week.settings.count_once])[week.person]
    names[names == ""] = None
    return pd.factorize(names)[0].astype(np.int64)


def _unanswered(week: Week, list_of: Texts, last_week: pd.DataFrame | None) -> tuple[Mask, Mask]:
    """Of whom last week's list of the same owner had no answer, and of whom not for too many weeks.

    A line that was another's is not told of: an officer would learn who was on the desk's list.
    """
    if last_week is None or last_week.empty:
        nobody = np.zeros(len(week.client_id), dtype=bool)
        return nobody, nobody
    silent = last_week[~_flag(last_week, "answered")]
    owner_then = silent.set_index("client_id")["owner"].reindex(week.client_id).to_numpy(dtype=object)
    same_owner: Mask = owner_then == list_of
    fresh = silent[silent["weeks"] <= week.settings.carry_over_weeks]
    return same_owner, same_owner & among(week.client_id, list(fresh["client_id"]))


def _used(seen: Mapping[str, str]) -> Mapping[str, int]:
    """Places of each list that were used by an earlier draw of the week."""
    return Counter(seen.values())


def _codes(routes: Mapping[Route, Mask]) -> Texts:
    told = zip(*(np.where(mask, route.value, "") for route, mask in routes.items()), strict=True)
    return np.array([" ".join(filter(None, codes)) for codes in told], dtype=object)


def _in_order(listed: Ints, list_of: Texts, week: Week) -> Ints:
    """Lines by priority; on the desk's list complaints first, and first those open for long, the oldest on top."""
    since = week.complaint_since[listed].astype("datetime64[D]")
    overdue = since < np.datetime64(week.as_of - timedelta(days=week.settings.complaint_days))
    waits = np.where(overdue, since, np.datetime64(date.max))
    lists, _ = pd.factorize(list_of[listed], sort=True)
    order = np.lexsort((-week.priority[listed], ~week.true["complaint"][listed], waits, lists))
    return listed[order]


def _flag(frame: pd.DataFrame, name: str, *, equal_to: bool = True) -> Mask:
    """Rows in which a flag is known to be so; a column that is not there tells nothing."""
    if name not in frame:
        return np.zeros(len(frame), dtype=bool)
    return frame[name].eq(equal_to).fillna(value=False).to_numpy(dtype=bool)


def _texts(frame: pd.DataFrame, name: str) -> Texts:
    """A column as plain texts, empty where nothing is known."""
    if name not in frame:
        return np.full(len(frame), "", dtype=object)
    texts = frame[name].to_numpy(dtype=object, copy=True)
    texts[pd.isna(texts)] = ""
    return texts
