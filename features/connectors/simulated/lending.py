"""Loans, applications and the small loans beside them, as the MFI's system holds them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.connectors.simulated import columns, rests, season, vocabulary
from features.connectors.simulated.columns import NO_DAY, Calendar
from features.connectors.simulated.history import Life
from features.connectors.simulated.life import DIED, NEVER, PUSHED_OUT, REPAID, RUNS, STAYED, WENT, WRITTEN_OFF
from features.connectors.simulated.people import GROUP, PRODUCTS, SIDE_LOAN, People
from features.connectors.simulated.settings import SimulationSettings

Ints = NDArray[np.int64]

_HOW = ("repaid", "written_off", "refinanced")
_DECISIONS = ("approved", "refused", "withdrawn")
#: Nominal yearly rate, of group and individual loans; paid on the amount disbursed.
RATES = (0.28, 0.24)
#: Weekly chance of a small second loan when school fees are due, and at other times.
SIDE_IN_SEASON, SIDE_ELSE = 0.008, 0.001
#: A second loan is granted only this long before the main loan's end, so that it ends first.
SIDE_ROOM = 26


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
    disbursed = calendar.day(start, weekday)
    # A back-dated entry: paid out by hand, entered up to five days later.
    late = rng.random(len(client)) < settings.back_dated
    known = np.where(late, disbursed + rng.integers(1, 6, len(client)), disbursed)
    return Loans(
        client=client, main=main, product=product, start=start, term=term[product], step=step[product], count=count,
        cents=cents, total=total, end=end, how=how, disbursed=disbursed, known=known,
        closed=np.where(how == RUNS, NO_DAY, calendar.day(np.minimum(end, settings.weeks), weekday)),
        ids=columns.ids(f"L{piece:03d}", range(len(client)), 6),
    )  # fmt: skip


def next_clear_week(life: Life) -> Ints:
    """First week from each week on with nothing overdue, shape (weeks, clients); `NEVER` if none before the book ends."""
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
    week, client = np.nonzero(room & (rng.random(life.loan.shape, dtype=np.float32) < chance))
    order = np.lexsort((week, client))
    week, client = week[order], client[order]
    # one at a time: drop those that begin while an earlier one of the same client may run
    keep = np.ones(len(week), dtype=bool)
    keep[1:] = ~((client[1:] == client[:-1]) & (week[1:] - week[:-1] < 2 * SIDE_LOAN[1]))
    week, client = week[keep], client[keep]
    return client, week, life.loan[week, client].astype(np.int64)


def loan_table(settings: SimulationSettings, people: People, life: Life, loans: Loans, client_ids: pa.Array,
               calendar: Calendar, rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical loans."""
    n = len(loans.client)
    weekday = people.weekday[loans.client]
    last_due = calendar.day(due_week(loans.start, loans.count, loans.step), weekday)
    how = np.where(loans.how == WRITTEN_OFF, 1, np.where(loans.how == DIED, 1, 0))
    prompt = _refinanced(life, loans) & (rng.random(n) < 0.1)
    how = np.where((loans.how == REPAID) & prompt, 2, how)
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


def _refinanced(life: Life, loans: Loans) -> NDArray[np.bool_]:
    """Main loans whose client took the next one on the very same day."""
    same_day = np.zeros(len(loans.client), dtype=bool)
    how, gap = life.decisions["how"], life.decisions["gap"]
    pairs = np.stack([life.decisions["client"], life.decisions["week"]], axis=1)[(how == STAYED) & (gap == 0)]
    chosen = set(map(tuple, pairs.tolist()))
    main = np.flatnonzero((loans.main == np.arange(len(loans.main))) & (loans.how == REPAID))
    same_day[main] = [
        pair in chosen for pair in zip(loans.client[main].tolist(), loans.end[main].tolist(), strict=True)
    ]
    return same_day


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


def application_table(settings: SimulationSettings, people: People, life: Life, loans: Loans, client_ids: pa.Array,
                      calendar: Calendar, piece: int, rng: np.random.Generator) -> pa.Table:  # fmt: skip
    """Canonical applications: those that became loans, those of leavers, refused top-ups."""
    mains = len(life.loans["client"])
    weekday = people.weekday
    asked = np.asarray(life.loans["asked"], dtype=np.int64)
    got = np.flatnonzero(loans.known[:mains] <= calendar.end)
    client = loans.client[:mains]
    applied = calendar.day(asked, weekday[client])
    decided = np.maximum(
        loans.disbursed[:mains] - rng.integers(0, 4, mains), calendar.day(loans.start[:mains], np.int64(0))
    )
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


Part = tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]


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
