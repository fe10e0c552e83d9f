"""Features of the clients at risk on an earlier date, as known then: those that were kept, else computed anew."""

from collections.abc import Collection
from datetime import date

import pandas as pd

from features.book import Book
from features.snapshot import snapshot
from serving import kept_scores
from serving.home import Home
from serving.score import Scoring, definition_of


def features_on(
    book: Book, day: date, model: Scoring, home: Home, without: Collection[str] = frozenset()
) -> pd.DataFrame | None:
    """Features of everybody at risk on an earlier date; None where the book begins later.

    Parameters
    ----------
    without
        Clients of whom nothing is looked at: they have objected or were erased since.
    """
    kept = kept_scores.on(home, day)
    if kept is not None:
        features = kept.features()
        if tuple(features.columns) == tuple(model.features):
            return features.drop(index=list(without), errors="ignore")
    if day < book.span()[0]:
        return None
    with book.known(day) as known:
        return snapshot(known, definition_of(model)).table.drop(index=list(without), errors="ignore")
