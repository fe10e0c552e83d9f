"""Commands about lists that stopped because contact seemed to harm: which they are, and letting them begin again."""

from contextlib import closing
from typing import Annotated

import typer

from serving.access import OPERATOR
from serving.cli_terminal import DEFAULT_HOME, HomeOption, as_date, home_at, now, say
from serving.experiment import stops

app = typer.Typer(
    help="Lists that stopped because contact seemed to make clients leave.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("show")
def show(home: HomeOption = DEFAULT_HOME) -> None:
    """Every stop so far, what was found, and who let lists begin again."""
    folder = home_at(home)
    with closing(folder.store(folder.settings())) as store, store.read() as connection:
        found = stops.every(connection)
    if not found:
        say("No lists have stopped.")
    for each in found:
        say(f"{each.name}: stopped with the lists of {each.stopped_on}. {each.said}")
        if each.lifted_on is not None:
            say(f"  Begun again with the lists of {each.lifted_on} by {each.lifted_by}: {each.why}")
            say(f"  What is done otherwise now: {each.changed}")


@app.command("lift")
def lift(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which lists, as `stops show` names them: `band high`.")],
    decided_by: Annotated[str, typer.Option("--decided-by", metavar="WHO", help="Who answers for the decision.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason; name no client.")],
    changed: Annotated[str, typer.Option("--changed", metavar="TEXT", help="What is done otherwise now.")],
    begin: Annotated[str, typer.Option("--from", metavar="DATE", help="Date of the first lists that name them again.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Let stopped lists begin again. The alarm counts anew from then on, and half are left out until it knows."""
    folder = home_at(home)
    with closing(folder.store(folder.settings())) as store, store.write() as connection:
        done = stops.lift(connection, name, decided_by, why, changed, as_date(begin, "--from"), now(), OPERATOR)
    say(f"Lists of {done.name} begin again with those of {done.lifted_on}, decided by {done.lifted_by}.")
