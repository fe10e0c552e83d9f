"""What may not be shown of months, quarters and years, so that neither another length nor a later week gives it away.

What is hidden of a quarter is decided when it is final, by its own figures, and never again: a later week gives out
new periods and says nothing new of old ones. A value's three months are shown together or not at all, and come out
with their quarter. A year is shown where all its quarters are, or none; of a figure that no table adds up to also where
those that are not hide each other.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import pandas as pd

from features.measures.edges import AT_THE_EDGES as _AT_THE_EDGES
from features.measures.edges import Edges
from features.measures.periods import By, Maturity, Period
from features.measures.suppression import Block, Least, closed, small, unsettled

#: Counts that are shown together or not at all: from some of them the others follow. `besides` is what is gone without
#: a decision, the difference between two of them.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "decisions": ("deciders", "renewed", "gone"),
    "flows": ("begin", "came", "out", "end", "besides"),
    "loans": ("paid_off", "follow_on"),
}
_QUARTERS = 4
_NONE: frozenset[str] = frozenset()

#: Hidden values by table, family of counts, length and label of the period. What it does not speak of is hidden.
Hidden = dict[tuple[str, str, By, str], frozenset[str]]
Periods = frozenset[tuple[By, str]]


def periods_hidden(hide: Hidden, name: str, family: str) -> Periods:
    """Periods in which something of a table is hidden."""
    return frozenset(key[2:] for key, values in hide.items() if key[:2] == (name, family) and values)


def final(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of periods whose figures do not change any more."""
    return table[table["maturity"] == Maturity.FINAL.value]


def hidden(
    tables: Mapping[str, pd.DataFrame],
    same: Mapping[str, Sequence[Block]] | None = None,
    families: Mapping[str, tuple[str, ...]] = FAMILIES,
    frozen: Hidden | None = None,
    shut: Mapping[str, Periods] | None = None,
    *,
    summed: bool = True,
) -> Hidden:
    """Values that may not be shown, for each table, family of counts and period.

    Parameters
    ----------
    tables
        Table to its final rows: value, by, period, first, last and the counts; a table that lacks a family's counts has
        none.
    same
        As `features.measures.suppression.blocks` gives them.
    frozen
        What is hidden of tables that are out already; nothing more of them can be.
    shut
        Family to periods in which nothing of any table is shown.
    summed
        Whether somebody knows the total of each table.
    """
    answer: Hidden = dict(frozen or {})
    for family, cells in families.items():
        held = {name: table for name, table in tables.items() if set(cells) <= set(table.columns)}
        out = frozenset(name for name in held if any(key[:2] == (name, family) for key in frozen or ()))
        least = {by: {name: _least(table, by, cells) for name, table in held.items()} for by in By}
        closing = _Closing(same or {}, out, (shut or {}).get(family, frozenset()), summed=summed)
        edges = Edges(held, closing.more) if summed and set(cells).issuperset(_AT_THE_EDGES) else None
        labels = {by: _labels(held, by) for by in By}
        for quarter, in_year in labels[By.QUARTER].items():
            counts = _of(least[By.QUARTER], [quarter])
            fixed = {name: answer.get((name, family, By.QUARTER, quarter), _every(counts[name])) for name in out}
            hide = closing.settled(counts, {}, fixed, [(By.QUARTER, quarter)], edges)
            answer.update({(name, family, By.QUARTER, quarter): values for name, values in hide.items()})
            months = [label for label, parent in labels[By.MONTH].items() if parent == quarter]
            if months:
                counts = _of(least[By.MONTH], months)
                fixed = {name: answer.get((name, family, By.MONTH, months[0]), _every(counts[name])) for name in out}
                hide = closing.run(counts, hide, fixed, [(By.MONTH, month) for month in months])
                answer.update({(name, family, By.MONTH, m): values for name, values in hide.items() for m in months})
            quarters = [label for label, parent in labels[By.QUARTER].items() if parent == in_year]
            if in_year not in labels[By.YEAR] or quarter != quarters[-1]:
                continue
            there = {
                name: [answer.get((name, family, By.QUARTER, each)) or _NONE for each in quarters] for name in held
            }
            counts = _of(least[By.YEAR], [in_year])
            fixed = {name: answer.get((name, family, By.YEAR, in_year), _every(counts[name])) for name in out}
            follows = {
                name: _given_away(least[By.QUARTER][name], quarters, there[name], summed=summed) for name in held
            }
            useful = {name: _NONE.union(*there[name]) for name in held}
            hide = closing.settled(counts, follows, fixed, [(By.YEAR, in_year)], edges, useful)
            answer.update({(name, family, By.YEAR, in_year): values for name, values in hide.items()})
    return answer


