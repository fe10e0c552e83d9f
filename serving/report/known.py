"""What a report of a month is made from: whatever was kept and written down by the first weekly run after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from features.errors import UsageError
from serving import findings, kept_measures, kept_scores
from serving.driver_summary import read_summary
from serving.effect_tables import EffectTables, read_effect
from serving.experiment import stops
from serving.experiment.stops import Stop
from serving.findings import Finding, Stage
from serving.home import Home
from serving.kept_measures import KeptMeasures
from serving.objectives.measured import stand
from serving.objectives.objective import FILE, read_objectives
from serving.objectives.status import Standing
from serving.objectives.values import Figure, figures_of
from serving.report.month import last_day
from serving.survey.reasons import ReasonTable, reasons_of_sample, reasons_of_year
from serving.survey.samples import samples
from training import promotion
from training.promotion import Promotion

#: After so many days nobody is asked for a sample any more: from two tables of it, one before an answer came and one
#: after it, what was said in it could be worked out.
ASKED_OUT = timedelta(days=90)


@dataclass(frozen=True)
class Reached:
    """An objective: where it stands, and the figures that led there, oldest first."""

    standing: Standing
    figures: Sequence[Figure]


@dataclass(frozen=True)
class Known:
    """Everything a report tells.

    Parameters
    ----------
    month
        As 2025-11.
    summary
        What weighs on clients; None where it was not kept.
    lacking
        How many objectives are not SMART.
    asked_in, asked
        The last whole year, and why those who were asked in it say that they left.
    sample, sampled
        The newest sample that nobody is asked for any more, and the same of it.
    effect
        What being listed does; None where it was not kept.
    stopped
        Lists that stopped for harm, as it stood on the day.
    """

    month: str
    kept: KeptMeasures
    summary: Mapping[str, Any] | None
    reached: Sequence[Reached]
    lacking: int
    findings: Sequence[Finding]
    asked_in: int
    asked: ReasonTable
    sample: str
    sampled: ReasonTable | None
    effect: EffectTables | None
    stopped: Sequence[Stop]
    promoted: Sequence[Promotion]

    @property
    def as_of(self) -> date:
        """The day of the weekly run."""
        return self.kept.as_of


def run_after(home: Home, month: str) -> date:
    """The first weekly run that saw the whole of a month.

    Raises
    ------
    UsageError
        There is none yet, or it is no month.
    """
    end = last_day(month)
    found = next((day for day in home.measured_dates() if day >= end), None)
    if found is None:
        raise UsageError(
            f"no weekly run has seen the whole of {month} yet; run `exitwatch weekly BOOK --as-of {end}` or of a later "
            "day, or ask for an earlier month with --month"
        )
    return found


def gather(home: Home, connection: Connection, month: str) -> Known:
    """What is known for the report of a month. The same inputs give the same.

    Raises
    ------
    UsageError
        No weekly run has seen the whole month, or the file of objectives cannot be read.
    StorageError, DamagedModel
        Something that was kept cannot be read.
    """
    day = run_after(home, month)
    scores = kept_scores.on(home, day)
    file = home.path / FILE
    read = read_objectives(file) if file.exists() else None
    objectives = () if read is None else read.objectives
    asked_out = [each for each in samples(connection) if not each.again_of and each.drawn_on + ASKED_OUT <= day]
    sample = asked_out[-1].sample_id if asked_out else ""
    return Known(
        month=month,
        kept=kept_measures.of(home, day),
        summary=None if scores is None else read_summary(scores),
        reached=[
            Reached(
                each,
                figures_of(connection, each.objective.indicator.code, each.objective.segment.text, day)[::-1],
            )
            for each in stand(connection, tuple(objectives), day)
        ],
        lacking=0 if read is None else len({fault.place for fault in read.faults}),
        findings=[as_it_stood(each, day) for each in findings.every(connection) if each.moves[0].happened_on <= day],
        asked_in=day.year - 1,
        asked=reasons_of_year(connection, day.year - 1),
        sample=sample,
        sampled=reasons_of_sample(connection, sample) if sample else None,
        effect=None if scores is None else read_effect(scores),
        stopped=[_by(each, day) for each in stops.every(connection) if each.stopped_on <= day],
        promoted=[each for each in promotion.history(home.path) if date.fromisoformat(each.on) <= day],
    )


def _by(stop: Stop, day: date) -> Stop:
    """A stop as it stood on a day: what was decided later is not known yet."""
    return stop if stop.lifted_on is None or stop.lifted_on <= day else replace(stop, lifted_on=None)


def as_it_stood(finding: Finding, day: date) -> Finding:
    """A finding as far as it had come by a day; what is said at a later step is left out."""
    moves = tuple(move for move in finding.moves if move.happened_on <= day)
    if len(moves) == len(finding.moves):
        return finding
    reached = findings.STAGES[: findings.STAGES.index(moves[-1].stage) + 1]
    return replace(
        finding,
        stage=moves[-1].stage,
        since_on=moves[-1].happened_on,
        due_on=None,
        moves=moves,
        decision=finding.decision if Stage.DECIDE in reached else "",
        change=finding.change if Stage.IMPLEMENT in reached else "",
        told=finding.told if Stage.COMMUNICATE in reached else "",
        effect=finding.effect if Stage.REMEASURE in reached else None,
    )
