"""Where objectives stand, what becomes of findings, and why clients say they left."""

from collections.abc import Iterator, Sequence
from datetime import date

from serving.analysis.section import Section
from serving.findings import Finding
from serving.objectives.status import Standing, Status
from serving.survey.pooling import FEWEST
from serving.survey.reasons import ReasonTable, name_of

_STATUS = {
    Status.REACHED: "reached",
    Status.ON_THE_WAY: "on the way",
    Status.BEHIND: "behind",
    Status.OFF: "off",
    Status.NOT_KNOWN: "not known",
}


def of_objectives(standings: Sequence[Standing], lacking: int) -> Section:
    """Every objective, and where it stands."""
    said = "Where each objective stands today, beside where the straight line from baseline to target asks it to be."
    if not standings:
        said = "There are none yet: write objectives.toml in the working folder, see docs/objectives.md."
    if lacking:
        said += f" {lacking} more lack something; `exitwatch objectives check` says what."
    rows = []
    for each in standings:
        of, unit = each.objective, each.objective.indicator.unit
        rows.append(
            [
                of.name,
                of.indicator.code,
                of.segment.text or "everybody",
                _figure(of.baseline, unit),
                _figure(each.value.value, unit),
                _figure(each.expected, unit),
                _figure(of.target, unit),
                of.by.isoformat(),
                of.owner,
                _STATUS[each.status],
            ]
        )
    heads = ["Objective", "Indicator", "Of whom", "Baseline", "Now", "Asked today", "Target", "By", "Owner", "Status"]
    return Section("Objectives", said, heads, rows)


def of_loop(findings: Sequence[Finding], today: date) -> Section:
    """The feedback loop: what was found, and what becomes of it."""
    said = "From finding to measured effect; a step is made with `exitwatch feedback move` or POST /v1/feedback."
    if not findings:
        said = "Nothing was found out yet: `exitwatch feedback add` writes down the first finding."
    rows = []
    for each in findings:
        late = f"{each.due_on} (overdue)" if each.overdue(today) else str(each.due_on or "–")
        effect = "–" if each.effect is None else f"{each.effect.what}: {each.effect.change:+.3g}"
        rows.append(
            [each.finding, each.owner, each.stage.value, late, each.decision or "–", each.change or "–", effect]
        )
    heads = ["Finding", "Owner", "Stage", "Next step by", "Decision", "Change", "Effect (association)"]
    return Section("Feedback loop", said, heads, rows)


def of_reasons(table: ReasonTable, of_whom: str) -> Iterator[Section]:
    """Why clients left, by their own account, in the form of IRIS PI9872."""
    rows = [
        [
            "; ".join(name_of(code) for code in share.codes),
            f"{share.answers:,}",
            f"{100 * share.share:.1f} %",
            f"{100 * share.low:.1f} to {100 * share.high:.1f} %",
        ]
        for share in table.shares
    ]
    refusals = f"fewer than {FEWEST}" if table.refusals is None else f"{table.refusals:,}"
    said = f"{of_whom}: {table.answers:,} interviews with consent, {refusals} who did not want to answer."
    if not rows:
        said += " Too few to tell any reason."
    yield Section("Why clients say they left", said, ["Reason", "Answers", "Share", "Interval"], rows)
    yield Section("To be read with it", " ".join(table.footnotes))


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if unit == "share" else f"{value:,.1f}"
