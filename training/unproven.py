"""A model to look at a book with, without the replays of the past that a model in use has to pass.

It is for questions about the book, asked in a notebook: it is stored nowhere, promoted by nothing, and no list is drawn
from it. How well it foretells is not known.
"""

from datetime import date

from features.book import Book
from features.catalogue import names
from features.snapshot import snapshot
from models.exit_risk import ExitModel
from training import replay, splits
from training.dataset import Snapshots
from training.recipe import Recipe
from training.splits import Fold


def unproven(book: Book, as_of: date, recipe: Recipe, threads: int = 2) -> ExitModel:
    """The recipe's model as of a day, from outcomes known on it.

    Parameters
    ----------
    threads
        Threads for LightGBM; the result does not depend on it.

    Raises
    ------
    TooShortHistory
        Says how many more days are needed.
    DataError
        as_of lies outside the book, or nobody left.
    """
    first, last = book.span()
    splits.refuse_outside(first, last, as_of)
    fold = Fold(as_of, splits.training_dates(first, as_of, recipe))
    snapshots = Snapshots(book, recipe.exit, names(), snapshot, recipe.dates.max_rows, recipe.seed, recipe.leave_out)
    snapshots.plan(fold.dates)
    known = replay.learnt_on(snapshots, fold, recipe, recipe.dates.max_rows)
    return replay.calibrated(known.rows, recipe, threads)
