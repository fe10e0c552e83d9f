"""Why clients leave: the closed list of drivers, what may be said of each, and what is done about it.

Codes, modes and first responses are those of the project's driver taxonomy; they are associations in the data, not
causes, and the same list answers the exit survey.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Action(StrEnum):
    """Everything an officer can be asked to do. None lends, collects or worsens a term."""

    REVIEW = "review"
    ASK_PLANS = "ask_plans"
    EXPLAIN_LADDER = "explain_ladder"
    OTHER_PRODUCT = "other_product"
    SCHEDULE = "schedule"
    EXPLAIN_COST = "explain_cost"
    EXPLAIN_SAVINGS = "explain_savings"
    EXPEDITE = "expedite"
    EXPLAIN_DECISION = "explain_decision"
    HELP_WITH_FILE = "help_with_file"
    GROUP_MEETING = "group_meeting"
    VISIT = "visit"
    HANDOVER = "handover"
    INDEPENDENT_CALL = "independent_call"
    CLOSE_COMPLAINT = "close_complaint"
    WELCOME = "welcome"
    RENEWAL_TALK = "renewal_talk"
    ASK_RETURN = "ask_return"
    PROTECTIVE_TALK = "protective_talk"
    ADVISER = "adviser"
    TIMING = "timing"
    GROUP_RELIEF = "group_relief"
    OUTREACH = "outreach"
    TRANSFER = "transfer"
    UPDATE_NUMBER = "update_number"
    HUMAN_CHANNEL = "human_channel"
    EXPLAIN_TERMS = "explain_terms"
    EXPLAIN_CHANGE = "explain_change"
    THANK = "thank"
    NONE = "none"


#: Each holds for a client with an open loan and for one who rests between loans: a driver may be named of either.
ACTIONS: Mapping[Action, str] = MappingProxyType(
    {
        Action.REVIEW: "Listen; if instalments are still due, offer a review of the repayment plan.",
        Action.ASK_PLANS: "Ask about plans for the coming months, with a loan or without.",
        Action.EXPLAIN_LADDER: "Explain how amounts grow, and how a decision can be looked at again.",
        Action.OTHER_PRODUCT: "Ask what is needed, and explain the other products there are.",
        Action.SCHEDULE: "Ask when money comes in, and note a better schedule.",
        Action.EXPLAIN_COST: "Explain the full cost, item by item.",
        Action.EXPLAIN_SAVINGS: "Explain when and how savings can be reached.",
        Action.EXPEDITE: "Say sorry for the wait; if a request is open, find out where it stands and give a date.",
        Action.EXPLAIN_DECISION: "Explain the reason for the decision and when a new request can be made.",
        Action.HELP_WITH_FILE: "Ask whether papers are still missing, and help with them.",
        Action.GROUP_MEETING: "Hold a group meeting; explain what else there is for a single borrower.",
        Action.VISIT: "Visit, and ask how things are going.",
        Action.HANDOVER: "Make a hand-over visit together with the previous officer or the manager.",
        Action.INDEPENDENT_CALL: "A call from the complaints desk, not from the branch.",
        Action.CLOSE_COMPLAINT: "Settle the complaint first, and say what was done.",
        Action.WELCOME: "Make a welcome call: how things work here and whom to ask.",
        Action.RENEWAL_TALK: "Ask what the client wants to do next, with a loan or without, and leave the choice open.",
        Action.ASK_RETURN: "Ask whether and when the client means to borrow again, and note the answer.",
        Action.PROTECTIVE_TALK: "Talk about everything that has to be paid, here and elsewhere, and look for relief.",
        Action.ADVISER: "Ask how business goes; offer an adviser and, if instalments are due, a review of the plan.",
        Action.TIMING: "Ask which weeks suit, and note them.",
        Action.GROUP_RELIEF: "Report it to the branch: relief for the whole area may be due.",
        Action.OUTREACH: "Ask about the way to the meeting; name the nearest service point.",
        Action.TRANSFER: "Offer a transfer to the branch near the new place.",
        Action.UPDATE_NUMBER: "Meet at the centre, and bring the phone number up to date.",
        Action.HUMAN_CHANNEL: "Offer to settle things in person, and note what does not work by phone.",
        Action.EXPLAIN_TERMS: "Explain the terms in the client's own words, and ask what is unclear.",
        Action.EXPLAIN_CHANGE: "Explain what changed, and which old terms still hold.",
        Action.THANK: "Say thank you, and mention savings.",
        Action.NONE: "",
    }
)

_NO_COLLECTION = "Do not collect at this visit."
_NO_LOAN = "Do not offer a loan or a top-up."
_NO_PRESSURE = "Do not press for a new loan."
_NO_NAMES = "Do not speak about other members."
_NO_PROMISE = "Do not promise an amount or a date that is not yet decided."
_NO_BLAME = "Do not argue or lay blame."


@dataclass(frozen=True)
class Driver:
    """One reason for leaving.

    Parameters
    ----------
    code
        As in the exit survey.
    name
        Plain words, neutral enough to be read by others.
    shown
        Whether it may stand on an officer's list. Sensitive and survey-only codes never do.
    actionable
        Whether something can be done about it; otherwise it is context.
    action
        First response.
    avoid
        One thing not to do.
    traced
        Whether loan and interaction data hold a trace of it at all.
    """

    code: str
    name: str
    shown: bool
    actionable: bool
    action: Action
    avoid: str
    traced: bool = True


def _shown(code: str, name: str, action: Action, avoid: str) -> Driver:
    return Driver(code, name, shown=True, actionable=True, action=action, avoid=avoid)


def _context(code: str, name: str, action: Action, avoid: str) -> Driver:
    return Driver(code, name, shown=True, actionable=False, action=action, avoid=avoid)


def _hidden(code: str, name: str, *, traced: bool = False, action: Action = Action.NONE) -> Driver:
    return Driver(code, name, shown=False, actionable=False, action=action, avoid="", traced=traced)


_ALL = (
    _shown("ARR-1", "repayments have begun to slip", Action.REVIEW, _NO_COLLECTION),
    _shown("ARR-2", "instalments have become heavy", Action.REVIEW, _NO_COLLECTION),
    _shown("PAY-1", "repaid ahead of the schedule", Action.ASK_PLANS, _NO_PRESSURE),
    _shown("AMT-1", "the loan was smaller than asked", Action.EXPLAIN_LADDER, _NO_PROMISE),
    _shown("AMT-2", "the loan no longer grows", Action.OTHER_PRODUCT, _NO_PROMISE),
    _shown("TRM-1", "the schedule does not fit", Action.SCHEDULE, _NO_BLAME),
    _shown("PRC-1", "what the loan costs", Action.EXPLAIN_COST, _NO_PRESSURE),
    _shown("SAV-1", "savings are locked or being withdrawn", Action.EXPLAIN_SAVINGS, _NO_BLAME),
    _shown("WAIT-1", "the money came late", Action.EXPEDITE, _NO_PROMISE),
    _shown("DEN-1", "the last request did not go through", Action.EXPLAIN_DECISION, _NO_PROMISE),
    _shown("DOC-1", "much paperwork", Action.HELP_WITH_FILE, "Do not ask for papers already on file."),
    _shown("GRP-1", "the group is under strain", Action.GROUP_MEETING, _NO_NAMES),
    _shown("GRP-2", "seen less often at meetings", Action.VISIT, _NO_BLAME),
    _hidden("GRP-3", "conflict in the group"),
    _shown("OFF-1", "the officer changed or is away", Action.HANDOVER, "Do not send a stranger alone."),
    _shown("OFF-2", "little contact", Action.VISIT, _NO_PRESSURE),
    _hidden("OFF-3", "conduct of staff", traced=True, action=Action.INDEPENDENT_CALL),
    _shown("CMP-1", "a complaint", Action.CLOSE_COMPLAINT, "Do not talk about a new loan first."),
    _shown("NEW-1", "still new here", Action.WELCOME, _NO_PRESSURE),
    _shown("RNW-1", "nothing is agreed for the time after the loan", Action.RENEWAL_TALK, _NO_PRESSURE),
    _context("RST-1", "pauses between loans", Action.ASK_RETURN, _NO_PRESSURE),
    _context("CMPT-1", "lending around here is changing", Action.PROTECTIVE_TALK, _NO_LOAN),
    _shown("OVD-1", "several instalments at once", Action.PROTECTIVE_TALK, _NO_LOAN),
    _shown("BUS-1", "less money coming in", Action.ADVISER, _NO_COLLECTION),
    _context("SEA-1", "the time of year", Action.TIMING, _NO_PRESSURE),
    _context("SHK-1", "the whole area pays later", Action.GROUP_RELIEF, _NO_COLLECTION),
    _shown("DST-1", "the branch or meeting place moved", Action.OUTREACH, _NO_BLAME),
    _shown("MOV-1", "the client is moving", Action.TRANSFER, _NO_PRESSURE),
    _shown("CHN-1", "hard to reach", Action.UPDATE_NUMBER, "Do not ask relatives or neighbours."),
    _shown("DIG-1", "paying by phone does not work well", Action.HUMAN_CHANNEL, _NO_BLAME),
    _shown("INF-1", "questions about the terms", Action.EXPLAIN_TERMS, _NO_PRESSURE),
    _shown("POL-1", "the product changed", Action.EXPLAIN_CHANGE, _NO_PROMISE),
    _context("GRD-1", "needs less credit", Action.THANK, _NO_PRESSURE),
    _hidden("HLT-1", "said only by the client"),
    _hidden("FAM-1", "said only by the client"),
    _hidden("REL-1", "said only by the client"),
    _hidden("FRD-1", "whistle-blower route"),
    _hidden("OTH-9", "other"),
    _hidden("UNK-0", "not said"),
)

#: Every driver by its code, in the order of the taxonomy.
DRIVERS: Mapping[str, Driver] = MappingProxyType({driver.code: driver for driver in _ALL})

#: Only weakly traced in loan and interaction data; every other traced driver must be covered by a feature.
WEAK = ("PRC-1", "MOV-1")

TRACED = tuple(code for code, driver in DRIVERS.items() if driver.traced and code not in WEAK)
