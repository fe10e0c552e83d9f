"""Does it help? All that an experiment shows on a day, in tables and sentences; or when it will show something."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from features.errors import TooShortHistory
from training.drivers.finding import Finding, per_cent
from training.effect.allocations import Arm, Settled, settled
from training.effect.balance import Balance, balance, lost
from training.effect.by_segment import by_segment
from training.effect.harm import Lift, State, Verdict, watch
from training.effect.itt import Itt, itt
from training.effect.kept import kept
from training.effect.power import Flow, power
from training.effect.reached import reached
from training.effect.saying import counted, of_a_hundred
from training.effect.scores import scored
from training.effect.sequence import looks

#: With fewer clients in an arm whose outcome is final, or fewer units, nothing is said of the effect.
FEWEST_SETTLED, FEWEST_UNITS = 40, 10


@dataclass(frozen=True)
class Question:
    """What is asked of the log.

    Attributes
    ----------
    segments
        Columns the effect is told by: known on as_of, such as branch, band, lending and action.
    watched
        Columns whose parts have a harm alarm of their own; few, for each look costs.
    compared
        Numbers known on as_of that the arms should be alike in, besides risk.
    visit_cost
        What a contact costs; None where nobody said.
    sought
        The effect that the sentence on power speaks of, as a share.
    lifts
        Decisions to let stopped segments be listed again.
    parts
        How many parts are watched in all, as in `training.effect.harm.watch`.
    """

    segments: Sequence[str] = ("action",)
    watched: Sequence[str] = ()
    compared: Sequence[str] = ()
    visit_cost: float | None = None
    sought: float = 0.03
    lifts: Sequence[Lift] = ()
    parts: int | None = None


@dataclass(frozen=True)
class EffectReport:
    """What an experiment shows.

    Attributes
    ----------
    as_of
        The day we stand on.
    said
        The answer in a sentence; a warning instead where the lot is not to be believed.
    about
        Of how many it speaks.
    effect
        The effect of being listed.
    findings
        Name to finding: effect, reached, kept, segments, differ, power, weekly (looks), harm, balance, lost.
    verdicts
        Which lists go on and which must stop.
    balance
        Whether the lot was a fair one.
    """

    as_of: date
    said: str
    about: str
    effect: Itt
    findings: Mapping[str, Finding]
    verdicts: Sequence[Verdict]
    balance: Balance

    @property
    def stopped(self) -> list[Verdict]:
        """Segments whose lists must stop."""
        return [verdict for verdict in self.verdicts if verdict.state is State.STOP]


def report(allocations: pd.DataFrame, on: date, matures_after: int, question: Question | None = None) -> EffectReport:
    """Everything at once.

    Parameters
    ----------
    allocations
        The log: `training.effect.allocations.COLUMNS` and the columns the question names.
    on
        The day we stand on.
    matures_after
        Days from as_of until everybody's outcome is final: horizon and `ExitDefinition.maturity_days`.

    Raises
    ------
    TooShortHistory
        Too few held-out clients have a final outcome; the message says when there will be enough.
    DataError
        The log cannot be read.
    """
    asked = question or Question()
    trial = settled(allocations, on, matures_after, (*asked.segments, *asked.watched, *asked.compared))
    flow = Flow.of(allocations, on, matures_after)
    refuse_too_few(trial, flow)
    found, fair = itt(trial), balance(allocations, ("risk", *asked.compared))
    parts, rows = by_segment(trial, asked.segments), scored(trial)
    verdicts, harm = watch(rows, asked.watched, asked.lifts, asked.parts)
    findings = {
        "effect": effect_finding(found),
        "reached": reached(trial).finding,
        "kept": kept(trial, found, asked.visit_cost).finding,
        "segments": parts.effects,
        "differ": parts.differ,
        "power": power(flow, found, asked.sought),
        "weekly": looks(rows).finding,
        "harm": harm,
        "balance": fair.finding,
        "lost": lost(trial),
    }
    said = fair.finding.said if fair.doubtful else of_a_hundred(found)
    return EffectReport(on, said, _about(trial), found, findings, verdicts, fair)


def refuse_too_few(trial: Settled, flow: Flow) -> None:
    """Say nothing while there is too little to say it from.

    Raises
    ------
    TooShortHistory
        What is there, what is needed, and when.
    """
    rows = trial.rows
    units = min(rows.loc[rows["arm"] == arm.value, "unit_id"].nunique() for arm in Arm)
    if min(trial.count(arm) for arm in Arm) >= FEWEST_SETTLED and units >= FEWEST_UNITS:
        return
    held, listed = trial.count(Arm.HOLD_OUT), trial.count(Arm.LISTED)
    waiting = flow.share * float(len(flow.waiting))
    raise TooShortHistory(
        f"{counted(held).capitalize()} clients left out by lot and {counted(listed)} listed have a final outcome; "
        f"{FEWEST_SETTLED} of each, of {FEWEST_UNITS} units, are needed before anything is said. About {waiting:.0f} "
        f"more of those left out wait for theirs, which takes {trial.matures_after} days. {_when(trial, flow)}"
    )


def _when(trial: Settled, flow: Flow) -> str:
    for weeks in range(1, 521):
        drawn, coming = flow.settled_in(weeks)
        if min(flow.share, 1 - flow.share) * (drawn + coming) >= FEWEST_SETTLED:
            return (
                f"At {flow.per_week:,.0f} draws a week there will be enough about {trial.on + timedelta(weeks=weeks)}."
            )
    return (
        "At this pace there will not be enough within ten years: hold out a larger share, or start branches in steps."
    )


def effect_finding(found: Itt) -> Finding:
    """The effect, adjusted and plain, as a table."""
    low, high = found.unadjusted.interval()
    rows = [
        {"estimate": "adjusted for risk and stratum", "effect": found.value, "low": found.low, "high": found.high},
        {"estimate": "plain", "effect": found.unadjusted.value, "low": low, "high": high},
    ]
    arms = {
        "listed": found.listed,
        "held_out": found.held_out,
        "listed_rate": found.listed_rate,
        "held_out_rate": found.held_out_rate,
    }
    return Finding(pd.DataFrame([row | arms for row in rows]), of_a_hundred(found))


def _about(trial: Settled) -> str:
    listed, held = trial.count(Arm.LISTED), trial.count(Arm.HOLD_OUT)
    return (
        f"{listed:,} clients listed and {held:,} left out by lot ({per_cent(held / (held + listed))}), drawn from "
        f"{trial.rows['as_of'].min().date()} to {trial.rows['as_of'].max().date()}; {len(trial.in_flight):,} drawn "
        f"since have no final outcome yet by {trial.on}. Clients with an open complaint, in arrears, over-indebted or "
        "under a hold are never left out and are not compared."
    )
