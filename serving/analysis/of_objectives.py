"""Where objectives stand, and how each of them got there."""

from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd

from features.indicator import Value
from serving.analysis.section import Section
from serving.charts.chart import NUMBER, SHARE, Chart, Head
from serving.charts.trajectory import ASKED, MEASURED, trajectory
from serving.objectives.measured import Course
from serving.objectives.status import Standing, Status

#: Under which address drawings of objectives lie.
AT = "/analysis/objectives"
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
        said += f' {lacking} more lack something; "exitwatch objectives check" says what.'
    heads = ["Objective", "Indicator", "Of whom", "Baseline", "Now", "Asked today", "Target", "By", "Owner", "Status"]
    return Section("Where they stand", said, heads, [_row(each) for each in standings])


def of_courses(courses: Sequence[Course], today: date) -> Iterator[Chart]:
    """A chart of each objective, from its baseline to its target."""
    for place, each in enumerate(courses, 1):
        yield of_course(f"objective-{place}", each, today)


def of_course(name: str, course: Course, today: date) -> Chart:
    """One objective: the line it is asked to follow, and every figure so far."""
    of = course.standing.objective
    asked = [
        (of.baseline_on, of.baseline, "baseline"),
        (min(max(today, of.baseline_on), of.by), of.expected(today), "asked for today"),
        (of.by, of.target, "target"),
    ]
    rows = [{"day": day.isoformat(), "series": ASKED, "what": what, "value": value} for day, value, what in asked] + [
        {
            "day": figure.until_on.isoformat(),
            "series": MEASURED,
            "what": f"since {figure.from_on}, {figure.source}",
            "value": figure.value.value,
            "low": figure.value.low,
            "high": figure.value.high,
        }
        for figure in course.figures
    ]
    table = pd.DataFrame(rows, columns=["day", "series", "what", "value", "low", "high"])
    table[["value", "low", "high"]] = table[["value", "low", "high"]].astype("float64")
    unit = of.indicator.unit
    table["told"] = [
        f"{row.day}, {row.series} ({row.what}): {figure(float(str(row.value)), unit)}" for row in table.itertuples()
    ]
    kind = SHARE if unit == "share" else NUMBER
    return trajectory(
        name,
        of.name,
        _said(course.standing, course.figures[-1].until_on if course.figures else None),
        table,
        {
            "day": Head("Day"),
            "series": Head("Line"),
            "what": Head("What"),
            "value": Head("Value", kind),
            "low": Head("From", kind),
            "high": Head("To", kind),
        },
        today=today,
        unit="%" if unit == "share" else ",.4~g",
    )


def figure(value: float | None, unit: str) -> str:
    """A value of an indicator in words.

    >>> figure(0.705, "share"), figure(12.0, "days"), figure(None, "count")
    ('70.5 %', '12.0 days', '–')
    """
    if value is None:
        return "–"
    return {"share": f"{100 * value:.1f} %", "days": f"{value:,.1f} days"}.get(unit, f"{value:,.0f}")


def _said(each: Standing, until: date | None) -> str:
    of, unit = each.objective, each.objective.indicator.unit
    line = (
        f"From {figure(of.baseline, unit)} ({of.baseline_on}) to {figure(of.target, unit)} by {of.by}; "
        f"today's mark is {figure(each.expected, unit)}."
    )
    if each.value.value is None:
        return f'{line} Nothing was measured since the baseline: run "exitwatch objectives status", or upload figures.'
    doubt = ", too close to the mark to be sure" if each.sure is False else ""
    now = f"The newest figure, of {until}, is {with_interval(each.value, unit)}: {_STATUS[each.status]}{doubt}."
    over = " The date is over: decide whether to set it anew, and what was learnt." if each.days_left < 0 else ""
    return f"{now} {line}{over}"


def with_interval(value: Value, unit: str) -> str:
    """A value with its interval, where it has one."""
    told = figure(value.value, unit)
    if value.low is None or value.high is None:
        return told
    return f"{told} ({figure(value.low, unit)} to {figure(value.high, unit)})"


def _row(each: Standing) -> list[str]:
    of, unit = each.objective, each.objective.indicator.unit
    return [
        of.name,
        of.indicator.code,
        of.segment.text or "everybody",
        figure(of.baseline, unit),
        figure(each.value.value, unit),
        figure(each.expected, unit),
        figure(of.target, unit),
        of.by.isoformat(),
        of.owner,
        _STATUS[each.status],
    ]
