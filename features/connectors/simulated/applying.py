"""Applications for loans: granted, cut, withdrawn, refused, still waiting."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.connectors.simulated import columns, rests
from features.connectors.simulated.columns import NO_DAY, Calendar
from features.connectors.simulated.history import Life
from features.connectors.simulated.ledger import NEVER, PUSHED_OUT, STAYED, WENT
from features.connectors.simulated.lending import Loans
from features.connectors.simulated.people import People
from features.connectors.simulated.settings import SimulationSettings

Ints = NDArray[np.int64]
#: Client, day asked, cents asked, day decided, decision, cents granted, loan (-1 none), row by row.
Part = tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]

_DECISIONS = ("approved", "refused", "withdrawn")


def application_table(settings: SimulationSettings, people: People, life: Life, loans: Loans, client_ids: pa.Array,
                      calendar: Calendar, piece: int, rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical applications: those that became loans, those of leavers, refused top-ups."""
    mains = len(life.loans["client"])
    weekday = people.weekday
    asked = np.asarray(life.loans["asked"], dtype=np.int64)
    got = np.flatnonzero(loans.known[:mains] <= calendar.end)
    client = loans.client[:mains]
    applied = calendar.day(asked, weekday[client])
    decided = np.maximum(loans.disbursed[:mains] - rng.integers(0, 4, mains), calendar.day(loans.start[:mains], 0))
    decided = np.minimum(np.maximum(decided, applied), loans.disbursed[:mains])
    requested = np.round(loans.cents[:mains] / np.asarray(life.loans["cut_to"]) / 10_000).astype(np.int64) * 10_000
    requested = np.maximum(requested, loans.cents[:mains])
    parts = [(client[got], applied[got], requested[got], decided[got], np.zeros(len(got), dtype=np.int64),
              loans.cents[:mains][got], got)]  # fmt: skip
    parts.append(_of_those_who_stop(life, calendar, weekday, rng))
    parts.append(_pending(settings, life, calendar, weekday))
    parts.append(_refused_top_ups(life, loans, calendar, rng))
    who, on, wanted, until, decision, granted, loan = (np.concatenate([part[k] for part in parts]) for k in range(7))
    seen = on <= calendar.end
    who, on, wanted, until, decision, granted, loan = (
        x[seen] for x in (who, on, wanted, until, decision, granted, loan)
    )
    undecided = (until > calendar.end) | (until <= NO_DAY)
    n = len(who)
    return pa.table(
        {
            "application_id": columns.ids(f"A{piece:03d}", range(n), 6),
            "client_id": columns.words(who, client_ids),
            "applied_on": columns.dates(on),
            "requested_amount": columns.money(wanted, rng.random(n) < 0.01),
            "decided_on": columns.dates(until, undecided),
            "decision": columns.words(decision, _DECISIONS, undecided),
            "approved_amount": columns.money(granted, undecided | (decision != 0)),
            "loan_id": columns.words(loan, loans.ids, undecided),
            "known_on": columns.dates(on),
        }
    )


def _of_those_who_stop(life: Life, calendar: Calendar, weekday: Ints, rng: np.random.Generator) -> Part:
    rows = life.decisions
    how, asked = np.asarray(rows["how"]), np.asarray(rows["asked"], dtype=np.int64)
    chosen = np.flatnonzero(((how == WENT) | (how == PUSHED_OUT)) & (asked >= 0))
    client = np.asarray(rows["client"], dtype=np.int64)[chosen]
    week = np.asarray(rows["week"], dtype=np.int64)[chosen] + asked[chosen]
    on = calendar.day(week, weekday[client])
    pushed = how[chosen] == PUSHED_OUT
    until = calendar.day(week + np.where(pushed, 1, rests.WITHDRAWN_AFTER), weekday[client])
    wanted = (np.asarray(rows["last_amount"])[chosen] * (1 + rng.random(len(chosen)))).astype(np.int64) // 100 * 10_000
    nothing = np.zeros(len(chosen), dtype=np.int64)
    return client, on, wanted, until, np.where(pushed, 1, 2), nothing, nothing - 1


def _pending(settings: SimulationSettings, life: Life, calendar: Calendar, weekday: Ints) -> Part:
    """Applications of resting clients whose loan comes after the book's last day, or never because they were lost."""
    rows = life.decisions
    stayed = np.asarray(rows["how"]) == STAYED
    week, gap = np.asarray(rows["week"], dtype=np.int64), np.asarray(rows["gap"], dtype=np.int64)
    asked = week + np.asarray(rows["asked"], dtype=np.int64)
    lost = _lost_week(life)[np.asarray(rows["client"], dtype=np.int64)]
    never = (lost > week) & (lost <= week + gap) & (asked < lost)
    chosen = np.flatnonzero(stayed & (asked < settings.weeks) & ((week + gap >= settings.weeks) | never))
    client = np.asarray(rows["client"], dtype=np.int64)[chosen]
    on = calendar.day(asked[chosen], weekday[client])
    wanted = np.asarray(rows["last_amount"])[chosen].astype(np.int64) // 100 * 10_000
    nothing = np.zeros(len(chosen), dtype=np.int64)
    return client, on, wanted, nothing + NO_DAY, nothing, nothing, nothing - 1


def _lost_week(life: Life) -> Ints:
    lost = np.full(life.loan.shape[1], NEVER, dtype=np.int64)
    gone = np.asarray(life.decisions["lost"]) > 0
    lost[np.asarray(life.decisions["client"], dtype=np.int64)[gone]] = np.asarray(life.decisions["week"])[gone]
    return lost


def _refused_top_ups(life: Life, loans: Loans, calendar: Calendar, rng: np.random.Generator) -> Part:
    state = life.chains["DEN-1"]
    week, client = np.nonzero(
        (state[1:] == 1) & (state[:-1] == 0) & (life.loan[1:] >= 0) & (life.loan[:-1] == life.loan[1:])
    )
    week = week + 1
    loan = life.loan[week, client]
    # Asked and refused within the week: a request seen before its refusal would tell the future.
    asked = rng.integers(0, 5, len(week))
    on, until = calendar.day(week, asked), calendar.day(week, asked + rng.integers(0, 2, len(week)))
    wanted = (loans.cents[loan] * (0.3 + 0.5 * rng.random(len(week)))).astype(np.int64) // 10_000 * 10_000 + 50_000
    nothing = np.zeros(len(week), dtype=np.int64)
    return client.astype(np.int64), on, wanted, until, nothing + 1, nothing, nothing - 1
