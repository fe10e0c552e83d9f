"""Where objectives stand, and what became of what was found and decided."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from features.indicator import Value
from serving.charts.chart import NOT_SHOWN, SHARE, Chart, Head
from serving.charts.progress import progress
from serving.findings import Finding, Stage
from serving.objectives.objective import Objective
from serving.objectives.status import Standing, Status
from serving.report.known import Known, Reached
from serving.report.part import Part, Piece, cut

#: So many figures of each objective are shown, the newest; and so many findings.
MOST_FIGURES, MOST_FINDINGS = 4, 6
STATUS = {
    Status.REACHED: "reached",
    Status.ON_THE_WAY: "on the way",
    Status.BEHIND: "behind",
    Status.OFF: "off",
    Status.NOT_KNOWN: "not known",
}


def of_objectives(known: Known) -> Part:
    """Status and trajectory of every objective."""
    title = "Objectives"
    said = []
    if known.lacking:
        said.append(f"{known.lacking} objectives lack something; “exitwatch objectives check” says what.")
    if not known.reached:
        said.append(
            "There are no objectives yet: write objectives.toml in the working folder (docs/objectives.md shows how), "
            "and run “exitwatch objectives status” every month."
        )
        return Part(title, said)
    counts = Counter(STATUS[each.standing.status] for each in known.reached)
    told = ", ".join(f"{counts[word]} {word}" for word in STATUS.values() if counts[word])
    said.insert(0, f"Of {len(known.reached)} objectives, as they stood on {known.as_of}: {told}.")
    if counts[STATUS[Status.NOT_KNOWN]]:
        said.append(
            "What is not known was not measured yet: run “exitwatch objectives status”, or hand in what was measured "
            "elsewhere with “exitwatch objectives upload”."
        )
    return Part(title, said, [_status(known), _way(known), *_trajectory(known)])


def _status(known: Known) -> Piece:
    rows = []
    for name, each in _named(known).items():
        at, of = each.standing, each.standing.objective
        rows.append(
            [
                f"{name} ({of.indicator.name.lower()}{', ' + of.segment.text if of.segment.text else ''})",
                of.owner,
                _plain(of, of.baseline),
                _told(of, at.value),
                _plain(of, at.expected),
                f"{_plain(of, of.target)} by {of.by}",
                STATUS[at.status] + (", not surely" if at.sure is False else ""),
            ]
        )
    return Piece(
        "Where they stand",
        "“Asked today” lies on the straight line from baseline to target.",
        heads=["Objective", "Owner", "Baseline", "Now", "Asked today", "Target", "Status"],
        rows=rows,
        words=(0, 1, 5, 6),
    )


def _named(known: Known) -> dict[str, Reached]:
    """Objectives by their number and name."""
    return {f"{place} {cut(each.standing.objective.name)}": each for place, each in enumerate(known.reached, 1)}


def _way(known: Known) -> Piece:
    standings = {name: each.standing for name, each in _named(known).items()}
    heads = {"label": Head("Objective"), "value": Head("Way done", SHARE), "asked": Head("Asked today", SHARE)}
    chart = _chart(standings, heads)
    return Piece(chart.title, chart.said, chart, [head.title for head in heads.values()], chart.rows())


def _chart(standings: Mapping[str, Standing], heads: dict[str, Head]) -> Chart:
    table = pd.DataFrame(
        {
            "label": list(standings),
            "value": [each.way for each in standings.values()],
            "asked": [_asked(each) for each in standings.values()],
        }
    ).astype({"value": "float64", "asked": "float64"})
    way = heads["value"]
    table["told"] = [f"{row.label}: {way.said(row.value)} of the way" for row in table.itertuples()]
    return progress(
        "objectives",
        "How far on the way from baseline to target",
        "The bar is what is done, the black mark where it should end today. 100 % is the target; below 0 it went the "
        "other way; without a bar it is not known.",
        table,
        heads,
        across="share of the way",
    )


def _asked(at: Standing) -> float:
    of = at.objective
    return (at.expected - of.baseline) / (of.target - of.baseline)


def _trajectory(known: Known) -> Iterator[Piece]:
    rows = [row for name, each in _named(known).items() for row in _figures(name, each)]
    if rows:
        yield Piece(
            "How they got there",
            f"The newest {MOST_FIGURES} figures of each that has any, beside what was asked at the time.",
            heads=["Objective", "From", "Until", "Measured", "Asked then", "Source"],
            rows=rows,
            words=(0, 5),
        )


def _figures(name: str, each: Reached) -> Iterator[list[str]]:
    of = each.standing.objective
    for figure in each.figures[-MOST_FIGURES:]:
        yield [
            name,
            figure.from_on.isoformat(),
            figure.until_on.isoformat(),
            _told(of, figure.value),
            _plain(of, of.expected(figure.until_on)),
            cut(figure.source),
        ]


def _told(of: Objective, value: Value) -> str:
    if value.value is None:
        return NOT_SHOWN
    told = _plain(of, value.value)
    if value.low is None or value.high is None:
        return told
    return f"{told} ({_plain(of, value.low).removesuffix(' %')} to {_plain(of, value.high).removesuffix(' %')})"


def _plain(of: Objective, value: float) -> str:
    return Head("", SHARE).said(value) if of.indicator.unit == "share" else f"{value:,.1f}".removesuffix(".0")


def of_loop(known: Known) -> Part:
    """Findings with what was decided and what came of it: first those that wait, then the newest that are done."""
    title = "What was decided, and what became of it"
    if not known.findings:
        return Part(
            title,
            [
                "Nothing was written down yet. “exitwatch feedback add” enters the first finding; from there it goes "
                "to a decision, a change and a measured effect with “exitwatch feedback move”."
            ],
        )
    done = [each for each in known.findings if each.ended]
    waiting = [each for each in known.findings if not each.ended]
    measured = sum(each.stage is Stage.REMEASURE for each in done)
    aside = f", {len(done) - measured} dropped or handed on" if measured < len(done) else ""
    late = sum(each.overdue(known.as_of) for each in waiting)
    done.sort(key=lambda each: (each.since_on, each.finding_id), reverse=True)
    shown = [*waiting, *done][:MOST_FINDINGS]
    said = (
        f"{len(known.findings)} findings: {len(waiting)} on the way, {late} of them overdue, and {measured} whose "
        f"effect was measured{aside}. An effect is after less before: an association, for other things changed too."
    )
    if len(known.findings) > len(shown):
        said += f" {len(known.findings) - len(shown)} more stand on the page Objectives."
    facts = [(cut(each.finding), _facts(each, known.as_of)) for each in shown]
    return Part(title, [said], [Piece("", "", facts=facts)])


def _facts(each: Finding, day: date) -> list[tuple[str, str]]:
    stands = f"{each.stage.value.replace('_', ' ')}, since {each.since_on}; owner {each.owner}"
    if each.due_on is not None and not each.ended:
        stands += f"; next step by {each.due_on}" + (" (overdue)" if each.overdue(day) else "")
    facts = [("Stands at", stands)]
    facts += [
        (label, cut(text))
        for label, text in (("Decided", each.decision), ("Changed", each.change), ("Told", each.told))
        if text
    ]
    if each.effect is not None:
        effect = each.effect
        between = "" if effect.low is None or effect.high is None else f" ({effect.low:+.2g} to {effect.high:+.2g})"
        change = f"{effect.before:.3g}, then {effect.after:.3g}: {effect.change:+.2g}{between}"
        facts.append(("Effect", f"{cut(effect.what)}, {change}, an association"))
    return facts
