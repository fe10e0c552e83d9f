"""Whether the lists help: what the page on the effect says, of the whole institution and never of a branch."""

from collections.abc import Iterator
from dataclasses import replace

from serving.analysis import of_trial
from serving.analysis.section import Section
from serving.effect_tables import EffectTables
from serving.report.known import Known
from serving.report.part import Part, Piece, cut, of_chart

TITLE = "Do the lists help?"
#: Columns of words, by what is told; all others hold figures.
_WORDS = {"kept": (), "harm": (0, 1, 2, 3), "stops": (0, 1, 2, 3)}
#: A column of the harm alarm that finds no room on paper; the sentence above its table says what to do.
_TODO = "What to do"


def of_lists(known: Known) -> Part:
    """The effect of being listed with its interval, clients kept, how long until more is told, the harm alarm."""
    tables = known.effect
    if tables is None:
        return Part(TITLE, ["Nothing was kept of it: “exitwatch weekly” keeps it, unless it is run with --lists-only."])
    stopped = [_table(section, "stops") for section in of_trial.of_stops(known.stopped)]
    if tables.missing:
        return Part(TITLE, [tables.said], [*stopped, *_told(tables, "power")])
    if tables.said == _said(tables, "balance"):
        # The lot is not to be believed, and so nothing that rests on it.
        return Part(TITLE, [tables.said, tables.about], stopped)
    told = [piece for name in ("reached", "kept", "power", "harm") for piece in _told(tables, name)]
    return Part(TITLE, [tables.said, tables.about], [*_effect(tables), *told, *stopped])


def _said(tables: EffectTables, name: str) -> str:
    finding = tables.finding(name)
    return "" if finding is None else finding.said


def _effect(tables: EffectTables) -> Iterator[Piece]:
    """A report comes every month, so what is said is the interval that may be looked at again and again."""
    for chart in of_trial.of_trial(tables):
        if chart.name == "trial-effect":
            yield replace(of_chart(chart), said=_said(tables, "weekly"))


def _told(tables: EffectTables, name: str) -> Iterator[Piece]:
    for section in of_trial.of_finding(tables, name):
        # How long, by share and size, is a table of 20 rows and more; the sentence says what matters of it.
        yield Piece(section.title, section.said) if name in ("power", "reached") else _table(section, name)


def _table(section: Section, name: str) -> Piece:
    kept = [place for place, head in enumerate(section.heads) if head != _TODO]
    rows = [[cut(row[place]) for place in kept] for row in section.rows]
    heads = [section.heads[place] for place in kept]
    return Piece(section.title, section.said, heads=heads, rows=rows, words=_WORDS[name])
