"""Which numbers of tables may be given out: none under 20 is, and none can be told to be under 20 from those that are.

The rule has one sentence: **whatever small number is hidden is hidden among at least 20 others**. Where somebody knows
the sum of some values (the total of a table; what another table has under other names, as an area has its branches),
none of them is hidden, or at least two, and beside each small one the others hold 20 or more of everything that is
counted. Then 20 of the others could be hers: if they were, nothing that is shown would be any different.
`features.measures.suppressed_periods` applies it to months, quarters and years.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: A count below this is never shown, zero included.
SMALLEST_SHOWN = 20

#: Table to its values and the least that is counted of each, over all counts that are shown together.
Least = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Block:
    """Values of one table that together are the same clients as values of another.

    Parameters
    ----------
    values
        Values of this table.
    other, others
        The other table and its values; empty where their sum is known otherwise.
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


def small(least: Mapping[str, float]) -> set[str]:
    """Values of which something too small is counted."""
    return {value for value, count in least.items() if count < SMALLEST_SHOWN}


def unsettled(hidden: Collection[float]) -> bool:
    """Whether hidden numbers stay hidden though their sum is known.

    >>> [unsettled(each) for each in ([], [25], [3, 25], [12, 12], [9, 11, 12])]
    [True, False, True, False, True]
    """
    total = sum(hidden)
    return not hidden or (
        len(hidden) > 1 and all(each >= SMALLEST_SHOWN or total - each >= SMALLEST_SHOWN for each in hidden)
    )


def hidden_of(counts: Mapping[str, float]) -> frozenset[str]:
    """What may not be shown of a table that stands for itself and whose total is known.

    The smallest others are hidden with what is small, until each small one has enough beside it.

    >>> sorted(hidden_of({"a": 50, "b": 30, "c": 7}))
    ['b', 'c']
    """
    return closed({"": counts}, {"": small(counts)}, {})[""]


def closed(
    least: Least,
    start: Mapping[str, set[str]],
    same: Mapping[str, Sequence[Block]],
    frozen: Collection[str] = (),
    useful: Mapping[str, Collection[str]] | None = None,
) -> dict[str, frozenset[str]]:
    """Hide more until every sum somebody knows leaves what is hidden open.

    Parameters
    ----------
    least
        All tables of one period.
    start
        What has to be hidden of each.
    same
        As `blocks` gives them.
    frozen
        Tables that are out already: nothing more of them can be hidden. A new one that would need it is hidden
        altogether.
    useful
        For each table the values that hide others by being hidden; without it all do.

    Returns
    -------
    Hidden values of each table
    """
    hidden = {name: set(start.get(name, ())) for name in least}
    sets = {name: _blocks_of(name, same, least) for name in least}
    for name in least:
        if name not in frozen and hidden[name] and _crossing(sets[name]):
            hidden[name] = set(least[name])
    changed = True
    while changed:
        before = {name: set(values) for name, values in hidden.items()}
        for name in least:
            for block in sets[name]:
                _protect(name, block, hidden, least, frozen, useful)
        changed = before != hidden
    return {name: frozenset(values) for name, values in hidden.items()}


def _blocks_of(name: str, same: Mapping[str, Sequence[Block]], least: Least) -> list[Block]:
    there = frozenset(least[name])
    others = [
        Block(block.values & there, block.other, block.others & frozenset(least.get(block.other, ())))
        for block in same.get(name, ())
        if (not block.other or block.other in least) and block.values & there
    ]
    return [*sorted(others, key=lambda block: (len(block.values), sorted(block.values))), Block(there)]


def _crossing(sets: Sequence[Block]) -> bool:
    values = [block.values for block in sets]
    return any(one & two and not (one <= two or two <= one) for one in values for two in values)


def _protect(
    name: str,
    block: Block,
    hidden: dict[str, set[str]],
    least: Least,
    frozen: Collection[str],
    useful: Mapping[str, Collection[str]] | None,
) -> None:
    counts = least[name]
    inside = hidden[name] & block.values
    if name not in frozen:
        there = block.values if useful is None else block.values & set(useful.get(name, ()))
        for more in sorted(there - inside, key=lambda value: (counts[value], value)):
            if unsettled([counts[value] for value in inside]):
                return
            hidden[name].add(more)
            inside.add(more)
    if unsettled([counts[value] for value in inside]) or not block.other:
        return
    # All of it is hidden and still too little: then the same clients may not stand in the other table either.
    if block.other not in frozen:
        hidden[block.other] |= block.others
    elif name not in frozen and not block.others <= hidden[block.other]:
        hidden[name] = set(least[name])
