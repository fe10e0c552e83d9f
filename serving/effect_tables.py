"""What the lot shows so far, kept beside the scores: the same figures for the page, the interface and the command."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from features.errors import DataError, TooShortHistory
from serving.experiment.stops import PARTS, WATCHED, Stop, lifts
from serving.home import Home
from serving.kept_scores import KeptScores, damaged
from serving.whole import as_json, write_whole
from training.drivers.finding import Finding
from training.drivers.shares import SMALLEST_CELL
from training.effect.balance import balance
from training.effect.power import Flow, foreseen
from training.effect.report import EffectReport, Question, report

#: File beside the scores.
FILE = "effect.json"

#: Parts the effect is told by.
SEGMENTS = ("branch", "band", "action")
#: What each finding is called, in the order in which they are read.
TITLES: Mapping[str, str] = {
    "effect": "What being listed does",
    "reached": "What a contact does",
    "kept": "Clients kept, and what each costs",
    "segments": "The same by parts",
    "differ": "Do the parts differ?",
    "power": "How long until more can be told",
    "weekly": "Looked at every week",
    "harm": "Does contact harm anybody?",
    "balance": "Was the lot a fair one?",
    "lost": "Of whom nothing is known",
}
#: Columns that count people, by finding: a number under 20 is not kept, nor what would tell it.
_COUNTS: Mapping[str, Sequence[str]] = {
    "reached": ("reached", "not_known"),
    "lost": ("lost",),
    "harm": ("clients", "held_out"),
    "weekly": ("held_out",),
}
#: What goes with a number that is not kept.
_WITH: Mapping[str, Sequence[str]] = {
    "reached": ("reached_share",),
    "lost": ("share",),
    "harm": ("effect", "low"),
    "weekly": ("units", "clients", "effect", "low", "high"),
}
_NOBODY = "Nobody was drawn by lot yet: the first weekly lists with a hold-out begin it."


@dataclass(frozen=True)
class EffectTables:
    """The effect as it is kept.

    Parameters
    ----------
    said
        The answer in a sentence; why there is none yet where `missing` is set.
    about
        Of how many it speaks; empty where there is no answer.
    missing
        Whether too little is known to say anything of an effect.
    plain
        Name to the plain values of a finding: said, columns, rows.
    """

    as_of: date
    said: str
    about: str
    missing: bool
    plain: Mapping[str, Mapping[str, Any]]

    def finding(self, name: str) -> Finding | None:
        """One finding; None where it is not there."""
        if name not in self.plain:
            return None
        return Finding(pd.DataFrame(self.plain[name]["rows"], columns=self.plain[name]["columns"]), self.said_of(name))

    def said_of(self, name: str) -> str:
        """The sentence of a finding."""
        return str(self.plain[name]["said"])


def question(stops: Sequence[Stop], visit_cost: float | None) -> Question:
    """What is asked of the log, by whomever it is asked."""
    return Question(SEGMENTS, WATCHED, visit_cost=visit_cost, lifts=lifts(stops), parts=PARTS)


def effect_tables(
    log: pd.DataFrame, on: date, matures_after: int, stops: Sequence[Stop], visit_cost: float | None
) -> EffectTables:
    """All that is known of the effect on a day; while that is too little, when more will be.

    Parameters
    ----------
    log
        As `serving.experiment.log.logged` gives it.
    matures_after
        Days from a draw to its final outcome.
    stops
        Every stop so far.
    """
    if log.empty:
        return EffectTables(on, _NOBODY, "", missing=True, plain={})
    try:
        found = report(log, on, matures_after, question(stops, visit_cost))
    except TooShortHistory as early:
        flow = Flow.of(log, on, matures_after)
        findings = {"power": foreseen(flow, float(log["risk"].astype("float64").mean()))}
        findings["balance"] = balance(log, ("risk",)).finding
        return EffectTables(on, str(early), "", missing=True, plain=_plain(findings))
    except DataError as wrong:
        return EffectTables(on, str(wrong), "", missing=True, plain={})
    return of_report(found)


def of_report(found: EffectReport) -> EffectTables:
    """A report as it is kept."""
    findings = {name: found.findings[name] for name in TITLES}
    return EffectTables(found.as_of, found.said, found.about, missing=False, plain=_plain(findings))


def keep_effect(home: Home, tables: EffectTables) -> None:
    """Keep the tables beside the scores of their date. The same tables give the same bytes.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written.
    """
    content = {
        "as_of": tables.as_of.isoformat(),
        "said": tables.said,
        "about": tables.about,
        "missing": tables.missing,
        "findings": dict(tables.plain),
    }
    write_whole(home.scores / tables.as_of.isoformat() / FILE, as_json(content))


def read_effect(stored: KeptScores) -> EffectTables | None:
    """The effect kept beside some scores; None where there is none (yet).

    Raises
    ------
    StorageError
        It is damaged.
    """
    content = stored.beside(FILE)
    if content is None:
        return None
    try:
        said, about, missing = str(content["said"]), str(content["about"]), bool(content["missing"])
        return EffectTables(
            date.fromisoformat(content["as_of"]), said, about, missing=missing, plain=dict(content["findings"])
        )
    except (ValueError, LookupError, TypeError) as error:
        raise damaged(stored, FILE) from error


def _plain(findings: Mapping[str, Finding]) -> dict[str, dict[str, Any]]:
    plain = {}
    for name, finding in findings.items():
        table = _hidden(name, finding.table).astype(object)
        rows = [[_cell(cell) for cell in row] for row in table.itertuples(index=False, name=None)]
        plain[name] = {"said": finding.said, "columns": list(map(str, table.columns)), "rows": rows}
    return plain


def _hidden(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table without numbers of fewer than 20 people, and without what would tell them."""
    hidden = table.copy()
    for column in _COUNTS.get(name, ()):
        few = table[column].astype("float64") < SMALLEST_CELL
        names = [column, *_WITH[name]]
        hidden[names] = hidden[names].astype("float64").mask(few)
    return hidden


def _cell(value: object) -> object:
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, date):
        return value.isoformat()
    number = float(str(value)) if str(value) not in ("True", "False") else None
    if number is None:
        return str(value) == "True"
    if not math.isfinite(number):
        return None
    return round(number, 6)
