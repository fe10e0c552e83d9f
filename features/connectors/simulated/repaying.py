"""Schedules and payments, made so that they agree with the arrears each client lived through."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.connectors.simulated import columns
from features.connectors.simulated.columns import NO_DAY, Calendar
from features.connectors.simulated.history import Life
from features.connectors.simulated.ledger import DIED, NEVER, RUNS, WRITTEN_OFF
from features.connectors.simulated.lending import Loans, due_week, next_clear_week
from features.connectors.simulated.loan_end import RESCHEDULED_WEEKS
from features.connectors.simulated.people import People
from features.connectors.simulated.settings import SimulationSettings

Ints = NDArray[np.int64]

#: Part of the instalments paid together with the one before while the client pays ahead; part of the overdue ones of
#: which half is paid on the day.
AHEAD_TOGETHER, HALF_PAID = 0.85, 0.3
CHANNELS = ("cash", "mobile", "bank")


@dataclass(frozen=True)
class Schedule:
    """All instalments of a piece. `replaced` and `known` are weeks (`NEVER`: not replaced; known with the loan)."""

    loan: Ints
    number: Ints
    week: Ints
    cents: Ints
    paid_week: Ints
    replaced: Ints
    known: Ints


def schedule(settings: SimulationSettings, life: Life, loans: Loans, rng: np.random.Generator) -> Schedule:
    """Instalments with the week in which each was paid (`NEVER` if it was not)."""
    loan, copy = columns.expand(loans.count)
    week = due_week(loans.start[loan], copy + 1, loans.step[loan])
    each = loans.total // loans.count // 100 * 100
    last = copy + 1 == loans.count[loan]
    cents = np.where(last, loans.total[loan] - each[loan] * (loans.count[loan] - 1), each[loan])
    clear = next_clear_week(life)
    paid = _paid(settings, loans, clear, loan, week)
    ahead_of = np.zeros(len(loan), dtype=bool)
    before = np.minimum(np.roll(paid, 1), settings.weeks - 1)
    together = (copy > 0) & ~last & (np.roll(paid, 1) < settings.weeks) & (before >= 0)
    together &= rng.random(len(loan), dtype=np.float32) < AHEAD_TOGETHER
    ahead_of[together] = life.ahead[before[together], loans.client[loan[together]]] == 1
    paid = np.where(ahead_of, np.minimum(paid, np.roll(paid, 1)), paid)
    plain = Schedule(loan, copy + 1, week, cents, paid, np.full(len(loan), NEVER), np.full(len(loan), NEVER))
    return _rescheduled(settings, life, loans, clear, plain)


def _paid(settings: SimulationSettings, loans: Loans, clear: Ints, loan: Ints, week: Ints) -> Ints:
    inside = (week >= 0) & (week < settings.weeks)
    paid = np.where(week < 0, week, NEVER)
    paid[inside] = clear[week[inside], loans.client[loan[inside]]]
    settled = loans.how != RUNS
    unpaid_rest = (loans.how == WRITTEN_OFF) | (loans.how == DIED)
    end = loans.end[loan]
    paid = np.where(settled[loan] & ~unpaid_rest[loan], np.minimum(paid, end), paid)
    return np.where(unpaid_rest[loan] & (paid >= end), NEVER, paid)


def _rescheduled(settings: SimulationSettings, life: Life, loans: Loans, clear: Ints, plain: Schedule) -> Schedule:
    """What is still unpaid when a loan is rescheduled is spread anew up to the new end."""
    extra: list[tuple[int, int, int, int, int, int, int]] = []
    paid, replaced = plain.paid_week.copy(), plain.replaced.copy()
    first = np.cumsum(loans.count) - loans.count
    due = loans.start + loans.term
    events = life.rescheduled[np.argsort(life.rescheduled[:, 0] * 10_000 + life.rescheduled[:, 1], kind="stable")]
    fresh: dict[int, list[int]] = {}
    for loan, week in events.tolist():
        rows = range(int(first[loan]), int(first[loan] + loans.count[loan]))
        open_rows = [row for row in rows if replaced[row] == NEVER and paid[row] >= week]
        open_extra = [row for row in fresh.get(loan, []) if extra[row][5] == NEVER and extra[row][4] >= week]
        owed = int(sum(plain.cents[row] for row in open_rows) + sum(extra[row][3] for row in open_extra))
        due[loan] = max(int(due[loan]), week) + RESCHEDULED_WEEKS
        parts = len(open_rows) + len(open_extra)
        if parts == 0:
            continue
        for row in open_rows:
            paid[row], replaced[row] = NEVER, week
        for row in open_extra:
            extra[row] = (*extra[row][:4], NEVER, week, extra[row][6])
        weeks = week + np.ceil(np.arange(1, parts + 1) * (due[loan] - week) / parts).astype(np.int64)
        cents = np.full(parts, owed // parts // 100 * 100)
        cents[-1] = owed - int(cents[:-1].sum())
        when = _paid(settings, loans, clear, np.full(parts, loan), weeks)
        fresh.setdefault(loan, []).extend(range(len(extra), len(extra) + parts))
        number = int(loans.count[loan]) - parts
        extra += [(loan, number + k + 1, int(weeks[k]), int(cents[k]), int(when[k]), NEVER, week) for k in range(parts)]
    if not extra:
        return Schedule(plain.loan, plain.number, plain.week, plain.cents, paid, replaced, plain.known)
    more = np.array(extra, dtype=np.int64).T
    columns_now = (plain.loan, plain.number, plain.week, plain.cents, paid, replaced, plain.known)
    together = [np.concatenate([old, new]) for old, new in zip(columns_now, more, strict=True)]
    order = np.argsort(together[0], kind="stable")
    return Schedule(*(column[order] for column in together))


def instalment_table(people: People, loans: Loans, plan: Schedule, calendar: Calendar) -> pa.Table:
    """Canonical instalments of the loans that are known by the book's last day."""
    weekday = people.weekday[loans.client[plan.loan]]
    known = np.where(plan.known == NEVER, loans.known[plan.loan], calendar.day(plan.known, weekday))
    replaced = np.where(plan.replaced == NEVER, NO_DAY, calendar.day(plan.replaced, weekday))
    table = pa.table(
        {
            "loan_id": columns.words(plan.loan, loans.ids),
            "due_on": columns.dates(calendar.day(plan.week, weekday)),
            "amount_due": columns.money(plan.cents),
            "seq": columns.whole(plan.number),
            "known_on": columns.dates(known),
            "replaced_on": columns.dates(replaced),
        }
    )
    return table.filter(pa.array(loans.known[plan.loan] <= calendar.end))


