"""Which way of learning the curve to ship: all kinds on the same rows, with intervals of their differences.

Run as ``python -m tests.studies.kinds simulated 8000`` or ``python -m tests.studies.kinds kenya``; the Kenyan loans are
looked for at $EXITWATCH_DATA. What came out stands in docs/decisions/0003-hazard-or-classifier.md.
"""

import os
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from features.book import Book
from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings, simulate
from models.learning import Kind
from training.evaluate import Evaluation, backtest
from training.measuring import ALL, SCOPES
from training.recipe import Recipe, load_recipe, recipe_of
from training.replay import MODEL, RULE
from training.run import candidates, prepared

ROOT = Path(__file__).parents[2]
MEASURES = ("auc", "average_precision", "precision_at_capacity")


def compared(book: Book, as_of: date, recipe: Recipe) -> Evaluation:
    """A backtest of the recipe's own kind beside all others."""
    ready = prepared(book, as_of, recipe)
    others = {kind.value: replace(recipe.learning, kind=kind) for kind in Kind if kind is not recipe.learning.kind}
    return backtest(book, as_of, recipe, ready.snapshots, candidates(), origins=ready.folds, others=others)


def told(evaluation: Evaluation) -> str:
    """The comparison as a table."""
    own = evaluation.recipe.learning.kind.value
    lines = [f"| scope | kind | {' | '.join(MEASURES)} | calibration error |", f"|---|---|{'---|' * len(MEASURES)}---|"]
    for scope in SCOPES:
        for name, found in evaluation.pooled[scope].items():
            figures = " | ".join(str(found[key]) for key in MEASURES)
            truth = found.get("calibration_error")
            lines.append(f"| {scope} | {own if name == MODEL else name} | {figures} | {truth or '-'} |")
    lines += ["", f"| day | AUC | {own} less the rule of thumb |", "|---|---|---|"]
    for day, gained in evaluation.fold_gains.items():
        lines.append(f"| {day} | {evaluation.by_fold[day][ALL][MODEL]['auc']} | {gained[ALL][RULE]['auc']} |")
    lines += ["", f"| scope | {own} less | {' | '.join(MEASURES)} |", f"|---|---|{'---|' * len(MEASURES)}"]
    for scope in SCOPES:
        for name, gain in evaluation.gains[scope].items():
            lines.append(f"| {scope} | {name} | {' | '.join(str(gain[key]) for key in MEASURES)} |")
    return "\n".join(lines)


def main(which: str, clients: int = 8_000) -> None:
    """Print the comparison."""
    if which == "kenya":
        book = open_book(ROOT / "docs/books/kenya.toml", Path(os.environ["EXITWATCH_DATA"]))
        recipe = load_recipe(ROOT / "docs/books/kenya.recipe.toml")
        print(told(compared(book, date(2022, 11, 27), recipe)))
        return
    settings = SimulationSettings(clients=clients, seed=11)
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder), settings)
        recipe = recipe_of({"backtest": {"folds": 2}})
        print(told(compared(open_book(Path(folder)), settings.end_on, recipe)))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
