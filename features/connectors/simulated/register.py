"""Clients, officers, groups, and the registers of who served and joined whom, and who left how."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.connectors.simulated import columns, vocabulary
from features.connectors.simulated.causes import CODES, COLUMN
from features.connectors.simulated.columns import NO_DAY, Calendar
from features.connectors.simulated.history import Life
from features.connectors.simulated.ledger import DIED, LEFT, LOST, NEVER, PUSHED_OUT, TRANSFERRED, WENT, WRITTEN_OFF
from features.connectors.simulated.lending import Loans, spelled
from features.connectors.simulated.officers import NOBODY
from features.connectors.simulated.people import People, Piece
from features.connectors.simulated.settings import SimulationSettings

Ints = NDArray[np.int64]

LEAVER_TYPES = ("VOL", "GRAD", "PUSH_MFI", "WO", "DIED", "XFER")
#: Part of those pushed out and written off of whom the register says so.
PUSH_NOTED, WRITE_OFF_NOTED = 0.85, 0.95
#: Part of the groups' old members who are never taken off the roll.
STAYS_ON_ROLL = 0.15


def joined_days(people: People, life: Life, calendar: Calendar, rng: np.random.Generator) -> Ints:
    """Day each client joined: before the window by the cycles already lived, or just before the first application."""
    loans = life.loans
    client = np.asarray(loans["client"], dtype=np.int64)
    _, first = np.unique(client, return_index=True)
    ask = np.minimum(np.asarray(loans["asked"], dtype=np.int64), np.asarray(loans["start"], dtype=np.int64))[first]
    day = calendar.day(ask, people.weekday)
    cycles = np.asarray(loans["cycle"], dtype=np.int64)[first]
    return (
        day
        - rng.integers(0, 15, people.count)
        - np.round(cycles * (270 + 90 * rng.random(people.count))).astype(np.int64)
    )


def client_table(settings: SimulationSettings, people: People, life: Life, joined: Ints, client_ids: pa.Array,
                 branch_ids: pa.Array, group_ids: pa.Array, officer_ids: pa.Array, calendar: Calendar,
                 rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical clients, with values of the book's last day."""
    n = people.count
    phase = life.phase[-1]
    holder = life.world.posts.holder[people.post]
    in_group = (people.group >= 0) & (phase != LOST)
    village = (people.branch * 7 + people.group % 5 + rng.integers(0, 4, n)) % len(vocabulary.VILLAGES)
    works = life.chains["CHN-1"][-1] == 0
    stale = rng.random(n) < 0.15
    female = np.where(people.lending == 0, 0.85, 0.55)
    end_year = calendar.sunday(settings.weeks - 1).year
    return pa.table(
        {
            "client_id": columns.words(np.arange(n), client_ids),
            "joined_on": columns.dates(joined),
            "branch_id": columns.words(people.branch, branch_ids),
            "officer_id": columns.words(holder, officer_ids),
            "group_id": columns.words(people.group, group_ids, ~in_group),
            "client_type": columns.words((rng.random(n) < 0.2).astype(np.int64), ("microenterprise", "individual")),
            "area": columns.words(people.area, ("rural", "urban")),
            "language": columns.words((people.branch + (rng.random(n) < 0.2)) % 3, vocabulary.LANGUAGES),
            "village": columns.words(
                spelled(village, len(vocabulary.VILLAGES), settings.messy_text, rng),
                vocabulary.spellings(vocabulary.VILLAGES),
                rng.random(n) < 0.02,
            ),
            "phone_ok": columns.truths(works | stale, rng.random(n) < 0.05),
            "gender": columns.words((rng.random(n) >= female).astype(np.int64), ("female", "male")),
            "birth_year": columns.whole(
                end_year - 19 - np.round(45 * rng.beta(2, 3, n)).astype(np.int64), rng.random(n) < 0.03
            ),
            "poverty_band": columns.words(rng.integers(1, 5, n) - 1, ("1", "2", "3", "4"), rng.random(n) < 0.1),
            "contact_opt_out": columns.truths(rng.random(n) < 0.02),
            "meeting_weekday": columns.whole(people.weekday + 1, people.group < 0),
            "known_on": columns.dates(joined),
        }
    )


