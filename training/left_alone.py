"""Outcomes as they are without a visit: so that clients a visit kept do not teach the model of risk that they stay.

Which lines were given out and which held out was drawn, and the chance of the draw is on record. A client who was held
out therefore stands for all who were as likely as she to be visited and were: her outcome counts one over her chance to
have been left alone, theirs counts nothing from the visit on. What became of them by an earlier horizon still counts.

References
----------
Robins and Finkelstein 2000, Biometrics 56(3), 779-788 (inverse probability of censoring). Cole and Hernán 2008,
American Journal of Epidemiology 168(6), 656-664 (bounds on such weights).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.errors import DataError
from features.exit import ExitDefinition
from models.rows import Flags, Floats, Rows

#: Days between two clients' lives on one line of time; more than any history has.
_APART = 10_000_000


@dataclass(frozen=True)
class DrawnLines:
    """The log of lines: clients whom a list would name, and whether it did.

    Parameters
    ----------
    client_id, day
        Whom, and the day (`date.toordinal`) from which somebody could act on it.
    given_out
        Whether the line stood on a list.
    chance
        Chance that it would, given all that was known before: 1 less the share held out; 1 for a line that is never
        held out; 0 for a client who was drawn for the hold-out earlier and stays in it.
    until
        First day on which what was drawn holds no more: until then it is what becomes of her under it that is seen,
        on whichever of these days one looks. None where a line is over on its own day.
    rest_days
        Days after the end of her last loan beyond which no list names a client; None where that is not known.
    """

    client_id: NDArray[np.object_]
    day: NDArray[np.int64]
    given_out: Flags
    chance: Floats
    until: NDArray[np.int64] | None = None
    rest_days: int | None = None

    def __post_init__(self) -> None:
        if self.until is not None and (self.until < self.day).any():
            raise DataError(
                f"{int((self.until < self.day).sum())} of {len(self.day)} lines end before they begin; the log of the "
                "draw is damaged"
            )
        outside = ~((self.chance >= 0) & (self.chance <= 1))
        if outside.any():
            raise DataError(f"{int(outside.sum())} lines have a chance to be given out that is not between 0 and 1")
        against = np.where(self.given_out, self.chance == 0, self.chance == 1)
        if against.any():
            raise DataError(
                f"{int(against.sum())} of {len(against)} lines were drawn against their own chance (given out at 0, or "
                "held out at 1); the log of the draw does not belong to these lists"
            )


@dataclass(frozen=True)
class Accounted:
    """What became of the rows.

    Attributes
    ----------
    visited
        Rows whose outcome by the last horizon came about with a list's visit.
    nobody_stands_for
        Of these, rows with a line that is never held out: the model learns nothing about such clients.
    bounded
        Rows that would have counted more than the bound.
    worth
        How many rows without lists tell as much about the last horizon (effective sample size).
    """

    visited: int
    nobody_stands_for: int
    bounded: int
    worth: float


def without_visits(rows: Rows, lines: DrawnLines, open_days: int = 0, largest: float = 100.0) -> tuple[Rows, Accounted]:
    """The rows with each outcome counted for what it says about a world without lists.

    Parameters
    ----------
    rows
        Clients on dates; features must hold nothing that a visit changed before the date.
    open_days
        Days after a horizon during which a visit can still change its outcome (`open_days_of`).
    largest
        Bound on what one outcome counts for.

    Raises
    ------
    DataError
        The bound is below 1, or every outcome by some horizon came about with a visit.
    """
    if largest < 1 or open_days < 0:
        raise DataError(f"largest={largest} and open_days={open_days} cannot be; they are at least 1 and 0")
    alone = np.ones((len(rows), len(rows.horizons)))
    sure = np.zeros(len(rows), dtype=bool)
    over = np.zeros(len(rows), dtype=bool)
    log = _Log(lines)
    for place, days in enumerate(rows.horizons):
        named, never, held = log.between(rows.client_id, rows.day, rows.day + days + open_days)
        free = np.exp(-held)
        alone[:, place] = np.where(named > 0, 0.0, np.minimum(free, largest))
        sure, over = never > 0, (named == 0) & (free > largest)
        known = rows.matured[:, place]
        if known.any() and not (alone[known, place] > 0).any():
            raise DataError(
                f"all {int(known.sum())} outcomes by {days} days came about with a visit; without a hold-out the risk "
                "of leaving without a visit cannot be learnt"
            )
    last = alone[:, -1] if len(rows.horizons) else np.ones(len(rows))
    total = float(np.sum(last**2))
    return replace(rows, alone=alone), Accounted(
        visited=int(np.sum(last == 0)),
        nobody_stands_for=int(np.sum(sure)),
        bounded=int(np.sum(over)),
        worth=float(np.sum(last)) ** 2 / total if total > 0 else 0.0,
    )


def open_days_of(definition: ExitDefinition, rest_days: int | None = None) -> int:
    """Days after a horizon during which a visit can still change what is counted by it.

    By the decision-point rule a client whose loan ended inside the horizon may yet be brought back until her grace
    period is over, or as long as lists name those who rest; dormancy is settled on the day.

    >>> open_days_of(ExitDefinition(grace_days=90)), open_days_of(ExitDefinition(grace_days=90), rest_days=14)
    (91, 14)
    """
    longest = definition.maturity_days - definition.closing_lag_days
    return longest if rest_days is None else min(longest, rest_days)


class _Log:
    """Sums over a client's lines that hold somewhere between two days, by differences of running sums."""

    def __init__(self, lines: DrawnLines) -> None:
        self._names, code = np.unique(lines.client_id.astype(str), return_inverse=True)
        base = code.astype(np.int64) * _APART
        with np.errstate(divide="ignore"):
            held = np.where(lines.given_out, 0.0, np.log1p(-np.where(lines.given_out, 0.0, lines.chance)))
        figures = (lines.given_out.astype(np.float64), (lines.chance == 1).astype(np.float64), held)
        until = lines.day if lines.until is None else lines.until
        self._begun, self._over = (_Running(base + day, figures) for day in (lines.day, until))

    def between(
        self, client_id: NDArray[np.object_], after: NDArray[np.int64], until: NDArray[np.int64]
    ) -> tuple[Floats, Floats, Floats]:
        """Lines given out, lines never held out, and the log of the chance to be left alone, in ``(after, until]``."""
        names = client_id.astype(str)
        code = np.searchsorted(self._names, names)
        there = code < len(self._names)
        there[there] = self._names[code[there]] == names[there]
        base = np.where(there, code, 0).astype(np.int64) * _APART
        begun, over = self._begun.before(base + until), self._over.before(base + after)
        given, never, held = (np.where(there, a - b, 0.0) for a, b in zip(begun, over, strict=True))
        return given, never, held


class _Running:
    """Running sums along one line of time."""

    def __init__(self, key: NDArray[np.int64], figures: tuple[Floats, ...]) -> None:
        order = np.argsort(key, kind="stable")
        self._key = key[order]
        self._sums = [np.append(0.0, np.cumsum(figure[order])) for figure in figures]

    def before(self, key: NDArray[np.int64]) -> list[Floats]:
        """Sums up to and including each place."""
        last = np.searchsorted(self._key, key, side="right")
        return [sums[last] for sums in self._sums]
