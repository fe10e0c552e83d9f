"""Contacts, complaints and meetings: the traces of who was met, who could not be reached, who stays away."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.connectors.simulated import columns, vocabulary
from features.connectors.simulated.causes import (
    HANDED_OVER,
    NO_COMPLAINT,
    NOT_HANDED_OVER,
    OPEN,
    OPEN_ABOUT_OFFICER,
    SETTLED_COMPLAINT,
)
from features.connectors.simulated.columns import NO_DAY, Calendar
from features.connectors.simulated.history import Life
from features.connectors.simulated.ledger import BORROWS, RESTS
from features.connectors.simulated.officers import NOBODY
from features.connectors.simulated.people import People
from features.connectors.simulated.settings import SimulationSettings

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

KINDS = ("visit", "call", "message", "meeting", "survey")
RESULTS = ("reached", "not_reached", "wrong_number", "refused", "promised", "other")
TOPICS = ("routine", "arrears", "handover", "retention", "renewal", "survey")
#: Weekly chance of a call tried, of a message sent, of a survey.
CALLS, MESSAGES, SURVEYS = 0.045, 0.02, 0.002
#: Chance that a call is answered with a working and with a dead phone.
ANSWERED = (0.72, 0.06)
#: Attendance of a client who takes part and of one whose interest fades.
COMES = (0.96, 0.35)

_NO_LISTS: dict[str, NDArray[Any]] = {
    "week": np.empty(0, dtype=np.int64),
    "client": np.empty(0, dtype=np.int64),
    "met": np.empty(0, dtype=bool),
    "list_id": np.empty(0, dtype=object),
}


def borrowing(life: Life) -> Mask:
    """Clients with an open loan both last Sunday and this one, shape (weeks, clients)."""
    here: Mask = life.phase == BORROWS
    here[1:] &= here[:-1].copy()
    return here


def present(life: Life) -> Mask:
    """Clients who borrow or rest, last Sunday and this one, shape (weeks, clients)."""
    here: Mask = (life.phase == BORROWS) | (life.phase == RESTS)
    here[1:] &= here[:-1].copy()
    return here


def holders(life: Life, weeks: int) -> Ints:
    """Officer in each post on each Sunday, shape (weeks, posts)."""
    spells = life.world.posts.all_spells()
    held = np.full((weeks, 1 + max(spell[0] for spell in spells)), NOBODY, dtype=np.int64)
    for post, first, last, officer in spells:
        held[max(first, 0) : weeks if last is None else last + 1, post] = officer
    return held


def _entered(life: Life, code: str, states: tuple[int, ...]) -> Mask:
    state = life.chains[code]
    inside: Mask = np.isin(state, states)
    inside[1:] &= state[1:] != state[:-1]
    inside[0] = False
    return inside


def contact_table(settings: SimulationSettings, people: People, life: Life, client_ids: pa.Array,
                  officer_ids: pa.Array, calendar: Calendar, piece: int,
                  rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical contacts."""
    here, shape = present(life), life.phase.shape
    loan = borrowing(life)

    def chance(p: float | NDArray[np.float64]) -> Mask:
        return np.asarray(rng.random(shape, dtype=np.float32) < p)

    met = here & (life.chains["OFF-2"] == 0)
    met[0] = False
    handed = here & _entered(life, "OFF-1", (HANDED_OVER,))
    handed |= here & _entered(life, "OFF-1", (NOT_HANDED_OVER,)) & chance(0.04)
    retention = loan.copy()
    retention[0] = False
    retention[1:] &= (life.visited[1:] == 1) & (life.visited[:-1] == 0)
    lists = life.contacts or _NO_LISTS
    retention[lists["week"], lists["client"]] = False
    overdue = loan & ((life.arrears == 1) | (life.arrears == 3)) & chance(0.35)
    calls, messages, surveys = here & chance(CALLS), here & chance(MESSAGES), here & chance(SURVEYS)
    # (mask, kind, topic, reached for certain)
    sources = ((met, 0, 0, True), (handed, 0, 2, True), (retention, 0, 3, True), (overdue, 0, 1, False),
               (calls, 1, 0, False), (messages, 2, 4, False), (surveys, 4, 5, False))  # fmt: skip
    found: list[tuple[NDArray[Any], ...]] = [np.nonzero(source[0]) for source in sources]
    found.append((lists["week"], lists["client"]))
    week, client = (np.concatenate([pair[k] for pair in found]) for k in range(2))
    kind, topic, sure = (
        np.repeat([*(int(source[k]) for source in sources), (0, 3, 0)[k - 1]], [len(pair[0]) for pair in found])
        for k in (1, 2, 3)
    )
    n = len(week)
    listed = np.arange(n) >= n - len(lists["week"])
    dead = life.chains["CHN-1"][week, client]
    phoned = (kind == 1) | (kind == 2) | (kind == 4)
    answered = np.where(phoned, np.array(ANSWERED)[dead], 0.75)
    draw, more = rng.random(n), rng.random(n)
    reached = (sure == 1) | (draw < answered)
    reached[listed] = lists["met"]
    result = np.where(
        reached, np.where((topic == 1) & (more < 0.4), 4, 0), np.where(phoned & (dead == 1) & (more < 0.4), 2, 1)
    )
    # Someone visited for routine is at times the client's own call at the branch.
    inbound = (topic == 0) & (kind == 0) & (more > 0.9)
    kind = np.where(inbound, 1, kind)
    weekday = rng.integers(0, 5, n)
    # A list's visit comes before what the client decides on the weekday of her loan's end.
    weekday = np.where(listed, np.minimum(weekday, people.weekday[client]), weekday)
    day = calendar.day(week, weekday)
    officer = holders(life, settings.weeks)[week, people.post[client]]
    paper = rng.random(n) < 0.10
    known = np.where(paper, day + rng.integers(1, 8, n), day)
    order = np.lexsort((kind, day, client))
    order = order[known[order] <= calendar.end]
    numbers = pa.array(np.arange(len(order)) + 1_000_000_000 * (piece + 1)).cast(pa.string())
    table = pa.table(
        {
            "contact_id": numbers,
            "client_id": columns.words(client[order], client_ids),
            "happened_on": columns.dates(day[order]),
            "kind": columns.words(kind[order], KINDS),
            "direction": columns.words(inbound[order].astype(np.int64), ("out", "in")),
            "officer_id": columns.words(officer[order], officer_ids),
            "result": columns.words(result[order], RESULTS),
            "topic": columns.words(topic[order], TOPICS),
            "known_on": columns.dates(known[order]),
        }
    )
    if life.contacts is None:
        return table
    list_id = np.full(n, None, dtype=object)
    list_id[listed] = lists["list_id"]
    return table.append_column("list_id", pa.array(list_id[order], pa.string()))


