"""Who is there when a period ends is who is there when the next one begins, whichever of the two tells it.

A value that is hidden in both is hidden at the edge between them, beside what else is hidden in both: that may be fewer
than what is hidden in either.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta

import pandas as pd

from features.measures.periods import By
from features.measures.suppression import SMALLEST_SHOWN, Least

AT_THE_EDGES = ("begin", "end")
_NONE: frozenset[str] = frozenset()
Values = Mapping[str, frozenset[str]]
#: From counts, what is hidden of them and what can still be hidden, to what has to be.
More = Callable[[Least, Mapping[str, set[str]], Mapping[str, Collection[str]]], Mapping[str, frozenset[str]]]


class Edges:
    """What is hidden at the first and the last day of periods by everything that was decided so far.

    Parameters
    ----------
    tables
        Table to its rows of final periods: value, by, period, first, last, begin, end.
    more
        As `features.measures.suppression.closed` closes.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame], more: More) -> None:
        self._more = more
        self._hidden: dict[date, Values] = {}
        self._of: dict[tuple[By, str], tuple[date, date]] = {}
        self._there: dict[date, dict[str, dict[str, float]]] = {}
        every = {name: dict.fromkeys(table["value"].unique(), 0.0) for name, table in tables.items()}
        for name, table in tables.items():
            columns = (table[column] for column in ("by", "period", "value", "first", "last", *AT_THE_EDGES))
            for by, period, value, first, last, begin, end in zip(*columns, strict=True):
                edges = first, last + timedelta(days=1)
                self._of[By(by), period] = edges
                for edge, count in zip(edges, (begin, end), strict=True):
                    self._there.setdefault(edge, {each: dict(counts) for each, counts in every.items()})
                    self._there[edge][name][value] = float(count)

    def lacking(self, period: tuple[By, str], hidden: Values) -> dict[str, frozenset[str]]:
        """What has to be hidden of a period besides, so that nothing small is told at its edges; empty if nothing."""
        answer: dict[str, frozenset[str]] = {}
        for edge in self._of[period]:
            there, before = self._there[edge], self._hidden.get(edge)
            if before is None:
                continue
            both = {name: set(before.get(name, _NONE) & values) for name, values in hidden.items()}
            least = {name: there[name] for name in hidden}
            if not any(least[name][value] < SMALLEST_SHOWN for name, values in both.items() for value in values):
                continue
            for name, values in self._more(least, both, before).items():
                more = (values & before.get(name, _NONE)) - hidden[name]
                if more:
                    answer[name] = answer.get(name, _NONE) | more
        return answer

    def note(self, period: tuple[By, str], hidden: Values) -> None:
        """Take note of what is hidden of a period."""
        for edge in self._of[period]:
            before = self._hidden.get(edge, hidden)
            self._hidden[edge] = {name: values & before.get(name, values) for name, values in hidden.items()}
