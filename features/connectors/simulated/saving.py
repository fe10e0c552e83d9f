"""Savings: what group clients must put aside, what others like to, and what is drawn when need comes."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.connectors.simulated import columns, season
from features.connectors.simulated.columns import NO_DAY, Calendar
from features.connectors.simulated.history import Life
from features.connectors.simulated.ledger import LEFT, LOST
from features.connectors.simulated.people import GROUP, People
from features.connectors.simulated.settings import SimulationSettings
from features.connectors.simulated.talking import present

Ints = NDArray[np.int64]

KINDS = ("deposit", "withdrawal", "interest", "fee")
DEPOSIT, WITHDRAWAL, INTEREST, FEE = range(4)
#: Share of clients with a voluntary account; of four-weekly deposits made, when all is well and while draining.
HAS_VOLUNTARY, PUTS_ASIDE, PUTS_ASIDE_DRAINING = 0.5, 0.6, 0.2
#: Weekly chance of a withdrawal: usual, while draining, and added when school fees are due.
DRAWS, DRAWS_DRAINING, DRAWS_SCHOOL = 0.012, 0.16, 0.03
#: Half-yearly interest, and the fee for closing a compulsory account.
INTEREST_RATE, CLOSING_FEE = 0.02, 2_000


def savings_table(settings: SimulationSettings, people: People, life: Life, client_ids: pa.Array, calendar: Calendar,
                  rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical savings: a compulsory account of each group client (number 0) and voluntary accounts (number 1)."""
    n = people.count
    voluntary = rng.random(n) < HAS_VOLUNTARY
    compulsory = people.lending == GROUP
    step = np.maximum(np.round(200 * np.exp(0.6 * rng.standard_normal(n))).astype(np.int64) * 100, 2_000)
    balance = np.zeros((2, n), dtype=np.int64)
    here, draining = present(life), life.chains["SAV-1"] == 1
    near = season.school_fees(season.weeks_of_year(settings.end_on, settings.weeks, 0))
    phase_of = rng.integers(0, 4, n)
    closed = np.zeros(n, dtype=bool)
    rows: list[tuple[Ints, Ints, Ints, Ints, Ints, Ints]] = []

    def note(who: Ints, week: int, account: int, kind: int, cents: Ints) -> None:
        balance[account, who] += cents if kind in {DEPOSIT, INTEREST} else -cents
        size = len(who)
        rows.append(
            (who, np.full(size, week), np.full(size, account), np.full(size, kind), cents, balance[account, who].copy())
        )

    for week in range(settings.weeks):
        turn = here[week] & (phase_of == week % 4)
        draw, part = rng.random(n, dtype=np.float32), rng.random(n, dtype=np.float32)
        who = np.flatnonzero(turn & compulsory & (draw < 0.95))
        note(who, week, 0, DEPOSIT, step[who])
        wish = np.where(draining[week], PUTS_ASIDE_DRAINING, PUTS_ASIDE)
        who = np.flatnonzero(turn & voluntary & (part < wish))
        note(who, week, 1, DEPOSIT, (step[who] * (0.5 + 3 * draw[who])).astype(np.int64) // 100 * 100)
        chance = np.where(draining[week], DRAWS_DRAINING, DRAWS + DRAWS_SCHOOL * near[week])
        draws = here[week] & (rng.random(n, dtype=np.float32) < chance)
        for account, least in ((1, 0), (0, 6)):
            some = draws & (voluntary if account else compulsory & ~voluntary) & (balance[account] > least * step)
            who = np.flatnonzero(some)
            cents = (balance[account, who] * (0.25 + 0.6 * part[who])).astype(np.int64) // 100 * 100
            note(who[cents > 0], week, account, WITHDRAWAL, cents[cents > 0])
        if week % 26 == 25:
            for account in range(2):
                who = np.flatnonzero(balance[account] >= 5_000)
                note(who, week, account, INTEREST, (balance[account, who] * INTEREST_RATE).astype(np.int64) // 10 * 10)
        gone = ((life.phase[week] == LEFT) | (life.phase[week] == LOST)) & ~closed
        closed = gone | (closed & ((life.phase[week] == LEFT) | (life.phase[week] == LOST)))
        who = np.flatnonzero(gone & (balance[0] > CLOSING_FEE) & (rng.random(n, dtype=np.float32) < 0.8))
        note(who, week, 0, FEE, np.full(len(who), CLOSING_FEE))
        note(who, week, 0, WITHDRAWAL, balance[0, who].copy())
    client, when, number, kind, amount, after = (np.concatenate([row[k] for row in rows]) for k in range(6))
    order = np.lexsort((np.arange(len(client)), number, client))
    client, when, number, kind, amount, after = (x[order] for x in (client, when, number, kind, amount, after))
    on = calendar.day(when, people.weekday[client])
    late = rng.random(len(on), dtype=np.float32) < settings.back_dated
    known = np.where(late, on + rng.integers(1, 15, len(on)), on)
    keep = known <= calendar.end
    client, on, number, kind, amount, after, known = (x[keep] for x in (client, on, number, kind, amount, after, known))
    undone = np.where(rng.random(len(on), dtype=np.float32) < settings.reversed_entries / 4, on + 20, NO_DAY)
    undone = np.where((undone > calendar.end) | (kind == FEE), NO_DAY, undone)
    accounts = pa.array([f"S{text}-{suffix}" for suffix in "CV" for text in client_ids.to_pylist()])
    return pa.table(
        {
            "client_id": columns.words(client, client_ids),
            "moved_on": columns.dates(on),
            "kind": columns.words(kind, KINDS),
            "amount": columns.money(amount),
            "account_id": columns.words(number * n + client, accounts),
            "compulsory": columns.truths(number == 0),
            "balance_after": columns.money(after),
            "known_on": columns.dates(known),
            "reversed_on": columns.dates(undone),
        }
    )
