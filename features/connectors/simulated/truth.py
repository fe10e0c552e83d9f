"""The true probability behind each client-date, exactly, for those who want to know the best reachable figure.

`risk_<h>d` is the probability that the client's exit by choice is dated within h days after `as_of`, or that a client
who rests now does not come back within the grace, given the state of the world on that Sunday (hidden traits included)
and nothing of the future. No sampling: given the hidden traits the drivers are independent Markov chains, the end of a
loan is another, and the expectation is a product of table entries summed over the weeks in which the loan may end.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.connectors.simulated import columns, loan_end, rests
from features.connectors.simulated.causes import CODES, COLUMN, CYCLES, Causes
from features.connectors.simulated.columns import Calendar
from features.connectors.simulated.history import Life
from features.connectors.simulated.ledger import BORROWS, PUSHED_OUT, RESTS, WENT
from features.connectors.simulated.loan_end import FAR, HORIZON, JOINT_STATES, PUSH_OUT
from features.connectors.simulated.moment import Moment
from features.connectors.simulated.people import People
from features.connectors.simulated.settings import SimulationSettings

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

#: Horizons in weeks; as_of is a Sunday and loans end from Monday to Friday, so that weeks and days agree.
HORIZONS = {"risk_28d": 4, "risk_91d": 13, "risk_182d": 26}
OPEN, RESTING = "open", "resting"

MODEL_IN_WORDS = (
    "At a decision point (the end of a main loan) a client leaves by choice with probability 1 - exp(-H), "
    "H = hidden trait x factor of a recent retention visit x (base hazard + sum of what the drivers add). "
    "Otherwise the client takes the next loan 0 to 12 weeks later. "
    "Death, transfer, write-off and being pushed out come first."
)


class Oracle:
    """Tables from which the truth of any client-date is put together.

    All weekly tables run over the 26 weeks after a Sunday; `scale` numbers trait x visit factor (`Causes.scales`).
    """

    def __init__(self, settings: SimulationSettings, causes: Causes) -> None:
        self.settings, self.causes = settings, causes
        kernel = loan_end.end_kernel(causes.lost_per_week)
        staying = np.array([1 - PUSH_OUT[state // 4] for state in range(JOINT_STATES)])
        rows = kernel.reshape(-1, HORIZON, JOINT_STATES) * staying
        #: P(the loan ends in that week, not pushed out), per (payer, lending, early, weeks to go, state)
        self.ends: Singles = rows.sum(axis=2).astype(np.float32)
        self.reaches: Singles = kernel.reshape(-1, HORIZON, JOINT_STATES).sum(axis=2).cumsum(axis=1).astype(np.float32)
        adds = causes.end_adds()
        scaled = np.exp(-np.einsum("jc,z->jcz", adds.sum(axis=2), causes.scales)).reshape(JOINT_STATES, -1)
        ended = np.matmul(rows, scaled).reshape(len(rows), HORIZON, CYCLES, len(causes.scales))
        #: the same with exp(-what arrears, paying ahead and group add), per (..., cycle, scale)
        self.stays: Singles = np.ascontiguousarray(ended.transpose(0, 2, 3, 1), dtype=np.float32)
        total = np.maximum(rows.sum(axis=(1, 2)), 1e-12)
        #: expected addition of ARR-1, PAY-1 and GRP-1 at the end, per (..., cycle, driver)
        self.end_means = np.einsum("rsj,jcd->rcd", rows, adds) / total[:, None, None]
        self.chains: dict[str, Singles] = {}
        self.chain_means: dict[str, Singles] = {}
        for code, chain in causes.chains.items():
            ahead = chain.ahead()
            power = np.exp(-np.einsum("ncl,z->nclz", chain.adds, causes.scales))
            means = np.einsum("sfn,ncl->fcls", ahead, chain.adds)
            self.chain_means[code] = means.astype(np.float32)
            if chain.adds.any():
                table = np.einsum("sfn,nclz->fclzs", ahead, power)
                self.chains[code] = np.ascontiguousarray(table, dtype=np.float32)
        visits = np.stack([np.linalg.matrix_power(causes.visit_steps, k + 1)[:, 1] for k in range(HORIZON)], axis=1)
        self.visits: Singles = visits.astype(np.float32)

    def client_dates(self, people: People, life: Life, client_ids: pa.Array, calendar: Calendar) -> pa.Table:
        """Truth of all clients of a piece who are at risk on each truth date."""
        weeks = range(self.settings.weeks - 1, -1, -self.settings.truth_every_weeks)
        return pa.concat_tables([self._one_date(people, life, week, client_ids, calendar) for week in reversed(weeks)])

    def _one_date(self, people: People, life: Life, week: int, client_ids: pa.Array, calendar: Calendar) -> pa.Table:
        phase = life.phase[week]
        recent = (week - life.ended[week].astype(np.int64)) < rests.GRACE_WEEKS
        borrows = np.flatnonzero(phase == BORROWS)
        rest = np.flatnonzero((phase != BORROWS) & recent)
        open_risks, visited, reach, open_adds = self.of_open_loans(people, life, week, borrows)
        rest_risk, rest_adds = self.of_resting(life, week, rest)
        client = np.concatenate([borrows, rest])
        order = np.argsort(client, kind="stable")
        resting = np.concatenate([np.zeros(len(borrows)), np.ones(len(rest))]).astype(np.int64)
        adds = np.concatenate([open_adds, rest_adds])[order]
        day = np.full(len(client), (calendar.sunday(week) - calendar.sunday(0)).days + calendar.monday + 6)
        table: dict[str, pa.Array] = {
            "client_id": columns.words(client[order], client_ids),
            "as_of": columns.dates(day),
            "state": columns.words(resting[order], (OPEN, RESTING)),
        }
        for number, name in enumerate(HORIZONS):
            table[name] = pa.array(np.concatenate([open_risks[:, number], rest_risk])[order].astype(np.float32))
        table["risk_91d_if_visited"] = pa.array(np.concatenate([visited, rest_risk])[order].astype(np.float32))
        decides = np.concatenate([reach, np.ones(len(rest))])[order]
        table["decides_91d"] = pa.array(np.round(decides, 4).astype(np.float32))
        classes = people.visit_class[_latest_cycle(life, week, people.count)[client[order]], client[order]]
        table["visit_class"] = columns.words(classes, ("unmoved", "helped", "driven_away"))
        table["trait"] = pa.array(np.round(self.causes.traits[people.trait[client[order]]], 4).astype(np.float32))
        for number, code in enumerate(CODES):
            table[code] = pa.array(np.round(adds[:, number], 3).astype(np.float32))
        return pa.table(table)

    def of_open_loans(self, people: People, life: Life, week: int, who: Ints) -> tuple[Floats, Floats, Floats, Floats]:
        """Risks at the horizons, risk at 91 days if visited now, chance to decide in 91 days, driver additions."""
        moment = Moment.lived(people, life, week, who)
        near = np.flatnonzero(moment.weeks_to_go < FAR)
        moment = moment.only(near)
        risks, visited = np.zeros((len(who), 3)), np.zeros(len(who))
        reach, adds = np.zeros(len(who)), np.zeros((len(who), len(CODES)))
        ways = self._ways(moment)
        risks[near] = self._leave(ways, self.visits[moment.visited])
        visited[near] = self._leave(ways, self.visits[1][None, :])[:, 1]
        reach[near] = self.reaches[self._row(moment), HORIZONS["risk_91d"] - 1]
        scale = self.causes.scales[np.where(moment.visited == 1, moment.scale_visited, moment.scale)]
        adds[near] = self._expected_adds(moment) * scale[:, None]
        return risks, visited, reach, adds

    def contacted_or_not(self, moment: Moment) -> tuple[Floats, Floats]:
        """What a contact changes: risks at the horizons without one in the coming week and with one.

        All else is equal: those who were visited not long ago stand where that visit left them if there is no other.

        Parameters
        ----------
        moment
            Open loans. A contact changes nothing for a client who rests: she has decided.

        Returns
        -------
        tuple of arrays of float, shape (loans, 3)
            Probability of leaving by choice within 28, 91 and 182 days without a contact, and with one that meets her.
        """
        near = np.flatnonzero(moment.weeks_to_go < FAR)
        without, met = np.zeros((len(moment), 3)), np.zeros((len(moment), 3))
        moment = moment.only(near)
        ways = self._ways(moment)
        without[near] = self._leave(ways, self.visits[moment.visited])
        met[near] = self._leave(ways, self.visits[1][None, :])
        return without, met

    def _row(self, moment: Moment) -> Ints:
        kind = (moment.payer * 2 + moment.lending) * 2 + moment.early
        row: Ints = (kind * FAR + moment.weeks_to_go) * JOINT_STATES + moment.state
        return row

    def _ways(self, moment: Moment) -> tuple[Singles, Singles, Singles]:
        """P(the loan ends in that week), and of that without leaving if not visited and if visited, (loans, 26)."""
        plain = self._kept(moment, moment.scale)
        touched = plain.copy()
        other = np.flatnonzero(moment.visit_class)
        few = moment.only(other)
        touched[other] = self._kept(few, few.scale_visited)
        return self.ends[self._row(moment)], plain, touched

    def _leave(self, ways: tuple[Singles, Singles, Singles], chance: Singles) -> Floats:
        """P(left) at the horizons, given the chance in each week to be in the state a visit leaves."""
        ends, plain, touched = ways
        safe = (1 - self.causes.lost_per_week) ** (rests.GRACE_WEEKS - 1)
        leaves = np.cumsum(ends - (1 - chance) * plain - chance * touched, axis=1, dtype=np.float64) * safe
        return np.clip(leaves[:, [h - 1 for h in HORIZONS.values()]], 0, 1)

    def _kept(self, moment: Moment, scale: Ints) -> Singles:
        """P(the loan ends in that week and the client does not choose to leave), shape (loans, 26)."""
        season = self.causes.season[:, moment.week + 1 : moment.week + 1 + HORIZON]
        seasonal = np.exp(-self.causes.scales[:, None, None] * season[None]).astype(np.float32)
        fixed = self.causes.base + self._fixed(moment).sum(axis=1)
        kept = self.stays[self._row(moment), moment.cycle, scale]
        kept *= seasonal[scale, moment.sector]
        for code, table in self.chains.items():
            kept *= table[moment.chains[code], moment.cycle, moment.lending, scale]
        kept *= np.exp(-self.causes.scales[scale] * fixed).astype(np.float32)[:, None]
        return kept

    def _fixed(self, moment: Moment) -> Floats:
        return self.causes.fixed_adds(moment.cycle, moment.cut, moment.growth, moment.waited, moment.rested)

    def _expected_adds(self, moment: Moment) -> Floats:
        """What each driver is expected to add at the planned decision point, for an average client."""
        adds = self._fixed(moment)
        ahead = np.clip(moment.weeks_to_go, 1, HORIZON) - 1
        for code, means in self.chain_means.items():
            adds[:, COLUMN[code]] = means[moment.chains[code], moment.cycle, moment.lending, ahead]
        for number, code in enumerate(("ARR-1", "PAY-1", "GRP-1")):
            adds[:, COLUMN[code]] = self.end_means[self._row(moment), moment.cycle, number]
        adds[:, COLUMN["SEA-1"]] = self.causes.season[moment.sector, moment.week + 1 + ahead]
        return adds

    def of_resting(self, life: Life, week: int, who: Ints) -> tuple[Floats, Floats]:
        """Risk of resting clients (the same at every horizon), and what the drivers added at their decision point."""
        rows = life.decisions
        decision = life.decision[week, who]
        decided = (decision >= 0) & (life.phase[week, who] == RESTS)
        risk, adds = np.zeros(len(who)), np.zeros((len(who), len(CODES)))
        mine = decision[decided]
        rested = week - np.asarray(rows["week"], dtype=np.int64)[mine]
        asked = np.asarray(rows["asked"], dtype=np.int64)[mine]
        how = np.asarray(rows["how"])[mine]
        asked = np.where(asked > rested, rests.NOT_ASKED, asked)
        left = rests.chance_left(np.asarray(rows["leave"])[mine], life.weights[mine], rested, asked)
        still_here = (1 - self.causes.lost_per_week) ** (rests.GRACE_WEEKS - 1 - rested)
        withdrew = (how == WENT) & (asked >= 0) & (rested >= asked + rests.WITHDRAWN_AFTER)
        left = np.where(withdrew, still_here, left * still_here)
        risk[decided] = np.where(how == PUSHED_OUT, 0.0, left)
        adds[decided] = life.reasons[mine]
        return risk, adds


def _latest_cycle(life: Life, week: int, clients: int) -> Ints:
    """Cycle of each client's newest loan on a Sunday."""
    newest = np.zeros(clients, dtype=np.int64)
    begun = np.flatnonzero(np.asarray(life.loans["start"], dtype=np.int64) <= week)
    np.maximum.at(newest, np.asarray(life.loans["client"], dtype=np.int64)[begun], begun)
    return np.minimum(np.asarray(life.loans["cycle"], dtype=np.int64)[newest], CYCLES - 1)
