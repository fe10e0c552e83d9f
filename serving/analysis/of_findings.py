"""What becomes of findings."""

from collections.abc import Sequence
from datetime import date

from features.indicators import INDICATORS
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
        said = 'Nothing was found out yet: enter the first finding here, or with "exitwatch feedback add".'
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
    share = effect.what in INDICATORS and INDICATORS[effect.what].unit == "share"
    times, level, change, unit = (100, ".1f", "+.1f", " %") if share else (1, ",.4g", "+.3g", "")
    ends = [] if effect.low is None or effect.high is None else [effect.low, effect.high]
    interval = f" ({' to '.join(format(times * end, change) for end in ends)})" if ends else ""
    levels = f"{times * effect.before:{level}}{unit} before, {times * effect.after:{level}}{unit} after"
    points = " points" if share else ""
    return f"{effect.what}: {levels}, {times * effect.change:{change}}{points}{interval}"
