"""Commands for an MFI too small for a hold-out: branches begin with lists one after another, in an order by lot."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from serving.cli_terminal import DEFAULT_HOME, BookArgument, DataOption, HomeOption, home_at, now, opened, say

app = typer.Typer(
    help="Branches that begin with lists one after another, for an MFI too small for a hold-out.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

PlanOption = Annotated[Path, typer.Option("--plan", metavar="FILE", help="The plan, as .csv.")]


@app.command("plan")
def plan(
    book: BookArgument,
    out: PlanOption,
    steps: Annotated[int, typer.Option("--steps", min=2, help="In how many steps branches begin.")] = 4,
    weeks: Annotated[int, typer.Option("--weeks-between", min=1, help="Weeks from one step to the next.")] = 8,
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Draw the order in which branches begin, and write it down. Drawn once: a plan that is there is not drawn anew."""
    from secrets import randbits

    from features.errors import UsageError
    from serving import audit
    from serving.access import OPERATOR
    from serving.events import Event
    from serving.whole import write_whole
    from training.effect import stepped

    if out.exists():
        raise UsageError(f"{out.name} is there already; a second draw would let the order be chosen. Keep the first")
    folder, seed = home_at(home), randbits(32)
    named = opened(book, data).current_clients()["branch_id"].dropna().unique().tolist()
    drawn = stepped.steps(named, steps, weeks, seed)
    with closing(folder.store(folder.settings())) as store, store.write() as connection:
        by, detail = OPERATOR, {"branches": str(len(drawn)), "steps": str(steps), "seed": str(seed)}
        audit.record(connection, now(), by.name, by.role, Event.STEPS_DRAWN, **detail)
    write_whole(out, drawn.to_csv(index=False).encode())
    say(drawn.to_string(index=False))
    say("Week 0 has no lists anywhere. Count every week, also before a branch begins, for stepped show.")


@app.command("show")
def show(
    counts: Annotated[
        Path,
        typer.Argument(
            metavar="COUNTS",
            help="A .csv with branch, week (0, 1, ...), clients who would be listed, and left: how many of them left.",
        ),
    ],
    drawn: PlanOption,
) -> None:
    """Say what beginning with lists did, by the orders that the lot might have drawn."""
    import pandas as pd

    from features.errors import UsageError
    from serving.cli_findings import show as show_finding
    from training.effect.stepped import stepped

    def read(file: Path, columns: set[str]) -> pd.DataFrame:
        try:
            found = pd.read_csv(file, dtype={"branch": "str"})
        except (OSError, ValueError) as error:
            raise UsageError(f"{file.name} cannot be read; give a .csv with {', '.join(sorted(columns))}") from error
        if not columns <= set(found):
            raise UsageError(f"{file.name} has no {', '.join(sorted(columns - set(found)))}")
        return found

    rows, order = read(counts, {"branch", "week", "clients", "left"}), read(drawn, {"branch", "starts_week"})
    show_finding("What beginning with lists did", stepped(rows, order).finding)
