"""Commands of the week: draw the lists, serve them, and a whole demonstration."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli_model import RecipeOption, champion, train_on
from serving.cli_terminal import (
    DEFAULT_HOME,
    AsOfOption,
    BookArgument,
    DataOption,
    HomeOption,
    as_date,
    home_at,
    now,
    opened,
    progress,
    say,
    with_what_was_found,
)

if TYPE_CHECKING:
    from serving.weekly import WeeklyRun

#: Cut down so that a demonstration ends within minutes.
DEMO_RECIPE = Path(__file__).with_name("demo_recipe.toml")


def weekly(
    book: BookArgument,
    as_of: AsOfOption,
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
    *,
    lists_only: Annotated[
        bool, typer.Option("--lists-only", help="Leave out drivers, measures and the report, which analysts read.")
    ] = False,
) -> None:
    """Check the book, score everybody, and write this week's lists. Safe to run twice."""
    from serving.languages import language
    from serving.report.kept import make_due
    from serving.visits.told import chances
    from serving.weekly import gaps, run_weekly

    folder, day = home_at(home), as_date(as_of)
    settings = folder.settings()
    with progress() as told:
        told("check")
        source = opened(book, data, day)
        model, version = champion(folder)
        source = with_what_was_found(source, day, folder)
        with closing(folder.store(settings)) as store:
            moment = now()
            done = run_weekly(source, day, model, version, folder, settings, store, moment, told, lists_only=lists_only)
        reported = ""
        if not lists_only:
            told("report")
            reported = make_due(folder, settings, day)
    for gap in (*gaps(source), *done.unheeded, *done.stopped):
        say(gap)
    say(f"week {done.week}: {_drawn(done)}")
    if settings.rank_by == "benefit":
        say(chances(language("en"), done.uplift_version))
        if done.uplift_version:
            say('`exitwatch uplift off`, or chance_by = "prior" in the settings, goes back to the general chances.')
    if reported:
        say(reported)
    say(f"Open {done.folder / 'index.html'}")


def serve(
    home: HomeOption = DEFAULT_HOME,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on; else the settings'.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on; else the settings'.")] = None,
) -> None:
    """Serve lists, risks and scores to those who hold a token."""
    import uvicorn

    from serving.app import create_app

    folder = home_at(home)
    settings = folder.settings()
    app = create_app(folder.path)
    address, door = host or settings.host, port or settings.port
    say(f"http://{address}:{door}  (tokens: exitwatch users add-token NAME --scope SCOPE --home {folder.path})")
    # Addresses may name a client, so the access log stays off.
    uvicorn.run(app, host=address, port=door, access_log=False, server_header=False, log_level="warning")


def demo(
    clients: Annotated[int, typer.Option("--clients", help="Clients ever seen in the window.")] = 6_000,
    directory: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Folder for book and home.")] = Path(
        "exitwatch-demo"
    ),
    weeks: Annotated[int, typer.Option("--weeks", help="Length of the simulated window.")] = 156,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another MFI.")] = 1,
    recipe: RecipeOption = None,
) -> None:
    """Simulate an MFI, train on it, and write the lists of two weeks; ends by saying what to open."""
    from features.connectors.simulated.settings import SimulationSettings
    from features.connectors.simulated.simulation import simulate
    from serving.report.kept import make_due
    from serving.weekly import run_weekly

    book = directory / "book"
    folder = home_at(directory / "home")
    with progress() as told:
        report = simulate(book, SimulationSettings(clients=clients, weeks=weeks, seed=seed), told)
        told("check")
        source = opened(book, None, report.last_day)
        first = report.last_day - timedelta(days=7)
        trained = train_on(source, first, recipe or DEMO_RECIPE, folder, told)
        # The same MFI has the same lists each time; what is drawn later follows the seed that is kept.
        settings = folder.settings().model_copy(update={"holdout_seed": f"demonstration {seed}"})
        with closing(folder.store(settings)) as store:
            for day in (first, report.last_day):
                done = run_weekly(source, day, trained.model, trained.model_hash, folder, settings, store, now(), told)
        told("report")
        reported = make_due(folder, settings, report.last_day)
    say(str(trained))
    say()
    if trained.promotion is None:
        say("The lists below show what the model would have asked for; the server will not score with it.")
    say(f"A simulated MFI of {clients:,} clients over {weeks} weeks; its book is in {book}.")
    say(f"Week {done.week}: {_drawn(done)}.")
    say()
    say(reported)
    say()
    say("Open next:")
    say(f"  {done.folder / 'index.html'}   the lists, a page for each officer")
    say(f"  {done.folder / 'lists.csv'}   the same as one table")
    say(f"  exitwatch users add me --role officer --of {done.somebody} --home {folder.path}")
    say(f"  exitwatch serve --home {folder.path}   the same list as a page to sign in to, and the web interface")


def _drawn(done: "WeeklyRun") -> str:
    lists = "1 officer's list" if done.officers == 1 else f"{done.officers} officers' lists"
    lines = "1 line" if done.lines == 1 else f"{done.lines} lines"
    return f"{done.clients:,} clients at risk, {lines} on {lists}, {done.desk_lines} for the desk"
