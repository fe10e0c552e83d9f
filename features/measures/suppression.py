"""Which figures may leave the house: no number under 20 is shown, and none can be worked out from those that are.

A segment's figures are shown at one length of period (month, quarter, year) in every final period or in none. That
makes what is hidden of a table a whole rectangle of segments x periods, of which only sums are known, and a cell of it
can be anything from nothing to the sum. So it is enough that of each set of values whose sum somebody knows, none is
hidden, or at least two that together never come below 20. Sums are known of: the whole table; and the values that
another table has too under other names (all branches of an area). What is hidden by quarter is hidden by month.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from features.measures.periods import By, Maturity

#: A count below this is never shown, zero included.
SMALLEST_SHOWN = 20

#: Counts that are shown together or not at all: from some of them the others follow. `besides` is what is gone without
#: a decision, the difference between two of them.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "decisions": ("deciders", "renewed", "gone"),
    "flows": ("begin", "came", "out", "end", "besides"),
    "loans": ("paid_off", "follow_on"),
}
#: From long periods to short ones.
_LONG_FIRST = (By.YEAR, By.QUARTER, By.MONTH)

Hidden = dict[tuple[str, str, By], frozenset[str]]


@dataclass(frozen=True)
class Block:
    """Values of one table that together are the same clients as values of another.

    Parameters
    ----------
    values
        Values of this table.
    other, others
        The other table and its values; empty for the whole table, whose sum is everybody.
    """

    values: frozenset[str]
    other: str = ""
    others: frozenset[str] = field(default_factory=frozenset)


def blocks(pairs: Mapping[tuple[str, str], Iterable[tuple[str, str]]]) -> dict[str, list[Block]]:
    """What is the same clients in two tables, from the pairs of values that occur together.

    Parameters
    ----------
    pairs
        For two tables, every pair of values some client has.

    Returns
    -------
    Table to its blocks with every other table, in which no client has a value inside and one outside

    >>> blocks({("area", "branch"): [("rural", "B1"), ("rural", "B2"), ("urban", "B3")]})["branch"][0].others
    frozenset({'rural'})
    """
    found: dict[str, list[Block]] = {}
    for (one, two), together in pairs.items():
        parts: list[tuple[set[str], set[str]]] = []
        for left, right in sorted(together):
            touched = [part for part in parts if left in part[0] or right in part[1]]
            parts = [part for part in parts if part not in touched]
            parts.append(({left}.union(*(p[0] for p in touched)), {right}.union(*(p[1] for p in touched))))
        for lefts, rights in parts:
            found.setdefault(one, []).append(Block(frozenset(lefts), two, frozenset(rights)))
            found.setdefault(two, []).append(Block(frozenset(rights), one, frozenset(lefts)))
    return found


def final(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of periods whose figures do not change any more."""
    return table[table["maturity"] == Maturity.FINAL.value]


def hidden(
    tables: Mapping[str, pd.DataFrame],
    same: Mapping[str, Sequence[Block]],
    families: Mapping[str, tuple[str, ...]] = FAMILIES,
    frozen: Hidden | None = None,
) -> Hidden:
    """Values that may not be shown, for each table, family of counts and length of period.

    Parameters
    ----------
    tables
        Table to its final rows: value, by, period and the counts; a table that lacks a family's counts has none.
    same
        As `blocks` gives them.
    frozen
        What was hidden of tables that are out already: nothing more of them can be hidden. A new table that would need
        it is hidden altogether.

    Returns
    -------
    Hidden values; a key is there for every table, family and length, with an empty set where all may be shown
    """
    answer: Hidden = dict(frozen or {})
    for family, cells in families.items():
        above: dict[str, frozenset[str]] = {name: frozenset() for name in tables}
        held = {name: table for name, table in tables.items() if set(cells) <= set(table.columns)}
        for by in _LONG_FIRST:
            rows = {name: _wide(table[table["by"] == by.value], cells) for name, table in held.items()}
            done = frozenset(name for name in held if (name, family, by) in (frozen or {}))
            start = {
                name: set(answer[name, family, by]) if name in done else _small(wide) | above[name]
                for name, wide in rows.items()
            }
            closed = _closed(rows, start, same, done)
            above = {**above, **{name: frozenset(values) for name, values in closed.items()}}
            answer.update({(name, family, by): frozenset(values) for name, values in closed.items()})
    return answer


def _wide(rows: pd.DataFrame, cells: Sequence[str]) -> pd.DataFrame:
    """One row per value, one column per period and count; a period in which a value does not occur counts as 0."""
    return rows.pivot_table(index="value", columns="period", values=list(cells), aggfunc="sum").fillna(0)


def _small(wide: pd.DataFrame) -> set[str]:
    return set(wide.index[(wide < SMALLEST_SHOWN).any(axis=1)])


def _closed(
    rows: Mapping[str, pd.DataFrame],
    hidden_so_far: dict[str, set[str]],
    same: Mapping[str, Sequence[Block]],
    done: frozenset[str],
) -> dict[str, set[str]]:
    """Hide more until every sum somebody knows leaves what is hidden open."""
    sets = {name: _blocks_of(name, wide, same, rows) for name, wide in rows.items()}
    for name in rows:
        if name not in done and _crossing(sets[name]) and hidden_so_far[name]:
            hidden_so_far[name] = set(rows[name].index)
    changed = True
    while changed:
        changed = False
        for name, wide in rows.items():
            for block in sets[name]:
                before = {each: set(values) for each, values in hidden_so_far.items()}
                _protect(name, wide, block, hidden_so_far, rows, done)
                changed = changed or before != hidden_so_far
    return hidden_so_far


def _blocks_of(
    name: str, wide: pd.DataFrame, same: Mapping[str, Sequence[Block]], rows: Mapping[str, pd.DataFrame]
) -> list[Block]:
    there = frozenset(wide.index)
    others = [
        Block(block.values & there, block.other, block.others & frozenset(rows[block.other].index))
        for block in same.get(name, ())
        if block.other in rows and block.values & there
    ]
    return [*sorted(others, key=lambda block: (len(block.values), sorted(block.values))), Block(there)]


def _crossing(sets: Sequence[Block]) -> bool:
    values = [block.values for block in sets]
    return any(one & two and not (one <= two or two <= one) for one in values for two in values)


def _protect(
    name: str,
    wide: pd.DataFrame,
    block: Block,
    hidden_so_far: dict[str, set[str]],
    rows: Mapping[str, pd.DataFrame],
    done: frozenset[str],
) -> None:
    inside = hidden_so_far[name] & block.values
    while inside and not _open(wide.loc[sorted(inside)]):
        more = sorted(block.values - inside, key=lambda value: (wide.loc[value].sum(), value))
        if not more or name in done:
            break
        hidden_so_far[name].add(more[0])
        inside = hidden_so_far[name] & block.values
    if not inside or _open(wide.loc[sorted(inside)]) or not block.other:
        return
    # All of it is hidden and still too little: then the same clients may not stand in the other table either.
    if block.other not in done:
        hidden_so_far[block.other] |= block.others
    elif name not in done and not block.others <= hidden_so_far[block.other]:
        hidden_so_far[name] = set(rows[name].index)


def _open(rows: pd.DataFrame) -> bool:
    return len(rows) >= 2 and bool((rows.sum(axis=0) >= SMALLEST_SHOWN).all())
