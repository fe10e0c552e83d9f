"""What becomes of findings."""

from collections.abc import Sequence
from datetime import date

from serving.analysis.section import Section
from serving.effect import Effect
from serving.findings import Finding, Stage

#: Where a finding is read and goes on.
AT = "/analysis/findings"
STAGES = {
    Stage.COLLECT: "collected",
    Stage.CONSOLIDATE: "put together",
    Stage.ANALYSE: "analysed",
    Stage.REPORT: "reported",
    Stage.DECIDE: "decided",
    Stage.IMPLEMENT: "carried out",
    Stage.COMMUNICATE: "told to clients and staff",
    Stage.REMEASURE: "measured again",
    Stage.DROPPED: "dropped",
    Stage.HANDED_ON: "handed on",
}


def of_loop(findings: Sequence[Finding], today: date) -> Section:
    """The feedback loop: what was found, and what becomes of it."""
    said = "From finding to measured effect. What waits longest for its next step comes first."
    if not findings:
        said = "Nothing was found out yet: enter the first finding here, or with `exitwatch feedback add`."
    rows = []
    for each in findings:
        late = f"{each.due_on} (overdue)" if each.overdue(today) else str(each.due_on or "–")
        effect = "–" if each.effect is None else effect_in_words(each.effect)
        due = "–" if each.ended else late
        rows.append([each.finding, each.owner, STAGES[each.stage], due, each.decision or "–", each.change or "–"])
        rows[-1] += [effect, each.told or "–"]
    heads = ["Finding", "Owner", "Stands at", "Next step by", "Decision", "Change", "Effect (association)", "Told"]
    return Section("Feedback loop", said, heads, rows, links=[f"{AT}/{each.finding_id}" for each in findings])


def effect_in_words(effect: Effect) -> str:
    """What was measured before and after, and the difference with its interval."""
    interval = "" if effect.low is None or effect.high is None else f" ({effect.low:+.3g} to {effect.high:+.3g})"
    return f"{effect.what}: {effect.before:.4g} before, {effect.after:.4g} after, {effect.change:+.3g}{interval}"
