"""L05: is a column of loans that still run worth more than anything fixed on their first day can be?

A figure written over after the fact (charges added once a loan was late, a status filled in at the end) looks like a
wonderful feature of a running loan. An honest one, set when the loan was paid out, tells little beyond what the rest of
the book tells about the client on that day. So two small models foretell who leaves, from everything in the book that
is not built on the column, with and without the column's value on the running loan. Both know the client's own mean
over her earlier loans. Where the value is not visible while a loan runs, as a `known_on` rule makes sure, there is
nothing to judge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
import pandas as pd

from features.book import Book
from models.boosting import Boosting, Floats, grow
from models.learning import kept
from models.rows import Flags, Rows
from training.checks import Finding
from training.dataset import Dataset
from training.metrics import Ranking, Resampled
from training.recipe import Recipe

#: AUC beyond which the lower 99 % bound of the gain names the column. On a book of 5,000 clients whose charges were
#: added after the due date the gain is 0.06; prices set from the client's own past gain less than 0.003.
GAIN = 0.01
#: Newest dates and rows judged at most; fewer rows with a visible value than the last are not judged.
DATES, ROWS, LEAST_ROWS = 6, 20_000, 300
_DRAWS = 200
_SMALL = Boosting(
    rounds=80, learning_rate=0.08, leaves=8, depth=4, min_rows=50, feature_share=0.7, row_share=1.0, l2=10.0
)


@dataclass(frozen=True)
class Watched:
    """A column and how it is read on one loan: SQL over loans as `loan`, and the tables it needs."""

    needs: str
    value: str


#: Column to how it is read. Money is taken per unit lent.
WATCHED: Mapping[str, Watched] = MappingProxyType(
    {
        "instalments.amount_due": Watched(
            "instalments",
            "(SELECT CAST(sum(amount_due) AS DOUBLE) FROM instalments WHERE instalments.loan_id = loan.loan_id) "
            "/ CAST(nullif(loan.amount, 0) AS DOUBLE)",
        ),
        "loans.interest_rate": Watched("loans.interest_rate", "loan.interest_rate"),
        "loans.instalment_count": Watched("loans.instalment_count", "CAST(loan.instalment_count AS DOUBLE)"),
    }
)

_VALUES = """
WITH valued AS (
    SELECT loan.client_id, loan.loan_id, loan.disbursed_on, loan.closed_on, {value} AS figure FROM loans AS loan
), running AS (
    SELECT client_id, figure,
        row_number() OVER (PARTITION BY client_id ORDER BY disbursed_on DESC, loan_id DESC) AS place
    FROM valued WHERE closed_on IS NULL AND figure IS NOT NULL
), settled AS (
    SELECT client_id, avg(figure) AS before FROM valued WHERE closed_on IS NOT NULL GROUP BY client_id
)
SELECT running.client_id, running.figure, settled.before
FROM running LEFT JOIN settled ON running.client_id = settled.client_id
WHERE running.place = 1 ORDER BY running.client_id
"""


def restated(
    book: Book, data: Dataset, recipe: Recipe, needs: Mapping[str, Sequence[str]], threads: int = 2
) -> list[Finding]:
    """Columns of running loans that know too much.

    Parameters
    ----------
    data
        Rows of training dates.
    needs
        Feature to the tables and columns it is built on (`features.catalogue`), so that those built on a column are
        kept out of what it is measured against.
    """
    found = []
    for column, watched in WATCHED.items():
        if not book.has(watched.needs):
            continue
        gain = _gain(book, data.rows, recipe, column, watched, needs, threads)
        if gain is not None and gain[1] > GAIN:
            found.append(
                Finding(
                    "L05",
                    f"{book.called(column)} on loans that still run lifts the AUC by {gain[0]:.3f} (at least "
                    f"{gain[1]:.3f}) over all else known on the day, on {gain[2]} clients and dates",
                    f"Ask whether {column} is written over later; if so, give it a known_on rule in the mapping, such "
                    "as some days after due_on",
                    stops=True,
                )
            )
    return found


def _gain(
    book: Book,
    rows: Rows,
    recipe: Recipe,
    column: str,
    watched: Watched,
    needs: Mapping[str, Sequence[str]],
    threads: int,
) -> tuple[float, float, int] | None:
    place = rows.at(recipe.horizon)
    days = np.unique(rows.day[rows.matured[:, place]])[-DATES:]
    parts, figures = [], []
    for day in days.tolist():
        part = rows.take(rows.day == day)
        values = _values(book, day, watched).reindex(part.client_id)
        seen = values["figure"].notna().to_numpy()
        parts.append(part.take(seen))
        figures.append(values[seen])
    if not parts or sum(map(len, parts)) < LEAST_ROWS:
        return None
    X = pd.concat([part.X for part in parts], ignore_index=True)
    value = pd.concat(figures, ignore_index=True)
    client = np.concatenate([part.client_id for part in parts])
    left = np.concatenate([part.choice[:, place] for part in parts])
    if len(X) > ROWS:
        few = kept(client, ROWS / len(X), f"L05{recipe.seed}")
        X, value, client, left = X[few], value[few], client[few], left[few]
    if not left.any() or left.all() or value["figure"].nunique() < 2:
        return None
    context = [n for n in X.columns if not _built_on(column, needs.get(n, ()))]
    known = np.column_stack([X[context].to_numpy(), value["before"].to_numpy()])
    names = [*context, "before"]
    without = _foretold(known, left, client, names, recipe.seed, threads)
    beside = _foretold(
        np.column_stack([known, value["figure"].to_numpy()]), left, client, [*names, "figure"], recipe.seed, threads
    )
    with_it, without_it = Ranking(left, beside), Ranking(left, without)
    draws = [with_it.auc(w) - without_it.auc(w) for w in Resampled(client, _DRAWS, recipe.seed)]
    return with_it.auc() - without_it.auc(), float(np.nanquantile(draws, 0.005)), len(left)


def _built_on(column: str, needs: Sequence[str]) -> bool:
    table = column.partition(".")[0]
    return column in needs or (table != "loans" and any(need.partition(".")[0] == table for need in needs))


def _values(book: Book, day: int, watched: Watched) -> pd.DataFrame:

    with book.known(date.fromordinal(day)) as known:
        return known.frame(_VALUES.format(value=watched.value)).set_index("client_id").astype(np.float64)


def _foretold(
    X: Floats,
    left: Flags,
    client: np.ndarray,
    names: Sequence[str],
    seed: int,
    threads: int,
) -> Floats:
    """Margins of each half of the clients by a model of the other."""
    first = kept(client, 0.5, f"L05half{seed}")
    answer = np.zeros(len(X))
    for inside in (first, ~first):
        if not left[inside].any() or left[inside].all() or inside.all():
            return answer
        forest = grow(X[inside], left[inside], np.ones(int(inside.sum())), names, _SMALL, seed, threads=threads)
        margin = forest.margin(X[~inside], threads)
        # The two models' margins are put on one scale by their ranks.
        answer[~inside] = np.argsort(np.argsort(margin, kind="stable"), kind="stable") / max(1, len(margin))
    return answer
