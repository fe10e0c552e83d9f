"""Commands about models: train, promotions, score."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli_terminal import (
    DEFAULT_HOME,
    AsOfOption,
    BookArgument,
    DataOption,
    HomeOption,
    as_date,
    home_at,
    opened,
    progress,
    say,
    today,
    with_what_was_found,
)

if TYPE_CHECKING:
    from datetime import date

    from features.book import Book
    from models.exit_risk import ExitModel
    from serving.cli_terminal import Told
    from serving.home import Home
    from training.run import TrainedRun

RecipeOption = Annotated[
    Path | None, typer.Option("--recipe", metavar="FILE", help="How to train, as TOML; else the defaults.")
]


def train_model(
    book: BookArgument,
    as_of: AsOfOption,
    recipe: RecipeOption = None,
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Build, backtest, track, register a challenger; promote it if the evidence supports it."""
    folder, day = home_at(home), as_date(as_of)
    with progress() as told:
        told("check")
        source = with_what_was_found(opened(book, data, day), day, folder)
        run = train_on(source, day, recipe, folder, told)
    say(str(run))


def promotions(home: HomeOption = DEFAULT_HOME) -> None:
    """Show which model was put into use when, and on what evidence; training alone promotes."""
    from training.promotion import history

    for line in history(home_at(home).path):
        found = line.evidence
        gains = "  ".join(
            f"{name} {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"
            for name, gain in found["gains"].items()
        )
        measured = f"{found['measure']} {found['value']['value']:.3f}"
        say(f"{line.number}  {line.on}  {line.model[:12]}  {measured}  over {gains}")


def score_book(
    book: BookArgument,
    as_of: AsOfOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Scores, as .parquet or .csv.")],
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Score every client at risk."""
    from serving.erasure import left_out
    from serving.score import ENDINGS, score_book, to_file
    from serving.whole import write_whole

    if out.suffix not in ENDINGS:
        from features.errors import UsageError

        raise UsageError(f"--out={out.name!r} ends in neither .parquet nor .csv; give it one of the two endings")
    folder, day = home_at(home), as_date(as_of)
    with progress() as told:
        told("check")
        source = opened(book, data, day)
        model, version = champion(folder)
        source = with_what_was_found(source, day, folder)
        with closing(folder.store(folder.settings())) as store, store.read() as connection:
            without = left_out(connection, source.current_clients()["client_id"], today())
        scores = score_book(source, day, model, version, folder.settings(), told, without)
        write_whole(out, to_file(scores, out))
    say(f"{out}: {len(scores.table):,} clients at risk on {day}, model {version[:12]}")


def champion(home: "Home") -> "tuple[ExitModel, str]":
    """The promoted model and its hash.

    Raises
    ------
    NoModel
        None is promoted.
    """
    from features.catalogue import names
    from models.store import load
    from training.promotion import champion_bundle

    bundle = champion_bundle(home.path)
    return load(bundle, features=names()), bundle.name


def train_on(source: "Book", day: "date", recipe: Path | None, home: "Home", told: "Told") -> "TrainedRun":
    """Train on a book as known on a day; without a recipe by the defaults.

    Where a lot kept clients off the lists, outcomes that came about with a list's visit are taken account of.
    """
    from serving.experiment.lines import drawn_lines
    from training.recipe import load_recipe
    from training.run import train

    settings = home.settings()
    with closing(home.store(settings)) as store, store.read() as connection:
        lines = drawn_lines(connection, source, day, settings.rest_days)
    return train(source, day, load_recipe(recipe), home.path, told, lines=lines)
