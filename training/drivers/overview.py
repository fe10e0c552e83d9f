"""All that is said of a book's drivers on a date, put together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import pandas as pd

from features.book import Book
from features.catalogue import FEATURES
from features.errors import DataError, TooShortHistory
from features.exit import ExitDefinition, left_within, outcomes
from features.measures.target_client import TargetRule
from features.snapshot import snapshot
from models.exit_risk import ExitModel
from models.explanation import Explainable, contributions
from models.learning import kept
from models.rows import Flags
from training.drivers import causes_alike, quick_wins, segments
from training.drivers.carried import pareto
from training.drivers.contributions import averages, by_driver
from training.drivers.deciles import Deciles, deciles
from training.drivers.ease import Ease
from training.drivers.finding import Finding
from training.drivers.shift import shift
from training.drivers.stage import above_usual, stage
from training.splits import refuse_outside

#: Clients explained at most; beyond it they are drawn by hash, the same ones on every date.
MOST_EXPLAINED = 20_000
_SALT = "drivers"


class Horizon(Protocol):
    """A model's features and main horizon; `models.exit_risk.ExitModel` is one."""

    @property
    def features(self) -> tuple[str, ...]:
        """Columns it reads, in order."""
        ...

    @property
    def horizon(self) -> int:
        """Days that its risk is about."""
        ...


@dataclass(frozen=True)
class Overview:
    """Drivers of a book as known on a date.

    Attributes
    ----------
    as_of
        The date of the clients whose contributions are shown.
    decided_from
        The earlier date whose clients had to decide within the horizon that is final by now: of them are the deciles.
    explained, clients
        How many clients were explained, of how many at risk.
    deciles
        Exit rate of those who had to decide, by tenths of every feature.
    findings
        Name to finding: drivers, segment (where one was asked for), alike, pareto, board, change (where an earlier date
        was given).
    """

    as_of: date
    decided_from: date
    explained: int
    clients: int
    deciles: Deciles
    findings: Mapping[str, Finding]

    @property
    def about(self) -> str:
        """Of whom the figures are, in a sentence."""
        if self.explained == self.clients:
            return f"{self.clients:,} clients at risk on {self.as_of}, all of them explained."
        return (
            f"{self.clients:,} clients at risk on {self.as_of}; {self.explained:,} of them, drawn by chance, were "
            "explained, and counts of exits are theirs."
        )


def overview(
    book: Book,
    as_of: date,
    model: ExitModel,
    definition: ExitDefinition,
    ease: Mapping[str, Ease],
    segment: str | None = None,
    before: date | None = None,
    without: Collection[str] = frozenset(),
    most: int = MOST_EXPLAINED,
    target: TargetRule | None = None,
) -> Overview:
    """Deciles, contributions, Pareto and quick wins of a book.

    Parameters
    ----------
    model
        Whose risk is explained.
    definition
        When a client counts as having left; the model's own.
    segment
        One of `training.drivers.segments.SEGMENTS` to compare parts by, or "target".
    before
        An earlier date to compare contributions with.
    without
        Clients of whom nothing is computed: they objected.
    most
        Clients explained at most.
    target
        Who is a target client.

    Raises
    ------
    DataError
        A date lies outside the book, or nobody is at risk on it.
    TooShortHistory
        No horizon has become final by then.
    UsageError
        There is no such segment, or nothing says who is a target client.
    """
    refuse_outside(*book.span(), as_of)
    if before is not None and before >= as_of:
        raise DataError(f"before={before} is not before {as_of}; give an earlier date to compare with")
    here, parts = _taken(book, as_of, definition, without, segment, target)
    X, c = explained(here, model, most)
    strengths = by_driver(c)
    usual = above_usual(strengths, stage(here.loc[X.index]))
    margin = model.margin(X)
    findings = {"drivers": averages(strengths)}
    if parts is not None:
        findings["segment"] = averages(strengths, parts)
    of_driver = pd.Series({name: FEATURES[name].driver for name in model.features})
    findings["alike"] = causes_alike.grouped(X, c, of_driver)
    findings["pareto"] = pareto(usual, margin, model.probability)
    findings["board"] = quick_wins.board(findings["pareto"].table, ease)
    if before is not None:
        refuse_outside(*book.span(), before)
        then, _ = _taken(book, before, definition, without)
        findings["change"] = shift(explained(then, model, most), (X, c))
    decided_from = as_of - timedelta(days=model.horizon + definition.maturity_days)
    return Overview(
        as_of,
        decided_from,
        len(X),
        len(here),
        of_deciders(book, decided_from, as_of, model, definition, without),
        findings,
    )


def deciders(
    book: Book, on: date, known_by: date, definition: ExitDefinition, horizon: int
) -> tuple[pd.DataFrame, Flags]:
    """Features of the clients who had to decide within the horizon after a date, and who of them left by choice.

    Those written off or pushed out did not choose and are left out.

    Raises
    ------
    TooShortHistory
        The date lies before the book.
    """
    if on < book.span()[0]:
        raise TooShortHistory(
            f"on {known_by} no exit within {horizon} days is final yet, for that takes "
            f"{horizon + definition.maturity_days} days and the book begins on {book.span()[0]}. "
            "Choose a later date or a shorter horizon."
        )
    with book.known(on) as known:
        taken = snapshot(known, definition)
    found = outcomes(book, {on: taken.population}, definition, known_by)[on].set_index("client_id")
    result = left_within(found.loc[taken.table.index], definition, horizon)
    which = (result["decides"] & ~result["forced"]).to_numpy(dtype=bool)
    return taken.table[which], result.loc[which, "choice"].to_numpy(dtype=bool)


def of_deciders(
    book: Book, on: date, known_by: date, model: Horizon, definition: ExitDefinition, without: Collection[str]
) -> Deciles:
    """Exit rates of `deciders` by tenths of each feature of a model.

    Raises
    ------
    TooShortHistory
        The date lies before the book.
    """
    X, left = deciders(book, on, known_by, definition, model.horizon)
    stay = ~X.index.isin(list(without))
    return deciles(X.loc[stay, list(model.features)], left[stay])


def _taken(
    book: Book,
    day: date,
    definition: ExitDefinition,
    without: Collection[str],
    segment: str | None = None,
    target: TargetRule | None = None,
) -> tuple[pd.DataFrame, pd.Series | None]:
    with book.known(day) as known:
        taken = snapshot(known, definition)
        parts = segments.parts(book, known, taken.population, segment, target) if segment is not None else None
    table = taken.table[~taken.table.index.isin(list(without))]
    if table.empty:
        raise DataError(f"nobody is at risk on {day}; there is nothing to explain")
    return table, parts


def explained(table: pd.DataFrame, model: Explainable, most: int = MOST_EXPLAINED) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features of the clients explained, and what each adds to their risk, in log-odds.

    Raises
    ------
    NotExplained
        It cannot be computed.
    """
    X = table[list(model.features)]
    if len(X) > most:
        X = X[kept(X.index.to_numpy(dtype=object), most / len(X), _SALT)]
    return X, contributions(model, X)[0]
