"""The lives of a piece's clients, week by week: loans begin and end, drivers move, clients decide."""

import numpy as np
from numpy.typing import NDArray

from features.connectors.simulated import loan_end, rests
from features.connectors.simulated.causes import (
    CODES,
    COLUMN,
    CYCLES,
    GAP_CAP,
    LEAP,
    SETTLED,
    SHRUNK,
    USUAL,
    VACANT,
    Causes,
)
from features.connectors.simulated.ledger import (
    BORROWS,
    DIED,
    LEFT,
    LOST,
    NEVER,
    NOT_YET,
    PUSHED_OUT,
    REPAID,
    RESTS,
    STAYED,
    TRANSFERRED,
    WENT,
    WRITTEN_OFF,
    Ledger,
    lost_rows,
)
from features.connectors.simulated.loan_end import CAUGHT_UP, CLEAN, DEEP, MENDED
from features.connectors.simulated.officers import NOBODY, Posts, lived
from features.connectors.simulated.people import PRODUCTS, People
from features.connectors.simulated.settings import SimulationSettings

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Part of the leavers who come back after the grace, and the weekly chance with which they do from then on: half of
#: those who come back late do so within 150 days (Partner, Bosnia).
COMES_BACK_LATE, LATE_RETURN = 0.14, 0.055
#: Chance that a request is cut down, by arrears state at the last loan's end; that the loan is a leap or shrinks.
CUT = np.array([0.10, 0.10, 0.15, 0.10, 0.35])
LEAPS, SHRINKS = 0.17, 0.15
FIRST_AMOUNT, CEILING = 9_000.0, 120_000.0