def complaint_table(settings: SimulationSettings, people: People, life: Life, client_ids: pa.Array,
                    officer_ids: pa.Array, calendar: Calendar, piece: int,
                  rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical complaints."""
    state, here = life.chains["CMP-1"], present(life)
    opened = np.zeros_like(here)
    opened[1:] = here[1:] & (state[:-1] == NO_COMPLAINT) & ((state[1:] == OPEN) | (state[1:] == OPEN_ABOUT_OFFICER))
    client, week = np.nonzero(opened.T)
    settled = np.zeros_like(here)
    settled[1:] = (state[1:] == SETTLED_COMPLAINT) & (state[:-1] != SETTLED_COMPLAINT)
    until = _next(settled)[week, client]
    n = len(week)
    about = state[week, client] == OPEN_ABOUT_OFFICER
    first = rng.integers(0, 5, n)
    on = calendar.day(week, first)
    closed = np.where(
        until < settings.weeks, calendar.day(np.minimum(until, settings.weeks), rng.integers(0, 5, n)), NO_DAY
    )
    closed_known = closed + np.where(rng.random(n) < 0.2, rng.integers(1, 8, n), 0)
    unseen = (closed_known > calendar.end) | (closed <= NO_DAY)
    officer = holders(life, settings.weeks)[week, people.post[client]]
    topic = np.where(about, 0, 1 + rng.integers(0, len(vocabulary.TOPICS) - 1, n))
    codes = [topic.replace(" ", "_") for topic in vocabulary.TOPICS]
    return pa.table(
        {
            "complaint_id": columns.ids(f"K{piece:03d}", range(n), 5),
            "client_id": columns.words(client, client_ids),
            "opened_on": columns.dates(on),
            "closed_on": columns.dates(closed, unseen),
            "topic": columns.words(topic, codes),
            "about_officer": columns.words(np.where(about, officer, -1), officer_ids),
            "known_on": columns.dates(on),
            "closed_known_on": columns.dates(closed_known, unseen),
        }
    )


def _next(event: Mask) -> Ints:
    weeks, n = event.shape
    when = np.empty((weeks, n), dtype=np.int64)
    following = np.full(n, weeks, dtype=np.int64)
    for week in range(weeks - 1, -1, -1):
        when[week] = following
        following = np.where(event[week], week, following)
    return when


def attendance_table(people: People, life: Life, client_ids: pa.Array, group_ids: pa.Array, calendar: Calendar,
                     rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical attendance: fortnightly meetings of the groups, for members with an open loan."""
    weeks = np.arange(life.phase.shape[0])[:, None]
    meets = borrowing(life) & (people.group >= 0)[None, :] & ((weeks + people.group[None, :]) % 2 == 0)
    client, week = np.nonzero(meets.T)
    came = rng.random(len(week), dtype=np.float32) < np.array(COMES)[life.chains["GRP-2"][week, client]]
    # Whoever is behind stays away more often.
    came &= (life.arrears[week, client] % 2 == 0) | (rng.random(len(week), dtype=np.float32) < 0.75)
    on = calendar.day(week, people.weekday[client])
    return pa.table(
        {
            "client_id": columns.words(client, client_ids),
            "meeting_on": columns.dates(on),
            "attended": columns.truths(came),
            "group_id": columns.words(people.group[client], group_ids),
        }
    )
