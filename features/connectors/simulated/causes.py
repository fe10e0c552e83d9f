"""Why clients leave: the causal model in numbers.

At a decision point the client leaves by choice with probability ``1 - exp(-H)`` where::

    H = trait x visit x (base + what each driver adds)

`trait` is hidden and never changes; `visit` is the factor a recent retention visit has on this client's hidden class;
each driver is a small Markov chain of its own (the weekly moves below), a fact of the present loan, or the season.
Given trait, visit and the day of the decision the drivers are independent, so that the expectation of ``exp(-H)`` is a
product: that makes the truth exact. What a driver adds depends on the cycle and on how the client borrows; these
interactions, and the U-shape of loan growth, are what a linear scorecard cannot follow.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from features.connectors.simulated import season
from features.connectors.simulated.loan_end import CAUGHT_UP, HORIZON, JOINT_STATES, MENDED, two_states
from features.connectors.simulated.settings import DRIVER_STRENGTHS, SimulationSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CODES: tuple[str, ...] = tuple(DRIVER_STRENGTHS)
COLUMN: dict[str, int] = {code: number for number, code in enumerate(CODES)}

TRAIT_LEVELS = 9
#: Factors of a retention visit: none or unmoved, helped, driven away.
UNMOVED, HELPED, DRIVEN_AWAY = range(3)
#: Cycles told apart: first, second, third and later.
CYCLES = 3

#: States of an officer change as the client lives it.
SETTLED, VACANT, HANDED_OVER, NOT_HANDED_OVER = range(4)
#: Part of the leaving officers who are replaced at once; weekly chance that a vacant post is filled; chance that old
#: and new officer, or the manager, visit the client together; weekly chance that the client is used to the new one.
PLANNED, FILLED, HAND_OVER_PLANNED, HAND_OVER_LATE, SETTLES = 0.4, 0.2, 0.65, 0.30, 0.022
#: States of a complaint.
NO_COMPLAINT, OPEN, OPEN_ABOUT_OFFICER, SETTLED_COMPLAINT = range(4)
#: Weekly chance of a routine visit or talk with the officer, and the weeks after which a client feels forgotten.
ROUTINE_CONTACT, GAP_CAP = 0.13, 9
REFUSED_TOP_UP = (0.003, 0.0)
FADING = (0.004, 0.026)
DRAINING = (0.004, 0.04)
DEAD_PHONE = (0.003, 0.015)
VISIT_FADES = 0.05

#: Bins of loan growth: smaller than the last loan or at the ceiling, as usual, a leap.
SHRUNK, USUAL, LEAP = range(3)


@dataclass(frozen=True)
class Chain:
    """A driver that moves from week to week.

    Parameters
    ----------
    code
        Driver it belongs to.
    steps
        Weekly moves, shape (states, states), rows sum to 1.
    adds
        What each state adds to the hazard of an average client, shape (states, 3 cycles, 2 lending).
    """

    code: str
    steps: Floats
    adds: Floats

    @property
    def thresholds(self) -> Floats:
        """Cumulative rows of `steps` without the last column: a uniform draw passes so many of them."""
        passed: Floats = np.cumsum(self.steps, axis=1)[:, :-1]
        return passed

    def ahead(self) -> Floats:
        """Distribution after 1 to 26 weeks, shape (26, from, to)."""
        powers = [self.steps]
        for _ in range(HORIZON - 1):
            powers.append(powers[-1] @ self.steps)
        return np.stack(powers)


class Causes:
    """The causal model of one simulated MFI, ready for the weekly simulation and for the truth."""

    def __init__(self, settings: SimulationSettings) -> None:
        self.settings = settings
        self.base = settings.base_hazard
        quantiles = [NormalDist().inv_cdf((k + 0.5) / TRAIT_LEVELS) for k in range(TRAIT_LEVELS)]
        traits = np.exp(settings.hidden_trait * np.array(quantiles))
        self.traits: Floats = traits / traits.mean()
        self.visit_factors: Floats = np.array([1.0, settings.helped_effect, settings.driven_away_effect])
        #: trait x visit, number = level * 3 + class
        self.scales: Floats = (self.traits[:, None] * self.visit_factors[None, :]).ravel()
        self.visit_steps = two_states(settings.retention_visits_per_year / 52, VISIT_FADES)
        self.lost_per_week = (settings.deaths_per_year + settings.transfers_per_year) / 52
        self.chains: dict[str, Chain] = {chain.code: chain for chain in self._chains()}
        weeks = season.weeks_of_year(settings.end_on, settings.weeks, HORIZON + 1)
        self.season: Floats = settings.strength("SEA-1") * settings.season * season.leaving_pressure(weeks)
        self.rest: Floats = settings.season * season.resting_pressure(weeks)

    def _chains(self) -> list[Chain]:
        strength = self.settings.strength

        def plain(code: str, moves: tuple[float, float], lending: tuple[float, float] = (1.0, 1.0)) -> Chain:
            adds = np.zeros((2, CYCLES, 2))
            adds[1] = strength(code) * np.array(lending)
            return Chain(code, two_states(*moves), adds)

        complaint = np.zeros((4, CYCLES, 2))
        complaint[OPEN], complaint[OPEN_ABOUT_OFFICER], complaint[SETTLED_COMPLAINT] = 1.0, 1.6, 0.1
        moves = np.array(
            [[0.9981, 0.0014, 0.0005, 0.0], [0.0, 0.90, 0.0, 0.10], [0.0, 0.0, 0.93, 0.07], [0.06, 0.0, 0.0, 0.94]]
        )
        officer = np.zeros((4, CYCLES, 2))
        officer[VACANT], officer[HANDED_OVER], officer[NOT_HANDED_OVER] = 0.8, 0.1, 1.0
        # A first-cycle client knows nobody else at the MFI.
        officer *= np.array([1.7, 1.0, 0.75])[None, :, None]
        gap = np.zeros((GAP_CAP + 1, CYCLES, 2))
        gap[6:8], gap[8:] = 0.3, 1.0
        # Group clients still see the officer at the centre meeting.
        gap *= np.array([0.4, 1.0])
        forget = np.zeros((GAP_CAP + 1, GAP_CAP + 1))
        forget[:, 0] = ROUTINE_CONTACT
        for weeks in range(GAP_CAP + 1):
            forget[weeks, min(weeks + 1, GAP_CAP)] += 1 - ROUTINE_CONTACT
        return [
            plain("DEN-1", REFUSED_TOP_UP),
            plain("GRP-2", FADING, (1.0, 0.0)),
            plain("SAV-1", DRAINING),
            plain("CHN-1", DEAD_PHONE),
            Chain("CMP-1", moves, strength("CMP-1") * complaint),
            Chain("OFF-1", self.officer_steps(), strength("OFF-1") * officer),
            Chain("OFF-2", forget, strength("OFF-2") * gap),
        ]

    def officer_steps(self) -> Floats:
        """Weekly moves of an officer change as one client lives it, shape (4, 4)."""
        leaves = self.settings.officer_turnover / 52
        change = np.array([0.0, leaves * (1 - PLANNED), 0.0, 0.0])
        change[HANDED_OVER] = leaves * PLANNED * HAND_OVER_PLANNED
        change[NOT_HANDED_OVER] = leaves * PLANNED * (1 - HAND_OVER_PLANNED)
        steps = np.tile(change, (4, 1))
        steps[SETTLED, SETTLED] = 1 - leaves
        steps[VACANT] = [0.0, 1 - FILLED, FILLED * HAND_OVER_LATE, FILLED * (1 - HAND_OVER_LATE)]
        for state in (HANDED_OVER, NOT_HANDED_OVER):
            steps[state, SETTLED] = (1 - leaves) * SETTLES
            steps[state, state] += (1 - leaves) * (1 - SETTLES)
        return steps

    def end_adds(self) -> Floats:
        """What arrears, paying ahead and the group add by joint state, shape (20 states, 3 cycles, 3 drivers).

        Drivers in the order ARR-1, PAY-1, GRP-1. Arrears hurt more where the group is in trouble; paying ahead is a
        farewell above all for those who have borrowed before (Sudarsanam and Philip: a signal of preterm attrition).
        """
        adds = np.zeros((JOINT_STATES, CYCLES, 3))
        strength = self.settings.strength
        for state in range(JOINT_STATES):
            arrears, trouble, ahead = state // 4, state // 2 % 2, state % 2
            late = {CAUGHT_UP: 1.0, MENDED: 1.2}.get(arrears, 0.0) * (1.5 if trouble else 1.0)
            adds[state, :, 0] = strength("ARR-1") * late
            adds[state, :, 1] = strength("PAY-1") * ahead * np.array([0.3, 0.8, 1.2])
            adds[state, :, 2] = strength("GRP-1") * trouble
        return adds

    def fixed_adds(self, cycle: Ints, cut: Ints, growth: Ints, waited: Ints, rested: Ints) -> Floats:
        """What the present loan and the past add, shape (clients, drivers); zero in the columns of other drivers.

        `cycle` is 0, 1, 2 for first, second, later; the others are 0 or 1, `growth` a bin. A cut hurts those most who
        know what they are used to.
        """
        strength = self.settings.strength
        adds = np.zeros((len(cycle), len(CODES)))
        adds[:, COLUMN["AMT-1"]] = strength("AMT-1") * cut * np.array([0.3, 0.8, 1.3])[cycle]
        adds[:, COLUMN["AMT-2"]] = strength("AMT-2") * (growth == SHRUNK)
        adds[:, COLUMN["ARR-2"]] = strength("ARR-2") * (growth == LEAP)
        adds[:, COLUMN["WAIT-1"]] = strength("WAIT-1") * waited
        adds[:, COLUMN["NEW-1"]] = strength("NEW-1") * np.array([1.0, 0.35, 0.0])[cycle]
        adds[:, COLUMN["RST-1"]] = strength("RST-1") * rested
        return adds

    def in_words(self) -> dict[str, str]:
        """What switches each driver on, for `truth/settings.json`."""
        return {
            "ARR-1": "arrears caught up not long before the end; x1.2 after long ones, x1.5 if the group is in trouble",
            "ARR-2": "the present loan was a leap over the last one (with AMT-2 a U-shape in loan growth)",
            "PAY-1": "pays ahead at the loan's end; x0.3 in the first, x0.8 in the second, x1.2 in later cycles",
            "AMT-1": "the present loan was cut below what was asked; x0.3, x0.8, x1.3 in first, second, later cycles",
            "AMT-2": "the present loan is smaller than the last one or at the ceiling",
            "SAV-1": "savings are being drawn down",
            "WAIT-1": "the present loan was paid out three weeks or more after the application",
            "DEN-1": "a top-up was refused during the present loan",
            "GRP-1": "the group is in trouble: its members fall into arrears 2.5 times as often",
            "GRP-2": "interest in the meetings fades (group clients only)",
            "OFF-1": "the officer's post is vacant (x0.8), or a new officer came without (x1) or with (x0.1) a "
            "hand-over visit, until the client is used to it; x1.7, x1, x0.75 in first, second, later cycles",
            "OFF-2": "no routine contact for 8 weeks or more (x0.3 from 6 weeks); x0.4 for group clients",
            "CMP-1": "a complaint is open; x1.6 if about the officer, x0.1 just after it was settled",
            "NEW-1": "first cycle (x1), second cycle (x0.35)",
            "RST-1": "has rested between loans before",
            "SEA-1": "season of the loan's end: harvest and lean season (farmers), January and school fees (others)",
            "CHN-1": "the phone on file is dead",
        }
