"""Measures in plain words and aligned columns, for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from features.leaver_type import LeaverType
from features.measures.clustered import ALONE, FEWEST
from features.measures.episodes import SAVES
from features.measures.formulas import GROWTH_WARNED_OF
from features.measures.identity import Break
from features.measures.periods import By, Maturity
from features.measures.published import Measures
from features.measures.suppression import SMALLEST_SHOWN

#: In place of a figure that may not be shown, and of one that cannot be known.
HIDDEN, NOT_KNOWN = "hidden", "-"
#: Differences this unlikely by chance, after the correction, are pointed out.
POINTED_OUT = 0.05

#: Leaver types in plain words.
WAYS: Mapping[str, str] = {
    LeaverType.VOL: "left by choice",
    LeaverType.PUSH_MFI: "turned away by the institution",
    LeaverType.PUSH_GRP: "pushed out by the group",
    LeaverType.WO: "written off",
    LeaverType.REST: "rests",
    LeaverType.GRAD: "needs no loan any more",
    LeaverType.DIED: "died (no exit)",
    LeaverType.MOVED: "moved away",
    LeaverType.XFER: "transferred (no exit)",
    LeaverType.GROUP_END: "group dissolved",
    LeaverType.MERGE: "merged id (no exit)",
    LeaverType.UNK: "did not say",
    SAVES: "still saves (no exit)",
}
_CURVES: Mapping[str, str] = {
    "still_there": "still there",
    "choice": "left by choice",
    "forced": "written off or pushed out",
    "no_exit": "died, transferred or merged",
}
_OF_LEVEL: Mapping[str, str] = {"branch": "branches", "officer": "officers", "group": "groups"}
#: What to think of intervals that put nobody together.
ALONE_MEANS = (
    f"their branch, officer and group are not known, or fewer than {FEWEST}; too narrow where clients leave together."
)
_MEANING = """\
F1      share of all clients dealt with in the period who were gone at its end; looks low when an institution grows
F2      share of the clients at the begin that was lost (1 - IRIS PI9319); looks high when an institution grows
F3      loans to clients who had one before, for each loan paid off; counts loans, not people
repeat  share of the period's loans that went to clients who had one before
F5      exits per decision, of those whose loan ended and whose grace period is over; the one to compare by
Rates are of the period that stands beside them. Periods do not add up: see docs/measures.md."""


def told(measures: Measures, by: By, segments: Sequence[str]) -> Iterator[str]:
    """Lines about a book: formulas side by side, why head counts do not add up, segments, how long clients last."""
    yield f"exit: no new loan within {measures.grace_days} days after the last one ended; dated on the day it ended"
    yield f"hidden: fewer than {SMALLEST_SHOWN}, or something from which fewer would follow"
    yield ""
    yield f"the whole institution by {by}"
    yield from _periods(measures.everybody[measures.everybody["by"] == by.value], "period")
    yield ""
    yield from _MEANING.splitlines()
    yield from _warnings(measures.everybody[measures.everybody["by"] == by.value])
    yield from _of_newest(measures, by)
    for name in segments:
        rows = measures.segments[(measures.segments["segment"] == name) & (measures.segments["by"] == by.value)]
        yield from _segment(rows, measures.differences[measures.differences["segment"] == name])
    yield from _survival(measures.survival)


def _periods(rows: pd.DataFrame, first: str) -> Iterator[str]:
    heads = (first, "at begin", "came", "gone", "at end", "F1", "F2", "F3", "repeat", "decided", "left", "F5", "95 %")
    yield from _table(heads, (_line(row, first) for row in rows.to_dict("records")))


def _line(row: Mapping[Any, Any], first: str) -> list[str]:
    name = str(row[first if first == "period" else "value"])
    if row["maturity"] == Maturity.BEGINS:
        return [name, "the book begins here: clients who rest look like new ones, ends before it are not in it"]
    if row["maturity"] != Maturity.FINAL:
        return [name, f"not final before {row['final_from']}: {row['maturity']}"]
    hidden = str(row["hidden"]).split(", ")
    flows, loans, decisions = (family in hidden for family in ("flows", "loans", "decisions"))
    interval = NOT_KNOWN if decisions else f"{100 * row['f5_low']:.1f} to {100 * row['f5_high']:.1f}"
    return [
        name,
        *(_count(row.get(cell), hidden=flows) for cell in ("begin", "came", "out", "end")),
        *(_share(row.get(rate), hidden=flows) for rate in ("f1_dropout", "f2_dropout")),
        _share(row.get("f3_renewal"), hidden=loans),
        _share(row.get("repeat_borrowing"), hidden=loans or flows),
        *(_count(row.get(cell), hidden=decisions) for cell in ("deciders", "gone")),
        _share(row.get("f5_exit"), hidden=decisions),
        interval,
    ]


def _warnings(rows: pd.DataFrame) -> Iterator[str]:
    grown = rows[rows["warning"] != ""]
    if len(grown):
        yield ""
        yield f"WARNING: clients grew by more than {GROWTH_WARNED_OF:.0%} a year in {', '.join(grown['period'])}:"
        yield "  F1 looks better there than how clients behaved, and F2 worse. Compare by F5."


def _of_newest(measures: Measures, by: By) -> Iterator[str]:
    """Leaver types, and why head counts do not add up, in the newest final period."""
    types = measures.leaver_types[measures.leaver_types["by"] == by.value]
    if len(types):
        period = types["period"].max()
        yield ""
        rows = types[types["period"] == period]
        if rows["out"].isna().all():
            yield f"how they went in {period}: hidden, for some ways are too rare; ask for longer periods"
        else:
            yield f"how they went in {period}"
            ways = zip(rows["value"], rows["out"], strict=True)
            yield from _table(
                ("", "clients"), ([WAYS[str(way)], _count(out, hidden=pd.isna(out))] for way, out in ways)
            )
    breaks = measures.breaks[measures.breaks["by"] == by.value]
    if len(breaks):
        period = breaks["period"].max()
        yield ""
        yield f"why clients at the begin + new ones - exits are not the clients at the end of {period}"
        rows = breaks[breaks["period"] == period]
        for why, clients in zip(rows["why"], rows["clients"], strict=True):
            count = f"under {SMALLEST_SHOWN}*" if pd.isna(clients) else f"{clients:,.0f}"
            yield f"  {count:>9}  {Break(why).sentence}"
        yield f"  * or hidden, because in another {by} it is under {SMALLEST_SHOWN}"


def _segment(rows: pd.DataFrame, differences: pd.DataFrame) -> Iterator[str]:
    yield ""
    if rows.empty:
        yield "a segment that was asked for has no final period of that length yet"
        return
    period, title = rows["period"].max(), rows["title"].iloc[0]
    yield f"by {title}, {period}"
    yield from _periods(rows[rows["period"] == period], "segment")
    if differences.empty:
        return
    yield ""
    yield f"exits per decision less those of all others, {differences['period'].iloc[0]}, in percentage points"
    yield from _table(
        ("", "difference", "95 %", "p, corrected", ""),
        (
            [
                str(row["value"]),
                f"{100 * row['difference']:+.1f}",
                f"{100 * row['low']:+.1f} to {100 * row['high']:+.1f}",
                f"{row['p']:.3f}",
                "more than chance" if row["p"] < POINTED_OUT else "",
            ]
            for row in differences.to_dict("records")
        ),
    )
    yield "  p is corrected for looking at all segments at once (Holm); the interval is of one look (Newcombe)."
    yield "  What is seen here goes together; whether one makes the other is another question."


def _survival(table: pd.DataFrame) -> Iterator[str]:
    if table.empty:
        return
    yield ""
    yield "how long clients last (Kaplan-Meier, Aalen-Johansen; 95 % interval), percent of those who came"
    yield from _table(
        ("clients", "", "after", "percent", "95 %", "leave together"),
        (
            [
                str(row["cohort"]),
                _CURVES[str(row["curve"])],
                f"{row['days']} days",
                f"{100 * row['value']:.1f}",
                f"{100 * row['low']:.1f} to {100 * row['high']:.1f}",
                clusters_told(row),
            ]
            for row in table.to_dict("records")
        ),
    )
    yield "  leave together: whose clients the interval lets leave together, and how many of one size tell as much."
    if (table["together"] == ALONE).any():
        yield f"  each alone: {ALONE_MEANS}"


def clusters_told(row: Mapping[Any, Any]) -> str:
    """By whom the clients of a curve are put together for its interval, and how many of them are not."""
    level = row.get("together", ALONE)
    if level == ALONE:
        return "each alone"
    alone = row["alone"]
    rest = f", {alone:.0%} of the clients alone" if alone else ""
    few = ", a few of the clients alone" if alone is None or pd.isna(alone) else rest
    return f"{row['clusters']} {_OF_LEVEL[level]}{few}"


def _count(value: float | None, *, hidden: bool) -> str:
    if hidden:
        return HIDDEN
    return NOT_KNOWN if value is None or pd.isna(value) else f"{value:,.0f}"


def _share(value: object, *, hidden: bool) -> str:
    if hidden:
        return HIDDEN
    return f"{value:.1%}" if isinstance(value, float) and not pd.isna(value) else NOT_KNOWN


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Columns under their heads; a row of two cells where there are more heads is a name and a remark."""
    lines = [list(heads), *map(list, rows)]
    whole = [line for line in lines if len(line) == len(heads)]
    widths = [max(len(line[place]) for line in whole) for place in range(len(heads))]
    widths[0] = max(len(line[0]) for line in lines)
    for line in lines:
        if len(line) < len(heads):
            yield f"  {line[0]:<{widths[0]}}  {line[1]}"
            continue
        first, *others = zip(line, widths, strict=True)
        yield (f"  {first[0]:<{first[1]}}  " + "  ".join(f"{cell:>{width}}" for cell, width in others)).rstrip()
