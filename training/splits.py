"""Which dates a model may learn from, and on which days the past is replayed."""

from dataclasses import dataclass
from datetime import date, timedelta

from features.errors import DataError, RecipeError, TooShortHistory
from training.recipe import Recipe

#: Dates with a known main outcome without which nothing can be learnt.
LEAST_DATES = 3
#: Days a book may be silent at its end (a long weekend, a feast) before as_of counts as lying beyond it.
SILENCE_DAYS = 14


@dataclass(frozen=True)
class Fold:
    """One replay of the past: a model trained as if it were `origin`, judged on the clients at risk that day.

    Attributes
    ----------
    origin
        The day one stands on. Outcomes entered later are not known to the training.
    dates
        As-of dates to learn from, rising; each for the horizons that have matured by `origin`.
    """

    origin: date
    dates: tuple[date, ...]


def training_dates(first: date, on: date, recipe: Recipe, anchor: date | None = None) -> tuple[date, ...]:
    """As-of dates of which, on the day `on`, at least the shortest horizon has matured.

    Parameters
    ----------
    first
        First day of the book.
    on
        The day one stands on.
    anchor
        A day of the grid all dates lie on; by default the last day whose main outcome is known.

    Raises
    ------
    TooShortHistory
        Fewer than `LEAST_DATES` of them have a known main outcome. Says how many more days are needed.
    """
    dates = _dates(first, on, recipe, anchor)
    if not _enough(dates, on, recipe):
        raise TooShortHistory(_sentence(first, on, recipe, judged=False))
    return dates


def rolling_origin(first: date, as_of: date, recipe: Recipe) -> tuple[Fold, ...]:
    """Replays of the past, newest first; as many as the recipe asks for and the history allows.

    The embargo between what a fold learns from and the day it is judged on is horizon + grace by construction: a date
    is learnt from once its outcome window and the grace period after it have ended by the origin.

    Raises
    ------
    TooShortHistory
        Not one fold is possible. Says how many more days are needed.
    """
    anchor = as_of - timedelta(days=recipe.embargo_days)
    folds: list[Fold] = []
    for place in range(recipe.backtest.folds):
        origin = anchor - timedelta(days=place * recipe.backtest.step_days)
        dates = _dates(first, origin, recipe, anchor)
        if not _enough(dates, origin, recipe):
            break
        folds.append(Fold(origin, dates))
    if not folds:
        raise TooShortHistory(_sentence(first, as_of, recipe, judged=True))
    return tuple(folds)


def refuse_outside(first: date, last: date, as_of: date) -> None:
    """Refuse an as_of on which the book cannot say who left.

    Raises
    ------
    DataError
        as_of lies before the book, or so long after it that everyone would look gone.
    """
    if as_of <= first:
        raise DataError(f"as_of={as_of} lies before the book, which begins {first}; choose a later day")
    if as_of > last + timedelta(days=SILENCE_DAYS):
        raise DataError(
            f"as_of={as_of} lies after the book, which ends {last}: every client would look as if she had left. "
            f"Choose {last} or an earlier day, or supply newer data"
        )


def _dates(first: date, on: date, recipe: Recipe, anchor: date | None) -> tuple[date, ...]:
    step = timedelta(days=recipe.dates.step_days)
    grid = anchor or on - timedelta(days=recipe.embargo_days)
    oldest = max(first + timedelta(days=recipe.dates.warmup_days), on - timedelta(days=recipe.dates.history_days))
    newest = on - timedelta(days=recipe.horizons[0] + recipe.exit.maturity_days)
    # The last day of the grid that is not after `newest`, then backwards.
    day = grid + (newest - grid) // step * step
    dates = []
    while day >= oldest:
        dates.append(day)
        day -= step
    return tuple(reversed(dates))


def _enough(dates: tuple[date, ...], on: date, recipe: Recipe) -> bool:
    return sum(recipe.exit.matured(day, recipe.horizon, on) for day in dates) >= LEAST_DATES


def _sentence(first: date, on: date, recipe: Recipe, *, judged: bool) -> str:
    have = (on - first).days
    return (
        f"the book begins {first} and gives {have} days of history by {on}; to learn who leaves within "
        f"{recipe.horizon} days, outcomes known {recipe.exit.maturity_days} days later"
        f"{', and to be judged on days it has not seen' if judged else ''}, "
        f"about {_lacking(first, on, recipe, judged)} more days are needed. "
        "Wait, supply older data, or choose a shorter horizon or grace period in the recipe"
    )


def _lacking(first: date, on: date, recipe: Recipe, judged: bool) -> int:  # noqa: FBT001
    """Days after which the history would suffice."""
    most = 2 * (recipe.embargo_days + recipe.dates.warmup_days + LEAST_DATES * recipe.dates.step_days)
    for more in range(1, most + max(0, (first - on).days) + 1):
        later = on + timedelta(days=more)
        origin = later - timedelta(days=recipe.embargo_days) if judged else later
        if _enough(_dates(first, origin, recipe, origin if judged else None), origin, recipe):
            return more
    raise RecipeError(
        f"dates.history_days={recipe.dates.history_days} holds fewer than {LEAST_DATES} dates with a known outcome; "
        "make it longer, or dates.step_days shorter"
    )