class _Closing:
    """What is the same for all periods of a family."""

    def __init__(
        self, same: Mapping[str, Sequence[Block]], frozen: frozenset[str], shut: Periods, *, summed: bool
    ) -> None:
        self.same, self.frozen, self.shut, self.summed = same, frozen, shut, summed

    def run(
        self,
        least: Least,
        also: Mapping[str, Collection[str]],
        fixed: Mapping[str, frozenset[str]],
        periods: Collection[tuple[By, str]],
        useful: Mapping[str, Collection[str]] | None = None,
    ) -> dict[str, frozenset[str]]:
        """What is hidden of periods that are shown together or not at all."""
        if self.shut.intersection(periods):
            return {name: _every(values) for name, values in least.items()}
        start = {name: small(values) | set(also.get(name, ())) for name, values in least.items()}
        start |= {name: set(values) for name, values in fixed.items()}
        if not self.summed:
            return {name: frozenset(values) for name, values in start.items()}
        return closed(least, start, self.same, self.frozen, useful)

    def settled(
        self,
        least: Least,
        also: Mapping[str, Collection[str]],
        fixed: Mapping[str, frozenset[str]],
        periods: Collection[tuple[By, str]],
        edges: Edges | None,
        useful: Mapping[str, Collection[str]] | None = None,
    ) -> dict[str, frozenset[str]]:
        """As `run`, and so that what is shown of the periods beside it tells nobody who is there at its edges."""
        hide = self.run(least, also, fixed, periods, useful)
        if edges is None:
            return hide
        (period,) = periods
        while more := edges.lacking(period, hide):
            also = {name: frozenset(also.get(name, ())) | hide[name] | more.get(name, _NONE) for name in hide}
            found = self.run(least, also, fixed, periods, useful)
            if found == hide:
                break
            hide = found
        edges.note(period, hide)
        return hide

    def more(
        self, least: Least, start: Mapping[str, set[str]], useful: Mapping[str, Collection[str]]
    ) -> dict[str, frozenset[str]]:
        """What has to be hidden beside some values so that they are not told by the others."""
        return closed(least, start, self.same, self.frozen, useful)


def _every(values: Mapping[str, float]) -> frozenset[str]:
    return frozenset(values)


def _least(table: pd.DataFrame, by: By, cells: Sequence[str]) -> dict[str, dict[str, float]]:
    """The least count of each value, by period; a value that does not occur in one counts as 0."""
    rows = table[table["by"] == by.value]
    nothing = dict.fromkeys(rows["value"].unique(), 0.0)
    found: dict[str, dict[str, float]] = {}
    least = rows[list(cells)].to_numpy(dtype=float).min(axis=1)
    for value, period, count in zip(rows["value"], rows["period"], least, strict=True):
        found.setdefault(period, dict(nothing))[value] = count
    return found


def _of(least: Mapping[str, dict[str, dict[str, float]]], periods: Sequence[str]) -> dict[str, dict[str, float]]:
    """The least of some periods, by table and value."""
    return {
        name: {value: min(each[value] for each in found) for value in found[0]}
        for name, counts in least.items()
        if (found := [counts[period] for period in periods if period in counts])
    }


def _labels(tables: Mapping[str, pd.DataFrame], by: By) -> dict[str, str]:
    """Periods of a length, in order, each with the label of the next longer one it lies in."""
    longer = {By.MONTH: By.QUARTER, By.QUARTER: By.YEAR, By.YEAR: By.YEAR}[by]
    firsts: dict[str, date] = {}
    for table in tables.values():
        rows = table.loc[table["by"] == by.value, ["period", "first"]].drop_duplicates("period")
        firsts |= dict(zip(rows["period"], rows["first"], strict=True))
    return {label: Period.of(longer, day).label for label, day in sorted(firsts.items(), key=lambda at: at[1])}


def _given_away(
    least: Mapping[str, Mapping[str, float]],
    quarters: Sequence[str],
    there: Sequence[frozenset[str]],
    *,
    summed: bool,
) -> frozenset[str]:
    """Values whose year would give a hidden quarter away, or the sum of what is hidden beside it in some quarters."""
    hidden: dict[str, list[float]] = {}
    for quarter, values in zip(quarters, there, strict=True):
        for value in values:
            hidden.setdefault(value, []).append(least[quarter].get(value, 0.0))
    return frozenset(
        value for value, counts in hidden.items() if len(counts) < _QUARTERS and (summed or not unsettled(counts))
    )
