"""From a book to rows a model can learn from: snapshots on dates, and what became of the clients as known on a day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.book import Book, Known
from features.errors import RecipeError
from features.exit import ExitDefinition, left_within, outcomes
from models.learning import kept
from models.rows import Flags, Floats, Rows, joined
from training.left_alone import Accounted, DrawnLines
from training.recipe import Recipe

#: Rows on which one day is judged at most; beyond it whole officers are drawn.
MOST_JUDGED = 200_000

Progress = Callable[[str, int, int], None]


class Taken(Protocol):
    """What a snapshot must offer; `features.snapshot.Snapshot` does."""

    @property
    def table(self) -> pd.DataFrame:
        """Features by client."""
        ...

    @property
    def population(self) -> pd.DataFrame:
        """client_id, state, rests_since."""
        ...


Take = Callable[[Known, ExitDefinition], Taken]


@dataclass(frozen=True)
class Day:
    """Clients at risk on one date, ordered by client_id.

    Attributes
    ----------
    X
        Allowed features, float64, without an index of clients.
    population
        client_id, state.
    about
        For reports, never for the model: officer_id (None where the book does not say), state, rest_days (NaN while a
        loan is open), cycle, product, tenure.
    """

    as_of: date
    X: pd.DataFrame
    population: pd.DataFrame
    about: pd.DataFrame

    def __len__(self) -> int:
        return len(self.population)

    def thinned(self, flags: Flags) -> "Day":
        """The chosen clients."""
        return Day(
            self.as_of,
            self.X[flags].reset_index(drop=True),
            self.population[flags].reset_index(drop=True),
            self.about[flags].reset_index(drop=True),
        )


@dataclass(frozen=True)
class Dataset:
    """Rows, and what reports say about them.

    Attributes
    ----------
    rows
        Ordered by (as_of, client_id).
    about
        One row per row of `rows`; see `Day.about`.
    known_by
        The day the outcomes were known on.
    accounted
        What became of the rows where visits by lists were accounted for; None where they were not.
    """

    rows: Rows
    about: pd.DataFrame
    known_by: date
    accounted: Accounted | None = None

    def take(self, which: Flags) -> "Dataset":
        """The chosen rows."""
        return replace(self, rows=self.rows.take(which), about=self.about[which].reset_index(drop=True))


class Snapshots:
    """Snapshots of one book, each date computed once in a run.

    Parameters
    ----------
    features
        Columns to keep, in order.
    take
        How a snapshot is taken; `features.snapshot.snapshot`.
    max_rows
        Rows over all dates to keep; beyond it clients are drawn by hash, whole lives at a time.
    seed
        Seed of that draw.
    left_out
        Columns that are kept but never known, so that no model reads them.
    lines
        Whom lists named and whom the lot kept off them, where there is such a log.
    """

    def __init__(
        self,
        book: Book,
        definition: ExitDefinition,
        features: Sequence[str],
        take: Take,
        max_rows: int,
        seed: int,
        left_out: Sequence[str] = (),
        lines: DrawnLines | None = None,
    ) -> None:
        self.book = book
        self.lines = lines
        self.definition = definition
        self.features = tuple(features)
        self.left_out = tuple(left_out)
        strays = [name for name in self.left_out if name not in self.features]
        if strays:
            raise RecipeError(f"leave_out has {strays[0]!r}, which is no feature; see docs/features.md for their names")
        self._take = take
        self._max_rows = max_rows
        self._seed = seed
        self._days: dict[date, Day] = {}
        self.share = 1.0

    def plan(self, dates: Iterable[date]) -> None:
        """Fix the share of clients kept, from the number at risk on the last of the dates that will be asked for."""
        ordered = sorted(set(dates))
        last = self.whole(ordered[-1])
        self.share = min(1.0, self._max_rows / max(1, len(last) * len(ordered)))
        if self.share < 1.0:
            self._days.clear()

    def whole(self, as_of: date) -> Day:
        """All clients at risk on a date, or whole officers where they would be too many to judge."""
        if self.share == 1.0 and as_of in self._days:
            return self._days[as_of]
        day = self._read(as_of)
        if self.share == 1.0:
            self._days[as_of] = day
        if len(day) <= MOST_JUDGED:
            return day
        who = day.about["officer_id"].fillna(day.population["client_id"]).to_numpy(dtype=object)
        return day.thinned(kept(who, MOST_JUDGED / len(day), f"{self._seed}"))

    def on(self, as_of: date) -> Day:
        """Clients kept for training on a date."""
        if as_of not in self._days:
            day = self._read(as_of)
            ids = day.population["client_id"].to_numpy(dtype=object)
            self._days[as_of] = day if self.share >= 1.0 else day.thinned(kept(ids, self.share, f"{self._seed}"))
        return self._days[as_of]

    def _read(self, as_of: date) -> Day:
        with self.book.known(as_of) as known:
            taken = self._take(known, self.definition)
            table = taken.table.sort_index()
            population = taken.population[["client_id", "state", "rests_since"]].sort_values(
                "client_id", ignore_index=True
            )
            about = _about(known, population)
        if list(table.index) != population["client_id"].tolist():
            raise ValueError("a snapshot's table and population name different clients")
        X = table[list(self.features)].reset_index(drop=True).astype(np.float64)
        X[list(self.left_out)] = np.nan
        return Day(as_of, X, population, about)


_ABOUT = """
WITH served AS (
    SELECT client_id, officer_id, row_number() OVER (
        PARTITION BY client_id ORDER BY from_on DESC, officer_id
    ) AS place FROM assignments WHERE to_on IS NULL
), lent AS (
    SELECT client_id, count(*) AS cycle, min(disbursed_on) AS since FROM loans
    WHERE closed_how IS NULL OR closed_how <> 'cancelled' GROUP BY client_id
), latest AS (
    SELECT client_id, product_id, row_number() OVER (
        PARTITION BY client_id ORDER BY disbursed_on DESC, loan_id DESC
    ) AS place FROM loans
)
SELECT asked_about.client_id, asked_about.state,
    date_diff('day', asked_about.rests_since, moment.as_of) AS rest_days,
    served.officer_id, lent.cycle, latest.product_id AS product,
    date_diff('day', lent.since, moment.as_of) AS tenure_days