def repayment_table(settings: SimulationSettings, people: People, loans: Loans, plan: Schedule, calendar: Calendar,
                    rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical repayments: what was received by the book's last day, back-dated and reversed entries included."""
    received = np.flatnonzero((plan.paid_week < settings.weeks) & (loans.known[plan.loan] <= calendar.end))
    loan, week, cents = plan.loan[received], plan.paid_week[received], plan.cents[received]
    due = plan.week[received]
    halved = np.flatnonzero((week > due) & (due >= 0) & (rng.random(len(loan), dtype=np.float32) < HALF_PAID))
    half = cents[halved] // 200 * 100
    cents[halved] -= half
    loan = np.concatenate([loan, loan[halved]])
    week = np.concatenate([week, np.minimum(due[halved], week[halved])])
    cents = np.concatenate([cents, half])
    key = loan * 4_096 + (week + 1_024)
    order = np.argsort(key, kind="stable")
    key, cents = key[order], cents[order]
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.empty(0, dtype=np.int64)
    cents = np.add.reduceat(cents, starts) if len(starts) else cents
    loan, week = key[starts] // 4_096, key[starts] % 4_096 - 1_024
    n = len(loan)
    weekday = people.weekday[loans.client[loan]]
    last = week == loans.end[loan]
    slip = np.where(last, 0, np.searchsorted([0.86, 0.96], rng.random(n, dtype=np.float32), side="right"))
    paid_on = calendar.day(week, weekday) + slip
    late = rng.random(n, dtype=np.float32) < settings.back_dated
    known = np.where(late, paid_on + rng.integers(2, 20, n), paid_on)
    lending = people.lending[loans.client[loan]]
    channel = np.searchsorted(
        [0.55, 0.93], rng.random(n, dtype=np.float32) * np.where(lending == 1, 1.0, 0.58), side="right"
    )
    twice = np.flatnonzero(rng.random(n, dtype=np.float32) < settings.reversed_entries)
    undone = paid_on[twice] + rng.integers(1, 16, len(twice))
    rows = np.concatenate([np.arange(n), twice])
    reversed_on = np.concatenate([np.full(n, NO_DAY), np.where(undone > calendar.end, NO_DAY, undone)])
    known = np.concatenate([known, np.minimum(paid_on[twice], known[twice])])
    keep = known <= calendar.end
    rows, reversed_on, known = rows[keep], reversed_on[keep], known[keep]
    order = np.argsort(rows, kind="stable")
    rows, reversed_on, known = rows[order], reversed_on[order], known[order]
    return pa.table(
        {
            "loan_id": columns.words(loan[rows], loans.ids),
            "paid_on": columns.dates(paid_on[rows]),
            "amount": columns.money(cents[rows]),
            "channel": columns.words(channel[rows], CHANNELS),
            "known_on": columns.dates(known),
            "reversed_on": columns.dates(reversed_on),
        }
    )
