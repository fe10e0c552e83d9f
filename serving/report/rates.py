"""First page: how many leave, beside a year before, and what a director should know of it."""

from collections.abc import Iterator, Sequence
from datetime import date

from features.measures.differences import newcombe
from features.measures.periods import By, Maturity, Period
from serving.analysis import of_measures
from serving.charts.chart import COUNT, NOT_SHOWN, POINTS, SHARE, Head
from serving.kept_measures import KeptMeasures, Row
from serving.report.known import Known
from serving.report.part import Part, Piece, between, crossed

#: Which rate stands first: short enough to be new, long enough to be sure, and free of the season beside a year before.
FIRST = (By.QUARTER, By.YEAR, By.MONTH)

_RATE, _POINTS, _COUNT = Head("", SHARE), Head("", POINTS), Head("", COUNT)
_HEADS = (
    "Period",
    "Left per decision (F5)",
    "A year before",
    "Change, points",
    "F1",
    "F2",
    "Clients at begin",
    "at end",
)
_HEAD_COUNTS = (
    "F5 counts people when they decide and is the one to compare by. F1 and F2 need head counts alone and are shown "
    "because funders ask for them; they are rates of the period beside them and do not add up."
)


def of_rates(known: Known, third: str) -> Part:
    """The first page.

    Parameters
    ----------
    third
        The sentence on what stands out, from the parts that follow.
    """
    newest = newest_final(known.kept)
    first = next((newest[by] for by in FIRST if by in newest), None)
    title = f"What a director needs to know of {known.month}"
    if first is None:
        return Part(title, [_nothing_yet(known.kept), third])
    table = Piece(
        "Newest final figures",
        f"{_HEAD_COUNTS} {_growth(first)} {_of_the_month(known)}",
        heads=_HEADS,
        rows=[_line(known.kept, newest[by]) for by in By if by in newest],
    )
    return Part(title, [_how_many(first), _change(known.kept, first), third], [table, *_over_time(known.kept, first)])


def newest_final(kept: KeptMeasures) -> dict[By, Row]:
    """The newest month, quarter and year that are final and not hidden."""
    found = {}
    for by in By:
        rows = [row for row in kept.tables["everybody"] if row["by"] == by.value and row["f5_exit"] is not None]
        if rows:
            found[by] = rows[-1]
    return found


def year_before(kept: KeptMeasures, row: Row) -> Row | None:
    """The same period a year before; None where it is hidden or not in the book."""
    first, by = date.fromisoformat(str(row["first"])), By(str(row["by"]))
    label = Period.of(by, first.replace(year=first.year - 1)).label
    rows = kept.tables["everybody"]
    return next((each for each in rows if each["period"] == label and each["f5_exit"] is not None), None)


def state(row: Row) -> str:
    """Whether the figures of a period are final, in words."""
    if row["maturity"] == Maturity.FINAL.value:
        return "final"
    if row["maturity"] == Maturity.BEGINS.value:
        return "the book begins here"
    return f"not final before {row['final_from']}"


def change(row: Row, before: Row) -> tuple[float, float, float]:
    """By how much F5 changed, with its 95 % interval (Newcombe)."""
    counts = [int(str(each[name])) for each in (row, before) for name in ("gone", "deciders")]
    return (float(str(row["f5_exit"])) - float(str(before["f5_exit"])), *newcombe(*counts))


def _how_many(row: Row) -> str:
    return (
        f"Of {_COUNT.said(row['deciders'])} decisions that clients took in {row['period']} when their loan had ended, "
        f"{_RATE.said(row['f5_exit'])} were to leave ({between(_RATE, row['f5_low'], row['f5_high'])}; "
        f"final since {row['final_from']})."
    )


def _change(kept: KeptMeasures, row: Row) -> str:
    before = year_before(kept, row)
    if before is None:
        return "There is no final figure of the same time a year before to hold it against yet."
    more, low, high = change(row, before)
    sure = "more than chance makes" if low > 0 or high < 0 else "so small that it can be chance"
    return (
        f"In {before['period']} it was {_RATE.said(before['f5_exit'])}: a change of {_POINTS.said(more)} points "
        f"({between(_POINTS, low, high)}), which is {sure}."
    )


def _growth(row: Row) -> str:
    if row["warning"]:
        return f"Mind the growth in {row['period']}: {row['warning']}."
    grown = row["growth_in_a_year"]
    if grown is None:
        return ""
    told = f"The number of clients changed by {_POINTS.said(grown)} % a year in {row['period']}"
    return f"{told}: F1 and F2 are little bent by growth."


def _of_the_month(known: Known) -> str:
    rows = [row for row in known.kept.tables["everybody"] if row["period"] == known.month]
    if not rows or rows[0]["maturity"] == Maturity.FINAL.value:
        return ""
    return (
        f"{known.month} itself is {state(rows[0])}: whoever ended a loan in it may still come back within "
        f"{known.kept.grace_days} days."
    )


def _line(kept: KeptMeasures, row: Row) -> list[str]:
    before = year_before(kept, row)
    told, changed = NOT_SHOWN, NOT_SHOWN
    if before is not None:
        more, low, high = change(row, before)
        told = _RATE.said(before["f5_exit"])
        changed = f"{_POINTS.said(more)} ({between(_POINTS, low, high)})"
    return [
        str(row["period"]),
        f"{_RATE.said(row['f5_exit'])} ({between(_RATE, row['f5_low'], row['f5_high'])})",
        told,
        changed,
        *(_RATE.said(row[name]) for name in ("f1_dropout", "f2_dropout")),
        *(_COUNT.said(row[name]) for name in ("begin", "end")),
    ]


def _over_time(kept: KeptMeasures, row: Row) -> Iterator[Piece]:
    """The formulas over time, every period marked that is not final."""
    charts = of_measures.of_periods(kept, str(row["by"]))
    for chart in (each for each in charts if each.name.startswith("exits-")):
        made = crossed(chart, "period")
        states = {str(each["period"]): state(each) for each in kept.tables["everybody"] if each["by"] == row["by"]}
        rows = [[*line, states[line[0]]] for line in made.rows]
        yield Piece(made.title, made.said, chart, [*made.heads, "State"], rows, (0, len(made.heads)))


def _nothing_yet(kept: KeptMeasures) -> str:
    rows: Sequence[Row] = kept.tables["everybody"]
    coming = sorted(
        str(row["final_from"]) for row in rows if row["maturity"] in (Maturity.GRACE.value, Maturity.LATE.value)
    )
    if any(row["maturity"] == Maturity.FINAL.value for row in rows):
        return "Too few clients decide in any final period for a rate to be shown; take the book of more clients."
    when = f" The first figures are final on {coming[0]}." if coming else ""
    return "No figure is final yet: the grace period after the first loans of the book is not over." + when