FROM asked_about CROSS JOIN moment
LEFT JOIN served ON asked_about.client_id = served.client_id AND served.place = 1
LEFT JOIN lent ON asked_about.client_id = lent.client_id
LEFT JOIN latest ON asked_about.client_id = latest.client_id AND latest.place = 1
ORDER BY asked_about.client_id
"""


def _about(known: Known, population: pd.DataFrame) -> pd.DataFrame:
    known.put("asked_about", population)
    found = known.frame(_ABOUT)
    cycle = found["cycle"].fillna(0).to_numpy()
    tenure = found["tenure_days"].fillna(0).to_numpy()
    return pd.DataFrame(
        {
            "client_id": found["client_id"].to_numpy(dtype=object),
            "officer_id": found["officer_id"].astype(object).where(found["officer_id"].notna(), None),
            "state": found["state"].to_numpy(dtype=object),
            "rest_days": found["rest_days"].to_numpy(dtype=np.float64, na_value=np.nan),
            "cycle": np.select([cycle <= 1, cycle <= 3, cycle <= 6], ["1", "2-3", "4-6"], "7+").astype(object),
            "product": found["product"].astype(object).where(found["product"].notna(), "not known"),
            "tenure": np.select(
                [tenure < 182, tenure < 365, tenure < 1095], ["under 6 months", "6-12 months", "1-3 years"], "3+ years"
            ).astype(object),
        }
    )


def build(days: Sequence[Day], book: Book, recipe: Recipe, known_by: date) -> Dataset:
    """Rows of several dates with the outcomes as known on one day.

    Parameters
    ----------
    days
        Clients at risk by date.
    known_by
        The day one stands on: an outcome not matured by then is censored, never "stayed".
    """
    found = outcomes(book, {day.as_of: day.population for day in days}, recipe.exit, known_by)
    parts = [_rows(day, found[day.as_of], recipe, known_by) for day in days]
    about = pd.concat([day.about for day in days], ignore_index=True)
    number = np.concatenate([part.day for part in parts])
    order = np.lexsort((about["client_id"].to_numpy(dtype=str), number))
    return Dataset(joined(parts), about.iloc[order].reset_index(drop=True), known_by)


def _rows(day: Day, outcome: pd.DataFrame, recipe: Recipe, known_by: date) -> Rows:
    ordered = outcome.set_index("client_id").loc[day.population["client_id"]].reset_index()
    within = [left_within(ordered, recipe.exit, days) for days in recipe.horizons]
    matured = [recipe.exit.matured(day.as_of, days, known_by) for days in recipe.horizons]
    n = len(day)
    return Rows(
        X=day.X,
        client_id=day.population["client_id"].to_numpy(dtype=object),
        day=np.full(n, day.as_of.toordinal(), dtype=np.int64),
        horizons=recipe.horizons,
        choice=_flags(within, "choice"),
        forced=_flags(within, "forced"),
        decides=_flags(within, "decides"),
        matured=np.tile(np.array(matured, dtype=bool), (n, 1)),
        weight=np.full(n, _weight(day.as_of, recipe, known_by)),
    )


def _flags(within: Sequence[pd.DataFrame], name: str) -> Flags:
    return np.column_stack([frame[name].to_numpy(dtype=bool) for frame in within])


def _weight(as_of: date, recipe: Recipe, known_by: date) -> float:
    half = recipe.dates.half_life_days
    return 1.0 if not half else max(0.5 ** ((known_by - as_of).days / half), 1e-6)


def counts(rows: Rows) -> Mapping[str, int | float]:
    """What the rows hold, for the record: numbers only."""
    answer: dict[str, int | float] = {
        "rows": len(rows),
        "clients": len(np.unique(rows.client_id.astype(str))),
        "dates": len(np.unique(rows.day)),
    }
    for place, days in enumerate(rows.horizons):
        known = rows.matured[:, place]
        answer[f"matured_{days}d"] = int(known.sum())
        answer[f"left_{days}d"] = int(rows.choice[known, place].sum())
    return answer


def capped(rows: Rows, max_rows: int, seed: int) -> Rows:
    """Rows of as many clients as fit, drawn by hash."""
    if len(rows) <= max_rows:
        return rows
    return rows.take(kept(rows.client_id, max_rows / len(rows), f"{seed}"))


def capped_set(data: Dataset, max_rows: int, seed: int) -> Dataset:
    """The same of a whole data set."""
    if len(data.rows) <= max_rows:
        return data
    return data.take(kept(data.rows.client_id, max_rows / len(data.rows), f"{seed}"))


def weights(rows: Rows) -> Floats:
    """Weights scaled to a mean of 1, so that leaf sizes and penalties keep their meaning."""
    answer: Floats = rows.weight / rows.weight.mean()
    return answer


def days_of(rows: Rows) -> NDArray[np.int64]:
    """The dates of the rows as day numbers, rising."""
    return np.unique(rows.day)
