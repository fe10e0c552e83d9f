"""What visits by lists took of the rows a model learns from: taken account of, and told in the run's record."""

from collections.abc import Mapping
from dataclasses import replace

from training import dataset
from training.dataset import Dataset
from training.left_alone import DrawnLines, open_days_of, without_visits
from training.recipe import Recipe


def alone(data: Dataset, lines: DrawnLines | None, recipe: Recipe) -> Dataset:
    """The same with outcomes as they are without a visit; unchanged where no list was ever given out.

    Raises
    ------
    DataError
        Every outcome by some horizon came about with a visit.
    """
    if lines is None or not len(lines.client_id):
        return data
    rows, found = without_visits(data.rows, lines, open_days_of(recipe.exit, lines.rest_days))
    return replace(data, rows=rows, accounted=found)


def counts(data: Dataset) -> Mapping[str, int | float]:
    """What the rows hold, and what visits took of it, for the record: numbers only."""
    found = data.accounted
    if found is None:
        return dataset.counts(data.rows)
    return {
        **dataset.counts(data.rows),
        "with_a_visit": found.visited,
        "never_held_out": found.nobody_stands_for,
        "bounded": found.bounded,
        "worth_without_lists": round(found.worth),
    }


def in_words(counted: Mapping[str, int | float]) -> list[str]:
    """The same as sentences; none where there were no lists.

    >>> in_words({"rows": 10})
    []
    """
    if "with_a_visit" not in counted:
        return []
    return [
        f"{counted['with_a_visit']:,} of {counted['rows']:,} outcomes came about with a list's visit and teach nothing "
        "of leaving; held-out clients stand for them, and the rows tell as much as "
        f"{counted['worth_without_lists']:,} without lists"
    ]