def assignment_table(people: People, life: Life, joined: Ints, client_ids: pa.Array, officer_ids: pa.Array,
                     calendar: Calendar, rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical assignments: who served each client when, vacancies with an empty officer."""
    spells = np.array(
        [
            (post, first, NEVER if last is None else last, officer)
            for post, first, last, officer in life.world.posts.all_spells()
        ],
        dtype=np.int64,
    )
    first_of = np.searchsorted(spells[:, 0], np.arange(len(people.post_branch)))
    count_of = np.bincount(spells[:, 0], minlength=len(people.post_branch))
    client, number = columns.expand(count_of[people.post])
    row = first_of[people.post[client]] + number
    from_on = np.maximum(calendar.day(spells[row, 1], 0), joined[client])
    lasts = spells[row, 2] == NEVER
    to_on = np.where(lasts, NO_DAY, calendar.day(np.where(lasts, 0, spells[row, 2]), 6))
    keep = (lasts | (to_on >= from_on)) & (from_on <= calendar.end)
    client, row, from_on, to_on = client[keep], row[keep], from_on[keep], to_on[keep]
    # The list of the new officer's clients is entered in the course of the week.
    known = np.minimum(from_on + rng.integers(0, 7, len(client)), calendar.end)
    return pa.table(
        {
            "client_id": columns.words(client, client_ids),
            "officer_id": columns.words(spells[row, 3], officer_ids),
            "from_on": columns.dates(from_on),
            "to_on": columns.dates(to_on),
            "known_on": columns.dates(known),
        }
    )


def membership_table(people: People, life: Life, joined: Ints, client_ids: pa.Array, group_ids: pa.Array,
                     calendar: Calendar, rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical memberships. A name is struck off weeks after the grace period, if ever."""
    client = np.flatnonzero(people.group >= 0)
    gone = (life.phase[-1, client] == LEFT) | (life.phase[-1, client] == LOST)
    week = life.ended[-1, client].astype(np.int64) + 14 + rng.integers(0, 4, len(client))
    to_on = calendar.day(week, people.weekday[client])
    off = gone & (rng.random(len(client)) >= STAYS_ON_ROLL) & (to_on <= calendar.end)
    return pa.table(
        {
            "client_id": columns.words(client, client_ids),
            "group_id": columns.words(people.group[client], group_ids),
            "from_on": columns.dates(joined[client]),
            "to_on": columns.dates(np.where(off, to_on, NO_DAY)),
            "known_on": columns.dates(joined[client]),
        }
    )


def departure_table(settings: SimulationSettings, people: People, life: Life, loans: Loans, client_ids: pa.Array,
                    calendar: Calendar, rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical departures: what the MFI came to know, when it came to know it."""
    rows = life.decisions
    how, lost = np.asarray(rows["how"]), np.asarray(rows["lost"])
    who, week = np.asarray(rows["client"], dtype=np.int64), np.asarray(rows["week"], dtype=np.int64)
    asked = (how == WENT) & (np.asarray(rows["gap"]) == NEVER) & (rng.random(len(how)) < settings.interviewed)
    noisy = life.reasons * (0.5 + rng.random(life.reasons.shape))
    order = np.argsort(-noisy, axis=1, kind="stable")[:, :3]
    told = np.take_along_axis(noisy, order, axis=1) > 0.02
    graduated = (order[:, 0] == COLUMN["PAY-1"]) & told[:, 0]
    pushed = (how == PUSHED_OUT) & (rng.random(len(how)) < PUSH_NOTED)
    main = np.arange(len(life.loans["client"]))
    ended = loans.how[main]
    wrote = (ended == WRITTEN_OFF) & (rng.random(len(main)) < WRITE_OFF_NOTED)
    left = np.flatnonzero(((ended == DIED) | (ended == TRANSFERRED)) & (rng.random(len(main)) >= settings.never_known))
    left_resting = np.flatnonzero((lost > 0) & (rng.random(len(how)) >= settings.never_known))
    interview, push, off = np.flatnonzero(asked), np.flatnonzero(pushed), np.flatnonzero(wrote)
    client = np.concatenate([who[interview], who[push], loans.client[off], loans.client[left], who[left_resting]])
    weeks = np.concatenate([week[interview], week[push], loans.end[off], loans.end[left], week[left_resting]])
    kind = np.concatenate([
        np.where(graduated[interview], 1, 0), np.full(len(push), 2), np.full(len(off), 3),
        np.where(ended[left] == DIED, 4, 5), np.where(lost[left_resting] == DIED, 4, 5),
    ])  # fmt: skip
    reasons = [";".join(CODES[code] for code, said in zip(order[row], told[row], strict=True) if said) or None
               for row in interview]  # fmt: skip
    on = calendar.day(weeks, people.weekday[client])
    least = np.array([91, 91, 8, 0, 7, 7])[kind]
    spread = np.array([60, 60, 14, 11, 54, 54])[kind]
    known = on + least + (rng.random(len(client)) * spread).astype(np.int64)
    table = pa.table(
        {
            "client_id": columns.words(client, client_ids),
            "left_on": columns.dates(on),
            "leaver_type": columns.words(kind, LEAVER_TYPES),
            "reasons": pa.array([*reasons, *[None] * (len(client) - len(reasons))], pa.string()),
            "known_on": columns.dates(known),
        }
    )
    return table.take(pa.array(np.flatnonzero(known <= calendar.end)[_by_day(known[known <= calendar.end])]))


def _by_day(days: Ints) -> Ints:
    return np.argsort(days, kind="stable")


def officer_table(settings: SimulationSettings, people: People, life: Life, officer_ids: pa.Array, branch_ids: pa.Array,
                  calendar: Calendar, rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical officers."""
    spells = [spell for spell in life.world.posts.all_spells() if spell[3] != NOBODY]
    spells.sort(key=lambda spell: spell[3])
    first = np.array([spell[1] for spell in spells], dtype=np.int64)
    last = np.array([NEVER if spell[2] is None else spell[2] for spell in spells], dtype=np.int64)
    n = len(spells)
    names = [f"{a} {b}" for a in vocabulary.FIRST_NAMES for b in vocabulary.LAST_NAMES]
    name = spelled(rng.integers(0, len(names), n), len(names), settings.messy_text, rng)
    lasts = last == NEVER
    return pa.table(
        {
            "officer_id": officer_ids,
            "name": columns.words(name, vocabulary.spellings(names)),
            "branch_id": columns.words(people.post_branch[[spell[0] for spell in spells]], branch_ids),
            "from_on": columns.dates(calendar.day(first, 0)),
            "to_on": columns.dates(np.where(lasts, NO_DAY, calendar.day(np.where(lasts, 0, last), 6))),
        }
    )


def branch_table(people: People, piece: Piece, branch_ids: pa.Array) -> pa.Table:
    """Canonical branches."""
    count = len(vocabulary.VILLAGES)
    numbers = range(piece.first_branch, piece.first_branch + len(piece.branch_sizes))
    names = [vocabulary.VILLAGES[k * 5 % count] + (f" {k // count + 1}" if k >= count else "") for k in numbers]
    return pa.table(
        {
            "branch_id": branch_ids,
            "name": pa.array(names),
            "area": columns.words(people.branch_area, ("rural", "urban")),
        }
    )


def group_table(settings: SimulationSettings, people: People, group_ids: pa.Array, branch_ids: pa.Array,
                rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical groups; three groups meet in one centre."""
    n = len(people.group_branch)
    names = [
        f"{name} {kind}" for name in vocabulary.VILLAGES for kind in ("Women", "Traders", "Farmers", "United", "Hope")
    ]
    name = spelled(rng.integers(0, len(names), n), len(names), settings.messy_text, rng)
    return pa.table(
        {
            "group_id": group_ids,
            "name": columns.words(name, vocabulary.spellings(names)),
            "branch_id": columns.words(people.group_branch, branch_ids),
            "centre": columns.words(
                people.group_post * 100 + np.arange(n) // 3 % 100, [f"Centre {k + 1}" for k in range(n * 100)]
            ),
            "meeting_weekday": columns.whole(people.group_weekday + 1),
        }
    )