class World:
    """The state of a piece on a Sunday, and the moves that lead to the next one."""

    def __init__(self, settings: SimulationSettings, causes: Causes, people: People, rng: np.random.Generator) -> None:
        n = people.count
        self.settings, self.causes, self.people, self.rng = settings, causes, people, rng
        self.book = Ledger()
        self.posts = Posts.filled(len(people.post_branch), settings.officer_turnover, rng)
        self.phase = np.full(n, NOT_YET, dtype=np.uint8)
        self.arrears, self.ahead, self.visited = (np.zeros(n, dtype=np.uint8) for _ in range(3))
        self.trouble = self._stationary(loan_end.two_states(*loan_end.TROUBLE), len(people.group_branch))
        self.chains = {
            code: self._stationary(chain.steps, n) if code in {"GRP-2", "SAV-1", "CHN-1", "OFF-2"}
            else np.zeros(n, dtype=np.uint8)
            for code, chain in causes.chains.items()
        }  # fmt: skip
        self.loan, self.last_loan = (np.full(n, -1, dtype=np.int32) for _ in range(2))
        self.decision = np.full(n, -1, dtype=np.int32)
        self.due, self.started, self.returns = (np.full(n, NEVER, dtype=np.int64) for _ in range(3))
        self.ended = np.full(n, -NEVER, dtype=np.int64)
        self.term, self.cycle, self.cut, self.growth, self.waited, self.rested = (
            np.zeros(n, dtype=np.int64) for _ in range(6)
        )
        self.asked_at = np.full(n, NEVER, dtype=np.int64)
        self.amount = np.zeros(n)
        self._open_the_window()

    def _stationary(self, steps: Floats, count: int) -> Bytes:
        shares = np.linalg.matrix_power(steps, 4096)[0]
        return np.searchsorted(np.cumsum(shares)[:-1], self.rng.random(count), side="right").astype(np.uint8)

    def _open_the_window(self) -> None:
        here = np.flatnonzero(self.people.join_week < 0)
        self.cycle[here] = np.minimum(self.rng.geometric(0.26, len(here)), 25) - 1
        self.amount[here] = FIRST_AMOUNT * np.exp(0.5 * self.rng.standard_normal(len(here)))
        self.amount[here] *= 1.12 ** self.cycle[here]
        self.rested[here] = (self.rng.random(len(here)) < 0.12 + 0.3 * self.people.rester[here]) & (
            self.cycle[here] > 0
        )
        gone = (self.rng.random(len(here)) * np.array([p[2] for p in PRODUCTS])[self.people.habit[here]]).astype(int)
        self._begin(here, -1, before=gone)

    def week(self, week: int) -> None:
        """Move from the Sunday before to the Sunday of `week`."""
        self._lose(week)
        self._move(week)
        self._end(week)
        starts = (self.returns == week) & ((self.phase == RESTS) | (self.phase == LEFT))
        starts |= (self.people.join_week == week) & (self.phase == NOT_YET)
        self._begin(np.flatnonzero(starts), week, before=None)

    def _lose(self, week: int) -> None:
        here = (self.phase == BORROWS) | (self.phase == RESTS)
        lost = np.flatnonzero(here & (self.rng.random(len(here)) < self.causes.lost_per_week))
        total = self.settings.deaths_per_year + self.settings.transfers_per_year
        died = self.rng.random(len(lost)) * total < self.settings.deaths_per_year
        kind = np.where(died, DIED, TRANSFERRED)
        borrowed = self.phase[lost] == BORROWS
        self._close(lost[borrowed], week, kind[borrowed])
        self.book.decisions.append(lost_rows(lost[~borrowed], week, kind[~borrowed]))
        self._note_decisions(len(lost) - int(borrowed.sum()), None, None)
        self.phase[lost] = LOST

    def _note_decisions(self, count: int, reasons: Floats | None, weights: Floats | None) -> None:
        self.book.reasons.append(
            np.zeros((count, len(CODES)), dtype=np.float32) if reasons is None else reasons.astype(np.float32)
        )
        self.book.weights.append(np.zeros((count, 3)) if weights is None else weights)
        self.book.decision_count += count

    def _move(self, week: int) -> None:
        n, rng, people = self.people.count, self.rng, self.people
        happened = self.posts.step(week, rng)[people.post]
        self.chains["OFF-1"] = lived(self.chains["OFF-1"], happened, rng.random(n, dtype=np.float32))
        for code, chain in self.causes.chains.items():
            draw = rng.random(n, dtype=np.float32)
            state = self.chains[code]
            if code == "OFF-1":
                continue
            if code == "OFF-2":
                met = draw < chain.steps[GAP_CAP, 0]
                self.chains[code] = np.where(met, 0, np.minimum(state + 1, GAP_CAP)).astype(np.uint8)
            else:
                self.chains[code] = _step(state, draw, chain.thresholds)
        self.visited = _step(
            self.visited, rng.random(n, dtype=np.float32), np.cumsum(self.causes.visit_steps, 1)[:, :1]
        )
        groups = rng.random(len(self.trouble), dtype=np.float32)
        self.trouble = _step(self.trouble, groups, np.cumsum(loan_end.two_states(*loan_end.TROUBLE), 1)[:, :1])
        self.ahead = _step(
            self.ahead, rng.random(n, dtype=np.float32), np.cumsum(loan_end.two_states(*loan_end.AHEAD), 1)[:, :1]
        )
        self._move_arrears(week, rng.random(n, dtype=np.float32))

    def trouble_of_clients(self) -> Bytes:
        """Whether each client's group is in trouble; never for individual borrowers."""
        return np.where(self.people.group >= 0, self.trouble[np.maximum(self.people.group, 0)], 0).astype(np.uint8)

    def _move_arrears(self, week: int, draw: NDArray[np.float32]) -> None:
        here = np.flatnonzero(self.phase == BORROWS)
        table = np.stack([[loan_end.arrears_steps(p, g) for g in range(2)] for p in range(3)])
        passed = np.cumsum(table, axis=-1)[..., :-1].astype(np.float32)
        rows = passed[self.people.payer[here], self.trouble_of_clients()[here], self.arrears[here]]
        to = (draw[here, None] >= rows).sum(axis=1)
        moved, gone = here[to == 5], here[to == 6]
        self.arrears[here] = np.where(to == 5, MENDED, np.where(to == 6, DEEP, to))
        self.due[moved] = np.maximum(self.due[moved], week) + loan_end.RESCHEDULED_WEEKS
        if len(moved):
            self.book.rescheduled.append(
                np.stack([self.loan[moved], np.full(len(moved), week)], axis=1).astype(np.int64)
            )
        self._close(gone, week, np.full(len(gone), WRITTEN_OFF))
        self.phase[gone] = LOST

    def _close(self, who: Ints, week: int, how: Ints) -> None:
        self.book.closed.append({"row": self.loan[who].copy(), "end": np.full(len(who), week), "how": how})
        self.last_loan[who] = self.loan[who]
        self.loan[who], self.ended[who], self.decision[who] = -1, week, -1

    def _end(self, week: int) -> None:
        early = (self.term >= loan_end.EARLY_TERM) & (self.ahead == 1) & (self.due - week <= loan_end.EARLY_WEEKS)
        early &= self.rng.random(self.people.count, dtype=np.float32) < loan_end.EARLY_CHANCE
        paid_up = (self.arrears == CLEAN) | (self.arrears == CAUGHT_UP) | (self.arrears == MENDED)
        who = np.flatnonzero((self.phase == BORROWS) & paid_up & ((self.due <= week) | early))
        self.phase[(self.phase == RESTS) & (week - self.ended >= rests.GRACE_WEEKS)] = LEFT
        self._close(who, week, np.full(len(who), REPAID))
        self._decide(who, week)
        self.phase[who] = RESTS

    def adds(self, who: Ints, week: int) -> Floats:
        """What each driver adds to the hazard of an average client if the client decides in `week`."""
        cycle = np.minimum(self.cycle[who], CYCLES - 1)
        causes, people = self.causes, self.people
        adds = causes.fixed_adds(cycle, self.cut[who], self.growth[who], self.waited[who], self.rested[who])
        for code, chain in causes.chains.items():
            adds[:, COLUMN[code]] = chain.adds[self.chains[code][who], cycle, people.lending[who]]
        state = loan_end.joint(
            self.arrears[who].astype(np.int64),
            self.trouble_of_clients()[who].astype(np.int64),
            self.ahead[who].astype(np.int64),
        )
        end = causes.end_adds()[state, cycle]
        for number, code in enumerate(("ARR-1", "PAY-1", "GRP-1")):
            adds[:, COLUMN[code]] = end[:, number]
        adds[:, COLUMN["SEA-1"]] = causes.season[people.sector[who], week]
        return adds

    def _decide(self, who: Ints, week: int) -> None:
        people, rng, count = self.people, self.rng, len(who)
        adds = self.adds(who, week)
        visit_class = people.visit_class[np.minimum(self.cycle[who], CYCLES - 1), who]
        scale = people.trait[who] * 3 + np.where(self.visited[who] == 1, visit_class, 0)
        leave = 1.0 - np.exp(-self.causes.scales[scale] * (self.causes.base + adds.sum(axis=1)))
        weights = rests.kind_weights(
            self.causes.rest[people.sector[who], week], people.rester[who], people.slow_branch[people.branch[who]]
        )
        how = np.where(rng.random(count) < loan_end.PUSH_OUT[self.arrears[who]], PUSHED_OUT, STAYED)
        how = np.where((how == STAYED) & (rng.random(count) < leave), WENT, how)
        _, asked, gap = rests.draw_return(weights, rng.random(count), rng.random(count))
        late = rests.GRACE_WEEKS + rng.geometric(LATE_RETURN, count) - 1
        gap = np.where(how == STAYED, gap, np.where((how == WENT) & (rng.random(count) < COMES_BACK_LATE), late, NEVER))
        draw, which = rng.random(count), rng.integers(0, rests.ASKING_WEEKS, count)
        asks = np.where(
            how == STAYED,
            asked,
            np.where(how == PUSHED_OUT, np.minimum(which, 1), np.where(draw < rests.WITHDRAWS, which, rests.NOT_ASKED)),
        )
        self.book.decisions.append(
            {"client": who, "week": np.full(count, week), "how": how, "leave": leave, "scale": scale, "asked": asks,
             "gap": gap, "last_amount": self.amount[who].copy(), "lost": np.zeros(count, dtype=np.int64)}
        )  # fmt: skip
        self.decision[who] = self.book.decision_count + np.arange(count)
        self._note_decisions(count, adds * self.causes.scales[scale][:, None], weights)
        self.returns[who] = week + gap
        self.asked_at[who] = np.where(gap <= 12, week + asks, week + gap)
        self.rested[who] |= (how == STAYED) & (gap >= 3) & (gap - asks < 3)

    def _begin(self, who: Ints, week: int, before: Ints | None) -> None:
        rng, count = self.rng, len(who)
        again = self.phase[who] == RESTS
        fresh = who[~again]
        first = before is None
        if first:
            newcomer = self.phase[who] == NOT_YET
            self.cycle[who] = np.where(newcomer, 0, self.cycle[who] + 1)
            for code in ("DEN-1", "GRP-2", "SAV-1", "CMP-1", "OFF-2"):
                self.chains[code][fresh] = 0
            self.chains["OFF-1"][fresh] = np.where(
                self.posts.holder[self.people.post[fresh]] == NOBODY, VACANT, SETTLED
            )
            self.visited[fresh] = 0
        self.chains["DEN-1"][who] = 0
        draw, grow = rng.random(count), rng.random(count)
        known = self.cycle[who] > 0
        growth = np.where(draw < SHRINKS, SHRUNK, np.where(draw < SHRINKS + LEAPS, LEAP, USUAL))
        growth = np.where(known, np.where(self.amount[who] > CEILING, SHRUNK, growth), USUAL)
        low, high = np.array([0.72, 1.02, 1.6])[growth], np.array([1.0, 1.35, 2.3])[growth]
        ratio = low + (high - low) * grow
        fresh_amount = FIRST_AMOUNT * np.exp(0.45 * rng.standard_normal(count))
        self.amount[who] = np.where(known, self.amount[who] * (ratio if first else 1.0), fresh_amount)
        self.amount[who] = np.maximum(np.round(self.amount[who] / 100) * 100, 500)
        self.cut[who] = rng.random(count) < CUT[self.arrears[who]]
        cut_to = np.where(self.cut[who] == 1, 0.45 + 0.37 * rng.random(count), 1.0)
        cut_to = np.where((self.cut[who] == 0) & (rng.random(count) < 0.15), 0.92, cut_to)
        self.growth[who] = growth
        started = np.full(count, week) if before is None else -1 - before
        pays = self.people.slow_branch[self.people.branch[who]]
        slow = np.where(
            rng.random(count) < np.where(pays == 1, 0.30, 0.10),
            3 + rng.integers(0, 4, count),
            rng.integers(0, 3, count),
        )
        asked = np.where(again, self.asked_at[who], started - slow)
        self.waited[who] = started - asked >= 3
        product = np.where(rng.random(count) < 0.85, self.people.habit[who], self._other_product(who))
        self.term[who] = np.array([p[2] for p in PRODUCTS])[product]
        self.started[who], self.due[who] = started, started + self.term[who]
        self.arrears[who], self.ahead[who] = CLEAN, 0
        # The loan that ended in this very week, -1 if there is none.
        renews = np.where(again & (self.ended[who] == week), self.last_loan[who], -1)
        self.phase[who], self.returns[who] = BORROWS, NEVER
        self.loan[who] = self.book.loan_count + np.arange(count)
        self.book.loan_count += count
        self.book.begun.append(
            {"client": who, "start": started, "product": product, "cycle": self.cycle[who].copy(), "asked": asked,
             "amount": self.amount[who].copy(), "cut_to": cut_to, "cut": self.cut[who].copy(), "growth": growth,
             "waited": self.waited[who].copy(), "rested": self.rested[who].copy(), "renews": renews}
        )  # fmt: skip

    def _other_product(self, who: Ints) -> Ints:
        lending = self.people.lending[who]
        draw = self.rng.random(len(who))
        return np.where(lending == 0, (draw * 4).astype(np.int64), 4 + (draw * 3).astype(np.int64))


def _step(state: Bytes, draw: NDArray[np.float32], thresholds: Floats) -> Bytes:
    passed = thresholds.astype(np.float32)
    if passed.shape[1] == 1:
        return np.asarray(draw >= passed[state, 0], dtype=np.uint8)
    return np.asarray((draw[:, None] >= passed[state]).sum(axis=1), dtype=np.uint8)
