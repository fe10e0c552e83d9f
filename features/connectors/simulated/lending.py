"""Loans, applications and the small loans beside them, as the MFI's system holds them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.connectors.simulated import columns, season, vocabulary
from features.connectors.simulated.columns import NO_DAY, Calendar
from features.connectors.simulated.history import Life
from features.connectors.simulated.ledger import DIED, NEVER, REPAID, RUNS, WRITTEN_OFF
from features.connectors.simulated.people import GROUP, PRODUCTS, SIDE_LOAN, People
from features.connectors.simulated.settings import SimulationSettings

Ints = NDArray[np.int64]

_HOW = ("repaid", "written_off", "refinanced")
#: Nominal yearly rate, of group and individual loans; paid on the amount disbursed.
RATES = (0.28, 0.24)
#: Weekly chance of a small second loan when school fees are due, and at other times.
SIDE_IN_SEASON, SIDE_ELSE = 0.008, 0.001
#: A second loan is granted only this long before the main loan's end, so that it ends first.
SIDE_ROOM = 26
#: Part of the renewals within the week in which the new loan swallows the old one.
REFINANCED = 0.08


@dataclass(frozen=True)
class Loans:
    """All loans of a piece, main loans first. Weeks are of the window; days since 1970."""

    client: Ints
    main: Ints
    product: Ints
    start: Ints
    term: Ints
    step: Ints
    count: Ints
    cents: Ints
    total: Ints
    end: Ints
    how: Ints
    disbursed: Ints
    closed: Ints
    known: Ints
    refinanced: NDArray[np.bool_]
    ids: pa.Array


def due_week(start: Ints, number: Ints, step: Ints) -> Ints:
    """Week in which the instalment of that number (from 1) is due; `step` 0 is once a month."""
    return start + np.where(step == 0, np.round(number * (52 / 12)).astype(np.int64), number * step)


def all_loans(settings: SimulationSettings, people: People, life: Life, calendar: Calendar, piece: int,
              rng: np.random.Generator) -> Loans:  # fmt: skip
    """Main loans and the second loans beside them."""
    rows = life.loans
    client, start, product = (np.asarray(rows[name], dtype=np.int64) for name in ("client", "start", "product"))
    end, how = np.asarray(rows["end"], dtype=np.int64), np.asarray(rows["how"], dtype=np.int64)
    side_client, side_start, side_main = _side_loans(settings, life, rng)
    term = np.array([p[2] for p in PRODUCTS] + [SIDE_LOAN[1]])
    step = np.array([p[3] for p in PRODUCTS] + [SIDE_LOAN[2]])
    clear = next_clear_week(life)
    side_due = np.minimum(side_start + SIDE_LOAN[1], settings.weeks)
    side_end = np.where(side_due < settings.weeks, clear[np.minimum(side_due, settings.weeks - 1), side_client], NEVER)
    side_end = np.minimum(side_end, end[side_main])
    side_how = np.where(side_end == end[side_main], how[side_main], REPAID)
    side_how = np.where(side_end >= settings.weeks, RUNS, side_how)
    client = np.concatenate([client, side_client])
    main = np.concatenate([np.arange(len(start)), side_main])
    product = np.concatenate([product, np.full(len(side_client), len(PRODUCTS))])
    start = np.concatenate([start, side_start])
    end, how = np.concatenate([end, side_end]), np.concatenate([how, side_how])
    amount = np.asarray(rows["amount"], dtype=float)
    side_amount = np.round(np.minimum(amount[side_main] * 0.3, 15_000) / 100) * 100 + 500
    cents = np.round(np.concatenate([amount, side_amount])).astype(np.int64) * 100
    lending = people.lending[client]
    count = np.where(step[product] == 0, np.round(term[product] * 12 / 52).astype(np.int64),
                     term[product] // np.maximum(step[product], 1))  # fmt: skip
    total = cents + np.round(cents * np.array(RATES)[lending] * term[product] / 52 / 100).astype(np.int64) * 100
    weekday = people.weekday[client]
    renews = np.asarray(rows["renews"], dtype=np.int64)
    topped = (renews >= 0) & (rng.random(len(renews)) < REFINANCED)
    # Paid out a day or two after the old loan's end, on the same day where the new loan swallows the old one.
    lag = np.where((renews >= 0) & ~topped, rng.integers(1, 3, len(renews)), 0)
    refinanced = np.zeros(len(client), dtype=bool)
    refinanced[renews[topped]] = True
    disbursed = calendar.day(start, weekday)
    disbursed[: len(renews)] += lag
    # A back-dated entry: paid out by hand, entered up to five days later.
    late = rng.random(len(client)) < settings.back_dated
    known = np.where(late, disbursed + rng.integers(1, 6, len(client)), disbursed)
    return Loans(
        client=client, main=main, product=product, start=start, term=term[product], step=step[product], count=count,
        cents=cents, total=total, end=end, how=how, disbursed=disbursed, known=known,
        refinanced=refinanced,
        closed=np.where(how == RUNS, NO_DAY, calendar.day(np.minimum(end, settings.weeks), weekday)),
        ids=columns.ids(f"L{piece:03d}", range(len(client)), 6),
    )  # fmt: skip


def next_clear_week(life: Life) -> Ints:
    """First week from each week on with nothing overdue, shape (weeks, clients); `NEVER` if none is left."""
    weeks, n = life.arrears.shape
    clear = np.empty((weeks, n), dtype=np.int64)
    following = np.full(n, NEVER, dtype=np.int64)
    for week in range(weeks - 1, -1, -1):
        overdue = (life.arrears[week] == 1) | (life.arrears[week] == 3)
        following = np.where(overdue, following, week)
        clear[week] = following
    return clear


def _side_loans(settings: SimulationSettings, life: Life, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    near = season.school_fees(season.weeks_of_year(settings.end_on, settings.weeks, 0))
    chance = (SIDE_ELSE + SIDE_IN_SEASON * near)[:, None]
    weeks = np.arange(settings.weeks)[:, None]
    room = (life.loan >= 0) & (life.due - weeks >= SIDE_ROOM) & (life.arrears == 0)
    room[0] = False
    room[1:] &= life.loan[1:] == life.loan[:-1]
    week, client = np.nonzero(room & (rng.random(life.loan.shape, dtype=np.float32) < chance))
    order = np.lexsort((week, client))
    week, client = week[order], client[order]
    # one at a time: drop those that begin while an earlier one of the same client may run
    keep = np.ones(len(week), dtype=bool)
    keep[1:] = ~((client[1:] == client[:-1]) & (week[1:] - week[:-1] < 2 * SIDE_LOAN[1]))
    week, client = week[keep], client[keep]
    return client, week, life.loan[week, client].astype(np.int64)


def loan_table(settings: SimulationSettings, people: People, loans: Loans, client_ids: pa.Array,
               calendar: Calendar, rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical loans."""
    n = len(loans.client)
    weekday = people.weekday[loans.client]
    last_due = calendar.day(due_week(loans.start, loans.count, loans.step), weekday)
    how = np.where(loans.how == WRITTEN_OFF, 1, np.where(loans.how == DIED, 1, 0))
    how = np.where((loans.how == REPAID) & loans.refinanced, 2, how)
    late = (rng.random(n) < settings.late_closings) & (loans.closed > NO_DAY)
    closed_known = np.where(late, loans.closed + rng.integers(1, 26, n), loans.closed)
    seen = loans.known <= calendar.end
    # What is entered after the last day is not in the book.
    unseen_end = (closed_known > calendar.end) | (loans.closed <= NO_DAY)
    sector = people.sector[loans.client]
    plain = [purpose for name in season.SECTORS for purpose in vocabulary.PURPOSES[name]] + list(
        vocabulary.SIDE_PURPOSES
    )
    side = loans.product == len(PRODUCTS)
    purpose = np.where(side, 18 + rng.integers(0, 3, n), sector * 6 + rng.integers(0, 6, n))
    purpose = spelled(purpose, len(plain), settings.messy_text, rng)
    lending = people.lending[loans.client]
    table = pa.table(
        {
            "loan_id": columns.words(np.arange(n), loans.ids),
            "client_id": columns.words(loans.client, client_ids),
            "disbursed_on": columns.dates(loans.disbursed),
            "amount": columns.money(loans.cents),
            "due_on": columns.dates(last_due),
            "instalment_count": columns.whole(loans.count),
            "product_id": columns.words(loans.product, product_ids()),
            "purpose": columns.words(purpose, vocabulary.spellings(plain), rng.random(n) < 0.02),
            "currency": columns.words(np.zeros(n, dtype=np.int64), [settings.currency]),
            "interest_rate": pa.array(np.array(RATES)[lending]),
            "closed_on": columns.dates(loans.closed, unseen_end),
            "closed_how": columns.words(how, _HOW, unseen_end),
            "known_on": columns.dates(loans.known),
            "closed_known_on": columns.dates(closed_known, unseen_end),
        }
    )
    return table.filter(pa.array(seen))


def spelled(code: Ints, count: int, share: float, rng: np.random.Generator) -> Ints:
    """Codes into `vocabulary.spellings`, part of them messy."""
    messy = rng.random(len(code)) < share
    way = rng.integers(0, vocabulary.MESSY_WAYS, len(code))
    return np.where(messy, count + code * vocabulary.MESSY_WAYS + way, code)


def product_ids() -> list[str]:
    """Ids of the products, side loan last."""
    return [f"P{number + 1}" for number in range(len(PRODUCTS) + 1)]


def product_table() -> pa.Table:
    """Canonical products."""
    names = [product[0] for product in PRODUCTS] + [SIDE_LOAN[0]]
    lending = ["group" if product[1] == GROUP else "individual" for product in PRODUCTS] + ["individual"]
    cents = np.array([15_000_000 if kind == "group" else 30_000_000 for kind in lending[:-1]] + [1_600_000])
    return pa.table(
        {
            "product_id": pa.array(product_ids()),
            "name": pa.array(names),
            "max_amount": columns.money(cents.astype(np.int64)),
            "lending": pa.array(lending),
        }
    )
